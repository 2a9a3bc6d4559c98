/** Where nodes stand in the source, as far as layout asks: rows, and the text they were written as. */
import type { Source } from "../location.ts";
import type { Span } from "../parser/ast.ts";

export interface Place {
	/** From 1; -1 for a place that was not found. */
	readonly row: number;
	/** From 1. */
	readonly col: number;
	/** Offset in the source. */
	readonly start: number;
	/** What was written there. */
	readonly text: string;
}

export function placeOf(source: Source, node: Span): Place {
	const { row, col } = source.location(node.start);
	return { row, col, start: node.start, text: source.text.slice(node.start, node.end) };
}

/** By row, then by column. */
export function comparePlaces(a: Place, b: Place): number {
	return a.row - b.row || a.col - b.col;
}

/** The row in which a place's text ends. */
export function endRow(place: Place): number {
	return place.row + lineBreaks(place.text);
}

export function lineBreaks(text: string): number {
	let count = 0;
	for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) count++;
	return count;
}

/** What closes a place that has no closing bracket: before every comment. */
const nowhere = -1;

/**
 * The row of the bracket that closes the first `open` in a place's text, behind the pair `skip` if there is
 * one to skip; nowhere if it is not there. Brackets in strings and comments count, as in OPA.
 */
export function closingRow(place: Place, open: string, close: string, skip?: readonly [string, string]): number {
	const { text, row } = place;
	let at = 0;
	let rows = 0;
	if (skip !== undefined) {
		const pair = pairEnd(text, text.indexOf(skip[0]), skip[0], skip[1]);
		at = pair.at;
		rows = pair.rows;
	}
	const first = text.indexOf(open, at);
	if (first < 0) return nowhere;
	const pair = pairEnd(text, first, open, close);
	return pair.at >= text.length ? nowhere : row + rows + pair.rows;
}

/** From an opening bracket to its partner, with the line breaks between them; the text's length where there is none. */
function pairEnd(
	text: string,
	from: number,
	open: string,
	close: string,
): { readonly at: number; readonly rows: number } {
	if (from < 0) return { at: text.length, rows: 0 };
	let depth = 1;
	let rows = 0;
	let at = from;
	while (depth > 0) {
		at++;
		if (at >= text.length) return { at, rows };
		const c = text[at];
		if (c === open) depth++;
		else if (c === close) depth--;
		else if (c === "\n") rows++;
	}
	return { at, rows };
}
