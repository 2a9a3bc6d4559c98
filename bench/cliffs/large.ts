/** First decisions of large policies. */
import { type Cliff, list, rules, table } from "./cliff.ts";

function definitions(n: number): string[] {
	return list(n, (i) => `q if { input.kind == "k${i}"; input.n > ${i}; startswith(input.name, "n${i}") }`);
}

export const largeCliffs: readonly Cliff[] = [
	{
		name: "large: first of n definitions",
		sizes: [100, 1000, 10_000],
		measure: "first",
		make: (n) => ({
			policy: rules("default q := false", definitions(n)),
			input: { kind: "k7", n: 50, name: "n7x" },
			want: true,
		}),
	},
	{
		name: "large: first of n rules",
		sizes: [100, 1000, 10_000],
		measure: "first",
		make: (n) => ({
			policy: rules(
				list(n, (i) => `r_${i} if { input.kind == "k${i}"; input.n > ${i}; startswith(input.name, "n${i}") }`),
				"q if { r_7; not r_8 }",
			),
			input: { kind: "k7", n: 50, name: "n7x" },
			want: true,
		}),
	},
	{
		name: "large: n definitions, after compile",
		sizes: [100, 1000, 10_000],
		measure: "after-compile",
		make: (n) => ({
			policy: rules("default q := false", definitions(n)),
			input: { kind: "k7", n: 50, name: "n7x" },
			want: true,
		}),
	},
	{
		name: "large: n members, after compile",
		sizes: [100, 1000, 10_000],
		measure: "after-compile",
		make: (n) => ({
			policy: rules(list(n, (i) => `q contains "m${i}" if { input.kind == "k${i}"; input.n > ${i} }`)),
			input: { kind: "k7", n: 50 },
			want: ["m7"],
		}),
	},
	{
		name: "large: n rules, after compile",
		sizes: [100, 1000, 10_000],
		measure: "after-compile",
		make: (n) => ({
			policy: rules(
				list(n, (i) => `r_${i} if { input.kind == "k${i}"; input.n > ${i} }`),
				"q if { r_7; not r_8 }",
			),
			input: { kind: "k7", n: 50 },
			want: true,
		}),
	},
	{
		name: "large: a first decision of seconds",
		sizes: [300, 1000, 3000],
		measure: "first",
		make: (n) => ({
			policy: rules("q := count([1 | some x in data.xs; some y in data.xs; x + y == 100; x * y > 7])"),
			data: { xs: list(n, (i) => i) },
			want: list(101, (i) => i * (100 - i)).filter((p, i) => p > 7 && i < n && 100 - i < n).length,
		}),
	},
	{
		name: "walk: of a known path",
		sizes: [100, 1000, 10_000],
		measure: "warm",
		make: (n) => ({
			policy: rules('q := count([v | walk(input, [["xs", i, "k"], v])])'),
			input: { xs: list(10, (i) => ({ k: i, others: table(n, (j) => [`x${j}`, [j, { y: j }]]) })) },
			want: 10,
		}),
	},
];
