/**
 * regoplan/opa-wasm beside the package whose API it has: the same calls on the same policy, once as
 * WebAssembly (fixture/policy.wasm, made of fixture/policy.rego by `opa build -t wasm`) and once as Rego.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as original from "@open-policy-agent/opa-wasm";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import * as ours from "../../src/opa-wasm/opa-wasm.ts";

const file = (name: string) => readFileSync(new URL(`fixture/${name}`, import.meta.url));
const rego = file("policy.rego").toString();
const wasm = file("policy.wasm");
const entrypoints = [
	"allow",
	"world",
	"names",
	"big",
	"half",
	"custom",
	"undefined_custom",
	"text",
	"conflict",
	"no_input",
]
	.map((name) => `example/${name}`)
	.concat("example");
const builtins = { "my.greet": (name: string) => (name === "nobody" ? undefined : `hello ${name}`) };

/** What both packages give. */
interface Loaded {
	readonly entrypoints: { readonly [name: string]: number };
	evaluate(input?: unknown, entrypoint?: number | string): unknown;
	evalBool(input?: unknown): boolean;
	setData(data: object | ArrayBuffer): void;
}

const both = async (): Promise<readonly Loaded[]> => [
	(await original.loadPolicy(wasm, 5, builtins)) as Loaded,
	await ours.loadPolicy(rego, 5, builtins, { entrypoints: (await names()) as readonly string[] }),
];

/** In the order that the WebAssembly numbers them in. */
async function names(): Promise<readonly string[]> {
	const { entrypoints } = (await original.loadPolicy(wasm, {}, builtins)) as unknown as Loaded;
	return Object.keys(entrypoints).sort((a, b) => (entrypoints[a] as number) - (entrypoints[b] as number));
}

const utf8 = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer;

const rows: readonly (readonly [
	note: string,
	data: object | undefined,
	input: unknown,
	entrypoint: string | number | undefined,
])[] = [
	["true", { roles: { alice: ["admin"] } }, { user: "alice" }, "example/allow"],
	["false by default", { roles: { alice: ["admin"] } }, { user: "bob" }, "example/allow"],
	["without data", undefined, { user: "alice" }, "example/allow"],
	["undefined", { world: "hello" }, { message: "bye" }, "example/world"],
	["data as text", utf8('{"world": "hello"}'), { message: "hello" }, "example/world"],
	["input as text", { world: "hello" }, utf8('{"message": "hello"}'), "example/world"],
	["sets are lists", undefined, { names: ["b", "a", "b"] }, "example/names"],
	["large numbers are doubles", undefined, {}, "example/big"],
	["fractions", undefined, { n: 3 }, "example/half"],
	["no fraction", undefined, { n: 4.0 }, "example/half"],
	["a builtin of one's own", undefined, { user: "alice" }, "example/custom"],
	["that has no result", undefined, {}, "example/undefined_custom"],
	["a whole package", { roles: {} }, { names: ["x"], n: 1, user: "u", a: 1, b: 1, message: "" }, "example"],
	[
		"an input of a Date, a Map and undefined",
		undefined,
		{ d: new Date(0), m: new Map([[1, 2]]), u: undefined },
		"example/text",
	],
	["an input that is a text", undefined, '{"a": 1}', "example/text"],
	["no input", undefined, undefined, "example/no_input"],
	["null is no input", undefined, null, "example/no_input"],
	["0 is no input", undefined, 0, "example/no_input"],
	["false is no input", undefined, false, "example/no_input"],
	["the first entry point by default", undefined, { user: "a" }, undefined],
	["by number", undefined, { n: 8 }, 4],
];

/** WebAssembly lists sets and writes objects in the order of its hashes; here they are in OPA's order. */
function alike(v: unknown): unknown {
	if (typeof v === "string" && v.startsWith("{")) return alike(JSON.parse(v));
	if (Array.isArray(v)) return v.map(alike).sort();
	if (typeof v !== "object" || v === null) return v;
	return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, alike(x)]));
}

describe("answers as the original", () => {
	for (const [note, data, input, entrypoint] of rows) {
		test(note, async () => {
			const [theirs, own] = (await both()) as [Loaded, Loaded];
			if (data !== undefined) for (const p of [theirs, own]) p.setData(data);
			const want = theirs.evaluate(input, entrypoint);
			expect(alike(own.evaluate(input, entrypoint))).toEqual(alike(want));
			// And again: nothing is left over.
			expect(alike(own.evaluate(input, entrypoint))).toEqual(alike(want));
			expect(own.evalBool(input)).toBe(theirs.evalBool(input));
		});
	}
	test("the same entry points", async () => {
		const [theirs, own] = (await both()) as [Loaded, Loaded];
		expect(own.entrypoints).toEqual(theirs.entrypoints);
		expect(Object.keys(own.entrypoints).sort()).toEqual([...entrypoints].sort());
	});
	test("data takes the place of data", async () => {
		for (const p of await both()) {
			p.setData({ world: "a", roles: { x: ["admin"] } });
			p.setData({ world: "b" });
			expect([p.evaluate({ message: "b" }, "example/world"), p.evaluate({ user: "x" }, "example/allow")]).toEqual([
				[{ result: true }],
				[{ result: false }],
			]);
		}
	});
	test("conflicts throw", async () => {
		for (const p of await both()) {
			let thrown: unknown;
			try {
				p.evaluate({ a: 1, b: 2 }, "example/conflict");
			} catch (e) {
				thrown = e;
			}
			expect(String((thrown as Error).message ?? thrown)).toMatch(
				/conflict|complete rules must not produce multiple outputs/,
			);
		}
	});
	test("entry points that are none", async () => {
		for (const p of await both()) {
			for (const [wrong, message] of [
				["not/there", "entrypoint not/there is not valid in this instance"],
				["toString", "entrypoint toString is not valid in this instance"],
				[{}, "entrypoint value is an invalid type, must be either string or number"],
			] as const) {
				let thrown: unknown;
				try {
					p.evaluate({}, wrong as string);
				} catch (e) {
					thrown = e;
				}
				expect(thrown instanceof Error ? thrown.message : thrown).toBe(message);
			}
		}
	});
	test("inputs that contain themselves throw", async () => {
		const cyclic: { self?: unknown } = {};
		cyclic.self = cyclic;
		for (const p of await both()) expect(() => p.evaluate(cyclic, "example/text")).toThrow(TypeError);
	});
});

describe("what a policy is loaded from", () => {
	const options = { entrypoints: ["a/allow"] };
	const text = "package a\n\nallow if input.ok\n\nother := 1\n";
	const policy = compile({ "a.rego": text });
	const sources: readonly (readonly [note: string, source: ours.PolicySource])[] = [
		["Rego", text],
		["its bytes", new TextEncoder().encode(text)],
		["an ArrayBuffer of it", utf8(text)],
		["texts by name", { "a.rego": text }],
		["a plan", policy.toJSON()],
		["a plan's bytes", new TextEncoder().encode(policy.toJSON())],
		["a policy", policy],
		["a response", new Response(text)],
		["a response to come", Promise.resolve(new Response(text))],
		["a bundle", bundle({ "a.rego": text })],
	];
	for (const [note, source] of sources) {
		test(note, async () => {
			const loaded = await ours.loadPolicy(source, {}, {}, options);
			expect(loaded.evaluate({ ok: true })).toEqual([{ result: true }]);
			expect(loaded.evaluate({}, "a/allow")).toEqual([]);
		});
	}
	test("entry points that annotations mark, else every rule", async () => {
		const marked = "# METADATA\n# entrypoint: true\npackage p\n\n# METADATA\n# entrypoint: true\nb := 1\n\na := 2\n";
		expect((await ours.loadPolicy(marked)).entrypoints).toEqual({ p: 0, "p/b": 1 });
		expect((await ours.loadPolicy(bundle({ "p.rego": marked }))).entrypoints).toEqual({ p: 0, "p/b": 1 });
		expect((await ours.loadPolicy(text)).entrypoints).toEqual({ "a/allow": 0, "a/other": 1 });
	});
	test("Rego v0, as these programs are often old", async () => {
		expect((await ours.loadPolicy("package a\nallow { input.ok }")).evaluate({ ok: true })).toEqual([{ result: true }]);
	});
	test("at once", () => {
		expect(ours.loadPolicySync(text, undefined, {}, options).evaluate({ ok: true })).toEqual([{ result: true }]);
		expect(() => ours.loadPolicySync(bundle({}))).toThrow("bundles take loadPolicy");
	});
	test("WebAssembly is refused with what to give instead", async () => {
		await expect(ours.loadPolicy(wasm)).rejects.toThrow("this is WebAssembly; give the policy itself");
	});
	test("async builtins are refused, not true", async () => {
		const loaded = await ours.loadPolicy(
			"package a\nallow if my.f(1)",
			{},
			{ "my.f": async (_: number) => true },
			options,
		);
		expect(() => loaded.evaluate({})).toThrow("returned a Promise");
	});
});

/** A bundle of these files, as `opa build -b` makes them. */
function bundle(files: { readonly [name: string]: string }): Uint8Array {
	const blocks = Object.entries(files).flatMap(([name, content]) => {
		const body = Buffer.from(content);
		const header = Buffer.alloc(512);
		header.write(`/${name}`, 0);
		header.write("0000644\0", 100);
		header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
		header.write("        0ustar\0", 148);
		let sum = 0;
		for (const byte of header) sum += byte;
		header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
		return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
	});
	return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

// TypeScript knows it only with the DOM.
const { WebAssembly: engine } = globalThis as unknown as {
	readonly WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> };
};
const compiled = engine.compile;

describe("what is given in the place of a policy", () => {
	const load = ours.loadPolicy as (source: unknown) => Promise<unknown>;
	test("WebAssembly, as bytes and compiled", async () => {
		await expect(load(wasm)).rejects.toThrow("this is WebAssembly; give the policy itself");
		await expect(load(await compiled(new Uint8Array(wasm)))).rejects.toThrow("this is WebAssembly");
	});
	const rows: readonly (readonly [note: string, source: unknown, message: string])[] = [
		["a number", 5, "a policy is Rego text, texts by file name, a bundle or a plan, not 5"],
		["a Map", new Map(), "not a Map"],
		["a list", ["package a"], "not a list"],
		["files that are no texts", { "a.rego": Buffer.from("package a") }, "not an object"],
		["a Response of an error", new Response("no", { status: 404 }), "the server answered 404"],
	];
	for (const [note, source, message] of rows) {
		test(note, async () => await expect(load(source)).rejects.toThrow(message));
	}
	test("a Promise is waited for, and told where it cannot be", async () => {
		const loaded = await ours.loadPolicy(Promise.resolve(rego) as never, {}, builtins);
		expect(Object.keys(loaded.entrypoints)).toContain("example/allow");
		expect(() => ours.loadPolicySync(Promise.resolve(rego) as never)).toThrow("a Promise: await loadPolicy");
	});
	test("the default export has both functions, as the original's", () => {
		expect(ours.default).toEqual({ loadPolicy: ours.loadPolicy, loadPolicySync: ours.loadPolicySync });
	});
});
