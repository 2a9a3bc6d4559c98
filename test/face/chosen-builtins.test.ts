/** `regoplan/core` and `regoplan/plan`: only what is chosen can be called. */
import { describe, expect, test } from "vitest";
import { aggregates } from "../../src/builtins/aggregates.ts";
import { rego } from "../../src/builtins/rego.ts";
import { strings } from "../../src/builtins/strings.ts";
import { compile, define, generated, t } from "../../src/core.ts";
import { RegoErrors } from "../../src/errors.ts";
import { annotations, folding, hints, plans } from "../../src/parts.ts";
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
	const policy = compile({ "a.rego": 'package a\np := acme.twice(upper("a"))' }, { builtins, parts: { plans } });
	expect(policy.rule("data.a.p")()).toBe("AA");
	expect(loadPlan(policy.toJSON(), { builtins }).rule("data.a.p")()).toBe("AA");
});

test("a plan calls what is chosen", () => {
	const plan = compile({ "a.rego": text }, { builtins: chosen, parts: { plans } }).toJSON();
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

const annotated = `package a
# METADATA
# title: the title
p := rego.metadata.rule().title`;

describe("parts", () => {
	test("annotations are comments without the part that reads them", () => {
		const broken = { "a.rego": "# METADATA\n# title: [\npackage a\np := 1" };
		expect(compile(broken).rule("data.a.p")()).toBe(1);
		expect(() => compile(broken, { parts: { annotations } })).toThrow(/yaml/);
	});
	test("rego.metadata.* is there with them, and never empty without", () => {
		const modules = { "a.rego": annotated };
		const chosen = { builtins: [rego, strings] };
		expect(compile(modules, { ...chosen, parts: { annotations } }).rule("data.a.p")()).toBe("the title");
		expect(() => compile(modules, chosen)).toThrow(/undefined function rego.metadata.rule/);
	});
	test("schemas need them, and are checked", () => {
		const modules = { "a.rego": "package a\np := input.b" };
		const schemas = new Map([["schema", { type: "object", properties: { a: { type: "string" } } }]]);
		expect(() => compile(modules, { schemas })).toThrow(/regoplan\/parts/);
		expect(() => compile(modules, { schemas, parts: { annotations } })).toThrow(/undefined ref: input.b/);
	});
	test("hints", () => {
		const hint = (parts: object): string | undefined => {
			try {
				compile({ "a.rego": "package a\nallowed := true\np if alowed" }, { parts });
			} catch (e) {
				if (e instanceof RegoErrors) return e.errors[0]?.hint;
			}
			return "it compiles";
		};
		expect(hint({})).toBeUndefined();
		expect(hint({ hints })).toContain("allowed");
	});
	test("a plan as JSON, and the hash", () => {
		const policy = compile({ "a.rego": "package a\np := 1" });
		expect(() => policy.toJSON()).toThrow(/parts: { plans }/);
		expect(() => policy.hash).toThrow(/parts: { plans }/);
		expect(() => policy.plan).toThrow(/parts: { plans }/);
		expect(policy.rule("data.a.p")()).toBe(1);
	});
	test("folding changes no answer", () => {
		const modules = { "a.rego": "package a\np := {y | some x in [1, 2, 3]; y := x * 2}" };
		for (const backend of [undefined, generated]) {
			const answers = [{}, { folding }].map((parts) => compile(modules, { parts, backend }).rule("data.a.p")());
			expect(answers).toEqual([
				[2, 4, 6],
				[2, 4, 6],
			]);
		}
	});
});
