/**
 * Patterns that break backtracking engines finish at once on every tier, and what cannot be done in
 * reasonable time is refused, not run.
 */
import { describe, expect, test } from "vitest";
import { compileGlob } from "../../src/regex/glob.ts";
import { globsIntersect } from "../../src/regex/globs-intersect.ts";
import { compileNative } from "../../src/regex/native.ts";
import { compileProgram } from "../../src/regex/program.ts";
import { compileUncached, RegexLimitError } from "../../src/regex/regex.ts";
import { findAll, replaceAll, splitBy } from "../../src/regex/search.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { simulate } from "../../src/regex/vm.ts";
import { startCost } from "../cost.ts";

const ignore = (): void => {};

/** Pattern, text, whether it matches. */
const hostile: readonly (readonly [string, string, boolean])[] = [
	["(a+)+$", `${"a".repeat(100_000)}!`, false],
	["^(a+)+$", `${"a".repeat(100_000)}!`, false],
	["(a|a)*b", "a".repeat(100_000), false],
	["(a|aa)+$", `${"a".repeat(100_000)}b`, false],
	["(a*)*b", "a".repeat(100_000), false],
	["[a-z]+x", "a".repeat(100_000), false],
	["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(100_000), false],
	["(.*)*x", "a".repeat(100_000), false],
	["(\\w+\\s?)+$", `${"a ".repeat(50_000)}!`, false],
	["(x+x+)+y", "x".repeat(100_000), false],
	["(?:a?){200}a{200}", "a".repeat(200), true],
	["^(?:.?){500}$", "a".repeat(20_000), false],
	["(?:.*,){11}P", "1,".repeat(100_000), false],
	["\\s+$", `${" ".repeat(100_000)}x`, false],
	["((a{10}){10}){10}b", "a".repeat(10_000), false],
	["([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+", "a".repeat(100_000), false],
	["^a*a*a*a*b$", "a".repeat(100_000), false],
	["^[a-z-]*-[a-z-]*x$", "a-".repeat(100_000), false],
];

describe("hostile patterns", () => {
	for (const [pattern, text, want] of hostile) {
		test(pattern, () => {
			const regex = compileUncached(pattern);
			const cost = startCost();
			expect(regex.test(text)).toBe(want);
			expect(regex.exec(text) !== undefined).toBe(want);
			expect(simulate(compileProgram(parseRegex(pattern)), text, 0, 0) !== undefined).toBe(want);
			// Often enough for every tier to have its turn.
			const short = text.slice(-5000);
			for (let i = 0; i < 100; i++) regex.test(short);
			expect(cost()).toBeLessThan(10_000);
		});
	}
});

describe("the host's RegExp", () => {
	/** Pattern, and whether it may run there. */
	const rows: readonly (readonly [string, boolean])[] = [
		["^[a-z0-9]{64}$", true],
		["^[A-Z_]+_PORT_[0-9]{1,5}=tcp$", true],
		["foo", true],
		["aa", true],
		["^(?:a|b)*c", true],
		["^[^/]+/x$", true],
		["(?i)^abc$", true],
		["\\bfoo\\b", true],
		["[a-z]+x", false],
		["a*b", false],
		["^a*a*$", false],
		["^[a-z-]*-[a-z-]*x$", false],
		["(a+)+$", false],
		["^(a|ab)*$", true],
		["^(ab|ab)*$", false],
		["^(a*)*$", false],
		["(?m)^a$", false],
		["^[\\x{fffd}]$", false],
		["^[\\x{d800}]$", false],
		["^😀+$", true],
	];
	for (const [pattern, want] of rows) {
		test(pattern, () => {
			const parsed = parseRegex(pattern);
			expect(compileNative(parsed.root, compileProgram(parsed)) !== undefined).toBe(want);
		});
	}
});

describe("limits", () => {
	test("a preferred alternative that never comes does not make every search look at all of the rest", () => {
		const text = "a".repeat(10_000);
		for (const [pattern, groups] of [
			["a.*b|a", 0],
			["(a[^x]*)bc|a", 1],
		] as const) {
			let looked = 0;
			const found = findAll(compileUncached(pattern), text, -1, groups, (n) => {
				looked += n;
			});
			expect(found).toHaveLength(10_000);
			expect(looked).toBeLessThan(400_000);
		}
	});

	test("searches that do look at all of the rest each time end with an error", () => {
		const text = "a".repeat(20_000);
		expect(() => findAll(compileUncached("a(.{2})*b|a"), text, -1, 0, ignore)).toThrow(RegexLimitError);
	});

	test("work is told as it is done", () => {
		let steps = 0;
		findAll(compileUncached("a+"), "aab ".repeat(1000), -1, 0, (n) => {
			steps += n;
		});
		expect(steps).toBeGreaterThan(4000);
		expect(steps).toBeLessThan(40_000);
	});

	test("long texts with many matches", () => {
		const text = "abc, ".repeat(100_000);
		expect(splitBy(compileUncached(",\\s*"), text, ignore)).toHaveLength(100_001);
		expect(replaceAll(compileUncached("(b)(c)"), text, "$2$1", ignore)).toBe("acb, ".repeat(100_000));
	});
});

describe("globs", () => {
	/** On the last of these OPA's own library would run for years. */
	const rows: readonly (readonly [string, string, boolean])[] = [
		["*a*a*a*a*b", "a".repeat(5000), false],
		[`${"*a".repeat(30)}*b`, "a".repeat(3000), false],
		[`${"{a,aa}".repeat(30)}b`, "a".repeat(3000), false],
		[`${"?".repeat(2000)}b`, "a".repeat(2000), false],
		[`${"[ab]?".repeat(400)}`, "a".repeat(800), true],
		[`${"{".repeat(400)}a${"}".repeat(400)}`, "a", true],
	];
	for (const [pattern, text, want] of rows) {
		test(`${pattern.slice(0, 30)} (${pattern.length})`, () => {
			expect(compileGlob(pattern, ["."]).match(text)).toBe(want);
		});
	}
});

describe("regex.globs_match", () => {
	test("greedy patterns", () => {
		expect(globsIntersect(".*a".repeat(200), "a*b".repeat(200), ignore)).toBe(false);
		expect(globsIntersect(".*".repeat(400), "[ab]+".repeat(100), ignore)).toBe(true);
		expect(globsIntersect("a".repeat(100_000), `.*${"a".repeat(50_000)}`, ignore)).toBe(true);
	});

	test("patterns too large to decide are not decided", () => {
		expect(globsIntersect("a*b+".repeat(2000), "b*a+".repeat(2000), ignore)).toBeUndefined();
	});
});
