/** Inputs that are no JSON are refused by their path, and never taken for something else. */
import { describe, expect, test } from "vitest";
import { buildModule } from "../../src/aot/build.ts";
import type { AotDecision } from "../../src/aot/runtime.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { compile, loadPlan } from "../../src/index.ts";
import { backends, evaluateModule } from "../eval/backends.ts";

/** The decision `t/allow` of a module, as `rego build -t js` makes it. */
function built(module: string): AotDecision {
	const { plan } = compile({ "t.rego": module });
	const { code } = buildModule({ plan, builtins, entrypoints: [["t", "allow"]], file: "t.mjs" });
	const { entrypoints } = evaluateModule(code);
	return (entrypoints as { readonly [path: string]: AotDecision })["t/allow"] as AotDecision;
}

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
	["a URL", { x: new URL("http://a") }, "input.x is a URL; policies read what JSON has: use url.href, or compile with"],
	["headers", { x: new Headers() }, "input.x is a Headers; policies read what JSON has: use Object.fromEntries(it)"],
	[
		"a query string",
		new URLSearchParams("a=1"),
		"URLSearchParams; policies read what JSON has: use Object.fromEntries",
	],
	[
		"a buffer",
		{ x: Buffer.from("a") },
		'x is a Buffer; policies read what JSON has: use a text such as buffer.toString("base64")',
	],
	["a pattern", { x: /a/ }, "input.x is a RegExp; policies read what JSON has: use regexp.source"],
	["an error", { x: new TypeError("a") }, "input.x is a TypeError; policies read what JSON has: use error.message"],
	[
		"a toJSON of its own",
		{ x: { toJSON: () => 1 } },
		'input.x.toJSON is a function; policies read what JSON has: call it, or compile with inputs: "toJSON"',
	],
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

describe("refused at the first call, whatever the policy reads", () => {
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

describe("refused at any call", () => {
	for (const backend of backends) {
		test(backend.name, () => {
			const policy = compile({ "t.rego": module }, { backend });
			const allow = policy.rule("data.t.allow");
			for (let i = 0; i < 300; i++) allow({ user: "alice" });
			for (const [, input, message] of rows) expect(() => allow(input)).toThrow(message);
		});
	}

	// Each of these was allowed once a rule had been called a hundred times.
	const compared = [
		"allow if input.x > 5",
		"allow if input.x == 42",
		"allow if input.x != input.y",
		"allow if is_object(input.x)",
		'allow if {"k": input.x}',
		"allow if max([input.x, 1]) != 1",
		"allow if object.subset(input.x, {})",
		"allow if not minor\nminor if input.x < 18",
	];
	for (const text of compared) {
		test(text.replace("\n", "; "), () => {
			const module = `package t\n${text}`;
			const ahead = built(module);
			const policy = compile({ "t.rego": module });
			const rule = policy.rule("data.t.allow");
			for (let i = 0; i < 150; i++) {
				rule({ x: 1 });
				ahead({ x: 1 });
			}
			for (const x of [new Date(0), new Map(), Number.NaN, new URL("http://a"), Buffer.from("a")]) {
				for (const decide of [rule, ahead, (v: unknown) => policy.allows("data.t.allow", v)])
					expect(() => decide({ x, y: 1 })).toThrow(/^input\.x is /);
			}
		});
	}

	test("base data of a built module, too", () => {
		const ahead = built("package t\nallow if data.x > 5");
		expect(ahead({}, { data: { x: 6 } })).toBe(true);
		expect(() => ahead({}, { data: { x: new Date() } })).toThrow("data.x is a Date");
	});

	test('unless inputs are "trusted"', () => {
		const allow = compile({ "t.rego": module }, { inputs: "trusted" }).rule("data.t.allow");
		expect(allow({ user: "alice", x: new Date() })).toBe(true);
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
