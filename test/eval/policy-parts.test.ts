/** Which results are kept by parts of the policy, and that the inputs cannot make them more. */
import { describe, expect, test } from "vitest";
import { LastResults, PartResults } from "../../src/eval/part-results.ts";
import { callsOfParts } from "../../src/eval/policy-parts.ts";
import { builtins, compile } from "../../src/index.ts";

/** The kept calls of a policy: the builtin, and whether it is by another operand as well. */
function kept(rego: string): readonly string[] {
	const { plan } = compile({ "test.rego": `package test\n${rego}` });
	const named = (i: number) => builtins.get(plan.builtins[i] as string);
	const calls = callsOfParts(plan, {
		isKept: (i) => named(i)?.category === "strings",
		isText: (i) => named(i)?.result?.kind === "string",
		joins: (i) => named(i)?.name === "concat",
	});
	return [...calls].map(([e, by]) => `${plan.builtins[e.builtin]}${by.other === undefined ? "" : " last"}`);
}

describe("calls of parts", () => {
	const rows: readonly (readonly [note: string, rego: string, want: readonly string[]])[] = [
		["a field of an entry of a list", 'p if { some x in ["A", "b"]; lower(x) == input }', ["lower"]],
		["an entry by a key of the input's", 'c := {"a": "A"}\np if { lower(c[input.k]) == "a" }', ["lower"]],
		["what the input gives", "p if { some x in input.xs; lower(x) == input.y }", []],
		["a parameter that is always given a part", 'f(x) := lower(x)\np if { some x in ["A"]; f(x) == input }', ["lower"]],
		[
			"a parameter that is once given something else",
			'f(x) := lower(x)\np if { some x in ["A"]; f(x) == input }\nq if f(input.x) == "a"',
			[],
		],
		[
			"through functions",
			'f(x) := lower(x)\ng(x) := f(x.a)\np if { some x in [{"a": "A"}]; g(x) == input }\nq if { g(input) == "a" }',
			[],
		],
		[
			"a function that stands for another",
			'f(x) := lower(x)\ng(x) := x\np if { some x in ["A"]; f(x) == input }\nq if { g(input.x) == "a" with g as f }',
			[],
		],
		["results of kept calls", 'p if { some x in [" A"]; lower(trim_space(x)) == input }', ["lower", "trim_space"]],
		[
			"a part and the input",
			'p if { some x in ["$(id)/a"]; replace(x, "$(id)", input.id) == input.path }',
			["replace last"],
		],
		["two of the input's", 'p if { some x in ["a"]; replace(x, input.a, input.b) == input.path }', []],
		["a list that is written out", 'p if { some x in ["a"]; concat("=", ["x", x]) == input }', ["concat"]],
		["a list with something of the input's", 'p if { some x in ["a"]; concat("=", [input.k, x]) == input }', []],
		["a local that is a part in one branch only", "p if { x := input.a; y := lower(x); y == input.b }", []],
		["what a relation gives", 'p if { walk({"a": "A"}, [_, x]); lower(x) == input }', []],
		["base data", "p if { some x in data.base; lower(x) == input }", []],
	];
	for (const [note, rego, want] of rows) test(note, () => expect([...kept(rego)].sort()).toEqual(want));
});

describe("results", () => {
	test("by parts are bounded", () => {
		const results = new PartResults();
		for (let i = 0; i < 5000; i++) expect(results.put(`p${i}`, `r${i}`)).toBe(`r${i}`);
		expect(results.get("p4999")).toBe("r4999");
		expect(results.get("p0")).toBeUndefined();
		expect(results.put("none", undefined)).toBeUndefined();
	});

	test("by another operand are the last of each part, and short", () => {
		const results = new LastResults();
		results.put("p", "a", "pa");
		results.put("p", "b", "pb");
		expect(results.get("p", "a")).toBeUndefined();
		expect(results.get("p", "b")).toBe("pb");
		const long = "x".repeat(2000);
		expect(results.put("p", long, "y")).toBe("y");
		expect(results.put("p", "c", long)).toBe(long);
		expect(results.get("p", long)).toBeUndefined();
		expect(results.get("p", "c")).toBeUndefined();
		expect(results.get("p", "b")).toBe("pb");
	});
});
