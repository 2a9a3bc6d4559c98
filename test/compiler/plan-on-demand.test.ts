/** Plans made function by function, against the whole plan of the same modules. */
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules } from "../../src/compiler/check.ts";
import { checkQuery } from "../../src/compiler/check-query.ts";
import type { CheckedModuleSet } from "../../src/compiler/checked.ts";
import { type OpenPlan, planOnDemand, planQueryOf } from "../../src/compiler/planner/on-demand.ts";
import { planPolicy } from "../../src/compiler/planner/policy.ts";
import { closureProgram, closures } from "../../src/eval/closures/closures.ts";
import { EvalContext } from "../../src/eval/context.ts";
import { compile, parseModule, parseQuery, Source, type Value } from "../../src/index.ts";
import type { Func, Plan, PlanOnDemand } from "../../src/plan/plan.ts";

const text = `package p

import rego.v1

default allow := false

allow if {
	input.user in admins
	size({"a", "b"}) == 2
}

admins contains x if some x in ["root", {"k": [1, 2]}]

size(xs) := count(xs)

by[name] := n if some n, name in ["x", "y"]

wrong := 1 / input.zero
`;

const options = { builtins, producer: "test" };

function checked(...texts: readonly string[]): CheckedModuleSet {
	const modules = texts.map((t, i) => {
		const { value } = parseModule(new Source(`${i}.rego`, t));
		if (value === undefined) throw new Error(t);
		return value;
	});
	const { value, errors } = checkModules(modules, { builtins });
	if (value === undefined) throw new Error(errors.join("\n"));
	return value;
}

function onDemand(set: CheckedModuleSet): PlanOnDemand {
	const made = planOnDemand(set, options);
	return made.plan;
}

test("asked for in their order, functions are those of the whole plan", () => {
	const set = checked(text);
	const { plan: whole } = planPolicy(set, options);
	const plan = onDemand(set);
	const funcs: (Func | undefined)[] = Array.from({ length: plan.funcs.length }, (_, i) => plan.funcs.at(i));
	// What depends on data only is known of a whole plan.
	const keyed = plan.keyed.map((k) => ({ rule: k.rule, by: k.by, whole: k.whole }));
	expect({ ...plan, funcs, keyed, dataOnly: whole.dataOnly, node: undefined }).toEqual(whole);
	expect(plan.funcs.at(whole.funcs.length)).toBeUndefined();
	expect(plan.funcs.at(-1)).toBeUndefined();
});

test("only what is asked for is planned", () => {
	const plan = onDemand(checked(text));
	expect([plan.constants, plan.builtins]).toEqual([[], []]);
	const size = planPolicy(checked(text), options).plan.funcs.findIndex((f) => f.path.join(".") === "p.size");
	expect(plan.funcs.at(size)).toMatchObject({ kind: "function", arity: 1 });
	expect([plan.constants, plan.builtins]).toEqual([[true], ["count"]]);
});

test("documents are the same whatever was asked before", () => {
	const set = checked(text);
	const answer = (plan: PlanOnDemand | Plan, paths: readonly string[]): readonly (Value | undefined)[] => {
		const program = closureProgram(plan, builtins);
		const host = { now: () => 0n };
		return paths.map((name) => {
			const ctx = new EvalContext({ host } as never, { user: "root" }, {});
			return program.document(ctx, ["p", name]);
		});
	};
	const names = ["allow", "admins", "by"];
	const want = answer(planPolicy(set, options).plan as Plan, names);
	expect(want[0]).toBe(true);
	expect(answer(onDemand(set), names)).toEqual(want);
	expect(answer(onDemand(set), [...names].reverse())).toEqual([...want].reverse());
});

describe("with replacements", () => {
	test("what they replace is planned on demand, too", () => {
		const set = checked(
			`package p\nq := input.x\nr := x if { x := q with input.x as 1 }\ns := [x | x := q with data.p.q as 2]`,
		);
		const program = closureProgram(onDemand(set), builtins);
		const ctx = new EvalContext({ host: { now: () => 0n } } as never, { x: 0 }, {});
		expect(["s", "r", "q"].map((name) => program.document(ctx, ["p", name]))).toEqual([[2], 1, 0]);
	});

	test("a query that replaces what earlier queries called", () => {
		const policy = compile(
			{ "p.rego": `package p\nf(x) := upper(x)\ng(x) := f(x)\nh(_) := "h"` },
			{ backend: closures },
		);
		const ask = (query: string) => policy.query(query).rows[0]?.expressions[0]?.value;
		expect(ask(`data.p.g("a")`)).toBe("A");
		expect(ask(`data.p.g("a") with data.p.f as data.p.h`)).toBe("h");
		expect(ask(`data.p.g("a") with upper as data.p.h`)).toBe("h");
		expect(ask(`data.p.g("a") with upper as lower`)).toBe("a");
		expect(ask(`data.p.g("b")`)).toBe("B");
	});

	test("queries share functions, and nothing of a query is kept", () => {
		const set = checked(text);
		const policy = planOnDemand(set, options);
		const query = (source: string): OpenPlan => {
			const parsed = parseQuery(new Source("", source));
			const { value, errors } = checkQuery(set, parsed.value?.body ?? [], new Source("", source), { imports: [] });
			if (value === undefined) throw new Error(errors.join("\n"));
			return planQueryOf(policy, "q", value);
		};
		const before = policy.plan.constants.length;
		const { plan, context } = query(`x := "only here"`);
		expect(plan.constants).toContain("only here");
		expect(context.sources.length).toBe(policy.context.sources.length + 1);
		expect(policy.plan.constants.length).toBe(before);
		expect(policy.context.sources.length).toBe(1);
		expect(plan.funcs).toBe(policy.plan.funcs);
	});

	test("a query that replaces a function", () => {
		const policy = compile({ "p.rego": text }, { backend: closures });
		const { rows } = policy.query(`data.p.allow with data.p.size as 2`, { user: "root" });
		expect(rows[0]?.expressions[0]?.value).toBe(true);
		const none = policy.query(`data.p.allow with data.p.size as 3`, { user: "root" });
		expect(none.rows[0]?.expressions[0]?.value).toBe(false);
	});
});

test("decisions leave no trace in the policy's plan", () => {
	const asked = compile({ "p.rego": text });
	expect(asked.rule("data.p.by")({})).toEqual({ x: 0, y: 1 });
	expect(asked.query("data.p.admins").rows).toHaveLength(1);
	const fresh = compile({ "p.rego": text });
	expect(asked.toJSON()).toBe(fresh.toJSON());
});

test("an error of a first decision tells its place", () => {
	const rule = compile({ "p.rego": text }, { strictBuiltinErrors: true }).rule("data.p.wrong");
	const errors = [1, 2, 3].map(() => {
		try {
			rule({ zero: 0 });
			return "no error";
		} catch (e) {
			return String(e);
		}
	});
	expect(errors[0]).toContain("p.rego:18");
	expect(new Set(errors).size).toBe(1);
});
