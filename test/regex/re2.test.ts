/**
 * re2-wasm stays contained: patterns are freed, what its heap cannot hold is declined, and after an abort
 * everything is.
 */
import { RE2 } from "re2-wasm";
import { afterEach, describe, expect, test } from "vitest";
import { setLinearEngine } from "../../src/regex/linear-engine.ts";
import { Re2Engine } from "../../src/regex/re2.ts";
import { compileUncached } from "../../src/regex/regex.ts";

const load = (): unknown => ({ RE2 });
const newEngine = (): Re2Engine => new Re2Engine({ load });

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

afterEach(() => setLinearEngine(newEngine()));

describe("containment", () => {
	test("few patterns live, however many are asked", () => {
		const re2 = newEngine();
		for (let i = 0; i < 3000; i++) {
			expect(re2.test(`^prefix-${i}-[a-z0-9]{16}$`, `prefix-${i}-abcdefgh01234567`)).toBe(true);
			expect(re2.live).toBeLessThanOrEqual(2);
		}
	});

	test("patterns and texts too large for the heap are declined", () => {
		const re2 = newEngine();
		expect(re2.test("a", "a".repeat(1 << 20))).toBeUndefined();
		expect(re2.test("a".repeat(1 << 15), "a")).toBeUndefined();
		expect(re2.test("a", "xa")).toBe(true);
	});

	test("patterns RE2 does not take are declined", () => {
		const re2 = newEngine();
		expect(re2.test("a(?=b)", "ab")).toBeUndefined();
		expect(re2.test("((a{100}){100}){100}", "a")).toBeUndefined();
		expect(re2.live).toBe(0);
		expect(re2.test("", "anything")).toBe(true);
	});

	test("what it finds between the bytes of a character is declined", () => {
		const re2 = newEngine();
		expect(re2.test("\\B", "aéa")).toBeUndefined();
		expect(re2.test("\\B", "aa")).toBe(true);
		expect(re2.test("\\b", "aéa")).toBe(true);
		// As OPA answers.
		const answers = ["aéa", "a\ufffda", "éa", "a\u2028a"].map((s) => compileUncached("\\B").test(s));
		expect(answers).toEqual([false, false, true, false]);
	});

	test("where the package is missing, or is another, everything is declined", () => {
		const missing = (): unknown => {
			throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
		};
		for (const load of [missing, () => undefined, () => ({})]) {
			const re2 = new Re2Engine({ load });
			expect([re2.test("a", "a"), re2.test("a", "a")]).toEqual([undefined, undefined]);
		}
	});

	test("an abort is declined and survived, and is the last", () => {
		// As the package behaves when its heap is full: whatever is asked after that fails, too.
		let calls = 0;
		class Broken {
			test(): boolean {
				calls++;
				throw new Error("abort(OOM)");
			}
		}
		const re2 = new Re2Engine({ load: () => ({ RE2: Broken }) });
		expect([re2.test("a+b", "aab"), re2.test("b", "aab"), re2.live, calls]).toEqual([undefined, undefined, 0, 1]);
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
		for (const engine of [undefined, newEngine()]) {
			for (const prefer of [false, true]) {
				setLinearEngine(engine, { prefer });
				const regex = compileUncached(hard);
				for (let round = 0; round < 4; round++) expect(texts.map((t) => regex.test(t))).toEqual(wanted);
			}
		}
	});
});
