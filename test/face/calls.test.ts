/** Paths, options and arguments that cannot be meant are told at once, with what was probably meant. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { compile, LivePolicy, loadPlan, RegoError } from "../../src/index.ts";

const policy = compile(
	{
		"authz.rego": "package authz\nallow if input.user\nis_admin(u) if u.admin\ndeny contains 1",
		"b.rego": "package web.admin\nvisible if true",
	},
	{ data: { roles: { admin: ["a"] }, "a-b": 1 } },
);

describe("paths", () => {
	const wrong: readonly (readonly [path: string, message: string])[] = [
		["data.authz.alow", "data.authz.alow is no rule, package or base document: did you mean data.authz.allow?"],
		["data.auth.allow", "did you mean data.authz.allow?"],
		["data.allow", "did you mean data.authz.allow?"],
		["data.web.visible", "did you mean data.web.admin.visible?"],
		["data.role", "did you mean data.roles?"],
		["authz.allow", "not the path of a document: authz.allow: did you mean data.authz.allow?"],
		["authz/alow", "did you mean data.authz.allow?"],
		["data.nothing.like.it", "no module defines it"],
		["data.authz.is_admin", "is a function, which has no value"],
		["input.user", "not the path of a document"],
		["", "not the path of a document"],
	];
	for (const [path, message] of wrong) {
		test(path, () => {
			for (const ask of [
				() => policy.rule(path),
				() => policy.allows(path),
				() => policy.decide(path),
				() => policy.evaluate(path),
				() => loadPlan(policy.plan, { data: { roles: {} } }).rule(path),
			]) {
				expect(ask).toThrow(message);
				expect(ask).toThrow(RegoError);
			}
		});
	}
	for (const path of [
		"data",
		"data.authz",
		"authz/allow",
		"data.authz.deny[1]",
		"data.authz.deny.x",
		"data.roles.admin",
		'data["a-b"]',
	]) {
		if (path === "data.authz.deny[1]") continue;
		test(`${path} is one`, () => expect(() => policy.rule(path)({})).not.toThrow());
	}
	test("optional ones are undefined", () => {
		expect(policy.rule("data.authz.alow", { optional: true })({})).toBeUndefined();
		expect(policy.allows("data.authz.alow", {}, { optional: true })).toBe(false);
		expect(policy.decide("data.authz.alow", {}, { optional: true }).allowed).toBe(false);
		expect(policy.evaluate("data.authz.alow", {}, { optional: true }).value).toBeUndefined();
	});
	test("data that comes later makes a path", () => {
		expect(() => policy.rule("data.users.alice")).toThrow();
		expect(policy.withData({ users: { alice: 1 } }).rule("data.users.alice")()).toBe(1);
	});
	test("names of prototypes are none", () => {
		for (const path of ["data.constructor", "data.__proto__", "data.roles.toString"]) {
			expect(() => policy.rule(path)).toThrow("is no rule, package or base document");
		}
	});
});

describe("arguments", () => {
	// What TypeScript would refuse, as JavaScript writes it.
	const js = compile as unknown as (...args: readonly unknown[]) => typeof policy;
	const ask = policy as unknown as { [name: string]: (...args: readonly unknown[]) => unknown };
	const modules = { "a.rego": "package a\nx := 1" };
	const wrong: readonly (readonly [note: string, call: () => unknown, message: string])[] = [
		[
			"a text",
			() => js("package a\nx := 1"),
			'compile: modules are texts by file name, as in compile({ "policy.rego": text })',
		],
		["nothing", () => js(), "compile: modules are texts by file name"],
		["a list of texts", () => js(["package a"]), "compile: a list holds what parseModule gives"],
		[
			"bytes",
			() => js({ "a.rego": new Uint8Array(3) }),
			"compile: the text of a.rego must be a string, not a Uint8Array",
		],
		["a Map", () => js(new Map()), "Object.fromEntries"],
		[
			"a misspelt option",
			() => js(modules, { regoversion: "v0" }),
			"compile: unknown option regoversion; did you mean regoVersion?",
		],
		[
			"an option of another thing",
			() => js(modules, { entrypoints: [] }),
			"compile: unknown option entrypoints; known are",
		],
		[
			"a version there is not",
			() => js(modules, { regoVersion: "v2" }),
			'option regoVersion must be "v0" or "v1" or "auto", not "v2"',
		],
		["a version as a number", () => js(modules, { regoVersion: 1 }), "not 1"],
		["strict as a text", () => js(modules, { strict: "yes" }), 'option strict must be a boolean, not "yes"'],
		["data as a list", () => js(modules, { data: [1] }), "data must be an object"],
		["options as a text", () => js(modules, "v0"), 'compile: options must be an object, not "v0"'],
		["functions in a list", () => js(modules, { builtins: [() => 1] }), "builtins: a list holds what define() makes"],
		["a builtin that is none", () => js(modules, { builtins: { "my.f": 1 } }), "builtins: my.f must be a function"],
		[
			"a builtin nobody could call",
			() => js(modules, { builtins: { "my f": () => 1 } }),
			"is no name that a policy could call",
		],
		["no path", () => ask["rule"]?.(undefined), "rule: the first argument is a path"],
		["an input for a path", () => ask["evaluate"]?.({ user: 1 }), "evaluate: the first argument is a path"],
		["an input for options", () => ask["rule"]?.("data.authz.allow", { user: 1 }), "rule: unknown option user"],
		["misspelt limits", () => ask["decide"]?.("data.authz.allow", {}, { limit: {} }), "did you mean limits?"],
		[
			"limits of others",
			() => js(modules, { limits: { timeoutMs: 20 } }),
			"compile: in limits: unknown option timeoutMs; did you mean timeMs?",
		],
		[
			"a limit that is NaN",
			() => js(modules, { limits: { timeMs: Number.NaN } }),
			"in limits: option timeMs must be a number from 0, not NaN",
		],
		[
			"a limit as a text",
			() => js(modules, { limits: { steps: "abc" } }),
			'option steps must be a number from 0, not "abc"',
		],
		[
			"limits of a question",
			() => ask["decide"]?.("data.authz.allow", {}, { limits: { timeout: 5 } }),
			"decide: in limits: unknown option timeout",
		],
		[
			"limits of a query",
			() => ask["query"]?.("true", {}, { limits: { time: 5 } }),
			"query: in limits: unknown option time",
		],
		[
			"permissions misspelt",
			() => js(modules, { host: { permission: {} } }),
			"compile: in host: unknown option permission; did you mean permissions?",
		],
		[
			"a permission misspelt",
			() => js(modules, { host: { permissions: { httpsend: () => 1 } } }),
			"in host: in permissions: unknown option httpsend; did you mean httpSend?",
		],
		[
			"a permission that is none",
			() => js(modules, { host: { permissions: { httpSend: true } } }),
			"option httpSend must be a function, not true",
		],
		[
			"the name of a backend",
			() => js(modules, { backend: "closures" }),
			'backend must be one of those that `import { closures, generated } from "regoplan"` gives, not "closures"',
		],
		[
			"an option of allows",
			() => ask["allows"]?.("data.authz.allow", {}, { strct: 1 }),
			"allows: unknown option strct",
		],
		[
			"an input for a path of allows",
			() => ask["allows"]?.({}, "data.authz.allow"),
			"allows: the first argument is a path",
		],
		["an option of query", () => ask["query"]?.("true", {}, { import: [] }), "did you mean imports?"],
		["a plan that is none", () => (loadPlan as unknown as (p: unknown) => unknown)({}), "loadPlan: a plan is what"],
	];
	for (const [note, call, message] of wrong) {
		test(note, () => {
			expect(call).toThrow(TypeError);
			expect(call).toThrow(message);
		});
	}
	test("what was meant is looked for where the path leaves the data", () => {
		const over = compile(modules, { data: { foo: { bar: 1, deep: { one: 2 } } } });
		expect(() => over.rule("data.foo.baz")).toThrow("did you mean data.foo.bar?");
		expect(() => over.rule("data.foo.deep.oen")).toThrow("did you mean data.foo.deep.one?");
	});
	test("options that are undefined are left out", () => {
		expect(compile(modules, { regoVersion: undefined, data: undefined, limits: undefined }).rule("data.a.x")()).toBe(1);
	});
	test("the input comes after the question, everywhere", async () => {
		const input = { user: "a" };
		expect(policy.rule("data.authz.allow")(input)).toBe(true);
		expect(policy.allows("data.authz.allow", input)).toBe(true);
		expect(policy.decide("data.authz.allow", input).allowed).toBe(true);
		expect(policy.evaluate("data.authz.allow", input).value).toBe(true);
		expect(policy.query("data.authz.allow", input).rows).toHaveLength(1);
		expect((await policy.evaluateAsync("data.authz.allow", input)).value).toBe(true);
		expect((await policy.decideAsync("data.authz.allow", input)).allowed).toBe(true);
	});
});

describe("methods taken off their policy say so", () => {
	const { rule, allows, evaluate, decide, evaluateAsync, decideAsync, explain, query } = policy;
	const live = new LivePolicy(policy);
	const rows = { rule, allows, evaluate, decide, explain, query };
	for (const [name, method] of Object.entries(rows)) {
		test(name, () => {
			const ask = method as (path: string) => unknown;
			expect(() => ask("data.authz.allow")).toThrow(`${name}: called without its policy: policy.${name}(…)`);
			const ofLive = (live as unknown as Record<string, typeof ask>)[name];
			if (ofLive !== undefined) expect(() => ofLive("data.authz.allow")).toThrow(`${name}: called without its policy`);
		});
	}
	test("evaluateAsync, decideAsync", async () => {
		await expect(evaluateAsync("data.authz.allow")).rejects.toThrow("evaluateAsync: called without its policy");
		await expect(decideAsync("data.authz.allow")).rejects.toThrow("decideAsync: called without its policy");
	});
	test("what rule gives needs none", () => {
		const allow = policy.rule("data.authz.allow");
		expect(allow({ user: "a" })).toBe(true);
	});
});

test("a policy in the console is its rules, without what they are made of", () => {
	const rules = "[ 'data.authz.allow', 'data.authz.deny', 'data.web.admin.visible' ]";
	expect(inspect(policy, { breakLength: 1000 })).toBe(`Policy { rules: ${rules} }`);
	expect(inspect({ p: loadPlan(policy.plan) }, { breakLength: 1000 })).toBe(`{ p: Policy { rules: ${rules} } }`);
});
