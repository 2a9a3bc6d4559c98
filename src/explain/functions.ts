/** Rules and functions, relaxed: the definition that needs the least. */

import type { EvalContext } from "../eval/context.ts";
import { branchesOf } from "../plan/else-chain.ts";
import type { Definition, Func } from "../plan/plan.ts";
import { type Blame, giving, noBlame, plus, unexplored } from "./blame.ts";
import { breakBlock, breakFunc } from "./breaks.ts";
import { collectionReason, type Producer } from "./collections.ts";
import { type Argument, documentOf, type End, frameFor, success } from "./definitions.ts";
import { type Goal, meets } from "./goal.ts";
import type { Relaxer } from "./relaxer.ts";

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
	const end = returnEnd(r, goal);
	const isAsked = r.chain.length === 1 && func.definitions.length > 1;
	const ways: { readonly d: Definition; readonly blame: Blame }[] = [];
	for (const d of func.definitions) {
		// The runners-up of the rule that is asked for are told, too.
		const one = definition(r, c, d, args, end, Math.min(bound, isAsked ? best.cost + 1 : best.cost));
		if (isAsked && one.leaves.length > 0) ways.push({ d, blame: one });
		if (one.cost < best.cost) best = one;
		if (best.cost === 0) return best;
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
