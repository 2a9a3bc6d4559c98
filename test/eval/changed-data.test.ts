/**
 * What is kept for speed is kept for the value it is about: after withData, and after other inputs, every
 * way answers as a policy that was never asked anything else.
 */
import { describe, expect, test } from "vitest";
import { compile, type PlainObject, type Value } from "../../src/index.ts";
import { answerText, ways } from "./backends.ts";

const list = (prefix: string): readonly string[] => Array.from({ length: 40 }, (_, i) => `${prefix}${i}`);

const rows: readonly {
	readonly note: string;
	readonly rego: string;
	/** Data documents, by turns, and what x is for each. */
	readonly turns: readonly { readonly data: PlainObject; readonly input?: Value; readonly want: string }[];
}[] = [
	{
		note: "membership in a large array",
		rego: 'x := [i | some i in ["a1", "b1"]; i in data.m]',
		turns: [
			{ data: { m: list("a") }, want: '["a1"]' },
			{ data: { m: list("b") }, want: '["b1"]' },
			{ data: { m: ["b1"] }, want: '["b1"]' },
			{ data: { m: {} }, want: "[]" },
		],
	},
	{
		note: "groups of a large array",
		rego: 'x := [n | some k in ["p", "q"]; n := count([1 | some e in data.m; e.k == k])]',
		turns: [
			{ data: { m: list("a").map(() => ({ k: "p" })) }, want: "[40, 0]" },
			{ data: { m: list("a").map(() => ({ k: "q" })) }, want: "[0, 40]" },
			{ data: {}, want: "[0, 0]" },
		],
	},
	{
		note: "an index of rules on base data",
		rego: Array.from({ length: 8 }, (_, i) => `x := ${i} if data.k == "k${i}"`).join("\n"),
		turns: [
			{ data: { k: "k1" }, want: "1" },
			{ data: { k: "k7" }, want: "7" },
			{ data: { k: ["k1"] }, want: "undefined" },
			{ data: {}, want: "undefined" },
		],
	},
	{
		note: "calls with constants and with what comes from data and input",
		rego: 'x := [y | some p in ["a*", "b*"]; y := [p, glob.match(p, [], data.s), regex.match(p, input), concat(p, [data.s, input])]]',
		turns: [
			{
				data: { s: "ab" },
				input: "c",
				want: '[["a*", true, true, "aba*c"], ["b*", false, true, "abb*c"]]',
			},
			{
				data: { s: "bc" },
				input: "a",
				want: '[["a*", false, true, "bca*a"], ["b*", true, true, "bcb*a"]]',
			},
		],
	},
	{
		note: "documents of rules and base data",
		rego: "p.q := 1\nx := [data.test.p, [k | some k; data.other[k]]]",
		turns: [
			{ data: { test: { p: { r: 2 } }, other: { a: 1 } }, want: '[{"q": 1, "r": 2}, ["a"]]' },
			{ data: { test: { p: { s: 3 } }, other: { b: 1 } }, want: '[{"q": 1, "s": 3}, ["b"]]' },
		],
	},
];

describe("changed data", () => {
	for (const { note, rego, turns } of rows) {
		test(note, () => {
			const [first] = turns;
			if (first === undefined) throw new Error("no turns");
			const wrong: string[] = [];
			for (const way of ways) {
				const policy = compile({ "test.rego": `package test\n${rego}` }, { ...way.options, data: first.data });
				// Round and round: what was kept in an earlier turn must not answer in a later one.
				for (let round = 0; round < 3; round++) {
					for (const { data, input, want } of turns) {
						const ask = policy.withData(data).rule("data.test.x");
						for (let time = 0; time < 3; time++) {
							const got = answerText(() => ask(input));
							if (got !== want) wrong.push(`${way.name}: ${got}, want ${want}`);
						}
					}
				}
			}
			expect(wrong).toEqual([]);
		});
	}
});
