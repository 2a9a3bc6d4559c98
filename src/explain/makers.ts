/** How values came about: what a local was bound to, and whether that can be explained. */
import type { EvalContext } from "../eval/context.ts";
import { constantOf } from "../plan/constant-rule.ts";
import type { Expression } from "../plan/plan.ts";
import type { Frame, Via } from "./frame.ts";
import type { Relaxer } from "./relaxer.ts";

/** The expression that made a value, and where it was evaluated. */
export function makerOf(c: EvalContext, f: Frame, e: Expression): Via {
	if (e.op === "local") {
		const via = f.via?.get(e.local);
		if (via !== undefined) return makerOf(via.c, via.f, via.e);
	}
	return { e, c, f };
}

/** Builtins whose operands can be told what the result should be. */
const throughBuiltins: ReadonlySet<string> = new Set(["count", "object.get", "minus", "sum", "max", "product"]);

/** Whether there is more to say of a value than what it is. */
export function explainable(r: Relaxer, c: EvalContext, f: Frame, e: Expression): boolean {
	const made = makerOf(c, f, e).e;
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
			return (root.op === "rule" || root.op === "rule-at" || root.op === "call") && explainable(r, c, f, root);
		}
		default:
			return false;
	}
}
