/** Numbers made of collections: what would have been in them, or should not be. */
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { Expression } from "../plan/plan.ts";
import { compare } from "../value/compare.ts";
import { type Blame, noBlame, nobody, plus } from "./blame.ts";
import { edgeOf } from "./comparisons.ts";
import { distance } from "./distance.ts";
import type { Frame } from "./frame.ts";
import { type Goal, holds, sizeOf } from "./goal.ts";
import { explainable, makerOf } from "./makers.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isInputPlace, isOfInput, policiesOf, step, type Traced } from "./source.ts";

export const aggregates: ReadonlySet<string> = new Set(["sum", "max", "min", "product"]);

/** Elements that are told. */
const most = 16;

export function aggregated(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	name: string,
	of: Expression,
	v: Traced,
	goal: Goal,
	bound: number,
): Blame | undefined {
	if (goal.is !== "compared") return undefined;
	const now = r.exact(c, f, of);
	if (now === undefined) return undefined;
	const isMore = goal.how === ">" || goal.how === ">=";
	if (!isMore && goal.how !== "<" && goal.how !== "<=") return undefined;
	if (name === "max" || name === "min") return extreme(r, now, v, goal, (name === "max") === isMore);
	const size = sizeOf(now.value);
	if (!explainable(r, c, f, of) || size === undefined || isOfInput(v.from)) return undefined;
	const wanted: Goal = { is: "size", how: "==", to: isMore ? size + 1 : size - 1 };
	const made = makerOf(c, f, of);
	return { ...r.blame(made.c, made.f, made.e, wanted, bound), value: nobody };
}

/** Of the largest and the smallest: one element is not far enough, or some are too far. */
function extreme(
	r: Relaxer,
	now: Traced,
	v: Traced,
	goal: Extract<Goal, { is: "compared" }>,
	isOne: boolean,
): Blame | undefined {
	const limit = goal.to.value;
	const edge = edgeOf(limit, goal.how);
	const wrong: Traced[] = [];
	scan(now.value, (key, value) => {
		const isTold = isOne ? compare(value, v.value) === 0 : !holds(compare(value, limit), goal.how, 0);
		if (isTold) wrong.push({ value, from: step(now.from, key) });
		return isOne ? wrong.length > 0 : wrong.length >= most;
	});
	if (wrong.length === 0 || !wrong.every((w) => isInputPlace(w.from))) return undefined;
	return wrong.reduce<Blame>((total, { value, from }) => {
		const blame = r.leaf({
			kind: "differs",
			base: 1 + distance(value, limit) / 2,
			inputs: inputsOf(from),
			policies: policiesOf(goal.to.from),
			actual: value,
			expected: edge,
			remedies: isInputPlace(from) && edge !== undefined ? [{ op: "replace", place: from, value: edge }] : [],
			value: nobody,
		});
		return plus(total, blame);
	}, noBlame);
}
