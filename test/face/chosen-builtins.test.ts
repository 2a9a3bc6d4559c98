/** `regoplan/core` and `regoplan/plan`: only what is chosen can be called. */
import { expect, test } from "vitest";
import { aggregates } from "../../src/builtins/aggregates.ts";
import { strings } from "../../src/builtins/strings.ts";
import { compile, define, generated, t } from "../../src/core.ts";
import { loadPlan } from "../../src/plan-only.ts";

const text = 'package a\np if { x := input.n + 1; x > 2; count([y | y := split("a,b", ",")[_]]) == 2 }';
const chosen = [strings, aggregates];

test("a policy calls what is chosen, and operators", () => {
	const policy = compile({ "a.rego": text }, { builtins: chosen });
	expect(policy.rule("data.a.p")({ n: 2 })).toBe(true);
	expect(policy.rule("data.a.p")({ n: 1 })).toBeUndefined();
});

test("anything else is undefined", () => {
	expect(() => compile({ "a.rego": text }, { builtins: [strings] })).toThrow(/undefined function count/);
	expect(() => compile({ "a.rego": 'package a\np := regex.match("a", "b")' })).toThrow(
		/undefined function regex.match/,
	);
});

test("single builtins and your own", () => {
	const twice = define("acme.twice", {
		category: "acme",
		args: [["x", t.string]],
		result: t.string,
		doc: "",
		eval: (_ctx, x) => x + x,
	});
	const upper = strings.find((b) => b.name === "upper");
	expect(upper).toBeDefined();
	const builtins = [upper ?? [], twice];
	const policy = compile({ "a.rego": 'package a\np := acme.twice(upper("a"))' }, { builtins });
	expect(policy.rule("data.a.p")()).toBe("AA");
	expect(loadPlan(policy.toJSON(), { builtins }).rule("data.a.p")()).toBe("AA");
});

test("a plan calls what is chosen", () => {
	const plan = compile({ "a.rego": text }, { builtins: chosen }).toJSON();
	for (const backend of [undefined, generated]) {
		expect(loadPlan(plan, { builtins: chosen, backend }).rule("data.a.p")({ n: 2 })).toBe(true);
	}
	expect(() => loadPlan(plan).rule("data.a.p")({ n: 2 })).toThrow(/unsupported built-in|no builtin/);
});

test("what is no builtin is refused at once", () => {
	const missing = (strings as unknown as { readonly nothing: typeof strings }).nothing;
	expect(() => compile({ "a.rego": text }, { builtins: [missing] })).toThrow(TypeError);
	expect(() => compile({ "a.rego": text }, { builtins: { f: () => 1 } as unknown as [] })).toThrow(TypeError);
});
