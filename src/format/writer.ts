/** What all parts of the formatter share: the layout, the source, and what the module's keywords allow. */
import type { RegoError } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Comment, Expr, Span, Term } from "../parser/ast.ts";
import { WrittenSpans } from "../parser/written.ts";
import { type Comments, isMetadata, partition, UnexpectedComment } from "./comments.ts";
import { Layout } from "./layout.ts";
import { endRow, lineBreaks, type Place, placeOf } from "./places.ts";

/** How the module's version and imports have it written. */
export interface Dialect {
	readonly v1: boolean;
	/** `contains` for partial sets. */
	readonly contains: boolean;
	/** `if` before bodies. */
	readonly ifs: boolean;
	/** Some head has a reference that only dots and brackets can write: then all heads are written so. */
	readonly refHeads: boolean;
	readonly keywords: ReadonlySet<string>;
	/** `p.not` may stay as it is. */
	readonly keywordsInRefs: boolean;
}

/** A term's own row, and the text it was written as, which is only looked for when it is asked for. */
class TermPlace implements Place {
	readonly row: number;
	readonly #term: Term;
	readonly #source: Source;
	readonly #written: WrittenSpans;

	constructor(term: Term, source: Source, written: WrittenSpans) {
		this.row = source.row(term.start);
		this.#term = term;
		this.#source = source;
		this.#written = written;
	}

	get start(): number {
		return this.#term.start;
	}

	get col(): number {
		return this.#source.location(this.#term.start).col;
	}

	get text(): string {
		const { start, end } = this.#written.of(this.#term);
		return this.#source.text.slice(start, end);
	}
}

export class Writer extends Layout {
	readonly source: Source;
	readonly dialect: Dialect;
	readonly errors: RegoError[] = [];
	/** An expression or term that its next writer puts into parentheses. */
	parenthesised: Expr | Term | undefined;
	/** A comment in the last row of text that is kept as written belongs to it. */
	commentOnFinalLine = false;
	/** Terms that are laid out as if they stood elsewhere. */
	readonly moved: Map<Term, Place> = new Map();

	readonly #written: WrittenSpans;

	constructor(source: Source, dialect: Dialect, comments: readonly Comment[]) {
		super();
		this.source = source;
		this.dialect = dialect;
		this.#written = new WrittenSpans(source.text, comments);
	}

	place(node: Span): Place {
		return placeOf(this.source, node);
	}

	placeOfTerm(term: Term): Place {
		return this.moved.get(term) ?? new TermPlace(term, this.source, this.#written);
	}

	/** Whether a pending mark asks for parentheses around this node; takes the mark away. */
	takeParentheses(node: Expr | Term): boolean {
		if (this.parenthesised !== node) return false;
		this.parenthesised = undefined;
		return true;
	}

	/** Writes the comments above a row, and keeps the one in it. Throws UnexpectedComment. */
	comments(comments: Comments, row: number): Comments {
		if (comments.length === 0) return comments;
		const { before, at, after } = partition(comments, row);
		this.writeComments(before);
		const last = before.at(-1);
		if (last !== undefined && row - last.place.row > 1) this.blankLine();
		this.keep(at, after);
		return after;
	}

	writeComments(comments: Comments): void {
		let inMetadata = false;
		comments.forEach((c, i) => {
			const previous = comments[i - 1];
			if (previous !== undefined) {
				// Distance as OPA measures it: rows, or columns within one row.
				const distance = c.place.row - previous.place.row || c.place.col - previous.place.col;
				if (distance > 1) {
					this.blankLine();
					inMetadata = false;
				} else if (distance === 1 && inMetadata && isMetadata(c)) this.blankLine();
			}
			if (isMetadata(c)) inMetadata = true;
			this.writeLine(c.text);
		});
	}

	/** Text as it was written, with the comments in it; gives those that are left. */
	writeAsWritten(place: Place, comments: Comments): Comments {
		if (place.text === "") throw new Error("original unformatted text is empty");
		this.write(place.text);
		const last = place.row + lineBreaks(place.text);
		return comments.filter((c) => {
			if (this.commentOnFinalLine && c.place.row === last) {
				this.write(` ${c.place.text}`);
				return false;
			}
			return c.place.row >= last;
		});
	}

	/** A comment that waits and stands within a place will be written with the place's text. */
	forgetWaitingWithin(place: Place): void {
		const row = this.waiting?.place.row;
		if (row !== undefined && place.text !== "" && row >= place.row && row <= endRow(place)) this.waiting = undefined;
	}
}

/** Runs `write`; where a comment is unexpected in it, those that follow are given up, as OPA does. */
export function givingUp(write: () => Comments): Comments {
	try {
		return write();
	} catch (e) {
		if (e instanceof UnexpectedComment) e.rest = [];
		throw e;
	}
}

/** Runs `write`; an unexpected comment in it was dealt with, and writing goes on. */
export function goingOn(write: () => Comments): Comments {
	try {
		return write();
	} catch (e) {
		if (e instanceof UnexpectedComment) return e.rest;
		throw e;
	}
}
