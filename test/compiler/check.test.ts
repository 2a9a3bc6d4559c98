/** What checked modules look like: names, locals, order of bodies, and what is hoisted out of terms. */

import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules, stages } from "../../src/compiler/check.ts";
import { checkQuery } from "../../src/compiler/check-query.ts";
import { type CheckedModuleSet, knowledge, type RuleTree } from "../../src/compiler/checked.ts";
import type { PrintMode } from "../../src/compiler/compilation.ts";
import { metadataStages } from "../../src/compiler/stages/metadata.ts";
import { compile } from "../../src/index.ts";
import { Source } from "../../src/location.ts";
import { parseAnnotations } from "../../src/parser/annotations.ts";
import type { Ref, Rule } from "../../src/parser/ast.ts";
import { parseModule, parseQuery } from "../../src/parser/parser.ts";
import { printBody, printRef, printTerm } from "../../src/parser/print.ts";
import { type CheckSettings, checked, parsed, reported } from "./support.ts";

function accepted(modules: Readonly<Record<string, string>>, settings: CheckSettings = {}): CheckedModuleSet {
	const { value, errors } = checked(modules, settings);
	if (value === undefined || !("tree" in value)) throw new Error(errors.map((e) => e.message).join("\n"));
	return value;
}

function one(text: string, settings: CheckSettings = {}): CheckedModuleSet {
	return accepted({ "p.rego": `package p\n\n${text}` }, settings);
}

/** `head | body` of the last rule, renamed locals by number. */
function shown(set: CheckedModuleSet): string {
	const rule = set.modules[0]?.rules.at(-1) as Rule;
	const { ref, args, key, value } = rule.head;
	let head = printRef(ref);
	if (args !== undefined) head += `(${args.map(printTerm).join(", ")})`;
	if (key !== undefined) head += ` contains ${printTerm(key)}`;
	else if (value !== undefined) head += ` = ${printTerm(value)}`;
	return `${head} | ${printBody(rule.body)}`.replace(/__local(\d+)__/g, "~$1");
}

describe("names", () => {
	test.each([
		["rule of the package", "q := 1\np := q", "p = data.p.q | true"],
		["rule under a longer ref", "q.r := 1\np := q.r.s", "p = data.p.q.r.s | true"],
		["import", "import data.a.b\np := b.c", "p = data.a.b.c | true"],
		["import with alias", "import input.a as b\np := b[c]", "p = ~1 | ~1 = input.a[c]"],
		["import of input", "import input as i\np := [i, i.x]", "p = [input, input.x] | true"],
		["name inside brackets", "q := 1\np := input[q]", "p = input[data.p.q] | true"],
		["called rule", "q(x) := x\np := q(1)", "p = data.p.q(1) | true"],
		["called import", "import data.a.f\np := f(1) if true", undefined],
		["argument hides rule", "q := 1\np(q) := q", "p(~0) = ~0 | true"],
		["local hides rule", "q := 1\np if { q := 2; q == 2 }", "p = true | assign(~0, 2); equal(~0, 2)"],
		[
			"local of a comprehension hides rule there",
			"q := 1\np := [q, [q | q := 2]]",
			"p = [data.p.q, [~0 | assign(~0, 2)]] | true",
		],
	])("%s", (_, text, want) => {
		if (want === undefined) expect(() => one(text)).toThrow("undefined function data.a.f");
		else expect(shown(one(text))).toBe(want);
	});
});

describe("locals", () => {
	test.each([
		["some goes", "p if { some x; input.a[x] }", "p = true | input.a[~0]"],
		["only some leaves true", "p := x if { some x, y; [x, y] = input }", "p = ~0 | [~0, ~1] = input"],
		["some in stays", "p if { some x in [1]; x > 1 }", "p = true | some ~2 in [1]; gt(~2, 1)"],
		[
			"same name in two comprehensions",
			"p := [[x | x := 1], [x | x := 2]]",
			"p = [[~0 | assign(~0, 1)], [~1 | assign(~1, 2)]] | true",
		],
		["undeclared names stay", "p := x if { x = 1 }", "p = x | x = 1"],
		["wildcards stay apart", "p if { input.a[_] == input.b[_] }", "p = true | equal(input.a[_], input.b[_])"],
		["arguments", "f(x, [y, x]) := y", "f(~0, [~1, ~0]) = ~1 | true"],
		["variable named like a builtin", "p := count if { count = 1 }", "p = ~0 | ~0 = 1"],
		["pattern", 'p if { {"a": [x, y]} := input; x == y }', 'p = true | assign({"a": [~0, ~1]}, input); equal(~0, ~1)'],
	])("%s", (_, text, want) => {
		expect(shown(one(text))).toBe(want);
	});

	test("source names are kept", () => {
		const set = one("f(x) if { some y in [x]; every k, v in [y] { k == v } }");
		// The key of `some y in` is declared under a name of OPA's.
		expect([...set.localNames.values()].sort()).toEqual(["__local1__", "k", "v", "x", "y"]);
	});

	test("names of the compiler's kind in the source are avoided", () => {
		const set = one("p if { __local0__ = 1; x := 2; x > __local0__ }");
		const rule = set.modules[0]?.rules[0] as Rule;
		expect(printBody(rule.body)).toBe("__local0__ = 1; assign(__local1__, 2); gt(__local1__, __local0__)");
	});
});

describe("order", () => {
	test.each([
		["already in order", "p if { x = 1; x > y; y = 2 }", "p = true | x = 1; y = 2; gt(x, y)"],
		["chain", "p if { z = y; y = x; x = 1; z == 1 }", "p = true | x = 1; y = x; z = y; equal(z, 1)"],
		[
			"rounds keep the order written",
			"p if { a > b; c > d; d = 1; c = 2; b = 3; a = 4 }",
			"p = true | d = 1; c = 2; b = 3; a = 4; gt(a, b); gt(c, d)",
		],
		["negation waits", "p if { not x == 1; x = 2 }", "p = true | x = 2; not equal(x, 1)"],
		["closure waits", "p if { y = [a | a = x]; x = 1; y }", "p = true | x = 1; y = [a | a = x]; y"],
		[
			"closure waits for a variable it shares",
			"p if { y = [a | a = 1]; a = 2; y; a }",
			"p = true | a = 2; a; y = [a | a = 1]; y",
		],
		["inside a comprehension", "p := [x | x > 1; x = input[_]]", "p = [x | x = input[_]; gt(x, 1)] | true"],
		["inside every", "p if every x in input { y > x; y = 2 }", "p = true | every ~0 in input { y = 2; gt(y, ~0) }"],
		["with values wait", "p if { input.a with input as x; x = 1 }", "p = true | x = 1; input.a with input as x"],
		[
			"nested call taken out where something must come between",
			"p if { x == count(input.a[i]); x = i }",
			"p = true | count(input.a[i], ~0); x = i; equal(x, ~0)",
		],
		[
			"nested call that binds under not",
			"p if { not count(input.a[i]) == 1; i == 1 }",
			"p = true | count(input.a[i], ~0); not equal(~0, 1); equal(i, 1)",
		],
		[
			"with value that binds",
			"p if { input.x with input as data.a[i]; i > 1 }",
			"p = true | ~0 = data.a[i]; input.x with input as ~0; gt(i, 1)",
		],
		[
			"an equation of variables before the look-up that binds both",
			"p if { input.a[i] == x; x = i }",
			"p = true | x = i; equal(input.a[i], x)",
		],
		["head that binds", "p contains input.a[i]", "p contains ~0 | ~0 = input.a[i]"],
		[
			"head that binds what the body needs",
			"p contains input.a[i] if i > 1",
			"p contains ~0 | ~0 = input.a[i]; gt(i, 1)",
		],
		["head of a comprehension that binds", "p := [input.a[i] | true]", "p = [~0 | ~0 = input.a[i]] | true"],
		[
			"head that binds nothing stays",
			"p := [count(x), input.a] if { x := [1] }",
			"p = [count(~0), input.a] | assign(~0, [1])",
		],
		["argument that has to be evaluated", "f([x | x := 1]) := 1", "f(~0) = 1 | ~0 = [~1 | assign(~1, 1)]"],
		["output argument", "p if { count([x], n); x = 1; n == 1 }", "p = true | x = 1; count([x], n); equal(n, 1)"],
	])("%s", (_, text, want) => {
		expect(shown(one(text)).replace(/~\d+/g, renumber())).toBe(want.replace(/~\d+/g, renumber()));
	});
});

/** Locals numbered as they come: which number the compiler gave one does not matter here. */
function renumber(): (name: string) => string {
	const seen = new Map<string, string>();
	return (name) => {
		const known = seen.get(name) ?? `~${seen.size}`;
		seen.set(name, known);
		return known;
	};
}

describe("prints", () => {
	test.each<[string, PrintMode, string, string]>([
		["kept", "kept", 'p if { x := 1; print("x", x) }', 'p = true | assign(~0, 1); internal.print("x", ~0)'],
		["erased", "erased", 'p if { x := 1; print("x", x) }', "p = true | assign(~0, 1)"],
		["erased to nothing", "erased", 'p if { print("x") }', "p = true | true"],
		["erased in closures", "erased", "p := [1 | print(1); input.x]", "p = [1 | input.x] | true"],
		["erased beside a closure", "erased", "p if { print(0); [1 | print(1); input.x] }", "p = true | [1 | input.x]"],
		["erased in operands", "erased", "p if { count([1 | print(1); input.x]) }", "p = true | count([1 | input.x])"],
		["erased in every", "erased", "p if { every x in [1] { print(x); x } }", "p = true | every ~1 in [1] { ~1 }"],
		["erased in with", "erased", "p if { 1 with input as [1 | print(1)] }", "p = true | 1 with input as [1 | true]"],
		["checked and plain", "checked", 'p if { x := 1; print("x", x) }', "p = true | assign(~0, 1)"],
		["checked, an argument", "checked", "f(x) if { print(x) }", "f(~0) = true | true"],
		["checked, an argument's part", "checked", "f(x) if { print(x.y) }", "f(~0) = true | internal.print(~0.y)"],
		["checked, a part of the input", "checked", "p if { print(input.x) }", "p = true | true"],
		["checked, in closures", "checked", "p := [x | x := 1; print(x)]", "p = [~0 | assign(~0, 1)] | true"],
		[
			"checked, a local's part",
			"checked",
			"p if { x := {}; print(x.y) }",
			"p = true | assign(~0, {}); internal.print(~0.y)",
		],
		["checked, a rule", "checked", "p if print(data.a)", "p = true | internal.print(data.a)"],
		["checked, a call", "checked", "p if print(1 + 1)", "p = true | internal.print(plus(1, 1))"],
		["erased with undeclared variables", "erased", "p if { print(x) }", "p = true | true"],
	])("%s", (_, prints, text, want) => {
		expect(shown(one(text, { prints }))).toBe(want);
	});
});

test.each([
	["compared with a pattern", "[x] = t", "undefined ref: t.l"],
	["compared with a value", 't == "x"', "undefined ref: t.l"],
	["passed to a builtin", 'startswith(t, "x")', "undefined ref: t.l"],
	["passed to a function", "g(t)", "undefined ref: t.l"],
	["read only", "t.k", undefined],
])("a print of a part of an argument that was %s", (_, before, want) => {
	const check = () => compile({ "p.rego": `package p\n\nf(t) if { ${before}; print(t.l) }\n\ng([1])` });
	if (want === undefined) expect(check).not.toThrow();
	else expect(check).toThrow(want);
});

test("functions named as replacements are references", () => {
	expect(shown(one("f(_) := 1\np if { count([]) == 1 with count as f; f(1) == 0 with f as count }"))).toBe(
		"p = true | equal(count([]), 1) with count as data.p.f; equal(data.p.f(1), 0) with data.p.f as count",
	);
});

test("constants are the nodes the parser made", () => {
	const module = parsed({ "p.rego": 'package p\n\np := {"a": [1, 2, {"b": {3}}]} if { input.x == [1, {"c": 2}] }' });
	const { value } = checkModules(module, { builtins });
	expect(value?.modules[0]?.rules[0]).toBe(module[0]?.rules[0]);
});

describe("rule tree", () => {
	const at = (tree: RuleTree, path: string): RuleTree | undefined =>
		path.split(".").reduce<RuleTree | undefined>((node, key) => node?.children.get(key), tree);
	const set = accepted({
		"a.rego":
			"package a.b\n\np := 1\n\nq.r contains 1\n\ns[x].t := x if some x in [1]\n\ndefault p := 2\n\nu[1] := 2\n\n__proto__ := 3",
		"b.rego": "package a.c",
	});
	test.each([
		["data.a.b.p", 2],
		["data.a.b.q.r", 1],
		["data.a.b.s", 1],
		["data.a.b.u", 0],
		["data.a.b.__proto__", 1],
		["data.a.b", 0],
		["data.a.c", 0],
		["data.a", 0],
	])("%s", (path, rules) => {
		const node = at(set.tree, path);
		expect(node?.rules.length).toBe(rules);
	});
	test("paths in full", () => {
		const below = (n: RuleTree): readonly RuleTree[] => [n, ...[...n.children.values()].flatMap(below)];
		const refs = below(at(set.tree, "data.a.b") as RuleTree).flatMap((n) => n.rules.map((r) => printRef(r.ref)));
		expect(refs.map((r) => r.replace(/__local\d+__/, "x"))).toEqual([
			"data.a.b.p",
			"data.a.b.p",
			"data.a.b.q.r",
			"data.a.b.s[x].t",
			"data.a.b.u[1]",
			"data.a.b.__proto__",
		]);
	});
});

test("dependencies of rules", () => {
	const set = accepted({ "p.rego": "package p\n\np if q\n\nq := [r | data.p.s[r]] \n\ns contains t(1)\n\nt(x) := x" });
	const { graph, rules } = set[knowledge];
	const names = [...rules].map(([state, r]) => {
		const on = (graph.get(state) ?? []).map((d) => printRef(rules.get(d)?.ref as Ref));
		return `${printRef(r.ref)}: ${on.join(", ")}`;
	});
	expect(names).toEqual(["data.p.p: data.p.q", "data.p.q: data.p.s", "data.p.s: data.p.t", "data.p.t: "]);
});

describe("metadata", () => {
	const text = [
		"# METADATA",
		"# scope: package",
		"# title: package",
		"package p",
		"",
		"# METADATA",
		"# title: rule",
		"# custom:",
		"#  a: [1]",
		"p := rego.metadata.rule() if { x := rego.metadata.chain(); count(x) == 2 }",
	].join("\n");
	test("calls are constants", () => {
		const module = parseModule(new Source("p.rego", text), { annotations: parseAnnotations });
		const { value, errors } = checkModules(module.value === undefined ? [] : [module.value], {
			builtins,
			metadata: metadataStages,
		});
		expect(errors).toEqual([]);
		const rule = value?.modules[0]?.rules[0] as Rule;
		expect(printTerm(rule.head.value as NonNullable<typeof rule.head.value>)).toBe(
			'{"custom": {"a": [1]}, "scope": "rule", "title": "rule"}',
		);
		expect(printBody(rule.body)).toContain('"path": ["p", "p"]');
		expect(printBody(rule.body)).toContain('"scope": "package"');
	});
});

describe("options", () => {
	test.each([
		["compared", "p if { n := 0; k = 1; {[k | true], x} < n }"],
		["compared, in another order", "p if { {{k | k = 1}, x} != n; n = 0; k = 1 }"],
		["an operand of a function", "p if { k = 1; f({[k | true], x}) }\nf(x) := true"],
		["an operand of a builtin", "p if { k = 1; count({[k | true], x}) == 2 }"],
	])("what no order can evaluate is never left out of its body: %s", (_, rule) => {
		const { errors } = checked({ "p.rego": `package p\n${rule}` });
		expect(errors.map((e) => e.reason)).toEqual(["var x is unsafe"]);
	});

	test("unsafe builtins", () => {
		const modules = parsed({ "p.rego": "package p\n\np := http.send({}).x" });
		const { errors } = checkModules(modules, { builtins, unsafeBuiltins: new Set(["http.send"]) });
		expect(reported(errors)).toEqual([
			{
				code: "rego_type_error",
				message: "unsafe built-in function calls in expression: http.send",
				place: "p.rego:3:6",
			},
		]);
	});
	test("unsafe builtins as with targets", () => {
		const modules = parsed({ "p.rego": "package p\n\np if input.x with http.send as 1" });
		const { errors } = checkModules(modules, { builtins, unsafeBuiltins: new Set(["http.send"]) });
		expect(errors.map((e) => e.reason)).toEqual([
			'with keyword replacing built-in function: target must not be unsafe: "http.send"',
		]);
	});
	test("base documents", () => {
		const modules = parsed({ "p.rego": "package p.q\n\nr.s := 1\n\nt := 2" });
		const { errors } = checkModules(modules, { builtins, dataPaths: (path) => path.join(".") === "p.q.r.s" });
		expect(reported(errors)).toEqual([
			{ code: "rego_compile_error", message: "conflicting rule for data path p/q/r/s found", place: "p.rego:3:1" },
		]);
	});
	for (const { note, text, types, want } of [
		{ note: "where all else is right", text: "p := lower(1)", types: {}, want: ["rego_type_error"] },
		{
			note: "not where something is wrong",
			text: "p := x\n\nq := lower(1)",
			types: {},
			want: ["rego_unsafe_var_error"],
		},
		{ note: "not where it is not asked for", text: "p := lower(1)", types: undefined, want: [] },
	]) {
		test(`types are checked: ${note}`, () => {
			const { errors } = checkModules(parsed({ "p.rego": `package p\n\n${text}` }), { builtins, types });
			expect(errors.map((e) => e.code)).toEqual(want);
		});
	}
	test("stages have OPA's names, each once", () => {
		expect(new Set(stages.map((s) => s.name)).size).toBe(stages.length);
		expect(stages.map((s) => s.name).slice(0, 4)).toEqual([
			"ResolveRefs",
			"CheckKeywordOverrides",
			"CheckDuplicateImports",
			"SetRuleTree",
		]);
	});
});

describe("queries", () => {
	const set = one("q := 1\n\nf(x) := x");
	const query = (text: string, options: Parameters<typeof checkQuery>[3] = {}): string => {
		const source = new Source("", text);
		const body = parseQuery(source).value?.body ?? [];
		const { value, errors } = checkQuery(set, body, source, options);
		return value === undefined ? errors.map((e) => e.message).join("; ") : printBody(value.body);
	};
	test.each([
		["order", "x > 1; x = 2", "x = 2; gt(x, 1)"],
		["locals", "x := 1; x > 0", "assign(__localq0__, 1); gt(__localq0__, 0)"],
		["full references", "data.p.f(data.p.q)", "data.p.f(data.p.q)"],
		["names are not the package's", "f(1)", "1:1: rego_type_error: undefined function f"],
		["nothing", "", "rego_compile_error: empty query cannot be compiled"],
	])("%s", (_, text, want) => {
		expect(query(text)).toBe(want);
	});
	test("in a package", () => {
		const pkg = set.modules[0]?.package.path;
		expect(query("f(q)", { package: pkg })).toBe("data.p.f(data.p.q)");
	});
	test("with imports", () => {
		const imports = parsed({ "i.rego": "package i\n\nimport data.p as x\n\nimport input.y" })[0]?.imports ?? [];
		expect(query("x.f(y)", { imports })).toBe("data.p.f(input.y)");
	});
});

describe("much of it", () => {
	const lines = (n: number, line: (i: number) => string): string =>
		Array.from({ length: n }, (_, i) => line(i)).join("\n");
	test.each([
		["expressions against their order", `p if {\n${lines(2000, (i) => `x${i} = count(x${i + 1})`)}\nx2000 = 1\n}`, 0],
		["the same, not bound", `p if {\n${lines(2000, (i) => `x${i} = count(x${i + 1})`)}\n}`, 11],
		["rules in a row", `${lines(3000, (i) => `p${i} if p${i + 1}`)}\np3000 := 1`, 0],
		["rules in a circle", `${lines(3000, (i) => `p${i} if p${i + 1}`)}\np3000 if p0`, 11],
		[
			"nested comprehensions out of order",
			`p := ${"[x | y > 1; y = input.a; x := ".repeat(100)}1${"]".repeat(100)}`,
			0,
		],
		["nested every", `p if ${"every x in [1] { x > 0; ".repeat(100)}true${"}".repeat(100)}`, 0],
		[
			"names of Object.prototype",
			"__proto__ := 1\n\nconstructor := 2\n\np if { __proto__ == 1; some hasOwnProperty in [1]; toString = hasOwnProperty; toString == 1 }",
			0,
		],
	])("%s", (_, text, errors) => {
		expect(checked({ "p.rego": `package p\n\n${text}` }).errors.length).toBe(errors);
	});
});
