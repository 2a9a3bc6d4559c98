/** Causes that are values: they are what they are, and not as wanted. */
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { RegoSet } from "../value/collections.ts";
import { type ArrayValue, assertNever, isArray } from "../value/value.ts";
import { type Blame, giving, nobody, type Operand, type Remedy } from "./blame.ts";
import { edgeOf } from "./comparisons.ts";
import { leafDiffers } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Goal, holds, sizeOf } from "./goal.ts";
import { inversions } from "./invert.ts";
import { missingLeaf } from "./missing.ts";
import type { Relaxer } from "./relaxer.ts";
import { resized } from "./sizes.ts";
import { inputsOf, isInputPlace, policiesOf, step, type Traced } from "./source.ts";
/** What is not known is taken to be as wanted. */
export function assumed(unknown: Operand, goal: Goal): Blame {
	const { from } = unknown;
	const value = goal.is === "equal" ? goal.to.value : undefined;
	if (value === undefined || from?.kind !== "place") return giving(unknown);
	return { ...giving(unknown), hints: [{ place: from, value }] };
}

/** A value that is what it is. */
export function valueLeaf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Expression,
	v: Traced | undefined,
	goal: Goal,
): Blame {
	if (v === undefined) return r.leaf({ kind: "missing", note: "it is undefined", value: nobody });
	switch (goal.is) {
		case "equal":
			return leafDiffers(r, v, goal.to, () => inversions(r, c, f, e, goal.to.value));
		case "compared":
			return leafDiffers(r, v, goal.to, () => {
				const edge = edgeOf(goal.to.value, goal.how);
				return edge === undefined ? [] : inversions(r, c, f, e, edge);
			});
		case "true":
		case "defined":
			return r.leaf({
				kind: "false",
				inputs: inputsOf(v.from),
				policies: policiesOf(v.from),
				actual: v.value,
				expected: true,
				remedies: isInputPlace(v.from) ? [{ op: "replace", place: v.from, value: true }] : [],
				value: { value: true, from: v.from },
			});
		case "size":
			return r.leaf({
				base: 1.9,
				remedies: [...resized(v, goal.how, goal.to), ...tooMany(v, goal)],
				kind: "differs",
				inputs: inputsOf(v.from),
				policies: policiesOf(v.from),
				actual: v.value,
				note: `a size ${goal.how} ${goal.to} is wanted`,
			});
		case "with": {
			if (isArray(v.value) && typeof goal.key.value !== "number") return lackingLeaf(r, c, f, e, v, v.value, goal.key);
			if (!isCollection(v.value)) return r.leaf({ kind: "shape", inputs: inputsOf(v.from), actual: v.value });
			return missingLeaf(r, v, step(v.from, goal.key.value), goal.goal);
		}
		default:
			assertNever(goal);
	}
}

/** A list that was made of something has no such element. */
function lackingLeaf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Expression,
	{ from }: Traced,
	list: ArrayValue,
	key: Traced,
): Blame {
	const end = step(from, "-");
	const more = inversions(r, c, f, e, [...list, key.value]);
	return r.leaf({
		kind: "member",
		base: 1.3,
		inputs: inputsOf(from),
		policies: [...policiesOf(key.from), ...policiesOf(from)],
		actual: key.value,
		expected: list,
		note: "lacking",
		made: !isInputPlace(from),
		remedies: isInputPlace(end) ? [{ op: "add", place: end, value: key.value }, ...more] : more,
		value: nobody,
	});
}

/** What members that there should be none of were made of. */
function tooMany(v: Traced, goal: Extract<Goal, { is: "size" }>): readonly Remedy[] {
	const size = sizeOf(v.value) ?? 0;
	if (holds(size + 1, goal.how, goal.to) || !(v.value instanceof RegoSet) || size > 16) return [];
	return v.value.sorted().flatMap((m): Remedy[] => {
		const [place, other] = inputsOf(step(v.from, m));
		return place !== undefined && other === undefined ? [{ op: "remove", place, value: undefined }] : [];
	});
}
