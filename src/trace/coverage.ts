/**
 * Which expressions and heads of rules were evaluated, as OPA counts it: by ranges of text, and lines touched by
 * them. Further runs, without index or early exits, tell why some were not. Source: OPA v1/cover.
 */

import type { Location } from "../location.ts";
import type { Module, Rule } from "../parser/ast.ts";
import { ruleSpans } from "../parser/rule-spans.ts";
import { type Visitor, walkBody, walkTerm } from "../parser/walk.ts";
import type { TraceEvent, Tracer } from "../topdown/events.ts";
import type { Place } from "../topdown/nodes.ts";

export interface Position {
	readonly row: number;
	readonly col: number;
}

/** Why something was left out: the index saw that it cannot match, or an earlier match was enough. */
export type Kind = "index_excluded" | "early_exit";

export interface Range {
	readonly start: Position;
	readonly end: Position;
	kinds?: readonly Kind[];
}

export interface FileCoverage {
	readonly covered: readonly Range[];
	readonly notCovered: readonly Range[];
	readonly coveredLines: number;
	readonly notCoveredLines: number;
	/** Per cent of these lines. */
	readonly coverage: number;
}

export interface CoverageReport {
	readonly files: ReadonlyMap<string, FileCoverage>;
	readonly coveredLines: number;
	readonly notCoveredLines: number;
	readonly coverage: number;
}

class Ranges {
	readonly #ranges = new Map<string, Range>();

	add(r: Range): void {
		this.#ranges.set(`${r.start.row}:${r.start.col}-${r.end.row}:${r.end.col}`, r);
	}

	/** Whether one of them has all of it. */
	contains(r: Range): boolean {
		for (const c of this.#ranges.values()) if (!isBefore(r.start, c.start) && !isBefore(c.end, r.end)) return true;
		return false;
	}

	sorted(): Range[] {
		const order = (a: Position, b: Position): number => a.row - b.row || a.col - b.col;
		return [...this.#ranges.values()].sort((a, b) => order(a.start, b.start) || order(a.end, b.end));
	}
}

function isBefore(a: Position, b: Position): boolean {
	return a.row < b.row || (a.row === b.row && a.col < b.col);
}

function rangeOf(place: Place): Range {
	const at = (offset: number): Position => {
		const { row, col }: Location = place.source.location(offset);
		return { row, col };
	};
	return { start: at(place.start), end: at(place.end) };
}

/** Notes what is evaluated. */
export class Coverage implements Tracer {
	readonly wantsLocals = false;
	readonly wantsUnify = false;
	readonly #files = new Map<string, Ranges>();
	readonly #further: { readonly kind: Kind; readonly coverage: Coverage }[] = [];

	event(e: TraceEvent): void {
		if (e.op === "Exit" && e.node?.kind === "rule") this.#add(e.node.rule.headPlace);
		else if (e.op === "Eval" && e.node?.kind === "expr") this.#add(e.node.expr.place);
	}

	#add(place: Place | undefined): void {
		if (place === undefined || place.source.name === "") return;
		this.#of(place.source.name).add(rangeOf(place));
	}

	#of(file: string): Ranges {
		let ranges = this.#files.get(file);
		if (ranges === undefined) {
			ranges = new Ranges();
			this.#files.set(file, ranges);
		}
		return ranges;
	}

	/** A run that leaves out less: what it covers, and this does not, is left out for that reason. */
	addRun(kind: Kind, coverage: Coverage): void {
		this.#further.push({ kind, coverage });
	}

	report(modules: readonly Module[]): CoverageReport {
		const files = new Map<string, FileCoverage>();
		const missed = new Map<string, Ranges>();
		for (const m of modules) {
			const file = m.source.name;
			const ranges = missed.get(file) ?? new Ranges();
			missed.set(file, ranges);
			const covered = this.#of(file);
			eachPlace(m, (span) => {
				const r = rangeOf({ source: m.source, ...span });
				if (!covered.contains(r)) ranges.add(r);
			});
		}
		let coveredLines = 0;
		let notCoveredLines = 0;
		for (const file of [...this.#files.keys()].sort()) {
			const covered = this.#of(file).sorted();
			const notCovered = (missed.get(file) ?? new Ranges()).sorted().map((r): Range => {
				const kinds = this.#further.filter((x) => x.coverage.#of(file).contains(r)).map((x) => x.kind);
				return kinds.length === 0 ? r : { ...r, kinds };
			});
			const [yes, no] = [rowsOf(covered), rowsOf(notCovered)];
			coveredLines += yes;
			notCoveredLines += no;
			files.set(file, {
				covered,
				notCovered,
				coveredLines: yes,
				notCoveredLines: no,
				coverage: percent(yes, no),
			});
		}
		return { files, coveredLines, notCoveredLines, coverage: percent(coveredLines, notCoveredLines) };
	}
}

function percent(yes: number, no: number): number {
	return yes + no === 0 ? 0 : (100 * yes) / (yes + no);
}

function rowsOf(ranges: readonly Range[]): number {
	const rows = new Set<number>();
	for (const r of ranges) for (let row = r.start.row; row <= r.end.row; row++) rows.add(row);
	return rows.size;
}

interface Span {
	readonly start: number;
	readonly end: number;
}

/** Heads, and expressions but for declarations, of everything in a module. */
function eachPlace(m: Module, visit: (span: Span) => void): void {
	const visitor: Visitor = {
		literal: (e) => {
			if (e.what.kind !== "some") visit(e);
			return true;
		},
	};
	for (const first of m.rules) {
		for (let r: Rule | undefined = first; r !== undefined; r = r.else) {
			const spans = ruleSpans(r, r !== first, m.source.text);
			visit(spans.head);
			const { ref, args, key, value } = r.head;
			for (const t of [...ref.terms, ...(args ?? []), key, value]) if (t !== undefined) walkTerm(t, visitor);
			walkBody(spans.body, visitor);
		}
	}
}
