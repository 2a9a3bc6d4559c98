/**
 * What the rule index knows of each definition: conditions without which it cannot succeed, as text. `&` between clauses
 * that all hold, `|` between atoms of which one does; a definition without any is always tried.
 */
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/index.ts";
import type { Conditions, Read } from "../../src/plan/conditions.ts";
import { conditionsOf } from "../../src/plan/rule-conditions.ts";

function conditionsText({ reads, definitions }: Conditions): readonly string[] {
	const path = (index: number): string => {
		const { from, step } = reads[index] as Read;
		const outer = from < 0 ? "" : path(from);
		switch (step.op) {
			case "input":
				return "input";
			case "base":
				return ["data", ...step.path].join(".");
			case "argument":
				return `argument ${step.local}`;
			case "each":
				return `${outer}[_]`;
			case "key":
				return `${outer}${step.stored ? "!" : ""}[${JSON.stringify(step.key)}]`;
		}
	};
	return definitions.map((clauses) =>
		clauses
			.map((atoms) => atoms.map(([read, is, what]) => `${path(read)} ${is} ${JSON.stringify(what)}`).join(" | "))
			.join(" & "),
	);
}

const rows: readonly { readonly note: string; readonly rego: string; readonly want: readonly string[] }[] = [
	{ note: "equality", rego: 'x if input.a.b == "c"', want: ['input["a"]["b"] is "c"'] },
	{ note: "either side", rego: "x if 1 == input[0]", want: ["input[0] is 1"] },
	{
		note: "all of a body",
		rego: 'x if { input.a == 1; input.b == "c" }',
		want: ['input["a"] is 1 & input["b"] is "c"'],
	},
	{
		note: "null and booleans",
		rego: "x if { input.a == null; input.b == false }",
		want: ['input["a"] is null & input["b"] is false'],
	},
	{ note: "base data", rego: "x if data.p.q == 1", want: ["data.p.q is 1"] },
	{ note: "an argument", rego: 'x("a", y) if y.b == 2', want: ['argument 0 is "a" & argument 1["b"] is 2'] },
	{
		note: "a constant array, by its scalars",
		rego: 'x if input.a == ["p", {"q": 1}, 2]',
		want: ['input["a"][0] is "p" & input["a"][2] is 2'],
	},
	{ note: "a constant object says nothing", rego: 'x if input.a == {"q": 1}', want: [""] },
	{
		note: "no more than eight elements of an array",
		rego: "x if input.a == [0, 1, 2, 3, 4, 5, 6, 7, 8]",
		want: [Array.from({ length: 8 }, (_, i) => `input["a"][${i}] is ${i}`).join(" & ")],
	},
	{ note: "a number that a double would respell", rego: "x if input.a == 1.50", want: [""] },
	{ note: "inequality says nothing", rego: "x if input.a != 1", want: [""] },
	{ note: "a comparison says nothing", rego: "x if input.a < 1", want: [""] },
	{ note: "the begin of a text", rego: 'x if startswith(input.a, "b")', want: ['input["a"] begins "b"'] },
	{ note: "the end of a text", rego: 'x if endswith(input.a, "b")', want: ['input["a"] ends "b"'] },
	{ note: "the empty text says nothing", rego: 'x if { startswith(input.a, ""); endswith(input.a, "") }', want: [""] },
	{ note: "a text that is no constant", rego: "x if startswith(input.a, input.b)", want: [""] },
	{ note: "a part that is no text says nothing", rego: "x if contains(input.a, input.b)", want: [""] },
	{
		note: "both ends of a glob",
		rego: 'x if glob.match("ab*cd", [], input.a)',
		want: ['input["a"] begins "ab" & input["a"] ends "cd"'],
	},
	{ note: "a glob with one end", rego: 'x if glob.match("ab*", null, input.a)', want: ['input["a"] begins "ab"'] },
	{ note: "a glob whose separators are not known", rego: 'x if glob.match("ab*", input.s, input.a)', want: [""] },
	{ note: "a glob that is not known", rego: "x if glob.match(input.g, [], input.a)", want: [""] },
	{
		note: "the begin of a regular expression",
		rego: 'x if regex.match("^ab+c", input.a)',
		want: ['input["a"] begins "ab"'],
	},
	{ note: "one that may begin anywhere", rego: 'x if regex.match("ab+c", input.a)', want: [""] },
	{ note: "one that is not known", rego: "x if regex.match(input.r, input.a)", want: [""] },
	{ note: "a constant list's member", rego: 'x if input.a in ["b", 1]', want: ['input["a"] is "b" | input["a"] is 1'] },
	{
		note: "a constant set's member",
		rego: 'x if input.a in {"b", "c"}',
		want: ['input["a"] is "b" | input["a"] is "c"'],
	},
	{ note: "a constant object's value", rego: 'x if input.a in {"k": "b"}', want: ['input["a"] is "b"'] },
	{ note: "a list with more than scalars", rego: 'x if input.a in ["b", [1]]', want: [""] },
	{ note: "a constant in a list of the input", rego: 'x if "b" in input.list', want: ['input["list"][_] is "b"'] },
	{ note: "what is no scalar in a list of the input", rego: "x if [1] in input.list", want: [""] },
	{ note: "a loop", rego: 'x if { some y in input.list; y.a == "b" }', want: ['input["list"][_]["a"] is "b"'] },
	{ note: "a loop whose value is not named", rego: "x if input.list[_]", want: [""] },
	{ note: "a local", rego: 'x if { y := input.a; y.b == "c" }', want: ['input["a"]["b"] is "c"'] },
	{
		note: "an array pattern",
		rego: 'x if { [y, z] = input.a; z == "c"; y == 1 }',
		want: ['input["a"][1] is "c" & input["a"][0] is 1'],
	},
	{ note: "an object pattern", rego: 'x if { {"k": y} = input.a; y == "c" }', want: ['input["a"]["k"] is "c"'] },
	{
		note: "else branches",
		rego: "x := 1 if { input.a == 1 } else := 2 if { input.b == 2 }",
		want: ['input["a"] is 1 | input["b"] is 2'],
	},
	{
		note: "else branches of several conditions",
		rego: "x := 1 if { input.a == 1; input.c == 3 } else := 2 if { input.b == 2; input.d == 4 }",
		want: [
			'input["a"] is 1 | input["b"] is 2 & input["a"] is 1 | input["d"] is 4 & input["c"] is 3 | input["b"] is 2 & input["c"] is 3 | input["d"] is 4',
		],
	},
	{
		note: "of many combinations eight",
		rego: `x := 1 if { ${[1, 2, 3, 4].map((i) => `input.a${i} == 1`).join("; ")} } else := 2 if { ${[1, 2, 3].map((i) => `input.b${i} == 2`).join("; ")} }`,
		want: [[..."11122233"].map((a, i) => `input["a${a}"] is 1 | input["b${(i % 3) + 1}"] is 2`).join(" & ")],
	},
	{ note: "an else branch without a condition", rego: "x := 1 if { input.a == 1 } else := 2", want: [""] },
	{
		note: "not under not, and on behind it",
		rego: "x if { not input.a == 1; input.b == 2 }",
		want: ['input["b"] is 2'],
	},
	{
		note: "behind every, planned before it, too",
		rego: "x if { every y in input.l { y == 1 }; input.b == 2 }",
		want: ['input["b"] is 2 & input["b"] is 2'],
	},
	{
		note: "before a with, not in it",
		rego: "x if { input.b == 2; input.a == 1 with input.a as 1 }",
		want: ['input["b"] is 2'],
	},
	{
		note: "an equality behind what may fail, planned before it, too",
		rego: "x if { to_number(input.n) == 1; input.b == 2 }",
		want: ['input["b"] is 2 & input["b"] is 2'],
	},
	{
		note: "a text behind what may fail says nothing",
		rego: 'x if { to_number(input.n) == 1; startswith(input.b, "c") }',
		want: [""],
	},
	{
		note: "a loop behind what may fail says nothing",
		rego: "x if { to_number(input.n) == 1; some y in input.l; y == 2 }",
		want: [""],
	},
	{
		note: "each definition has its own",
		rego: 'x := 1 if input.a == "b"\nx := 2 if input.c\nx := 3 if input.a == "d"',
		want: ['input["a"] is "b"', "", 'input["a"] is "d"'],
	},
];

describe("conditions of definitions", () => {
	for (const row of rows) {
		test(row.note, () => {
			const { plan } = compile({ "t.rego": `package test\n${row.rego}` }, { optimize: { fold: false } });
			const func = plan.funcs.find((f) => f.path.at(-1) === "x");
			if (func === undefined) throw new Error("no rule x");
			const builtin = (i: number) => builtins.get(plan.builtins[i] ?? "");
			expect(conditionsText(conditionsOf(func, { constants: plan.constants, builtin }))).toEqual(row.want);
		});
	}
});
