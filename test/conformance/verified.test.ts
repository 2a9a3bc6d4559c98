/** What `verified` finds in a plan before it is run. */
import { describe, expect, test } from "vitest";
import { verified } from "../../conformance/verified.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/compile.ts";
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
