/**
 * Reads what stands for characters in a pattern: escapes, named classes, sets in brackets. It holds the
 * text and the place reached, and moves on past what it has read.
 */

import { codePoint } from "../at.ts";
import { cleanRanges, negateRanges, type Ranges, wordRunes } from "./ranges.ts";
import { RegexSyntaxError } from "./syntax-error.ts";
import { literalRune } from "./tree.ts";
import { foldRanges, unicodeClass } from "./unicode.ts";

const perlClasses: { readonly [letter: string]: Ranges } = {
	d: [0x30, 0x39],
	s: [9, 10, 12, 13, 32, 32],
	w: wordRunes,
};

const posixClasses: { readonly [name: string]: Ranges } = {
	alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
	alpha: [0x41, 0x5a, 0x61, 0x7a],
	ascii: [0, 0x7f],
	blank: [9, 9, 32, 32],
	cntrl: [0, 0x1f, 0x7f, 0x7f],
	digit: [0x30, 0x39],
	graph: [0x21, 0x7e],
	lower: [0x61, 0x7a],
	print: [0x20, 0x7e],
	punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
	space: [9, 13, 32, 32],
	upper: [0x41, 0x5a],
	word: wordRunes,
	xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
};

/** The code point at i; a lone surrogate is the replacement character, as in any decoded UTF-8. */
export function runeAt(s: string, i: number): number {
	const c = codePoint(s, i);
	return c >= 0xd800 && c <= 0xdfff ? 0xfffd : c;
}

/** The code point at i of a pattern, in which bytes that are no UTF-8 are an error. */
export function patternRuneAt(s: string, i: number): number {
	const c = codePoint(s, i);
	// A byte of no character is U+DC00 and its value.
	if (c >= 0xdc80 && c <= 0xdcff) throw new RegexSyntaxError("invalid UTF-8", s.slice(i));
	return runeAt(s, i);
}

export class PatternReader {
	readonly s: string;
	/** Where to read next. */
	i = 0;
	/** Sets match in any case. */
	fold = false;

	constructor(source: string) {
		this.s = source;
	}

	/** `\pN`, `\p{Name}`, `\d`, `\S` …; undefined, consuming nothing, for other escapes. */
	classEscape(): Ranges | undefined {
		const s = this.s;
		const at = this.i;
		const letter = s.charAt(at + 1);
		if (letter === "p" || letter === "P") return this.#parseUnicodeClass();
		const set = letter === "" ? undefined : perlClasses[letter.toLowerCase()];
		if (set === undefined || !/[dswDSW]/.test(letter)) return undefined;
		this.i += 2;
		return this.#group(set, letter < "a");
	}

	#group(set: Ranges, negate: boolean): Ranges {
		const folded = this.fold ? foldRanges(set) : set;
		return negate ? negateRanges(folded) : folded;
	}

	#parseUnicodeClass(): Ranges {
		const s = this.s;
		const at = this.i;
		let negate = s[at + 1] === "P";
		let end: number;
		let name: string;
		if (s[at + 2] === "{") {
			const close = s.indexOf("}", at);
			if (close < 0) throw new RegexSyntaxError("invalid character class range", s.slice(at));
			end = close + 1;
			name = s.slice(at + 3, close);
		} else {
			end = at + 2 >= s.length ? at + 2 : at + 2 + (patternRuneAt(s, at + 2) > 0xffff ? 2 : 1);
			name = s.slice(at + 2, end);
		}
		if (name.startsWith("^")) {
			negate = !negate;
			name = name.slice(1);
		}
		const set = unicodeClass(name);
		if (set === undefined) throw new RegexSyntaxError("invalid character class range", s.slice(at, end));
		this.i = end;
		return this.#group(set, negate);
	}

	/** The code point an escape stands for. */
	escape(): number {
		const s = this.s;
		const at = this.i;
		if (at + 1 >= s.length) throw new RegexSyntaxError("trailing backslash at end of expression", "");
		const c = patternRuneAt(s, at + 1);
		let i = at + (c > 0xffff ? 3 : 2);
		const octal = (): number => {
			let r = c - 0x30;
			for (let k = 1; k < 3 && /[0-7]/.test(s.charAt(i)); k++) r = r * 8 + Number(s.charAt(i++));
			this.i = i;
			return r;
		};
		const done = (r: number): number => {
			this.i = i;
			return r;
		};
		if (c >= 0x31 && c <= 0x37) {
			if (/[0-7]/.test(s.charAt(i))) return octal();
		} else if (c === 0x30) return octal();
		else if (c === 0x78) {
			const hex = this.#parseHex(i);
			if (typeof hex === "object") {
				this.i = hex.end;
				return hex.rune;
			}
			i = hex;
		} else if (c === 0x61) return done(7);
		else if (c === 0x66) return done(12);
		else if (c === 0x6e) return done(10);
		else if (c === 0x72) return done(13);
		else if (c === 0x74) return done(9);
		else if (c === 0x76) return done(11);
		else if (c < 0x80 && !/[0-9A-Za-z]/.test(String.fromCharCode(c))) return done(c);
		throw new RegexSyntaxError("invalid escape sequence", s.slice(at, i));
	}

	/** After `\x`: the code point, or, for an invalid one, where Go stops reading. */
	#parseHex(from: number): { readonly rune: number; readonly end: number } | number {
		const s = this.s;
		let i = from;
		if (i >= s.length) return i;
		const width = (at: number): number => (patternRuneAt(s, at) > 0xffff ? 2 : 1);
		if (s[i] === "{") {
			i++;
			let r = 0;
			let digits = 0;
			for (;;) {
				if (i >= s.length) return i;
				const c = s.charAt(i);
				i += width(i);
				if (c === "}") return digits === 0 ? i : { rune: r, end: i };
				const v = /^[0-9a-fA-F]$/.test(c) ? Number.parseInt(c, 16) : -1;
				if (v < 0) return i;
				r = r * 16 + v;
				if (r > 0x10ffff) return i;
				digits++;
			}
		}
		const first = s.charAt(i);
		i += width(i);
		// Go reads the second character before it looks at the first; past the end it reads a NUL.
		const second = s.charAt(i);
		if (i < s.length) i += width(i);
		return /^[0-9a-fA-F]{2}$/.test(first + second) ? { rune: Number.parseInt(first + second, 16), end: i } : i;
	}

	/** From `[`: the set in brackets. */
	brackets(): Ranges {
		const s = this.s;
		const start = this.i++;
		let negate = false;
		if (s[this.i] === "^") {
			negate = true;
			this.i++;
		}
		const out: number[] = [];
		const add = (r: Ranges): void => {
			for (const x of r) out.push(x);
		};
		for (let first = true; first || s[this.i] !== "]"; first = false) {
			if (s[this.i] === "[" && s[this.i + 1] === ":") {
				const end = s.indexOf(":]", this.i + 2);
				if (end >= 0) {
					const name = s.slice(this.i + 2, end);
					const not = name.startsWith("^");
					const bare = not ? name.slice(1) : name;
					const set = Object.hasOwn(posixClasses, bare) ? posixClasses[bare] : undefined;
					if (set === undefined) {
						throw new RegexSyntaxError("invalid character class range", s.slice(this.i, end + 2));
					}
					add(this.#group(set, not));
					this.i = end + 2;
					continue;
				}
			}
			if (s[this.i] === "\\") {
				const set = this.classEscape();
				if (set !== undefined) {
					add(set);
					continue;
				}
			}
			const from = this.i;
			const lo = this.#parseClassRune(start);
			let hi = lo;
			if (s[this.i] === "-" && this.i + 1 < s.length && s[this.i + 1] !== "]") {
				this.i++;
				hi = this.#parseClassRune(start);
				if (hi < lo) throw new RegexSyntaxError("invalid character class range", s.slice(from, this.i));
			}
			if (this.fold) add(lo === hi ? literalRune(lo, true) : foldRanges([lo, hi]));
			else out.push(lo, hi);
		}
		this.i++;
		const set = cleanRanges(out);
		return negate ? negateRanges(set) : set;
	}

	#parseClassRune(classStart: number): number {
		const s = this.s;
		if (this.i >= s.length) throw new RegexSyntaxError("missing closing ]", s.slice(classStart));
		if (s[this.i] === "\\") return this.escape();
		const c = patternRuneAt(s, this.i);
		this.i += c > 0xffff ? 2 : 1;
		return c;
	}
}
