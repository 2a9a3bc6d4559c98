/**
 * regex.globs_match: whether some non-empty text matches two small patterns of characters, `.`, sets
 * and the repetitions `+` and `*`. The procedure is greedy in places, as OPA's is (from
 * yashtewari/glob-intersection), so that its answers are OPA's also where they are not the exact
 * intersection; what it finds out is remembered, which makes it polynomial where OPA's is exponential.
 */

import { at } from "../at.ts";
import { runeAt } from "./pattern-reader.ts";
import { cleanRanges, disjointRanges, equalRanges, type Ranges } from "./ranges.ts";

export class GlobsSyntaxError extends Error {
	constructor(input: string, position: number, problem: string) {
		super(`input:${input}, pos:${position}, ${problem}: the input provided is invalid`);
		this.name = "GlobsSyntaxError";
	}
}

type Repeat = "" | "+" | "*";

interface Token {
	/** What it matches; undefined for `.`, which also meets the empty set. */
	readonly set: Ranges | undefined;
	readonly isSet: boolean;
	repeat: Repeat;
}

/** More repetitions than this would recurse too deeply. */
const maxRepeats = 1000;

/**
 * Whether the intersection of two patterns is non-empty. `step` is told of work done. Throws
 * GlobsSyntaxError; undefined when the patterns are too large to decide.
 */
export function globsIntersect(lhs: string, rhs: string, step: (amount: number) => void): boolean | undefined {
	const a = parseTokens(lhs);
	const b = parseTokens(rhs);
	if (a.filter((x) => x.repeat !== "").length + b.filter((x) => x.repeat !== "").length > maxRepeats) {
		return undefined;
	}
	const trimmed = trim(a, b);
	return trimmed !== undefined && new Intersection(trimmed[0], trimmed[1], step).normal(0, 0, 0);
}

// Syntax.

class TokenParser {
	readonly #input: string;
	readonly #runes: readonly number[];
	i = 0;
	/** The character last read, and whether it was escaped. */
	rune = 0;
	escaped = false;

	constructor(input: string) {
		this.#input = input;
		const runes: number[] = [];
		for (let i = 0; i < input.length; ) {
			const c = runeAt(input, i);
			runes.push(c);
			i += c > 0xffff ? 2 : 1;
		}
		this.#runes = runes;
	}

	get length(): number {
		return this.#runes.length;
	}

	fail(position: number, problem: string): never {
		throw new GlobsSyntaxError(this.#input, position, problem);
	}

	/** Whether the character last read is c, and special. */
	is(c: number): boolean {
		return !this.escaped && this.rune === c;
	}

	/** False at the end. */
	read(): boolean {
		const c = this.#runes[this.i];
		if (c === undefined) return false;
		this.escaped = c === backslash;
		if (this.escaped) {
			const next = this.#runes[this.i + 1];
			if (next === undefined) this.fail(this.i, "input ends with a \\ (escape) character");
			this.rune = next;
			this.i += 2;
		} else {
			this.rune = c;
			this.i++;
		}
		return true;
	}
}

const backslash = 0x5c;
const plus = 0x2b;
const asterisk = 0x2a;
const dot = 0x2e;
const open = 0x5b;
const close = 0x5d;
const dash = 0x2d;

function parseTokens(input: string): Token[] {
	const p: TokenParser = new TokenParser(input);
	const out: Token[] = [];
	while (p.read()) {
		let token: Token;
		if (p.escaped || ![dot, open, close, plus, asterisk].includes(p.rune)) {
			token = { set: [p.rune, p.rune], isSet: false, repeat: "" };
		} else if (p.rune === dot) token = { set: undefined, isSet: false, repeat: "" };
		else if (p.rune === open) token = { set: parseSet(p), isSet: true, repeat: "" };
		else if (p.rune === close) p.fail(p.i, "set-close ']' with no preceding '['");
		else p.fail(p.i, `flag '${String.fromCodePoint(p.rune)}' must be preceded by a non-flag`);
		const at = p.i;
		if (p.read()) {
			if (p.is(plus)) token.repeat = "+";
			else if (p.is(asterisk)) token.repeat = "*";
			else p.i = at;
		}
		append(out, token);
	}
	return out;
}

/** Add a token, joining it to an equal one before it where both repeat. */
function append(out: Token[], token: Token): void {
	const last = out[out.length - 1];
	if (last !== undefined && last.repeat !== "" && token.repeat !== "" && equalTokens(last, token)) {
		if (token.repeat === "+") last.repeat = "+";
	} else out.push(token);
}

function equalTokens(a: Token, b: Token): boolean {
	if (a.isSet !== b.isSet) return false;
	if (a.set === undefined || b.set === undefined) return a.set === b.set;
	return equalRanges(a.set, b.set);
}

function parseSet(p: TokenParser): Ranges {
	const ranges: number[] = [];
	let previous: number | undefined;
	while (p.read()) {
		if (p.is(close)) return cleanRanges(ranges);
		if (p.is(dash)) {
			const lo = previous;
			if (lo === undefined) p.fail(p.i, "range character '-' must be preceded by a Unicode character");
			if (p.i >= p.length - 1) p.fail(p.i, "range character '-' must be followed by a Unicode character");
			p.read();
			if (p.is(close) || p.is(dash)) {
				p.fail(p.i, "range character '-' cannot be followed by a special symbol");
			}
			if (p.rune < lo) {
				const [first, second] = [String.fromCodePoint(p.rune), String.fromCodePoint(lo)];
				p.fail(p.i, `range is out of order: '${first}' comes before '${second}' in Unicode`);
			}
			ranges.push(lo, p.rune);
			previous = undefined;
		} else {
			ranges.push(p.rune, p.rune);
			previous = p.rune;
		}
	}
	p.fail(p.i, "found [ without matching ]");
}

// Intersection.

/** Whether two tokens share a character, repetitions aside. */
function meet(a: Token, b: Token): boolean {
	return a.set === undefined || b.set === undefined || !disjointRanges(a.set, b.set);
}

/** Drop what both begin and end with, up to the first repetition; undefined when that differs. */
function trim(a: Token[], b: Token[]): readonly [Token[], Token[]] | undefined {
	const single = (t: Token | undefined): t is Token => t?.repeat === "";
	let l = 0;
	for (; ; l++) {
		const x = a[l];
		const y = b[l];
		if (!single(x) || !single(y)) break;
		if (!meet(x, y)) return undefined;
	}
	if (l > 0) l--;
	let i = a.length - 1;
	let j = b.length - 1;
	for (; i >= l && j >= l; i--, j--) {
		const x = a[i];
		const y = b[j];
		if (!single(x) || !single(y)) break;
		if (!meet(x, y)) return undefined;
	}
	if (i < a.length - 1) {
		i++;
		j++;
	}
	return [a.slice(l, i + 1), b.slice(l, j + 1)];
}

class Intersection {
	readonly #sides: readonly [readonly Token[], readonly Token[]];
	readonly #known: Map<number, boolean> = new Map();
	readonly #step: (amount: number) => void;

	constructor(a: readonly Token[], b: readonly Token[], step: (amount: number) => void) {
		this.#sides = [a, b];
		this.#step = step;
	}

	/** Side `first` from i against the other side from j. */
	normal(first: 0 | 1, startI: number, startJ: number): boolean {
		const a = this.#sides[first];
		const b = this.#sides[first === 0 ? 1 : 0];
		let i = startI;
		let j = startJ;
		for (; i < a.length && j < b.length; i++, j++) {
			const x = at(a, i);
			const y = at(b, j);
			if (x.repeat !== "") return this.#repeated(first, i, j);
			if (y.repeat !== "") return this.#repeated(first === 0 ? 1 : 0, j, i);
			if (!meet(x, y)) return false;
		}
		return i === a.length && j === b.length;
	}

	/** Side `first` repeats at i. */
	#repeated(first: 0 | 1, i: number, j: number): boolean {
		const key = (i * (this.#sides[first === 0 ? 1 : 0].length + 1) + j) * 2 + first;
		const known = this.#known.get(key);
		if (known !== undefined) return known;
		const x = at(this.#sides[first], i);
		let result: boolean;
		if (x.repeat === "*") result = this.#star(first, i, j);
		else {
			const y = at(this.#sides[first === 0 ? 1 : 0], j);
			result = meet(x, y) && (this.#star(first, i, j + 1) || (y.repeat !== "" && this.normal(first, i + 1, j)));
		}
		this.#known.set(key, result);
		return result;
	}

	/** Let the repeated token at i take tokens of the other side from j on. */
	#star(first: 0 | 1, i: number, j: number): boolean {
		const a = this.#sides[first];
		const b = this.#sides[first === 0 ? 1 : 0];
		const x = at(a, i);
		const next = a[i + 1];
		for (let k = j; k < b.length; k++) {
			this.#step(1);
			const y = at(b, k);
			if (next !== undefined && meet(y, next) && this.normal(first, i + 1, k)) return true;
			if (!meet(y, x)) return false;
		}
		return next === undefined;
	}
}
