/**
 * Rebuilding syntax trees. `mapTerm` and `mapExpr` apply a function to the immediate parts of a node
 * and give the same node back when every part came back unchanged.
 */

import { at } from "../../at.ts";
import type { Body, Expr, ExprKind, ObjectTerm, Term, With } from "../../parser/ast.ts";
import { call, expr, ref, termExpr } from "../../parser/ast.ts";
import { assertNever } from "../../value/value.ts";

export type TermMap = (t: Term) => Term;
export type BodyMap = (b: Body) => Body;

export function mapTerms(terms: readonly Term[], f: TermMap): readonly Term[] {
	let out: Term[] | undefined;
	for (let i = 0; i < terms.length; i++) {
		const t = at(terms, i);
		const next = f(t);
		if (out !== undefined) out.push(next);
		else if (next !== t) {
			out = terms.slice(0, i);
			out.push(next);
		}
	}
	return out ?? terms;
}

export function mapEntries(entries: ObjectTerm["entries"], f: (key: Term) => Term, g: TermMap): ObjectTerm["entries"] {
	let out: (readonly [Term, Term])[] | undefined;
	for (let i = 0; i < entries.length; i++) {
		const entry = at(entries, i);
		const key = f(entry[0]);
		const value = g(entry[1]);
		if (out === undefined) {
			if (key === entry[0] && value === entry[1]) continue;
			out = entries.slice(0, i);
		}
		out.push([key, value]);
	}
	return out ?? entries;
}

/** Applies f to the terms a term is made of, and body to the bodies of comprehensions. */
export function mapTerm(t: Term, f: TermMap, body: BodyMap, part: (e: Expr) => Expr): Term {
	switch (t.kind) {
		case "scalar":
		case "var":
			return t;
		case "ref": {
			const terms = mapTerms(t.terms, f);
			return terms === t.terms ? t : ref(terms, t.start, t.end);
		}
		case "call": {
			const operator = mapTerms(t.operator.terms, f);
			const args = mapTerms(t.args, f);
			if (operator === t.operator.terms && args === t.args) return t;
			const op = t.operator;
			const called = operator === op.terms ? op : ref(operator, op.start, op.end);
			return call(called, args, t.infix, t.start, t.end);
		}
		case "array":
		case "set": {
			const items = mapTerms(t.items, f);
			return items === t.items ? t : { ...t, items };
		}
		case "object": {
			const entries = mapEntries(t.entries, f, f);
			return entries === t.entries ? t : { ...t, entries };
		}
		case "array-comprehension":
		case "set-comprehension": {
			const inner = body(t.body);
			const term = f(t.term);
			return inner === t.body && term === t.term ? t : { ...t, term, body: inner };
		}
		case "object-comprehension": {
			const inner = body(t.body);
			const key = f(t.key);
			const value = f(t.value);
			return inner === t.body && key === t.key && value === t.value ? t : { ...t, key, value, body: inner };
		}
		case "template-string": {
			let changed = false;
			const parts = t.parts.map((p) => {
				if (typeof p === "string") return p;
				const next = part(p);
				if (next !== p) changed = true;
				return next;
			});
			return changed ? { ...t, parts } : t;
		}
		default:
			return assertNever(t, "term");
	}
}

export function mapBody(b: Body, f: (e: Expr) => Expr): Body {
	let out: Expr[] | undefined;
	for (let i = 0; i < b.length; i++) {
		const e = at(b, i);
		const next = f(e);
		if (out !== undefined) out.push(next);
		else if (next !== e) {
			out = b.slice(0, i);
			out.push(next);
		}
	}
	return out ?? b;
}

/** Applies f to the terms of an expression and its `with`s, and body to the bodies directly in it. */
export function mapExpr(e: Expr, f: TermMap, body: BodyMap): Expr {
	const what = mapWhat(e.what, f, body);
	const withs = mapWiths(e.with, f, f);
	return what === e.what && withs === e.with ? e : expr(what, e.negated, withs, e.start, e.end);
}

export function mapWiths(withs: readonly With[], target: TermMap, value: TermMap): readonly With[] {
	if (withs.length === 0) return withs;
	let changed = false;
	const out = withs.map((w) => {
		const t = target(w.target);
		const v = value(w.value);
		if (t === w.target && v === w.value) return w;
		changed = true;
		return { ...w, target: t, value: v };
	});
	return changed ? out : withs;
}

export function mapWhat(what: ExprKind, f: TermMap, body: BodyMap): ExprKind {
	switch (what.kind) {
		case "term-expr": {
			const term = f(what.term);
			return term === what.term ? what : termExpr(term);
		}
		case "some": {
			const symbols = mapTerms(what.symbols, f);
			return symbols === what.symbols ? what : { ...what, symbols };
		}
		case "every": {
			const key = what.key === undefined ? undefined : f(what.key);
			const value = f(what.value);
			const domain = f(what.domain);
			const inner = body(what.body);
			if (key === what.key && value === what.value && domain === what.domain && inner === what.body) return what;
			return { ...what, key, value, domain, body: inner };
		}
		case "logical": {
			const left = body(what.left);
			const right = body(what.right);
			return left === what.left && right === what.right ? what : { ...what, left, right };
		}
		case "block": {
			const inner = body(what.body);
			return inner === what.body ? what : { ...what, body: inner };
		}
		default:
			return assertNever(what, "expression");
	}
}
