/** Many definitions of one rule, of which an input can only be meant by a few. */

import type { Value } from "../../src/index.ts";
import { type Cliff, list, rules, type Workload } from "./cliff.ts";

/** n definitions, made by `line`, and an input that the last of them but one is meant for. */
function many(
	name: string,
	line: (i: number) => string,
	input: (i: number) => Value,
	sizes = [100, 1000, 10_000] as const,
): Cliff {
	return {
		name: `index: ${name}`,
		sizes,
		measure: "warm",
		make: (n): Workload => ({
			policy: rules("import future.keywords.or", "default q := false", list(n, line)),
			input: input(n - 2),
			want: true,
		}),
	};
}

const mixed: readonly ((i: number) => string)[] = [
	(i) => `q if { input.kind == "k${i}"; input.n == 1 }`,
	(i) => `q if { input.kind in ["k${i}", "l${i}"]; not input.no }`,
	(i) => `q if { input.labels[_] == "k${i}" }`,
	(i) => `q if { glob.match("k${i}-*", [], input.name) }`,
	(i) => `q if { startswith(input.name, "k${i}:") }`,
	(i) => `q if { input.path = ["api", "k${i}", _] }`,
	(i) => `q if { some x in input.parts; x.name == "k${i}" }`,
];

export const indexCliffs: readonly Cliff[] = [
	many(
		"input.kind ==",
		(i) => `q if { input.kind == "k${i}"; input.n == 1 }`,
		(i) => ({ kind: `k${i}`, n: 1 }),
	),
	many(
		"glob.match",
		(i) => `q if glob.match("app:*:res${i}", [":"], input.name)`,
		(i) => ({ name: `app:x:res${i}` }),
	),
	many(
		"glob.match of a prefix",
		(i) => `q if glob.match("team${i}/*", ["/"], input.name)`,
		(i) => ({ name: `team${i}/x` }),
	),
	many(
		"input.kind in [..], not",
		(i) => `q if { input.kind in ["K${i}", "L${i}"]; not input.no }`,
		(i) => ({ kind: `L${i}` }),
	),
	many(
		"input.l[_] ==",
		(i) => `q if input.l[_] == "x${i}"`,
		(i) => ({ l: ["a", "b", `x${i}`] }),
	),
	many(
		"input.p in {..}",
		(i) => `q if input.p in {"a${i}", "b${i}", "c${i}"}`,
		(i) => ({ p: `b${i}` }),
	),
	many(
		"a == 1 or b == 2",
		(i) => `q if { input.a == ${i} or input.b == ${i} }`,
		(i) => ({ a: -1, b: i }),
	),
	many(
		"member of input.l",
		(i) => `q if "x${i}" in input.l`,
		(i) => ({ l: ["a", "b", `x${i}`] }),
	),
	many(
		"input.path = [.., _]",
		(i) => `q if input.path = ["api", "x${i}", _]`,
		(i) => ({ path: ["api", `x${i}`, "id"] }),
	),
	many(
		"input.path[1] ==",
		(i) => `q if { input.path[0] == "api"; input.path[1] == "x${i}" }`,
		(i) => ({ path: ["api", `x${i}`, "id"] }),
	),
	many(
		"startswith",
		(i) => `q if startswith(input.name, "p${i}/")`,
		(i) => ({ name: `p${i}/x` }),
	),
	many(
		"two reads",
		(i) => `q if { input.user == "u${i % 100}"; input.action == "a${Math.floor(i / 100)}" }`,
		(i) => ({ user: `u${i % 100}`, action: `a${Math.floor(i / 100)}` }),
	),
	many(
		"else",
		(i) => `q if { input.kind == "k${i}"; input.n == 2 } else if { input.kind == "l${i}" }`,
		(i) => ({ kind: `l${i}`, n: 1 }),
	),
	many(
		"mixed kinds",
		(i) => (mixed[i % mixed.length] as (i: number) => string)(i),
		(i) => ({
			kind: "k0",
			n: 2,
			name: `k${i - (i % mixed.length) - 4}-x`,
			labels: ["k1"],
			path: ["api", "x", 1],
			parts: [{ name: "y" }],
		}),
	),
];
