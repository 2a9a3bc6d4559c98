/**
 * Operands that are evaluated before their expression. OPA does so with all references, calls and
 * comprehensions inside composites and calls; here it is done where it makes a difference.
 *
 * Around unbound variables: in `{n: input.x[n]}` and `[n, 1] = [input.x[n], y]` the reference binds what
 * stands beside it, so that only after it one can tell a pattern from a value (`mixesDynamics`).
 *
 * Under the plain `not`, where they are outside of the negation: `not startswith(input.x, "a")` is undefined
 * where `input.x` is, and `not f(xs[_])` asks for an element for which f fails. Refs that are compared, and
 * the negated ref itself, stay under the `not`, all but what stands in their brackets.
 * (`future.keywords.not` negates the whole expression; it does not come here.)
 *
 * Around closures, too, where a reference beside them binds what they read: in `f({1 | input.x[n]}, input.y[n])` the set is
 * evaluated before, and is of any n; in `f(count({1 | input.x[n]}), input.y[n])` the call is evaluated after it, for one n.
 * Source of the rules: OPA v1/ast/compile.go, rewriteDynamics and expandExpr.
 */
import type { Expr, Term } from "../../parser/ast.ts";
import { dottedName } from "../../parser/ast.ts";
import { sortedEntries } from "../../parser/term-order.ts";
import { type Closure, closuresInTerm, closureVars } from "../syntax/closures.ts";
import { mapEntries, mapTerms } from "../syntax/transform.ts";
import { directVars, type Names, requiresEval } from "../syntax/vars.ts";
import type { BodyPlanner } from "./body.ts";

/** The expression with its outside operands replaced by variables already bound to their values. */
export function hoistOperands(p: BodyPlanner, e: Expr): Expr {
	const what = e.what;
	if (what.kind !== "term-expr") return e;
	const t = what.term;
	if (t.kind === "scalar" || t.kind === "var") return e;
	const hold = (x: Term): Term => p.valueVariable(e, x);
	let term: Term;
	if (t.kind === "call") {
		const name = dottedName(t.operator);
		// In ad-hoc queries OPA leaves == a call like others.
		const compares = (name === "eq" || (name === "equal" && !p.isQuery)) && t.args.length === 2;
		const args = hoistAll(p, t.args, hold, { compares });
		term = args === t.args ? t : { ...t, args };
	} else term = new Hoist(hold).compared(t);
	return term === t ? e : { ...e, what: { kind: "term-expr", term } };
}

/**
 * Terms side by side, hoisted each (`Hoist.compared` or `Hoist.operand`) as they stand; where closures read what others of
 * the terms bind, calls that bind come first, and calls with such closures last.
 */
export function hoistAll(
	p: BodyPlanner,
	terms: readonly Term[],
	hold: (t: Term) => Term,
	{
		compares = false,
		isSet = false,
		lent = lentToClosures(p, terms),
	}: { readonly compares?: boolean; readonly isSet?: boolean; readonly lent?: readonly string[] } = {},
): readonly Term[] {
	const pass = (list: readonly Term[], held: (t: Term) => Term): readonly Term[] => {
		const hoist = new Hoist(held, lent.length > 0);
		return mapTerms(list, (t) => (compares ? hoist.compared(t) : hoist.operand(t)));
	};
	if (lent.length === 0) return pass(terms, hold);
	const isCall = (t: Term): boolean => t.kind === "call" || t.kind === "template-string";
	const waits = (t: Term): boolean =>
		(isCall(t) || (isSet && isComprehension(t))) && readsInClosures(t, lent) && !hasUnbound(p, t);
	const binding = pass(terms, (t) => (isCall(t) && hasUnbound(p, t) ? hold(t) : t));
	return pass(
		pass(binding, (t) => (waits(t) ? t : hold(t))),
		hold,
	);
}

/** Variables that one of terms side by side binds, and closures in them read; mostly there is no closure at all. */
export function lentToClosures(p: BodyPlanner, terms: readonly Term[]): readonly string[] {
	if (terms.length < 2) return [];
	const read: Names = new Set();
	for (const t of terms) closedOver(t, read);
	if (read.size === 0) return [];
	const direct: Names = new Set();
	for (const t of terms) directVars(t, direct);
	return [...read].filter((name) => direct.has(name) && isFree(p, name));
}

export function readsInClosures(t: Term, names: readonly string[]): boolean {
	const own: Names = new Set();
	closedOver(t, own);
	return names.some((name) => own.has(name));
}

export function isComprehension(t: Term): boolean {
	return t.kind === "array-comprehension" || t.kind === "set-comprehension" || t.kind === "object-comprehension";
}

/** Adds the variables of closures in a term. */
function closedOver(t: Term, out: Names): void {
	const closures: Closure[] = [];
	closuresInTerm(t, closures);
	for (const c of closures) closureVars(c, out);
}

function isFree(p: BodyPlanner, name: string): boolean {
	return name !== "input" && name !== "data" && !p.isBound(name) && p.aliasOf(name) === undefined;
}

export class Hoist {
	readonly #hold: (t: Term) => Term;
	readonly #inOrder: boolean;

	/**
	 * `hold` evaluates a term, here and now, and gives the variable that has its value. `inOrder`: entries of objects in
	 * OPA's order of terms, where it makes a difference which of them comes first.
	 */
	constructor(hold: (t: Term) => Term, inOrder = false) {
		this.#hold = hold;
		this.#inOrder = inOrder;
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

	/** A term that is evaluated before the expression. */
	operand(t: Term): Term {
		switch (t.kind) {
			case "scalar":
			case "var":
				return t;
			case "array": {
				const items = mapTerms(t.items, (x) => this.operand(x));
				return items === t.items ? t : { ...t, items };
			}
			case "set": {
				// Comprehensions are behind references in OPA's order of terms, in which sets are evaluated.
				const others = mapTerms(t.items, (x) => (isComprehension(x) ? x : this.operand(x)));
				const items = mapTerms(others, (x) => this.operand(x));
				return items === t.items ? t : { ...t, items };
			}
			case "object": {
				const inner = (x: Term): Term => this.operand(x);
				const entries = mapEntries(this.#inOrder ? sortedEntries(t) : t.entries, inner, inner);
				return entries === t.entries ? t : { ...t, entries };
			}
			default:
				return this.#hold(t);
		}
	}
}

/** Whether a composite has both unbound variables and something in it that must be evaluated first. */
export function mixesDynamics(p: BodyPlanner, t: Term): boolean {
	return (t.kind === "array" || t.kind === "set" || t.kind === "object") && requiresEval(t) && hasUnbound(p, t);
}

/** Whether a variable is unbound anywhere in the term, references included. What is in closures is their own. */
function hasUnbound(p: BodyPlanner, t: Term): boolean {
	switch (t.kind) {
		case "var": {
			if (t.name === "input" || t.name === "data" || p.isBound(t.name)) return false;
			const alias = p.aliasOf(t.name);
			return alias === undefined || hasUnbound(p, alias);
		}
		case "ref":
			return anyUnbound(p, t.terms);
		case "call":
			return anyUnbound(p, t.args);
		case "array":
		case "set":
			return anyUnbound(p, t.items);
		case "object":
			for (const [key, value] of t.entries) if (hasUnbound(p, key) || hasUnbound(p, value)) return true;
			return false;
		default:
			return false;
	}
}

function anyUnbound(p: BodyPlanner, terms: readonly Term[]): boolean {
	for (const t of terms) if (hasUnbound(p, t)) return true;
	return false;
}
