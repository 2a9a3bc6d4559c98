/**
 * What evaluation gets from outside: builtins of the embedder, the host's clock, randomness, runtime
 * and permissions, base data; and what is pinned within one query. On every backend.
 */
import { describe, expect, test } from "vitest";
import { compile, define, RegoError, RegoErrors, type RegoSet, t, type Value } from "../../src/index.ts";
import { backends } from "./backends.ts";

for (const backend of backends) {
	describe(`builtins of one's own, ${backend.name}`, () => {
		let calls = 0;
		const lookup = define(`my.lookup_${backend.name}`, {
			category: "mine",
			args: [["key", t.string]],
			result: t.any,
			doc: "Looks up.",
			eval: (ctx, key) => {
				calls++;
				if (key === "bad") return ctx.error("no such key");
				return key === "none" ? undefined : { key, length: key.length };
			},
		});
		const name = lookup.name;

		test("are called, checked, and reported as OPA's", () => {
			const policy = compile(
				{
					"t.rego": `package t\nx := ${name}(input.k)\ny := [v | some k in ["a", "none", "bb"]; v := ${name}(k).length]`,
				},
				{ backend, builtins: [lookup] },
			);
			expect(policy.rule("data.t.x")({ k: "abc" })).toEqual({ key: "abc", length: 3 });
			expect(policy.rule("data.t.y")()).toEqual([1, 2]);
			expect(policy.evaluate("data.t.x", { k: "bad" }).builtinErrors.map((e) => e.reason)).toEqual([
				`${name}: no such key`,
			]);
			expect(policy.evaluate("data.t.x", { k: 5 }).builtinErrors.map((e) => e.message)).toEqual([
				`t.rego:2: eval_type_error: ${name}: operand 1 must be string but got number`,
			]);
		});

		test("constant calls of them may be made while compiling, unless nondeterministic", () => {
			const counting = (nondeterministic: boolean) =>
				define(`my.count_${backend.name}_${nondeterministic}`, {
					category: "mine",
					args: [["n", t.number]],
					result: t.number,
					doc: "Counts.",
					nondeterministic,
					eval: () => ++calls,
				});
			const b = counting(true);
			const policy = compile({ "t.rego": `package t\nx := ${b.name}(1)` }, { backend, builtins: [b] });
			expect(policy.rule("data.t.x")()).not.toEqual(policy.rule("data.t.x")());
		});

		test("take the place of ours", () => {
			const now = define("time.now_ns", {
				category: "time",
				args: [],
				result: t.number,
				doc: "Always noon.",
				nondeterministic: true,
				eval: () => 12,
			});
			if (backend.name !== "aot") {
				expect(
					compile({ "t.rego": "package t\nx := time.now_ns()" }, { backend, builtins: [now] }).rule("data.t.x")(),
				).toBe(12);
			}
		});

		test("unknown ones do not compile, nor ones left out", () => {
			const make = (options: object) => () =>
				compile({ "t.rego": "package t\nx := count([1])" }, { backend, ...options });
			expect(make({ withoutBuiltins: ["count"] })).toThrow("undefined function count");
			expect(make({})).not.toThrow();
		});

		test("an exception in one is an error of the evaluation", () => {
			const broken = define(`my.broken_${backend.name}`, {
				category: "mine",
				args: [],
				result: t.any,
				doc: "Throws.",
				eval: () => {
					throw new TypeError("oops");
				},
			});
			const policy = compile({ "t.rego": `package t\nx := ${broken.name}()` }, { backend, builtins: [broken] });
			const e = caught(() => policy.rule("data.t.x")());
			expect(e).toBeInstanceOf(RegoError);
			expect((e as RegoError).message).toContain("oops");
		});
	});

	describe(`host, ${backend.name}`, () => {
		const modules = {
			"t.rego": `package t
now := [time.now_ns(), time.now_ns()]
dice := [rand.intn("a", 1000000000), rand.intn("a", 1000000000), rand.intn("b", 1000000000)]
id := [uuid.rfc4122("k"), uuid.rfc4122("k"), uuid.rfc4122("l")]
runtime := opa.runtime()
lookup := net.lookup_ip_addr("example.org")
send := http.send({"method": "get", "url": "http://x.invalid/"}).status_code
both := [now, now_again] if { now_again := now with input as 1 }
`,
		};
		let clock = 1000n;
		let byte = 0;
		const sent: string[] = [];
		const policy = compile(modules, {
			backend,
			host: {
				nowNs: () => clock++,
				randomBytes: (n) => new Uint8Array(n).fill(byte++),
				runtime: { env: { A: "b" } },
				permissions: {
					lookupIpAddr: (name) => [`10.0.0.${name.length}`],
					httpSend: (request) => {
						sent.push(request.url);
						return { statusCode: 204, status: "204 No Content", headers: [], body: new Uint8Array() };
					},
				},
			},
		});
		const one = (rule: string): Value => policy.rule(`data.t.${rule}`)() as Value;

		test("the clock is read once a query", () => {
			const [a, b] = one("now") as readonly Value[];
			expect(a).toBe(b);
			const [c] = one("now") as readonly Value[];
			expect(Number(c)).toBe(Number(a) + 1);
		});
		test("also under with", () => {
			const [outer, inner] = one("both") as readonly Value[];
			expect(outer).toEqual(inner);
		});
		test("chance is one value by operands within a query, another in the next", () => {
			const [a, b, c] = one("dice") as readonly Value[];
			expect(a).toBe(b);
			expect(a).not.toBe(c);
			expect((one("dice") as readonly Value[])[0]).not.toBe(a);
			const [x, y, z] = one("id") as readonly Value[];
			expect(x).toBe(y);
			expect(x).not.toBe(z);
		});
		test("runtime and permissions", () => {
			expect(one("runtime")).toEqual({ env: { A: "b" } });
			expect([...(one("lookup") as RegoSet)]).toEqual(["10.0.0.11"]);
			expect(one("send")).toBe(204);
			expect(sent).toEqual(["http://x.invalid/"]);
		});
		test("nothing is permitted unless given", () => {
			const closed = compile(modules, { backend });
			for (const rule of ["lookup", "send"]) {
				const { value, builtinErrors } = closed.evaluate(`data.t.${rule}`);
				expect([value, builtinErrors.length]).toEqual([undefined, 1]);
			}
			expect(closed.rule("data.t.runtime")()).toEqual({});
		});
	});

	describe(`data and input, ${backend.name}`, () => {
		const policy = compile(
			{
				"t.rego":
					"package t\nx := data.k\ny := data.list[_]\nz := input\nall := data.base\ncopy := {k: v | some k, v in data.base}",
			},
			{ backend, data: { k: 1, base: { a: [1] } } },
		);
		test("withData makes another policy and leaves the first alone", () => {
			const other = policy.withData({ k: 2 });
			const rules = [policy, other, other.withData({})].map((p) => p.rule("data.t.x"));
			expect(rules.map((f) => f())).toEqual([1, 2, undefined]);
			expect(other.hash).toBe(policy.hash);
			expect(policy.rule("data.t.x")()).toBe(1);
		});
		test("input and data are used as they are, and never changed", () => {
			const frozen = freeze({ a: { b: [1, { c: 2 }] } });
			const p = policy.withData(freeze({ base: { a: [1] }, k: 1 }));
			expect(p.rule("data.t.z")(frozen)).toEqual(frozen);
			expect(p.rule("data.t.all")()).toEqual({ a: [1] });
			expect(p.query("x := input with input.a.b as 7", frozen).rows[0]?.bindings["x"]).toEqual({
				a: { b: 7 },
			});
			expect(p.query("x := data with data.base.n as 7").rows.length).toBe(1);
			expect(frozen).toEqual({ a: { b: [1, { c: 2 }] } });
		});
		test("an undefined input is not null", () => {
			const rule = policy.rule("data.t.z");
			expect([rule(), rule(undefined), rule(null)]).toEqual([undefined, undefined, null]);
		});
		test("results of one call do not change with the next", () => {
			const rule = policy.rule("data.t.copy");
			const first = rule();
			expect(first).toEqual({ a: [1] });
			expect(policy.withData({ base: {} }).rule("data.t.copy")()).toEqual({});
			expect(first).toEqual({ a: [1] });
		});
	});
}

function caught(f: () => unknown): unknown {
	try {
		f();
	} catch (e) {
		return e;
	}
	throw new Error("nothing was thrown");
}

function freeze<T>(v: T): T {
	if (typeof v === "object" && v !== null) {
		for (const x of Object.values(v)) freeze(x);
		Object.freeze(v);
	}
	return v;
}

test("all errors of compiling come together", () => {
	const e = caught(() => compile({ "a.rego": "package a\nx := y", "b.rego": "package b\nz := w" }));
	expect(e).toBeInstanceOf(RegoErrors);
	expect((e as RegoErrors).errors.map((x) => x.message)).toEqual([
		"a.rego:2: rego_unsafe_var_error: var y is unsafe",
		"b.rego:2: rego_unsafe_var_error: var w is unsafe",
	]);
});
