/** Size, equality and iteration of large objects and sets. */
import { type Cliff, rules, table } from "./cliff.ts";

const sizes = [1000, 10_000, 100_000] as const;

export const objectCliffs: readonly Cliff[] = [
	{
		name: "objects: count(data.o)",
		sizes,
		measure: "warm",
		make: (n) => ({ policy: rules("q := count(data.o)"), data: { o: table(n, (i) => [`k${i}`, i]) }, want: n }),
	},
	{
		name: "objects: count(data.o) in a loop",
		sizes,
		measure: "warm",
		make: (n) => ({
			policy: rules("q := count([x | some x in numbers.range(1, 2000); count(data.o) > x - 1])"),
			data: { o: table(n, (i) => [`k${i}`, i]) },
			want: Math.min(n, 2000),
		}),
	},
	{
		name: "objects: data.o != {}",
		sizes,
		measure: "warm",
		make: (n) => ({ policy: rules("q if data.o != {}"), data: { o: table(n, (i) => [`k${i}`, i]) }, want: true }),
	},
	{
		name: "objects: data.o != {} in a loop",
		sizes,
		measure: "warm",
		make: (n) => ({
			policy: rules('q := count([x | some x in numbers.range(1, 2000); data.o != {}; data.o != {"k0": x}])'),
			data: { o: table(n, (i) => [`k${i}`, i]) },
			want: 2000,
		}),
	},
	{
		name: "objects: some k; o[k] == 7",
		sizes,
		measure: "warm",
		make: (n) => ({
			policy: rules("q if { some k; data.o[k] == 7 }"),
			data: { o: table(n, (i) => [`k${i}`, i]) },
			want: true,
		}),
	},
	{
		name: "objects: some k; o[k] == 7 in a loop",
		sizes,
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"f(x) if { some k; data.o[k] == 7; x > 0 }",
				"q := count([x | some x in numbers.range(1, 200); f(x)])",
			),
			data: { o: table(n, (i) => [`k${i}`, i]) },
			want: 200,
		}),
	},
	{
		name: "sets: of objects",
		sizes: [500, 2000, 8000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				'a := {{"name": x, "tags": [x, x + 1], "at": {"zone": "z"}} | some x in numbers.range(1, data.n)}',
				'b := {{"name": x, "tags": [x, x + 1], "at": {"zone": "z"}} | some x in numbers.range(3, data.n)}',
				"q := count(a - b)",
			),
			data: { n },
			want: 2,
		}),
	},
	{
		name: "sets: of arrays, asked for members",
		sizes: [500, 2000, 8000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"a := {[x, x * 2, [x]] | some x in numbers.range(1, data.n)}",
				"q := count([x | some x in numbers.range(1, data.n); [x, x * 2, [x]] in a])",
			),
			data: { n },
			want: n,
		}),
	},
];
