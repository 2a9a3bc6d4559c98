/** Policies that authorize requests are checked with the type of their input; verdicts and texts are of a real opa. */
import { expect, test } from "vitest";
import { activateBundles } from "../../src/server/bundles.ts";
import { Runtime } from "../../src/server/runtime.ts";
import { runServer } from "./run-server.ts";

const authorizationDecision = "system/authz/allow";

const refused: readonly { note: string; rules: string; want: string; lib?: string }[] = [
	{ note: "a misspelt name below not", rules: "allow if not input.identiy", want: "undefined ref: input.identiy" },
	{ note: "a name of another type", rules: "allow if input.path[0] == 1", want: "match error" },
	{
		note: "a member of text",
		rules: 'allow if input.identity.name == "x"',
		want: "undefined ref: input.identity.name",
	},
	{
		note: "what a helper reads",
		rules: 'allow if helper\nhelper if input.methd == "GET"',
		want: "undefined ref: input.methd",
	},
	{
		note: "what a rule of another package reads",
		rules: "allow if data.lib.ok",
		want: "undefined ref: input.q",
		lib: "package lib\nok if input.q",
	},
	{
		note: "another input does not change it",
		rules: 'allow if data.lib.ok with input as {"q": 1}',
		want: "undefined ref: input.q",
		lib: "package lib\nok if input.q",
	},
	{ note: "a rule below the decision", rules: "allow.allowed if input.zzz", want: "undefined ref: input.zzz" },
	{
		note: "nor do annotations",
		rules: "# METADATA\n# schemas:\n# - input: {type: object, properties: {zzz: {type: string}}}\nallow if input.zzz",
		want: "undefined ref: input.zzz",
	},
];

function policies(rules: string, lib?: string): { readonly [id: string]: string } {
	const authz = `package system.authz\n${rules}`;
	return lib === undefined ? { "authz.rego": authz } : { "authz.rego": authz, "lib.rego": lib };
}

test.each(refused)("refused: $note", ({ rules, want, lib }) => {
	expect(() => new Runtime({ policies: policies(rules, lib), authorizationDecision })).toThrow(want);
	// Where nobody is authorized by them, they are rules like others.
	expect(() => new Runtime({ policies: policies(rules, lib) })).not.toThrow();
	expect(() => new Runtime({ policies: policies(rules, lib), authorizationDecision: "app/allow" })).not.toThrow();
});

const accepted: readonly (readonly [note: string, rules: string])[] = [
	["rules that the decision does not need", "other if input.nope\nallow := true"],
	["branches of else", "allow if false\nelse := true if\n\tinput.bad"],
	["members of what can have any", 'allow if { input.body.x.y; input.params.q[0]; input.headers["X-A"][0] }'],
	["functions are not followed with their operands", "allow if f(input)\nf(x) if x.nope"],
	["metadata", "# METADATA\n# title: t\nallow if rego.metadata.rule().title == input.method"],
];

test.each(accepted)("accepted: %s", (_, rules) => {
	expect(() => new Runtime({ policies: policies(rules), authorizationDecision })).not.toThrow();
});

test("a bundle that is refused leaves what was in force", () => {
	const runtime = new Runtime({ policies: policies("allow := true"), authorizationDecision });
	const bundle = (rules: string) => ({
		name: "b",
		policies: new Map([["b/authz.rego", runtime.parse("b/authz.rego", `package system.authz\n${rules}`)]]),
		data: {},
		roots: ["system/authz"],
		manifest: {},
		etag: "",
	});
	expect(() => activateBundles(runtime, [bundle("allow if not input.identiy")])).toThrow(
		"undefined ref: input.identiy",
	);
	expect(runtime.snapshot.policy.allows("data.system.authz.allow", {})).toBe(true);
	activateBundles(runtime, [bundle("allow if not input.identity")]);
	expect(runtime.snapshot.policy.allows("data.system.authz.allow", { identity: "x" })).toBe(false);
});

test("the command checks where it authorizes, and skips it where that is wanted", async () => {
	const known = 'known := [opa.runtime()[k] | some k in ["authorization_enabled", "skip_known_schema_check"]]';
	const files = { ...policies("allow if not input.identiy"), "app.rego": `package app\n${known}` };
	const text = `initialization error: 1 error occurred: authz.rego:2: rego_type_error: undefined ref: input.identiy
	input.identiy
	      ^
	      have: "identiy"
	      want (one of): ["body" "client_certificates" "headers" "identity" "method" "params" "path"]`;
	await expect(runServer(["--authorization=basic", "authz.rego"], files)).rejects.toThrow(text);
	const rows = [
		{ flags: ["--authorization=basic", "--skip-known-schema-check"], facts: [true, true] },
		{ flags: [], facts: [false, false] },
	];
	for (const { flags, facts } of rows) {
		const server = await runServer([...flags, "authz.rego", "app.rego"], files);
		// Policies may ask whether somebody watches the door.
		const { body } = await server.send({ method: "GET", path: "/v1/data/app/known" });
		expect(JSON.parse(body)).toEqual({ result: facts });
		expect(await server.stop()).toBe(0);
	}
});
