/** What `verified` finds in a plan before it is run, and that it finds nothing in plans of random programs, folded and not. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ProgramKind, programs, programTexts } from "../../conformance/differential/program.ts";
import { verified, verify } from "../../conformance/verified.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/compile.ts";
import { RegoErrors } from "../../src/errors.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { EvalContext } from "../../src/eval/context.ts";
import type { Block, Plan } from "../../src/plan/plan.ts";

const policy = compile({
	"t.rego": "package t\n\np if {\n\tx := input.a\n\ty := {v | some v in x}\n\tnot 3 in y\n}\n",
});

/** The plan with another body for `p`. */
function withBody(change: (body: Block) => Block): Plan {
	const plan = policy.plan;
	const funcs = plan.funcs.map((f) => ({
		...f,
		definitions: f.definitions.map((d) => ({ ...d, body: change(d.body) })),
	}));
	return { ...plan, funcs };
}

function decide(plan: Plan): unknown {
	const program = verified(closures).prepare(plan, builtins);
	return program.rule(new EvalContext({ host: { now: () => 0n } } as never, { a: [1] }, {}), 0);
}

describe("a plan is looked at", () => {
	test("as it was made", () => {
		expect(decide(withBody((body) => body))).toBe(true);
	});

	test("without the statement that binds x", () => {
		expect(() => decide(withBody((body) => body.slice(1)))).toThrow(
			/^data\.t\.p: local \d+ is read before it is written$/,
		);
	});

	test("with that statement twice", () => {
		expect(() => decide(withBody((body) => [...body.slice(0, 1), ...body]))).toThrow(
			/^data\.t\.p: local \d+ is written twice$/,
		);
	});
});

/** Undefined: it is refused. */
function planOf(modules: readonly string[], fold: boolean): Plan | undefined {
	try {
		return compile(Object.fromEntries(modules.map((m, i) => [`m${i}.rego`, m])), { optimize: { fold } }).plan;
	} catch (e) {
		if (e instanceof RegoErrors) return undefined;
		throw e;
	}
}

test.each<ProgramKind>(["all", "free", "patterns", "trees"])("random programs: %s", (kind) => {
	let plans = 0;
	for (const p of fc.sample(programs(kind, false), { seed: 12, numRuns: 40 })) {
		const { modules } = programTexts(p, false);
		for (const plan of [planOf(modules, true), planOf(modules, false)]) {
			if (plan === undefined) break;
			plans++;
			expect(() => verify(plan), modules.join("\n")).not.toThrow();
		}
	}
	expect(plans).toBeGreaterThan(10);
});
