/** Memory stays bounded however many patterns are seen; the long version is bench/soak-regex.ts. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { machineBytes } from "../../src/regex/budget.ts";
import { compileGlob } from "../../src/regex/glob.ts";
import { compileRegex } from "../../src/regex/regex.ts";
import { findAll } from "../../src/regex/search.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

function heap(): number {
	gc();
	return process.memoryUsage().heapUsed;
}

test("distinct patterns do not accumulate", () => {
	let before = 0;
	for (let i = 0; i < 20_000; i++) {
		// Past the first tenth the caches are full.
		if (i === 6000) before = heap();
		const id = `${i}-${i * 7919}`;
		expect(compileRegex(`^/run/${id}-[a-z0-9]{4}-(hosts|resolv\\.conf)$`).test(`/run/${id}-abcd-hosts`)).toBe(true);
		expect(compileRegex(`^/run/${id}-[a-z0-9]{4}$`).test(`/run/${id}-abcd`)).toBe(true);
		expect(compileGlob(`*.${id}.com`, ["."]).match(`api.${id}.com`)).toBe(true);
	}
	expect(heap() - before).toBeLessThan(10 << 20);
});

test("automata are dropped when together they are too large, and built again", () => {
	const patterns = Array.from({ length: 60 }, (_, i) => `(?:a|b)*a(?:a|b){9}${"c".repeat(i)}$`);
	let text = "";
	for (let i = 0, x = 1; i < 20_000; i++) {
		x = (Math.imul(x, 1664525) + 1013904223) | 0;
		text += x < 0 ? "a" : "b";
	}
	for (let round = 0; round < 2; round++) {
		for (const [i, p] of patterns.entries()) {
			const tail = "c".repeat(i);
			expect(compileRegex(p).test(`${text}abbbbbbbbb${tail}`)).toBe(true);
			expect(compileRegex(p).test(`${text}bbbbbbbbbb${tail}c`)).toBe(false);
			expect(machineBytes()).toBeLessThan(80 << 20);
		}
	}
});

test("a text of 10 MB", () => {
	const text = `${"aé b1".repeat(2_000_000)}!`;
	expect(compileRegex("^[^!]*!$").test(text)).toBe(true);
	expect(compileRegex("(a|é)+ c").test(text)).toBe(false);
	expect(compileRegex("(b)(1)!$").exec(text)?.[0]).toBe(text.length - 3);
	expect(findAll(compileRegex("(é) (b)"), text, 5, 2, () => {})).toHaveLength(5);
});
