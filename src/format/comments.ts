/**
 * Comments on their way into the text. They are handed along in the order of their places: whoever writes a
 * node first writes those above it, keeps one in its row for the end of the line, and hands on the rest.
 */
import { at } from "../at.ts";
import type { Source } from "../location.ts";
import type { Comment } from "../parser/ast.ts";
import { comparePlaces, type Place, placeOf } from "./places.ts";

export interface PlacedComment {
	readonly place: Place;
	/** With its `#`, without blanks at the end. */
	readonly text: string;
}

/** In order, those not written yet. */
export type Comments = readonly PlacedComment[];

/**
 * A comment stands where the layout has no place for it. Whoever writes a term then writes it as it was
 * written in the source, and lets the error pass on to the literal or rule, which goes on with `rest`.
 */
export class UnexpectedComment extends Error {
	rest: Comments;

	constructor(rest: Comments) {
		super("unexpected comment");
		this.rest = rest;
	}
}

export function placedComments(source: Source, comments: readonly Comment[]): Comments {
	return comments
		.map((c): PlacedComment => ({ place: placeOf(source, c), text: `#${c.text.replace(/[\s\u0085]+$/u, "")}` }))
		.sort((a, b) => comparePlaces(a.place, b.place));
}

/** The first line of a block of metadata. */
export function isMetadata(c: PlacedComment): boolean {
	return c.place.col === 1 && c.text.slice(1).trim().startsWith("METADATA");
}

export interface Partition {
	/** In rows above. */
	readonly before: Comments;
	/** The last in the row. */
	readonly at: PlacedComment | undefined;
	/** In rows below. */
	readonly after: Comments;
}

export function partition(comments: Comments, row: number): Partition {
	const start = firstFrom(comments, row);
	if (start === 0 && comments[0]?.place.row !== row) return { before: [], at: undefined, after: comments };
	const end = firstFrom(comments, row + 1);
	const inRow = end > start ? comments[end - 1] : undefined;
	return { before: comments.slice(0, start), at: inRow, after: comments.slice(end) };
}

/** The number of the first comment in a row or below it: most often it is the first of all. */
function firstFrom(comments: Comments, row: number): number {
	let i = 0;
	while (i < comments.length && at(comments, i).place.row < row) i++;
	return i;
}

/** Whether there is a comment between two rows. */
export function hasBetween(comments: Comments, row: number, below: number): boolean {
	const next = comments[firstFrom(comments, row + 1)];
	return next !== undefined && next.place.row < below;
}
