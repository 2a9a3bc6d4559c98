/**
 * The order in which OPA evaluates the steps of a body, or the variables it reports where it finds none. Two
 * things in it are accidents, kept so that verdicts and reports agree: one set of output variables goes from
 * expression to expression without being emptied each time, so that an expression which has to wait lends its
 * outputs to the equation after it; and an expression with a closure over variables of the body waits for
 * these alone.
 * Source of the rules: OPA v1/ast/compile.go, reorderBodyForSafety and outputVarsForExpr.
 */

import { last } from "../../at.ts";
import type { Call, Expr, Term } from "../../parser/ast.ts";
import type { Compilation } from "../compilation.ts";
import { assignName, callOf, eqName, isCallOf } from "../syntax/calls.ts";
import { closuresIn, closureVars, isPrintCall } from "../syntax/closures.ts";
import { type BoundVars, memberBindings } from "../syntax/outputs.ts";
import { type IsBound, refOutputs, unify } from "../syntax/unify.ts";
import {
	allVars,
	destructured,
	directVars,
	type Names,
	outputArgument,
	patternVars,
	withVars,
} from "../syntax/vars.ts";
import type { Step } from "./expand.ts";

/** Stands for the key of a `some v in xs`, which a step must bind as any other variable. */
const hiddenKey = "__localkey__";

export interface OpaOrder {
	/** Steps OPA takes, in its order. */
	readonly placed: readonly Step[];
	readonly unsafe: readonly { readonly at: number; readonly names: Names }[];
}

/** `needs` gives the variables of a step outside closures. */
export function orderAsOpa(
	c: Compilation,
	steps: readonly Step[],
	outer: BoundVars,
	needs: (e: Expr) => readonly string[],
	isQuery: boolean,
): OpaOrder {
	const bodyVars: Names = new Set();
	const pending = steps.map((step) => {
		const own = needs(step.expr);
		for (const n of own) bodyVars.add(n);
		const unsafe = new Set(own.filter((n) => !outer.has(n)));
		const w = step.expr.what;
		if (w.kind === "some" && w.symbols[0]?.kind === "call" && w.symbols[0].args.length === 2) unsafe.add(hiddenKey);
		return { step, unsafe, closed: new Set<string>(), placed: false };
	});
	for (const p of pending) {
		const inside: Names = new Set();
		for (const node of closuresIn(p.step.expr)) closureVars(node, inside);
		for (const n of inside) if (bodyVars.has(n) && !outer.has(n)) p.closed.add(n);
	}
	const safe: Names = new Set();
	const isBound: IsBound = (n) => safe.has(n) || outer.has(n);
	const outputs = new LendingOutputs(c, isQuery);
	const placed: Step[] = [];
	for (;;) {
		const before = placed.length;
		for (const p of pending) {
			if (p.placed) continue;
			const own = outputs.of(p.step.expr, isBound);
			if (p.closed.size > 0) {
				if (sameNames(p.closed, own)) continue;
				p.unsafe = new Set(p.closed);
			}
			for (const n of p.unsafe) if (own.has(n) || isBound(n)) p.unsafe.delete(n);
			if (p.unsafe.size > 0) continue;
			p.placed = true;
			placed.push(p.step);
			for (const n of own) if (n !== hiddenKey) safe.add(n);
		}
		if (placed.length === before) break;
	}
	const unsafe = pending
		.filter((p) => !p.placed)
		// Of an expression that waits for what it would bind itself, OPA says nothing, and forgets it.
		.map((p) => ({ at: p.step.expr.start, names: p.unsafe.size > 0 ? p.unsafe : p.closed }));
	return { placed, unsafe };
}

function sameNames(a: Names, b: Names): boolean {
	if (a.size !== b.size) return false;
	for (const n of a) if (!b.has(n)) return false;
	return true;
}

class LendingOutputs {
	readonly #c: Compilation;
	/** The output variables of the last call, lent to whatever follows until an equation takes them. */
	readonly #lent: Names = new Set();

	readonly #isQuery: boolean;

	constructor(c: Compilation, isQuery: boolean) {
		this.#isQuery = isQuery;
		this.#c = c;
	}

	of(e: Expr, isBound: IsBound): Names {
		if (e.negated) return new Set();
		const inWith: Names = new Set();
		for (const w of e.with) withVars(w, inWith);
		for (const v of inWith) if (!isBound(v)) return new Set();
		const w = e.what;
		const call = callOf(e);
		if (call !== undefined) return this.#call(call, isBound);
		if (w.kind === "term-expr") {
			const out: Names = new Set();
			refOutputs(w.term, isBound, out);
			return out;
		}
		if (w.kind === "some" && w.symbols[0]?.kind === "call") {
			return this.#member(w.symbols[0], isBound);
		}
		if (w.kind === "every") {
			refOutputs(w.domain, isBound, this.#lent);
			return new Set(this.#lent);
		}
		return new Set();
	}

	/** `some v in xs` is `v = xs[k]`; k is OPA's own where none was written. */
	#member(t: Call, isBound: IsBound): Names {
		const out = new Set(this.#lent);
		this.#lent.clear();
		const container = last(t.args);
		const value = t.args.at(-2) as Term;
		const from = container.kind === "ref" ? container.terms[0] : container;
		const isKnown = (bound: IsBound): boolean => from?.kind !== "var" || bound(from.name);
		for (const n of memberBindings(t, isBound)) out.add(n);
		if (isKnown(isBound)) out.add(hiddenKey);
		if (
			isKnown((n) => isBound(n) || out.has(n)) &&
			(value.kind === "var" || value.kind === "array" || value.kind === "object")
		) {
			patternVars(value, destructured, out);
		}
		return out;
	}

	#call(t: Call, isBound: IsBound): Names {
		if (isCallOf(t, eqName) || isCallOf(t, assignName)) return this.#equation(t, isBound);
		const arity = this.#c.arity(t.operator);
		// Operands of a print are closures.
		if (arity < 0 || isPrintCall(t)) return new Set();
		const lent = this.#lent;
		lent.clear();
		for (const a of t.args) refOutputs(a, isBound, lent);
		if (t.args.length > arity) {
			const inputs: Names = new Set();
			for (const a of t.args.slice(0, arity)) patternVars(a, outputArgument, inputs);
			for (const v of inputs) if (!lent.has(v) && !isBound(v)) return new Set();
			for (const a of t.args.slice(arity)) patternVars(a, outputArgument, lent);
		}
		return new Set(lent);
	}

	#equation(t: Call, isBound: IsBound): Names {
		if (t.args.length !== 2) return new Set();
		const [a, b] = t.args as readonly [Term, Term];
		if (b.kind === "template-string" && a.kind === "var") {
			// To OPA a call, with its result in the variable.
			this.#lent.clear();
			const inputs: Names = new Set();
			directVars(b, inputs);
			// In a query it is still a term, and binds the variable as any other.
			if (!this.#isQuery) for (const v of inputs) if (!isBound(v)) return new Set();
			this.#lent.add(a.name);
			return new Set(this.#lent);
		}
		const out = new Set(this.#lent);
		this.#lent.clear();
		refOutputs(a, isBound, out);
		refOutputs(b, isBound, out);
		const declared: Names = new Set();
		if (isCallOf(t, assignName)) allVars(a, declared);
		const known: IsBound = (n) => !declared.has(n) && (isBound(n) || out.has(n));
		const unified = unify(known, a, b);
		for (const n of declared) out.delete(n);
		for (const n of unified) out.add(n);
		for (const n of out) if (isBound(n)) out.delete(n);
		return out;
	}
}
