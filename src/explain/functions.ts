/** Rules and functions, relaxed: the definition that needs the least. */

import type { EvalContext } from "../eval/context.ts";
import { branchesOf } from "../plan/else-chain.ts";
import type { Definition, Func } from "../plan/plan.ts";
import { type Blame, giving, type Leaf, noBlame, plus, told, unexplored } from "./blame.ts";
import { breakBlock, breakFunc } from "./breaks.ts";
import { collectionReason, type Producer } from "./collections.ts";
import { type Argument, documentOf, type End, frameFor, success } from "./definitions.ts";
import { textDistance } from "./distance.ts";
import { type Goal, meets } from "./goal.ts";
import type { Relaxer } from "./relaxer.ts";
import { unique } from "./source.ts";

export function relaxFunc(
	r: Relaxer,
	c: EvalContext,
	index: number,
	args: readonly Argument[],
	goal: Goal,
	bound: number,
): Blame {
	const func = r.p.func(index);
	if (c.funcMocks?.has(index) === true) return r.coarse(args, goal);
	if (c.shadowed?.has(index) === true) return r.leaf({ kind: "missing", policies: documentOf(func) });
	if (func.kind === "set" || func.kind === "object") {
		const producers = func.definitions
			.flatMap((d) => branchesOf(d))
			.map(
				(d): Producer => ({
					block: d.body,
					into: d.result,
					frame: () => frameFor(d, args),
				}),
			);
		const now = func.arity === 0 ? r.tried(() => r.p.ruleTraced(c, index)) : undefined;
		return collectionReason(r, c, producers, now, goal, bound, documentOf(func));
	}
	return single(r, c, func, args, goal, bound);
}

function single(r: Relaxer, c: EvalContext, func: Func, args: readonly Argument[], goal: Goal, bound: number): Blame {
	let best = unexplored;
	let chosen: Definition | undefined;
	const end = returnEnd(r, goal);
	const isAsked = r.chain.length === 1 && func.definitions.length > 1;
	const ways: { readonly d: Definition; readonly blame: Blame }[] = [];
	for (const d of func.definitions) {
		// The runners-up of the rule that is asked for are told, too.
		const one = definition(r, c, d, args, end, Math.min(bound, isAsked ? best.cost + 1 : best.cost));
		if (isAsked && one.leaves.length > 0) ways.push({ d, blame: one });
		if (one.cost < best.cost) {
			best = one;
			chosen = d;
		}
		if (best.cost === 0) return best;
	}
	if (listLeaf(best) !== undefined) {
		for (const d of func.definitions) {
			if (d !== chosen) best = besides(best, definition(r, c, d, args, end, Math.min(bound, best.cost + nearly)));
		}
	}
	for (const { d, blame } of ways) {
		if (blame !== best) r.alternatives.push({ rule: r.chain[0] ?? -1, loc: d.location, chosen: undefined, blame });
	}
	const byDefault =
		func.default === undefined ? undefined : fallback(r, c, func, func.default, args, goal, Math.min(bound, best.cost));
	if (byDefault !== undefined && byDefault.cost < best.cost) best = byDefault;
	if (best.cost === Number.POSITIVE_INFINITY && func.definitions.length === 0 && bound > policyCost) {
		return r.leaf({
			kind: "false",
			policies: documentOf(func),
			note: func.default === undefined ? "no rule defines it" : "only its default defines it",
		});
	}
	return best;
}

const policyCost = 3;
/** What another way to the same may cost more to be told of beside the first. */
const nearly = 0.7;

/** The one cause of some, where it is that something is not in a collection of the input, or that an element is another. */
function listLeaf({ leaves }: Blame): Leaf | undefined {
	const [only, more] = leaves;
	if (only === undefined || more !== undefined || only.inputs.length === 0) return undefined;
	return isLack(only) || (only.kind === "differs" && typeof only.inputs[0]?.key === "number") ? only : undefined;
}

function isLack({ kind, remedies }: Leaf): boolean {
	return (kind === "element" || kind === "empty") && remedies.some((m) => m.op === "add");
}

function isMisspelt({ actual, expected }: Leaf): boolean {
	return typeof actual === "string" && typeof expected === "string" && textDistance(actual, expected) < 0.3;
}

/** What would do as well in another collection: which of the two it was meant to be in, nobody knows. */
function besides(best: Blame, other: Blame): Blame {
	const leaf = listLeaf(best);
	const that = listLeaf(other);
	if (leaf === undefined || that === undefined) return best;
	if (!isLack(leaf) && !isLack(that)) return best;
	// Nothing at all is more than one that is another; one that is nearly so is hardly one that is missing.
	const isRather = isLack(leaf) ? isMisspelt(that) : that.kind === "empty";
	const [one, two] = isRather ? [that, leaf] : [leaf, that];
	const both: Leaf = {
		...told(one),
		cost: best.cost,
		inputs: unique([...one.inputs.slice(0, 1), ...two.inputs.slice(0, 2), ...one.inputs.slice(1)]),
		remedies: [...one.remedies, ...two.remedies],
	};
	return { ...best, leaves: [both], hints: [...best.hints, ...other.hints] };
}

/** One definition; an else branch takes that the branches before it fail. */
function definition(
	r: Relaxer,
	c: EvalContext,
	first: Definition,
	args: readonly Argument[],
	end: End,
	bound: number,
): Blame {
	let best = unexplored;
	let before = noBlame;
	for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
		const left = Math.min(bound, best.cost) - before.cost;
		if (left <= 0) break;
		const one = plus(before, r.relax(c, frameFor(d, args), d.body, 0, end, left));
		if (one.cost < best.cost) best = one;
		if (d.else === undefined) break;
		r.loc = d.location;
		const f = frameFor(d, args);
		const holds = r.holds(c, f.copy(), d.body, 0, success) !== undefined;
		if (holds) before = plus(before, breakBlock(r, c, f, d.body, success, left));
	}
	return best;
}

/** The default: it takes that every definition fails. */
function fallback(
	r: Relaxer,
	c: EvalContext,
	func: Func,
	d: Definition,
	args: readonly Argument[],
	goal: Goal,
	bound: number,
): Blame | undefined {
	const end = returnEnd(r, goal);
	const value = r.holds(c, frameFor(d, args), d.body, 0, end);
	if (value === undefined) return undefined;
	return plus(breakFunc(r, c, func, args, bound), giving(value));
}

/** The end of a function that gives a value as wanted. */
function returnEnd(r: Relaxer, goal: Goal): End {
	return {
		into: -1,
		exact: (c, f, s) => {
			if (s?.op !== "return") return undefined;
			const v = r.exact(c, f, s.value);
			return v !== undefined && meets(v.value, goal) ? v : undefined;
		},
		blame: (c, f, s, bound) => (s?.op === "return" ? r.blame(c, f, s.value, goal, bound) : unexplored),
	};
}
