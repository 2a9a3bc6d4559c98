/**
 * A query as `opa eval` has it checked: each expression that has a value is equal to a variable of its own,
 * which is there once more at the end where false makes the query fail. That tells which variables are
 * unsafe; afterwards the expressions are what they were, for the planner gives them their values.
 * Source of the rules: OPA v1/rego/rego.go, rewriteQueryToCaptureValue.
 */
import { at } from "../../at.ts";
import type { Body, Call, Expr, Term } from "../../parser/ast.ts";
import { call, dottedName, expr, ref, termExpr, variable } from "../../parser/ast.ts";
import type { Compilation } from "../compilation.ts";
import { assignName, callOf, eqName, isCallOf } from "../syntax/calls.ts";

/** No name of a policy begins with a percent sign. */
const prefix = "%term";

export function withValues(c: Compilation, body: Body): Body {
	const tested = body.length > 1 || body.some(iterates);
	const tests: Expr[] = [];
	const out = body.map((e, i): Expr => {
		const { start, end } = e;
		const value = variable(`${prefix}${i}`, start, end);
		const what = captured(c, e, value);
		if (what === undefined) return e;
		if (tested) tests.push(expr(termExpr(value), false, [], start, end));
		return { ...e, what: termExpr(what) };
	});
	return [...out, ...tests];
}

function captured(c: Compilation, e: Expr, value: Term): Call | undefined {
	if (e.negated || e.what.kind !== "term-expr") return undefined;
	const t = e.what.term;
	if (t.kind !== "call") {
		const operator = ref([variable(eqName, t.start, t.end)], t.start, t.end);
		return call(operator, [t, value], true, t.start, t.end);
	}
	if (isCallOf(t, eqName) || isCallOf(t, assignName)) return undefined;
	const builtin = c.builtin(t.operator);
	const isVoid = builtin !== undefined && builtin.result === undefined;
	if (isVoid || c.arity(t.operator) !== t.args.length) return undefined;
	const out = call(t.operator, [...t.args, value], t.infix, t.start, t.end);
	c.outputCalls.add(out);
	return out;
}

/** The expressions without their variables, in the order they are in. */
export function withoutValues(body: Body): Body {
	const out: Expr[] = [];
	for (const e of body) {
		if (e.what.kind !== "term-expr") {
			out.push(e);
			continue;
		}
		const t = e.what.term;
		if (isValue(t)) continue;
		const called = callOf(e);
		if (called === undefined || !isValue(called.args.at(-1))) out.push(e);
		else if (isCallOf(called, eqName)) out.push({ ...e, what: termExpr(at(called.args, 0)) });
		else out.push({ ...e, what: termExpr({ ...called, args: called.args.slice(0, -1) }) });
	}
	return out;
}

function isValue(t: Term | undefined): boolean {
	return t?.kind === "var" && t.name.startsWith(prefix);
}

/** Whether an expression may have several solutions: a variable in a ref, or walk; comprehensions aside. */
export function iterates(e: Expr): boolean {
	const what = e.what;
	if (e.with.some((w) => iteratesIn(w.value))) return true;
	switch (what.kind) {
		case "term-expr":
			return iteratesIn(what.term);
		case "some":
			return what.symbols.some(iteratesIn);
		case "every":
			return iteratesIn(what.domain) || what.body.some(iterates);
		case "logical":
			return what.left.some(iterates) || what.right.some(iterates);
		case "block":
			return what.body.some(iterates);
	}
}

function iteratesIn(t: Term): boolean {
	switch (t.kind) {
		case "ref":
			return t.terms.slice(1).some((x) => x.kind === "var") || t.terms.some(iteratesIn);
		case "call":
			return dottedName(t.operator) === "walk" || t.args.some(iteratesIn);
		case "array":
		case "set":
			return t.items.some(iteratesIn);
		case "object":
			return t.entries.some(([k, v]) => iteratesIn(k) || iteratesIn(v));
		default:
			return false;
	}
}
