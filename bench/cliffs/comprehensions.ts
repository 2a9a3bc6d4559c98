/** Comprehensions in loops that group rows: OPA makes an index of each, once. */
import { type Cliff, list, rules, type Workload } from "./cliff.ts";

const rows = (n: number) => list(n, (i) => ({ a: `a${i % 100}`, b: i % 50, name: `N${i % 200}`, id: i }));

function grouped(
	name: string,
	measure: Cliff["measure"],
	policy: readonly string[],
	want: (n: number) => number,
): Cliff {
	return {
		name: `comprehensions: ${name}`,
		sizes: [500, 1500, 5000],
		measure,
		make: (n): Workload => ({ policy: rules(policy), data: { rows: rows(n) }, want: want(n) }),
	};
}

const plain = ["q := count([r | some r in data.rows; s := [x | some x in data.rows; x.a == r.a]; count(s) > 1])"];
const composite = [
	"q := count([r | some r in data.rows; s := [x | some x in data.rows; x.a == r.a; x.b == r.b]; count(s) > 1])",
];
const inArray = [
	"q := count([r | some r in data.rows; s := {x.id | some x in data.rows; [x.a, x.b] == [r.a, r.b]}; count(s) > 1])",
];
const call = [
	"q := count([r | some r in data.rows; n := lower(r.name); s := [x | some x in data.rows; lower(x.name) == n]; count(s) > 1])",
];
const inFunction = [
	"same(r) := [x | some x in data.rows; x.a == r.a]",
	"q := count([r | some r in data.rows; count(same(r)) > 1])",
];
const ofRule = [
	'big contains {"k": x.a, "id": x.id} if some x in data.rows',
	"q := count([r | some r in data.rows; s := {y.id | some y in big; y.k == r.a}; count(s) > 1])",
];

export const comprehensionCliffs: readonly Cliff[] = [
	grouped("by one value", "warm", plain, (n) => n),
	grouped("by one value, first", "first", plain, (n) => n),
	grouped("by two values", "warm", composite, (n) => n),
	grouped("by an array", "warm", inArray, (n) => n),
	grouped("by an array, first", "first", inArray, (n) => n),
	grouped("by a call", "warm", call, (n) => n),
	grouped("by a call, first", "first", call, (n) => n),
	grouped("in a function", "warm", inFunction, (n) => n),
	grouped("over a rule", "warm", ofRule, (n) => n),
];
