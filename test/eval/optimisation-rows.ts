/** Where the emitter makes each of its optimisations, and where it may not: see optimisations.test.ts. */
import type { Optimisation } from "../../src/eval/generated/emit-choices.ts";

export interface OptimisationRow {
	readonly note: string;
	readonly optimisation: Optimisation;
	/** What is in the emitted text where it is made, and nowhere without it. */
	readonly mark: RegExp;
	readonly rego: string;
	/** Not here: a condition does not hold. */
	readonly made?: false;
	/** Others that it is seen with only. */
	readonly needs?: readonly Optimisation[];
}

export const optimisationRows: readonly OptimisationRow[] = [
	{
		note: "a rule that only reads",
		optimisation: "lazy-context",
		mark: /new C\(o, v, d\)/,
		rego: "x := input.a",
	},
	{
		note: "a constant list in a comparison",
		optimisation: "short-lists",
		mark: /\.length === 2 && /,
		rego: 'x if input.a == ["b", true]',
	},
	{
		note: "nine members",
		optimisation: "short-lists",
		made: false,
		mark: /\.length === 9 && /,
		rego: "x if input.a == [null, null, null, null, null, null, null, null, null]",
	},
	{
		note: "a number in it",
		optimisation: "short-lists",
		made: false,
		mark: /\.length === 1 && /,
		rego: "x if input.a == [1]",
	},
	{
		note: "an array of the policy",
		optimisation: "member-index",
		mark: /MemberSite\(\)/,
		rego: 'x if input.a in ["b", input.b, "c"]\ny if input.a in ["b", "c"]',
	},
	{
		note: "an array of base data",
		optimisation: "member-index",
		mark: /MemberSite\(\)/,
		rego: "x if input.a in data.list",
	},
	{
		note: "an array of the input",
		optimisation: "member-index",
		made: false,
		mark: /MemberSite\(\)/,
		rego: "x if input.a in input.list",
	},
	{
		note: "a scan in a loop, compared at once",
		optimisation: "groups",
		mark: /new Groups\(/,
		rego: "x := [n | some g in input.groups; n := [y | some y in input.list; y.g == g]]",
	},
	{
		note: "a scan in a loop, compared by more",
		optimisation: "groups",
		mark: /new GroupedScan\(\)/,
		rego: "x := [n | some g in input.groups; n := [y | some y in input.list; lower(y.g) == g]]",
	},
	{
		note: "no loop around it",
		optimisation: "groups",
		made: false,
		mark: /new Groups\(|GroupedScan\(\)/,
		rego: "x := [y | some y in input.list; y.g == input.g]",
	},
	{
		note: "a table of a rule's definitions",
		optimisation: "proven-guards",
		mark: /function d0_0\(c, r\) \{\n(?:const .*\n)+let t0;\n/,
		rego: [..."abcdefghij"].map((k) => `x := "${k}" if input.k == "${k}"`).join("\n"),
	},
	{
		note: "a call in two definitions",
		optimisation: "kept-calls",
		mark: /if \((t\d+) === undefined\) \1 = b0\(/,
		rego: 'x := 1 if upper(input.a) == "A"\nx := 2 if upper(input.a) == "B"',
	},
	{
		note: "what a builtin gives",
		optimisation: "known-types",
		mark: /\(true \? t\d+\.startsWith/,
		rego: 'x if startswith(lower(input.a), "b")',
	},
	{
		note: "a local that holds what is read again",
		optimisation: "known-types",
		mark: /"lower", \d+\), l0_1\)/,
		rego: 'x if lower(input.a) == "b"',
	},
	{
		note: "a loop through a constant",
		optimisation: "known-types",
		mark: /(t\d+) = 0; \1 < 2;/,
		rego: 'x if {\n\tsome y in ["a", "b"]\n\tinput[y]\n}',
	},
	{
		note: "an array comprehension",
		optimisation: "counting",
		mark: /\bl\d+_\d+\+\+;/,
		rego: "x := count([y | some y in input.list; y > 1])",
	},
	{
		note: "a set comprehension",
		optimisation: "counting",
		made: false,
		mark: /\bl\d+_\d+\+\+;/,
		rego: "x := count({y | some y in input.list; y > 1})",
	},
	{
		note: "a sum",
		optimisation: "counting",
		made: false,
		mark: /\bl\d+_\d+\+\+;/,
		rego: "x := sum([y | some y in input.list; y > 1])",
	},
	{
		note: "a read in a loop",
		optimisation: "fixed-reads",
		mark: /\?\.b \?\? .*\n.*scanKeys/,
		rego: "x := [y | some y in input.list; y.a == input.b]",
	},
	{
		note: "equality of two values",
		optimisation: "json-equality",
		mark: /const equal = R\.same;/,
		rego: "x if input.a == input.b",
	},
	{
		note: "a function with many paths of calls below it",
		optimisation: "call-results",
		mark: /new CallSite\(\)/,
		rego: [
			"f0(v) := v.a",
			...Array.from({ length: 8 }, (_, i) => `f${i + 1}(v) := [f${i}(v), f${i}(v.b)]`),
			"x := f8(input)",
		].join("\n"),
	},
	{
		note: "few paths",
		optimisation: "call-results",
		made: false,
		mark: /new CallSite\(\)/,
		rego: "f(v) := v.a\ng(v) := [f(v), f(v.b)]\nx := g(input)",
	},
	{
		note: "a list that is written out",
		optimisation: "joins",
		mark: /isWellFormed/,
		rego: 'x := concat("/", [input.a, input.b])',
	},
	{ note: "any list", optimisation: "joins", mark: /join\("\/"/, rego: 'x := concat("/", input.list)' },
	{
		note: "a list of nine",
		optimisation: "joins",
		made: false,
		mark: /isWellFormed/,
		rego: `x := concat("/", [${"input.a, ".repeat(9)}])`,
	},
	{
		note: "an entry of an allow-list",
		optimisation: "policy-parts",
		mark: /new PartResults\(\)/,
		rego: 'x if {\n\tsome y in ["Aa", "Bb"]\n\tupper(y) == input.a\n}',
	},
	{
		note: "an entry of an allow-list, and another operand",
		optimisation: "policy-parts",
		mark: /new LastResults\(\)/,
		rego: 'x if {\n\tsome y in ["Aa", "Bb"]\n\treplace(y, "a", input.b) == input.a\n}',
	},
	{
		note: "an entry of the input",
		optimisation: "policy-parts",
		made: false,
		mark: /Results\(\)/,
		rego: "x if {\n\tsome y in input.list\n\tupper(y) == input.a\n}",
	},
	{
		note: "a builtin that may give something else than a string",
		optimisation: "known-types",
		made: false,
		mark: /if \(!\(\w+ === \w+\)\)/,
		rego: 'x if object.get(input, "a", 1) == input.b',
	},
	{
		note: "a loop through a constant set",
		optimisation: "known-types",
		made: false,
		mark: /(t\d+) = 0; \1 < (?:2|undefined);/,
		rego: 'x if {\n\tsome y in {"a", "b"}\n\tinput[y]\n}',
	},
	{
		note: "conditions that are no table",
		optimisation: "proven-guards",
		made: false,
		mark: /function d0_0\(c, r\) \{\n(?:const .*\n)+let t0;\n/,
		rego: [..."abcdefghijklmnopqrstuvwxyz"].map((k) => `x := "${k}" if startswith(input.k, "${k}")`).join("\n"),
	},
	{
		note: "a rule with many paths below it, which is evaluated once",
		optimisation: "call-results",
		made: false,
		mark: /new CallSite\(\)/,
		rego: `${doubling(5)}\nx := [f5(input), f5(input.a)]`,
	},
	{
		note: "a function with just enough paths",
		optimisation: "call-results",
		mark: /new CallSite\(\)/,
		rego: `${doubling(5)}\ng(v) := f5(v)\nx := g(input)`,
	},
];

/** Functions of which each calls the one before twice: below f5 there are 63 paths of calls. */
function doubling(n: number): string {
	const calls = Array.from({ length: n }, (_, i) => `f${i + 1}(v) := [f${i}(v), f${i}(v.b)]`);
	return ["f0(v) := v.a", ...calls].join("\n");
}
