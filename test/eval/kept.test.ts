/**
 * Values of rules that depend on base data only are kept between decisions, and no longer than they hold:
 * counted by a builtin of the test's own that data reach through getters.
 */
import { describe, expect, test } from "vitest";
import { compile, type PlainObject, type Value } from "../../src/index.ts";
import { backends } from "./backends.ts";

/** Base data that count how often their `us` is read. */
function counting(us: Value): { readonly data: PlainObject; readonly reads: () => number } {
	let reads = 0;
	const data = Object.defineProperty({}, "us", {
		enumerable: true,
		get: () => {
			reads++;
			return us;
		},
	}) as PlainObject;
	return { data, reads: () => reads };
}

const us = { ann: ["a", "b"], bob: ["b"] };
const roles = "roles[u] contains r if { some u, rs in data.us; some r in rs }";
// Evaluated by programs, not by the closures of a policy's first decisions.
const enough = 200;

// The interpreter keeps nothing: it runs where answers are explained.
for (const backend of backends.filter((b) => b.name !== "interpreted")) {
	describe(backend.name, () => {
		test.each([
			["asked for whole", "q := count(roles)", 2],
			["asked for by key", 'q if "b" in roles[input.u]', true],
			["asked for by its path", "", { ann: ["a", "b"], bob: ["b"] }],
		])("a rule of data only is evaluated once: %s", (_, q, want) => {
			const { data, reads } = counting(us);
			const policy = compile({ "t.rego": `package t\n${roles}\n${q}` }, { backend, data });
			const f = policy.rule(q === "" ? "data.t.roles" : "data.t.q");
			for (let i = 0; i < enough; i++) f({ u: "ann" });
			const before = reads();
			for (let i = 0; i < enough; i++) expect(f({ u: "ann" })).toEqual(want);
			expect(reads()).toBe(before);
		});

		test.each([
			["an input", "q := count([r | some r in data.us[_]; r != input.u])"],
			["time", "q := count([r | some r in data.us[_]; time.now_ns() > 0])"],
			["a with", 'q := count([r | some r in data.us[_]; p with input as "a"])\np if true'],
		])("a rule that depends on more is evaluated each time: %s", (_, q) => {
			const { data, reads } = counting(us);
			const f = compile({ "t.rego": `package t\n${q}` }, { backend, data }).rule("data.t.q");
			for (let i = 0; i < enough; i++) f({ u: "x" });
			const before = reads();
			for (let i = 0; i < 10; i++) expect(f({ u: "x" })).toBe(3);
			expect(reads()).toBeGreaterThanOrEqual(before + 10);
		});

		test("other data have other values", () => {
			const policy = compile({ "t.rego": `package t\n${roles}\nq := roles[input.u]` }, { backend, data: { us } });
			const other = policy.withData({ us: { ann: ["z"] } });
			for (let i = 0; i < enough; i++) {
				expect([policy.rule("data.t.q")({ u: "ann" }), other.rule("data.t.q")({ u: "ann" })]).toEqual([
					["a", "b"],
					["z"],
				]);
				expect(other.rule("data.t.q")({ u: "bob" })).toBeUndefined();
			}
		});

		test("a with that replaces data, a function or a builtin sees its own", () => {
			const text = `package t
f(x) := x
names contains upper(f(u)) if some u, _ in data.us
a := names
b := x if x := names with data.us as {"eve": 1}
c := x if x := names with data.other as 1
d := x if x := names with f as "x"
e := x if x := names with upper as "y"
g := x if x := names with input as 1
both := [a, b, c, d, e, g]`;
			const f = compile({ "t.rego": text }, { backend, data: { us } }).rule("data.t.both");
			const all = ["ANN", "BOB"];
			for (let i = 0; i < enough; i++) expect(f()).toEqual([all, ["EVE"], all, ["X"], ["y"], all]);
		});

		test("errors of builtins are reported to every decision, and strict ones end it", () => {
			const text = `package t\np contains x if { some v in data.l; x := 1 / v }\nq := count(p)`;
			const policy = compile({ "t.rego": text }, { backend, data: { l: [0, 1] } });
			for (let i = 0; i < enough; i++) expect(policy.evaluate("data.t.q").builtinErrors).toHaveLength(1);
			const strict = { strictBuiltinErrors: true };
			expect(() => policy.evaluate("data.t.q", undefined, strict)).toThrow("divide by zero");
		});

		test("a value that finds no room is right all the same", () => {
			const l = Array.from({ length: 1100 }, (_, i) => i);
			const text = `package t
pairs contains [x, y] if { some x in data.l; some y in data.l }
q := count([1 | pairs[[input.a, 3]]])`;
			const f = compile({ "t.rego": text }, { backend, data: { l } }).rule("data.t.q");
			for (let i = 0; i < 3; i++) expect([f({ a: 1 }), f({ a: -1 })]).toEqual([1, 0]);
		});

		test("null, false and undefined are values to keep", () => {
			const text = `package t
p[k] := v if some k, v in data.l
a := p.null
b := p.false
c := p.nope
all := [[a], [b], [1 | c], [p[x] | some x in ["null", "false", "nope"]]]`;
			const f = compile({ "t.rego": text }, { backend, data: { l: { null: null, false: false } } }).rule("data.t.all");
			for (let i = 0; i < enough; i++) expect(f()).toEqual([[null], [false], [], [null, false]]);
		});

		test("a path below a variable does not meet what fails beside it", () => {
			const text = `package t
p[k] := v if some k, v in input.a
p[k] := v if some k, v in input.b
q[x][y] contains 1 if { some x in ["a"]; some y in ["b"] }
q.c.d.e contains 2`;
			const policy = compile({ "t.rego": text }, { backend });
			const input = { a: { x: 1, y: 2 }, b: { x: 1, y: 3 } };
			expect(policy.rule("data.t.p.x")(input)).toBe(1);
			expect(policy.evaluate("data.t.p.x", input).value).toBe(1);
			expect(() => policy.rule("data.t.p.y")(input)).toThrow("object keys must be unique");
			expect(policy.rule("data.t.q.a.b")(input)).toEqual([1]);
		});

		test("prints are printed by every decision", () => {
			const text = `package t\np contains u if { some u, _ in data.us; print(u) }\nq := count(p)`;
			const policy = compile({ "t.rego": text }, { backend, data: { us } });
			for (let i = 0; i < 3; i++) {
				expect(policy.decide("data.t.q").value).toBe(2);
				expect(policy.evaluate("data.t.q", undefined, { prints: true }).prints.map((p) => p.text)).toEqual([
					"ann",
					"bob",
				]);
			}
		});

		test("steps are counted by every decision", () => {
			const policy = compile({ "t.rego": `package t\n${roles}\nq := count(roles)` }, { backend, data: { us } });
			for (let i = 0; i < 3; i++) {
				expect(policy.evaluate("data.t.q").value).toBe(2);
				expect(() => policy.evaluate("data.t.q", undefined, { limits: { steps: 2 } })).toThrow("steps");
			}
		});
	});
}
