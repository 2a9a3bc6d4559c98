/**
 * Parses RE2 syntax as Go's regexp package does (Perl flavour): the same patterns are valid, with
 * the same error texts, since OPA shows them to users. Text in, tree out; never throws anything but
 * RegexSyntaxError, and takes time linear in the pattern.
 *
 * The parser keeps a stack of finished nodes with markers for open groups and alternatives, so that
 * nesting costs no native stack, and counts nodes as Go does, because Go's limits on depth and size
 * are counted in its nodes.
 */
import { cleanRanges, negateRanges, type Ranges, wordRunes } from "./ranges.ts";
import { type Assertion, type ClassNode, literalRune, type Node, type Pattern, runeSet } from "./tree.ts";
import { foldRanges, minFold, simpleFold, unicodeClass } from "./unicode.ts";

export type SyntaxErrorCode =
	| "invalid character class range"
	| "invalid escape sequence"
	| "invalid named capture"
	| "invalid or unsupported Perl syntax"
	| "invalid nested repetition operator"
	| "invalid repeat count"
	| "missing closing ]"
	| "missing closing )"
	| "missing argument to repetition operator"
	| "trailing backslash at end of expression"
	| "unexpected )"
	| "expression nests too deeply"
	| "expression too large";

export class RegexSyntaxError extends Error {
	readonly code: SyntaxErrorCode;
	/** The offending part of the pattern. */
	readonly part: string;

	constructor(code: SyntaxErrorCode, part: string) {
		super(`error parsing regexp: ${code}: \`${part}\``);
		this.name = "RegexSyntaxError";
		this.code = code;
		this.part = part;
	}
}

/** Go's limits. */
const maxRepeat = 1000;
const maxHeight = 1000;
/** In instructions: 128 MiB of 40 bytes. */
const maxSize = Math.floor((128 << 20) / 40);
/** Range ends in all classes together. */
const maxClassRunes = (128 << 20) / 4;

interface Flags {
	readonly fold: boolean;
	readonly dotNewline: boolean;
	readonly multiline: boolean;
	readonly lazy: boolean;
}

interface Marker {
	readonly op: "group" | "bar";
	/** 0 for a group that captures nothing. */
	readonly index: number;
	readonly name: string;
	readonly flags: Flags;
}

type Item = Node | Marker;

const escapeAssertions: { readonly [letter: string]: Assertion } = {
	A: "beginText",
	b: "wordBoundary",
	B: "noWordBoundary",
	z: "endText",
};

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

/** Throws RegexSyntaxError. */
export function parseRegex(source: string): Pattern {
	return new Parser(source).parse();
}

/** The code point at i; a lone surrogate is the replacement character, as in any decoded UTF-8. */
export function runeAt(s: string, i: number): number {
	const c = s.codePointAt(i) as number;
	return c >= 0xd800 && c <= 0xdfff ? 0xfffd : c;
}

function isDigit(c: number): boolean {
	return c >= 0x30 && c <= 0x39;
}

class Parser {
	readonly #s: string;
	/** Where the next token starts. */
	#i = 0;
	#flags: Flags = { fold: false, dotNewline: false, multiline: false, lazy: false };
	readonly #stack: Item[] = [];
	readonly #names: string[] = [""];
	/** Nodes Go would have allocated, and those it would have free again. */
	#allocated = 0;
	#free = 0;
	#classRunes = 0;
	/** Product of all counted repetitions seen. */
	#repeats = 1;
	#sizes: Map<Node, number> | undefined;
	#heights: Map<Node, number> | undefined;

	constructor(source: string) {
		this.#s = source;
	}

	parse(): Pattern {
		const s = this.#s;
		// Start of the repetition operator just consumed, where there was one.
		let lastRepeat = -1;
		while (this.#i < s.length) {
			let repeatAt = -1;
			switch (s.charCodeAt(this.#i)) {
				case 0x28: // (
					if (s[this.#i + 1] === "?") this.#parseGroupFlags();
					else {
						this.#i++;
						this.#openGroup("", true);
					}
					break;
				case 0x7c: // |
					this.#concat();
					if (!this.#swapBar()) this.#pushMarker({ op: "bar", index: 0, name: "", flags: this.#flags });
					this.#i++;
					break;
				case 0x29: // )
					this.#closeGroup();
					this.#i++;
					break;
				case 0x5e: // ^
					this.#pushNew({ op: "assert", kind: this.#flags.multiline ? "beginLine" : "beginText" });
					this.#i++;
					break;
				case 0x24: // $
					this.#pushNew({ op: "assert", kind: this.#flags.multiline ? "endLine" : "endText" });
					this.#i++;
					break;
				case 0x2e: // .
					this.#pushNew({ op: this.#flags.dotNewline ? "any" : "anyButNewline" });
					this.#i++;
					break;
				case 0x5b: // [
					this.#parseClass();
					break;
				case 0x2a: // *
				case 0x2b: // +
				case 0x3f: {
					repeatAt = this.#i;
					const c = s[this.#i++];
					this.#repeat(c === "+" ? 1 : 0, c === "?" ? 1 : -1, false, repeatAt, lastRepeat);
					break;
				}
				case 0x7b: {
					const at = this.#i;
					const bounds = this.#parseBounds();
					if (bounds === undefined) {
						this.#literal(0x7b);
						this.#i = at + 1;
						break;
					}
					const [min, max] = bounds;
					if (min < 0 || min > maxRepeat || max > maxRepeat || (max >= 0 && min > max)) {
						throw new RegexSyntaxError("invalid repeat count", s.slice(at, this.#i));
					}
					repeatAt = at;
					this.#repeat(min, max, true, at, lastRepeat);
					break;
				}
				case 0x5c: // \
					this.#parseBackslash();
					break;
				default: {
					const c = runeAt(s, this.#i);
					this.#i += c > 0xffff ? 2 : 1;
					this.#literal(c);
				}
			}
			lastRepeat = repeatAt;
		}
		this.#concat();
		if (this.#swapBar()) this.#stack.pop();
		this.#alternate();
		if (this.#stack.length !== 1) throw new RegexSyntaxError("missing closing )", s);
		return {
			source: s,
			root: this.#stack[0] as Node,
			groupCount: this.#names.length - 1,
			groupNames: this.#names,
		};
	}

	// Nodes and Go's limits on them.

	#allocate(): void {
		if (this.#free > 0) this.#free--;
		else this.#allocated++;
	}

	#release(n: Node): void {
		this.#free++;
		this.#sizes?.delete(n);
		this.#heights?.delete(n);
	}

	#pushMarker(m: Marker): void {
		this.#allocate();
		this.#mergeLiterals(-1, false);
		this.#stack.push(m);
	}

	/** Push a node counted as newly allocated. */
	#pushNew(n: Node): void {
		this.#allocate();
		this.#push(n);
	}

	#push(n: Node): void {
		let item = n;
		if (n.op === "class") {
			this.#classRunes += n.ranges.length;
			const r = n.ranges;
			const single = r.length === 2 && r[0] === r[1];
			const pair =
				(r.length === 4 && r[0] === r[1] && r[2] === r[3] && isFoldPair(r[0] as number, r[2] as number)) ||
				(r.length === 2 && (r[0] as number) + 1 === r[1] && isFoldPair(r[0] as number, r[1] as number));
			if (single || pair) {
				const c = r[0] as number;
				if (this.#mergeLiterals(c, pair)) return;
				item = { op: "literal", runes: [c], fold: pair };
			} else this.#mergeLiterals(-1, false);
		} else this.#mergeLiterals(-1, false);
		this.#stack.push(item);
		this.#checkLimits(item);
	}

	/**
	 * Join the top two literals, so that only the topmost stays apart for an operator to repeat. With
	 * c >= 0, the freed node becomes the literal c and true is returned.
	 */
	#mergeLiterals(c: number, fold: boolean): boolean {
		const n = this.#stack.length;
		if (n < 2) return false;
		const top = this.#stack[n - 1] as Item;
		const below = this.#stack[n - 2] as Item;
		if (top.op !== "literal" || below.op !== "literal" || top.fold !== below.fold) return false;
		if (top.runes.length === 1) below.runes.push(top.runes[0] as number);
		else for (const r of top.runes) below.runes.push(r);
		if (c >= 0) {
			top.runes = [c];
			top.fold = fold;
			return true;
		}
		this.#stack.pop();
		this.#release(top);
		return false;
	}

	#literal(c: number): void {
		const fold = this.#flags.fold;
		const n = this.#stack.length;
		const top = this.#stack[n - 1];
		const below = this.#stack[n - 2];
		if (!fold && top?.op === "literal" && below?.op === "literal" && !top.fold && !below.fold) {
			// As below, without a node that is freed at once.
			if (this.#free === 0) {
				this.#allocated++;
				this.#free = 1;
			}
			for (const r of top.runes) below.runes.push(r);
			top.runes = [c];
			return;
		}
		this.#pushNew({ op: "literal", runes: [fold ? minFold(c) : c], fold });
	}

	#checkLimits(n: Node): void {
		if (this.#classRunes > maxClassRunes) throw new RegexSyntaxError("expression too large", this.#s);
		this.#checkSize(n);
		if (this.#allocated < maxHeight) return;
		if (this.#heights === undefined) {
			this.#heights = new Map();
			for (const item of this.#stack) if (!isMarker(item)) this.#checkHeight(item);
		}
		this.#checkHeight(n);
	}

	#checkHeight(n: Node): void {
		if (this.#height(n, true) > maxHeight) throw new RegexSyntaxError("expression nests too deeply", this.#s);
	}

	#height(n: Node, force: boolean): number {
		const heights = this.#heights as Map<Node, number>;
		const known = force ? undefined : heights.get(n);
		if (known !== undefined) return known;
		let h = 1;
		for (const sub of children(n)) h = Math.max(h, 1 + this.#height(sub, false));
		heights.set(n, h);
		return h;
	}

	#checkSize(n: Node): void {
		if (this.#sizes === undefined) {
			if (n.op === "repeat" && n.counted) {
				const times = Math.max(1, n.max === -1 ? n.min : n.max);
				this.#repeats = times > maxSize / this.#repeats ? maxSize : this.#repeats * times;
			}
			if (this.#allocated < Math.floor(maxSize / this.#repeats)) return;
			this.#sizes = new Map();
			for (const item of this.#stack) if (!isMarker(item)) this.#checkSize(item);
		}
		if (this.#size(n, true) > maxSize) throw new RegexSyntaxError("expression too large", this.#s);
	}

	#size(n: Node, force: boolean): number {
		const sizes = this.#sizes as Map<Node, number>;
		const known = force ? undefined : sizes.get(n);
		if (known !== undefined) return known;
		const size = Math.max(1, this.#ownSize(n));
		sizes.set(n, size);
		return size;
	}

	#ownSize(n: Node): number {
		switch (n.op) {
			case "literal":
				return n.runes.length;
			case "capture":
				return 2 + this.#size(n.sub, false);
			case "repeat": {
				const sub = this.#size(n.sub, false);
				if (n.max === -1) return n.min === 0 ? 2 + sub : 1 + n.min * sub;
				return n.max * sub + (n.max - n.min);
			}
			case "concat":
			case "alternate": {
				let size = n.op === "alternate" ? n.subs.length - 1 : 0;
				for (const sub of n.subs) size += this.#size(sub, false);
				return size;
			}
			default:
				return 1;
		}
	}

	// Operators.

	#repeat(min: number, max: number, counted: boolean, at: number, lastRepeat: number): void {
		let lazy = this.#flags.lazy;
		if (this.#s[this.#i] === "?") {
			this.#i++;
			lazy = !lazy;
		}
		if (lastRepeat >= 0) {
			throw new RegexSyntaxError("invalid nested repetition operator", this.#s.slice(lastRepeat, this.#i));
		}
		const sub = this.#stack[this.#stack.length - 1];
		if (sub === undefined || isMarker(sub)) {
			throw new RegexSyntaxError("missing argument to repetition operator", this.#s.slice(at, this.#i));
		}
		const n: Node = { op: "repeat", min, max, lazy, counted, sub };
		this.#allocate();
		this.#stack[this.#stack.length - 1] = n;
		this.#checkLimits(n);
		if (counted && (min >= 2 || max >= 2) && !repeatFits(n, maxRepeat)) {
			throw new RegexSyntaxError("invalid repeat count", this.#s.slice(at, this.#i));
		}
	}

	/** `{n}`, `{n,}` or `{n,m}`; undefined, consuming nothing, when it is not one. Counts too long are -1. */
	#parseBounds(): readonly [number, number] | undefined {
		const s = this.#s;
		const start = this.#i;
		this.#i++;
		let min = this.#parseInt();
		let max = min;
		if (min !== undefined && s[this.#i] === ",") {
			this.#i++;
			if (s[this.#i] === "}") max = -1;
			else {
				max = this.#parseInt();
				if (max !== undefined && max < 0) min = -1;
			}
		}
		if (min === undefined || max === undefined || s[this.#i] !== "}") {
			this.#i = start;
			return undefined;
		}
		this.#i++;
		return [min, max];
	}

	#parseInt(): number | undefined {
		const s = this.#s;
		const start = this.#i;
		let end = start;
		while (end < s.length && isDigit(s.charCodeAt(end))) end++;
		if (end === start || (end - start >= 2 && s[start] === "0")) return undefined;
		this.#i = end;
		// Go stops counting at 1e8; anything above the limit is the same error.
		return end - start > 9 ? -1 : Number(s.slice(start, end));
	}

	#collect(): Node[] {
		let i = this.#stack.length;
		while (i > 0 && !isMarker(this.#stack[i - 1] as Item)) i--;
		return this.#stack.splice(i) as Node[];
	}

	/** Replace what lies above the last marker by its concatenation. */
	#concat(): void {
		this.#mergeLiterals(-1, false);
		const subs = this.#collect();
		if (subs.length === 0) this.#pushNew({ op: "empty" });
		else this.#push(this.#collapse(subs, "concat"));
	}

	#alternate(): void {
		this.#push(this.#collapse(this.#collect(), "alternate"));
	}

	#collapse(subs: readonly Node[], op: "concat" | "alternate"): Node {
		if (subs.length === 1) return subs[0] as Node;
		this.#allocate();
		const flat: Node[] = [];
		for (const sub of subs) {
			if (sub.op === op) {
				for (const inner of sub.subs) flat.push(inner);
				this.#release(sub);
			} else flat.push(sub);
		}
		return op === "concat" ? { op, subs: flat } : mergeClasses(flat);
	}

	/**
	 * After a finished alternative: move it below the bar marker, so that everything below the marker
	 * is the alternatives so far. False without a bar.
	 */
	#swapBar(): boolean {
		const stack = this.#stack;
		const n = stack.length;
		const top = stack[n - 1];
		const bar = stack[n - 2];
		if (top === undefined || bar?.op !== "bar") return false;
		const other = stack[n - 3];
		// Go merges two single characters here and frees a node; ours are merged when all are known.
		if (other !== undefined && !isMarker(other) && !isMarker(top) && isOneRune(other) && isOneRune(top)) this.#free++;
		stack[n - 2] = top;
		stack[n - 1] = bar;
		return true;
	}

	// Groups.

	#openGroup(name: string, captures: boolean): void {
		if (captures) this.#names.push(name);
		const index = captures ? this.#names.length - 1 : 0;
		this.#pushMarker({ op: "group", index, name, flags: this.#flags });
	}

	#closeGroup(): void {
		this.#concat();
		if (this.#swapBar()) this.#stack.pop();
		this.#alternate();
		const sub = this.#stack.pop() as Node;
		const open = this.#stack.pop();
		if (open === undefined || open.op !== "group") throw new RegexSyntaxError("unexpected )", this.#s);
		this.#flags = open.flags;
		if (open.index === 0) {
			// Go keeps the marker's node allocated in this case.
			this.#push(sub);
		} else this.#push({ op: "capture", index: open.index, name: open.name, sub });
	}

	/** From `(?`: a named group, flags, or both flags and a group. */
	#parseGroupFlags(): void {
		const s = this.#s;
		const start = this.#i;
		const nameAt = s.startsWith("P<", start + 2) && s.length > start + 4 ? start + 4 : start + 3;
		if (nameAt === start + 4 || (s[start + 2] === "<" && s.length > start + 3)) {
			const end = s.indexOf(">", start);
			if (end < 0) throw new RegexSyntaxError("invalid named capture", s.slice(start));
			const name = s.slice(nameAt, end);
			if (!/^[A-Za-z0-9_]+$/.test(name)) {
				throw new RegexSyntaxError("invalid named capture", s.slice(start, end + 1));
			}
			this.#openGroup(name, true);
			this.#i = end + 1;
			return;
		}
		let { fold, dotNewline, multiline, lazy } = this.#flags;
		let on = true;
		let sawFlag = false;
		let i = start + 2;
		while (i < s.length) {
			const c = s.charAt(i);
			i += runeAt(s, i) > 0xffff ? 2 : 1;
			if (c === "i") fold = on;
			else if (c === "m") multiline = on;
			else if (c === "s") dotNewline = on;
			else if (c === "U") lazy = on;
			else if (c === "-" && on) {
				on = false;
				sawFlag = false;
				continue;
			} else if ((c === ":" || c === ")") && (on || sawFlag)) {
				if (c === ":") this.#openGroup("", false);
				this.#flags = { fold, dotNewline, multiline, lazy };
				this.#i = i;
				return;
			} else break;
			sawFlag = true;
		}
		throw new RegexSyntaxError("invalid or unsupported Perl syntax", s.slice(start, i));
	}

	// Escapes and classes.

	#parseBackslash(): void {
		const s = this.#s;
		const at = this.#i;
		const letter = s.charAt(at + 1);
		const kind = "AbBz".includes(letter) ? escapeAssertions[letter] : undefined;
		if (kind !== undefined) {
			this.#pushNew({ op: "assert", kind });
			this.#i += 2;
			return;
		}
		if (letter === "C") throw new RegexSyntaxError("invalid escape sequence", "\\C");
		if (letter === "Q") {
			const close = s.indexOf("\\E", at + 2);
			const end = close < 0 ? s.length : close;
			for (let i = at + 2; i < end; ) {
				const c = runeAt(s, i);
				i += c > 0xffff ? 2 : 1;
				this.#literal(c);
			}
			this.#i = close < 0 ? end : end + 2;
			return;
		}
		const set = this.#parseClassEscape();
		if (set !== undefined) this.#pushNew(classNode(set));
		else this.#literal(this.#parseEscape());
	}

	/** `\pN`, `\p{Name}`, `\d`, `\S` …; undefined, consuming nothing, for other escapes. */
	#parseClassEscape(): Ranges | undefined {
		const s = this.#s;
		const at = this.#i;
		const letter = s.charAt(at + 1);
		if (letter === "p" || letter === "P") return this.#parseUnicodeClass();
		const set = letter === "" ? undefined : perlClasses[letter.toLowerCase()];
		if (set === undefined || !/[dswDSW]/.test(letter)) return undefined;
		this.#i += 2;
		return this.#group(set, letter < "a");
	}

	#group(set: Ranges, negate: boolean): Ranges {
		const folded = this.#flags.fold ? foldRanges(set) : set;
		return negate ? negateRanges(folded) : folded;
	}

	#parseUnicodeClass(): Ranges {
		const s = this.#s;
		const at = this.#i;
		let negate = s[at + 1] === "P";
		let end: number;
		let name: string;
		if (s[at + 2] === "{") {
			const close = s.indexOf("}", at);
			if (close < 0) throw new RegexSyntaxError("invalid character class range", s.slice(at));
			end = close + 1;
			name = s.slice(at + 3, close);
		} else {
			end = at + 2 >= s.length ? at + 2 : at + 2 + (runeAt(s, at + 2) > 0xffff ? 2 : 1);
			name = s.slice(at + 2, end);
		}
		if (name.startsWith("^")) {
			negate = !negate;
			name = name.slice(1);
		}
		const set = unicodeClass(name);
		if (set === undefined) throw new RegexSyntaxError("invalid character class range", s.slice(at, end));
		this.#i = end;
		return this.#group(set, negate);
	}

	/** The code point an escape stands for. */
	#parseEscape(): number {
		const s = this.#s;
		const at = this.#i;
		if (at + 1 >= s.length) throw new RegexSyntaxError("trailing backslash at end of expression", "");
		const c = runeAt(s, at + 1);
		let i = at + (c > 0xffff ? 3 : 2);
		const octal = (): number => {
			let r = c - 0x30;
			for (let k = 1; k < 3 && /[0-7]/.test(s.charAt(i)); k++) r = r * 8 + Number(s.charAt(i++));
			this.#i = i;
			return r;
		};
		const done = (r: number): number => {
			this.#i = i;
			return r;
		};
		if (c >= 0x31 && c <= 0x37) {
			if (/[0-7]/.test(s.charAt(i))) return octal();
		} else if (c === 0x30) return octal();
		else if (c === 0x78) {
			const hex = this.#parseHex(i);
			if (typeof hex === "object") {
				this.#i = hex.end;
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
		const s = this.#s;
		let i = from;
		if (i >= s.length) return i;
		const width = (at: number): number => (runeAt(s, at) > 0xffff ? 2 : 1);
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

	#parseClass(): void {
		const s = this.#s;
		const start = this.#i++;
		let negate = false;
		if (s[this.#i] === "^") {
			negate = true;
			this.#i++;
		}
		this.#allocate();
		const out: number[] = [];
		const add = (r: Ranges): void => {
			for (const x of r) out.push(x);
		};
		for (let first = true; first || s[this.#i] !== "]"; first = false) {
			if (s[this.#i] === "[" && s[this.#i + 1] === ":") {
				const end = s.indexOf(":]", this.#i + 2);
				if (end >= 0) {
					const name = s.slice(this.#i + 2, end);
					const not = name.startsWith("^");
					const bare = not ? name.slice(1) : name;
					const set = Object.hasOwn(posixClasses, bare) ? posixClasses[bare] : undefined;
					if (set === undefined) {
						throw new RegexSyntaxError("invalid character class range", s.slice(this.#i, end + 2));
					}
					add(this.#group(set, not));
					this.#i = end + 2;
					continue;
				}
			}
			if (s[this.#i] === "\\") {
				const set = this.#parseClassEscape();
				if (set !== undefined) {
					add(set);
					continue;
				}
			}
			const from = this.#i;
			const lo = this.#parseClassRune(start);
			let hi = lo;
			if (s[this.#i] === "-" && this.#i + 1 < s.length && s[this.#i + 1] !== "]") {
				this.#i++;
				hi = this.#parseClassRune(start);
				if (hi < lo) throw new RegexSyntaxError("invalid character class range", s.slice(from, this.#i));
			}
			if (this.#flags.fold) add(lo === hi ? literalRune(lo, true) : foldRanges([lo, hi]));
			else out.push(lo, hi);
		}
		this.#i++;
		const set = cleanRanges(out);
		this.#push(classNode(negate ? negateRanges(set) : set));
	}

	#parseClassRune(classStart: number): number {
		const s = this.#s;
		if (this.#i >= s.length) throw new RegexSyntaxError("missing closing ]", s.slice(classStart));
		if (s[this.#i] === "\\") return this.#parseEscape();
		const c = runeAt(s, this.#i);
		this.#i += c > 0xffff ? 2 : 1;
		return c;
	}
}

function isMarker(item: Item): item is Marker {
	return item.op === "group" || item.op === "bar";
}

function isOneRune(n: Node): boolean {
	return n.op === "literal" ? n.runes.length === 1 : n.op === "class" || n.op === "any" || n.op === "anyButNewline";
}

function isFoldPair(a: number, b: number): boolean {
	return simpleFold(a) === b && simpleFold(b) === a;
}

function classNode(ranges: Ranges): ClassNode {
	return { op: "class", ranges };
}

function children(n: Node): readonly Node[] {
	switch (n.op) {
		case "concat":
		case "alternate":
			return n.subs;
		case "capture":
		case "repeat":
			return [n.sub];
		default:
			return [];
	}
}

/** Runs of single-character alternatives as one class. */
function mergeClasses(subs: readonly Node[]): Node {
	const out: Node[] = [];
	let run: number[] = [];
	let runLength = 0;
	const flush = (): void => {
		if (runLength > 1) out[out.length - 1] = classNode(cleanRanges(run));
		run = [];
		runLength = 0;
	};
	for (const sub of subs) {
		const set = runeSet(sub);
		if (set === undefined) flush();
		else {
			for (const x of set) run.push(x);
			if (runLength++ > 0) continue;
		}
		out.push(sub);
	}
	flush();
	return out.length === 1 ? (out[0] as Node) : { op: "alternate", subs: out };
}

/** Whether nested counted repetitions make at most n copies of the innermost node. */
function repeatFits(node: Node, n: number): boolean {
	let left = n;
	if (node.op === "repeat" && node.counted) {
		if (node.max === 0) return true;
		const m = node.max < 0 ? node.min : node.max;
		if (m > left) return false;
		if (m > 0) left = Math.floor(left / m);
	}
	for (const sub of children(node)) if (!repeatFits(sub, left)) return false;
	return true;
}
