/** The rule index: which read is chosen, which definitions each value selects, when there is none. */
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/index.ts";
import { indexRules } from "../../src/plan/index-rules.ts";
import { canonicalKey } from "../../src/value/key.ts";
import type { Value } from "../../src/value/value.ts";

const many = (n: number, line: (i: number) => string): string =>
	Array.from({ length: n }, (_, i) => line(i)).join("\n");

function indexOf(rego: string, name: string) {
	const { plan } = compile({ "t.rego": `package test\n${rego}` }, { optimize: { fold: false } });
	const func = plan.funcs.find((f) => f.path.at(-1) === name);
	if (func === undefined) throw new Error(`no rule ${name}`);
	const index = indexRules(func, { constants: plan.constants, builtin: (i) => builtins.get(plan.builtins[i] ?? "") });
	if (index?.kind === "conditions") throw new Error("conditions, where a table was expected");
	return index;
}

interface Row {
	readonly note: string;
	readonly rego: string;
	/** Definitions selected for values; null for no index. */
	readonly want: readonly (readonly [value: Value, definitions: readonly number[]])[] | null;
	readonly rest?: readonly number[];
}

const rows: readonly Row[] = [
	{ note: "too few definitions", rego: many(5, (i) => `x := ${i} if input.k == ${i}`), want: null },
	{
		note: "strings",
		rego: many(6, (i) => `x := ${i} if input.k == "k${i}"`),
		want: [
			["k0", [0]],
			["k5", [5]],
		],
		rest: [],
	},
	{
		note: "not by numbers that a double would respell",
		rego: many(6, (i) => `x := ${i} if input.k == ${i}.0`),
		want: null,
	},
	{
		note: "the constant may stand on the left",
		rego: many(6, (i) => `x := ${i} if "k${i}" == input.k`),
		want: [["k3", [3]]],
		rest: [],
	},
	{
		note: "booleans and null",
		rego: `${many(6, (i) => `x := ${i} if input.k == ${i}`)}\nx := 6 if input.k == true\nx := 7 if input.k == null`,
		want: [
			[true, [6]],
			[null, [7]],
		],
		rest: [],
	},
	{
		note: "one value, several definitions, in order",
		rego: many(8, (i) => `x contains ${i} if input.k == ${i % 2}`),
		want: [
			[0, [0, 2, 4, 6]],
			[1, [1, 3, 5, 7]],
		],
		rest: [],
	},
	{
		note: "definitions without the guard are in every list, in order",
		rego: `x contains "a" if input.z\n${many(6, (i) => `x contains ${i} if input.k == ${i}`)}\nx contains "b" if input.z`,
		want: [[2, [0, 3, 7]]],
		rest: [0, 7],
	},
	{
		note: "the read most definitions share",
		rego: many(8, (i) => `x := ${i} if { input.rare == ${i}; input.k == "k${i}" }`).replace("input.rare == 0; ", ""),
		want: [["k0", [0]]],
		rest: [],
	},
	{
		note: "guards after other tests",
		rego: many(6, (i) => `x := ${i} if { input.a > 1; input.k == ${i} }`),
		want: [[3, [3]]],
		rest: [],
	},
	{
		note: "guards through locals",
		rego: many(6, (i) => `x := ${i} if { y := input.a; y.b == ${i} }`),
		want: [[3, [3]]],
		rest: [],
	},
	{ note: "base data", rego: many(6, (i) => `x := ${i} if data.base.k == ${i}`), want: [[3, [3]]], rest: [] },
	{ note: "parameters", rego: many(6, (i) => `x("k${i}", y) := y`), want: [["k3", [3]]], rest: [] },
	{
		note: "reads below parameters",
		rego: many(6, (i) => `x(y) := ${i} if y.k == "k${i}"`),
		want: [["k3", [3]]],
		rest: [],
	},
	{
		note: "not behind a loop",
		rego: many(6, (i) => `x := ${i} if { some v in input.vs; input.k == v; v == ${i} }`),
		want: null,
	},
	{ note: "not under with", rego: many(6, (i) => `x := ${i} if { input.k == ${i} with input.k as 1 }`), want: null },
	{ note: "not under not", rego: many(6, (i) => `x contains ${i} if { not input.k == ${i} }`), want: null },
	{ note: "not by composite constants", rego: many(6, (i) => `x := ${i} if input.k == [${i}]`), want: null },
	{
		note: "not with else branches",
		rego: many(6, (i) => `x := ${i} if { input.k == ${i} } else := 9 if { input.e == ${i} }`),
		want: null,
	},
	{
		note: "not by rules, which may be replaced",
		rego: `y := input.k\n${many(6, (i) => `x := ${i} if y == ${i}`)}`,
		want: null,
	},
	{ note: "not by computed keys", rego: many(6, (i) => `x := ${i} if input[input.n] == ${i}`), want: null },
	{ note: "inequality is no guard", rego: many(6, (i) => `x contains ${i} if input.k != ${i}`), want: null },
];

describe("index", () => {
	for (const row of rows) {
		test(row.note, () => {
			const index = indexOf(row.rego, "x");
			if (row.want === null) {
				expect(index).toBeUndefined();
				return;
			}
			expect(row.want.map(([v]) => [v, index?.byKey.get(canonicalKey(v))])).toEqual(row.want);
			expect(index?.rest).toEqual(row.rest);
			expect(index?.byKey.get(canonicalKey("no such value"))).toBeUndefined();
		});
	}
});
