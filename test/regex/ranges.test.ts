/** Sets of characters against sets of numbers, and an automaton whose states have no end. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dfa } from "../../src/regex/dfa.ts";
import { compileProgram } from "../../src/regex/program.ts";
import {
	appendRange,
	cleanRanges,
	disjointRanges,
	equalRanges,
	inRanges,
	maxRune,
	negateRanges,
	type Ranges,
} from "../../src/regex/ranges.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { unicodeClass } from "../../src/regex/unicode.ts";

const pair = fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 4 })).map(([lo, n]) => [lo, lo + n]);
const rough = fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.flat());
const numbersOf = (r: Ranges): number[] => {
	const out = new Set<number>();
	for (let i = 0; i < r.length; i += 2)
		for (let c = r[i] as number; c <= Math.min(r[i + 1] as number, 40); c++) out.add(c);
	return [...out].sort((a, b) => a - b);
};
const isClean = (r: Ranges): boolean =>
	r.every((c, i) => i === 0 || (i % 2 === 1 ? c >= (r[i - 1] ?? 0) : c > (r[i - 1] ?? 0) + 1));

describe("sets", () => {
	test("are what their ranges say", () => {
		fc.assert(
			fc.property(rough, rough, (one, other) => {
				const given = [...one];
				const [a, b] = [cleanRanges(one), cleanRanges(other)];
				expect(one).toEqual(given);
				expect([isClean(a), numbersOf(a)]).toEqual([true, numbersOf(one)]);
				const members = new Set(numbersOf(a));
				const near = Array.from({ length: 38 }, (_, c) => c - 1);
				expect(near.filter((c) => inRanges(a, c))).toEqual([...members]);
				expect(disjointRanges(a, b)).toBe(!numbersOf(b).some((c) => members.has(c)));
				expect(equalRanges(a, b)).toBe(numbersOf(a).join() === numbersOf(b).join());
				const rest = negateRanges(a);
				expect([isClean(rest), numbersOf(rest)]).toEqual([
					true,
					Array.from({ length: 41 }, (_, c) => c).filter((c) => !members.has(c)),
				]);
				expect([negateRanges(rest), rest.at(-1)]).toEqual([a, maxRune]);
			}),
			{ numRuns: 100 },
		);
	});
	test("that are clean are given back, others sorted and joined", () => {
		const clean = [1, 2, 4, 4];
		expect(cleanRanges(clean)).toBe(clean);
		expect([cleanRanges([1, 2, 3, 4]), cleanRanges([4, 4, 1, 2]), cleanRanges([1, 9, 2, 3]), cleanRanges([])]).toEqual([
			[1, 4],
			[1, 2, 4, 4],
			[1, 9],
			[],
		]);
		const negated = [[0, maxRune], [], [5, maxRune], [0, maxRune - 1]].map(negateRanges);
		expect(negated).toEqual([[], [0, maxRune], [0, 4], [maxRune, maxRune]]);
		expect([equalRanges([1, 2], [1, 2]), equalRanges([1, 2], [1, 3]), equalRanges([1, 2], [1, 2, 4, 5])]).toEqual([
			true,
			false,
			false,
		]);
		const out: number[] = [];
		for (const [lo, hi] of [
			[5, 6],
			[7, 8],
			[7, 7],
			[10, 10],
			[1, 2],
			[3, 3],
		] as const)
			appendRange(out, lo, hi);
		expect(out).toEqual([5, 8, 10, 10, 1, 3]);
	});
});

describe("classes by name", () => {
	const size = (r: Ranges | undefined): number => {
		let n = 0;
		for (let i = 0; i < (r?.length ?? 0); i += 2) n += (r?.[i + 1] ?? 0) - (r?.[i] ?? 0) + 1;
		return n;
	};
	const sizeOf = (name: string): number => size(unicodeClass(name));
	test("are made of their parts", () => {
		const all = ["C", "L", "M", "N", "P", "S", "Z"];
		expect(all.reduce((n, name) => n + sizeOf(name), 0)).toBe(0x110000);
		expect(sizeOf("L")).toBe(["Lu", "Ll", "Lt", "Lm", "Lo"].reduce((n, name) => n + sizeOf(name), 0));
		expect(sizeOf("LC")).toBe(["Lu", "Ll", "Lt"].reduce((n, name) => n + sizeOf(name), 0));
		expect(sizeOf("C")).toBe(["Cc", "Cf", "Co", "Cs", "Cn"].reduce((n, name) => n + sizeOf(name), 0));
		expect(sizeOf("Assigned") + sizeOf("Cn")).toBe(0x110000);
		expect([sizeOf("Any"), sizeOf("ASCII")]).toEqual([0x110000, 128]);
		for (const name of [...all, "Cn", "Greek", "Assigned"]) {
			const r = unicodeClass(name) ?? [];
			expect([name, isClean(r), cleanRanges(r)]).toEqual([name, true, r]);
		}
	});
	test("are found by names of any spelling that Go finds, and kept", () => {
		for (const [name, like] of [
			["lu", "Lu"],
			["L_u", "Lu"],
			["greek", "Greek"],
			["GREEK", "Greek"],
			["Uppercase_Letter", "Lu"],
			["uppercase letter", "Lu"],
			["Letter", "L"],
			["lc", "LC"],
			["any", "Any"],
		] as const)
			expect([name, unicodeClass(name)]).toEqual([name, unicodeClass(like)]);
		expect(["", "-", "Xx", "Old_Italic", "Q"].map((n) => unicodeClass(n))).toEqual(Array(5).fill(undefined));
		for (const name of ["Lu", "L", "LC", "Cn", "Greek"]) expect(unicodeClass(name)).toBe(unicodeClass(name));
	});
});

describe("an automaton", () => {
	/** Texts of a and b by chance, the same each time. */
	const chance = (n: number): string => {
		let state = 1;
		let out = "";
		for (let i = 0; i < n; i++) {
			state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
			out += state & 0x10000 ? "a" : "b";
		}
		return out;
	};
	const automaton = (pattern: string): Dfa => new Dfa(compileProgram(parseRegex(pattern)));
	test("of few states knows each of them once", () => {
		const dfa = automaton("a[ab]{3}c");
		const text = chance(5000);
		expect(dfa.test(text, 0)).toBe(false);
		const { bytes } = dfa;
		expect([dfa.test(chance(9000), 0), dfa.bytes]).toEqual([false, bytes]);
		expect(dfa.test(`${text}abbbc`, 0)).toBe(true);
	});
	test("of too many gives up where each serves few characters, with no more memory than it may", () => {
		const dfa = automaton("a[ab]{15}c");
		expect(dfa.test(chance(4000), 0)).toBe(false);
		expect(dfa.test(chance(20_000), 0)).toBe(undefined);
		expect(dfa.bytes).toBeLessThan(8 << 20);
		// What comes afterwards is decided as before.
		expect([dfa.test("abbbbbbbbbbbbbbbc", 0), dfa.test("abc", 0)].slice(1)).toEqual([false]);
	});
	test("whose table is full begins anew", () => {
		const dfa = automaton(
			`a[ab]{12}c|${Array.from({ length: 100 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join("|")}`,
		);
		// Every text is long for the states it makes.
		let most = 0;
		for (let i = 0; i < 12; i++) {
			const text = chance(700 * (i + 1)).slice(-700);
			expect(dfa.test(text + "x".repeat(4000), 0)).toBe(false);
			most = Math.max(most, dfa.bytes);
		}
		expect(most).toBeLessThan(4 << 20);
		expect(dfa.test(`${chance(50)}abbbbbbbbbbbbc`, 0)).toBe(true);
	});
	test("of which threads are asked whether they may match", () => {
		const p = compileProgram(parseRegex("ab*c"));
		const dfa = new Dfa({ ...p, anchored: true });
		const at = (rune: string) => [...p.ops.keys()].filter((i) => p.ops[i] === 0 && p.args[i] === rune.charCodeAt(0));
		const text = `${"b".repeat(50)}x${"b".repeat(50)}c`;
		const both = [...at("b"), ...at("c")];
		expect([dfa.mayMatch(both, text, 0), dfa.mayMatch(both, text, 10), dfa.mayMatch(both, text, 60)]).toEqual([
			false,
			false,
			true,
		]);
		expect([
			dfa.mayMatch(both, `${text}b`, 60),
			dfa.mayMatch(at("c"), text, 0),
			dfa.mayMatch(at("c"), text, 101),
		]).toEqual([true, false, true]);
	});
});
