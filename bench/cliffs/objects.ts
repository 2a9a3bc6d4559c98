/** Size, equality and iteration of large objects and sets. */
import { type Cliff, list, rules, table, type Workload } from "./cliff.ts";

const sizes = [1000, 10_000, 100_000] as const;

/** Two lists of n rows, half of which are in both; made twice, as two documents would be. */
function rowsInBoth(n: number): Pick<Workload, "input"> {
	const row = (i: number) => ({
		id: i,
		name: `resource-${i}`,
		labels: { app: `app-${i % 50}`, tier: "web" },
		ports: [i, 443],
		owner: null,
	});
	return { input: { a: list(n, row), b: list(n, (i) => row(i + n / 2)) } };
}

/** What is done with the sets of these rows. */
function ofRows(name: string, body: string, want: (n: number) => number): Cliff {
	return {
		name: `sets of rows: ${name}`,
		sizes: [500, 2000, 8000],
		measure: "warm",
		make: (n) => ({
			policy: rules("a := {x | some x in input.a}", "b := {x | some x in input.b}", body),
			...rowsInBoth(n),
			want: want(n),
		}),
	};
}

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
	ofRows("made", "q := count(a)", (n) => n),
	ofRows("union", "q := count(a | b)", (n) => n + n / 2),
	ofRows("intersection", "q := count(a & b)", (n) => n / 2),
	ofRows("difference", "q := count(a - b)", (n) => n / 2),
	ofRows("membership", "q := count([x | some x in input.b; x in a])", (n) => n / 2),
	ofRows("intersections of many", "q := count([x | some x in input.b; count({x} & a) == 1])", (n) => n / 2),
	ofRows("members in order", "q := [x | some x in a | b][0].id", () => 0),
	ofRows("values of a comprehension", "q := count({x: y | some x, y in input.a})", (n) => n),
	ofRows("grouped by an object", "q := count({x.labels: x.labels.app | some x in input.a})", () => 50),
	ofRows("equal sets", "q := count([1 | a == {x | some x in input.a}])", () => 1),
	ofRows("union of sets", "q := count(union({a, b, {1}}))", (n) => n + n / 2 + 1),
];
