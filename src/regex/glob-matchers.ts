/**
 * The matchers a glob compiles to in OPA's glob library (gobwas/glob), with its answers in every
 * corner: a lone `?` matches the empty text, several separators are looked for as one string, sets in
 * a row of single characters fail on characters of more than one byte, and so on. Policies were
 * written against these answers, so they are kept; glob.ts bounds the time they may take.
 *
 * Texts are byte strings: JS strings whose units are the bytes of the UTF-8 encoding. ASCII text is
 * its own byte string. A matcher answers for a whole text (`match`) and finds itself in one (`index`):
 * where it first starts, and the lengths it can have there, ascending.
 */

import { at as elementAt } from "../at.ts";

export interface Matcher {
	readonly kind: string;
	/** Length in characters, -1 when it varies. */
	readonly length: number;
	match(s: string): boolean;
	index(s: string): Found | undefined;
}

export interface Found {
	readonly at: number;
	readonly lengths: readonly number[];
}

/** Work left before a match is given up. */
let budget = 0;
const exhausted: Error = new Error("glob match takes too long");

/** Run f with a limit on the work it may spend; undefined when that ran out. */
export function within<T>(work: number, f: () => T): T | undefined {
	budget = work;
	try {
		return f();
	} catch (e) {
		if (e === exhausted) return undefined;
		throw e;
	}
}

/** Count work of the current match or compilation. */
export function spend(amount: number): void {
	budget -= amount;
	if (budget < 0) throw exhausted;
}

/** Code point and width of the character at i of a byte string; 0xfffd and 1 where it is malformed. */
function decodeAt(s: string, i: number): { readonly rune: number; readonly width: number } {
	const b0 = s.charCodeAt(i);
	if (b0 < 0x80) return { rune: b0, width: 1 };
	const size = b0 >= 0xf0 ? 4 : b0 >= 0xe0 ? 3 : 2;
	const bad = { rune: 0xfffd, width: 1 };
	if (b0 < 0xc2 || b0 > 0xf4 || i + size > s.length) return bad;
	let rune = b0 & (0x7f >> size);
	for (let k = 1; k < size; k++) {
		const b = s.charCodeAt(i + k);
		if ((b & 0xc0) !== 0x80) return bad;
		rune = (rune << 6) | (b & 0x3f);
	}
	return { rune, width: size };
}

/** The byte string of well-formed text. */
export function toBytes(s: string): string {
	for (let i = 0; i < s.length; i++) {
		if (s.charCodeAt(i) >= 0x80) {
			let out = "";
			for (const b of new TextEncoder().encode(s)) out += String.fromCharCode(b);
			return out;
		}
	}
	return s;
}

/** The byte string of one character. */
export function runeBytes(rune: number): string {
	return toBytes(String.fromCodePoint(rune));
}

function runeLength(rune: number): number {
	return rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
}

function firstRune(s: string): { readonly rune: number; readonly width: number } {
	return s === "" ? { rune: 0xfffd, width: 0 } : decodeAt(s, 0);
}

/** Where the first separator of the list that occurs at all occurs: not the earliest of any. */
function indexAny(s: string, separators: readonly string[]): number {
	for (const c of separators) {
		const i = s.indexOf(c);
		if (i >= 0) return i;
	}
	return -1;
}

function lastIndexAny(s: string, separators: readonly string[]): number {
	for (const c of separators) {
		const i = c.length === 1 ? s.lastIndexOf(c) : s.indexOf(c);
		if (i >= 0) return i;
	}
	return -1;
}

/** Starts of the characters of s, each plus `offset`. */
function starts(s: string, offset: number): number[] {
	spend(s.length);
	const out: number[] = [];
	for (let i = 0; i < s.length; i += decodeAt(s, i).width) out.push(offset + i);
	return out;
}

/** Ends of the characters of s, each plus `offset`. */
function ends(s: string, offset: number): number[] {
	spend(s.length);
	const out: number[] = [];
	for (let i = 0; i < s.length; ) {
		const { rune, width } = decodeAt(s, i);
		out.push(offset + i + runeLength(rune));
		i += width;
	}
	return out;
}

function countRunes(s: string, enough: number): number {
	let n = 0;
	for (let i = 0; i < s.length && n < enough; i += decodeAt(s, i).width) n++;
	return n;
}

export class Nothing implements Matcher {
	readonly kind = "nothing";
	readonly length = 0;

	match(s: string): boolean {
		return s === "";
	}

	index(): Found {
		return { at: 0, lengths: [0] };
	}
}

export class Text implements Matcher {
	readonly kind = "text";
	readonly length: number;
	readonly text: string;

	constructor(bytes: string) {
		this.text = bytes;
		this.length = countRunes(bytes, Number.POSITIVE_INFINITY);
	}

	match(s: string): boolean {
		return s === this.text;
	}

	index(s: string): Found | undefined {
		const at = s.indexOf(this.text);
		return at < 0 ? undefined : { at, lengths: [this.text.length] };
	}
}

export class Super implements Matcher {
	readonly kind = "super";
	readonly length = -1;

	match(): boolean {
		return true;
	}

	index(s: string): Found {
		return { at: 0, lengths: [...starts(s, 0), s.length] };
	}
}

export class Any implements Matcher {
	readonly kind = "any";
	readonly length = -1;
	readonly separators: readonly string[];

	constructor(separators: readonly string[]) {
		this.separators = separators;
	}

	match(s: string): boolean {
		return indexAny(s, this.separators) < 0;
	}

	index(s: string): Found {
		const found = indexAny(s, this.separators);
		if (found === 0) return { at: 0, lengths: [0] };
		const part = found < 0 ? s : s.slice(0, found);
		return { at: 0, lengths: [...starts(part, 0), part.length] };
	}
}

/** One character by a predicate: `?`, a list, a range. */
export class One implements Matcher {
	readonly kind: "single" | "list" | "range";
	readonly length = 1;
	/** Characters excluded (`?`) or listed. */
	readonly runes: readonly number[];
	readonly not: boolean;
	readonly #accepts: (rune: number) => boolean;

	constructor(kind: "single" | "list" | "range", runes: readonly number[], not: boolean) {
		this.kind = kind;
		this.runes = runes;
		this.not = not;
		if (kind === "range") {
			const [lo, hi] = runes as readonly [number, number];
			this.#accepts = (r) => (r >= lo && r <= hi) !== not;
		} else this.#accepts = (r) => runes.includes(r) !== not;
	}

	match(s: string): boolean {
		const { rune, width } = firstRune(s);
		return s.length <= width && this.#accepts(rune);
	}

	index(s: string): Found | undefined {
		for (let i = 0; i < s.length; ) {
			const { rune, width } = decodeAt(s, i);
			if (this.#accepts(rune)) return { at: i, lengths: [runeLength(rune)] };
			i += width;
		}
		return undefined;
	}
}

export class Prefix implements Matcher {
	readonly kind = "prefix";
	readonly length = -1;
	readonly prefix: string;

	constructor(prefix: string) {
		this.prefix = prefix;
	}

	match(s: string): boolean {
		return s.startsWith(this.prefix);
	}

	index(s: string): Found | undefined {
		const at = s.indexOf(this.prefix);
		if (at < 0) return undefined;
		const n = this.prefix.length;
		return { at, lengths: [n, ...ends(s.slice(at + n), n)] };
	}
}

export class Suffix implements Matcher {
	readonly kind = "suffix";
	readonly length = -1;
	readonly suffix: string;

	constructor(suffix: string) {
		this.suffix = suffix;
	}

	match(s: string): boolean {
		return s.endsWith(this.suffix);
	}

	index(s: string): Found | undefined {
		const at = s.indexOf(this.suffix);
		return at < 0 ? undefined : { at: 0, lengths: [at + this.suffix.length] };
	}
}

export class PrefixAny implements Matcher {
	readonly kind = "prefixAny";
	readonly length = -1;
	readonly prefix: string;
	readonly separators: readonly string[];

	constructor(prefix: string, separators: readonly string[]) {
		this.prefix = prefix;
		this.separators = separators;
	}

	match(s: string): boolean {
		return s.startsWith(this.prefix) && indexAny(s.slice(this.prefix.length), this.separators) < 0;
	}

	index(s: string): Found | undefined {
		const at = s.indexOf(this.prefix);
		if (at < 0) return undefined;
		const n = this.prefix.length;
		const rest = s.slice(at + n);
		const stop = indexAny(rest, this.separators);
		return { at, lengths: [n, ...ends(stop < 0 ? rest : rest.slice(0, stop), n)] };
	}
}

export class SuffixAny implements Matcher {
	readonly kind = "suffixAny";
	readonly length = -1;
	readonly suffix: string;
	readonly separators: readonly string[];

	constructor(suffix: string, separators: readonly string[]) {
		this.suffix = suffix;
		this.separators = separators;
	}

	match(s: string): boolean {
		return s.endsWith(this.suffix) && indexAny(s.slice(0, s.length - this.suffix.length), this.separators) < 0;
	}

	index(s: string): Found | undefined {
		const found = s.indexOf(this.suffix);
		if (found < 0) return undefined;
		const at = lastIndexAny(s.slice(0, found), this.separators) + 1;
		return { at, lengths: [found + this.suffix.length - at] };
	}
}

export class PrefixSuffix implements Matcher {
	readonly kind = "prefixSuffix";
	readonly length = -1;
	readonly prefix: string;
	readonly suffix: string;

	constructor(prefix: string, suffix: string) {
		this.prefix = prefix;
		this.suffix = suffix;
	}

	/** The two may overlap. */
	match(s: string): boolean {
		return s.startsWith(this.prefix) && s.endsWith(this.suffix);
	}

	index(s: string): Found | undefined {
		const at = s.indexOf(this.prefix);
		if (at < 0) return undefined;
		if (this.suffix === "") return { at, lengths: [s.length - at] };
		const lengths: number[] = [];
		let rest = s.slice(at);
		for (;;) {
			spend(1);
			const i = rest.lastIndexOf(this.suffix);
			if (i < 0) break;
			lengths.push(i + this.suffix.length);
			rest = rest.slice(0, i);
		}
		return lengths.length === 0 ? undefined : { at, lengths: lengths.reverse() };
	}
}

export class Contains implements Matcher {
	readonly kind = "contains";
	readonly length = -1;
	readonly needle: string;
	readonly not: boolean;

	constructor(needle: string, not: boolean) {
		this.needle = needle;
		this.not = not;
	}

	match(s: string): boolean {
		return s.includes(this.needle) !== this.not;
	}

	index(s: string): Found | undefined {
		const i = s.indexOf(this.needle);
		let offset = 0;
		let part = s;
		if (!this.not) {
			if (i < 0) return undefined;
			offset = i + this.needle.length;
			if (s.length <= offset) return { at: 0, lengths: [offset] };
			part = s.slice(offset);
		} else if (i >= 0) part = s.slice(0, i);
		return { at: 0, lengths: [...starts(part, offset), offset + part.length] };
	}
}

export class Min implements Matcher {
	readonly kind = "min";
	readonly length = -1;
	readonly limit: number;

	constructor(limit: number) {
		this.limit = limit;
	}

	match(s: string): boolean {
		return s !== "" && countRunes(s, this.limit) >= this.limit;
	}

	index(s: string): Found | undefined {
		if (s.length - this.limit + 1 <= 0) return undefined;
		const lengths = ends(s, 0).slice(this.limit - 1);
		return lengths.length === 0 ? undefined : { at: 0, lengths };
	}
}

export class Max implements Matcher {
	readonly kind = "max";
	readonly length = -1;
	readonly limit: number;

	constructor(limit: number) {
		this.limit = limit;
	}

	match(s: string): boolean {
		return countRunes(s, this.limit + 1) <= this.limit;
	}

	index(s: string): Found {
		return { at: 0, lengths: [0, ...ends(s, 0).slice(0, this.limit)] };
	}
}

export class AnyOf implements Matcher {
	readonly kind = "anyOf";
	readonly length: number;
	readonly matchers: readonly Matcher[];

	constructor(matchers: readonly Matcher[]) {
		this.matchers = matchers;
		let n = -1;
		for (const m of matchers) {
			// The first known length, unless a later one differs.
			if (n === -1) n = m.length;
			else if (m.length !== n) {
				n = -1;
				break;
			}
		}
		this.length = n;
	}

	match(s: string): boolean {
		for (const m of this.matchers) if (m.match(s)) return true;
		return false;
	}

	index(s: string): Found | undefined {
		let at = -1;
		let lengths: number[] = [];
		for (const m of this.matchers) {
			const f = m.index(s);
			if (f === undefined || (at >= 0 && f.at > at)) continue;
			if (at < 0 || f.at < at) {
				at = f.at;
				lengths = [...f.lengths];
			} else lengths = mergeSorted(lengths, f.lengths);
		}
		return at < 0 ? undefined : { at, lengths };
	}
}

function mergeSorted(a: readonly number[], b: readonly number[]): number[] {
	spend(a.length + b.length);
	return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

export class EveryOf implements Matcher {
	readonly kind = "everyOf";
	readonly length: number;
	readonly matchers: readonly Matcher[];

	constructor(matchers: readonly Matcher[]) {
		this.matchers = matchers;
		this.length = matchers.length === 0 ? 0 : -1;
	}

	match(s: string): boolean {
		for (const m of this.matchers) if (!m.match(s)) return false;
		return true;
	}

	/** Of counts and of what is excluded, which all begin where the text does. */
	index(s: string): Found | undefined {
		let lengths: readonly number[] | undefined;
		for (const m of this.matchers) {
			const f = m.index(s);
			if (f === undefined) return undefined;
			if (lengths === undefined) lengths = f.lengths;
			else {
				const own = new Set(f.lengths);
				spend(lengths.length + f.lengths.length);
				lengths = lengths.filter((x) => own.has(x));
				if (lengths.length === 0) return undefined;
			}
		}
		return { at: 0, lengths: lengths ?? [] };
	}
}

/** Matchers of fixed length, one after another. */
export class Row implements Matcher {
	readonly kind = "row";
	readonly length: number;
	readonly matchers: readonly Matcher[];

	constructor(matchers: readonly Matcher[]) {
		this.matchers = matchers;
		let n = 0;
		for (const m of matchers) n += m.length;
		this.length = n;
	}

	/** Takes the last character of each part to be one byte wide. */
	#matchFrom(s: string, from: number): boolean {
		let at = from;
		for (const m of this.matchers) {
			let next = 0;
			let n = 0;
			for (let i = at; i < s.length; ) {
				next = i - at;
				n++;
				if (n === m.length) break;
				i += decodeAt(s, i).width;
			}
			spend(1);
			if (n < m.length || !m.match(s.slice(at, at + next + 1))) return false;
			at += next + 1;
		}
		return true;
	}

	match(s: string): boolean {
		return countRunes(s, this.length + 1) === this.length && this.#matchFrom(s, 0);
	}

	index(s: string): Found | undefined {
		for (let i = 0; i < s.length && s.length - i >= this.length; i += decodeAt(s, i).width) {
			if (this.#matchFrom(s, i)) return { at: i, lengths: [this.length] };
		}
		return undefined;
	}
}

/** A matcher, and what must match before and after it. */
export class Tree implements Matcher {
	readonly kind = "tree";
	/** Parts of fixed length alone make a row. */
	readonly length = -1;
	readonly value: Matcher;
	readonly left: Matcher | undefined;
	readonly right: Matcher | undefined;
	/** As given: the optimiser replaces parts without measuring again. */
	readonly #leftLength: number;
	readonly #rightLength: number;

	constructor(value: Matcher, left: Matcher | undefined, right: Matcher | undefined, measured?: Tree) {
		this.value = value;
		this.left = left;
		this.right = right;
		this.#leftLength = measured === undefined ? (left?.length ?? 0) : measured.#leftLength;
		this.#rightLength = measured === undefined ? (right?.length ?? 0) : measured.#rightLength;
	}

	index(): Found | undefined {
		return undefined;
	}

	match(s: string): boolean {
		let offset = Math.max(0, this.#leftLength);
		const limit = this.#rightLength >= 0 ? s.length - this.#rightLength : s.length;
		while (offset < limit) {
			spend(1 + ((limit - offset) >> 4));
			const f = this.value.index(s.slice(offset, limit));
			if (f === undefined) return false;
			const before = s.slice(0, offset + f.at);
			if (this.left === undefined ? before === "" : this.left.match(before)) {
				for (let i = f.lengths.length - 1; i >= 0; i--) {
					spend(1);
					const after = s.slice(offset + f.at + elementAt(f.lengths, i));
					if (this.right === undefined ? after === "" : this.right.match(after)) return true;
				}
			}
			offset += f.at;
			if (offset < s.length) offset += decodeAt(s, offset).width;
		}
		return false;
	}
}
