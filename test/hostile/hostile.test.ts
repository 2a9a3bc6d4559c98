/**
 * Policies, inputs and builtin operands made to hurt. With limits set, nothing crashes, stalls or
 * answers what it should not: every case ends in the wanted value, in undefined or in a RegoError,
 * within a bound on its cost.
 */
import { describe, expect, test } from "vitest";
import {
	type Backend,
	closures,
	compile,
	generated,
	parseJson,
	RegoError,
	RegoErrors,
	toJson,
	type Value,
} from "../../src/index.ts";
import { startCost } from "../cost.ts";

const backends: readonly Backend[] = [closures, generated];
/**
 * No limit on time: how far a case gets would depend on the machine. The cost is in the units of cost.ts: one
 * builtin call may run past the limit.
 */
const most = { steps: 300_000, cost: 4000 };

interface Case {
	readonly note: string;
	readonly module: string;
	readonly input?: () => unknown;
	/** The value of data.test.p; "error": a RegoError; "any": whatever, as long as it ends. */
	readonly want: Value | undefined | "error" | "any";
	readonly strict?: boolean;
	/** Other than usual. */
	readonly steps?: number;
}

const deepArray = (depth: number): Value => {
	let v: Value = 1;
	for (let i = 0; i < depth; i++) v = [v];
	return v;
};

const deepObject = (depth: number): Value => {
	let v: Value = 1;
	for (let i = 0; i < depth; i++) v = { a: v };
	return v;
};

const hostileObject = (): unknown => JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": 1}}');

const cases: readonly Case[] = [
	{
		note: "nested quantifiers",
		module: 'p if regex.match("^(a+)+$", input.s)',
		input: () => ({ s: `${"a".repeat(50_000)}!` }),
		want: undefined,
	},
	{
		note: "alternation that overlaps",
		module: 'p if regex.match("^(a|aa)+$", input.s)',
		input: () => ({ s: `${"a".repeat(50_000)}!` }),
		want: undefined,
	},
	{
		note: "nested stars",
		module: 'p if regex.match("(.*)*(.*)*(.*)*x", input.s)',
		input: () => ({ s: "y".repeat(20_000) }),
		want: undefined,
	},
	{
		note: "pattern from the input",
		module: "p if regex.match(input.r, input.s)",
		input: () => ({ r: "(x+x+)+y", s: "x".repeat(30_000) }),
		want: undefined,
	},
	{
		note: "counted repetitions multiplied",
		module: 'p if regex.match("((a{1,100}){1,100}){1,100}", input.s)',
		input: () => ({ s: "a" }),
		want: undefined,
	},
	{
		note: "pattern of a megabyte",
		module: 'p if regex.match(input.r, "a")',
		input: () => ({ r: "a?".repeat(500_000) }),
		want: "any",
	},
	{
		note: "ten thousand groups",
		module: 'p if regex.match(input.r, "a")',
		input: () => ({ r: `${"(".repeat(10_000)}a${")".repeat(10_000)}` }),
		want: "any",
	},
	{
		note: "glob of many stars",
		module: 'p if glob.match(input.g, ["/"], input.s)',
		input: () => ({ g: `${"*a".repeat(200)}b`, s: "a".repeat(20_000) }),
		want: undefined,
	},
	{
		note: "glob of nested alternatives",
		module: "p if glob.match(input.g, [], input.s)",
		input: () => ({ g: "{a,{b,{c,{d,{e,f}}}}}".repeat(50), s: "a".repeat(5000) }),
		want: "any",
	},
	{ note: "range of a billion", module: "p := count(numbers.range(1, 1000000000))", want: "error" },
	{
		note: "range of numbers beyond 64 bits",
		module: "p := count(numbers.range(1, 100000000000000000000000000))",
		want: "error",
	},
	{ note: "range backwards", module: "p := count(numbers.range(1000000000, 1))", want: "error" },
	{ note: "a CIDR of sixteen million hosts", module: 'p := count(net.cidr_expand("10.0.0.0/8"))', want: "any" },
	{ note: "an IPv6 network", module: 'p := count(net.cidr_expand("2001:db8::/32"))', want: "error" },
	{ note: "shift by a million bits", module: "p := bits.lsh(1, 1000000) > 0", want: "any" },
	{ note: "shift by 2^62", module: "p := bits.lsh(1, 4611686018427387904)", want: "any" },
	{
		note: "powers by multiplication",
		module: `p := x60 > 0\nx0 := 99999999999999999999\n${Array.from({ length: 60 }, (_, i) => `x${i + 1} := x${i} * x${i}`).join("\n")}`,
		want: "any",
	},
	{
		note: "number of a hundred thousand digits",
		module: "p := to_number(input.n) + 1 > 0",
		input: () => ({ n: "9".repeat(100_000) }),
		want: "any",
	},
	{
		note: "exponent of a billion",
		module: "p := to_number(input.n) > 0",
		input: () => ({ n: "1e1000000000" }),
		want: "any",
	},
	{
		note: "sum of huge exponents",
		module: "p := input.a + input.b > 0",
		input: () => parseJson('{"a": 1e1000000, "b": 1e-1000000}'),
		want: "any",
	},
	{
		note: "format of a huge exponent",
		module: "p := format_int(input.a, 10)",
		input: () => parseJson('{"a": 1e1000000}'),
		want: "any",
	},
	{
		note: "cross product of ten loops",
		module: `p if { ${Array.from({ length: 10 }, (_, i) => `some x${i} in input.xs`).join("; ")}; x0 + x9 == -1 }`,
		input: () => ({ xs: Array.from({ length: 20 }, (_, i) => i) }),
		want: "error",
	},
	{
		note: "functions that double",
		module: `p := f30(1)\nf0(x) := [x]\n${Array.from({ length: 30 }, (_, i) => `f${i + 1}(x) := [f${i}([x, 1]), f${i}([x, 2])]`).join("\n")}`,
		want: "error",
	},
	{
		note: "rules that double",
		module: `p := count(r40) > 0\nr0 := [1]\n${Array.from({ length: 40 }, (_, i) => `r${i + 1} := [r${i}, r${i}]`).join("\n")}`,
		want: true,
	},
	{
		note: "comparison of values that double",
		module: `p if r40 == s40\nr0 := [input.a]\ns0 := [input.b]\n${Array.from({ length: 40 }, (_, i) => `r${i + 1} := [r${i}, r${i}]\ns${i + 1} := [s${i}, s${i}]`).join("\n")}`,
		input: () => ({ a: 1, b: 1 }),
		want: "any",
	},
	{
		note: "strings that double",
		module: `p := count(s40)\ns0 := input.s\n${Array.from({ length: 40 }, (_, i) => `s${i + 1} := concat("", [s${i}, s${i}])`).join("\n")}`,
		input: () => ({ s: "abcdefgh" }),
		want: "error",
	},
	{
		note: "sets in sets",
		module: "p := count({x | some a in input.xs; some b in input.xs; some c in input.xs; x := {a, {b, {c}}}}) > 0",
		input: () => ({ xs: Array.from({ length: 300 }, (_, i) => i) }),
		want: "error",
		steps: 20_000,
	},
	{
		note: "walk of a wide value",
		module: "p := count([1 | walk(input, [_, _])])",
		input: () => Array.from({ length: 200 }, () => Array.from({ length: 100 }, (_, i) => i)),
		want: 20_201,
	},
	{
		note: "input of 100,000 nested arrays",
		module: "p := is_array(input.d)",
		input: () => ({ d: deepArray(100_000) }),
		want: true,
	},
	{
		note: "deep input compared with itself",
		module: "p if input.d == input.e",
		input: () => ({ d: deepArray(100_000), e: deepArray(100_000) }),
		want: "any",
	},
	{
		note: "deep input in a set",
		module: "p := count({input.d, 1})",
		input: () => ({ d: deepArray(100_000) }),
		want: "any",
	},
	{
		note: "deep input written as JSON",
		module: "p := json.marshal(input.d)",
		input: () => ({ d: deepObject(100_000) }),
		want: "any",
	},
	{
		note: "deep input walked",
		module: "p := count([1 | walk(input.d, _)])",
		input: () => ({ d: deepObject(20_000) }),
		want: "any",
	},
	{
		note: "deep JSON text",
		module: "p := json.unmarshal(input.s)",
		input: () => ({ s: `${"[".repeat(200_000)}${"]".repeat(200_000)}` }),
		want: "any",
	},
	{
		note: "deep YAML text",
		module: "p := yaml.unmarshal(input.s)",
		input: () => ({ s: `${"[".repeat(50_000)}${"]".repeat(50_000)}` }),
		want: "any",
	},
	{
		note: "YAML aliases that double",
		module: "p := count(yaml.unmarshal(input.s))",
		input: () => ({
			s: `a0: &a0 [1, 1]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join("\n")}\n`,
		}),
		want: "any",
	},
	{
		note: "object.union of deep values",
		module: "p := object.union(input.d, input.e) != 1",
		input: () => ({ d: deepObject(50_000), e: deepObject(50_000) }),
		want: "any",
	},
	{ note: "__proto__ is a key like others", module: 'p := input["__proto__"].admin', input: hostileObject, want: true },
	{
		note: "nothing is inherited",
		module: "p := input.o.admin",
		input: () => ({ o: hostileObject() }),
		want: undefined,
	},
	{
		note: "no method of an object is a field",
		module: "p := [input.toString, input.hasOwnProperty]",
		input: () => ({}),
		want: undefined,
	},
	{
		note: "constructor in a partial object",
		module: 'p[k] := 1 if some k in ["__proto__", "constructor", "toString"]',
		want: JSON.parse('{"__proto__": 1, "constructor": 1, "toString": 1}') as Value,
	},
	{
		note: "object.union with __proto__",
		module: 'p := object.union({"a": 1}, input).admin',
		input: hostileObject,
		want: undefined,
	},
	{
		note: "json.patch through __proto__",
		module: 'p := json.patch({}, [{"op": "add", "path": "/__proto__", "value": {"admin": true}}]).admin',
		want: undefined,
	},
	{
		note: "unmarshalled __proto__",
		module: "p := json.unmarshal(input.s).admin",
		input: () => ({ s: '{"__proto__": {"admin": true}}' }),
		want: undefined,
	},
	{
		note: "a string of ten megabytes",
		module: "p := count(input.s)",
		input: () => ({ s: "x".repeat(10_000_000) }),
		want: 10_000_000,
	},
	{
		note: "split of a long string",
		module: 'p := count(split(input.s, ","))',
		input: () => ({ s: ",".repeat(1_000_000) }),
		want: 1_000_001,
		steps: 5_000_000,
	},
	{
		note: "replacement that grows",
		module: 'p := count(replace(input.s, "x", input.s))',
		input: () => ({ s: "x".repeat(100_000) }),
		want: "error",
	},
	{ note: "format with a wide field", module: 'p := sprintf("%999999999d", [1])', want: "any" },
	{
		note: "lone surrogates",
		module: "p := [count(input.s), upper(input.s), input.s == input.s]",
		input: () => ({ s: "\ud800a\udfff" }),
		want: "any",
	},
	{
		note: "semver of many digits",
		module: 'p := semver.compare(input.v, "1.0.0")',
		input: () => ({ v: `${"9".repeat(100_000)}.0.0` }),
		want: "any",
	},
	{
		note: "units of many digits",
		module: "p := units.parse(input.v) > 0",
		input: () => ({ v: `${"9".repeat(10_000)}Ki` }),
		want: "any",
	},
	{
		note: "graph of a thousand nodes, all joined",
		module: 'g := {x: input.xs | some x in input.xs}\np := count(graph.reachable_paths(g, {"1"})) > 0',
		input: () => ({ xs: Array.from({ length: 1000 }, (_, i) => String(i)) }),
		want: "any",
	},
	{
		note: "JSON schema that refers to itself",
		module: 'p := json.match_schema(input.d, {"$ref": "#"})[0]',
		input: () => ({ d: 1 }),
		want: "any",
	},
	{
		note: "GraphQL nested deeply",
		module: 'p := graphql.is_valid(input.q, "type Query { a: Query }")',
		input: () => ({ q: "{a".repeat(20_000) + "}".repeat(20_000) }),
		want: "any",
	},
];

describe.each(backends.map((b) => ({ name: b.name, backend: b })))("$name", ({ backend }) => {
	test.each(cases)("$note", ({ module, input, want, strict, steps }) => {
		const policy = compile(
			{
				"p.rego": `package test

${module}
`,
			},
			{ backend, values: "rego" },
		);
		const options = { limits: { steps: steps ?? most.steps }, strictBuiltinErrors: strict ?? false };
		const given = input?.();
		const cost = startCost();
		let got: Value | undefined;
		let error: unknown;
		try {
			got = policy.evaluate("data.test.p", given, options).value;
		} catch (e) {
			error = e;
		}
		expect(cost()).toBeLessThan(most.cost);
		if (error !== undefined) {
			expect(error).toBeInstanceOf(RegoError);
			expect(["error", "any"]).toContain(want);
		} else if (want === "error") expect.fail(`an answer instead of an error: ${toJson(got ?? null).slice(0, 100)}`);
		else if (want !== "any") expect(got).toEqual(want);
		// The engine is as good as before.
		expect(
			compile({ "q.rego": 'package q\np := regex.match("^a+$", "aaa")' }, { backend }).evaluate("data.q.p").value,
		).toBe(true);
	});
});

describe("texts", () => {
	const texts: readonly { readonly note: string; readonly text: string }[] = [
		{ note: "brackets", text: `package a\np := ${"[".repeat(100_000)}` },
		{ note: "closed brackets", text: `package a\np := ${"[".repeat(100_000)}${"]".repeat(100_000)}` },
		{ note: "parentheses", text: `package a\np := ${"(".repeat(100_000)}1${")".repeat(100_000)}` },
		{ note: "braces", text: `package a\np := ${"{".repeat(100_000)}` },
		{ note: "operators", text: `package a\np := 1${" + 1".repeat(100_000)}` },
		{ note: "nots", text: `package a\nimport future.keywords.not\np if ${"not ".repeat(50_000)}true` },
		{ note: "a long ref", text: `package a\np := input${".a".repeat(100_000)}` },
		{ note: "nested comprehensions", text: `package a\np := ${"[x | x := ".repeat(5000)}1${"]".repeat(5000)}` },
		{ note: "else chain", text: `package a\np := 1 if false${" else := 2 if false".repeat(20_000)}` },
		{ note: "many rules", text: `package a\n${Array.from({ length: 20_000 }, (_, i) => `r${i} := ${i}`).join("\n")}` },
		{
			note: "many unbound variables",
			text: `package a\np if { ${Array.from({ length: 2000 }, (_, i) => `x${i} = x${i + 1}`).join("; ")} }`,
		},
		{ note: "many errors", text: `package a\n${"p := ]\n".repeat(50_000)}` },
		{ note: "an open string", text: `package a\np := "${"\\".repeat(100_000)}` },
		{ note: "nested template strings", text: `package a\np := ${'$"{'.repeat(3000)}1${'}"'.repeat(3000)}` },
		{ note: "a deep package", text: `package a${".a".repeat(20_000)}\np := 1` },
		{ note: "a name of a megabyte", text: `package a\n${"p".repeat(1_000_000)} := 1` },
		{ note: "a number of a megabyte", text: `package a\np := ${"9".repeat(1_000_000)}` },
	];
	test.each(texts)("$note", ({ text }) => {
		const cost = startCost();
		try {
			compile({ "p.rego": text });
		} catch (e) {
			if (!(e instanceof RegoError || e instanceof RegoErrors)) throw e;
		}
		expect(cost()).toBeLessThan(8000);
	});
});
