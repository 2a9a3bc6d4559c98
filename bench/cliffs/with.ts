/** Replaced documents: what a `with` costs must not depend on how large the documents around it are. */
import { type Cliff, list, rules, table } from "./cliff.ts";

export const withCliffs: readonly Cliff[] = [
	{
		name: "with: input.k in a loop",
		sizes: [200, 2000, 20_000],
		measure: "warm",
		make: (n) => ({
			policy: rules("p if input.k == 1", "q := count([x | some x in numbers.range(1, 200); p with input.k as x])"),
			input: table(n, (i) => [`key${i}`, i]),
			want: 1,
		}),
	},
	{
		name: "with: data.o.k in a loop",
		sizes: [200, 2000, 20_000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"p if data.o.k.v == 1",
				"q := count([x | some x in numbers.range(1, 2000); p with data.o.k.v as x])",
			),
			data: { o: table(n, (i) => [`key${i}`, { v: i }]) },
			want: 1,
		}),
	},
	{
		name: "with: several at once",
		sizes: [200, 2000, 20_000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"p if { data.o.k == input.o.k; data.o.key1 == 1 }",
				"q := count([x | some x in numbers.range(1, 500); p with data.o.k as x with input.o.k as 7])",
			),
			data: { o: table(n, (i) => [`key${i}`, i]) },
			input: { o: table(n, (i) => [`key${i}`, i]) },
			want: 1,
		}),
	},
	{
		name: "with: n of one expression",
		sizes: [100, 1000, 10_000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"p := [input.a0, input.b.c7, data.o.k9]",
				`q := x if { x := p ${list(n, (i) => `with input.a${i} as ${i} with input.b.c${i} as ${i}`).join(" ")} }`,
			),
			data: { o: table(10, (i) => [`k${i}`, i]) },
			want: [0, 7, 9],
		}),
	},
	{
		name: "with: many tests over one table",
		sizes: [50, 200, 800],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"allow if data.users[input.user].role == input.role",
				list(
					n,
					(i) => `test_${i} if allow with input as {"user": "u${i}", "role": "r"} with data.users.u${i}.role as "r"`,
				),
			),
			query: "data.t.test_7",
			data: { users: table(n * 100, (i) => [`u${i}`, { role: `role${i}` }]) },
			want: true,
		}),
	},
];
