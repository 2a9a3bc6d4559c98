/** Why an expression is not as wanted. */
import type { EvalContext } from "../eval/context.ts";
import type { Expression } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { equal } from "../value/compare.ts";
import { assertNever, isArray, isPlainObject, type Value } from "../value/value.ts";
import { type Blame, isUnknown, noBlame, nobody, plus, unexplored } from "./blame.ts";
import { builtinReason } from "./builtin-reasons.ts";
import { collectionReason } from "./collections.ts";
import type { Argument } from "./definitions.ts";
import { valueAt } from "./edit.ts";
import { equalReason } from "./equality.ts";
import type { Frame } from "./frame.ts";
import { type Goal, isDefined } from "./goal.ts";
import { assumed, valueLeaf } from "./leaves.ts";
import { lookupReason } from "./lookups.ts";
import { explainable, lookupOf, makerOf } from "./makers.ts";
import { missingLeaf, unknownKeyLeaf } from "./missing.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputRoot, isInputPlace, isOfInput, literal, step, type Traced } from "./source.ts";

/** `v` is the expression's value, if it has any. */
export function reasonOf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Expression,
	goal: Goal,
	v: Traced | undefined,
	bound: number,
): Blame {
	if (bound <= 0) return unexplored;
	switch (e.op) {
		case "const":
		case "base":
			return valueLeaf(r, c, f, e, v, goal);
		case "input":
			return v === undefined ? missingLeaf(r, undefined, inputRoot, goal) : valueLeaf(r, c, f, e, v, goal);
		case "local": {
			const unknown = f.unknowns?.get(e.local);
			if (unknown !== undefined) return assumed(unknown, goal);
			const made = makerOf(c, f, e);
			if (made.e === e || (v !== undefined && isInputPlace(v.from))) return valueLeaf(r, c, f, e, v, goal);
			return reasonOf(r, made.c, made.f, made.e, goal, v, bound);
		}
		case "dot":
			return dotReason(r, c, f, e, goal, v, bound);
		case "rule":
			return r.func(c, e.func, [], goal, bound);
		case "rule-at": {
			let wanted = goal;
			let before = noBlame;
			for (const k of [...e.keys].reverse()) {
				const key = r.blame(c, f, k, isDefined, bound);
				before = plus(before, key);
				if (key.value === undefined || isUnknown(key.value)) return { ...before, value: nobody };
				wanted = { is: "with", key: key.value, goal: wanted };
			}
			return plus(before, r.func(c, e.func, [], wanted, bound - before.cost));
		}
		case "document":
		case "document-dot":
		case "document-keys":
			return valueLeaf(r, c, f, e, v, goal);
		case "call": {
			const args: Argument[] = [];
			let before = noBlame;
			for (const a of e.args) {
				const one = r.blame(c, f, a, isDefined, bound - before.cost);
				if (one.cost === Number.POSITIVE_INFINITY) return unexplored;
				before = plus(before, one);
				const via = makerOf(c, f, a);
				args.push({ value: one.value ?? nobody, via: via.e.op === "local" ? undefined : via });
			}
			if (before.cost >= bound) return unexplored;
			return plus(before, r.func(c, e.func, args, goal, bound - before.cost));
		}
		case "builtin":
			return builtinReason(r, c, f, e, goal, v, bound);
		case "equal":
			if (goal.is === "true" || (goal.is === "equal" && goal.to.value === true)) return equalReason(r, c, f, e, bound);
			if (v === undefined) return equalDefined(r, c, f, e, bound);
			return valueLeaf(r, c, f, e, v, goal);
		case "array":
		case "set":
		case "object":
			return composed(r, c, f, e, goal, v, bound);
		case "collect": {
			const frame = (): Frame => f.copy();
			return collectionReason(r, c, [{ block: e.body, into: e.target, frame }], v, goal, bound, []);
		}
		default:
			assertNever(e, "expression");
	}
}

function dotReason(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "dot" }>,
	goal: Goal,
	v: Traced | undefined,
	bound: number,
): Blame {
	const lookup = v === undefined ? undefined : lookupOf(r, c, f, e);
	const other = lookup === undefined ? undefined : lookupReason(r, c, f, e, lookup, goal);
	if (other !== undefined) return other;
	if (v !== undefined && (isInputPlace(v.from) || !explainable(r, c, f, e.value)))
		return valueLeaf(r, c, f, e, v, goal);
	const of = r.blame(c, f, e.value, isDefined, bound);
	const key = r.blame(c, f, e.key, isDefined, bound - of.cost);
	const both = plus(of, key);
	if (both.cost >= bound) return unexplored;
	const { value: container } = of;
	const { value: at } = key;
	if (container === undefined || at === undefined || isUnknown(at)) return { ...both, value: nobody };
	const from = container.from === undefined ? undefined : step(container.from, at.value);
	if (isUnknown(container)) return plus(both, assumed({ unknown: true, from }, goal));
	if (explainable(r, c, f, e.value)) {
		const wanted: Goal = { is: "with", key: at, goal };
		return plus(both, r.blame(c, f, e.value, wanted, bound - both.cost));
	}
	if (both.cost > 0 && v === undefined) return { ...both, value: { unknown: true, from } };
	if (v !== undefined) return plus(both, valueLeaf(r, c, f, e, v, goal));
	const isNamed =
		isOfInput(at.from) && !isOfInput(container.from) && isCollection(container.value) && !isArray(container.value);
	if (isNamed) return plus(both, unknownKeyLeaf(r, container, at, from ?? literal));
	return plus(both, missingLeaf(r, container, from ?? literal, goal));
}

function equalDefined(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "equal" }>,
	bound: number,
): Blame {
	const left = r.blame(c, f, e.left, isDefined, bound);
	return { ...plus(left, r.blame(c, f, e.right, isDefined, bound - left.cost)), value: nobody };
}

/** Arrays, sets and objects that are written: part by part. */
function composed(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "array" | "set" | "object" }>,
	goal: Goal,
	v: Traced | undefined,
	bound: number,
): Blame {
	const items = e.op === "object" ? e.entries.flat() : e.items;
	if (v === undefined) {
		let total = noBlame;
		for (const i of items) {
			total = plus(total, r.blame(c, f, i, isDefined, bound - total.cost));
			if (total.cost >= bound) return unexplored;
		}
		return { ...total, value: nobody };
	}
	if (goal.is === "equal" && e.op === "array" && isArray(goal.to.value) && goal.to.value.length === e.items.length) {
		let total = noBlame;
		for (const [i, item] of e.items.entries()) {
			const value = goal.to.value[i];
			if (value === undefined) return unexplored;
			const wanted: Goal = { is: "equal", to: { value, from: step(goal.to.from, i) } };
			total = plus(total, r.blame(c, f, item, wanted, bound - total.cost));
			if (total.cost >= bound) return unexplored;
		}
		return { ...total, value: goal.to };
	}
	if (goal.is === "equal" && e.op === "object" && isPlainObject(goal.to.value)) {
		const fields = fieldsOf(r, c, f, e);
		if (fields?.every(([k]) => valueAt(goal.to.value, [k]) !== undefined)) {
			let total = noBlame;
			for (const [k, x] of fields) {
				const value = valueAt(goal.to.value, [k]);
				if (value === undefined) return unexplored;
				const wanted: Goal = { is: "equal", to: { value, from: step(goal.to.from, k) } };
				total = plus(total, r.blame(c, f, x, wanted, bound - total.cost));
				if (total.cost >= bound) return unexplored;
			}
			if (total.cost > 0) return { ...total, value: goal.to };
		}
	}
	if (goal.is === "with" && e.op === "object") {
		for (const [k, x] of e.entries) {
			const key = r.exact(c, f, k);
			if (key !== undefined && equal(key.value, goal.key.value)) return r.blame(c, f, x, goal.goal, bound);
		}
	}
	return valueLeaf(r, c, f, e, v, goal);
}

/** The fields of an object that is written, by their names. */
function fieldsOf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Extract<Expression, { op: "object" }>,
): readonly (readonly [Value, Expression])[] | undefined {
	const out: (readonly [Value, Expression])[] = [];
	for (const [k, x] of e.entries) {
		const key = r.exact(c, f, k);
		if (key === undefined) return undefined;
		out.push([key.value, x]);
	}
	return out;
}
