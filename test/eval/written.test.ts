/** Every local of a plan is written before it is read: plans of our cases and of random programs, folded and not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { type ProgramKind, programs, programTexts } from "../../conformance/differential/program.ts";
import { compile, type Plan, RegoErrors } from "../../src/index.ts";
import { unwritten } from "./written.ts";

/** The plans of modules; none where they are refused. */
function plansOf(modules: readonly string[], regoVersion: "v0" | "v1"): readonly Plan[] {
	try {
		return [true, false].map(
			(fold) =>
				compile(Object.fromEntries(modules.map((m, i) => [`${i}.rego`, m])), { regoVersion, optimize: { fold } }).plan,
		);
	} catch (e) {
		if (e instanceof RegoErrors) return [];
		throw e;
	}
}

test("a read of what is not written is found", () => {
	const plan = compile(
		{ "t.rego": "package t\np := [x | some x in input.xs; x > 1]" },
		{ optimize: { fold: false } },
	).plan;
	expect(unwritten(plan)).toEqual([]);
	const text = JSON.stringify(plan.funcs).replace(/"op":"scan"(.*?)"value":\d+/, '"op":"scan"$1"value":-1');
	expect(unwritten({ funcs: JSON.parse(text) as Plan["funcs"], queries: [] })).not.toEqual([]);
});

test("what follows a modified body that always fails is left out", () => {
	const module = "package t\nr if { some i, [i[0], c] in input.b with input.x as 1; c }";
	const { plan } = compile({ "t.rego": module });
	expect(unwritten(plan)).toEqual([]);
	expect(plan.funcs[0]?.definitions[0]?.body).toMatchObject([{ op: "with", body: [{ op: "test" }] }]);
});

test("plans of our cases", () => {
	let plans = 0;
	for (const c of readCases(["conformance/cases"])) {
		for (const plan of plansOf(c.modules ?? [], c.regoVersion)) {
			plans++;
			expect({ note: c.note, found: unwritten(plan) }).toEqual({ note: c.note, found: [] });
		}
	}
	expect(plans).toBeGreaterThan(1500);
});

test.each(["all", "free", "patterns", "trees"] as const)("plans of random programs: %s", (kind: ProgramKind) => {
	let plans = 0;
	for (const p of fc.sample(programs(kind, false), { seed: 12, numRuns: 150 })) {
		const { modules } = programTexts(p, false);
		for (const plan of plansOf(modules, "v1")) {
			plans++;
			const found = unwritten(plan);
			if (found.length > 0) expect({ modules, found }).toEqual({ modules, found: [] });
		}
	}
	expect(plans).toBeGreaterThan(40);
});
