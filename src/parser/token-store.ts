/**
 * The tokens of a text as parallel arrays of numbers. The lexer's patterns put each token here when
 * they match it, so that no object is made for it; the arrays go back when the text is parsed, and
 * the next text is read into the same ones.
 */

/** Parallel arrays; the last token is Eof. */
export interface Tokens {
	readonly text: string;
	readonly count: number;
	readonly kinds: Uint8Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	/** For a word a hash of its text; for a quoted string 1 where it has escapes. */
	readonly notes: Int32Array;
	/** What is wrong with an Illegal token, by its index. */
	readonly problems: ReadonlyMap<number, readonly string[]>;
	/** Offsets of each comment, the `#` included, the line end not. */
	readonly comments: readonly TextSpan[];
}

export interface TextSpan {
	readonly start: number;
	readonly end: number;
}

/** More tokens than allowed. */
export class TooManyTokens extends Error {}

type Columns = Pick<Tokens, "kinds" | "starts" | "ends" | "notes">;

function columns(length: number): Columns {
	return {
		kinds: new Uint8Array(length),
		starts: new Int32Array(length),
		ends: new Int32Array(length),
		notes: new Int32Array(length),
	};
}

/** Arrays of a text that is parsed. Longer ones than these are not worth the memory. */
const maxSpare = 1 << 16;
const none = columns(0);
let spare = none;

/** Most texts have nothing wrong. */
const noProblems: ReadonlyMap<number, readonly string[]> = new Map();

// The text being read: one at a time, for nothing calls out of the lexer.
let kinds = none.kinds;
let starts = none.starts;
let ends = none.ends;
let notes = none.notes;
let count = 0;
/** Tokens there is room for; the arrays have one place more, for Eof. */
let room = 0;
let limit = 0;
let problems: Map<number, readonly string[]> | undefined;
let comments: TextSpan[] = [];

function use(c: Columns): void {
	({ kinds, starts, ends, notes } = c);
	room = Math.min(kinds.length - 1, limit);
}

/** Begins a text: at most `maxTokens` tokens. */
export function openStore(textLength: number, maxTokens: number): void {
	limit = maxTokens;
	count = 0;
	problems = undefined;
	comments = [];
	const c = spare.kinds.length > 0 ? spare : columns(64 + (textLength >> 3));
	spare = none;
	use(c);
}

/** Ends the text: its tokens. They are the caller's until `releaseTokens`. */
export function closeStore(text: string): Tokens {
	endWithEof({ kinds, starts, ends, notes }, count, text.length);
	const tokens = {
		text,
		count: count + 1,
		kinds,
		starts,
		ends,
		notes,
		problems: problems ?? noProblems,
		comments,
	};
	use(none);
	comments = [];
	return tokens;
}

function endWithEof(c: Columns, at: number, offset: number): void {
	c.kinds[at] = 1;
	c.starts[at] = offset;
	c.ends[at] = offset;
	c.notes[at] = 0;
}

/** The tokens are done with: another text may use their arrays. */
export function releaseTokens(t: Tokens): void {
	const length = t.kinds.length;
	if (length <= maxSpare && length > spare.kinds.length) {
		spare = { kinds: t.kinds, starts: t.starts, ends: t.ends, notes: t.notes };
	}
}

export function addToken(kind: number, start: number, end: number, note: number): void {
	const i = count;
	if (i === room) grow();
	kinds[i] = kind;
	starts[i] = start;
	ends[i] = end;
	notes[i] = note;
	count = i + 1;
}

function grow(): void {
	if (count >= limit) {
		use(none);
		comments = [];
		throw new TooManyTokens();
	}
	const larger = columns(2 * kinds.length);
	larger.kinds.set(kinds);
	larger.starts.set(starts);
	larger.ends.set(ends);
	larger.notes.set(notes);
	use(larger);
}

/** Tells what is wrong with the token added next. */
export function blameNext(what: readonly string[]): void {
	problems ??= new Map();
	problems.set(count, what);
}

export function addComment(start: number, end: number): void {
	comments.push({ start, end });
}
