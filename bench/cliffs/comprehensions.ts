/** Comprehensions in loops that group rows: OPA makes an index of each, once. */
import { type Cliff, list, rules, type Workload } from "./cliff.ts";

const rows = (n: number) => list(n, (i) => ({ a: `a${i % 100}`, b: i % 50, name: `N${i % 200}`, id: i }));

function grouped(name: string, measure: Cliff["measure"], policy: readonly string[]): Cliff {
	return {
		name: `comprehensions: ${name}`,
		sizes: [300, 1000, 3000],
		measure,
		make: (n): Workload => ({ policy: rules(policy, "q := count(p)"), input: { rows: rows(n) }, want: n }),
	};
}

/** The rows r for which the comprehension gives something. */
const each = (before: string, comprehension: string): readonly string[] => [
	`p contains r.id if { some r in input.rows; ${before}; s := ${comprehension}; count(s) > 0 }`,
];

const plain = each("g := r.a", "[x.id | some x in input.rows; x.a == g]");
const composite = each("g := r.a; h := r.b", "[x.id | some x in input.rows; x.a == g; x.b == h]");
const inArray = each("g := [r.a, r.b]", "{x.id | some x in input.rows; [x.a, x.b] == g}");
const call = each("n := lower(r.name)", "[x.id | some x in input.rows; lower(x.name) == n]");
const inFunction = [
	"same(g) := [x.id | some x in input.rows; x.a == g]",
	"p contains r.id if { some r in input.rows; count(same(r.a)) > 0 }",
];

export const comprehensionCliffs: readonly Cliff[] = [
	grouped("by one value", "warm", plain),
	grouped("by one value, first", "first", plain),
	grouped("by two values", "warm", composite),
	grouped("by an array", "warm", inArray),
	grouped("by a call", "warm", call),
	grouped("by a call, first", "first", call),
	grouped("in a function", "warm", inFunction),
];
