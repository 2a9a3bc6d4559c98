/** Ad-hoc queries of one policy: none of them pays for the rules it does not reach. */
import { type Cliff, list, rules } from "./cliff.ts";

export const queryCliffs: readonly Cliff[] = [
	{
		name: "queries: a policy with tests",
		sizes: [100, 1000, 5000],
		measure: "queries",
		make: (n) => ({
			policy: rules(
				"allow if { input.user == data.owner; not blocked }",
				"blocked if input.blocked",
				list(n, (i) => `test_${i} if allow with input as {"user": "u${i}"} with data.owner as "u${i}"`),
			),
			query: "data.t.test_7",
			want: true,
		}),
	},
];
