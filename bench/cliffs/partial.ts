/** Partial rules as lookups, and what depends on data only. */
import { type Cliff, list, rules, table } from "./cliff.ts";

export const partialCliffs: readonly Cliff[] = [
	{
		name: "partial: one key of a rule over data",
		sizes: [50, 500, 5000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"grants[u] contains r if { some u, x in data.us; x.tenant == input.tenant; some r in x.roles }",
				'q if "b" in grants[input.user]',
			),
			data: { us: table(n, (i) => [`u${i}`, { tenant: "t", roles: ["a", "b"] }]) },
			input: { tenant: "t", user: "u7" },
			want: true,
		}),
	},
	{
		name: "partial: costly bodies",
		sizes: [30, 300, 3000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"p[k] := count([x | some x in data.xs; x > data.ks[k]]) if some k, _ in data.ks",
				"q := p[input.k]",
			),
			data: { ks: table(n, (i) => [`k${i}`, i]), xs: list(n, (i) => i) },
			input: { k: "k7" },
			want: n - 8,
		}),
	},
	{
		name: "partial: data only",
		sizes: [100, 1000, 10_000],
		measure: "warm",
		make: (n) => ({
			policy: rules("roles[u] contains r if { some u, rs in data.ur; some r in rs }", "q if input.r in roles[input.u]"),
			data: { ur: table(n, (i) => [`u${i}`, ["a", "b"]]) },
			input: { u: "u7", r: "b" },
			want: true,
		}),
	},
	{
		name: "partial: number keys",
		sizes: [50, 500, 5000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				list(n, (i) => `limit[${i}] := input.x + ${i}`),
				"q := limit[input.k]",
			),
			input: { x: 1, k: 7 },
			want: 8,
		}),
	},
];
