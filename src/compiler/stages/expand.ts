/**
 * The steps an expression is evaluated in: nested calls first, each into a local of its own, then
 * what is left. OPA rewrites bodies this way for good; we only do it to find an order, and keep the
 * steps where they have to be apart.
 */

import { at, last } from "../../at.ts";
import type { Body, Expr, Term, Var, With } from "../../parser/ast.ts";
import { call, expr, ref, termExpr, variable } from "../../parser/ast.ts";
import { assertNever } from "../../value/value.ts";
import type { Compilation } from "../compilation.ts";
import { eqName, internalPrintName, operatorName } from "../syntax/calls.ts";
import { mapEntries, mapTerms } from "../syntax/transform.ts";
import { requiresEval } from "../syntax/vars.ts";
import { replacesByFunction } from "./with-modifiers.ts";

export interface Step {
	/** A negated expression's nested calls are not negated themselves. */
	readonly expr: Expr;
	/** Index of the expression in the body; head terms come after the last. */
	readonly origin: number;
	/** Position among the steps of its origin. */
	readonly index: number;
	/** Evaluates a `with`'s value, outside of the expression's own `with`s. */
	readonly outside: boolean;
}

export interface Expanded {
	readonly steps: readonly Step[];
	/** What is left of each head term. */
	readonly heads: readonly Term[];
}

/** Steps of a body followed by the terms its head needs, in the order OPA has them. */
export function expandBody(c: Compilation, body: Body, heads: readonly Term[]): Expanded {
	const x = new Expander(c);
	for (const [i, e] of body.entries()) x.expr(e, i);
	const rest = heads.map((t, i) => x.head(t, body.length + i));
	return { steps: x.steps, heads: rest };
}

/** `local = term`. */
export function equation(local: string, term: Term): Expr {
	const { start, end } = term;
	const operator = ref([variable(eqName, start, end)], start, end);
	const equal = call(operator, [variable(local, start, end), term], true, start, end);
	return expr(termExpr(equal), false, [], start, end);
}

class Expander {
	readonly #c: Compilation;
	readonly steps: Step[] = [];
	#origin = 0;
	#index = 0;
	#with: readonly With[] = [];

	constructor(c: Compilation) {
		this.#c = c;
	}

	#begin(origin: number): void {
		this.#origin = origin;
		this.#index = 0;
		this.#with = [];
	}

	#push(e: Expr, outside = false): void {
		this.steps.push({ expr: e, origin: this.#origin, index: this.#index++, outside });
	}

	/** A head term that needs evaluation is an equation; gives what stands for the term then. */
	head(t: Term, origin: number): Term {
		this.#begin(origin);
		const left = this.#term(t);
		if (!requiresEval(left)) return left;
		const local = variable(this.#c.names.fresh(), left.start, left.end);
		this.#push(equation(local.name, left));
		return local;
	}

	expr(e: Expr, origin: number): void {
		this.#begin(origin);
		const withs = this.#withs(e.with);
		this.#with = withs;
		const w = e.what;
		switch (w.kind) {
			case "term-expr": {
				const t = w.term;
				if (t.kind === "call" && operatorName(t.operator) === internalPrintName) this.#push(e);
				else if (t.kind === "call") {
					const args = mapTerms(t.args, this.#term);
					this.#push({ ...e, what: termExpr({ ...t, args }), with: withs });
				} else this.#push({ ...e, what: termExpr(this.#term(t)), with: withs });
				return;
			}
			case "some": {
				const symbols = w.symbols.map((s) => {
					if (s.kind !== "call") return s;
					const patterns = s.args.slice(0, -1);
					// Value, then container, then key.
					const value = this.#term(last(patterns));
					const container = this.#subject(this.#term(last(s.args)));
					const keys = patterns.slice(0, -1).map(this.#term);
					return { ...s, args: [...keys, value, container] };
				});
				this.#push({ ...e, what: { ...w, symbols }, with: withs });
				return;
			}
			case "every": {
				const domain = this.#term(w.domain);
				const local = this.#c.names.fresh();
				this.#push({ ...equation(local, domain), with: withs }, false);
				const at = w.domain;
				this.#push({ ...e, what: { ...w, domain: variable(local, at.start, at.end) }, with: withs });
				return;
			}
			case "logical":
			case "block":
				this.#push(withs === e.with ? e : { ...e, with: withs });
				return;
			default:
				assertNever(w, "expression");
		}
	}

	/** Values of `with` are evaluated before, and outside of, the expression. */
	#withs(withs: readonly With[]): readonly With[] {
		return withs.map((w) => {
			const value = this.#term(w.value);
			if (!requiresEval(value) || replacesByFunction(this.#c, w)) return value === w.value ? w : { ...w, value };
			const local = this.#c.names.fresh();
			this.#push(equation(local, value), true);
			return { ...w, value: variable(local, value.start, value.end) };
		});
	}

	readonly #term = (t: Term): Term => {
		switch (t.kind) {
			case "call": {
				const args = mapTerms(t.args, this.#term);
				const out = this.#standsFor(t);
				const step = call(t.operator, [...args, out], false, t.start, t.end);
				this.#push(expr(termExpr(step), false, this.#with, t.start, t.end), false);
				return out;
			}
			case "template-string": {
				const out = this.#standsFor(t);
				this.#push({ ...equation(out.name, t), with: this.#with }, false);
				return out;
			}
			case "ref": {
				const terms = mapTerms(t.terms, this.#term);
				const subject = this.#subject(at(terms, 0));
				if (subject === terms[0]) return terms === t.terms ? t : { ...t, terms };
				return { ...t, terms: [subject, ...terms.slice(1)] };
			}
			case "array":
			case "set": {
				if (this.#c.constants.has(t)) return t;
				const items = mapTerms(t.items, this.#term);
				return items === t.items ? t : { ...t, items };
			}
			case "object": {
				if (this.#c.constants.has(t)) return t;
				const entries = mapEntries(t.entries, this.#term, this.#term);
				return entries === t.entries ? t : { ...t, entries };
			}
			default:
				return t;
		}
	};

	/** What is indexed must be a variable. */
	#subject(t: Term): Term {
		if (t.kind === "var" || t.kind === "ref" || t.kind === "scalar") return t;
		const local = this.#standsFor(t);
		this.#push({ ...equation(local.name, t), with: this.#with }, false);
		return local;
	}

	/** A variable for the value of a term, which messages show in its place. */
	#standsFor(t: Term): Var {
		return { ...variable(this.#c.names.fresh(), t.start, t.end), subject: t };
	}
}
