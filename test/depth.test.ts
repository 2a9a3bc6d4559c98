/** Depth of policies, values and evaluations: what OPA answers is answered, however small the stack is. */
import { describe, expect, test } from "vitest";
import { buildModule } from "../src/aot/build.ts";
import type { AotDecision } from "../src/aot/runtime.ts";
import { builtins } from "../src/builtins/registry.ts";
import { closures } from "../src/eval/closures/closures.ts";
import { generated } from "../src/eval/generated/generated.ts";
import { compile, loadPlan, type Policy } from "../src/index.ts";
import { parseJson, toJson } from "../src/value/json.ts";
import type { Value } from "../src/value/value.ts";
import { evaluateModule } from "./eval/backends.ts";

const n = 10_000;
/** Functions that call each other: without `deepCalls`, 4,000 end on every backend in an exhausted stack. */
const calls = 4000;
const wrap = (open: string, inner: string, close: string, times = n): string =>
	open.repeat(times) + inner + close.repeat(times);
const times = (f: (i: number) => string, count = n): string[] => Array.from({ length: count }, (_, i) => f(i));

interface Row {
	readonly note: string;
	readonly module: string;
	/** The answer's JSON, or its length where it is long. */
	readonly want: string | number | undefined;
}

const rows: readonly Row[] = [
	{
		note: "else",
		module: `p := -1 if input.x == -1\n${times((i) => `else := ${i} if input.x == ${i}`).join("\n")}`,
		want: String(n - 1),
	},
	{
		note: "else, of a function",
		module: `f(x) := -1 if x == -1 ${times((i) => `else := ${i} if x == ${i}`).join(" ")}\np := f(input.x)`,
		want: String(n - 1),
	},
	{ note: "constants added", module: `p := ${times(() => "1").join(" + ")}`, want: String(n) },
	{ note: "operands", module: `p := ${times(() => "input.one").join(" + ")}`, want: String(n) },
	{ note: "sets joined", module: `p := ${times(() => "{input.one}").join(" | ")}`, want: "[1]" },
	{
		note: "conjunctions",
		module: `import future.keywords.and\np if ${times(() => "input.one").join(" and ")}`,
		want: "true",
	},
	{ note: "arrays", module: `p := ${wrap("[", "1", "]")}`, want: 2 * n + 1 },
	{ note: "a default", module: `default p := ${wrap("[", "1", "]")}\np := 1 if input.nope`, want: 2 * n + 1 },
	{ note: "arrays of what is read", module: `p := ${wrap("[", "input.one", "]")}`, want: 2 * n + 1 },
	{ note: "a pattern", module: `p := x if ${wrap("[", "x", "]", 9000)} = input.deep`, want: "1" },
	{ note: "a pattern as an argument", module: `f(${wrap("[", "x", "]", 9000)}) := x\np := f(input.deep)`, want: "1" },
	{
		note: "a pattern as an argument, with else",
		module: `f(${wrap("[", "x", "]", 9000)}) := x if x > 5 else := x + 1 if x == 1\np := f(input.deep)`,
		want: "2",
	},
	{ note: "objects", module: `p := ${wrap('{"a":', "input.one", "}")}`, want: 6 * n + 1 },
	{ note: "sets", module: `p := count(${wrap("{", "input.one", "}", 1000)})`, want: "1" },
	{ note: "calls", module: `p := ${wrap("abs(", "input.one", ")")}`, want: "1" },
	{ note: "a call without a value", module: `p := ${wrap("abs(", "input.nope", ")")}`, want: undefined },
	{ note: "negated", module: `p if not ${wrap("[", "input.nope", "]")}`, want: undefined },
	{ note: "parentheses", module: `p := ${wrap("(1 + ", "1", ")")}`, want: String(n + 1) },
	{ note: "names", module: `p := x if x := input${".a".repeat(9000)}`, want: "2" },
	{ note: "brackets", module: `p := x if x := ${wrap("input.self[", "0", "]")}`, want: "0" },
	{
		note: "with",
		module: `p := input.x with input.x as ${wrap("[", "1", "]")}`.replace("p := ", "p := x if x := "),
		want: 2 * n + 1,
	},
	{ note: "inside a comprehension", module: `p := [x | x := ${wrap("[", "input.one", "]")}; x[_]]`, want: 2 * n + 3 },
	{ note: "in a template string", module: `p := $"{count(${wrap("[", "input.one", "]")})}"`, want: '"1"' },
	{
		note: "rules",
		module: `r0 := input.one\n${times((i) => `r${i + 1} := r${i} + 1`).join("\n")}\np := r${n}`,
		want: String(n + 1),
	},
	{
		note: "rules under with",
		module: `r0 := input.one\n${times((i) => `r${i + 1} := r${i} + 1`, 3000).join("\n")}\np := [x, y] if { x := r3000 with input.one as 2; y := r3000 }`,
		want: "[3002,3001]",
	},
	{
		note: "functions",
		module: `f0(x) := x\n${times((i) => `f${i + 1}(x) := f${i}(x) + 1`, calls).join("\n")}\np := f${calls}(1)`,
		want: String(calls + 1),
	},
	{
		note: "functions under one with of several values",
		module: `f0(x) := x * input.one\n${times((i) => `f${i + 1}(x) := f${i}(x) + 1`, calls).join("\n")}\np := [v | some y in [1, 2, 1]; v := f${calls}(1) with input.one as y]`,
		want: `[${calls + 1},${calls + 2},${calls + 1}]`,
	},
	{
		note: "partial rules",
		module: `r0 contains input.one\n${times((i) => `r${i + 1} contains x + 1 if some x in r${i}`, 3000).join("\n")}\np := r3000`,
		want: "[3001]",
	},
	{
		note: "values of rules in each other",
		module: `r0 := [input.one]\n${times((i) => `r${i + 1} := [r${i}]`, 3000).join("\n")}\np := r3000`,
		want: 6003,
	},
];

const input = parseJson(
	`{"x": ${n - 1}, "one": 1, "deep": ${wrap("[", "1", "]", 9000)}, "self": [0], "a": ${wrap('{"a":', "2", "}", 8999)}}`,
);

const options = { backend: closures, values: "rego" } as const;
/** By the module: both backends run what is compiled once. */
const compiled = new Map<string, Policy<Value>>();

function policyOf(module: string): Policy<Value> {
	const policy = compiled.get(module) ?? compile({ "t.rego": `package t\n${module}` }, options);
	compiled.set(module, policy);
	return policy;
}

const backends = {
	closures: policyOf,
	generated: (module: string) => loadPlan(policyOf(module).plan, { ...options, backend: generated }),
} as const;

describe("policies", () => {
	for (const [name, prepare] of Object.entries(backends)) {
		test.each(rows)(`$note, ${name}`, ({ module, want }) => {
			const value = prepare(module).evaluate("data.t.p", input).value;
			const text = value === undefined ? undefined : toJson(value as never);
			expect(typeof want === "number" ? text?.length : text).toBe(want);
		});
	}

	test.each([
		...rows,
		{
			note: "functions of the time",
			module: `f0(x) := x\n${times((i) => `f${i + 1}(x) := f${i}(x + 1)`, calls).join("\n")}\np := f${calls}(time.now_ns()) - time.now_ns()`,
			want: String(calls),
		},
		{
			note: "rules that are large",
			module: `r0 := input.one\n${times(
				(i) =>
					`r${i + 1} := count({[a, b, c, d, e, f] | some a, b in input.self; some c, d in input.self; some e, f in input.self}) + r${i}`,
				2000,
			).join("\n")}\np := r2000`,
			want: "2001",
		},
		{
			note: "documents",
			module: `r0.a := input.one\n${times((i) => `r${i + 1}.a := sum([v | some v in data.t.r${i}])`, 1500).join("\n")}\np := r1500.a`,
			want: "1",
		},
	])("$note, built ahead of time", ({ module, want }) => {
		const { plan } = policyOf(module);
		const build = () => buildModule({ plan, builtins, entrypoints: [["t", "p"]], file: "t.mjs" });
		if (module.startsWith("default p := [[")) {
			expect(build).toThrow("values in the policy are nested too deeply to build ahead of time");
			return;
		}
		const decide = evaluateModule(build().code)["p"] as AotDecision;
		const value = decide(input, { values: "rego" });
		const text = value === undefined ? undefined : toJson(value as never);
		expect(typeof want === "number" ? text?.length : text).toBe(want);
	});

	test("a query", () => {
		const policy = compile({ "t.rego": "package t\np := 1" });
		expect(policy.query(`x := ${wrap("abs(", "input.one", ")")}`, input).rows[0]?.bindings).toEqual({ x: 1 });
		expect(policy.query(times(() => "1").join(" + ")).rows[0]?.expressions[0]?.value).toBe(n);
	});

	test("a plan is written and read", () => {
		const module = rows[0]?.module ?? "";
		expect(loadPlan(policyOf(module).toJSON()).evaluate("data.t.p", input).value).toBe(n - 1);
	});

	test("prints are in order, and there once", () => {
		const chain = times((i) => `r${i + 1} := r${i} + 1 if print(${i + 1})`, 1000).join("\n");
		const module = `package t\nr0 := 1 if print(0)\ns := 1 if print("s")\n${chain}\np if { print("p"); s; r1000; print("end") }`;
		const policy = compile({ "t.rego": module });
		const prints = policy.evaluate("data.t.p", {}, { prints: true }).prints.map((p) => p.text);
		expect(prints).toEqual(["p", "s", ...times((i) => String(1000 - i), 1001), "end"]);
	});
});

test("an error in the depth is told at once", () => {
	let asked = 0;
	const fail = (_: number): number => {
		asked++;
		throw new Error("no");
	};
	const module = `package t\nf0(x) := my.fail(x)\n${times((i) => `f${i + 1}(x) := f${i}(x) + 1`, calls).join("\n")}\np := f${calls}(1)`;
	const policy = compile(
		{ "t.rego": module },
		{ backend: closures, builtins: { "my.fail": fail }, strictBuiltinErrors: true },
	);
	expect(() => policy.evaluate("data.t.p")).toThrow("no");
	expect(asked).toBe(1);
});

test("bodies in bodies end in an error with a place", () => {
	const module = `package t\np := ${wrap("[x | x := ", "1", "]", 1000)}`;
	expect(() => compile({ "t.rego": module })).toThrow(
		/t\.rego:2: rego_parse_error: max parsing recursion depth exceeded/,
	);
});

describe("values", () => {
	const array = wrap("[", "1", "]", 9000);
	const object = wrap('{"a":', "1", "}", 9000);
	const data = parseJson(
		`{"x": ${array}, "y": ${array}, "z": ${array.replace("1", "2")}, "o": ${object}, "p": ${object}}`,
	);
	test.each([
		["input.x == input.y", "true"],
		["input.x < input.z", "true"],
		["input.o == input.p", "true"],
		["input.o != object.union(input.o, {})", "false"],
		["count({input.x, input.y, input.z})", "2"],
		["[input.x, input.z]", 36006 - 1],
		["{input.x, input.z}", 36006 - 1],
		["{input.x: 1}[input.y]", "1"],
		["count(json.marshal(input.o))", "54001"],
		["json.unmarshal(json.marshal(input.o)) == input.p", "true"],
		['count(sprintf("%v", [input.x]))', "18001"],
		["input.x in [input.y]", "true"],
		["count([1 | walk(input.x, _)])", "9001"],
	] as const)("%s", (e, want) => {
		const policy = compile({ "t.rego": `package t\np := ${e}` }, { values: "rego" });
		const text = toJson(policy.evaluate("data.t.p", data).value as never);
		expect(typeof want === "number" ? text.length : text).toBe(want);
	});

	test("a print", () => {
		const policy = compile({ "t.rego": "package t\np if print(input.x)" });
		expect(policy.evaluate("data.t.p", data, { prints: true }).prints[0]?.text.length).toBe(18001);
	});
});
