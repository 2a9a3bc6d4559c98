/** A trace as OPA prints it: a line for each event, indented by how deep its query is. */

import { at } from "../at.ts";
import type { EventNode, TraceEvent } from "../topdown/events.ts";
import type { Rule, Term } from "../topdown/nodes.ts";
import { bodyText, exprText, termText } from "../topdown/text.ts";
import { walkHead, walkNode } from "../topdown/walk.ts";
import { termText as valueText } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { shortened } from "./shorten-paths.ts";

/** The source's name of a variable; undefined for one that the compiler made. */
export type SourceName = (name: string) => string | undefined;

export interface TraceOptions {
	/** With the values of the variables of each expression. */
	readonly values?: boolean;
}

const padding = 4;
const minLocation = "query".length;
const idealLocation = 64;
const longestValue = 32;

export function prettyTrace(trace: readonly TraceEvent[], sourceName: SourceName, options: TraceOptions = {}): string {
	return traceCells(trace, sourceName, options)
		.map((cells) => `${cells.join("")}\n`)
		.join("");
}

/** Its lines, in columns: each text is as wide as its column, but for the last. */
export function traceCells(
	trace: readonly TraceEvent[],
	sourceName: SourceName,
	options: TraceOptions = {},
): readonly (readonly string[])[] {
	const depths = new Map<number, number>();
	const files = shortNames(trace);
	const rows = trace.map((e) => {
		const row = [locationText(e, files), eventText(e, depthOf(e, depths), sourceName)];
		if (options.values === true) row.push(valuesText(e, sourceName));
		return row;
	});
	const widths: number[] = [];
	for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, bytes(cell));
	return rows.map((row) =>
		row.map((cell, i) => {
			if (i === row.length - 1) return cell;
			return `${cell}${" ".repeat(Math.max(0, at(widths, i) + padding - [...cell].length))} `;
		}),
	);
}

/** Go measures text in bytes, and pads it by characters. */
function bytes(s: string): number {
	return new TextEncoder().encode(s).length;
}

function depthOf(e: TraceEvent, depths: Map<number, number>): number {
	const known = depths.get(e.queryId) ?? 0;
	if (known > 0) return known;
	const depth = (depths.get(e.parentId) ?? 0) + 1;
	depths.set(e.queryId, depth);
	return depth;
}

function shortNames(trace: readonly TraceEvent[]): ReadonlyMap<string, string> {
	const names = new Map<string, string>();
	let longest = 0;
	for (const e of trace) {
		if (e.place === undefined) continue;
		const { source, start } = e.place;
		const row = source.row(start);
		if (source.name === "") longest = Math.max(longest, minLocation + String(row).length + 1);
		else {
			longest = Math.max(longest, bytes(`${source.name}:${row}`));
			names.set(source.name, source.name);
		}
	}
	if (names.size > 0 && longest > idealLocation) return shortened(idealLocation, longest, [...names.keys()]);
	return names;
}

function locationText(e: TraceEvent, files: ReadonlyMap<string, string>): string {
	if (e.place === undefined) return "";
	const { source, start } = e.place;
	const row = source.row(start);
	return source.name === "" ? `query:${row}` : `${files.get(source.name) ?? source.name}:${row}`;
}

function eventText(e: TraceEvent, depth: number, sourceName: SourceName): string {
	let deeper = 1;
	if (e.op === "Enter" || (e.op === "Redo" && e.node?.kind !== "expr")) deeper = 0;
	const out = `${"| ".repeat(depth + deeper - 1)}${e.op} `;
	if (e.op === "Note") return `${out}"${e.message}"`;
	const subject =
		e.node?.kind === "rule"
			? rulePath(e.node.rule)
			: e.ref !== undefined
				? termText(e.ref)
				: e.node === undefined
					? ""
					: nodeText(e.node, sourceName);
	return `${out}${subject}${e.message === "" ? "" : ` ${e.message}`}`;
}

/** The rule's ref up to its first variable. */
function rulePath(r: Rule): string {
	const open = r.path.findIndex((t, i) => i > 0 && t.kind !== "value");
	return termText({ kind: "ref", terms: [...(open < 0 ? r.path : r.path.slice(0, open))], place: undefined });
}

function nodeText(node: EventNode, sourceName: SourceName): string {
	const nameOf = (name: string): string => sourceName(name) ?? name;
	switch (node.kind) {
		case "expr":
			return exprText(node.expr, nameOf);
		case "body":
			return bodyText(node.body, nameOf);
		case "unify":
			return `${termText(node.a, nameOf)} = ${termText(node.b, nameOf)}`;
		default:
			return rulePath(node.rule);
	}
}

function valuesText(e: TraceEvent, sourceName: SourceName): string {
	const values = new Map<string, Value>();
	const visit = (t: Term): boolean => {
		const v = t.kind === "var" ? e.locals?.get(t.name)?.value : undefined;
		if (t.kind === "var" && v !== undefined) values.set(sourceName(t.name) ?? t.name, v);
		return false;
	};
	if (e.node?.kind === "rule") walkHead(e.node.rule, visit);
	else {
		for (const [ref, v] of e.documents) values.set(termText(ref), v);
		walkNode(e.node, visit);
	}
	const shown = [...values].map(([name, v]) => [name.startsWith("$") ? "_" : name, v] as const);
	const sorted = shown.sort(([a], [b]) => (a < b ? -1 : 1));
	return `{${sorted.map(([name, v]) => `${name}: ${truncated(valueText(v), longestValue)}`).join(", ")}}`;
}

/** At most so many bytes, the last three of them dots where something is left out. */
export function truncated(s: string, most: number): string {
	return bytes(s) > most ? `${s.slice(0, most - 3)}...` : s;
}
