/** Steps of a regular expression's program. */
import { opRune, opSet, type Program } from "../regex/program.ts";
import { inRanges } from "../regex/ranges.ts";

/** Whether an instruction takes a character. */
export function takes(p: Program, pc: number, rune: number): boolean {
	const arg = p.args[pc] ?? 0;
	return p.ops[pc] === opRune ? arg === rune : p.ops[pc] === opSet && inRanges(p.sets[arg] ?? [], rune);
}
