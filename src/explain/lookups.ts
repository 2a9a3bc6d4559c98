/** Tables of the policy that the input names an entry of: another name may give what is wanted. */
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import { objectEntries } from "../value/collections.ts";
import { isObject, type Value } from "../value/value.ts";
import type { Blame } from "./blame.ts";
import { distance } from "./distance.ts";
import type { Frame } from "./frame.ts";
import { type Goal, meets } from "./goal.ts";
import { inversions } from "./invert.ts";
import type { Lookup } from "./makers.ts";
import { nameNear } from "./missing.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isInputPlace, type Place, policiesOf, type Traced } from "./source.ts";

/** Entries that are looked at, and names that are told. */
const most = { entries: 4096, names: 16 };

/** What another entry costs more where its value is a limit. */
const limited = 0.6;

/** Names of entries that are as wanted; nothing where there are none. */
export function lookupReason(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "dot" }>,
	{ table, key }: Lookup,
	goal: Goal,
): Blame | undefined {
	if (typeof table.value !== "object" || table.value === null || !isObject(table.value)) return undefined;
	const names = objectEntries(table.value)
		.slice(0, most.entries)
		.flatMap(([n, v]) => (meets(v, goal) ? [{ n, d: distance(n, key.value) }] : []))
		.sort((a, b) => a.d - b.d)
		.slice(0, most.names);
	const [nearest] = names;
	if (nearest === undefined) return undefined;
	return r.leaf({
		kind: "member",
		// Where it is about more or less, the number is rather what is wrong than whose it is.
		base: 1 + nearest.d / 2 + (isLimit(goal) ? limited : 0),
		inputs: inputsOf(key.from),
		policies: policiesOf(table.from),
		actual: key.value,
		expected: names.map((x) => x.n),
		near: nameNear(names),
		remedies: names.slice(0, 6).flatMap(({ n }) => renamed(r, c, f, e.key, key.from, n)),
		value: { unknown: true, from: undefined },
	});
}

function isLimit(goal: Goal): boolean {
	return goal.is === "with" ? isLimit(goal.goal) : goal.is === "compared";
}

function renamed(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Expression,
	from: Traced["from"],
	value: Value,
): readonly { readonly op: "replace" | "add" | "remove"; readonly place: Place; readonly value: Value | undefined }[] {
	return isInputPlace(from) ? [{ op: "replace", place: from, value }] : inversions(r, c, f, e, value);
}
