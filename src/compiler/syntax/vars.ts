/**
 * Which variables occur where. OPA's checks look at variables through several filters; each filter
 * is one function here. All of them add names to a set the caller gives.
 *
 *   allVars       every variable, closures and call operators included
 *   directVars    those an expression itself needs or binds: not inside closures, not call names
 *   patternVars   those a pattern can bind: not the head of a ref, not closures; optionally neither
 *                 object keys nor members of sets
 */

import { at } from "../../at.ts";
import type { Body, Expr, Term, With } from "../../parser/ast.ts";
import { type Visitor, walkBody, walkLiteral, walkTerm, walkTerms } from "../../parser/walk.ts";
import { assertNever } from "../../value/value.ts";

export type Names = Set<string>;

export function allVars(t: Term, out: Names): void {
	// As most are: nothing to walk through.
	if (t.kind === "var") out.add(t.name);
	else if (t.kind !== "scalar") walkTerm(t, collecting(out));
}

export function allVarsInBody(b: Body, out: Names): void {
	walkBody(b, collecting(out));
}

export function allVarsInExpr(e: Expr, out: Names): void {
	walkLiteral(e, collecting(out));
}

function collecting(out: Names): Visitor {
	const visitor: Visitor = {
		term: (t) => {
			if (t.kind === "var") out.add(t.name);
			else if (t.kind === "call") walkTerms(t.operator.terms, visitor);
			return true;
		},
	};
	return visitor;
}

/**
 * Variables of a term outside closures. A plain variable in a template string is read in place;
 * any other part of one is a closure.
 */
export function directVars(t: Term, out: Names): void {
	switch (t.kind) {
		case "scalar":
			return;
		case "var":
			out.add(t.name);
			return;
		case "ref":
			for (const x of t.terms) directVars(x, out);
			return;
		case "call":
			for (const x of t.args) directVars(x, out);
			return;
		case "array":
		case "set":
			for (const x of t.items) directVars(x, out);
			return;
		case "object":
			for (const [k, v] of t.entries) {
				directVars(k, out);
				directVars(v, out);
			}
			return;
		case "array-comprehension":
		case "set-comprehension":
		case "object-comprehension":
			return;
		case "template-string":
			for (const p of t.parts) {
				const name = typeof p === "string" ? undefined : plainVar(p);
				if (name !== undefined) out.add(name);
			}
			return;
		default:
			assertNever(t, "term");
	}
}

/** The variable a template part consists of. */
export function plainVar(part: Expr): string | undefined {
	return part.what.kind === "term-expr" && part.what.term.kind === "var" ? part.what.term.name : undefined;
}

/** Variables of an expression outside closures, without the operands of and/or and the block of a not. */
export function directVarsInExpr(e: Expr, out: Names): void {
	const w = e.what;
	switch (w.kind) {
		case "term-expr":
			directVars(w.term, out);
			break;
		case "some":
			for (const s of w.symbols) directVars(s, out);
			break;
		case "every":
			directVars(w.domain, out);
			break;
		default:
	}
	for (const x of e.with) withVars(x, out);
}

/** Variables a `with` reads: the head of its target, and of a ref it puts in place, is not one. */
export function withVars(w: With, out: Names): void {
	if (w.target.kind === "ref") for (const t of w.target.terms.slice(1)) directVars(t, out);
	if (w.value.kind === "ref") for (const t of w.value.terms.slice(1)) directVars(t, out);
	else directVars(w.value, out);
}

export interface PatternFilter {
	readonly skipKeys: boolean;
	readonly skipSets: boolean;
	readonly skipClosures: boolean;
}

/** What a destructuring pattern binds. */
export const destructured: PatternFilter = { skipKeys: true, skipSets: false, skipClosures: true };
/** What an output argument of a call binds. */
export const outputArgument: PatternFilter = { skipKeys: true, skipSets: true, skipClosures: true };
/** What a reference's brackets bind. */
export const bracketed: PatternFilter = { skipKeys: false, skipSets: false, skipClosures: false };

export function patternVars(t: Term, f: PatternFilter, out: Names): void {
	switch (t.kind) {
		case "scalar":
			return;
		case "var":
			out.add(t.name);
			return;
		case "ref":
			for (let i = 1; i < t.terms.length; i++) patternVars(at(t.terms, i), f, out);
			return;
		case "call":
			for (const x of t.args) patternVars(x, f, out);
			return;
		case "array":
			for (const x of t.items) patternVars(x, f, out);
			return;
		case "set":
			if (!f.skipSets) for (const x of t.items) patternVars(x, f, out);
			return;
		case "object":
			for (const [k, v] of t.entries) {
				if (!f.skipKeys) patternVars(k, f, out);
				patternVars(v, f, out);
			}
			return;
		case "array-comprehension":
		case "set-comprehension":
		case "object-comprehension":
		case "template-string":
			if (!f.skipClosures) patternVarsInClosure(t, f, out);
			return;
		default:
			assertNever(t, "term");
	}
}

function patternVarsInClosure(t: Term, f: PatternFilter, out: Names): void {
	const inExpr = (e: Expr): void => {
		const w = e.what;
		if (w.kind === "term-expr") patternVars(w.term, f, out);
		else if (w.kind === "some") for (const s of w.symbols) patternVars(s, f, out);
		else if (w.kind === "every") {
			patternVars(w.domain, f, out);
			for (const x of w.body) inExpr(x);
		} else if (w.kind === "logical") for (const x of [...w.left, ...w.right]) inExpr(x);
		else for (const x of w.body) inExpr(x);
	};
	if (t.kind === "template-string") {
		for (const p of t.parts) if (typeof p !== "string") inExpr(p);
		return;
	}
	if (t.kind === "object-comprehension") {
		patternVars(t.key, f, out);
		patternVars(t.value, f, out);
		for (const e of t.body) inExpr(e);
	} else if (t.kind === "array-comprehension" || t.kind === "set-comprehension") {
		patternVars(t.term, f, out);
		for (const e of t.body) inExpr(e);
	}
}

/** Whether a term has a reference or comprehension in it, so that it must be evaluated to have a value. */
export function requiresEval(t: Term): boolean {
	switch (t.kind) {
		case "scalar":
			return false;
		case "var":
			return false;
		case "array":
		case "set":
			return t.items.some(requiresEval);
		case "object":
			return t.entries.some(([k, v]) => requiresEval(k) || requiresEval(v));
		default:
			return true;
	}
}
