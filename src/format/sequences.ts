/**
 * Lists in brackets: elements that stood in one row stay in one row, and a list over several rows gets a row
 * for its first element, a comma behind its last, and one level more.
 */
import { at as elementAt } from "../at.ts";
import type { Call, Term } from "../parser/ast.ts";
import { type Visitor, walkTerm } from "../parser/walk.ts";
import { type Comments, hasBetween, UnexpectedComment } from "./comments.ts";
import { comparePlaces, type Place } from "./places.ts";
import { givingUp, type Writer } from "./writer.ts";

/** A term, or a key and its value. */
type Element = Term | readonly [Term, Term];

/** Elements by the rows they stand in, in order. */
export function byRows<T>(elements: readonly T[], place: (e: T) => Place): readonly (readonly T[])[] {
	const placed = elements.map((element) => ({ element, at: place(element) }));
	placed.sort((a, b) => comparePlaces(a.at, b.at));
	const rows: T[][] = [[]];
	let row: number | undefined;
	for (const { element, at } of placed) {
		if (row !== undefined && at.row > row) rows.push([]);
		elementAt(rows, rows.length - 1).push(element);
		row = at.row;
	}
	return rows;
}

/** `bracket` is the place that the opening bracket begins or stands in, `closing` the row of its partner. */
export function writeElements<T extends Element>(
	w: Writer,
	elements: readonly T[],
	bracket: Place,
	closing: number,
	comments: Comments,
	place: (e: T) => Place,
	write: (e: T, comments: Comments) => Comments,
): Comments {
	const rows = areGenerated(elements) ? [elements] : byRows(elements, place);
	const first = rows[0]?.[0];
	let onOwnRow = false;
	if (rows.length === 1) {
		// What stands between the rows of a list that will be one row has no place: kept as it was written.
		if (hasBetween(comments, bracket.row, closing)) throw new UnexpectedComment(comments);
		if (first !== undefined) {
			const before = bracket.text.indexOf(place(first).text);
			onOwnRow = before > 0 && bracket.text.slice(0, before).indexOf("\n") > 0;
		}
	}
	const inRows = rows.length > 1 || onOwnRow;
	if (inRows) {
		w.delayWaiting();
		w.startLines();
	}
	let rest = comments;
	rows.forEach((row, i) => {
		rest = givingUp(() => writeRow(w, row, rest, write));
		if (i === rows.length - 1) return;
		w.write(",");
		w.endLine();
		w.startLine();
	});
	if (inRows) {
		w.write(",");
		w.endLine();
		rest = givingUp(() => w.comments(rest, closing));
		w.down();
		w.startLine();
	}
	return rest;
}

/**
 * Whether where elements stand says nothing: they hold names that only a compiler makes, or the 0 that no one
 * wrote in `-x`. Then they stay in one row. OPA does not look for them in the entries of an object.
 */
export function areGenerated(elements: readonly Element[]): boolean {
	return elements.some((e) => "kind" in e && holdsGenerated(e));
}

function holdsGenerated(t: Term): boolean {
	let found = false;
	const visitor: Visitor = {
		term: (x) => {
			if (x.kind === "var") found ||= x.name.startsWith("__local");
			else if (x.kind === "call") found ||= isSigned(x);
			// Of keys that are there more than once, all values.
			else if (x.kind === "object" && x.written !== undefined) found ||= x.written.flat().some(holdsGenerated);
			return !found;
		},
	};
	walkTerm(t, visitor);
	return found;
}

/** `-x`: minus(0, x), in which the 0 stands where the sign does. */
function isSigned({ operator, args }: Call): boolean {
	return args.length === 2 && args[0]?.start === operator.start;
}

function writeRow<T>(
	w: Writer,
	row: readonly T[],
	comments: Comments,
	write: (e: T, comments: Comments) => Comments,
): Comments {
	let rest = comments;
	row.forEach((element, i) => {
		if (i > 0) w.write(", ");
		rest = write(element, rest);
	});
	return rest;
}
