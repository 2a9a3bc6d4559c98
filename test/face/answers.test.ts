/** What a policy answers is JSON of the caller's own, unless Rego's values are asked for. */
import { describe, expect, expectTypeOf, test } from "vitest";
import {
	compile,
	type JsonValue,
	loadPlan,
	RegoNumber,
	RegoObject,
	RegoSet,
	toJson,
	type Value,
} from "../../src/index.ts";
import { backends, builtAhead, ways } from "../eval/backends.ts";

const rego = `package t

cfg := {"admins": ["root"], "levels": {1, 2}, "deep": [{"a": {"b": ["c"]}}]}
allow if input.user in cfg.admins
levels := cfg.levels
nested := {["x"], {"y"}}
objects := {1: "a", [2]: {3}}
base := data.base
echo := input.x
computed := [x | some x in cfg.admins]
partial contains x if some x in cfg.admins
table[k] := v if some k, v in cfg.deep[0]
`;
const data = { base: { roles: ["viewer"] } };

describe("numbers", () => {
	const rows: readonly (readonly [text: string, json: number, exact: unknown])[] = [
		["1.0", 1, 1],
		["1e3", 1000, 1000],
		["-0", -0, 0],
		["0.10", 0.1, 0.1],
		["0.1234567890123456789", 0.12345678901234568, new RegoNumber("0.1234567890123456789")],
		["9007199254740991", 9007199254740991, 9007199254740991],
		["9007199254740993", 9007199254740992, 9007199254740993n],
		["18446744073709551615", 18446744073709552000, 18446744073709551615n],
		["1e20", 1e20, 100000000000000000000n],
		["1e400", Number.POSITIVE_INFINITY, 10n ** 400n],
		["1e-400", 0, new RegoNumber("1e-400")],
	];
	for (const [text, json, exact] of rows) {
		test(text, () => {
			const modules = { "a.rego": `package a\nx := ${text}\ny := {"n": [${text}]}` };
			const policy = compile(modules);
			expect(policy.rule("data.a.x")()).toEqual(json + 0 === 0 ? expect.closeTo(0) : json);
			expect(typeof policy.rule("data.a.x")()).toBe("number");
			expect(() => JSON.stringify(policy.rule("data.a.y")())).not.toThrow();
			const got = compile(modules, { numbers: "exact" }).rule("data.a.x")();
			expect(typeof got).toBe(typeof exact);
			expect(String(got)).toBe(String(exact));
			// In Rego's values the spelling is kept.
			const value = compile(modules, { values: "rego" }).rule("data.a.x")();
			expect(toJson(value as Value)).toBe(text);
		});
	}
	test("a time in nanoseconds can be sent, stored and cloned", () => {
		const policy = compile({ "a.rego": "package a\nat := time.now_ns()" });
		const at = policy.rule<number>("data.a.at")() ?? 0;
		expect(Math.abs(at / 1e6 - Date.now())).toBeLessThan(60_000);
		expect(JSON.parse(JSON.stringify({ at }))).toEqual(structuredClone({ at }));
	});
	test("arithmetic in JavaScript works", () => {
		const policy = compile({ "a.rego": "package a\nx := 1.0" });
		expect((policy.rule<number>("data.a.x")() as number) + 1).toBe(2);
		expect(policy.rule("data.a.x")() === 1).toBe(true);
	});
});

describe("sets and objects", () => {
	const policy = compile({ "t.rego": rego }, { data });
	test("sets are sorted arrays, keys are texts", () => {
		expect(policy.rule("data.t.levels")()).toEqual([1, 2]);
		expect(policy.rule("data.t.nested")()).toEqual([["x"], ["y"]]);
		expect(policy.rule("data.t.objects")()).toEqual({ "1": "a", "[2]": [3] });
		expect(structuredClone(policy.rule("data.t")({ x: 1 }))).toMatchObject({ partial: ["root"], echo: 1 });
	});
	test("in every question", () => {
		expect(policy.evaluate("data.t.levels").value).toEqual([1, 2]);
		expect(policy.decide("data.t.levels").value).toEqual([1, 2]);
		expect(policy.query("x := data.t.levels").rows).toMatchObject([
			{ bindings: { x: [1, 2] }, expressions: [{ value: true }] },
		]);
		expect(loadPlan(policy.toJSON()).rule("data.t.levels")()).toEqual([1, 2]);
	});
	test("Rego's values where they are asked for", () => {
		const exact = compile({ "t.rego": rego }, { data, values: "rego" });
		expectTypeOf(exact.rule("data.t.levels")).returns.toEqualTypeOf<Value | undefined>();
		expectTypeOf(policy.rule("data.t.levels")).returns.toEqualTypeOf<JsonValue | undefined>();
		expect(exact.rule("data.t.levels")()).toBeInstanceOf(RegoSet);
		expect(exact.rule("data.t.objects")()).toBeInstanceOf(RegoObject);
		const set = exact.rule<RegoSet<number>>("data.t.levels")();
		expectTypeOf(set?.sorted()).toEqualTypeOf<readonly number[] | undefined>();
		expect([...(set ?? [])]).toEqual([1, 2]);
	});
	test("a key named __proto__ stays a key", () => {
		const p = compile({ "a.rego": `package a\nx := {"__proto__": {"polluted": {1}}}` });
		const got = p.rule<object>("data.a.x")() as object;
		expect(Object.keys(got)).toEqual(["__proto__"]);
		expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
	});
});

/** Changes everything in a value that can be changed. */
function vandalise(v: unknown): void {
	if (typeof v !== "object" || v === null) return;
	const tries: (() => void)[] = [];
	if (Array.isArray(v)) {
		for (const x of v) vandalise(x);
		const list = v as unknown[];
		tries.push(
			() => list.push("mallory"),
			() => list.splice(0, 1, "mallory"),
		);
	} else if (v instanceof RegoSet) {
		for (const x of v) vandalise(x);
		tries.push(
			() => v.add("mallory"),
			() => (v.sorted() as Value[]).push("mallory"),
		);
	} else if (v instanceof RegoObject) {
		for (const [k, x] of v.sorted()) {
			vandalise(k);
			vandalise(x);
		}
		tries.push(() => v.set("mallory", true));
	} else {
		for (const x of Object.values(v)) vandalise(x);
		tries.push(() => Object.assign(v, { mallory: true, b: "mallory", roles: ["mallory"] }));
	}
	for (const attempt of tries) {
		try {
			attempt();
		} catch {
			// It may refuse.
		}
	}
}

describe("a caller who changes answers changes no later decision", () => {
	const names = ["cfg", "levels", "nested", "objects", "base", "echo", "computed", "partial", "table"];
	for (const way of ways) {
		for (const values of ["json", "rego"] as const) {
			test(`${way.name}, ${values}`, () => {
				const policy = compile({ "t.rego": rego }, { ...way.options, data, values });
				const allow = policy.rule("data.t.allow");
				const rules = names.map((name) => policy.rule(`data.t.${name}`));
				const ask = () => rules.map((rule) => toJson((rule({ x: { n: [1] } }) ?? null) as Value));
				const before = [...ask(), toJson(policy.evaluate("data.t", { x: 1 }).value as Value)];
				for (let i = 0; i < 110; i++) {
					const input = { x: { n: [1] } };
					for (const rule of rules) vandalise(rule(input));
					expect(input).toEqual({ x: { n: [1] } });
				}
				vandalise(policy.evaluate("data.t", { x: 1 }).value);
				vandalise(policy.decide("data.t.cfg").value);
				vandalise(policy.query("x := data.t.cfg; y := data.t.levels").rows[0]?.bindings);
				expect([...ask(), toJson(policy.evaluate("data.t", { x: 1 }).value as Value)]).toEqual(before);
				expect([allow({ user: "mallory" }), allow({ user: "root" })]).toEqual([undefined, true]);
				expect(data).toEqual({ base: { roles: ["viewer"] } });
			});
		}
	}
	test("modules built ahead of time", () => {
		expect(backends).toContain(builtAhead);
	});
});
