/**
 * Runs a program for submatches, in time linear in program × text, with two machines that find the
 * same match: a backtracker that remembers every (instruction, position) it has visited, for short
 * texts, and a simulation of all threads at once (a "Pike machine") for the rest. Offsets are UTF-16
 * units; characters are code points, a lone surrogate being U+FFFD.
 */

import { LimitError } from "../limit-error.ts";
import { runeAt } from "./pattern-reader.ts";
import {
	assertionHolds,
	nearOf,
	nearText,
	opAlt,
	opAssert,
	opCapture,
	opMatch,
	opRune,
	opSet,
	type Program,
} from "./program.ts";
import { inRanges } from "./ranges.ts";

/** Bits of memory the backtracker may use. */
const maxVisited = 1 << 18;
/** Longest rest of a text for it: it may walk through all of that for every match. */
const maxBacktracked = 1024;
/** The characters of a long text in which a match is looked for first: searches are begun close to one. */
const nearby = 256;
/** Thread moves in one search: up to a minute. Only a huge pattern on a huge text gets there. */
const maxWork = 1e9;

/** Offsets that all threads may hold together. */
const maxOffsets = 2e7;

/** Characters looked at by all machines, for callers that search again and again. */
export const work: { units: number } = { units: 0 };

/** A search was given up for taking too long. Never thrown for patterns and texts of ordinary size. */
export class RegexLimitError extends LimitError {
	constructor() {
		super("regular expression and text are too large");
		this.name = "RegexLimitError";
	}
}

/**
 * The leftmost-first match at or after `from`: offsets of the whole match and of the first `groups`
 * groups, two each, -1 where a group took no part; undefined without a match.
 */
export function execProgram(
	p: Program,
	s: string,
	from: number,
	groups: number,
	probe?: Probe,
): Int32Array | undefined {
	if (p.anchored && from > 0) return undefined;
	if (isShort(p, s.length - from)) return backtrack(p, s, from, groups);
	// There is more text than that: of less, all would have been little enough.
	const near = isShort(p, nearby) ? search(p, s, from, from + nearby, groups) : undefined;
	return near ?? simulate(p, s, from, groups, probe);
}

/** Whether so much text is little enough for the backtracker. */
export function isShort(p: Program, rest: number): boolean {
	return rest <= maxBacktracked && p.ops.length * (rest + 1) <= maxVisited;
}

/** Whether threads waiting at these instructions, before position `at`, may still reach a match. */
export type Probe = (pcs: number[], s: string, at: number) => boolean;

/** Do not probe for less than so many characters. */
const minProbed = 64;

/** What precedes position i. */
export function nearBefore(s: string, i: number): number {
	if (i === 0) return nearText;
	const c = s.charCodeAt(i - 1);
	return c < 0x80 ? nearOf(c) : nearOf(0xfffd);
}

/** What follows position i. */
function nearAfter(s: string, i: number): number {
	return i >= s.length ? nearText : nearOf(s.charCodeAt(i));
}

let visited: Uint32Array = new Uint32Array(0);
const jobs: number[] = [];

/** For short texts, as it remembers program × text bits; see execProgram. */
export function backtrack(p: Program, s: string, from: number, groups: number): Int32Array | undefined {
	return search(p, s, from, s.length, groups);
}

/** The latest search ended because it would have looked further than it may. */
let wentTooFar = false;

/** The same as far as nothing from `until` on is looked at; undefined where it has to be, too. */
function search(p: Program, s: string, from: number, until: number, groups: number): Int32Array | undefined {
	const slots = 2 * (Math.min(groups, p.groupCount) + 1);
	// A search need not go far, but this much is cleared for it.
	// The last character may be two units.
	const width = until - from + 2;
	const words = (p.ops.length * width + 31) >> 5;
	if (visited.length < words) visited = new Uint32Array(words);
	else visited.fill(0, 0, words);
	wentTooFar = false;
	const caps = new Int32Array(slots).fill(-1);
	work.units += (words >> 6) + 1;
	for (let start = from; start <= until; start++) {
		work.units++;
		if (tryAt(p, s, from, until, start, width, caps, slots)) return caps;
		if (p.anchored || wentTooFar) return undefined;
		// Never start between the halves of a surrogate pair.
		if (start < s.length && runeAt(s, start) > 0xffff) start++;
	}
	return undefined;
}

/** Explore from one start position; jobs are (instruction, position) or (~slot, old value) to restore. */
function tryAt(
	p: Program,
	s: string,
	from: number,
	until: number,
	start: number,
	width: number,
	caps: Int32Array,
	slots: number,
): boolean {
	const { ops, outs, args } = p;
	jobs.length = 0;
	jobs.push(p.start, start);
	while (jobs.length > 0) {
		let pos = jobs.pop() as number;
		let pc = jobs.pop() as number;
		if (pc < 0) {
			caps[~pc] = pos;
			continue;
		}
		for (;;) {
			const bit = pc * width + pos - from;
			const word = bit >> 5;
			const mask = 1 << (bit & 31);
			if (((visited[word] as number) & mask) !== 0) break;
			visited[word] = (visited[word] as number) | mask;
			const op = ops[pc];
			if (op === opRune || op === opSet) {
				if (pos >= until) {
					if (until === s.length) break;
					wentTooFar = true;
					return false;
				}
				const rune = runeAt(s, pos);
				const arg = args[pc] as number;
				if (op === opRune ? rune !== arg : !inRanges(p.sets[arg] as readonly number[], rune)) break;
				pos += rune > 0xffff ? 2 : 1;
			} else if (op === opAlt) {
				jobs.push(args[pc] as number, pos);
			} else if (op === opCapture) {
				const slot = args[pc] as number;
				if (slot < slots) {
					jobs.push(~slot, caps[slot] as number);
					caps[slot] = pos;
				}
			} else if (op === opAssert) {
				if (!assertionHolds(args[pc] as number, nearBefore(s, pos), nearAfter(s, pos))) break;
			} else return true;
			pc = outs[pc] as number;
		}
	}
	return false;
}

/** Threads in order of priority; each instruction at most once. */
class Threads {
	readonly dense: Int32Array;
	readonly sparse: Int32Array;
	/** Offsets of each waiting thread; only where dense[i] consumes or matches. */
	readonly caps: (Int32Array | undefined)[] = [];
	size = 0;

	constructor(n: number) {
		this.dense = new Int32Array(n);
		this.sparse = new Int32Array(n);
	}

	/** False when it was there already. */
	insert(pc: number): boolean {
		const i = this.sparse[pc] as number;
		if (i < this.size && this.dense[i] === pc) return false;
		this.sparse[pc] = this.size;
		this.dense[this.size] = pc;
		this.caps[this.size] = undefined;
		this.size++;
		return true;
	}
}

/** The instructions of live threads. */
function waiting(q: Threads): number[] {
	const out: number[] = [];
	for (let i = 0; i < q.size; i++) if (q.caps[i] !== undefined) out.push(q.dense[i] as number);
	return out;
}

/** For texts of any length; see execProgram. Throws RegexLimitError. */
export function simulate(p: Program, s: string, from: number, groups: number, probe?: Probe): Int32Array | undefined {
	const { ops, outs, args } = p;
	const slots = 2 * (Math.min(groups, p.groupCount) + 1);
	if (ops.length * slots > maxOffsets) throw new RegexLimitError();
	let moves = 0;
	/** Moving a thread copies its offsets. */
	const threadCost = 1 + (slots >> 4);
	let run = new Threads(ops.length);
	let next = new Threads(ops.length);
	const pool: Int32Array[] = [];
	const stack: number[] = [];
	const scratch = new Int32Array(slots);
	let best: Int32Array | undefined;

	/** Add pc and all it leads to without consuming; uses and restores scratch. */
	const add = (q: Threads, startPc: number, pos: number, before: number, after: number): void => {
		stack.push(startPc, 0);
		while (stack.length > 0) {
			const old = stack.pop() as number;
			let pc = stack.pop() as number;
			if (pc < 0) {
				scratch[~pc] = old;
				continue;
			}
			while (q.insert(pc)) {
				const op = ops[pc];
				if (op === opAlt) stack.push(args[pc] as number, 0);
				else if (op === opCapture) {
					const slot = args[pc] as number;
					if (slot < slots) {
						stack.push(~slot, scratch[slot] as number);
						scratch[slot] = pos;
					}
				} else if (op === opAssert) {
					if (!assertionHolds(args[pc] as number, before, after)) break;
				} else {
					const caps = pool.pop() ?? new Int32Array(slots);
					caps.set(scratch);
					q.caps[q.size - 1] = caps;
					break;
				}
				pc = outs[pc] as number;
			}
		}
	};

	let pos = from;
	let before = nearBefore(s, from);
	/** Where to ask next whether threads preferred to the match found can come to anything. */
	let nextProbe = from;
	for (;;) {
		if (run.size === 0 && (best !== undefined || (p.anchored && pos > 0))) break;
		const end = pos >= s.length;
		const rune = end ? -1 : runeAt(s, pos);
		const width = rune > 0xffff ? 2 : 1;
		if (best === undefined) {
			scratch.fill(-1);
			add(run, p.start, pos, before, end ? nearText : nearOf(rune));
		}
		const here = end ? nearText : nearOf(rune);
		const following = end ? nearText : nearAfter(s, pos + width);
		next.size = 0;
		moves += 1 + run.size * threadCost;
		if (moves > maxWork) throw new RegexLimitError();
		for (let i = 0; i < run.size; i++) {
			const caps = run.caps[i];
			if (caps === undefined) continue;
			const pc = run.dense[i] as number;
			const op = ops[pc];
			if (op === opMatch) {
				if (best !== undefined) pool.push(best);
				best = caps;
				// Everything after this has lower priority.
				for (let k = i + 1; k < run.size; k++) {
					const rest = run.caps[k];
					if (rest !== undefined) pool.push(rest);
				}
				break;
			}
			const arg = args[pc] as number;
			if (!end && (op === opRune ? rune === arg : inRanges(p.sets[arg] as readonly number[], rune))) {
				scratch.set(caps);
				add(next, outs[pc] as number, pos + width, here, following);
			}
			pool.push(caps);
		}
		run.size = 0;
		if (end) break;
		[run, next] = [next, run];
		pos += width;
		before = here;
		if (probe !== undefined && best !== undefined && run.size > 0 && pos >= nextProbe) {
			nextProbe = pos + 2 * (pos - from) + minProbed;
			if (s.length - pos >= minProbed && !probe(waiting(run), s, pos)) break;
		}
	}
	work.units += pos - from;
	return best;
}
