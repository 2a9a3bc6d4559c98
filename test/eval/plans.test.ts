/**
 * Plans as JSON and back: every kind of constant survives, a loaded plan answers as its policy does,
 * equal sources have equal plans and hashes, and what is no plan is refused.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	compile,
	define,
	generated,
	loadPlan,
	type Plan,
	type Policy,
	planFromJson,
	planToJson,
	RegoError,
	t,
	type Value,
} from "../../src/index.ts";
import { decode, encode, type Json } from "../../src/plan/constants.ts";
import { parseJson } from "../../src/value/json.ts";
import { termText } from "../../src/value/term-text.ts";
import { regoValue } from "../value/arbitrary.ts";
import { agreementRows } from "./agreement-rows.ts";
import { answerText, backends } from "./backends.ts";
import { pwned } from "./hostile.ts";

test("a scalar that folding makes is among the constants once", () => {
	const plan = compile({ "a.rego": "package a\nx := 1 + 2\ny := 4 - 1\nz := [1 + 2, 2 - 1]" }).plan;
	for (const scalar of [1, 3]) expect(plan.constants.filter((c) => c === scalar)).toHaveLength(1);
});

const constants: readonly (readonly [note: string, rego: string])[] = [
	["scalars", '[null, true, false, "a", ""]'],
	["numbers a double keeps", "[0, 1, 1.5, 9007199254740991]"],
	["integers beyond doubles", "[9007199254740993, 123456789012345678901234567890]"],
	["decimals in their spelling", "[0.10, 1.0, 1e3, 0.1234567890123456789]"],
	["huge exponents", "[1e400, 1e-400]"],
	["sets", '{1, "a", {2, 3}, {[4]}}'],
	["the empty set", "set()"],
	["objects with other keys", '{1: "a", [2]: "b", {3}: "c", null: 1, true: 2}'],
	["names that JavaScript knows", '{"__proto__": {"__proto__": 1}, "constructor": 2, "toString": 3}'],
	["names that look like tags", '{"$s": [1], "$n": "5", "$o": [], "$": 1, "$x": 2}'],
	["tags inside composites", '[{"$s": [1]}, {{"$n": "1"}}]'],
	["strings of any kind", '["\\u2028", "\\u0000", "\\"", "😀", "\\\\"]'],
];

/** Every number in a JSON value, with where it stands. */
function numbersIn(x: unknown, out: [{ [key: string]: unknown }, string][] = []): typeof out {
	if (typeof x !== "object" || x === null) return out;
	for (const [k, v] of Object.entries(x)) {
		if (typeof v === "number") out.push([x as { [key: string]: unknown }, k]);
		else numbersIn(v, out);
	}
	return out;
}

describe("constants", () => {
	for (const [note, rego] of constants) {
		test(note, () => {
			const policy = compile({ "t.rego": `package t\nx := ${rego}` });
			const want = termText(policy.rule("data.t.x")() as Value);
			for (const backend of backends) {
				const loaded = loadPlan(policy.toJSON(), { backend });
				expect(termText(loaded.rule("data.t.x")() as Value)).toBe(want);
			}
			const again = planToJson(planFromJson(policy.toJSON()));
			expect(again).toBe(policy.toJSON());
			expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
		});
	}
	test("any value", () => {
		fc.assert(
			fc.property(regoValue(), (v) => {
				const back = decode(JSON.parse(JSON.stringify(encode(v))) as Json);
				expect(termText(back)).toBe(termText(v));
			}),
		);
	});
});

describe("loaded plans answer as their policies", () => {
	for (const row of agreementRows.filter((r) => !/1200/.test(r.note))) {
		test(row.note, () => {
			const modules = [`package test\n${row.rego}`, ...(row.others ?? [])].map(
				(text, i) => [`${i}.rego`, text] as const,
			);
			let policy: Policy<Value>;
			try {
				policy = compile(Object.fromEntries(modules), { values: "rego" });
			} catch {
				expect(row.want).toMatch(/^rego_\w+_error/);
				return;
			}
			const loaded = loadPlan(policy.toJSON(), { data: row.data, strictBuiltinErrors: row.strict, values: "rego" });
			const original = policy.withData(row.data ?? {});
			const options = { strictBuiltinErrors: row.strict };
			const got = answerText(() => loaded.evaluate("data.test.x", row.input, options).value);
			expect(got).toBe(answerText(() => original.evaluate("data.test.x", row.input, options).value));
			expect(got).toContain(row.want.startsWith("eval_") ? row.want : got);
			expect(loaded.hash).toBe(policy.hash);
		});
	}
});

describe("a loaded plan", () => {
	const modules = { "t.rego": "package t\n\nx := data.k + input.n\n\ny := to_number(input.s)\n" };
	const loaded = loadPlan(compile(modules).toJSON(), { data: { k: 1 }, strictBuiltinErrors: true });

	test("says where errors are", () => {
		let e: unknown;
		try {
			loaded.rule("data.t.y")({ s: "a" });
		} catch (x) {
			e = x;
		}
		expect((e as RegoError).message).toMatch(/^t\.rego:5: eval_builtin_error: to_number: /);
		expect((e as RegoError).stack_trace.map((s) => s.rule)).toEqual(["data.t.y"]);
	});
	test("takes other data, limits and builtins", () => {
		expect(loaded.withData({ k: 5 }).rule("data.t.x")({ n: 2 })).toBe(7);
		expect(loaded.allows("data.t.x", { n: 2 })).toBe(false);
		const twice = define("my.twice", {
			category: "",
			args: [["n", t.number]],
			result: t.number,
			doc: "",
			eval: (_c, n) => Number(n) * 2,
		});
		const plan = compile({ "t.rego": "package t\nx := my.twice(input.n)" }, { builtins: [twice] }).plan;
		expect(loadPlan(plan, { builtins: [twice] }).rule("data.t.x")({ n: 4 })).toBe(8);
		expect(() => loadPlan(plan).rule("data.t.x")({ n: 4 })).toThrow("unsupported built-in: my.twice");
	});
	test("prints with the plan that prints", () => {
		const printing = compile({
			"p.rego":
				'package p\n\nallow if {\n\tprint("n is", input.n)\n\tsmall\n}\n\nsmall if {\n\tinput.n < 3\n\tprint("small")\n}\n',
		});
		const { printingPlan } = printing;
		const want = printing.evaluate("data.p.allow", { n: 1 }, { prints: true });
		expect(want.prints).toHaveLength(2);
		for (const given of [printingPlan, JSON.parse(JSON.stringify(printingPlan)), planToJson(printingPlan as Plan)]) {
			const again = loadPlan(printing.toJSON(), { printing: given });
			expect(again.evaluate("data.p.allow", { n: 1 }, { prints: true })).toEqual(want);
			expect(again.withData({ k: 1 }).decide("data.p.allow", { n: 5 }).prints()).toHaveLength(1);
		}
		const silent = compile({ "q.rego": "package q\n\nx := input.n" });
		expect(silent.printingPlan).toBeUndefined();
		expect(loadPlan(silent.plan, { printing: null }).evaluate("data.q.x", { n: 1 }, { prints: true })).toMatchObject({
			value: 1,
			prints: [],
		});
		const other = loadPlan(silent.plan, { printing: printingPlan });
		expect(() => other.evaluate("data.q.x", { n: 1 }, { prints: true })).toThrow("is of another policy");
		expect(() => loadPlan(silent.plan, { printing: 1 as never })).toThrow("option printing must be a plan or its text");
	});
	test("has no prints without it", () => {
		expect(() => loaded.evaluate("data.t.x", undefined, { prints: true })).toThrow("a loaded plan has no prints");
	});
});

describe("hash", () => {
	const a = "package a\nx := 1";
	const b = "package b\ny := 2";
	test("is of the sources, whatever their order and the options", () => {
		const hash = compile({ "a.rego": a, "b.rego": b }).hash;
		expect(hash).toMatch(/^[0-9a-f]{64}$/);
		expect(compile({ "b.rego": b, "a.rego": a }).hash).toBe(hash);
		expect(compile({ "a.rego": a, "b.rego": b }, { optimize: { fold: false }, data: { k: 1 } }).hash).toBe(hash);
	});
	test("changes with texts and names", () => {
		const hashes = [{ "a.rego": a }, { "b.rego": a }, { "a.rego": `${a}\n` }, { "a.rego": b }, {}].map(
			(m) => compile(m).hash,
		);
		expect(new Set(hashes).size).toBe(hashes.length);
	});
	test("plans of equal sources are equal texts", () => {
		expect(compile({ "a.rego": a, "b.rego": b }).toJSON()).toBe(compile({ "a.rego": a, "b.rego": b }).toJSON());
	});
	test("is SHA-256 over the list of names and digests, as JSON", () => {
		const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
		expect(compile({ "b.rego": b, "a.rego": a }).hash).toBe(
			sha256(
				JSON.stringify([
					["a.rego", sha256(a)],
					["b.rego", sha256(b)],
				]),
			),
		);
		expect(compile({ "a.rego": a }).hash).toBe("2670309b6b678e0972fdb99d06ba82cd2e67c37e33104c6344cd7e3904dd4f2d");
	});
});

describe("what is no plan is refused", () => {
	const texts: readonly string[] = [
		"",
		"{",
		"null",
		"5",
		"[]",
		"{}",
		'{"version": 3}',
		'{"version": 99, "constants": []}',
		'{"__proto__": {"version": 3, "constants": []}}',
	];
	for (const text of texts) {
		test(JSON.stringify(text), () => {
			expect(() => planFromJson(text)).toThrow(RegoError);
			expect(() => loadPlan(text)).toThrow(/decision plan/);
		});
	}
	test("what has only some parts of a plan", () => {
		expect(() => planFromJson('{"version": 3, "constants": []}')).toThrow("not a decision plan: funcs is no list");
	});
	test("numbers of a plan that are texts never become code", () => {
		const source = `package t
x contains v if { some k, v in input; not startswith(k, "a"); every y in [v] { f(y, 1) } }
f(a, b) := [a, b]
z := w if { w := x with input as {"k": 1} }
p[k].q := v if { some k, v in input; [k, {"a": _}] = [k, v] }`;
		const plan: unknown = JSON.parse(compile({ "t.rego": source }).toJSON());
		const places = numbersIn(plan);
		expect(places.length).toBeGreaterThan(80);
		const ran = pwned(() => {
			for (const [holder, key] of places) {
				const old = holder[key];
				holder[key] = "0]; globalThis.pwned = 1; //";
				try {
					for (const path of ["data.t", "data.t.z"])
						loadPlan(JSON.stringify(plan), { backend: generated }).rule(path)({ b: 1 });
				} catch (e) {
					expect(e).toBeInstanceOf(Error);
				}
				holder[key] = old as number;
			}
		});
		expect(ran).toBe(false);
	});
	test("the version is named", () => {
		expect(() => planFromJson('{"version": 99, "constants": []}')).toThrow("decision plan has version 99, want 3");
	});
	test("parseJson and JSON.parse read the same plan", () => {
		const text = compile({ "a.rego": "package a\nx := {1.50, 12345678901234567890}" }).toJSON();
		expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
	});
});
