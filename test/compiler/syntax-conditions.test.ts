/** A first decision over many definitions: only those that can succeed are planned, and it is the same decision. */
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { checkModules } from "../../src/compiler/check.ts";
import { planOnDemand } from "../../src/compiler/planner/on-demand.ts";
import { closureProgram } from "../../src/eval/closures/closures.ts";
import { EvalContext } from "../../src/eval/context.ts";
import { compile, generated, parseModule, Source, type Value } from "../../src/index.ts";

const count = 100;

interface Row {
	readonly note: string;
	/** The definitions of `q`, or of what it asks. */
	readonly rules: (i: number) => string;
	readonly more?: string;
	readonly inputs: readonly Value[];
	/** Definitions that are planned for the first input; undefined: all of them. */
	readonly planned: number | undefined;
}

const rows: readonly Row[] = [
	{
		note: "a constant that is compared with the input",
		rules: (i) => `q if { input.kind == "k${i}"; input.n > ${i} }`,
		inputs: [{ kind: "k7", n: 50 }, { kind: "k70", n: 50 }, { kind: "x" }, {}, "text"],
		planned: 1,
	},
	{
		note: "on the left, by =, and of an array",
		rules: (i) => (i % 2 === 0 ? `q if ${i} = input.path[1]` : `q if input.path[1] == ${i}`),
		inputs: [{ path: ["x", 42] }, { path: ["x", 43.0] }, { path: ["x", "42"] }, { path: "x" }],
		planned: 1,
	},
	{
		note: "of a variable that stands for a part of the input",
		rules: (i) => `q := ${i} if { r := input.r; r.kind == "k${i}" }`,
		inputs: [{ r: { kind: "k7" } }, { r: {} }, {}],
		planned: 1,
	},
	{
		note: "members of a set",
		rules: (i) => `q contains ${i} if { input.kind == "k${i % 50}" }`,
		inputs: [{ kind: "k7" }, { kind: "k51" }],
		planned: 2,
	},
	{
		note: "arguments of a function",
		rules: (i) => `f("a${i}", x) := x + ${i}`,
		more: "q := f(input.a, 1)",
		inputs: [{ a: "a7" }, { a: "b" }, { a: ["a7"] }],
		planned: 1,
	},
	{
		note: "parameters that are compared in the body",
		rules: (i) => `f(x, y) := y if x.k == ${i}`,
		more: "q := f(input.a, 1)",
		inputs: [{ a: { k: 7 } }, { a: { k: 100 } }, { a: 7 }],
		planned: 1,
	},
	{
		note: "a member that is asked for",
		rules: (i) => `s contains "m${i}" if input.n > ${i}`,
		more: "q if s[input.m]",
		inputs: [
			{ m: "m7", n: 8 },
			{ m: "m7", n: 7 },
			{ m: "x", n: 8 },
		],
		planned: 1,
	},
	{
		note: "definitions of several kinds",
		rules: (i) =>
			i % 2 === 0 ? `q if input.kind == "k${i}"` : `q if { input.n == 1; startswith(input.name, "n${i}/") }`,
		inputs: [{ kind: "k8" }, { n: 1, name: "n7/x" }, { n: 1, name: 7 }, { n: 1, name: "n8/" }],
		planned: 1,
	},
	{
		note: "what a text begins with, and nothing else",
		rules: (i) => `q if { startswith(input.name, "n${i}/"); input.n > ${i} }`,
		inputs: [{ name: "n7/x", n: 8 }, { name: "n7" }, { name: 7 }, {}],
		planned: 1,
	},
	{
		note: "what a text ends with",
		rules: (i) => `q if { endswith(input.name, "/n${i}"); input.n > ${i} }`,
		inputs: [{ name: "x/n7", n: 8 }, { name: "n7" }, {}],
		planned: 1,
	},
	{
		note: "what a text begins with, behind what may fail",
		rules: (i) => `q if { to_number(input.s) > 0; startswith(input.name, "n${i}/") }`,
		inputs: [
			{ s: "1", name: "n7/x" },
			{ s: "a", name: "x" },
			{ s: "a", name: 7 },
		],
		planned: undefined,
	},
	{
		note: "what a text begins with, behind a call that may fail",
		rules: (i) => `q if { to_number(input.s); startswith(input.name, "n${i}/") }`,
		inputs: [
			{ s: "1", name: "n7/x" },
			{ s: "a", name: "n7/x" },
		],
		planned: undefined,
	},
	{
		note: "what is compared behind a loop",
		rules: (i) => `q if { input.l[_]; input.kind == "k${i}" }`,
		inputs: [{ l: [false, true], kind: "k7" }],
		planned: undefined,
	},
	{
		note: "what a text begins with, behind what cannot fail",
		rules: (i) => `q if { input.s > 0; startswith(input.name, "n${i}/") }`,
		inputs: [
			{ s: 1, name: "n7/x" },
			{ s: "1", name: "n7/x" },
		],
		planned: 1,
	},
	{
		note: "an empty text, which tells nothing",
		rules: (i) => `q contains ${i} if startswith(input.name, "")`,
		inputs: [{ name: "n7/x" }, { name: 7 }],
		planned: undefined,
	},
	{
		note: "at places that a list does not have",
		rules: (i) => `q contains ${i} if input.l[-1] == ${i}`,
		inputs: [{ l: [1, 2] }],
		planned: undefined,
	},
	{
		note: "at a place that is computed",
		rules: (i) => `q contains ${i} if input.l[input.n] == ${i}`,
		inputs: [{ l: [1, 2], n: 0 }],
		planned: undefined,
	},
	{
		note: "a rule before it, which may be an error",
		rules: (i) => `q contains ${i} if { r; input.kind == "k${i}" }`,
		more: "r if to_number(input.s) == 1",
		inputs: [
			{ s: "1", kind: "k7" },
			{ s: "a", kind: "k7" },
		],
		planned: undefined,
	},
	{
		note: "one in sixteen without it",
		rules: (i) => (i === 50 ? "q contains 50 if input.all" : `q contains ${i} if input.kind == "k${i}"`),
		inputs: [{ kind: "k8" }, { all: true }],
		planned: 2,
	},
	{
		note: "sixteen that are always tried, and one more",
		rules: (i) => (i < 17 ? `q if input.all[${i}]` : `q if input.kind == "k${i}"`),
		inputs: [{ kind: "k18" }, { all: [false, true] }],
		planned: undefined,
	},
	{
		note: "a few that are always tried",
		rules: (i) => (i < 3 ? `q if input.all[${i}]` : `q if input.kind == "k${i}"`),
		inputs: [{ kind: "k8" }, { all: [false, true] }, {}],
		planned: 4,
	},
	{
		note: "what is different under a replacement",
		rules: (i) => `q if { input.kind == "k${i}" with input.kind as "k7"; input.n == ${i} }`,
		inputs: [
			{ kind: "x", n: 7 },
			{ kind: "k8", n: 8 },
		],
		planned: undefined,
	},
	{
		note: "else branches",
		rules: (i) => `q if { input.kind == "k${i}" } else if { input.other == ${i} }`,
		inputs: [{ kind: "k7" }, { other: 7 }, {}],
		planned: undefined,
	},
	{
		note: "nothing that tells them apart",
		rules: (i) => `q contains ${i} if not startswith(input.name, "n${i}")`,
		inputs: [{ name: "n7" }],
		planned: undefined,
	},
	{
		note: "one value for all of them",
		rules: (i) => `q contains ${i} if { input.kind == "k"; input.n == ${i} }`,
		inputs: [{ kind: "k", n: 7 }, { kind: "l" }],
		planned: 1,
	},
	{
		note: "a conflict of two",
		rules: (i) => `q := ${i} if input.kind == "k${i % 50}"`,
		inputs: [{ kind: "k7" }, { kind: "x" }],
		planned: 2,
	},
	{
		note: "a default",
		rules: (i) => (i === 0 ? "default q := false" : `q if input.kind == "k${i}"`),
		inputs: [{ kind: "x" }, { kind: "k7" }],
		planned: 0,
	},
	{
		note: "a builtin that is replaced",
		rules: (i) => `p if { input.kind == "k${i}"; startswith(input.name, "n${i}") }`,
		more: "q if p with startswith as true",
		inputs: [{ kind: "k7", name: "x" }],
		planned: 8,
	},
];

function textOf({ rules, more }: Row): string {
	return ["package t", ...Array.from({ length: count }, (_, i) => rules(i)), more ?? ""].join("\n");
}

function attempt(ask: () => unknown): unknown {
	try {
		return ask();
	} catch (e) {
		return String(e);
	}
}

describe("the decision is that of the whole policy", () => {
	test.each(rows)("$note", (row) => {
		for (const input of row.inputs) {
			const modules = { "t.rego": textOf(row) };
			const first = attempt(() => compile(modules).rule("data.t.q")(input));
			expect(first).toEqual(attempt(() => compile(modules, { backend: generated }).rule("data.t.q")(input)));
		}
	});
});

describe("so many definitions are planned", () => {
	test.each(rows)("$note", (row) => {
		const { value } = parseModule(new Source("t.rego", textOf(row)));
		const set = checkModules(value === undefined ? [] : [value], { builtins }).value;
		if (set === undefined) throw new Error("does not compile");
		const { plan } = planOnDemand(set, { builtins, producer: "test" });
		let planned = 0;
		const open = (i: number) => {
			const func = plan.funcs.open?.(i);
			if (func === undefined) return undefined;
			const at = (d: number) => {
				planned++;
				return func.definitions.at(d);
			};
			return { ...func, definitions: { length: func.definitions.length, at } };
		};
		let whole = 0;
		const at = (i: number) => {
			const func = plan.funcs.at(i);
			if ((func?.definitions.length ?? 0) > 1) whole++;
			return func;
		};
		const program = closureProgram({ ...plan, funcs: { length: plan.funcs.length, at, open } }, builtins);
		const ctx = new EvalContext({ host: { now: () => 0n } } as never, row.inputs[0], {});
		attempt(() => program.document(ctx, ["t", "q"]));
		expect(whole > 0 ? undefined : planned).toBe(row.planned);
	});
});
