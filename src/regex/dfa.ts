/**
 * Answers "does it match at all" with a deterministic automaton built while it runs: a state is a set
 * of program positions, a transition is computed when a text first takes it, and from then on costs
 * one table look-up per character. Memory is bounded: when the table is full it is thrown away and
 * started anew; a text that keeps filling it has found a pattern with too many states, and the caller
 * is told to use another engine, so that time stays linear either way.
 */

import { runeAt } from "./pattern-reader.ts";
import {
	type Alphabet,
	assertBeginLine,
	assertionHolds,
	classOf,
	makeAlphabet,
	nearOf,
	nearOther,
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
import { nearBefore, work } from "./vm.ts";

/** Transition table cells, and program positions held by states, before starting anew. */
const maxCells = 1 << 18;
const maxHeld = 1 << 20;
/** Give up when, of so many states made for one text, each has served fewer characters than this. */
const manyStates = 4096;
const minUses = 4;

/** Values in the table other than states. */
const unknown = -1;
const dead = -2;
const matched = -3;

interface State {
	/** Positions that consume or wait for the next character, ascending. */
	readonly pcs: Int32Array;
	/** What precedes, for assertions. */
	readonly before: number;
	/** Some position waits to see the next character. */
	readonly waits: boolean;
	/** Nothing read so far can be part of a match: the search starts here at the earliest. */
	readonly idle: boolean;
}

/**
 * What mayMatch last found to lead nowhere: this automaton in this state, anywhere between these
 * positions of the text. One for all, so that no text is kept alive by many patterns.
 */
let hopeless:
	| {
			readonly dfa: Dfa;
			readonly epoch: number;
			readonly state: number;
			readonly s: string;
			readonly from: number;
			readonly to: number;
	  }
	| undefined;

export class Dfa {
	readonly #p: Program;
	readonly #alphabet: Alphabet;
	readonly #stride: number;
	#table: Int32Array;
	#states: State[] = [];
	#index: Map<string, number> = new Map();
	#held = 0;
	#resets = 0;
	/** States made for the current text. */
	#made = 0;
	/** Fillings of the table so far: state numbers mean nothing in the next. */
	#epoch = 0;
	/** First state by what precedes the text. */
	readonly #starts: Int32Array = new Int32Array(4).fill(unknown);
	// Closure scratch: a sparse set over instructions.
	readonly #mark: Int32Array;
	#generation = 0;
	readonly #work: number[] = [];

	constructor(p: Program) {
		this.#p = p;
		this.#alphabet = makeAlphabet(p);
		this.#stride = this.#alphabet.size + 1;
		this.#table = new Int32Array(this.#stride * 4).fill(unknown);
		this.#mark = new Int32Array(p.ops.length);
	}

	/** Rough bytes held, the program's included. */
	get bytes(): number {
		return this.#table.length * 4 + this.#held * 6 + this.#states.length * 160 + this.#mark.length * 30 + 6000;
	}

	/** Whether any match starts at or after `from`; undefined when the pattern has too many states. */
	test(s: string, from: number): boolean | undefined {
		const { low, size } = this.#alphabet;
		const stride = this.#stride;
		this.#resets = 0;
		this.#made = 0;
		let state = this.#start(nearBefore(s, from));
		let table = this.#table;
		for (let i = from; i < s.length; i++) {
			if (state < 0) {
				work.units += i - from;
				return state === matched;
			}
			const unit = s.charCodeAt(i);
			let cls: number;
			if (unit < 256) cls = low[unit] as number;
			else {
				const rune = runeAt(s, i);
				cls = classOf(this.#alphabet, rune);
				if (rune > 0xffff) i++;
			}
			let to = table[state * stride + cls] as number;
			if (to === unknown) {
				to = this.#step(state, cls);
				table = this.#table;
				if (this.#wasteful(i - from)) return undefined;
			}
			state = to;
		}
		work.units += s.length - from;
		return this.#atEnd(state, size);
	}

	/**
	 * As test, but instead of true, a position that no match starts before: close to the match where the
	 * pattern allows. Instead of false, -1.
	 */
	locate(s: string, from: number): number | undefined {
		this.#resets = 0;
		this.#made = 0;
		let start = from;
		let state = this.#start(nearBefore(s, from));
		let i = from;
		while (i < s.length && state >= 0) {
			if ((this.#states[state] as State).idle) start = i;
			const rune = runeAt(s, i);
			const cls = classOf(this.#alphabet, rune);
			let to = this.#table[state * this.#stride + cls] as number;
			if (to === unknown) {
				to = this.#step(state, cls);
				if (this.#wasteful(i - from)) return undefined;
			}
			state = to;
			i += rune > 0xffff ? 2 : 1;
		}
		work.units += i - from;
		return this.#atEnd(state, this.#alphabet.size) ? start : -1;
	}

	/**
	 * Whether threads at these consuming instructions can reach a match in s from `from` on; true when that
	 * would be too costly to find out. The program must be marked anchored, so that no search restarts.
	 */
	mayMatch(pcs: number[], s: string, from: number): boolean {
		if (pcs.some((pc) => this.#p.ops[pc] === opMatch)) return true;
		this.#resets = 0;
		this.#made = 0;
		const first = this.#intern(pcs, nearOther, false);
		const known = hopeless;
		if (known?.dfa === this && known.state === first && known.epoch === this.#epoch && known.s === s) {
			if (from >= known.from && from <= known.to) return false;
		}
		let state = first;
		/** As far as the state has not changed, every later question is this one again. */
		let same = from;
		let i = from;
		while (i < s.length && state >= 0) {
			if (state === first && same === i - 1) same = i;
			const rune = runeAt(s, i);
			const cls = classOf(this.#alphabet, rune);
			let to = this.#table[state * this.#stride + cls] as number;
			if (to === unknown) {
				to = this.#step(state, cls);
				if (this.#wasteful(i - from) || this.#resets > 0) return true;
			}
			state = to;
			i += rune > 0xffff ? 2 : 1;
		}
		work.units += i - from;
		if (this.#atEnd(state, this.#alphabet.size)) return true;
		hopeless = { dfa: this, epoch: this.#epoch, state: first, s, from, to: same };
		return false;
	}

	/** Whether states are made for single use, so that simulating would be cheaper. */
	#wasteful(length: number): boolean {
		return (this.#made > manyStates || this.#resets > 1) && length < this.#made * minUses;
	}

	/** Whether there is a match when the text ends in this state. */
	#atEnd(state: number, end: number): boolean {
		if (state < 0) return state === matched;
		let to = this.#table[state * this.#stride + end] as number;
		if (to === unknown) to = this.#step(state, end);
		return to === matched;
	}

	#start(before: number): number {
		let state = this.#starts[before] as number;
		if (state === unknown) {
			this.#generation++;
			const pcs: number[] = [];
			state = this.#close(this.#p.start, before, unknown, pcs) ? matched : this.#intern(pcs, before, true);
			this.#starts[before] = state;
		}
		return state;
	}

	/**
	 * Follow everything that consumes nothing from pc into `out`; true when a match is reached. With the
	 * next character unknown, assertions that need it stay in the set.
	 */
	#close(pc: number, before: number, after: number, out: number[]): boolean {
		const { ops, outs, args } = this.#p;
		const mark = this.#mark;
		const generation = this.#generation;
		const work = this.#work;
		work.length = 0;
		work.push(pc);
		while (work.length > 0) {
			let at = work.pop() as number;
			while (mark[at] !== generation) {
				mark[at] = generation;
				const op = ops[at];
				if (op === opMatch) return true;
				if (op === opRune || op === opSet) {
					out.push(at);
					break;
				}
				if (op === opAlt) work.push(args[at] as number);
				else if (op === opAssert) {
					const kind = args[at] as number;
					if (kind > assertBeginLine && after === unknown) {
						out.push(at);
						break;
					}
					if (!assertionHolds(kind, before, after)) break;
				} else if (op !== opCapture) break;
				at = outs[at] as number;
			}
		}
		return false;
	}

	#intern(pcs: number[], before: number, idle: boolean): number {
		const p = this.#p;
		if (pcs.length === 0 && p.anchored) return dead;
		const sorted = Int32Array.from(pcs).sort();
		let waits = false;
		for (const pc of sorted) if (p.ops[pc] === opAssert) waits = true;
		// What precedes only matters to positions still waiting for an assertion.
		const key = `${idle ? "i" : ""}${waits ? before : ""}:${keyOf(sorted)}`;
		const known = this.#index.get(key);
		if (known !== undefined) return known;
		let id = this.#states.length;
		if ((id + 1) * this.#stride > maxCells || this.#held + sorted.length > maxHeld) {
			if (id > 2) {
				this.#reset();
				id = 0;
			}
		}
		const need = (id + 1) * this.#stride;
		if (need > this.#table.length) {
			const grown = new Int32Array(Math.max(need, this.#table.length * 2)).fill(unknown);
			grown.set(this.#table);
			this.#table = grown;
		}
		this.#states.push({ pcs: sorted, before, waits, idle });
		this.#made++;
		this.#index.set(key, id);
		this.#held += sorted.length;
		return id;
	}

	#reset(): void {
		this.#table = new Int32Array(this.#stride * 4).fill(unknown);
		this.#states = [];
		this.#index = new Map();
		this.#held = 0;
		this.#starts.fill(unknown);
		this.#resets++;
		this.#epoch++;
	}

	/** Compute and store one transition. */
	#step(from: number, cls: number): number {
		const p = this.#p;
		const state = this.#states[from] as State;
		const end = cls === this.#alphabet.size;
		const rune = this.#alphabet.members[cls] as number;
		const here = end ? nearText : nearOf(rune);
		let pcs: Int32Array | number[] = state.pcs;
		let to = unknown;
		if (state.waits) {
			// Let the waiting positions go on, now that the next character is known.
			this.#generation++;
			const open: number[] = [];
			for (const pc of state.pcs) {
				if (p.ops[pc] !== opAssert) {
					if (this.#mark[pc] !== this.#generation) {
						this.#mark[pc] = this.#generation;
						open.push(pc);
					}
				} else if (this.#close(pc, state.before, here, open)) {
					to = matched;
					break;
				}
			}
			pcs = open;
		}
		if (to === unknown && end) to = dead;
		if (to === unknown) {
			this.#generation++;
			const out: number[] = [];
			for (const pc of pcs) {
				const arg = p.args[pc] as number;
				if (p.ops[pc] === opRune ? rune !== arg : !inRanges(p.sets[arg] as readonly number[], rune)) continue;
				if (this.#close(p.outs[pc] as number, here, unknown, out)) {
					to = matched;
					break;
				}
			}
			const idle = out.length === 0;
			// A search may start anywhere.
			if (to === unknown && !p.anchored && this.#close(p.start, here, unknown, out)) to = matched;
			if (to === unknown) {
				const resets = this.#resets;
				to = this.#intern(out, here, idle);
				// The state we came from is gone after a reset.
				if (this.#resets !== resets) return to;
			}
		}
		this.#table[from * this.#stride + cls] = to;
		return to;
	}
}

/** A string that is equal for equal sets, of one unit for each position where that is enough. */
function keyOf(pcs: Int32Array): string {
	const last = pcs[pcs.length - 1];
	if (last !== undefined && last > 0xffff) return `,${pcs.join()}`;
	let key = "";
	for (let i = 0; i < pcs.length; i += 4096) key += String.fromCharCode(...pcs.subarray(i, i + 4096));
	return key;
}
