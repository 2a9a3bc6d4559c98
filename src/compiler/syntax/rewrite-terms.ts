/** Replacing terms and names anywhere: in heads, bodies and closures of any depth. */
import { at } from "../../at.ts";
import type { Body, Expr, Term } from "../../parser/ast.ts";
import { variable } from "../../parser/ast.ts";
import type { Compilation } from "../compilation.ts";
import type { RuleState } from "../rule-state.ts";
import { mapBody, mapExpr, mapTerm, mapTerms, mapWhat } from "./transform.ts";

/** Gives what stands in a term's place, or undefined to look inside it. */
export type Replace = (t: Term) => Term | undefined;

export function replaceInBodies(
	c: Compilation,
	r: RuleState,
	replace: Replace,
	replaceExpr: (e: Expr) => Expr | undefined,
): void {
	const { term, body } = deepMap((t) => replace(t) ?? (c.constants.has(t) ? t : undefined), replaceExpr);
	const head = r.head;
	const name = at(head.ref.terms, 0);
	const rest = head.ref.terms.slice(1);
	const parts = mapTerms(rest, term);
	const ref = parts === rest ? head.ref : { ...head.ref, terms: [name, ...parts] };
	const key = head.key === undefined ? undefined : term(head.key);
	const value = head.value === undefined ? undefined : term(head.value);
	if (ref !== head.ref || key !== head.key || value !== head.value) r.setHead({ ...head, ref, key, value });
	r.body = body(r.body);
}

/** The term with every variable named anew, those of closures and call operators included. */
export function renameVars(t: Term, name: (n: string) => string, isConstant?: (t: Term) => boolean): Term {
	return renamer(name, isConstant).term(t);
}

export function renameVarsInBody(b: Body, name: (n: string) => string): Body {
	return renamer(name).body(b);
}

function renamer(name: (n: string) => string, isConstant?: (t: Term) => boolean): DeepMap {
	return deepMap(
		(x) => {
			if (x.kind !== "var") return isConstant?.(x) === true ? x : undefined;
			const to = name(x.name);
			return to === x.name ? x : variable(to, x.start, x.end);
		},
		() => undefined,
	);
}

/** A body with everything in it at one place of the source. */
export function relocate(b: Body, start: number, end: number): Body {
	const move = (t: Term): Term => ({ ...mapTerm(t, move, bodyOf, exprOf), start, end });
	const bodyOf = (inner: Body): Body => inner.map(exprOf);
	const exprOf = (e: Expr): Expr => {
		const what = mapWhat(e.what, move, bodyOf);
		const withs = e.with.map((w) => ({ ...w, target: move(w.target), value: move(w.value), start, end }));
		return { ...e, what: what.kind === "term-expr" ? what : { ...what, start, end }, with: withs, start, end };
	};
	return bodyOf(b);
}

interface DeepMap {
	readonly term: (t: Term) => Term;
	readonly body: (b: Body) => Body;
}

/** Maps whole trees, top down; a replacement is not looked into. */
function deepMap(replace: Replace, replaceExpr: (e: Expr) => Expr | undefined): DeepMap {
	const term = (t: Term): Term => replace(t) ?? mapTerm(t, term, body, expr);
	const body = (b: Body): Body => mapBody(b, expr);
	const expr = (e: Expr): Expr => replaceExpr(e) ?? mapExpr(e, term, body);
	return { term, body };
}
