/**
 * When may the host's backtracking RegExp answer `test`? Only for patterns proven linear and equal in
 * meaning, both decided on our own program:
 *
 *  - Linear: a backtracker explores paths; if no text leads to an instruction along two different
 *    paths, it passes each (instruction, position) at most once. Shown by running the program against
 *    itself: no two distinct paths over the same text may meet again. For a search, the paths include
 *    every place to start from, so that `[a-z]+x`, quadratic to search for, is refused.
 *  - Equal: no line assertions, no sets that tell lone surrogates from U+FFFD; sets and case folding
 *    are spelled out, code points beyond 16 bits select the `u` flag.
 *
 * Bounded texts only: V8 keeps a stack of places to go back to.
 */

import { numberAt } from "../at.ts";
import { nativeSpelling, printNode } from "./print.ts";
import { opAlt, opAssert, opCapture, opMatch, opRune, opSet, type Program } from "./program.ts";
import { disjointRanges, inRanges, type Ranges } from "./ranges.ts";
import { literalRune, type Node } from "./tree.ts";

/** Longest text, in UTF-16 units, to hand to the host's RegExp. */
export const maxNativeText: number = 1 << 15;

/** Tests after which compiling for the host pays. */
export const promotionUses: number = 64;

const maxInstructions = 400;
const maxPairs = 20_000;

/** The host's RegExp for a pattern, or undefined when it has to be kept from it. */
export function compileNative(root: Node, program: Program): RegExp | undefined {
	if (program.ops.length > maxInstructions || !isUnambiguous(program)) return undefined;
	const unicode = neededFlag(root);
	if (unicode === undefined) return undefined;
	return new RegExp(printNode(root, nativeSpelling(unicode)), unicode ? "u" : "");
}

/** Whether the `u` flag is needed; undefined when the pattern means something else to the host. */
function neededFlag(root: Node): boolean | undefined {
	let unicode = false;
	const allowed = (set: Ranges): boolean => {
		if (set.length === 0) return true;
		const surrogates = !disjointRanges(set, [0xd800, 0xdfff]);
		if (surrogates && !coversAll(set, 0xd800, 0xdfff)) return false;
		if (surrogates !== inRanges(set, 0xfffd)) return false;
		if (surrogates || (set[set.length - 1] as number) > 0xffff) unicode = true;
		return true;
	};
	const visit = (n: Node): boolean => {
		switch (n.op) {
			case "literal":
				return n.runes.every((c) => allowed(literalRune(c, n.fold)));
			case "class":
				return allowed(n.ranges);
			case "any":
			case "anyButNewline":
				unicode = true;
				return true;
			case "assert":
				return n.kind !== "beginLine" && n.kind !== "endLine";
			case "capture":
			case "repeat":
				return visit(n.sub);
			case "concat":
			case "alternate":
				return n.subs.every(visit);
			default:
				return true;
		}
	};
	return visit(root) ? unicode : undefined;
}

function coversAll(set: Ranges, lo: number, hi: number): boolean {
	for (let i = 0; i < set.length; i += 2) if ((set[i] as number) <= lo && (set[i + 1] as number) >= hi) return true;
	return false;
}

/** Whether no text reaches any instruction along two paths. */
function isUnambiguous(p: Program): boolean {
	// Positions: the consuming instructions, and one more that stands for searching on.
	const searching = p.ops.length;
	const follow = new Map<number, readonly number[]>();
	const following = (pc: number): readonly number[] | undefined => {
		let out = follow.get(pc);
		if (out === undefined) {
			out = closure(p, pc === searching ? p.start : numberAt(p.outs, pc));
			if (out === undefined) return undefined;
			if (pc === searching) out = [...out, searching];
			follow.set(pc, out);
		}
		return out;
	};
	const first = p.anchored ? closure(p, p.start) : following(searching);
	if (first === undefined) return false;
	const start = p.anchored ? first : [searching, ...first.filter((pc) => pc !== searching)];
	const size = p.ops.length + 1;
	const seen = new Set<number>();
	const work: number[] = [];
	/** Add the pairs a text can be in at once; false when two paths have met. */
	const addPairs = (xs: readonly number[], ys: readonly number[], same: boolean): boolean => {
		for (const [i, x] of xs.entries()) {
			for (let j = same ? i + 1 : 0; j < ys.length; j++) {
				const y = ys[j] as number;
				if (!canMeet(p, x, y, searching)) continue;
				if (x === y) return false;
				const key = x < y ? x * size + y : y * size + x;
				if (seen.has(key)) continue;
				seen.add(key);
				work.push(key);
			}
		}
		return seen.size <= maxPairs;
	};
	// A path against itself: each position's continuations, two at a time.
	if (!addPairs(start, start, true)) return false;
	const reached = new Set<number>(start);
	const queue = [...start];
	for (let pc = queue.pop(); pc !== undefined; pc = queue.pop()) {
		const next = following(pc);
		if (next === undefined || !addPairs(next, next, true)) return false;
		for (const n of next) {
			if (reached.has(n)) continue;
			reached.add(n);
			queue.push(n);
		}
	}
	for (let key = work.pop(); key !== undefined; key = work.pop()) {
		const xs = following(Math.floor(key / size));
		const ys = following(key % size);
		if (xs === undefined || ys === undefined || !addPairs(xs, ys, false)) return false;
	}
	return true;
}

/**
 * Consuming instructions reachable from pc without consuming; undefined when one is reachable in two
 * ways. Assertions are taken to hold: that only adds paths.
 */
function closure(p: Program, pc: number): readonly number[] | undefined {
	const out: number[] = [];
	const seen = new Set<number>();
	const work = [pc];
	for (let at = work.pop(); at !== undefined; at = work.pop()) {
		if (p.ops[at] === opMatch) continue;
		if (seen.has(at)) return undefined;
		seen.add(at);
		switch (p.ops[at]) {
			case opRune:
			case opSet:
				out.push(at);
				break;
			case opAlt:
				work.push(numberAt(p.args, at), numberAt(p.outs, at));
				break;
			case opCapture:
			case opAssert:
				work.push(numberAt(p.outs, at));
				break;
		}
	}
	return out;
}

/** Whether one character can be consumed at both. */
function canMeet(p: Program, x: number, y: number, searching: number): boolean {
	if (x === searching || y === searching) return true;
	const a = numberAt(p.args, x);
	const b = numberAt(p.args, y);
	if (p.ops[x] === opRune) return p.ops[y] === opRune ? a === b : inRanges(p.sets[b] as Ranges, a);
	if (p.ops[y] === opRune) return inRanges(p.sets[a] as Ranges, b);
	return !disjointRanges(p.sets[a] as Ranges, p.sets[b] as Ranges);
}
