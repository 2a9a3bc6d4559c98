/** Steps of a regular expression's program. */
import {
	assertBeginLine,
	assertBeginText,
	assertEndLine,
	assertEndText,
	opAlt,
	opAssert,
	opCapture,
	opRune,
	opSet,
	type Program,
} from "../regex/program.ts";
import { inRanges } from "../regex/ranges.ts";

/** Whether an instruction takes a character. */
export function takes(p: Program, pc: number, rune: number): boolean {
	const arg = p.args[pc] ?? 0;
	return p.ops[pc] === opRune ? arg === rune : p.ops[pc] === opSet && inRanges(p.sets[arg] ?? [], rune);
}

/** Whether an instruction holds only where the text ends. */
export function isAtEnd(p: Program, pc: number): boolean {
	return p.ops[pc] === opAssert && (p.args[pc] === assertEndText || p.args[pc] === assertEndLine);
}

/**
 * Adds to `into` the instructions that wait for a character, for the end or for nothing more (a match) where `starts` are
 * reached. `isBegin`: no character has been read.
 */
export function follow(
	p: Program,
	starts: readonly number[],
	isBegin: boolean,
	into: Set<number>,
	seen: Set<number> = new Set(),
): void {
	const stack = [...starts];
	for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
		if (seen.has(pc)) continue;
		seen.add(pc);
		const out = p.outs[pc] ?? 0;
		const arg = p.args[pc] ?? 0;
		switch (p.ops[pc]) {
			case opAlt:
				stack.push(arg, out);
				break;
			case opCapture:
				stack.push(out);
				break;
			case opAssert:
				if ((arg === assertBeginText || arg === assertBeginLine) && !isBegin) break;
				// The end is not here yet: what waits for it matches nothing more.
				if (isAtEnd(p, pc)) into.add(pc);
				else stack.push(out);
				break;
			default:
				into.add(pc);
		}
	}
}
