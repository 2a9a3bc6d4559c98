/** Builtins of the embedder's own: plain functions, their results, and those that take time. */
import { describe, expect, test } from "vitest";
import { useBuiltins } from "../../src/aot/runtime.ts";
import { type AsyncOptions, compile, define, RegoError, RegoErrors, RegoSet, t } from "../../src/index.ts";
import { backends } from "../eval/backends.ts";

function errorsOf(f: () => unknown): readonly RegoError[] {
	try {
		f();
	} catch (e) {
		if (e instanceof RegoErrors) return e.errors;
	}
	throw new Error("no errors");
}

function failure(f: () => unknown): RegoError {
	try {
		f();
	} catch (e) {
		if (e instanceof RegoError) return e;
		throw e;
	}
	throw new Error("no error");
}

describe("plain functions", () => {
	test("a function's operands are its parameters", () => {
		const seen: unknown[] = [];
		const policy = compile(
			{ "a.rego": 'package a\nx := my.f({1, 2}, 1.0, {"k": {3}})\nallow if my.check(input.user)' },
			{
				builtins: {
					"my.f": (set: number[], n: number, o: object) => {
						seen.push(set, n, o);
						return { ok: true, none: undefined };
					},
					"my.check": (user: string) => user === "alice",
				},
			},
		);
		expect(policy.rule("data.a.x")()).toEqual({ ok: true });
		expect(seen).toEqual([[1, 2], 1, { k: [3] }]);
		expect([policy.allows("data.a.allow", { user: "alice" }), policy.allows("data.a.allow", { user: "bob" })]).toEqual([
			true,
			false,
		]);
	});
	test("operands are the function's own", () => {
		const policy = compile(
			{ "a.rego": 'package a\ncfg := {"a": ["x"]}\nx := my.f(cfg)\ny := cfg' },
			{ builtins: { "my.f": (o: { a: string[] }) => o.a.push("mallory") } },
		);
		expect([policy.rule("data.a.x")(), policy.rule("data.a.y")(), policy.rule("data.a.x")()]).toEqual([
			2,
			{ a: ["x"] },
			2,
		]);
	});
	test("under values: rego they get and give Rego's", () => {
		const policy = compile(
			{ "a.rego": "package a\nx := my.f({1})" },
			{ values: "rego", builtins: { "my.f": (s: RegoSet<number>) => RegoSet.of([...s, 2]) } },
		);
		expect(policy.rule<RegoSet<number>>("data.a.x")()?.sorted()).toEqual([1, 2]);
	});
	test("undefined is no result", () => {
		const policy = compile(
			{ "a.rego": "package a\nx := my.f(1)\nnone if not my.f(1)" },
			{ builtins: { "my.f": (_: number) => undefined } },
		);
		expect([policy.rule("data.a.x")(), policy.rule("data.a.none")()]).toEqual([undefined, true]);
	});
	test("what they throw ends the evaluation: nothing is allowed by it", () => {
		const policy = compile(
			{ "a.rego": "package a\nallow if not my.denied(input.user)" },
			{
				builtins: {
					"my.denied": (_: string) => {
						throw new Error("database is down");
					},
				},
			},
		);
		const e = failure(() => policy.allows("data.a.allow", { user: "bob" }));
		expect([e.code, e.reason, e.location?.row]).toEqual(["eval_builtin_error", "my.denied: database is down", 2]);
		expect(e.cause).toBeInstanceOf(Error);
	});
	test("the last operand is never taken for the result", () => {
		const builtins = {
			"acme.can": (_user: string, _action = "read") => false,
			"acme.any": (...all: unknown[]) => all.length,
			"acme.one": (_: string) => false,
		};
		const text = (call: string): object => ({ "a.rego": `package a\nallow if ${call}\ndenied if not ${call}` });
		for (const call of ["acme.can(input.user, input.action)", "acme.any(input.x)", "acme.one(input.x, false)"]) {
			expect(() => compile(text(call) as { "a.rego": string }, { builtins })).toThrow("arity mismatch");
		}
		const e = errorsOf(() => compile(text("acme.can(1, 2)") as { "a.rego": string }, { builtins }));
		expect(e[0]?.hint).toContain("acme.can is a function of 1 parameter: those with defaults and ...rest do not count");
	});
	test("how many operands there are can be said", () => {
		const policy = compile(
			{ "a.rego": "package a\nallow if acme.can(input.user, input.action)\nx := acme.all(1, 2, 3)" },
			{
				builtins: {
					"acme.can": { args: 2, call: (_: string, action = "read") => action === "read" },
					"acme.all": { args: 3, call: (...all: number[]) => all },
				},
			},
		);
		expect(policy.rule("data.a.x")()).toEqual([1, 2, 3]);
		expect([false, "read"].map((action) => policy.allows("data.a.allow", { user: "u", action }))).toEqual([
			false,
			true,
		]);
		const wrong: readonly (readonly [unknown, string])[] = [
			[{ args: 1 }, "builtins: my.f must be a function, or { args: 2, call: function }, not an object"],
			[{ args: -1, call: () => 1 }, "builtins: args of my.f must be the number of its operands, not -1"],
			[{ args: 1e9, call: () => 1 }, "not 1000000000"],
			[{ call: () => 1 }, "not undefined"],
			[{ args: 1, cal: () => 1 }, "builtins: my.f must be a function"],
			[1, "builtins: my.f must be a function, or { args: 2, call: function }, not a number"],
		];
		for (const [f, message] of wrong) {
			expect(() => compile({}, { builtins: { "my.f": f } as never })).toThrow(message);
		}
		for (const none of [null, undefined, "my.f"]) {
			expect(() => useBuiltins(none as never)).toThrow("builtins: functions by name are wanted");
		}
	});
	test("what is thrown is named, whatever it is", async () => {
		const thrown = (call: () => unknown) =>
			compile({ "a.rego": "package a\nx := my.f(1)" }, { builtins: { "my.f": (_: number) => call() } });
		const throws = thrown(() => {
			throw "db down";
		});
		const e = failure(() => throws.evaluate("data.a.x"));
		expect([e.code, e.reason, e.location?.row]).toEqual(["eval_builtin_error", "my.f: db down", 2]);
		await expect(throws.evaluateAsync("data.a.x")).rejects.toMatchObject({ reason: "my.f: db down" });
		await expect(thrown(() => Promise.reject("no route")).evaluateAsync("data.a.x")).rejects.toMatchObject({
			code: "eval_builtin_error",
			reason: "my.f: no route",
		});
	});
	test("the wrong number of operands is an error of the policy", () => {
		expect(() =>
			compile({ "a.rego": "package a\nx := my.f(1, 2)" }, { builtins: { "my.f": (_: number) => 1 } }),
		).toThrow("my.f: arity mismatch");
	});
});

class Thing {
	readonly a = 1;
}

describe("results that are no value", () => {
	const rows: readonly (readonly [note: string, result: () => unknown, message: string])[] = [
		["a Promise", () => Promise.resolve(true), "my.f: returned a Promise: ask with evaluateAsync or decideAsync"],
		["a Promise that fails", () => Promise.reject(new Error("x")), "my.f: returned a Promise"],
		["a Date", () => new Date(), "my.f: the result is a Date"],
		["an instance of a class", () => ({ a: [new Thing()] }), "my.f: the result.a[0] is an instance of Thing"],
		["a Map", () => new Map(), "my.f: the result is a Map"],
		["NaN", () => Number.NaN, "my.f: the result is NaN"],
		["a function", () => () => true, "my.f: the result is a function"],
		["a symbol", () => Symbol("x"), "my.f: the result is a symbol"],
	];
	for (const backend of backends) {
		for (const [note, result, message] of rows) {
			test(`${backend.name}: ${note}`, () => {
				const made = define("my.f", {
					category: "my",
					args: [["x", t.any]],
					result: t.any,
					doc: "",
					// What TypeScript would refuse.
					eval: () => result() as never,
				});
				const builtins = backend.name === "aot" ? [[made]] : [[made], { "my.f": (_: unknown) => result() }];
				for (const own of builtins) {
					const policy = compile(
						{ "a.rego": "package a\nallow if my.f(input.x)\nsafe if not my.f(input.x)" },
						{ backend, builtins: own },
					);
					for (let i = 0; i < 3; i++) {
						expect(failure(() => policy.rule("data.a.allow")({ x: 1 })).reason).toContain(message);
						expect(failure(() => policy.allows("data.a.safe", { x: 1 })).code).toBe("eval_builtin_error");
					}
				}
			});
		}
	}
});

describe("builtins that take time", () => {
	const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, 1, value));
	const modules = {
		"a.rego": `package a
allow if {
	some group in my.groups(input.user)
	my.member(group, input.resource)
	stamp == time.now_ns()
}
stamp := time.now_ns()
both := [my.groups("alice"), my.groups("alice"), rand.intn("x", 1000000), rand.intn("x", 1000000)]
broken if not my.broken(1)
loud if {
	print("groups", my.groups(input.user))
	my.groups(input.user)
}`,
	};
	for (const backend of backends.filter((b) => b.name !== "aot")) {
		const make = () => {
			const calls: string[] = [];
			const policy = compile(modules, {
				backend,
				builtins: {
					"my.groups": async (user: string) => {
						calls.push(`groups ${user}`);
						return later(user === "alice" ? ["a", "b"] : []);
					},
					"my.member": (group: string, resource: string) => {
						calls.push(`member ${group}`);
						return group === "b" ? later(resource === "r") : false;
					},
					"my.broken": async (_: number) => {
						throw new Error("no route");
					},
				},
			});
			return { policy, calls };
		};
		test(`${backend.name}: each is asked once, and the world stands still`, async () => {
			const { policy, calls } = make();
			const decision = await policy.decideAsync("data.a.allow", { user: "alice", resource: "r" });
			expect([decision.value, decision.allowed]).toEqual([true, true]);
			expect(calls).toEqual(["groups alice", "member a", "member b"]);
			expect((await policy.decideAsync("data.a.allow", { user: "bob", resource: "r" })).allowed).toBe(false);
			const { value } = await policy.evaluateAsync<unknown[]>("data.a.both");
			expect(value?.[0]).toEqual(value?.[1]);
			expect(value?.[2]).toBe(value?.[3]);
		});
		test(`${backend.name}: a promise that fails ends the evaluation`, async () => {
			const { policy } = make();
			await expect(policy.decideAsync("data.a.broken")).rejects.toMatchObject({
				code: "eval_builtin_error",
				reason: "my.broken: no route",
			});
		});
		test(`${backend.name}: prints come from the same answers`, async () => {
			const { policy, calls } = make();
			const decision = await policy.decideAsync("data.a.loud", { user: "alice" });
			expect((await decision.prints()).map((l) => l.text)).toEqual(['groups ["a", "b"]']);
			expect(calls).toEqual(["groups alice"]);
		});
		test(`${backend.name}: without waiting, the promise is an error`, () => {
			const { policy } = make();
			expect(() => policy.decide("data.a.loud", { user: "alice" })).toThrow("ask with evaluateAsync or decideAsync");
		});
	}
	test("many at once do not disturb each other", async () => {
		const policy = compile(
			{ "a.rego": "package a\nx := [y | some i in numbers.range(1, 5); y := my.twice(i * input.n)]" },
			{ builtins: { "my.twice": async (n: number) => later(n * 2) } },
		);
		const all = await Promise.all([1, 2, 3, 4].map((n) => policy.evaluateAsync("data.a.x", { n })));
		expect(all.map((e) => e.value)).toEqual([1, 2, 3, 4].map((n) => [2, 4, 6, 8, 10].map((x) => x * n)));
	});
	test("a signal gives up waiting", async () => {
		const policy = compile(
			{ "a.rego": "package a\nx := my.never(1)" },
			{ builtins: { "my.never": (_: number) => new Promise(() => {}) } },
		);
		const control = new AbortController();
		const asked = policy.evaluateAsync("data.a.x", {}, { signal: control.signal });
		control.abort(new Error("client has gone"));
		await expect(asked).rejects.toMatchObject({
			code: "eval_cancel_error",
			reason: "caller cancelled query execution: client has gone",
		});
	});
	test("a signal that came before the waiting gives it up, too", async () => {
		const control = new AbortController();
		const never = (_: number): Promise<never> => {
			control.abort(new Error("client has gone"));
			return new Promise(() => {});
		};
		const policy = compile({ "a.rego": "package a\nx := my.never(1)" }, { builtins: { "my.never": never } });
		await expect(policy.evaluateAsync("data.a.x", {}, { signal: control.signal })).rejects.toMatchObject({
			code: "eval_cancel_error",
			reason: "caller cancelled query execution: client has gone",
		});
	});
	test.each([{}, new AbortController(), 3])("%j is no signal", async (signal) => {
		const policy = compile({ "a.rego": "package a\n\nx := 1\n" });
		const options: unknown = { signal };
		await expect(policy.evaluateAsync("data.a.x", {}, options as AsyncOptions)).rejects.toThrow(
			/^evaluateAsync: option signal must be an AbortSignal, not /,
		);
	});
	test("a signal that is given up already asks nothing", async () => {
		let asked = 0;
		const policy = compile(
			{ "a.rego": "package a\nx := my.count(1)" },
			{ builtins: { "my.count": (_: number) => ++asked } },
		);
		const signal = AbortSignal.abort(new Error("client has gone"));
		const wanted = { code: "eval_cancel_error", reason: "caller cancelled query execution: client has gone" };
		await expect(policy.evaluateAsync("data.a.x", {}, { signal })).rejects.toMatchObject(wanted);
		await expect(policy.decideAsync("data.a.x", {}, { signal })).rejects.toMatchObject(wanted);
		expect(asked).toBe(0);
	});
	test("limits hold for the evaluation, not for the waiting", async () => {
		const policy = compile(
			{ "a.rego": "package a\nx := my.slow(1)\ny := count([1 | some i in numbers.range(1, my.slow(100000)); i > 0])" },
			{
				builtins: { "my.slow": (n: number) => new Promise((resolve) => setTimeout(resolve, 60, n)) },
				limits: { timeMs: 50, steps: 10_000 },
			},
		);
		expect((await policy.evaluateAsync("data.a.x")).value).toBe(1);
		await expect(policy.evaluateAsync("data.a.y")).rejects.toMatchObject({ code: "eval_cancel_error" });
	});
});
