/** Why a call of a builtin is not as wanted: what is known of the commonest of them, and their operands for the rest. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { Expression } from "../plan/plan.ts";
import { dot } from "../value/access.ts";
import { RegoSet } from "../value/collections.ts";
import { add, subtract } from "../value/number.ts";
import { isNumber, isObject, type Value } from "../value/value.ts";
import { type Blame, isUnknown, noBlame, nobody, type Operand, plus, type Remedy, unexplored } from "./blame.ts";
import { distance } from "./distance.ts";
import { commonPlace } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Comparison, type Goal, isDefined, mirrored, sizeOf } from "./goal.ts";
import { inversions } from "./invert.ts";
import { assumed, valueLeaf } from "./leaves.ts";
import { explainable, makerOf } from "./makers.ts";
import { regexFailure } from "./regex-prefix.ts";
import type { Relaxer } from "./relaxer.ts";
import { expectedIn, isTaken } from "./siblings.ts";
import { inputsOf, isInputPlace, isOfInput, literal, policiesOf, step, type Traced } from "./source.ts";

type Call = Extract<Expression, { op: "builtin" }>;

const comparisons: { readonly [name: string]: Comparison } = { gt: ">", gte: ">=", lt: "<", lte: "<=", neq: "!=" };

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
		return difference(r, c, f, e, v.value, goal, bound);
	}
	if (!isMocked && aggregates.has(name) && e.args.length === 1 && v !== undefined) {
		const more = aggregated(r, c, f, at(e.args, 0), v, goal, bound);
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
		const how = comparisons[name];
		if (how !== undefined && e.args.length === 2) return plus(before, compared(r, c, f, e, known, how, left));
		if (name === "internal.member_2") return plus(before, member(r, c, f, e, known, left));
	}
	if (v !== undefined && goal.is !== "true") return plus(before, valueLeaf(r, c, f, e, v, goal));
	return plus(before, called(r, c, f, e, name, known, goal));
}

/** Numbers made of collections. */
const aggregates: ReadonlySet<string> = new Set(["sum", "max", "product"]);

/** `sum([…]) >= n`: what would have been in the collection, or should not be. */
function aggregated(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	of: Expression,
	v: Traced,
	goal: Goal,
	bound: number,
): Blame | undefined {
	if (goal.is !== "compared" || !explainable(r, c, f, of)) return undefined;
	const now = r.exact(c, f, of);
	const size = now === undefined ? undefined : sizeOf(now.value);
	if (size === undefined || isOfInput(v.from)) return undefined;
	const isMore = goal.how === ">" || goal.how === ">=";
	if (!isMore && goal.how !== "<" && goal.how !== "<=") return undefined;
	const wanted: Goal = { is: "size", how: "==", to: isMore ? size + 1 : size - 1 };
	const made = makerOf(c, f, of);
	return { ...r.blame(made.c, made.f, made.e, wanted, bound), value: nobody };
}

/** `a - b` has members that it should not have: they are lacking in b. */
function difference(r: Relaxer, c: EvalContext, f: Frame, e: Call, members: RegoSet, goal: Goal, bound: number): Blame {
	const left = r.exact(c, f, at(e.args, 0));
	const right = r.exact(c, f, at(e.args, 1));
	const whole = left === undefined ? undefined : valueLeaf(r, c, f, e, { value: members, from: left.from }, goal);
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

/** `object.get(o, key, otherwise)` reads a place of its object. */
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
	const from = step(container.from, name.value);
	if (isUnknown(container)) return plus(both, assumed({ unknown: true, from }, goal));
	const isObjectThere = typeof container.value === "object" && container.value !== null && isObject(container.value);
	const there = isObjectThere ? dot(container.value, name.value) : undefined;
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
	let best: Blame = unexplored;
	for (const [x, other, way] of [
		[at(e.args, 0), right, how],
		[at(e.args, 1), left, mirrored[how]],
	] as const) {
		if (!explainable(r, c, f, x) && !isCount(r, c, f, x)) continue;
		const one = r.blame(c, f, x, { is: "compared", how: way, to: other }, Math.min(bound, best.cost));
		if (one.cost < best.cost) best = one;
	}
	const swap = !isInputPlace(left.from) && inputsOf(left.from).length < inputsOf(right.from).length;
	const [actual, limit, way] = swap ? [right, left, mirrored[how]] : [left, right, how];
	const remedies: Remedy[] = [];
	if (isInputPlace(actual.from)) {
		for (const value of boundary(limit.value, way)) remedies.push({ op: "replace", place: actual.from, value });
	}
	const leaf = r.leaf({
		kind: "builtin",
		made: !isInputPlace(actual.from),
		// Of what was made of the input the number alone says little.
		base: isInputPlace(actual.from) ? 1 : 2,
		inputs: [...inputsOf(actual.from), ...inputsOf(limit.from)],
		policies: [...policiesOf(limit.from), ...policiesOf(actual.from)],
		actual: actual.value,
		expected: limit.value,
		call: { name: way, args: [actual.value, limit.value] },
		remedies,
	});
	return { ...(leaf.cost <= best.cost ? leaf : best), value: yes };
}

function isCount(r: Relaxer, c: EvalContext, f: Frame, e: Expression): boolean {
	const { e: made } = makerOf(c, f, e);
	return made.op === "builtin" && r.p.builtin(made.builtin).name === "count";
}

/** Values at the edge of what a comparison takes. */
function boundary(limit: Value, how: Comparison): readonly Value[] {
	if (how === "<=" || how === ">=" || how === "==") return [limit];
	if (!isNumber(limit)) return [];
	return how === "<" ? [subtract(limit, 1)] : how === ">" ? [add(limit, 1)] : [];
}

/** `x in collection`. */
function member(r: Relaxer, c: EvalContext, f: Frame, e: Call, known: readonly Traced[], bound: number): Blame {
	const x = at(known, 0);
	const of = at(known, 1);
	let best: Blame = unexplored;
	if (explainable(r, c, f, at(e.args, 1))) {
		best = r.blame(c, f, at(e.args, 1), { is: "with", key: x, goal: isDefined }, bound);
	}
	const entries: Traced[] = [];
	scan(of.value, (key, value) => {
		entries.push({ value, from: step(of.from, key) });
		return entries.length >= 4096;
	});
	const expectedAt = expectedIn(r.siblings, of.from);
	const isLikely = (at: number): boolean => expectedAt?.index === at && !expectedAt.isGap;
	const near = entries
		.map((m, at) => {
			const taken = isTaken(r.siblings, m.from);
			return { m, d: distance(x.value, m.value) + (taken ? 1 : isLikely(at) ? -1 : 0) };
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
	const leaf = r.leaf({
		kind: "member",
		base: 1 + Math.max(0, Math.min(1, nearest?.d ?? 1)) / 2,
		inputs,
		policies: [...policiesOf(of.from), ...policiesOf(x.from)],
		actual: x.value,
		expected: of.value,
		remedies,
		...(inCollection ? { note: "lacking" } : {}),
	});
	return { ...(leaf.cost <= best.cost ? leaf : best), value: { value: true, from: literal } };
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
	const mendable = known.some((k) => isOfInput(k.from));
	const isText = name === "regex.match" || name === "re_match";
	const failure = isText && mendable ? regexFailure(name, args) : undefined;
	const base = 1 + (failure?.distance ?? textualDistance(name, args)) / 2;
	const error = isText ? undefined : errorOf(r, c, e, known);
	const kind = error === undefined ? "builtin" : "builtin-error";
	return r.lazyLeaf({ kind, base, value }, mendable, () => ({
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
		note: error ?? failure?.text,
		remedies: [
			...remediesOf(r, c, f, e, name, known, failure?.completion()),
			// What it gives may have been of use further on.
			...known
				.flatMap((k) => inputsOf(k.from).slice(0, 2))
				.map((place): Remedy => ({ op: "replace", place, value: undefined })),
		],
	}));
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

const typeTests: { readonly [name: string]: readonly Value[] } = {
	is_null: [null],
	is_array: [[]],
	is_object: [{}],
	is_string: [""],
	is_boolean: [false, true],
	is_number: [0],
};

function remediesOf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	name: string,
	known: readonly Traced[],
	completion: string | undefined,
): Remedy[] {
	const out: Remedy[] = [];
	const candidates: (readonly [at: number, value: Value])[] = (typeTests[name] ?? []).map((v) => [0, v] as const);
	const [a, b] = known.map((k) => k.value);
	if (typeof a === "string" && typeof b === "string") {
		if (name === "startswith") candidates.push([0, commonStart(a, b)], [0, `${b}${a}`], [0, b], [1, a]);
		if (name === "endswith") candidates.push([0, `${a}${b}`], [0, b], [1, a]);
		if (name === "contains") candidates.push([0, `${a}${b}`], [1, a]);
		if (completion !== undefined) candidates.push([1, completion]);
	}
	for (const [i, value] of candidates) {
		const operand = known[i];
		if (operand === undefined) continue;
		if (isInputPlace(operand.from)) out.push({ op: "replace", place: operand.from, value });
		else out.push(...inversions(r, c, f, at(e.args, i), value));
	}
	return out;
}

/** `text` with `prefix` in place of what is nearly that. */
function commonStart(text: string, prefix: string): string {
	let n = 0;
	while (n < prefix.length && text[n] === prefix[n]) n++;
	return `${prefix}${text.slice(Math.min(n + 1, text.length))}`;
}

/** What a text that is not there would have to be. */
function hintOf(name: string, operands: readonly Operand[]): Blame["hints"] {
	const [first, second] = operands;
	if (first === undefined) return [];
	const from = (o: Operand | undefined) =>
		o !== undefined && isUnknown(o) && o.from?.kind === "place" ? o.from : undefined;
	const value = (o: Operand | undefined): Value | undefined => (o === undefined || isUnknown(o) ? undefined : o.value);
	const place = from(first);
	const how = comparisons[name];
	if (how !== undefined) {
		const [limit, left] = [value(second), value(first)];
		const other = from(second);
		if (place !== undefined && limit !== undefined) return boundary(limit, how).map((v) => ({ place, value: v }));
		if (other !== undefined && left !== undefined)
			return boundary(left, mirrored[how]).map((v) => ({ place: other, value: v }));
	}
	if (name === "is_null" && place !== undefined) return [{ place, value: null }];
	if (name === "startswith" || name === "contains" || name === "endswith") {
		const text = value(second);
		if (place !== undefined && text !== undefined) return [{ place, value: text }];
	}
	if (name === "regex.match" || name === "re_match") {
		const subject = from(second);
		const pattern = value(first);
		if (subject === undefined || typeof pattern !== "string") return [];
		const completion = regexFailure(name, [pattern, ""])?.completion();
		return completion === undefined ? [] : [{ place: subject, value: completion }];
	}
	if (name === "internal.member_2" && place !== undefined) {
		const list = value(second);
		let found: Value | undefined;
		if (list !== undefined) {
			scan(list, (_, x) => {
				found = x;
				return true;
			});
		}
		return found === undefined ? [] : [{ place, value: found }];
	}
	return [];
}
