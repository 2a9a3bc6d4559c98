/** How values came about: what a local was bound to, and whether that can be explained. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { constantOf } from "../plan/constant-rule.ts";
import type { Expression } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { type Blame, unexplored } from "./blame.ts";
import type { Frame, Via } from "./frame.ts";
import { type Comparison, type Goal, mirrored } from "./goal.ts";
import type { Relaxer } from "./relaxer.ts";
import { isOfInput, type Traced } from "./source.ts";

/** The expression that made a value, and where it was evaluated. */
export function makerOf(c: EvalContext, f: Frame, e: Expression): Via {
	if (e.op === "local") {
		const via = f.via?.get(e.local);
		if (via !== undefined) return makerOf(via.c, via.f, via.e);
	}
	return { e, c, f };
}

/** Builtins whose operands can be told what the result should be. */
const throughBuiltins: ReadonlySet<string> = new Set([
	...["count", "object.get", "minus", "and"],
	...["sum", "max", "min", "product"],
]);

/** An entry of the policy that the input names. */
export interface Lookup {
	readonly table: Traced;
	readonly key: Traced;
}

/** The table and the name, where an expression is an entry of the policy that the input names. */
export function lookupOf(r: Relaxer, c: EvalContext, f: Frame, e: Expression): Lookup | undefined {
	if (e.op !== "dot" || e.key.op === "const") return undefined;
	const key = r.exact(c, f, e.key);
	if (key === undefined || !isOfInput(key.from)) return undefined;
	const table = r.exact(c, f, e.value);
	if (table === undefined || isOfInput(table.from) || !isCollection(table.value)) return undefined;
	return { table, key };
}

/** Whether an expression is an entry that the input names, or something in one. */
function isLookupIn(r: Relaxer, c: EvalContext, f: Frame, e: Expression): boolean {
	if (e.op !== "dot") return false;
	if (lookupOf(r, c, f, e) !== undefined) return true;
	const of = makerOf(c, f, e.value);
	return isLookupIn(r, of.c, of.f, of.e);
}

/** Whether there is more to say of a value than what it is. */
export function explainable(r: Relaxer, c: EvalContext, f: Frame, e: Expression): boolean {
	const maker = makerOf(c, f, e);
	const made = maker.e;
	switch (made.op) {
		case "rule":
			return constantOf(r.p.func(made.func)) === undefined;
		case "rule-at":
		case "call":
		case "collect":
			return true;
		case "builtin":
			return throughBuiltins.has(r.p.builtin(made.builtin).name);
		case "dot": {
			let root: Expression = made;
			while (root.op === "dot") root = root.value;
			if (isLookupIn(r, maker.c, maker.f, made)) return true;
			return (root.op === "rule" || root.op === "rule-at" || root.op === "call") && explainable(r, c, f, root);
		}
		default:
			return false;
	}
}

/** The side of a comparison that is the cheapest to explain, of those of which there is something to say. */
export function cheapestSide(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	sides: readonly Expression[],
	values: readonly [Traced, Traced],
	how: Comparison,
	bound: number,
): Blame {
	const [left, right] = values;
	let best = unexplored;
	for (const [x, to, way] of [
		[at(sides, 0), right, how],
		[at(sides, 1), left, mirrored[how]],
	] as const) {
		if (!explainable(r, c, f, x)) continue;
		const goal: Goal = way === "==" ? { is: "equal", to } : { is: "compared", how: way, to };
		const one = r.blame(c, f, x, goal, Math.min(bound, best.cost));
		if (one.cost < best.cost) best = one;
	}
	return best;
}
