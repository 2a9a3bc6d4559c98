/**
 * Parses RE2 syntax as Go's regexp package does (Perl flavour): the same patterns are valid, with
 * the same error texts, since OPA shows them to users. Text in, tree out; never throws anything but
 * RegexSyntaxError, and takes time linear in the pattern.
 *
 * The parser keeps a stack of finished nodes with markers for open groups and alternatives, so that
 * nesting costs no native stack, and counts nodes as Go does, because Go's limits on depth and size
 * are counted in its nodes.
 */

import { at } from "../at.ts";
import { children, NodeLimits } from "./node-limits.ts";
import { PatternReader, patternRuneAt } from "./pattern-reader.ts";
import { cleanRanges, type Ranges } from "./ranges.ts";
import { RegexSyntaxError } from "./syntax-error.ts";
import { type Assertion, type ClassNode, type Node, type Pattern, runeSet } from "./tree.ts";
import { minFold, simpleFold } from "./unicode.ts";

export { RegexSyntaxError };

/** Go's limit on repetition; those on depth and size are in node-limits.ts. */
const maxRepeat = 1000;

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

/** Throws RegexSyntaxError. */
export function parseRegex(source: string): Pattern {
	return new Parser(source).parse();
}

function isDigit(c: number): boolean {
	return c >= 0x30 && c <= 0x39;
}

class Parser {
	readonly #s: string;
	/** The text, and where the next token starts. */
	readonly #reader: PatternReader;
	#flags: Flags = { fold: false, dotNewline: false, multiline: false, lazy: false };
	readonly #stack: Item[] = [];
	readonly #names: string[] = [""];
	readonly #limits: NodeLimits;

	constructor(source: string) {
		this.#s = source;
		this.#reader = new PatternReader(source);
		this.#limits = new NodeLimits(source);
	}

	parse(): Pattern {
		const s = this.#s;
		// Start of the repetition operator just consumed, where there was one.
		let lastRepeat = -1;
		while (this.#reader.i < s.length) {
			let repeatAt = -1;
			switch (s.charCodeAt(this.#reader.i)) {
				case 0x28: // (
					if (s[this.#reader.i + 1] === "?") this.#parseGroupFlags();
					else {
						this.#reader.i++;
						this.#openGroup("", true);
					}
					break;
				case 0x7c: // |
					this.#concat();
					if (!this.#swapBar()) this.#pushMarker({ op: "bar", index: 0, name: "", flags: this.#flags });
					this.#reader.i++;
					break;
				case 0x29: // )
					this.#closeGroup();
					this.#reader.i++;
					break;
				case 0x5e: // ^
					this.#pushNew({ op: "assert", kind: this.#flags.multiline ? "beginLine" : "beginText" });
					this.#reader.i++;
					break;
				case 0x24: // $
					this.#pushNew({ op: "assert", kind: this.#flags.multiline ? "endLine" : "endText" });
					this.#reader.i++;
					break;
				case 0x2e: // .
					this.#pushNew({ op: this.#flags.dotNewline ? "any" : "anyButNewline" });
					this.#reader.i++;
					break;
				case 0x5b: // [
					this.#limits.allocate();
					this.#push(classNode(this.#reader.brackets()));
					break;
				case 0x2a: // *
				case 0x2b: // +
				case 0x3f: {
					repeatAt = this.#reader.i;
					const c = s[this.#reader.i++];
					this.#repeat(c === "+" ? 1 : 0, c === "?" ? 1 : -1, false, repeatAt, lastRepeat);
					break;
				}
				case 0x7b: {
					const at = this.#reader.i;
					const bounds = this.#parseBounds();
					if (bounds === undefined) {
						this.#literal(0x7b);
						this.#reader.i = at + 1;
						break;
					}
					const [min, max] = bounds;
					if (min < 0 || min > maxRepeat || max > maxRepeat || (max >= 0 && min > max)) {
						throw new RegexSyntaxError("invalid repeat count", s.slice(at, this.#reader.i));
					}
					repeatAt = at;
					this.#repeat(min, max, true, at, lastRepeat);
					break;
				}
				case 0x5c: // \
					this.#parseBackslash();
					break;
				default: {
					const c = patternRuneAt(s, this.#reader.i);
					this.#reader.i += c > 0xffff ? 2 : 1;
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

	#pushMarker(m: Marker): void {
		this.#limits.allocate();
		this.#mergeLiterals(-1, false);
		this.#stack.push(m);
	}

	/** Push a node counted as newly allocated. */
	#pushNew(n: Node): void {
		this.#limits.allocate();
		this.#push(n);
	}

	#push(n: Node): void {
		let item = n;
		if (n.op === "class") {
			this.#limits.countClass(n.ranges);
			const r = n.ranges;
			const single = r.length === 2 && r[0] === r[1];
			const pair =
				(r.length === 4 && r[0] === r[1] && r[2] === r[3] && isFoldPair(at(r, 0), at(r, 2))) ||
				(r.length === 2 && at(r, 0) + 1 === r[1] && isFoldPair(at(r, 0), at(r, 1)));
			if (single || pair) {
				const c = at(r, 0);
				if (this.#mergeLiterals(c, pair)) return;
				item = { op: "literal", runes: [c], fold: pair };
			} else this.#mergeLiterals(-1, false);
		} else this.#mergeLiterals(-1, false);
		this.#stack.push(item);
		this.#limits.check(item, this.#stack);
	}

	/**
	 * Join the top two literals, so that only the topmost stays apart for an operator to repeat. With
	 * c >= 0, the freed node becomes the literal c and true is returned.
	 */
	#mergeLiterals(c: number, fold: boolean): boolean {
		const n = this.#stack.length;
		if (n < 2) return false;
		const top = at(this.#stack, n - 1);
		const below = at(this.#stack, n - 2);
		if (top.op !== "literal" || below.op !== "literal" || top.fold !== below.fold) return false;
		if (top.runes.length === 1) below.runes.push(at(top.runes, 0));
		else for (const r of top.runes) below.runes.push(r);
		if (c >= 0) {
			top.runes = [c];
			top.fold = fold;
			return true;
		}
		this.#stack.pop();
		this.#limits.release(top);
		return false;
	}

	#literal(c: number): void {
		const fold = this.#flags.fold;
		const n = this.#stack.length;
		const top = this.#stack[n - 1];
		const below = this.#stack[n - 2];
		if (!fold && top?.op === "literal" && below?.op === "literal" && !top.fold && !below.fold) {
			// As below, without a node that is freed at once.
			if (this.#limits.free === 0) {
				this.#limits.allocated++;
				this.#limits.free = 1;
			}
			for (const r of top.runes) below.runes.push(r);
			top.runes = [c];
			return;
		}
		this.#pushNew({ op: "literal", runes: [fold ? minFold(c) : c], fold });
	}

	// Operators.

	#repeat(min: number, max: number, counted: boolean, at: number, lastRepeat: number): void {
		let lazy = this.#flags.lazy;
		if (this.#s[this.#reader.i] === "?") {
			this.#reader.i++;
			lazy = !lazy;
		}
		if (lastRepeat >= 0) {
			throw new RegexSyntaxError("invalid nested repetition operator", this.#s.slice(lastRepeat, this.#reader.i));
		}
		const sub = this.#stack[this.#stack.length - 1];
		if (sub === undefined || isMarker(sub)) {
			throw new RegexSyntaxError("missing argument to repetition operator", this.#s.slice(at, this.#reader.i));
		}
		const n: Node = { op: "repeat", min, max, lazy, counted, sub };
		this.#limits.allocate();
		this.#stack[this.#stack.length - 1] = n;
		this.#limits.check(n, this.#stack);
		if (counted && (min >= 2 || max >= 2) && !repeatFits(n, maxRepeat)) {
			throw new RegexSyntaxError("invalid repeat count", this.#s.slice(at, this.#reader.i));
		}
	}

	/** `{n}`, `{n,}` or `{n,m}`; undefined, consuming nothing, when it is not one. Counts too long are -1. */
	#parseBounds(): readonly [number, number] | undefined {
		const s = this.#s;
		const start = this.#reader.i;
		this.#reader.i++;
		let min = this.#parseInt();
		let max = min;
		if (min !== undefined && s[this.#reader.i] === ",") {
			this.#reader.i++;
			if (s[this.#reader.i] === "}") max = -1;
			else {
				max = this.#parseInt();
				if (max !== undefined && max < 0) min = -1;
			}
		}
		if (min === undefined || max === undefined || s[this.#reader.i] !== "}") {
			this.#reader.i = start;
			return undefined;
		}
		this.#reader.i++;
		return [min, max];
	}

	#parseInt(): number | undefined {
		const s = this.#s;
		const start = this.#reader.i;
		let end = start;
		while (end < s.length && isDigit(s.charCodeAt(end))) end++;
		if (end === start || (end - start >= 2 && s[start] === "0")) return undefined;
		this.#reader.i = end;
		// Go stops counting at 1e8; anything above the limit is the same error.
		return end - start > 9 ? -1 : Number(s.slice(start, end));
	}

	#collect(): Node[] {
		let i = this.#stack.length;
		while (i > 0 && !isMarker(at(this.#stack, i - 1))) i--;
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
		if (subs.length === 1) return at(subs, 0);
		// Single characters alone are one node of Go's by now (#swapBar), which needs none around it.
		if (op === "concat" || !subs.every(isOneRune)) this.#limits.allocate();
		const flat: Node[] = [];
		for (const sub of subs) {
			if (sub.op === op) {
				for (const inner of sub.subs) flat.push(inner);
				this.#limits.release(sub);
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
		if (other !== undefined && !isMarker(other) && !isMarker(top) && isOneRune(other) && isOneRune(top))
			this.#limits.free++;
		stack[n - 2] = top;
		stack[n - 1] = bar;
		return true;
	}

	// Groups.

	#setFlags(flags: Flags): void {
		this.#flags = flags;
		this.#reader.fold = flags.fold;
	}

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
		this.#setFlags(open.flags);
		if (open.index === 0) {
			// Go keeps the marker's node allocated in this case.
			this.#push(sub);
		} else this.#push({ op: "capture", index: open.index, name: open.name, sub });
	}

	/** From `(?`: a named group, flags, or both flags and a group. */
	#parseGroupFlags(): void {
		const s = this.#s;
		const start = this.#reader.i;
		const nameAt = s.startsWith("P<", start + 2) && s.length > start + 4 ? start + 4 : start + 3;
		if (nameAt === start + 4 || (s[start + 2] === "<" && s.length > start + 3)) {
			const end = s.indexOf(">", start);
			if (end < 0) throw new RegexSyntaxError("invalid named capture", s.slice(start));
			const name = s.slice(nameAt, end);
			if (!/^[A-Za-z0-9_]+$/.test(name)) {
				throw new RegexSyntaxError("invalid named capture", s.slice(start, end + 1));
			}
			this.#openGroup(name, true);
			this.#reader.i = end + 1;
			return;
		}
		let { fold, dotNewline, multiline, lazy } = this.#flags;
		let on = true;
		let sawFlag = false;
		let i = start + 2;
		while (i < s.length) {
			const c = s.charAt(i);
			i += patternRuneAt(s, i) > 0xffff ? 2 : 1;
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
				this.#setFlags({ fold, dotNewline, multiline, lazy });
				this.#reader.i = i;
				return;
			} else break;
			sawFlag = true;
		}
		throw new RegexSyntaxError("invalid or unsupported Perl syntax", s.slice(start, i));
	}

	// Escapes and classes.

	#parseBackslash(): void {
		const s = this.#s;
		const at = this.#reader.i;
		const letter = s.charAt(at + 1);
		const kind = "AbBz".includes(letter) ? escapeAssertions[letter] : undefined;
		if (kind !== undefined) {
			this.#pushNew({ op: "assert", kind });
			this.#reader.i += 2;
			return;
		}
		if (letter === "C") throw new RegexSyntaxError("invalid escape sequence", "\\C");
		if (letter === "Q") {
			const close = s.indexOf("\\E", at + 2);
			const end = close < 0 ? s.length : close;
			for (let i = at + 2; i < end; ) {
				const c = patternRuneAt(s, i);
				i += c > 0xffff ? 2 : 1;
				this.#literal(c);
			}
			this.#reader.i = close < 0 ? end : end + 2;
			return;
		}
		const set = this.#reader.classEscape();
		if (set !== undefined) this.#pushNew(classNode(set));
		else this.#literal(this.#reader.escape());
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
	return out.length === 1 ? at(out, 0) : { op: "alternate", subs: out };
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
