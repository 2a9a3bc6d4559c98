/** Hints beside OPA's messages; the messages themselves stay OPA's. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { compile, type RegoError, RegoErrors } from "../../src/index.ts";

function errorsOf(text: string, others: { readonly [file: string]: string } = {}): readonly RegoError[] {
	try {
		compile({ "a.rego": text, ...others });
	} catch (e) {
		if (e instanceof RegoErrors) return e.errors;
		throw e;
	}
	throw new Error("it compiles");
}

const rows: readonly (readonly [rule: string, message: string, hint: string | undefined])[] = [
	[
		"allow { input.x == 1 }",
		"`if` keyword is required before rule body",
		"this is Rego v0: write `if` before the body",
	],
	["x[y] { y := 1 }", "`if` keyword is required before rule body", 'compile with regoVersion: "v0"'],
	["allow if !input.x", "illegal ! character", "negation is written `not`"],
	["allow if input.x == True", "var True is unsafe", "Rego spells it true"],
	["allow if input.x == None", "var None is unsafe", "Rego spells it null"],
	["allow if input.x == nil", "var nil is unsafe", "Rego spells it null"],
	["allow if { for x in input.y { x } }", "unexpected identifier token", "iteration is written `some x in xs`"],
	["allow if { let x = 1 }", "unexpected identifier token", "variables are bound with :="],
	["allow if { return true }", "unexpected true keyword", "a rule has no return"],
	["allow if input.x && input.y", "unexpected and token", "conditions that must all hold stand on lines of their own"],
	["allow if input.x || input.y", "unexpected or token", "alternatives are rules of the same name"],
	["allow if input.x and input.y", "var cannot be used for rule name", "conditions that must all hold"],
	["allow if input.x === 1", "unexpected eq token", "equality is written =="],
	["allow if input.x == 'a'", "illegal token", "strings are in double quotes"],
	["allow if input.x == “a”", "illegal token", "typographic quotes"],
	["allow if input.x ? 1 : 2", "illegal token", "there is no ?:"],
	["allow if input.x != null // why", "unexpected div token", "comments begin with #"],
	["function f(x) := 1", "var cannot be used for rule name", "functions are written `name(x) := value"],
	["allow if inpt.x", "var inpt is unsafe", "did you mean input?"],
	["allow if isadmin\nis_admin if input.x", "var isadmin is unsafe", "did you mean is_admin?"],
	["allow if isadmin(1)\nis_admin(x) if x", "undefined function isadmin", "did you mean is_admin?"],
	["allow if starts_with(input.x, `a`)", "undefined function starts_with", "did you mean startswith?"],
	["allow if lenght(input.x) > 1", "undefined function lenght", "did you mean count?"],
	["allow if length(input.x) > 1", "undefined function length", "did you mean count?"],
	["allow if json.parse(input.x)", "undefined function json.parse", "did you mean json.unmarshal?"],
	["allow if regex.macth(`a`, input.x)", "undefined function regex.macth", "did you mean regex.match?"],
	["allow if input.x.startsWith(`a`)", "undefined function input.x.startsWith", "did you mean startswith(input.x, …)?"],
	["allow if x in input.y", "var x is unsafe", "nothing gives x a value"],
	[
		"x := 1 if { input.a } elif { input.b }",
		"`if` keyword is required",
		"the next branch is written `else := value if",
	],
	["allow if { input.a == 1 input.b == 2 }", "unexpected identifier token", "stand on lines of their own"],
	["allow if input.a == 1 input.b == 2", "rule name conflicts with built-in function", "conditions stand on lines of"],
	["allow if input.a input.b", "`contains` keyword is required", "conditions stand on lines of their own"],
	["x[y]\n", "`contains` keyword is required", "a set is written `name contains x"],
	["const x := 1", "var cannot be used for rule name", "a rule of one value is written `x := 1`"],
	["let x = 1", "var cannot be used for rule name", "a rule of one value is written `x := 1`"],
	["x := 1 if input.a\nelse 2", "expected else value term or rule body", "another value is written `else := value`"],
	["a-b := 1", "unexpected minus token", "names are letters, digits and _"],
	["default a-b := 1", "", "names are letters, digits and _"],
	["x := -\n", "unexpected", undefined],
	["allow IF input.a", "var cannot be used for rule name", "Rego spells it if"],
	["allow if input.a?.b", "illegal token", "there is no ?. and none is needed"],
	['x := "a" + "b"', "plus: invalid argument(s)", 'texts are put together with concat("", [a, b])'],
	['allow if regex.match("\\d", input.x)', "illegal escape sequence", "text in backquotes is taken as it stands"],
	['x := "a\nb"', "non-terminated string", "text in backquotes is taken as it stands"],
	["def f(x):\n  x", "unexpected : token", "functions are written `name(x) := value"],
	["\u00a0allow if true", "illegal token", "a space that is none of the usual ones"],
	["lt := 1\nallow if 1 < 2", "function data.a.lt has arity 0", "the rule lt hides the function"],
	["allow if data.other.f(1)", "undefined function data.other.f", "no module defines this function"],
];

test("Node shows all errors with their hints, and one stack", () => {
	let shown = "";
	try {
		compile({ "a.rego": "package a\nallow { true }\nx := True" });
	} catch (e) {
		shown = inspect(e);
	}
	expect(shown).toMatch(/^RegoErrors: \d errors? occurred:\na\.rego:2: rego_parse_error: .*/);
	expect(shown).toContain("\thint: this is Rego v0");
	expect(shown.match(/^ {4}at /gm)?.length).toBeLessThan(15);
	expect(shown).not.toContain("[errors]");
});

describe("errors", () => {
	for (const [rule, message, hint] of rows) {
		test(rule, () => {
			const [first] = errorsOf(`package a\n\n${rule}\n`);
			expect(first?.reason).toContain(message);
			if (hint === undefined) expect(first?.hint).toBeUndefined();
			else expect(first?.hint).toContain(hint);
			expect(first?.message).not.toContain(first?.hint ?? "\0");
			expect(JSON.stringify(first)).not.toContain("hint");
		});
	}
	test("no package", () => expect(errorsOf("allow if true")[0]?.hint).toContain("package authz"));
	test("a rule of another package by its path", () => {
		const [e] = errorsOf("package a\nallow if data.lib.is_admn(1)", { "l.rego": "package lib\nis_admin(x) if x" });
		expect(e?.hint).toBe("did you mean data.lib.is_admin?");
	});
	test("an input that the schema has not", () => {
		const schemas = new Map([["schema", { type: "object", properties: { user: { type: "string" } } }]]);
		let errors: readonly RegoError[] = [];
		try {
			compile({ "a.rego": "package a\nallow if input.usr" }, { schemas });
		} catch (e) {
			errors = (e as RegoErrors).errors;
		}
		expect(errors.map((e) => [e.reason, e.hint])).toEqual([["undefined ref: input.usr", "did you mean input.user?"]]);
	});
	test("queries have them, too", () => {
		const policy = compile({ "a.rego": "package a\nallow if true" });
		const hints: string[] = [];
		try {
			policy.query("inptu.x == True");
		} catch (e) {
			hints.push(...(e as RegoErrors).errors.flatMap((x) => x.hint ?? []));
		}
		expect(hints).toEqual(["did you mean input?", "Rego spells it true"]);
	});
	test("good policies cost nothing and thousands of errors are no problem", () => {
		const text = `package a\n${Array.from({ length: 2000 }, (_, i) => `r${i} if undefined_${i}(1)`).join("\n")}`;
		let errors: readonly RegoError[] = [];
		try {
			compile({ "a.rego": text }, { maxErrors: 0 });
		} catch (e) {
			errors = (e as RegoErrors).errors;
		}
		expect(errors).toHaveLength(2000);
	});
});
