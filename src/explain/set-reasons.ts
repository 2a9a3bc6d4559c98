/** Sets made of sets: members that they lack, or have too much. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { RegoSet } from "../value/collections.ts";
import type { Value } from "../value/value.ts";
import { type Blame, noBlame, nobody, plus, type Remedy, unexplored } from "./blame.ts";
import type { Call } from "./builtin-remedies.ts";
import { commonPlace } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Goal, holds, isDefined } from "./goal.ts";
import { valueLeaf } from "./leaves.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isOfInput, policiesOf, step, type Traced } from "./source.ts";

/** Members that are looked at. */
const most = 32;

/** `a - b` has members that it should not have: they are lacking in b. */
export function difference(r: Relaxer, c: EvalContext, f: Frame, e: Call, v: Traced, goal: Goal, bound: number): Blame {
	const left = r.exact(c, f, at(e.args, 0));
	const right = r.exact(c, f, at(e.args, 1));
	const whole = left === undefined ? undefined : valueLeaf(r, c, f, e, v, goal);
	const members = v.value instanceof RegoSet ? v.value : new RegoSet();
	const places = right === undefined ? [] : inputsOf(right.from);
	const place = places.length === 1 ? (places[0]?.parent ?? places[0]) : commonPlace(places);
	const [first] = members.sorted();
	// What the policy wants to be there is lacking; what only the input has is too much.
	if (
		right === undefined ||
		place === undefined ||
		first === undefined ||
		(left !== undefined && isOfInput(left.from) && !isOfInput(right.from))
	) {
		return whole ?? unexplored;
	}
	const isLooked = right.from.kind === "made";
	const of = isLooked ? (places[0] ?? place) : place;
	const key = step(of, first);
	const end = step(of, "-");
	const remedies: Remedy[] = [];
	for (const value of [first, "", true])
		if (key.kind === "place" && typeof first === "string") remedies.push({ op: "add", place: key, value });
	if (end.kind === "place") remedies.push({ op: "add", place: end, value: first });
	const leaf = r.leaf({
		kind: "member",
		base: members.size,
		inputs: [of],
		policies: left === undefined ? [] : policiesOf(left.from),
		actual: first,
		note: "lacking",
		remedies,
		value: nobody,
	});
	return leaf.cost >= bound ? unexplored : leaf;
}

/** `a & b` lacks members: one of the two has to get each. */
export function intersection(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	v: Traced | undefined,
	goal: Goal,
	bound: number,
): Blame | undefined {
	const operands = e.args.flatMap((a) => {
		const x = r.exact(c, f, a);
		return x?.value instanceof RegoSet ? [{ e: a, set: x.value, from: x.from }] : [];
	});
	if (operands.length !== 2 || !(v?.value instanceof RegoSet)) return undefined;
	const now = v.value;
	const withMember = (value: Value, left: number): Blame => {
		let total = noBlame;
		for (const o of operands) {
			if (o.set.has(value)) continue;
			const key: Traced = { value, from: step(at(operands, o === operands[0] ? 1 : 0).from, value) };
			total = plus(total, r.blame(c, f, o.e, { is: "with", key, goal: isDefined }, left - total.cost));
			if (total.cost >= left) return unexplored;
		}
		return total;
	};
	if (goal.is === "with") return { ...withMember(goal.key.value, bound), value: nobody };
	if (goal.is === "equal" && goal.to.value instanceof RegoSet) {
		const lacking = goal.to.value.sorted().filter((m) => !now.has(m));
		if (lacking.length === 0 || lacking.length > most) return undefined;
		const total = lacking.reduce<Blame>((sum, m) => plus(sum, withMember(m, bound - sum.cost)), noBlame);
		return total.cost >= bound ? unexplored : { ...total, value: goal.to };
	}
	if (goal.is !== "size" || !holds(now.size + 1, goal.how, goal.to)) return undefined;
	let best = unexplored;
	const members = operands.flatMap((o) => (isOfInput(o.from) ? [] : o.set.sorted().slice(0, most)));
	for (const m of members) {
		if (now.has(m)) continue;
		const one = withMember(m, Math.min(bound, best.cost));
		if (one.cost < best.cost) best = one;
	}
	return members.length === 0 ? undefined : { ...best, value: nobody };
}
