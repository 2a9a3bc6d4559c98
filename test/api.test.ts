/** The types of the public API: what callers may write, and what TypeScript refuses. */
import { describe, expect, expectTypeOf, test } from "vitest";
import * as api from "../src/index.ts";
import {
	type Backend,
	type Builtin,
	type CompileOptions,
	compile,
	define,
	type Evaluation,
	type ExactJsonValue,
	type JsonValue,
	type LoadedPolicy,
	loadPlan,
	type NumberValue,
	type ObjectValue,
	type Plan,
	type Policy,
	type PrintLine,
	type QueryResult,
	RegoError,
	RegoErrors,
	type RegoSet,
	t,
	type Value,
} from "../src/index.ts";

describe("types", () => {
	const policy = compile({ "t.rego": "package t\nx := input.n" });

	test("compile", () => {
		expectTypeOf(compile({}, {})).toEqualTypeOf<Policy>();
		expectTypeOf(compile({}, { values: "rego" })).toEqualTypeOf<Policy<Value>>();
		expectTypeOf(compile({}, { numbers: "exact" })).toEqualTypeOf<Policy<ExactJsonValue>>();
		expectTypeOf<{ regoVersion: "v2" }>().not.toExtend<CompileOptions>();
		expectTypeOf<{ limits: { steps: 5 }; data: { a: [1n] } }>().toExtend<CompileOptions>();
	});
	test("rule", () => {
		expectTypeOf(policy.rule("data.t.x")).toEqualTypeOf<(input?: unknown) => JsonValue | undefined>();
		const typed = policy.rule<boolean, { readonly n: boolean }>("data.t.x");
		expectTypeOf(typed).toEqualTypeOf<(input?: { readonly n: boolean }) => boolean | undefined>();
		expect(typed({ n: true })).toBe(true);
		// @ts-expect-error the input has a type
		expect(typed({ m: true })).toBeUndefined();
	});
	test("the other questions", () => {
		expectTypeOf(policy.allows).returns.toEqualTypeOf<boolean>();
		expectTypeOf(policy.evaluate("data.t.x")).toEqualTypeOf<Evaluation>();
		expectTypeOf(policy.query).returns.toEqualTypeOf<QueryResult>();
		expectTypeOf<Evaluation["prints"]>().toEqualTypeOf<readonly PrintLine[]>();
		expectTypeOf(policy.withData({})).toEqualTypeOf<Policy>();
		expectTypeOf(policy.plan).toEqualTypeOf<Plan>();
		expectTypeOf(loadPlan(policy.plan)).toEqualTypeOf<LoadedPolicy>();
		// @ts-expect-error a loaded plan has no queries
		expectTypeOf<LoadedPolicy["query"]>();
	});
	test("values", () => {
		expectTypeOf<null | boolean | number | bigint | string>().toExtend<Value>();
		expectTypeOf<undefined>().not.toExtend<Value>();
		expectTypeOf<readonly Value[]>().toExtend<Value>();
		expectTypeOf<RegoSet>().toExtend<Value>();
		expectTypeOf<Date>().not.toExtend<NumberValue>();
	});
	test("define: operands follow from the signature", () => {
		const b = define("my.f", {
			category: "mine",
			args: [
				["s", t.string],
				["n", t.number],
				["o", t.map(t.string, t.any)],
				["l", t.array(t.string)],
				["u", t.union(t.string, t.boolean)],
			],
			result: t.string,
			doc: "Does something.",
			eval: (ctx, s, n, o, l, u) => {
				expectTypeOf(s).toEqualTypeOf<string>();
				expectTypeOf(n).toEqualTypeOf<NumberValue>();
				expectTypeOf(o).toEqualTypeOf<ObjectValue>();
				expectTypeOf(l).toEqualTypeOf<readonly string[]>();
				expectTypeOf(u).toEqualTypeOf<string | boolean>();
				expectTypeOf(ctx.error("")).toEqualTypeOf<undefined>();
				return s;
			},
		});
		expectTypeOf(b).toEqualTypeOf<Builtin>();
		expect(b.name).toBe("my.f");
	});
	test("errors", () => {
		expectTypeOf<RegoError["code"]>().toExtend<string>();
		expectTypeOf<RegoErrors["errors"]>().toEqualTypeOf<readonly RegoError[]>();
		expect(new RegoError("eval_conflict_error", "x") instanceof Error).toBe(true);
		expect(new RegoErrors([new RegoError("rego_type_error", "x")]) instanceof Error).toBe(true);
	});
	test("backends", () => {
		expectTypeOf(api.closures).toEqualTypeOf<Backend>();
		expectTypeOf(api.generated).toEqualTypeOf<Backend>();
	});
});

test("nothing else is public", () => {
	expect(Object.keys(api).sort()).toEqual([
		"LivePolicy",
		"RegoError",
		"RegoErrors",
		"RegoNumber",
		"RegoObject",
		"RegoSet",
		"Source",
		"builtins",
		"closures",
		"compare",
		"compile",
		"define",
		"equal",
		"generated",
		"loadPlan",
		"opaVersion",
		"parseJson",
		"parseModule",
		"parseQuery",
		"planFromJson",
		"planToJson",
		"setLinearEngine",
		"t",
		"toJson",
		"version",
	]);
});
