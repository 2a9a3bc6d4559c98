/**
 * Bodies in the order in which OPA evaluates them: each expression as soon as all it needs has values. Policies
 * have been checked before, so that there is such an order; where this finds none, a body stays as it is.
 * Source of the rules: OPA v1/ast/compile.go, reorderBodyForSafety.
 */

import { at } from "../at.ts";
import type { Body, Comprehension, Expr, Term } from "./nodes.ts";
import {
	type Arity,
	bodyOutputs,
	bodyVars,
	exprOutputs,
	exprVars,
	type Names,
	ofExpression,
	termVars,
} from "./vars.ts";
import { walkTerm } from "./walk.ts";

export function reorderBody(b: Body, arity: Arity, globals: Names): Body {
	const order = orderOf(b, arity, globals);
	const known = new Set(globals);
	for (const [i, e] of order.entries()) {
		if (i > 0) exprVars(at(order, i - 1), known, { ...ofExpression, promote: arity });
		reorderClosures(e, arity, known);
	}
	return order;
}

function orderOf(b: Body, arity: Arity, globals: Names): Body {
	if (b.length < 2) return b;
	const walk = { ...ofExpression, promote: arity };
	const all = bodyVars(b, new Set(), walk);
	const safe: Names = new Set([...all].filter((n) => globals.has(n)));
	const pending = b.map((e) => {
		const needs = exprVars(e, new Set(), walk);
		for (const n of safe) needs.delete(n);
		const closed = closureVars(e);
		for (const n of closed) if (!all.has(n) || globals.has(n)) closed.delete(n);
		return { e, needs, closed, placed: false };
	});
	const out: Expr[] = [];
	const lent: Names = new Set();
	for (;;) {
		const before = out.length;
		for (const p of pending) {
			if (p.placed) continue;
			const own = exprOutputs(p.e, arity, safe, lent);
			if (p.closed.size > 0) {
				const made = bodyOutputs(out, arity, safe);
				const open = [...p.closed].filter((n) => !made.has(n));
				if (open.length > 0) {
					if (open.length === own.size && open.every((n) => own.has(n))) continue;
					p.needs = new Set(open);
				}
			}
			for (const n of p.needs) if (own.has(n) || safe.has(n)) p.needs.delete(n);
			if (p.needs.size > 0) continue;
			p.placed = true;
			out.push(p.e);
			for (const n of own) safe.add(n);
		}
		if (out.length === before) break;
	}
	return out.length === b.length ? out : b;
}

/** Variables inside closures of an expression. */
function closureVars(e: Expr): Names {
	const out: Names = new Set();
	visitClosures(e, (bodies, terms) => {
		for (const t of terms) termVars(t, out);
		for (const b of bodies) bodyVars(b, out);
	});
	return out;
}

function reorderClosures(e: Expr, arity: Arity, known: Names): void {
	const w = e.what;
	if (w.kind === "every") {
		termVars(w.key, known);
		termVars(w.value, known);
		w.body = reorderBody(w.body, arity, known);
	} else if (w.kind === "not") w.body = reorderBody(w.body, arity, known);
	else if (w.kind === "and" || w.kind === "or") {
		w.left = reorderBody(w.left, arity, known);
		w.right = reorderBody(w.right, arity, known);
	}
	eachComprehension(e, (t) => {
		t.body = reorderBody(t.body, arity, known);
	});
}

/** The outermost closures of an expression: their bodies, and their terms. */
function visitClosures(e: Expr, visit: (bodies: readonly Body[], terms: readonly Term[]) => void): void {
	const w = e.what;
	if (w.kind === "every") visit([w.body], []);
	else if (w.kind === "not") visit([w.body], []);
	else if (w.kind === "and" || w.kind === "or") visit([w.left, w.right], []);
	eachComprehension(e, (t) => visit([t.body], t.key === undefined ? [t.term] : [t.key, t.term]));
}

/** The comprehensions of an expression; what is in them is passed over. */
export function eachComprehension(e: Expr, visit: (t: Comprehension) => void): void {
	const inTerm = (t: Term): void =>
		walkTerm(t, (x) => {
			if (x.kind !== "comprehension") return false;
			visit(x);
			return true;
		});
	const w = e.what;
	if (w.kind === "term") inTerm(w.term);
	else if (w.kind === "call") w.args.forEach(inTerm);
	else if (w.kind === "every") inTerm(w.domain);
	for (const x of e.with) inTerm(x.value);
}
