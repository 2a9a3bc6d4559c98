/**
 * Operands of a negated expression. Under the plain `not`, OPA evaluates the operands of a call
 * before the negation, not under it: `not startswith(input.x, "a")` is undefined where `input.x` is,
 * and `not f(xs[_])` asks for an element for which f fails. Refs that are compared, and the negated
 * ref itself, stay under the `not`, all but what stands in their brackets. (`future.keywords.not`
 * negates the whole expression; it does not come here.)
 * Source of the rules: OPA v1/ast/compile.go, rewriteDynamics and expandExpr.
 */
import type { Expr, Term } from "../../parser/ast.ts";
import { dottedName } from "../../parser/ast.ts";
import { mapEntries, mapTerms } from "../syntax/transform.ts";
import type { BodyPlanner } from "./body.ts";

/** The expression with its outside operands replaced by variables already bound to their values. */
export function hoistOperands(p: BodyPlanner, e: Expr): Expr {
	const what = e.what;
	if (what.kind !== "term-expr") return e;
	const t = what.term;
	if (t.kind === "scalar" || t.kind === "var") return e;
	const hoist = new Hoist(p, e);
	let term: Term;
	if (t.kind === "call") {
		const name = dottedName(t.operator);
		// In ad-hoc queries OPA leaves == a call like others.
		const compares = (name === "eq" || (name === "equal" && !p.isQuery)) && t.args.length === 2;
		const args = mapTerms(t.args, (a) => (compares ? hoist.compared(a) : hoist.operand(a)));
		term = args === t.args ? t : { ...t, args };
	} else term = hoist.compared(t);
	return term === t ? e : { ...e, what: { kind: "term-expr", term } };
}

class Hoist {
	readonly #planner: BodyPlanner;
	readonly #expr: Expr;

	constructor(p: BodyPlanner, e: Expr) {
		this.#planner = p;
		this.#expr = e;
	}

	/** A term that stays, but for what it is made of. */
	compared(t: Term): Term {
		switch (t.kind) {
			case "ref": {
				// Its head is a variable, which stays, or something to evaluate like what is in the brackets.
				const terms = mapTerms(t.terms, (x) => this.operand(x));
				return terms === t.terms ? t : { ...t, terms };
			}
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
				return t;
			default:
				return this.operand(t);
		}
	}

	/** A term that is evaluated before the negation. */
	operand(t: Term): Term {
		switch (t.kind) {
			case "scalar":
			case "var":
				return t;
			case "array":
			case "set": {
				const items = mapTerms(t.items, (x) => this.operand(x));
				return items === t.items ? t : { ...t, items };
			}
			case "object": {
				const inner = (x: Term): Term => this.operand(x);
				const entries = mapEntries(t.entries, inner, inner);
				return entries === t.entries ? t : { ...t, entries };
			}
			default:
				return this.#planner.valueVariable(this.#expr, t);
		}
	}
}
