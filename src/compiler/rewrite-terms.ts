/** Replacing terms anywhere in a rule: heads, bodies and closures of any depth. */
import type { Body, Expr, Term } from "../parser/ast.ts";
import { termExpr } from "../parser/ast.ts";
import type { Compilation, RuleState } from "./compilation.ts";
import { mapBody, mapTerm, mapTerms, mapWiths } from "./transform.ts";

/** Gives what stands in a term's place, or undefined to look inside it. */
export type Replace = (t: Term) => Term | undefined;

export function replaceInBodies(
	c: Compilation,
	r: RuleState,
	replace: Replace,
	more: { readonly expr: (e: Expr) => Expr | undefined },
): void {
	const term = (t: Term): Term => {
		const other = replace(t);
		if (other !== undefined) return other;
		return c.constants.has(t) ? t : mapTerm(t, term, body, expr);
	};
	const body = (b: Body): Body => mapBody(b, expr);
	const expr = (e: Expr): Expr => {
		const other = more.expr(e);
		if (other !== undefined) return other;
		const w = e.what;
		let what = w;
		if (w.kind === "term-expr") {
			const t = term(w.term);
			if (t !== w.term) what = termExpr(t);
		} else if (w.kind === "some") {
			const symbols = mapTerms(w.symbols, term);
			if (symbols !== w.symbols) what = { ...w, symbols };
		} else if (w.kind === "every") {
			const domain = term(w.domain);
			const inner = body(w.body);
			if (domain !== w.domain || inner !== w.body) what = { ...w, domain, body: inner };
		} else if (w.kind === "block") {
			const inner = body(w.body);
			if (inner !== w.body) what = { ...w, body: inner };
		} else {
			const left = body(w.left);
			const right = body(w.right);
			if (left !== w.left || right !== w.right) what = { ...w, left, right };
		}
		const withs = mapWiths(e.with, (t) => t, term);
		return what === w && withs === e.with ? e : { ...e, what, with: withs };
	};
	const head = r.head;
	const [name, ...rest] = head.ref.terms;
	const parts = mapTerms(rest, term);
	const ref = parts === rest ? head.ref : { ...head.ref, terms: [name as Term, ...parts] };
	const key = head.key === undefined ? undefined : term(head.key);
	const value = head.value === undefined ? undefined : term(head.value);
	if (ref !== head.ref || key !== head.key || value !== head.value) r.setHead({ ...head, ref, key, value });
	r.body = body(r.body);
}
