/**
 * Each optimisation of the emitter is made where its row says, and only where it is wanted: every condition
 * `does(...)` of src/eval/generated has a row here, and rows where what stands beside it in the condition
 * does not hold. What the answers are is asked in agreement.test.ts, which runs all of these modules, too.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { ProgramEmitter } from "../../src/eval/generated/emit.ts";
import { type Optimisation, optimisations } from "../../src/eval/generated/emit-choices.ts";
import { generatedWith } from "../../src/eval/generated/generated.ts";
import { compile, type Plan } from "../../src/index.ts";
import { optimisationRows } from "./optimisation-rows.ts";

function textOf(plan: Plan, without: readonly Optimisation[]): string {
	const used = plan.builtins.map((b) => builtins.get(b) as Builtin);
	const emitter = new ProgramEmitter(plan, used, { without: new Set(without) });
	for (let i = 0; i < plan.funcs.length; i++) emitter.func(i);
	const rules = plan.funcs.flatMap((f, i) => (f.kind === "function" ? [] : [i]));
	return emitter.program(rules, rules).text;
}

describe("in the text, with the optimisation alone and without it", () => {
	for (const row of optimisationRows) {
		test(`${row.optimisation}: ${row.note}`, () => {
			const { plan } = compile({ "test.rego": `package test\n${row.rego}` });
			const others = optimisations.filter((o) => o !== row.optimisation && !row.needs?.includes(o));
			const found = [textOf(plan, others), textOf(plan, [row.optimisation])].map((text) => row.mark.test(text));
			expect(found).toEqual([row.made !== false, false]);
		});
	}
});

test("entries: rules have entries of their own, or those of closures", () => {
	const { plan } = compile({ "test.rego": "package test\nx := input.a" });
	const names = [[], ["entries"] as const].map(
		(without) =>
			generatedWith({ without: new Set(without) })
				.prepare(plan, builtins)
				.entry(0).name,
	);
	expect(names).toEqual(["e0", ""]);
});

test("docs/emit.md has each optimisation, and no other", () => {
	const page = readFileSync(new URL("../../docs/emit.md", import.meta.url), "utf8");
	const named = [...page.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = ""]) => cell.match(/[\w-]+/g) ?? []);
	expect(named.sort()).toEqual([...optimisations].sort());
});

test("every optimisation has a row", () => {
	const seen = new Set<Optimisation>(optimisationRows.filter((r) => r.made !== false).map((r) => r.optimisation));
	expect(optimisations.filter((o) => o !== "entries" && !seen.has(o))).toEqual([]);
});
