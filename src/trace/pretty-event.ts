/**
 * One event as `opa test --var-values` shows it: the expression as it is written, and under each variable and
 * reference in it the value it had. Source: OPA v1/topdown/trace.go, PrettyEvent.
 */

import { at } from "../at.ts";
import type { TraceEvent } from "../topdown/events.ts";
import type { Expr, Place, Reference, Term } from "../topdown/nodes.ts";
import { termText } from "../topdown/text.ts";
import { walkExpr, walkTerm } from "../topdown/walk.ts";
import { dot } from "../value/access.ts";
import { termText as valueText } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { type SourceName, truncated } from "./pretty.ts";

const longestValue = 64;

/** A value, and where it is shown. */
interface Shown {
	readonly title: string;
	/** Undefined of what has no value. */
	readonly value: Value | undefined;
	readonly row: number;
	/** From 1; of what stands before in the row, tabs are kept. */
	readonly col: number;
	readonly tabs: readonly number[];
}

export function prettyEvent(e: TraceEvent, sourceName: SourceName, withValues: boolean): string {
	if (!withValues) return `${padded(e.place)}\n`;
	const expr = e.node?.kind === "expr" ? e.node.expr : undefined;
	if (expr === undefined) return "";
	const base = written(expr);
	const found = new Map<string, Shown>();
	const put = (title: string, value: Value | undefined, place: Place, always: boolean): void => {
		const known = found.get(title);
		if (always || known === undefined || known.value === undefined)
			found.set(title, { title, value, ...placed(place) });
	};
	for (const [ref, value] of e.documents) {
		const place = ref.terms[0]?.place;
		if (place !== undefined) put(textOf(place) || termText(ref), value, place, true);
	}
	const visit =
		(othersAreUndefined: boolean) =>
		(t: Term): boolean => {
			if (t.kind === "comprehension") return true;
			const { place } = t;
			if (place === undefined) return false;
			if (t.kind === "ref") {
				const value = selected(t, e);
				if (value !== undefined) put(textOf(place), value, place, false);
			} else if (t.kind === "var") {
				const local = e.locals?.get(t.name);
				const isKnown = local !== undefined || sourceName(t.name) !== undefined;
				if (isKnown) put(textOf(place), local?.value, place, false);
				else if (othersAreUndefined) put(textOf(place), undefined, place, false);
			}
			return false;
		};
	// A negated expression may have been left as it is: what has no value there need not be undefined.
	walkOperands(expr, visit(!expr.negated));
	for (const other of cogenerated(base)) if (other !== expr) walkOperands(other, visit(false));
	return `${padded(base.place)}${valuesUnder([...found.values()])}`;
}

/** The expression that one was taken out of. */
function written(e: Expr): Expr {
	let out = e;
	while (out.generatedFrom !== undefined) out = out.generatedFrom;
	return out;
}

function cogenerated(e: Expr): readonly Expr[] {
	return [e, ...e.generates.flatMap(cogenerated)];
}

/** Operators and targets of `with` are no values. */
function walkOperands(e: Expr, visit: (t: Term) => boolean): void {
	const w = e.what;
	if (w.kind === "call") for (const t of w.args) walkTerm(t, visit);
	else if (w.kind === "term") walkTerm(w.term, visit);
	else walkExpr(e, visit);
	if (w.kind === "call" || w.kind === "term") for (const x of e.with) walkTerm(x.value, visit);
}

/** What a reference into a variable's value means, where all its keys are known. */
function selected({ terms }: Reference, e: TraceEvent): Value | undefined {
	const [head, ...path] = terms;
	if (head?.kind !== "var" || path.length === 0) return undefined;
	let value = e.locals?.get(head.name)?.value;
	for (const t of path) {
		const key = t.kind === "value" ? t.value : t.kind === "var" ? e.locals?.get(t.name)?.value : undefined;
		if (key === undefined || value === undefined) return undefined;
		value = dot(value, key);
	}
	return value;
}

function textOf({ source, start, end }: Place): string {
	return source.text.slice(start, end);
}

function placed({ source, start }: Place): Pick<Shown, "row" | "col" | "tabs"> {
	const { row, col } = source.location(start);
	const before = [...source.line(row)].slice(0, col - 1);
	return { row, col, tabs: before.flatMap((c, i) => (c === "\t" ? [i + 1] : [])) };
}

/** The text of a place, as far to the right as it stands in its row. */
function padded(place: Place | undefined): string {
	if (place === undefined) return "";
	const { col, tabs } = placed(place);
	let out = "";
	for (let i = 1; i < col; i++) out += tabs.includes(i) ? "\t" : " ";
	return out + textOf(place);
}

function valuesUnder(all: readonly Shown[]): string {
	if (all.length === 0) return "";
	const rows = new Set(all.map((s) => s.row));
	const show = (s: Shown): string => truncated(s.value === undefined ? "undefined" : valueText(s.value), longestValue);
	if (rows.size > 1 && all.some((s) => s.tabs.length > 0)) {
		// Places in several rows with tabs cannot be pointed at.
		const sorted = [...all].sort((a, b) => (a.title < b.title ? -1 : 1));
		return `\n\nWhere:\n${sorted.map((s) => `\n${s.title}: ${show(s)}`).join("")}`;
	}
	const byColumn = [...all].sort((a, b) => a.col - b.col || b.row - a.row || (a.title < b.title ? -1 : 1));
	let out = `\n${arrows(byColumn, -1, show)}`;
	for (let i = byColumn.length - 1; i >= 0; i--) out += `\n${arrows(byColumn, i, show)}`;
	return out;
}

/** A line under the expression: a bar for each value still to come, and the value of one. */
function arrows(list: readonly Shown[], shown: number, show: (s: Shown) => string): string {
	const part = shown < 0 ? list : list.slice(0, shown + 1);
	let out = "";
	let previous = 0;
	let isFirst = true;
	for (const [i, s] of part.entries()) {
		const isLast = i === part.length - 1;
		if (!isLast && s.col === list[i + 1]?.col) continue;
		const spaces = i > 0 && !isFirst ? s.col - previous - 1 : s.col - 1;
		for (let j = 0; j < spaces; j++) out += s.tabs.includes(j + previous + 1) ? "\t" : " ";
		if (isLast && shown >= 0) {
			const shared = (i > 0 && s.col === at(list, i - 1).col) || s.col === list[i + 1]?.col;
			out += shared ? `${s.title}: ${show(s)}` : show(s);
		} else out += "|";
		previous = s.col;
		isFirst = false;
	}
	return out;
}
