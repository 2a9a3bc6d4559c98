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
		name: "partial: a few keys of a large rule",
		sizes: [100, 3000, 100_000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"grants[u] contains r if { some u, x in data.us; x.tenant == input.tenant; some r in x.roles }",
				'q := count([u | some u in input.users; "b" in grants[u]])',
			),
			data: { us: table(n, (i) => [`u${i}`, { tenant: "t", roles: ["a", "b"] }]) },
			input: { tenant: "t", users: list(20, (i) => `u${i * 3}`) },
			want: 20,
		}),
	},
	{
		name: "partial: two keys of a nested rule",
		sizes: [50, 500, 5000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"grants[x.tenant][u] contains r if { some u, x in data.us; some r in x.roles; r != input.without }",
				'q if "b" in grants[input.tenant][input.user]',
			),
			data: { us: table(n, (i) => [`u${i}`, { tenant: `t${i % 3}`, roles: ["a", "b"] }]) },
			input: { tenant: "t1", user: "u7", without: "a" },
			want: true,
		}),
	},
	{
		name: "partial: one member of a set",
		sizes: [50, 500, 5000],
		measure: "warm",
		make: (n) => ({
			policy: rules("known contains u if { some u, x in data.us; x.tenant == input.tenant }", "q if known[input.user]"),
			data: { us: table(n, (i) => [`u${i}`, { tenant: "t" }]) },
			input: { tenant: "t", user: "u7" },
			want: true,
		}),
	},
	{
		name: "partial: every key, one after the other",
		sizes: [20, 200, 2000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"grants[u] contains r if { some u, x in data.us; x.tenant == input.tenant; some r in x.roles }",
				'q := count([u | some u, _ in data.us; "b" in grants[u]])',
			),
			data: { us: table(n, (i) => [`u${i}`, { tenant: "t", roles: ["a", "b"] }]) },
			input: { tenant: "t" },
			want: n,
		}),
	},
	{
		name: "partial: a ground key beside a variable",
		sizes: [20, 200, 2000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"limits[n] := v if some n, v in data.limits",
				"limits.total := limits.l1 + limits.l2 + input.x",
				"q := limits.total",
			),
			data: { limits: table(n, (i) => [`l${i}`, i]) },
			input: { x: 1 },
			want: 4,
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
