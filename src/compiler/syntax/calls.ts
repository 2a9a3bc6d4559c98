/** What calls name: builtins the compiler knows by name, and the operator of a call. */

import { at } from "../../at.ts";
import type { Call, Expr, Ref, Term } from "../../parser/ast.ts";

/** Builtins that stages know by name: unification, comparison, declaration, prints, membership, metadata. */
export const eqName = "eq";
export const equalName = "equal";
export const assignName = "assign";
export const printName = "print";
export const internalPrintName = "internal.print";
export const metadataChainName = "rego.metadata.chain";
export const metadataRuleName = "rego.metadata.rule";

/** Dotted name of a call's operator; only of those that could be a builtin. */
export function operatorName(operator: Ref): string | undefined {
	const terms = operator.terms;
	const head = terms[0];
	if (head === undefined || head.kind !== "var" || head.name === "data") return undefined;
	let name = head.name;
	for (let i = 1; i < terms.length; i++) {
		const t = at(terms, i);
		if (t.kind !== "scalar" || typeof t.value !== "string") return undefined;
		name += `.${t.value}`;
	}
	return name;
}

/** The call an expression is, if it is one. */
export function callOf(e: Expr): Call | undefined {
	return e.what.kind === "term-expr" && e.what.term.kind === "call" ? e.what.term : undefined;
}

/** True when a call is of a global builtin of this one-word name. */
export function isCallOf(call: Call, name: string): boolean {
	const terms = call.operator.terms;
	if (terms.length !== 1) return false;
	const head = at(terms, 0);
	return head.kind === "var" && head.name === name;
}

/** `data` or `input` by itself, which is a reference of one term. */
export function rootName(t: Term): string | undefined {
	const only = t.kind === "ref" && t.terms.length === 1 ? t.terms[0] : t;
	return only?.kind === "var" && isReserved(only.name) ? only.name : undefined;
}

export function isReserved(name: string): boolean {
	return name === "data" || name === "input";
}

/** The variable that a term is, or that a reference begins with; "" for others. */
export function rootOf(t: Term): string {
	const head = t.kind === "ref" ? t.terms[0] : t;
	return head?.kind === "var" ? head.name : "";
}
