/**
 * Compiles a parsed pattern to the instructions our own engines run (dfa.ts, vm.ts). Instructions are
 * emitted back to front, each knowing its continuation, in the shape Go's compiler gives them, so that
 * priorities of alternatives, and with them the chosen match, are Go's.
 *
 * The alphabet is cut into classes: sets of code points that no instruction tells apart.
 */

import { at, at as elementAt } from "../at.ts";
import { anyButNewline, anyRune, inRanges, type Ranges } from "./ranges.ts";
import { type Assertion, literalRune, type Node, type Pattern } from "./tree.ts";

/** Instruction codes. */
export const opRune = 0;
export const opSet = 1;
export const opAlt = 2;
export const opCapture = 3;
export const opAssert = 4;
export const opMatch = 5;

/** Assertions as numbers; those from 2 on need the next character. */
export const assertBeginText = 0;
export const assertBeginLine = 1;
export const assertEndText = 2;
export const assertEndLine = 3;
const assertWord = 4;
const assertNoWord = 5;

/** What precedes or follows a position, as far as assertions can tell. */
export const nearText = 0;
const nearNewline = 1;
const nearWord = 2;
export const nearOther = 3;

const assertionCodes: { readonly [A in Assertion]: number } = {
	beginText: assertBeginText,
	beginLine: assertBeginLine,
	endText: assertEndText,
	endLine: assertEndLine,
	wordBoundary: assertWord,
	noWordBoundary: assertNoWord,
};

export interface Program {
	/** Instruction codes, first continuations, and arguments: rune, set index, second continuation, slot, assertion. */
	readonly ops: Uint8Array;
	readonly outs: Int32Array;
	readonly args: Int32Array;
	readonly sets: readonly Ranges[];
	readonly start: number;
	readonly groupCount: number;
	/** Can match only at the beginning of the text. */
	readonly anchored: boolean;
	readonly usesLines: boolean;
	readonly usesWords: boolean;
}

/** Code points grouped into classes that behave alike. */
export interface Alphabet {
	/** Classes, without the one for the end of the text, whose number is `size`. */
	readonly size: number;
	/** Class of each code point below 256. */
	readonly low: Uint16Array | Uint32Array;
	/** First code point of each stretch, ascending, and the class of the stretch. */
	readonly starts: Int32Array;
	readonly classes: Int32Array;
	/** A member of each class. */
	readonly members: Int32Array;
}

export function classOf(a: Alphabet, rune: number): number {
	if (rune < 256) return a.low[rune] as number;
	let lo = 0;
	let hi = a.starts.length;
	while (hi - lo > 1) {
		const mid = (lo + hi) >> 1;
		if ((a.starts[mid] as number) <= rune) lo = mid;
		else hi = mid;
	}
	return a.classes[lo] as number;
}

function isWordRune(c: number): boolean {
	return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || (c >= 0x30 && c <= 0x39) || c === 0x5f;
}

/** How a code point looks to the assertions beside it. */
export function nearOf(rune: number): number {
	return rune === 10 ? nearNewline : isWordRune(rune) ? nearWord : nearOther;
}

/** Whether an assertion holds between two neighbours. */
export function assertionHolds(kind: number, before: number, after: number): boolean {
	switch (kind) {
		case assertBeginText:
			return before === nearText;
		case assertBeginLine:
			return before <= nearNewline;
		case assertEndText:
			return after === nearText;
		case assertEndLine:
			return after <= nearNewline;
		case assertWord:
			return (before === nearWord) !== (after === nearWord);
		default:
			return (before === nearWord) === (after === nearWord);
	}
}

export function compileProgram(pattern: Pattern): Program {
	const e = new Emitter();
	const match = e.inst(opMatch, 0, 0);
	const close = e.inst(opCapture, match, 1);
	const body = e.emit(pattern.root, close);
	const start = e.inst(opCapture, body, 0);
	return {
		ops: Uint8Array.from(e.ops),
		outs: Int32Array.from(e.outs),
		args: Int32Array.from(e.args),
		sets: e.sets,
		start,
		groupCount: pattern.groupCount,
		anchored: isAnchored(pattern.root),
		usesLines: e.usesLines,
		usesWords: e.usesWords,
	};
}

class Emitter {
	readonly ops: number[] = [];
	readonly outs: number[] = [];
	readonly args: number[] = [];
	readonly sets: Ranges[] = [];
	readonly #setIndex: Map<Ranges | string, number> = new Map();
	usesWords = false;
	usesLines = false;
	/** Whether the node emitted last can match the empty string. */
	#nullable = false;

	inst(op: number, out: number, arg: number): number {
		this.ops.push(op);
		this.outs.push(out);
		this.args.push(arg);
		return this.ops.length - 1;
	}

	/** Instructions for n, going on to next: where they start. */
	emit(n: Node, next: number): number {
		switch (n.op) {
			case "empty":
				this.#nullable = true;
				return next;
			case "literal": {
				let at = next;
				for (let i = n.runes.length - 1; i >= 0; i--) {
					if (!n.fold) {
						at = this.#rune(elementAt(n.runes, i), at);
						continue;
					}
					const set = literalRune(elementAt(n.runes, i), true);
					at = set.length === 2 && set[0] === set[1] ? this.#rune(elementAt(set, 0), at) : this.#set(set, at);
				}
				this.#nullable = n.runes.length === 0;
				return at;
			}
			case "class":
				return this.#set(n.ranges, next);
			case "any":
				return this.#set(anyRune, next);
			case "anyButNewline":
				return this.#set(anyButNewline, next);
			case "assert": {
				const kind = assertionCodes[n.kind];
				if (kind === assertBeginLine || kind === assertEndLine) this.usesLines = true;
				if (kind >= assertWord) this.usesWords = true;
				this.#nullable = true;
				return this.inst(opAssert, next, kind);
			}
			case "capture": {
				const close = this.inst(opCapture, next, 2 * n.index + 1);
				return this.inst(opCapture, this.emit(n.sub, close), 2 * n.index);
			}
			case "concat": {
				let at = next;
				let nullable = true;
				for (let i = n.subs.length - 1; i >= 0; i--) {
					at = this.emit(elementAt(n.subs, i), at);
					nullable &&= this.#nullable;
				}
				this.#nullable = nullable;
				return at;
			}
			case "alternate": {
				let at = -1;
				let nullable = false;
				for (let i = n.subs.length - 1; i >= 0; i--) {
					const sub = this.emit(elementAt(n.subs, i), next);
					nullable ||= this.#nullable;
					at = at < 0 ? sub : this.inst(opAlt, sub, at);
				}
				this.#nullable = nullable;
				return at;
			}
			case "repeat":
				return this.#repeat(n.sub, n.min, n.max, n.lazy, next);
		}
	}

	#rune(c: number, next: number): number {
		this.#nullable = false;
		return this.inst(opRune, next, c);
	}

	#set(set: Ranges, next: number): number {
		this.#nullable = false;
		let index = this.#setIndex.get(set);
		if (index === undefined) {
			const key = set.length <= 64 ? set.join() : set;
			index = this.#setIndex.get(key);
			if (index === undefined) {
				index = this.sets.push(set) - 1;
				this.#setIndex.set(key, index);
			}
			this.#setIndex.set(set, index);
		}
		return this.inst(opSet, next, index);
	}

	#repeat(sub: Node, min: number, max: number, lazy: boolean, next: number): number {
		if (max === 0 || isEmptyMatch(sub)) {
			this.#nullable = true;
			return next;
		}
		// Doubling an operator changes nothing.
		if (sub.op === "repeat" && !sub.counted && sub.min === min && sub.max === max && sub.lazy === lazy) {
			return this.emit(sub, next);
		}
		if (max < 0) {
			if (min === 0) return this.#star(sub, lazy, next);
			let at = this.#plus(sub, lazy, next);
			for (let i = 1; i < min; i++) at = this.emit(sub, at);
			return at;
		}
		let at = next;
		// xx(x(x)?)?: every optional copy, when skipped, skips those after it.
		for (let i = min; i < max; i++) at = this.#alt(this.emit(sub, at), next, lazy);
		for (let i = 0; i < min; i++) at = this.emit(sub, at);
		if (min === 0) this.#nullable = true;
		return at;
	}

	#alt(body: number, skip: number, lazy: boolean): number {
		return lazy ? this.inst(opAlt, skip, body) : this.inst(opAlt, body, skip);
	}

	#plus(sub: Node, lazy: boolean, next: number): number {
		const loop = this.inst(opAlt, next, next);
		const body = this.emit(sub, loop);
		if (lazy) this.args[loop] = body;
		else this.outs[loop] = body;
		return body;
	}

	#star(sub: Node, lazy: boolean, next: number): number {
		const loop = this.inst(opAlt, next, next);
		const body = this.emit(sub, loop);
		if (lazy) this.args[loop] = body;
		else this.outs[loop] = body;
		// A body that can be empty loops as (x+)?, to keep the order in which empty matches are preferred.
		const start = this.#nullable ? this.#alt(body, next, lazy) : loop;
		this.#nullable = true;
		return start;
	}
}

function isEmptyMatch(n: Node): boolean {
	return n.op === "empty" || (n.op === "repeat" && (n.max === 0 || isEmptyMatch(n.sub)));
}

function isAnchored(n: Node): boolean {
	switch (n.op) {
		case "assert":
			return n.kind === "beginText";
		case "capture":
			return isAnchored(n.sub);
		case "concat":
			return isAnchored(at(n.subs, 0));
		case "alternate":
			return n.subs.every(isAnchored);
		case "repeat":
			return n.min > 0 && isAnchored(n.sub);
		default:
			return false;
	}
}

/** Cut the code points where any instruction tells neighbours apart, then join stretches that look alike. */
export function makeAlphabet(p: Program): Alphabet {
	const runes = new Set<number>();
	for (let i = 0; i < p.ops.length; i++) if (p.ops[i] === opRune) runes.add(p.args[i] as number);
	const cuts = new Set<number>([0]);
	for (const c of runes) {
		cuts.add(c);
		cuts.add(c + 1);
	}
	for (const set of p.sets) {
		for (let i = 0; i < set.length; i += 2) {
			cuts.add(at(set, i));
			cuts.add(at(set, i + 1) + 1);
		}
	}
	if (p.usesLines) {
		cuts.add(10);
		cuts.add(11);
	}
	if (p.usesWords) for (const c of [0x30, 0x3a, 0x41, 0x5b, 0x5f, 0x60, 0x61, 0x7b]) cuts.add(c);
	cuts.delete(0x110000);
	const starts = Int32Array.from(cuts).sort();
	const classes = new Int32Array(starts.length);
	const members: number[] = [];
	// Telling apart takes sets × stretches: only worth it for the small programs that most are.
	const joins = starts.length * (p.sets.length + 1) <= 20_000;
	const seen = new Map<string, number>();
	for (let i = 0; i < starts.length; i++) {
		const c = starts[i] as number;
		let id: number | undefined;
		if (joins && !runes.has(c)) {
			let key = p.usesLines && c === 10 ? "n" : p.usesWords && isWordRune(c) ? "w" : "";
			for (let k = 0; k < p.sets.length; k++) if (inRanges(elementAt(p.sets, k), c)) key += `,${k}`;
			id = seen.get(key);
			if (id === undefined) seen.set(key, members.length);
		}
		if (id === undefined) id = members.push(c) - 1;
		classes[i] = id;
	}
	const low = members.length < 0x10000 ? new Uint16Array(256) : new Uint32Array(256);
	let stretch = 0;
	for (let c = 0; c < 256; c++) {
		while (stretch + 1 < starts.length && (starts[stretch + 1] as number) <= c) stretch++;
		low[c] = classes[stretch] as number;
	}
	return { size: members.length, low, starts, classes, members: Int32Array.from(members) };
}
