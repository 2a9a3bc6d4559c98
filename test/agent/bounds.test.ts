/** What is told of a policy and of a denial has an end. */
import { describe, expect, it } from "vitest";
import { type Decision, denialMessage, maxPrintText } from "../../src/agent/policy/decision.ts";
import { boundedErrors } from "../../src/agent/policy/load-error.ts";

describe("the message of a denial", () => {
	const prefix = "f:1: ".length;
	const message = (lengths: readonly number[], printsCut?: boolean): readonly string[] => {
		const prints = lengths.map((n) => ({ file: "f", row: 1, text: "x".repeat(n - prefix) }));
		const d = {
			name: "A",
			reason: "no",
			prints,
			...(printsCut === undefined ? {} : { printsCut }),
		} as unknown as Decision;
		return denialMessage(d).split("\n");
	};
	const shown = (lines: readonly string[]): readonly (string | number)[] =>
		lines.map((l, i) => (i === 0 || l.startsWith("…") ? l : l.length));
	const head = "A is blocked by policy: no";
	const cut = "… more prints were left out";
	it("carries its prints, a line each", () => expect(shown(message([10, 20]))).toEqual([head, 10, 20]));
	it("carries as much as fits", () => {
		expect(shown(message([maxPrintText]))).toEqual([head, maxPrintText]);
		expect(shown(message([maxPrintText - 10, 10]))).toEqual([head, maxPrintText - 10, 10]);
	});
	it("says that there was more", () => {
		expect(shown(message([maxPrintText + 1]))).toEqual([head, maxPrintText, cut]);
		expect(shown(message([maxPrintText - 10, 20, 30]))).toEqual([head, maxPrintText - 10, 10, cut]);
		expect(shown(message([10], true))).toEqual([head, 10, cut]);
		expect(shown(message([10], false))).toEqual([head, 10]);
	});
});

describe("the errors of a policy", () => {
	it("are told as they are where they are few and short", () => expect(boundedErrors(["a", "b"])).toEqual(["a", "b"]));
	it("are told as far as there is room for them", () => {
		const line = "x".repeat(1024);
		const lines = (n: number): string[] => Array.from({ length: n }, () => line);
		expect(boundedErrors(lines(64))).toEqual(lines(64));
		expect(boundedErrors([...lines(64), "y"])).toEqual([...lines(64), "… and 1 more"]);
		expect(boundedErrors(["x".repeat(1025)])).toEqual([`${line}…`]);
		expect(boundedErrors(Array.from({ length: 100 }, () => "e"))).toHaveLength(100);
		expect(boundedErrors(Array.from({ length: 101 }, () => "e")).at(-1)).toBe("… and 1 more");
	});
	it("are cut, and so many are left out as there are more", () => {
		const long = "x".repeat(1 << 20);
		const [one] = boundedErrors([long]);
		expect(one?.endsWith("…")).toBe(true);
		const limit = (one ?? "").length;
		expect(limit).toBeLessThan(1 << 16);
		expect(boundedErrors(["y".repeat(limit - 1)])).toEqual(["y".repeat(limit - 1)]);
		const many = boundedErrors(Array(10_000).fill(long));
		expect(many.at(-1)).toBe(`… and ${10_000 - (many.length - 1)} more`);
		expect(many.join("").length).toBeLessThan(1 << 20);
	});
});
