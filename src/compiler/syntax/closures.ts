/**
 * Closures of an expression: the bodies in it that are evaluated on their own (comprehensions,
 * every, not and and/or blocks, parts of template strings, arguments of print), and how to put
 * rewritten ones in their place.
 */
import type {
	ArrayComprehension,
	Block,
	Body,
	Call,
	Every,
	Expr,
	ExprKind,
	Logical,
	ObjectComprehension,
	SetComprehension,
	TemplateString,
	Term,
} from "../../parser/ast.ts";
import { termExpr } from "../../parser/ast.ts";
import { assertNever } from "../../value/value.ts";
import { internalPrintName, operatorName } from "./calls.ts";
import { mapTerm, mapTerms, mapWiths } from "./transform.ts";
import { allVars, allVarsInBody, allVarsInExpr, type Names, plainVar } from "./vars.ts";

/** A call here is one of internal.print. */
export type Closure =
	| ArrayComprehension
	| SetComprehension
	| ObjectComprehension
	| TemplateString
	| Call
	| Every
	| Block
	| Logical;

export function isPrintCall(t: Term): boolean {
	return t.kind === "call" && operatorName(t.operator) === internalPrintName;
}

/** Every variable in a closure. */
export function closureVars(node: Closure, out: Names): void {
	switch (node.kind) {
		case "every":
			allVarsInBody(node.body, out);
			return;
		case "block":
			allVarsInBody(node.body, out);
			return;
		case "logical":
			allVarsInBody(node.left, out);
			allVarsInBody(node.right, out);
			return;
		case "call":
			for (const a of node.args) allVars(a, out);
			return;
		case "template-string":
			for (const p of node.parts) if (typeof p !== "string" && plainVar(p) === undefined) allVarsInExpr(p, out);
			return;
		default:
			allVars(node, out);
	}
}

/** Adds the closures of a term, in the order they are met, without those inside others. */
export function closuresInTerm(t: Term, out: Closure[]): void {
	switch (t.kind) {
		case "scalar":
		case "var":
			return;
		case "ref":
			for (const x of t.terms) closuresInTerm(x, out);
			return;
		case "call":
			for (const x of t.args) closuresInTerm(x, out);
			return;
		case "array":
		case "set":
			for (const x of t.items) closuresInTerm(x, out);
			return;
		case "object":
			for (const [k, v] of t.entries) {
				closuresInTerm(k, out);
				closuresInTerm(v, out);
			}
			return;
		default:
			out.push(t);
	}
}

/** The closures directly in an expression, in the order they are met. */
export function closuresIn(e: Expr): Closure[] {
	const out: Closure[] = [];
	const inTerm = (t: Term): void => closuresInTerm(t, out);
	for (const x of e.with) inTerm(x.value);
	const w = e.what;
	switch (w.kind) {
		case "term-expr":
			if (w.term.kind === "call" && isPrintCall(w.term)) out.push(w.term);
			else inTerm(w.term);
			break;
		case "some":
			for (const s of w.symbols) inTerm(s);
			break;
		case "every":
			inTerm(w.domain);
			out.push(w);
			break;
		case "block":
		case "logical":
			out.push(w);
			break;
		default:
			assertNever(w, "expression");
	}
	return out;
}

export type Replacements = ReadonlyMap<Closure, Closure>;

/** The expression with closures replaced. */
export function replaceClosures(e: Expr, by: Replacements): Expr {
	if (by.size === 0) return e;
	const term = (t: Term): Term => replaceInTerm(t, by);
	const withs = mapWiths(e.with, (t) => t, term);
	let what: ExprKind = e.what;
	switch (what.kind) {
		case "term-expr": {
			const t = term(what.term);
			if (t !== what.term) what = termExpr(t);
			break;
		}
		case "some": {
			const symbols = mapTerms(what.symbols, term);
			if (symbols !== what.symbols) what = { ...what, symbols };
			break;
		}
		case "every": {
			const domain = term(what.domain);
			const body = (by.get(what) as Every | undefined)?.body ?? what.body;
			if (domain !== what.domain || body !== what.body) what = { ...what, domain, body };
			break;
		}
		case "block":
		case "logical":
			what = (by.get(what) as Block | Logical | undefined) ?? what;
			break;
		default:
			assertNever(what, "expression");
	}
	return what === e.what && withs === e.with ? e : { ...e, what, with: withs };
}

export function replaceInTerm(t: Term, by: Replacements): Term {
	if (by.size === 0) return t;
	switch (t.kind) {
		case "scalar":
		case "var":
			return t;
		case "array-comprehension":
		case "set-comprehension":
		case "object-comprehension":
		case "template-string":
			return (by.get(t) as Term | undefined) ?? t;
		case "call": {
			const whole = by.get(t) as Term | undefined;
			if (whole !== undefined) return whole;
			break;
		}
		default:
	}
	return mapTerm(
		t,
		(x) => replaceInTerm(x, by),
		(b: Body) => b,
		(x) => x,
	);
}
