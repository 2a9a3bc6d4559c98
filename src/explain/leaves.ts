/** Causes that are values: they are what they are, and not as wanted. */
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { assertNever, isArray } from "../value/value.ts";
import { type Blame, giving, nobody, type Operand, type Remedy } from "./blame.ts";
import { leafDiffers } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Comparison, type Goal, holds } from "./goal.ts";
import { inversions } from "./invert.ts";
import { missingLeaf } from "./missing.ts";
import type { Relaxer } from "./relaxer.ts";
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
			return leafDiffers(r, v, goal.to);
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
				remedies: resized(v, goal.how, goal.to),
				kind: "differs",
				inputs: inputsOf(v.from),
				policies: policiesOf(v.from),
				actual: v.value,
				note: `a size ${goal.how} ${goal.to} is wanted`,
			});
		case "with": {
			if (!isCollection(v.value)) return r.leaf({ kind: "shape", inputs: inputsOf(v.from), actual: v.value });
			return missingLeaf(r, v, step(v.from, goal.key.value), goal.goal);
		}
		default:
			assertNever(goal);
	}
}

/** Lists with an element more, or with one less. */
function resized(v: Traced, how: Comparison, to: number): readonly Remedy[] {
	const { from, value } = v;
	if (!isInputPlace(from)) return [];
	if (!isCollection(value))
		return [
			{ op: "replace", place: from, value: to === 0 ? [] : Array.from({ length: Math.min(to, 16) }, () => null) },
		];
	if (!isArray(value)) return [];
	const size = value.length;
	if (holds(size + 1, how, to) || (to > size && how !== "<" && how !== "<=")) {
		const place = step(from, size);
		return place.kind === "place" ? [{ op: "add", place, value: null }] : [];
	}
	const all = value
		.slice(-16)
		.map((_, i) => step(from, Math.max(0, size - 16) + i))
		.reverse();
	const out: Remedy[] = all.flatMap((place) =>
		place.kind === "place" ? [{ op: "remove" as const, place, value: undefined }] : [],
	);
	if (to === 0) out.unshift({ op: "replace", place: from, value: [] });
	return out;
}
