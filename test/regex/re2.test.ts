/**
 * re2-wasm stays contained: handles are freed, what its heap cannot hold is declined, and an aborted
 * instance is replaced without anybody noticing.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadFreshModule } from "../../src/host/node.ts";
import { setLinearEngine } from "../../src/regex/linear-engine.ts";
import { Re2Engine, type Re2Handle } from "../../src/regex/re2.ts";
import { compileUncached } from "../../src/regex/regex.ts";

/** Letters a and b without a pattern to them. */
function randomLetters(n: number): string {
	let seed = 1;
	let out = "";
	for (let i = 0; i < n; i++) {
		seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
		out += seed >>> 31 === 0 ? "a" : "b";
	}
	return out;
}

afterEach(() => setLinearEngine(new Re2Engine()));

describe("containment", () => {
	test("few patterns live, however many are asked", () => {
		const re2 = new Re2Engine();
		for (let i = 0; i < 3000; i++) {
			expect(re2.test(`^prefix-${i}-[a-z0-9]{16}$`, `prefix-${i}-abcdefgh01234567`)).toBe(true);
			expect(re2.live).toBeLessThanOrEqual(2);
		}
		expect(re2.instances).toBe(1);
	}, 30_000);

	test("patterns and texts too large for the heap are declined", () => {
		const re2 = new Re2Engine();
		expect(re2.test("a", "a".repeat(1 << 20))).toBeUndefined();
		expect(re2.test("a".repeat(1 << 15), "a")).toBeUndefined();
		expect(re2.test("a", "xa")).toBe(true);
	});

	test("patterns RE2 does not take are declined", () => {
		const re2 = new Re2Engine();
		expect(re2.test("a(?=b)", "ab")).toBeUndefined();
		expect(re2.test("((a{100}){100}){100}", "a")).toBeUndefined();
		expect(re2.live).toBe(0);
		expect(re2.test("", "anything")).toBe(true);
	});

	test("what it finds between the bytes of a character is declined", () => {
		const re2 = new Re2Engine();
		expect(re2.test("\\B", "aéa")).toBeUndefined();
		expect(re2.test("\\B", "aa")).toBe(true);
		expect(re2.test("\\b", "aéa")).toBe(true);
		// As OPA answers.
		const answers = ["aéa", "a\ufffda", "éa", "a\u2028a"].map((s) => compileUncached("\\B").test(s));
		expect(answers).toEqual([false, false, true, false]);
	});

	test("an aborted instance is abandoned, the next call starts another", () => {
		const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
		const re2 = new Re2Engine();
		expect(re2.test("b", "ab")).toBe(true);
		// Run the heap over as a careless caller would: 64 texts of a megabyte in patterns that are never freed.
		const handles: Re2Handle[] = [];
		const module = loadFreshModule("re2-wasm/build/wasm/re2.js") as {
			WrappedRE2: new (p: string, a: boolean, b: boolean, c: boolean) => Re2Handle;
		};
		expect(() => {
			for (let i = 0; i < 5000; i++) handles.push(new module.WrappedRE2(`${i}[a-z]{900}`, false, false, false));
		}).toThrow();
		expect(warn).toHaveBeenCalled();
		warn.mockClear();
		// That instance was its own: ours is untouched.
		expect(re2.test("b", "ab")).toBe(true);
		expect(re2.instances).toBe(1);
		re2.abandon();
		expect(re2.test("b", "ab")).toBe(true);
		expect(re2.instances).toBe(2);
		warn.mockRestore();
	});

	test("an abort within a call is declined silently and survived", () => {
		const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
		const re2 = new Re2Engine({ maxText: Number.POSITIVE_INFINITY });
		expect(re2.test("a+b", "a".repeat(12 << 20))).toBeUndefined();
		expect(re2.live).toBe(0);
		expect(re2.test("a+b", "xaab")).toBe(true);
		expect(re2.instances).toBe(2);
		expect(warn).not.toHaveBeenCalled();
		warn.mockRestore();
	});
});

describe("as the linear engine", () => {
	/** States double with every repetition: our automaton gives up. */
	const hard = "(?:a|b)*a(?:a|b){25}c";
	const text = randomLetters(60_000);

	test("is asked once the automaton has given up, and may decline", () => {
		const asked: string[] = [];
		for (const answer of [true, undefined] as const) {
			setLinearEngine({
				name: "spy",
				test: (pattern) => {
					asked.push(pattern);
					return answer;
				},
			});
			const regex = compileUncached(hard);
			// The first time the virtual machine answers, the second time the engine.
			expect(regex.test(text)).toBe(false);
			expect(asked).toHaveLength(answer === true ? 0 : 2);
			expect(regex.test(text)).toBe(answer ?? false);
			regex.test(text);
		}
		// Twice the one that answered, once the one that declined.
		expect(asked).toEqual(Array(3).fill("[a-b]*a[a-b]{25}c"));
	});

	test("every engine finds the same", () => {
		const short = text.slice(0, 3000);
		const texts = [short, `${short}${"a".repeat(26)}c`, `${short}c`];
		const wanted = texts.map((t) => /a[ab]{25}c/.test(t));
		for (const engine of [undefined, new Re2Engine()]) {
			for (const prefer of [false, true]) {
				setLinearEngine(engine, { prefer });
				const regex = compileUncached(hard);
				for (let round = 0; round < 4; round++) expect(texts.map((t) => regex.test(t))).toEqual(wanted);
			}
		}
	});
});
