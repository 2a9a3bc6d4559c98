/** When the automaton gives up, and what it remembers: for patterns with more states than it may have. */
import { describe, expect, test } from "vitest";
import { Dfa } from "../../src/regex/dfa.ts";
import { compileProgram, opRune, opSet } from "../../src/regex/program.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { work } from "../../src/regex/vm.ts";

const automaton = (source: string): Dfa => new Dfa(compileProgram(parseRegex(source)));
/** As many different rows of a's and b's as there are places in it. */
function mixed(length: number): string {
	let state = 1;
	let out = "";
	while (out.length < length) {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		out += state & 0x10000 ? "a" : "b";
	}
	return out;
}
const text = mixed(20_000);
/** A state for each row of fourteen. */
const exploding = "[ab]*a[ab]{14}c";

describe("a pattern with too many states", () => {
	test("is given up, and so is where it may begin", () => {
		expect(automaton(exploding).test(text, 0)).toBeUndefined();
		expect(automaton(exploding).locate(text, 0)).toBeUndefined();
		const p = compileProgram(parseRegex(exploding));
		expect(
			new Dfa({ ...p, anchored: true }).mayMatch(
				[...p.ops.keys()].filter((i) => i < 4),
				text,
				0,
			),
		).toBe(true);
	});
	test("is none where few states serve all of a text", () => {
		for (const source of ["[ab]*a[ab]{3}c", "(?:ab|ba|aab)*c"]) {
			expect([automaton(source).test(text, 0), automaton(source).locate(text, 0)]).toEqual([false, -1]);
		}
	});
	test("is not given up for states of an earlier text", () => {
		const dfa = automaton(exploding);
		for (let i = 0; i < 20; i++) expect(dfa.test(text.slice(i * 900, (i + 1) * 900), 0)).toBe(false);
		expect(dfa.test("ab", 0)).toBe(false);
	});
});

describe("what leads nowhere", () => {
	const p = compileProgram(parseRegex("[^x]*x"));
	const first = [...p.ops.keys()].filter((i) => p.ops[i] === opSet || p.ops[i] === opRune);
	const looked = (dfa: Dfa, s: string, from: number): [boolean, number] => {
		const before = work.units;
		return [dfa.mayMatch([...first], s, from), work.units - before];
	};
	test("is looked at once, wherever in the same stretch it is asked for again", () => {
		const dfa = new Dfa({ ...p, anchored: true });
		const s = "a".repeat(1000);
		const [found, units] = looked(dfa, s, 0);
		expect([found, units]).toEqual([false, 1000]);
		expect(looked(dfa, s, 500)).toEqual([false, 0]);
		expect(looked(dfa, s, 0)).toEqual([false, 0]);
		// Another text, and another automaton, are others.
		expect(looked(dfa, `${s}x`, 0)[0]).toBe(true);
		expect(looked(new Dfa({ ...p, anchored: true }), s, 0)).toEqual([false, 1000]);
	});
});
