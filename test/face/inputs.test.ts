/** Inputs that are no JSON are refused by their path, and never taken for something else. */
import { describe, expect, test } from "vitest";
import { compile, loadPlan } from "../../src/index.ts";
import { backends } from "../eval/backends.ts";

class User {
	name: string;
	constructor(name: string) {
		this.name = name;
	}
	isAdmin(): boolean {
		return false;
	}
}

const cyclic: { [key: string]: unknown } = { a: { b: [] } };
(cyclic["a"] as { b: unknown[] }).b.push(cyclic);

const rows: readonly (readonly [note: string, input: unknown, message: string])[] = [
	["a Map", { x: new Map([["a", 1]]) }, "input.x is a Map"],
	["a Set", { x: { y: [new Set([1])] } }, "input.x.y[0] is a Set"],
	["a Date", { x: new Date() }, "input.x is a Date"],
	["NaN", { x: [1, Number.NaN] }, "input.x[1] is NaN"],
	["Infinity", { x: Number.NEGATIVE_INFINITY }, "input.x is -Infinity"],
	["an instance of a class", { x: new User("a") }, "input.x is an instance of User"],
	["a function", { x: () => true }, "input.x is a function"],
	["a symbol", { x: Symbol("a") }, "input.x is a symbol"],
	["a Promise", { x: Promise.resolve(1) }, "input.x is a Promise, which has to be awaited first"],
	["bytes", { x: new Uint8Array(2) }, "input.x is a Uint8Array"],
	["a URL", { x: new URL("http://a") }, "input.x is a URL"],
	["a hole in an array", { x: new Array(2) }, "input.x[0] is undefined"],
	["itself", cyclic, "input.a.b[0] contains itself"],
	["a key that is no name", { x: { "a-b": new Map() } }, 'input.x["a-b"] is a Map'],
	["a Map as the input", new Map(), "input is a Map"],
	["a function as the input", () => 1, "input is a function"],
];

const module = `package t
allow if input.user == "alice"
x := input.x
n := count(input.x)
w := count([1 | walk(input)])
s := json.marshal(input)
eq if input.x == {}
entry := input.x.a
`;

describe("refused at the first calls, whatever the policy reads", () => {
	for (const backend of backends) {
		for (const [note, input, message] of rows) {
			test(`${backend.name}: ${note}`, () => {
				const policy = compile({ "t.rego": module }, { backend });
				expect(() => policy.rule("data.t.allow")(input)).toThrow(message);
				expect(() => policy.rule("data.t.allow")(input)).toThrow(TypeError);
				expect(() => policy.allows("data.t.allow", input)).toThrow(message);
				expect(() => policy.decide("data.t.allow", input)).toThrow(message);
				expect(() => policy.evaluate("data.t.allow", input)).toThrow(message);
				expect(() => policy.query("data.t.allow", input)).toThrow(message);
				expect(() => loadPlan(policy.plan).rule("data.t.allow")(input)).toThrow(message);
			});
		}
	}
});

describe("refused later where they are read", () => {
	const later = rows.filter(([note]) => !/NaN|Infinity|hole|as the input|no name|Set$/.test(note));
	for (const backend of backends) {
		test(backend.name, () => {
			const policy = compile({ "t.rego": module }, { backend });
			for (const name of ["x", "n", "w", "s", "eq", "entry"]) {
				const rule = policy.rule(`data.t.${name}`);
				for (let i = 0; i < 101; i++) rule({ x: [1] });
				for (const [note, input, message] of later) {
					// A rule that does not look into a value cannot tell.
					const seen = /function|symbol/.test(note) ? ["x"] : note === "itself" ? ["w"] : ["w", "s", "x"];
					const reads = seen.includes(name);
					let error: unknown;
					let value: unknown;
					try {
						value = rule(input);
					} catch (e) {
						error = e;
					}
					if (reads || error !== undefined) expect(String(error), `${name}, ${note}`).toContain(message);
					else expect([undefined, 0, 2], `${name}, ${note}`).toContain(value);
				}
			}
		});
	}
	test('inputs: "checked" looks at every call', () => {
		const allow = compile({ "t.rego": module }, { inputs: "checked" }).rule("data.t.allow");
		for (let i = 0; i < 300; i++) allow({ user: "alice" });
		for (const [, input, message] of rows) expect(() => allow(input)).toThrow(message);
	});
});

describe("what is fine", () => {
	const policy = compile({ "t.rego": module });
	const fine: readonly (readonly [note: string, input: unknown, want: unknown])[] = [
		["an interface's object", { x: { a: 1 } }, { a: 1 }],
		["no prototype", { x: Object.assign(Object.create(null), { a: 1 }) }, { a: 1 }],
		["undefined properties are none", { x: { a: undefined, b: 1 } }, { b: 1 }],
		["bigint", { x: 2n ** 70n }, 2 ** 70],
		["the same object twice", ((o) => ({ x: [o, o] }))({ a: 1 }), [{ a: 1 }, { a: 1 }]],
		["no input", undefined, undefined],
		["frozen", Object.freeze({ x: Object.freeze([1]) }), [1]],
	];
	for (const [note, input, want] of fine) {
		test(note, () => expect(policy.rule("data.t.x")(input)).toEqual(want));
	}
	test("very deep ones", () => {
		let deep: unknown = 1;
		for (let i = 0; i < 5000; i++) deep = { d: deep };
		expect(policy.allows("data.t.allow", { user: "alice", deep })).toBe(true);
	});
	test("objects of another realm", async () => {
		const { runInNewContext } = await import("node:vm");
		const foreign: unknown = runInNewContext(`({ x: { a: [1, { b: "c" }] } })`);
		expect(policy.rule("data.t.x")(foreign)).toEqual({ a: [1, { b: "c" }] });
		expect(() => policy.rule("data.t.x")(runInNewContext("({ x: new Map() })"))).toThrow("input.x is a Map");
	});
});

describe('inputs: "toJSON"', () => {
	const policy = compile({ "t.rego": module }, { inputs: "toJSON" });
	const rule = policy.rule("data.t.x");
	test("asks every value for its JSON, at every call", () => {
		for (let i = 0; i < 120; i++) expect(rule({ x: [new Date(0)] })).toEqual(["1970-01-01T00:00:00.000Z"]);
		expect(policy.evaluate("data.t.x", { x: new URL("http://a/") }).value).toBe("http://a/");
	});
	test("refuses what has none", () => expect(() => rule({ x: new Map() })).toThrow("input.x is a Map"));
	test("and what contains itself", () => expect(() => rule(cyclic)).toThrow("contains itself"));
});

test("base data is looked through, too", () => {
	expect(() => compile({}, { data: { a: new Map() } })).toThrow("data.a is a Map");
	expect(() => compile({}).withData({ a: [new Date()] })).toThrow("data.a[0] is a Date");
	interface Config {
		readonly roles: readonly string[];
	}
	const config: Config = { roles: ["a"] };
	expect(compile({}, { data: config }).rule("data.roles")()).toEqual(["a"]);
});
