/**
 * Bounds and failures: step and time limits exactly at their border, cancellation, stacks that run
 * out, and what errors say about where they happened. The same on every backend.
 */
import { describe, expect, test } from "vitest";
import { QueryState } from "../../src/eval/context.ts";
import { defaultHost } from "../../src/host/default.ts";
import { compile, type Limits, type Policy, RegoError, type Value } from "../../src/index.ts";
import { startCost } from "../cost.ts";
import { backends } from "./backends.ts";

function failure(f: () => unknown): RegoError {
	try {
		f();
	} catch (e) {
		if (e instanceof RegoError) return e;
		throw e;
	}
	throw new Error("no error");
}

describe("the state of a query", () => {
	const state = (limits?: Limits): QueryState =>
		new QueryState({ host: defaultHost, limits, strictBuiltinErrors: false, locate: () => undefined });

	test("as many steps as the limit says, not one more", () => {
		for (const take of [[10], [1, 9], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [10, 0]]) {
			const query = state({ steps: 10 });
			for (const n of take) query.step(n);
			expect(failure(() => query.step(1)).message).toBe("eval_cancel_error: evaluation exceeded the limit of 10 steps");
		}
		expect(failure(() => state({ steps: 10 }).step(11)).code).toBe("eval_cancel_error");
		expect(failure(() => state({ steps: 0 }).step(1)).code).toBe("eval_cancel_error");
		expect(() => state({ steps: 0 }).step(0)).not.toThrow();
	});
	test("the clock is looked at every 1024 steps", () => {
		const query = state({ timeMs: -1 });
		expect(() => query.step(1023)).not.toThrow();
		expect(failure(() => query.step(1)).message).toBe("eval_cancel_error: caller cancelled query execution: timeout");
		const large = state({ timeMs: -1 });
		expect(failure(() => large.step(1_000_000)).code).toBe("eval_cancel_error");
	});
	test("without limits, steps are not counted", () => {
		for (const query of [state(), state({})]) {
			expect(query.limited).toBe(false);
			expect(() => query.step(Number.MAX_SAFE_INTEGER)).not.toThrow();
		}
	});
});

for (const backend of backends) {
	const make = (rego: string, limits?: Limits): Policy =>
		compile({ "t.rego": `package t\n${rego}` }, { backend, limits, optimize: { fold: false } });

	describe(`limits, ${backend.name}`, () => {
		const rows: readonly { readonly note: string; readonly rego: string }[] = [
			{ note: "loops", rego: "x := [v | some v in input.xs]" },
			{ note: "loops in loops", rego: "x := count({[v, w] | some v in input.xs; some w in input.xs})" },
			{ note: "every", rego: "x if every v in input.xs { v >= 0 }" },
			{ note: "function calls", rego: "f(v) := v + 1\nx := [w | some v in input.xs; w := f(v)]" },
			{ note: "relations", rego: "x := count([p | walk(input, [p, _])])" },
			{ note: "work of builtins", rego: "x := count(numbers.range(1, 500))" },
		];
		const input = { xs: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] };
		for (const { note, rego } of rows) {
			test(`${note}: fine at the limit, an error one step below`, () => {
				const policy = make(rego);
				const runs = (steps: number): boolean => {
					try {
						policy.evaluate("data.t.x", input, { limits: { steps } });
						return true;
					} catch (e) {
						expect((e as RegoError).code).toBe("eval_cancel_error");
						return false;
					}
				};
				expect(runs(1_000_000)).toBe(true);
				let low = 0;
				let high = 1_000_000;
				while (high - low > 1) {
					const middle = (low + high) >> 1;
					if (runs(middle)) high = middle;
					else low = middle;
				}
				expect(high).toBeGreaterThanOrEqual(10);
				expect(high).toBeLessThan(1500);
				expect([runs(high), runs(high - 1), runs(high)]).toEqual([true, false, true]);
				const e = failure(() => policy.evaluate("data.t.x", input, { limits: { steps: high - 1 } }));
				expect(e.reason).toBe(`evaluation exceeded the limit of ${high - 1} steps`);
			});
		}

		test("no limit is no limit, and a limit of the policy holds for every call", () => {
			const policy = make("x := count([v | some v in numbers.range(1, 1000)])", { steps: 100 });
			expect(failure(() => policy.rule("data.t.x")()).code).toBe("eval_cancel_error");
			expect(failure(() => policy.rule("data.t.x")()).code).toBe("eval_cancel_error");
			expect(policy.evaluate("data.t.x", undefined, { limits: { steps: 100_000 } }).value).toBe(1000);
			expect(policy.evaluate("data.t.x", undefined, { limits: {} }).value).toBe(1000);
		});

		test("time", () => {
			const policy = make(
				"x := count({[a, b, c] | some a in input.xs; some b in input.xs; some c in input.xs; a + b + c < 0})",
			);
			const xs = Array.from({ length: 1000 }, (_, i) => i);
			const cost = startCost();
			const e = failure(() => policy.evaluate("data.t.x", { xs }, { limits: { timeMs: 30 } }));
			expect(cost()).toBeLessThan(5000);
			expect(e.message).toMatch(/eval_cancel_error: caller cancelled query execution: timeout$/);
			expect(policy.evaluate("data.t.x", { xs: [1] }, { limits: { timeMs: 10_000 } }).value).toBe(0);
		});

		test("a limit cannot be caught by the policy", () => {
			const policy = make("y if { some v in numbers.range(1, 1000); v > 2000 }\nx if not y", { steps: 50 });
			expect(failure(() => policy.rule("data.t.x")()).code).toBe("eval_cancel_error");
		});

		test("values too deep for the stack are an error with a code, and the policy works on", () => {
			const policy = make("x := {input}\ny := input == data.deep\nz := json.marshal(input)\nsize := count(input)");
			const nest = (): Value => {
				let deep: Value = 1;
				for (let i = 0; i < 120_000; i++) deep = [deep];
				return deep;
			};
			const deep = nest();
			const over = policy.withData({ deep: nest() });
			const e = failure(() => policy.rule("data.t.x")(deep));
			expect([e.code, e.reason]).toEqual(["eval_cancel_error", "evaluation is nested too deeply"]);
			// Comparing takes no stack, and nothing is made of what is compared.
			expect(over.rule("data.t.y")(deep)).toBe(true);
			expect(failure(() => policy.evaluate("data.t.z", deep)).code).toBe("eval_cancel_error");
			expect(policy.rule("data.t.size")(deep)).toBe(1);
			expect(policy.rule("data.t.z")([1, [2]])).toBe("[1,[2]]");
		});

		test("functions that call each other very deeply", () => {
			const depth = 3000;
			const lines = Array.from({ length: depth }, (_, i) => `f${i}(v) := f${i + 1}(v)`).join("\n");
			const policy = make(`${lines}\nf${depth}(v) := v\nx := f0(input)`);
			const run = (): unknown => policy.rule("data.t.x")(7);
			try {
				expect(run()).toBe(7);
			} catch (e) {
				expect((e as RegoError).reason).toBe("evaluation is nested too deeply");
			}
		});
	});

	describe(`errors, ${backend.name}`, () => {
		const text = `f(v) := to_number(v)

y := f(input.v) if {
	input.on
}

z contains y

x := z
`;
		test("strict: located, and the stack of rules says how it came there", () => {
			const policy = compile({ "t.rego": `package t\n\n${text}` }, { backend, strictBuiltinErrors: true });
			const e = failure(() => policy.rule("data.t.x")({ v: "a", on: true }));
			expect(e.code).toBe("eval_builtin_error");
			expect(e.location).toEqual({ file: "t.rego", row: 3, col: 9 });
			expect(e.stack_trace.map(({ rule, location }) => `${rule}:${location?.row}`)).toEqual([
				"data.t.f:3",
				"data.t.y:5",
				"data.t.z:9",
				"data.t.x:11",
			]);
		});

		test("not strict: undefined, and told", () => {
			const policy = compile({ "t.rego": `package t\n\n${text}` }, { backend });
			const { value, builtinErrors } = policy.evaluate("data.t.x", { v: "a", on: true });
			expect(JSON.stringify(value)).toBe(JSON.stringify(policy.evaluate("data.t.z").value));
			expect(builtinErrors.map((e) => e.message)).toEqual([
				't.rego:3: eval_builtin_error: to_number: strconv.ParseFloat: parsing "a": invalid syntax',
			]);
			expect(policy.evaluate("data.t.x", { v: "1", on: true }).builtinErrors).toEqual([]);
		});

		test("the call decides, not the policy", () => {
			const policy = compile({ "t.rego": `package t\n\n${text}` }, { backend, strictBuiltinErrors: true });
			const input = { v: "a", on: true };
			expect(policy.evaluate("data.t.y", input, { strictBuiltinErrors: false }).value).toBeUndefined();
			expect(failure(() => policy.evaluate("data.t.y", input)).code).toBe("eval_builtin_error");
		});

		test("conflicts are located at the definition, with their stack", () => {
			const policy = compile({ "t.rego": "package t\n\na := 1 if input.x\na := 2 if input.x\n\nb := a" }, { backend });
			const e = failure(() => policy.rule("data.t.b")({ x: true }));
			expect(e.message).toBe("t.rego:4: eval_conflict_error: complete rules must not produce multiple outputs");
			expect(e.stack_trace.map(({ rule }) => rule)).toEqual(["data.t.a", "data.t.b"]);
		});

		test("an error spoils nothing: the next call is fine", () => {
			const rule = compile({ "t.rego": "package t\na := 1 if input.x\na := 2 if input.y" }, { backend }).rule(
				"data.t.a",
			);
			expect(failure(() => rule({ x: true, y: true })).code).toBe("eval_conflict_error");
			expect([rule({ x: true }), rule({ y: true }), rule({})]).toEqual([1, 2, undefined]);
		});

		test("many builtin errors do not fill the memory", () => {
			const policy = compile(
				{ "t.rego": 'package t\nx := [v | some v in numbers.range(1, 5000); to_number("a")]' },
				{ backend },
			);
			expect(policy.evaluate("data.t.x").builtinErrors.length).toBe(1000);
		});
	});
}

test("a first decision is of no other opinion than later ones on how deep a chain of rules may be", () => {
	const outcome = (run: () => unknown): unknown => {
		try {
			return run();
		} catch (e) {
			return (e as RegoError).reason;
		}
	};
	// Closures give up on the second, the program only on the last.
	for (const depth of [200, 1500, 10_000]) {
		const lines = Array.from({ length: depth }, (_, i) => `r${i} := x if x := r${i + 1} + 1`).join("\n");
		const rule = compile({ "t.rego": `package t\n${lines}\nr${depth} := 0` }).rule("data.t.r0");
		const answers = [1, 2, 3].map(() => outcome(() => rule({})));
		const deep = "evaluation is nested too deeply";
		expect([depth, deep]).toContain(answers[0]);
		expect(answers).toEqual([answers[0], answers[0], answers[0]]);
	}
});
