/**
 * Constant folding: what disappears from a plan, and what must stay for evaluation to report. Plans
 * are shown as `rego build --print-plan` shows them, without their head.
 */
import { describe, expect, test } from "vitest";
import { compile, define, t } from "../../src/index.ts";
import { constantOf } from "../../src/plan/constant-rule.ts";
import { planText } from "../../src/plan/text.ts";

/** The folded plan of one rule of `package test`. */
function foldedRule(rego: string, rule: string): string {
	const text = planText(compile({ "t.rego": `package test\n${rego}` }).plan);
	const start = text.search(new RegExp(`^\\w+ data\\.test\\.${rule}/`, "m"));
	const rest = text.slice(start);
	const end = rest.indexOf("\n\n");
	return (end < 0 ? rest : rest.slice(0, end))
		.split("\n")
		.slice(1)
		.map((l) => l.trim())
		.filter((l) => l !== "" && !/^when \(/.test(l))
		.join("; ");
}

const rows: readonly { readonly note: string; readonly rego: string; readonly want: string }[] = [
	{
		note: "a constant rule becomes its constant",
		rego: "c := 5\nx if { input.b == c }",
		want: 'test (input["b"] == 5); return true',
	},
	{
		note: "constants of constants",
		rego: 'a := {"k": [1, 2]}\nb := a.k\nc := b[1]\nx := input[c]',
		want: "return input[2]",
	},
	{ note: "a default is a constant where nothing else is", rego: "default c := 1\nx := c", want: "return 1" },
	{
		note: "a rule that some with replaces is not",
		rego: "c := 1\nx := c\ny := z if { z := x with c as 2 }",
		want: "return data.test.c",
	},
	{
		note: "a rule below a package that some with replaces is not",
		rego: "p.c := 1\nx := p.c\ny := z if { z := x with data.test.p as {} }",
		want: "return data.test.p.c",
	},
	{ note: "pure builtins", rego: 'x := upper(concat("-", ["a", "b"]))', want: 'return "A-B"' },
	{
		note: "a replaced builtin is not",
		rego: 'x := upper("a")\ny := z if { z := x with upper as lower }',
		want: 'return upper("a")',
	},
	{ note: "nondeterministic builtins are not", rego: "x := time.now_ns()", want: "return time.now_ns()" },
	{ note: "errors are left to evaluation", rego: "x := 1 / 0", want: "return div(1, 0)" },
	{
		note: "errors of operands are left to evaluation",
		rego: 'c := "a"\nx := to_number(c)',
		want: 'return to_number("a")',
	},
	{ note: "what tells about the call is left", rego: "x := rego.metadata.rule()", want: "return {}" },
	{ note: "large results are left", rego: "x := numbers.range(1, 1000)", want: "return numbers.range(1, 1000)" },
	{
		note: "work beyond a budget is left",
		rego: "x := count(numbers.range(1, 1000000))",
		want: "return count(numbers.range(1, 1000000))",
	},
	{ note: "a test that succeeds disappears", rego: "x if { 1 == 1; input.a }", want: 'test input["a"]; return true' },
	{
		note: "a definition that cannot succeed disappears",
		rego: "x if { 1 == 2; input.a }\nx if input.b",
		want: 'test input["b"]; return true',
	},
	{
		note: "but not its else",
		rego: "x := 1 if { false } else := 2 if { input.b }",
		want: 'test false; else (t.rego:2); test input["b"]; return 2',
	},
	{
		note: "a missing key ends the path",
		rego: 'c := split("a", ",")\nx if { c[3] == "b" }\nx if input.b',
		want: 'test input["b"]; return true',
	},
	{
		note: "a scan of what is no collection ends the path",
		rego: 'c := json.unmarshal("7")\nx if { some v in c; v > 1 }\nx if input.b',
		want: 'test input["b"]; return true',
	},
	{
		note: "a local of a constant is the constant",
		rego: 'x := y if { y := {"a": 1}\n input.k == y.a }',
		want: 'test (input["k"] == 1); return {"a": 1}',
	},
	{ note: "not of what fails disappears", rego: "x if { not 1 == 2; input.a }", want: 'test input["a"]; return true' },
	{
		note: "not of what succeeds ends the path",
		rego: "x if { not 1 == 1 }\nx if input.b",
		want: 'test input["b"]; return true',
	},
	{ note: "arrays of constants", rego: "c := 1\nx := [c, 2]", want: "return [1, 2]" },
	{
		note: "equal numbers of different spelling",
		rego: "c := 1.0\nx if { c == 1; not input.a }",
		want: 'not; test input["a"]; return true',
	},
	{ note: "inside comprehensions", rego: "c := 2\nx := [v | some v in input.xs; v > c]", want: "" },
];

describe("folding", () => {
	for (const row of rows) {
		test(row.note, () => {
			const got = foldedRule(row.rego, "x");
			if (row.want === "") expect(got).toMatch(/gt\(v?%?\d*v?%\d+, 2\)/);
			else expect(got).toBe(row.want);
		});
	}

	test("can be switched off", () => {
		const modules = { "t.rego": "package test\nc := 1\nx := c + 1" };
		const plans = [true, false].map((fold) => planText(compile(modules, { optimize: { fold } }).plan));
		expect(plans.map((p) => p.includes("plus("))).toEqual([false, true]);
	});

	test("answers stay: a rule folded to a constant is still a document", () => {
		const policy = compile({ "t.rego": "package test\nc := {1, 2}\nd := c" });
		expect(policy.query("data.test[n] = v").rows.map((r) => r.bindings["n"])).toEqual(["c", "d"]);
		expect(policy.rule("data.test.d")()).toEqual(policy.rule("data.test.c")());
	});

	test("a constant rule is answered without evaluation", () => {
		const { plan } = compile({ "t.rego": "package test\nc := 7\nd := input.x\ne := 1 if input.y" });
		const constants = plan.funcs
			.map((f) => constantOf(f))
			.map((i) => (i === undefined ? undefined : plan.constants[i]));
		expect(constants).toEqual([7, undefined, undefined]);
	});
});

describe("builtins of the embedder's own", () => {
	const twice = (pure: boolean | undefined) =>
		define("my.twice", {
			category: "my",
			args: [["x", t.string]],
			result: t.string,
			doc: "Says it twice.",
			...(pure === undefined ? {} : { pure }),
			eval: (_ctx, x) => x + x,
		});
	const rows = [
		{ note: "one that says nothing is called", pure: undefined, want: undefined },
		{ note: "one that says that it is not pure is called", pure: false, want: undefined },
		{ note: "one that is declared pure is called ahead", pure: true, want: "aa" },
	];
	test.each(rows)("$note", ({ pure, want }) => {
		const { plan } = compile({ "t.rego": 'package test\nx := my.twice("a")' }, { builtins: [twice(pure)] });
		const rule = plan.funcs.find((f) => f.path.at(-1) === "x");
		const constant = rule === undefined ? undefined : constantOf(rule);
		expect(constant === undefined ? undefined : plan.constants[constant]).toBe(want);
	});
});

describe("rules of base data alone", () => {
	const rows = [
		{ note: "pure calls", call: "upper(data.c)", want: true },
		{ note: "what depends on the time", call: "time.now_ns() + data.c", want: false },
		{ note: "certificates, which expire", call: "crypto.x509.parse_and_verify_certificates(data.c)", want: false },
		{ note: "what depends on the host", call: "object.union(opa.runtime(), data.c)", want: false },
	];
	test.each(rows)("$note", ({ call, want }) => {
		const { plan } = compile({ "t.rego": `package test\nx := ${call}` });
		expect(plan.dataOnly?.length).toBe(want ? 1 : 0);
	});
});
