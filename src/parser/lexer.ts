/**
 * Source text -> tokens: kinds and offsets, in arrays of numbers; a token's text is cut out when asked
 * for. One pass over the characters; the engine's own searches look for what ends a string or a comment.
 *
 * Characters OPA rejects anywhere (NUL, a byte order mark inside, half a surrogate pair) are looked
 * for once per text; like OPA we blame the token they follow.
 */
import { Kind, keywordKinds, longestKeyword } from "./token.ts";

/** Parallel arrays; the last token is Eof. */
export interface Tokens {
	readonly text: string;
	readonly count: number;
	readonly kinds: Uint8Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	/** What is wrong with an Illegal token, by its index. */
	readonly problems: ReadonlyMap<number, readonly string[]>;
	/** Offsets of each comment, the `#` included, the line end not. */
	readonly comments: readonly { readonly start: number; readonly end: number }[];
}

/** More tokens than allowed. */
export class TooManyTokens extends Error {}

export function tokenize(text: string, maxTokens: number): Tokens {
	const out = new Scanner(text, maxTokens).run();
	return suspicious.test(text) && badCharacter.test(text) ? blameBadCharacters(out) : out;
}

// --- the scan -----------------------------------------------------------------------------------

/** Kinds of the characters that are tokens whatever follows; 0 elsewhere. */
const single = new Uint8Array(128);
for (const [c, kind] of [
	[",", Kind.Comma],
	[".", Kind.Dot],
	["[", Kind.LBrack],
	["]", Kind.RBrack],
	["(", Kind.LParen],
	[")", Kind.RParen],
	["+", Kind.Add],
	["-", Kind.Sub],
	["*", Kind.Mul],
	["/", Kind.Quo],
	["%", Kind.Rem],
	["&", Kind.And],
	["|", Kind.Or],
	[";", Kind.Semicolon],
] as const)
	single[c.charCodeAt(0)] = kind;

/** Kinds of the characters that may stand alone or before a `=`. */
function beforeEqual(c: number, equal: boolean): number {
	switch (c) {
		case 58:
			return equal ? Kind.Assign : Kind.Colon;
		case 61:
			return equal ? Kind.Equal : Kind.Unify;
		case 33:
			return equal ? Kind.Neq : Kind.Illegal;
		case 60:
			return equal ? Kind.Lte : Kind.Lt;
		case 62:
			return equal ? Kind.Gte : Kind.Gt;
		default:
			return Kind.Illegal;
	}
}

/** Whether a character is in `[A-Za-z0-9_]`, by its code. */
const word = new Uint8Array(128);
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") word[c.charCodeAt(0)] = 1;

/** Decimal digits of any script continue an identifier. */
const foreignDigits = /[\p{Nd}\w]+/uy;

const numberShape = /[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?(?:[A-Za-z_]\w*)?/y;

class Scanner {
	readonly #text: string;
	readonly #maxTokens: number;
	#count = 0;
	#kinds: Uint8Array;
	#starts: Int32Array;
	#ends: Int32Array;
	readonly #problems = new Map<number, readonly string[]>();
	readonly #comments: { start: number; end: number }[] = [];
	/** Holes of template strings being read, innermost last: how many braces are open inside, and the kind of string. */
	readonly #holes: { depth: number; raw: boolean }[] = [];
	/** Where the next backslash and the next line end are, once looked for: further searches start there. */
	#backslash = -1;
	#newline = -1;

	constructor(text: string, maxTokens: number) {
		this.#text = text;
		this.#maxTokens = maxTokens;
		const size = (text.length >> 2) + 16;
		this.#kinds = new Uint8Array(size);
		this.#starts = new Int32Array(size);
		this.#ends = new Int32Array(size);
	}

	run(): Tokens {
		const text = this.#text;
		const length = text.length;
		// A byte order mark at the start is skipped, but counts.
		const marked = text.charCodeAt(0) === 0xfeff ? 1 : 0;
		const allowed = this.#maxTokens - marked;
		let i = marked;
		while (i < length) {
			const c = text.charCodeAt(i);
			if (c === 32 || c === 10 || c === 9 || c === 13) {
				i++;
				continue;
			}
			if (c === 35) {
				const end = this.#lineEnd(i);
				this.#comments.push({ start: i, end });
				i = end;
				continue;
			}
			i = this.#token(c, i);
			if (this.#count > allowed) throw new TooManyTokens();
		}
		if (marked > 0 && allowed < 0) throw new TooManyTokens();
		const n = this.#count;
		this.#push(Kind.Eof, length, length);
		return {
			text,
			count: n + 1,
			kinds: this.#kinds,
			starts: this.#starts,
			ends: this.#ends,
			problems: this.#problems,
			comments: this.#comments,
		};
	}

	/** Adds the token that starts at an offset with a character; its end. */
	#token(c: number, i: number): number {
		const text = this.#text;
		if (c >= 128) return this.#push(Kind.Illegal, i, i + 1, []);
		if (word[c] === 1) return c >= 48 && c <= 57 ? this.#number(i) : this.#identifier(i);
		const kind = single[c] as number;
		if (kind !== 0) return this.#push(kind, i, i + 1);
		switch (c) {
			case 34:
				return this.#string(i);
			case 96: {
				const end = text.indexOf("`", i + 1);
				return end < 0
					? this.#push(Kind.String, i, text.length, ["non-terminated string"])
					: this.#push(Kind.String, i, end + 1);
			}
			case 123:
				return this.#brace(Kind.LBrace, 1, i);
			case 125: {
				const hole = this.#holes[this.#holes.length - 1];
				if (hole === undefined || hole.depth > 0) return this.#brace(Kind.RBrace, -1, i);
				this.#holes.pop();
				return hole.raw
					? this.#rawTemplatePart(Kind.RawTemplateRest, i, i + 1)
					: this.#templatePart(Kind.TemplateRest, i, i + 1);
			}
			case 36: {
				const next = text.charCodeAt(i + 1);
				if (next === 34) return this.#templatePart(Kind.Template, i, i + 2);
				if (next === 96) return this.#rawTemplatePart(Kind.RawTemplate, i, i + 2);
				return this.#push(Kind.Illegal, i, i + 1, ["illegal $ character"]);
			}
			default: {
				const equal = text.charCodeAt(i + 1) === 61;
				const found = beforeEqual(c, equal);
				if (found !== Kind.Illegal) return this.#push(found, i, i + (equal ? 2 : 1));
				return this.#push(found, i, i + 1, c === 33 ? ["illegal ! character"] : []);
			}
		}
	}

	/** Adds a token, illegal where it has problems; its end. */
	#push(kind: number, start: number, end: number, problems?: readonly string[]): number {
		const at = this.#count++;
		if (at >= this.#kinds.length) this.#grow();
		if (problems !== undefined && (problems.length > 0 || kind === Kind.Illegal)) {
			this.#problems.set(at, problems);
			this.#kinds[at] = Kind.Illegal;
		} else this.#kinds[at] = kind;
		this.#starts[at] = start;
		this.#ends[at] = end;
		return end;
	}

	#grow(): void {
		const size = this.#kinds.length * 2;
		const grown = [new Uint8Array(size), new Int32Array(size), new Int32Array(size)] as const;
		grown[0].set(this.#kinds);
		grown[1].set(this.#starts);
		grown[2].set(this.#ends);
		[this.#kinds, this.#starts, this.#ends] = grown;
	}

	#identifier(start: number): number {
		const text = this.#text;
		let end = start + 1;
		let c = text.charCodeAt(end);
		while (word[c] === 1) c = text.charCodeAt(++end);
		if (c >= 128) {
			foreignDigits.lastIndex = end;
			if (foreignDigits.test(text)) end = foreignDigits.lastIndex;
		}
		const kind = end - start <= longestKeyword ? keywordKinds.get(text.slice(start, end)) : undefined;
		return this.#push(kind ?? Kind.Ident, start, end);
	}

	#number(start: number): number {
		numberShape.lastIndex = start;
		numberShape.test(this.#text);
		const end = numberShape.lastIndex;
		return this.#push(Kind.Number, start, end, numberProblems(this.#text.slice(start, end)));
	}

	#lineEnd(from: number): number {
		if (this.#newline < from) {
			const found = this.#text.indexOf("\n", from);
			this.#newline = found < 0 ? this.#text.length : found;
		}
		return this.#newline;
	}

	#string(start: number): number {
		const text = this.#text;
		const quote = text.indexOf('"', start + 1);
		if (this.#backslash < start) {
			const found = text.indexOf("\\", start);
			this.#backslash = found < 0 ? text.length : found;
		}
		if (quote >= 0 && quote < this.#backslash && quote < this.#lineEnd(start))
			return this.#push(Kind.String, start, quote + 1);
		const problems: string[] = [];
		const end = scanQuoted(text, start + 1, false, problems);
		return this.#push(Kind.String, start, end, problems);
	}

	// --- template strings -----------------------------------------------------------------------

	#templatePart(kind: number, start: number, from: number): number {
		const text = this.#text;
		const problems: string[] = [];
		const end = scanQuoted(text, from, true, problems);
		if (text[end - 1] === "{" && end > from && !problems.includes("non-terminated string"))
			this.#holes.push({ depth: 0, raw: false });
		return this.#push(kind, start, end, problems);
	}

	#rawTemplatePart(kind: number, start: number, from: number): number {
		const text = this.#text;
		for (let i = from; i < text.length; i++) {
			const c = text.charCodeAt(i);
			if (c === 96) return this.#push(kind, start, i + 1);
			if (c === 123) {
				this.#holes.push({ depth: 0, raw: true });
				return this.#push(kind, start, i + 1);
			}
			if (c === 92 && text.charCodeAt(i + 1) === 123) i++;
		}
		return this.#push(kind, start, text.length, ["non-terminated string"]);
	}

	#brace(kind: number, step: number, at: number): number {
		const hole = this.#holes[this.#holes.length - 1];
		if (hole !== undefined) hole.depth += step;
		return this.#push(kind, at, at + 1);
	}
}

// --- what is wrong with a token ---------------------------------------------------------------

const goodNumber = /^[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

function numberProblems(image: string): readonly string[] | undefined {
	const last = image.charCodeAt(image.length - 1);
	if (last >= 48 && last <= 57 && (image.length < 3 || goodNumber.test(image))) return undefined;
	const problems: string[] = [];
	const m = /^[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]*)?(.*)$/s.exec(image);
	if (m?.[1] === ".") problems.push("expected fraction");
	if (m?.[2] !== undefined && !/[0-9]$/.test(m[2])) problems.push("expected exponent");
	if (m?.[3] !== undefined && m[3] !== "") problems.push("illegal number format");
	return problems;
}

/** What no text without such characters has: cheap to look for. */
const suspicious = /[\0\ud800-\udfff\ufeff]/;
const badCharacter = /[\0\ufeff]|\p{Surrogate}/u;

/** Bad characters looked at: far more than errors are reported. */
const maxBlamed = 1000;

/** OPA reads one character ahead, so the token before a bad character is the one it rejects. */
function blameBadCharacters(t: Tokens): Tokens {
	const everyBad = /[\0\ufeff]|\p{Surrogate}/gu;
	const added: { start: number; end: number; kind: number; problems: string[] }[] = [];
	const add = (start: number, end: number, kind: number, problem: readonly string[]) => {
		const last = added[added.length - 1];
		if (last !== undefined && last.start === start) last.problems.push(...problem);
		else added.push({ start, end, kind, problems: [...problem] });
	};
	let ti = 0;
	let ci = 0;
	// Merge: every token in order, and an illegal one for each bad character in a blank or a comment.
	const pushTokensBefore = (offset: number) => {
		while (ti < t.count - 1 && (t.starts[ti] as number) < offset) {
			added.push({
				start: t.starts[ti] as number,
				end: t.ends[ti] as number,
				kind: t.kinds[ti] as number,
				problems: [...(t.problems.get(ti) ?? [])],
			});
			ti++;
		}
	};
	let blamed = 0;
	for (let m = everyBad.exec(t.text); m !== null && blamed < maxBlamed; m = everyBad.exec(t.text)) {
		const offset = m.index;
		if (m[0] === "\ufeff" && offset === 0) continue;
		blamed++;
		const problem =
			m[0] === "\0"
				? "illegal null character"
				: m[0] === "\ufeff"
					? "illegal byte-order mark"
					: "illegal utf-8 character";
		const before = Math.max(0, offset - 1);
		pushTokensBefore(Math.max(offset, 1));
		while (ci < t.comments.length && (t.comments[ci]?.end as number) <= before) ci++;
		const comment = t.comments[ci];
		const last = added[added.length - 1];
		if (last !== undefined && before < last.end) {
			last.problems.push(problem);
			last.kind = Kind.Illegal;
		} else if (comment !== undefined && comment.start <= before)
			add(comment.start, comment.end, Kind.Illegal, [problem]);
		else add(before, before + 1, Kind.Illegal, [problem]);
	}
	pushTokensBefore(Number.POSITIVE_INFINITY);
	const n = added.length;
	const kinds = new Uint8Array(n + 1);
	const starts = new Int32Array(n + 1);
	const ends = new Int32Array(n + 1);
	const problems = new Map<number, readonly string[]>();
	for (const [i, a] of added.entries()) {
		kinds[i] = a.kind;
		starts[i] = a.start;
		ends[i] = a.end;
		if (a.problems.length > 0) problems.set(i, a.problems);
	}
	kinds[n] = Kind.Eof;
	starts[n] = t.text.length;
	ends[n] = t.text.length;
	return { ...t, count: n + 1, kinds, starts, ends, problems };
}

// --- strings ----------------------------------------------------------------------------------

/** Offset after the closing quote, after the `{` of a hole, or of the line end that cut the string short. */
function scanQuoted(text: string, from: number, holes: boolean, problems: string[]): number {
	let i = from;
	for (;;) {
		const c = i < text.length ? text.charCodeAt(i) : -1;
		if (c === 10 || c === -1) {
			problems.push("non-terminated string");
			return Math.min(i, text.length);
		}
		i++;
		if (c === 34 || (holes && c === 123)) return i;
		if (c !== 92) continue;
		const escaped = i < text.length ? text[i] : undefined;
		// OPA skips three of the four digits unseen; the fourth is looked at like any other character.
		if (escaped === "u") i += 4;
		else if (escaped !== undefined && ('\\"/bfnrt'.includes(escaped) || (holes && escaped === "{"))) i++;
		else problems.push("illegal escape sequence");
	}
}
