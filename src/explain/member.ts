/** Why something is not in a collection. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { Expression } from "../plan/plan.ts";
import { isArray } from "../value/value.ts";
import { type Blame, type Remedy, unexplored } from "./blame.ts";
import type { Call } from "./builtin-remedies.ts";
import { distance } from "./distance.ts";
import type { Frame } from "./frame.ts";
import { isDefined } from "./goal.ts";
import { inversions } from "./invert.ts";
import { explainable } from "./makers.ts";
import { nameNear } from "./missing.ts";
import type { Relaxer } from "./relaxer.ts";
import { expectedIn, isTaken, oddOnes } from "./siblings.ts";
import { inputsOf, isInputPlace, isOfInput, literal, policiesOf, step, type Traced } from "./source.ts";

/** Members that something made may be. */
const mostMeant = 16;

/** The member that comes nearest to being made. */
function asMember(r: Relaxer, c: EvalContext, f: Frame, e: Expression, of: Traced, bound: number): Blame {
	let best: Blame = unexplored;
	let looked = 0;
	const { loc } = r;
	scan(of.value, (key, value) => {
		r.loc = loc;
		const to: Traced = { value, from: step(of.from, key) };
		const one = r.blame(c, f, e, { is: "equal", to }, Math.min(bound, best.cost));
		if (one.cost < best.cost) best = one;
		return ++looked >= mostMeant;
	});
	r.loc = loc;
	return best;
}

/** `x in collection`. */
export function memberReason(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	operands: readonly Traced[],
	bound: number,
): Blame {
	const x = at(operands, 0);
	const of = at(operands, 1);
	let best: Blame = unexplored;
	if (explainable(r, c, f, at(e.args, 1))) {
		best = r.blame(c, f, at(e.args, 1), { is: "with", key: x, goal: isDefined }, bound);
	}
	if (explainable(r, c, f, at(e.args, 0)) && !isOfInput(of.from)) best = asMember(r, c, f, at(e.args, 0), of, bound);
	const entries: Traced[] = [];
	scan(of.value, (key, value) => {
		entries.push({ value, from: step(of.from, key) });
		return entries.length >= 4096;
	});
	const expectedAt = expectedIn(r.siblings, of.from);
	const isLikely = (at: number): boolean => expectedAt?.index === at && !expectedAt.isGap;
	const known = entries.map((m) => ({ ...m, isTaken: isTaken(r.siblings, m.from) }));
	const oddly = oddOnes(known);
	const near = known
		.map((m, at) => {
			const weight = m.isTaken ? 1 : isLikely(at) ? -1 : oddly.has(at) ? -0.3 : 0;
			return { m, d: distance(x.value, m.value) + weight };
		})
		.sort((p, q) => p.d - q.d);
	const nearest = near[0];
	const inCollection = isInputPlace(of.from);
	const remedies: Remedy[] = [];
	if (isInputPlace(x.from)) {
		for (const { m } of near.slice(0, 4)) remedies.push({ op: "replace", place: x.from, value: m.value });
	} else for (const { m } of near.slice(0, 4)) remedies.push(...inversions(r, c, f, at(e.args, 0), m.value));
	const nearestPlace = nearest === undefined ? undefined : nearest.m.from;
	if (inCollection && isInputPlace(of.from)) {
		if (isInputPlace(nearestPlace)) remedies.push({ op: "replace", place: nearestPlace, value: x.value });
		const end = step(of.from, "-");
		if (end.kind === "place" && Array.isArray(of.value)) remedies.push({ op: "add", place: end, value: x.value });
	}
	// One that nothing else needs is the likeliest to have been this.
	const most = expectedAt?.isGap === true ? 0.2 : r.siblings.taken.size > 0 ? 1.01 : 0.5;
	const isLeftOver = inCollection && nearest !== undefined && nearest.d < most;
	const inputs = inCollection
		? [...(isLeftOver && isInputPlace(nearestPlace) ? [nearestPlace] : []), of.from, ...inputsOf(x.from)].flatMap(
				(p) => (isInputPlace(p) ? [p] : []),
			)
		: [...inputsOf(x.from), ...inputsOf(of.from)];
	// A name that is not in the policy is that of an entry, which may go.
	const [named, more] = isInputPlace(x.from) ? [] : inputsOf(x.from);
	if (named !== undefined && more === undefined && named.key === x.value)
		remedies.push({ op: "remove", place: named, value: undefined });
	const isLacking = inCollection || (!isOfInput(x.from) && isOfInput(of.from));
	if (isLacking && !inCollection && isArray(of.value))
		remedies.push(...inversions(r, c, f, at(e.args, 1), [...of.value, x.value]));
	const isOther = isLeftOver && isInputPlace(nearestPlace);
	const leaf = r.leaf({
		kind: isOther ? "differs" : "member",
		base: 1 + Math.max(0, Math.min(1, nearest?.d ?? 1)) / 2,
		inputs,
		policies: [...policiesOf(of.from), ...policiesOf(x.from)],
		actual: isOther ? nearest.m.value : x.value,
		expected: isOther ? x.value : of.value,
		near: nameNear(near.map(({ m, d }) => ({ n: m.value, d }))),
		remedies,
		...(isLacking && !isOther ? { note: "lacking", made: !inCollection } : {}),
	});
	return { ...(leaf.cost <= best.cost ? leaf : best), value: { value: true, from: literal } };
}
