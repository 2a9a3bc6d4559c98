/** Why a call of a builtin is not as wanted: what is known of the commonest of them, and their operands for the rest. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import { dot } from "../value/access.ts";
import { RegoSet } from "../value/collections.ts";
import { isArray, isObject, type Value } from "../value/value.ts";
import { aggregated, aggregates } from "./aggregates.ts";
import { type Blame, isUnknown, noBlame, nobody, type Operand, plus, type Remedy, unexplored } from "./blame.ts";
import { type Call, hintOf, remediesOf } from "./builtin-remedies.ts";
import { comparisonOf, edgeOf } from "./comparisons.ts";
import { distance } from "./distance.ts";
import { commonPlace } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Comparison, type Goal, isDefined, mirrored, sizeOf } from "./goal.ts";
import { asGiven, inversions } from "./invert.ts";
import { assumed, valueLeaf } from "./leaves.ts";
import { cheapestSide, explainable, makerOf } from "./makers.ts";
import { memberReason } from "./member.ts";
import { regexFailure } from "./regex-prefix.ts";
import type { Relaxer } from "./relaxer.ts";
import { difference, intersection } from "./set-reasons.ts";
import { inputsOf, isInputPlace, isOfInput, literal, policiesOf, step, type Traced } from "./source.ts";

export function builtinReason(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	goal: Goal,
	v: Traced | undefined,
	bound: number,
): Blame {
	const { name } = r.p.builtin(e.builtin);
	const isMocked = c.builtinMocks?.has(e.builtin) === true;
	if (!isMocked && name === "count" && e.args.length === 1) {
		const size = sizeGoal(goal);
		if (size !== undefined) return count(r, c, f, at(e.args, 0), size, bound);
	}
	if (!isMocked && name === "minus" && goal.is === "size" && v?.value instanceof RegoSet) {
		return difference(r, c, f, e, v, goal, bound);
	}
	if (!isMocked && name === "and") {
		const more = intersection(r, c, f, e, v, goal, bound);
		if (more !== undefined) return more;
	}
	if (!isMocked && aggregates.has(name) && e.args.length === 1 && v !== undefined) {
		const more = aggregated(r, c, f, name, at(e.args, 0), v, goal, bound);
		if (more !== undefined) return more;
	}
	if (!isMocked && name === "object.get" && e.args.length === 3) return objectGet(r, c, f, e, goal, v, bound);
	const operands: Operand[] = [];
	let before = noBlame;
	for (const a of e.args) {
		const one = r.blame(c, f, a, isDefined, bound - before.cost);
		if (one.cost === Number.POSITIVE_INFINITY) return unexplored;
		before = plus(before, one);
		operands.push(one.value ?? nobody);
	}
	if (before.cost >= bound) return unexplored;
	const known = operands.filter((o): o is Traced => !isUnknown(o));
	if (known.length < operands.length) {
		const from = operands.find(isUnknown)?.from;
		const hinted = hintOf(name, operands);
		return {
			...before,
			hints: [...before.hints, ...hinted],
			value: { unknown: true, from: from?.kind === "place" ? { kind: "made", of: [from] } : undefined },
		};
	}
	const left = bound - before.cost;
	if (goal.is === "true" && !isMocked) {
		const how = comparisonOf.get(name);
		if (how !== undefined && e.args.length === 2) return plus(before, compared(r, c, f, e, known, how, left));
		if (name === "internal.member_2") return plus(before, memberReason(r, c, f, e, known, left));
	}
	if (v !== undefined && goal.is !== "true") return plus(before, valueLeaf(r, c, f, e, v, goal));
	return plus(before, called(r, c, f, e, name, known, goal));
}

/** What a goal for a number says of a size. */
function sizeGoal(goal: Goal): Goal | undefined {
	if (goal.is === "equal" && typeof goal.to.value === "number") return { is: "size", how: "==", to: goal.to.value };
	if (goal.is === "compared" && typeof goal.to.value === "number")
		return { is: "size", how: goal.how, to: goal.to.value };
	return undefined;
}

function count(r: Relaxer, c: EvalContext, f: Frame, e: Expression, goal: Goal, bound: number): Blame {
	const of = r.blame(c, f, e, isDefined, bound);
	if (of.cost > 0 || of.value === undefined || isUnknown(of.value)) return { ...of, value: nobody };
	if (sizeOf(of.value.value) === undefined) return { ...valueLeaf(r, c, f, e, of.value, goal), value: nobody };
	const made = makerOf(c, f, e);
	if (explainable(r, c, f, e)) return { ...r.blame(made.c, made.f, made.e, goal, bound), value: nobody };
	return { ...valueLeaf(r, c, f, e, of.value, goal), value: nobody };
}

/** `object.get(o, key, otherwise)` reads a place of its object; an array is the way to it, key by key. */
function objectGet(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	goal: Goal,
	v: Traced | undefined,
	bound: number,
): Blame {
	const of = r.blame(c, f, at(e.args, 0), isDefined, bound);
	const key = r.blame(c, f, at(e.args, 1), isDefined, bound - of.cost);
	const both = plus(of, key);
	const container = of.value;
	const name = key.value;
	if (container === undefined || name === undefined || isUnknown(name) || container.from === undefined)
		return { ...both, value: nobody };
	const way = isArray(name.value) ? name.value : [name.value];
	const from = way.reduce(step, container.from);
	if (isUnknown(container)) return plus(both, assumed({ unknown: true, from }, goal));
	const there = isObject(container.value) ? way.reduce<Value | undefined>(dot, container.value) : undefined;
	if (there !== undefined) return plus(both, valueLeaf(r, c, f, e, { value: there, from }, goal));
	if (v === undefined) return plus(both, called(r, c, f, e, "object.get", [container, name], goal));
	const expected = goal.is === "equal" ? goal.to.value : goal.is === "true" ? true : undefined;
	const blame = r.leaf({
		kind: "missing",
		inputs: isInputPlace(from) ? [from] : inputsOf(container.from),
		policies: policiesOf(container.from),
		expected,
		note: "its default stands for it",
		remedies: isInputPlace(from) && expected !== undefined ? [{ op: "add", place: from, value: expected }] : [],
		value: { unknown: true, from },
	});
	return plus(both, blame);
}

function compared(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	known: readonly Traced[],
	how: Comparison,
	bound: number,
): Blame {
	const left = at(known, 0);
	const right = at(known, 1);
	const yes: Traced = { value: true, from: literal };
	const best = cheapestSide(r, c, f, e.args, [left, right], how, bound);
	const swap = !isInputPlace(left.from) && inputsOf(left.from).length < inputsOf(right.from).length;
	const [actual, limit, way] = swap ? [right, left, mirrored[how]] : [left, right, how];
	// What was made of several parts of one thing is of that.
	const several = isInputPlace(actual.from) ? [] : inputsOf(actual.from);
	const whole = several.length > 1 ? commonPlace(several) : undefined;
	const edge = edgeOf(limit.value, way);
	const [x, y] = swap ? [1, 0] : [0, 1];
	const remedies: Remedy[] = asGiven(r, c, f, at(e.args, x), at(e.args, y));
	remedies.push(
		...(edge === undefined
			? []
			: isInputPlace(actual.from)
				? [{ op: "replace" as const, place: actual.from, value: edge }]
				: inversions(r, c, f, at(e.args, x), edge)),
	);
	const leaf = r.leaf({
		kind: "builtin",
		made: !isInputPlace(actual.from),
		// Of what was made of the input the number alone says little.
		base: isInputPlace(actual.from) ? 1 : 2,
		inputs: [...(whole === undefined ? [] : [whole]), ...inputsOf(actual.from), ...inputsOf(limit.from)],
		policies: [...policiesOf(limit.from), ...policiesOf(actual.from)],
		actual: actual.value,
		expected: limit.value,
		call: { name: way, args: [actual.value, limit.value] },
		remedies,
	});
	return { ...(leaf.cost <= best.cost ? leaf : best), value: yes };
}

/** Any other builtin that is false or has no result. */
function called(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	name: string,
	known: readonly Traced[],
	goal: Goal,
): Blame {
	const value: Operand = goal.is === "true" ? { value: true, from: literal } : nobody;
	const args = known.map((k) => k.value);
	const from = known.map((k) => k.from);
	const mendable = from.some(isOfInput);
	const isText = name === "regex.match" || name === "re_match";
	const failure = isText && mendable ? regexFailure(name, args) : undefined;
	const base = 1 + (failure?.distance ?? textualDistance(name, args)) / 2;
	const error = isText ? undefined : errorOf(r, c, e, known);
	const kind = error === undefined ? "builtin" : "builtin-error";
	return r.lazyLeaf({ kind, base, value }, from, () => ({
		kind,
		made: !known.some((k) => isInputPlace(k.from)),
		inputs: [
			...known.flatMap((k) => (isInputPlace(k.from) ? [k.from] : [])),
			...known.flatMap((k) => inputsOf(k.from)),
		],
		policies: known.flatMap((k) => policiesOf(k.from)),
		actual: (known.find((k) => isInputPlace(k.from)) ?? known.find((k) => isOfInput(k.from)) ?? known[0])?.value,
		expected: goal.is === "equal" ? goal.to.value : undefined,
		call: { name, args },
		note: error ?? failure?.text(),
		remedies: [
			...remediesOf(r, c, f, e, name, known, failure?.completion()),
			...(error === undefined ? [] : known.flatMap(retyped)),
			// What it gives may have been of use further on.
			...known
				.flatMap((k) => inputsOf(k.from).slice(0, 2))
				.map((place): Remedy => ({ op: "replace", place, value: undefined })),
		],
	}));
}

/** A number that was written as a text, or the other way round. */
function retyped({ from, value }: Traced): Remedy[] {
	if (!isInputPlace(from)) return [];
	if (typeof value === "number") return [{ op: "replace", place: from, value: String(value) }];
	const isNumeric = typeof value === "string" && /^-?\d{1,15}$/.test(value);
	return isNumeric ? [{ op: "replace", place: from, value: Number(value) }] : [];
}

/** What a builtin says that fails; nothing where it is just false. */
function errorOf(r: Relaxer, c: EvalContext, e: Call, known: readonly Traced[]): string | undefined {
	const before = c.query.builtinErrors.length;
	try {
		r.p.callBuiltin(
			c,
			e.builtin,
			known.map((k) => k.value),
			e.loc,
		);
	} catch (error) {
		return error instanceof Error && "reason" in error ? String(error.reason) : undefined;
	}
	return c.query.builtinErrors.length > before ? c.query.builtinErrors.at(-1)?.reason : undefined;
}

function textualDistance(name: string, args: readonly Value[]): number {
	const [a, b] = args;
	if (typeof a !== "string" || typeof b !== "string") return 0.5;
	if (name === "startswith") return distance(a.slice(0, b.length), b);
	if (name === "endswith") return distance(a.slice(-b.length), b);
	return 0.6;
}
