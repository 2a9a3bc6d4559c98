/**
 * Goes through a syntax tree: every term and literal, in the order they are written, those of inner bodies included.
 * The operator of a call names a function, and is not among its terms.
 */
import { assertNever } from "../value/value.ts";
import type { Body, Expr, Term } from "./ast.ts";

export interface Visitor {
	/** Told of a term before what it is made of; where it answers false, that is passed over. */
	readonly term?: (t: Term) => boolean;
	/** Told of a literal, in the same way. */
	readonly literal?: (e: Expr) => boolean;
}

export function walkTerm(t: Term, visitor: Visitor): void {
	if (visitor.term?.(t) === false) return;
	switch (t.kind) {
		case "scalar":
		case "var":
			return;
		case "ref":
			walkTerms(t.terms, visitor);
			return;
		case "call":
			walkTerms(t.args, visitor);
			return;
		case "array":
		case "set":
			walkTerms(t.items, visitor);
			return;
		case "object":
			for (const [key, value] of t.entries) {
				walkTerm(key, visitor);
				walkTerm(value, visitor);
			}
			return;
		case "array-comprehension":
		case "set-comprehension":
			walkTerm(t.term, visitor);
			walkBody(t.body, visitor);
			return;
		case "object-comprehension":
			walkTerm(t.key, visitor);
			walkTerm(t.value, visitor);
			walkBody(t.body, visitor);
			return;
		case "template-string":
			for (const part of t.parts) if (typeof part !== "string") walkLiteral(part, visitor);
			return;
		default:
			assertNever(t, "term");
	}
}

export function walkTerms(terms: readonly Term[], visitor: Visitor): void {
	for (const t of terms) walkTerm(t, visitor);
}

export function walkBody(body: Body, visitor: Visitor): void {
	for (const e of body) walkLiteral(e, visitor);
}

export function walkLiteral(e: Expr, visitor: Visitor): void {
	if (visitor.literal?.(e) === false) return;
	const { what } = e;
	switch (what.kind) {
		case "term-expr":
			walkTerm(what.term, visitor);
			break;
		case "some":
			walkTerms(what.symbols, visitor);
			break;
		case "every":
			if (what.key !== undefined) walkTerm(what.key, visitor);
			walkTerm(what.value, visitor);
			walkTerm(what.domain, visitor);
			walkBody(what.body, visitor);
			break;
		case "logical":
			walkBody(what.left, visitor);
			walkBody(what.right, visitor);
			break;
		case "block":
			walkBody(what.body, visitor);
			break;
		default:
			assertNever(what, "expression");
	}
	for (const { target, value } of e.with) {
		walkTerm(target, visitor);
		walkTerm(value, visitor);
	}
}
