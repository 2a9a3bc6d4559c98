/** A text that one pattern finds something in and another does not: whether a pattern accepts more than another. */
import {
	compileProgram,
	opAlt,
	opAssert,
	opCapture,
	opMatch,
	opRune,
	opSet,
	type Program,
} from "../../regex/program.ts";
import { parseRegex } from "../../regex/syntax.ts";
import { follow, isAtEnd, takes } from "../regex-steps.ts";

/** Pairs of states that are looked at. */
const mostPairs = 4000;

/** What a pattern may be in, after some text: instructions that wait, and whether it has matched. */
interface State {
	readonly threads: readonly number[];
	/** It has found a match already: nothing that follows changes that. */
	readonly matched: boolean;
}

/** A text that `by` matches and `not` does not; null when there is none, undefined where that is not known. */
export function witness(by: string, not: string): string | null | undefined {
	let a: Program;
	let b: Program;
	try {
		a = compileProgram(parseRegex(by));
		b = compileProgram(parseRegex(not));
	} catch {
		return undefined;
	}
	if (a.usesLines || a.usesWords || b.usesLines || b.usesWords || a.ops.length + b.ops.length > 4000) return undefined;
	const alphabet = lettersOf(a, b);
	const seen = new Set<string>();
	let front: { readonly a: State; readonly b: State; readonly text: string }[] = [
		{ a: begin(a), b: begin(b), text: "" },
	];
	let pairs = 0;
	while (front.length > 0) {
		const next: typeof front = [];
		for (const s of front) {
			if (accepts(a, s.a) && !accepts(b, s.b)) return s.text;
			// What has matched stays matched.
			if (s.b.matched) continue;
			for (const ch of alphabet) {
				const x = stepState(a, s.a, ch);
				if (!x.matched && x.threads.length === 0) continue;
				const y = stepState(b, s.b, ch);
				const key = `${x.matched}${x.threads}|${y.matched}${y.threads}`;
				if (seen.has(key)) continue;
				seen.add(key);
				if (++pairs > mostPairs) return undefined;
				next.push({ a: x, b: y, text: s.text + String.fromCodePoint(ch) });
			}
		}
		front = next;
	}
	return null;
}

function begin(p: Program): State {
	return closure(p, [p.start], true);
}

function stepState(p: Program, s: State, ch: number): State {
	if (s.matched) return s;
	const next: number[] = [];
	for (const pc of s.threads) if (takes(p, pc, ch)) next.push(p.outs[pc] ?? 0);
	// A match may begin anywhere.
	if (!p.anchored) next.push(p.start);
	return closure(p, next, false);
}

function closure(p: Program, starts: readonly number[], isBegin: boolean): State {
	const reached = new Set<number>();
	follow(p, starts, isBegin, reached);
	const threads = [...reached].filter((pc) => p.ops[pc] !== opMatch).sort((x, y) => x - y);
	return { threads, matched: threads.length < reached.size };
}

/** Whether the text may end here. */
function accepts(p: Program, s: State): boolean {
	if (s.matched) return true;
	const stack = s.threads.filter((pc) => p.ops[pc] === opAssert).map((pc) => p.outs[pc] ?? 0);
	const seen = new Set<number>();
	for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
		if (seen.has(pc)) continue;
		seen.add(pc);
		const op = p.ops[pc];
		if (op === opMatch) return true;
		if (op === opCapture) stack.push(p.outs[pc] ?? 0);
		if (op === opAlt) stack.push(p.outs[pc] ?? 0, p.args[pc] ?? 0);
		if (isAtEnd(p, pc)) stack.push(p.outs[pc] ?? 0);
	}
	return false;
}

/** A character of each kind that the two patterns tell apart, those that people write first. */
function lettersOf(a: Program, b: Program): readonly number[] {
	const edges = new Set<number>([0]);
	for (const p of [a, b]) {
		for (const [pc, op] of p.ops.entries()) {
			const arg = p.args[pc] ?? 0;
			if (op === opRune) edges.add(arg).add(arg + 1);
			if (op !== opSet) continue;
			const set = p.sets[arg] ?? [];
			for (let i = 0; i + 1 < set.length; i += 2) edges.add(set[i] ?? 0).add((set[i + 1] ?? 0) + 1);
		}
	}
	const sorted = [...edges].sort((x, y) => x - y);
	const out: number[] = [];
	for (const [i, lo] of sorted.entries()) {
		const hi = (sorted[i + 1] ?? 0x110000) - 1;
		const usual = [0x61, 0x30, 0x41, 0x2d, 0x2f, 0x78, 0x20].find((c) => c >= lo && c <= hi);
		const ch = usual ?? (lo < 0x20 && hi >= 0x20 ? 0x20 : lo);
		if (ch <= 0x10ffff && !(ch >= 0xd800 && ch <= 0xdfff)) out.push(ch);
	}
	const isPrintable = (c: number): number => Number(c > 0x20 && c < 0x7f);
	return out.sort((x, y) => isPrintable(y) - isPrintable(x)).slice(0, 256);
}
