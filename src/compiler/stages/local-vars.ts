/**
 * RewriteLocalVars: every variable declared by `:=`, `some`, `every` or as a function's argument gets
 * a fresh name, so that shadowing is gone, and declarations that clash or go unused are reported.
 * `some x` expressions disappear; `some … in` keeps its form, its new variables renamed. Scopes, and what happens inside bodies, are in local-rewriter.ts.
 */

import { at } from "../../at.ts";
import type { Source } from "../../location.ts";
import type { Body, Expr, Term } from "../../parser/ast.ts";
import { isWildcard, variable } from "../../parser/ast.ts";
import type { Compilation } from "../compilation.ts";
import type { RuleState } from "../rule-state.ts";
import { renameVars } from "../syntax/rewrite-terms.ts";
import { mapEntries, mapTerm, mapTerms } from "../syntax/transform.ts";
import { allVars, directVarsInExpr, type Names } from "../syntax/vars.ts";
import { LocalRewriter, type Scope } from "./local-rewriter.ts";
import { declaredVars } from "./resolve-refs.ts";

export function rewriteLocalVars(c: Compilation): void {
	// OPA has by now given a local to each part of a head's path that is neither a variable nor a scalar.
	for (const m of c.modules) {
		for (const r of m.rules)
			r.head.ref.terms.forEach((t, i) => {
				if (t.kind === "var" || t.kind === "scalar") return;
				const name = c.names.fresh();
				c.made?.setHead(r, i, name);
			});
	}
	for (const m of c.modules) {
		for (const rule of m.rules) {
			if (c.isConstant(rule)) continue;
			const unusedArgs: Names = new Set();
			if (c.options.strict) for (const a of rule.head.args ?? []) allVars(a, unusedArgs);
			const args: Scope = new Map();
			renameArgs(c, rule, args);
			for (let r: RuleState | undefined = rule; r !== undefined; r = r.else) {
				const scope = rule.else === undefined ? args : copyOf(args);
				rewriteRule(c, r, unusedArgs, scope);
				for (const a of unusedArgs) if ((scope.get(a)?.count ?? 0) > 1) unusedArgs.delete(a);
			}
			for (const a of unusedArgs) {
				if (isWildcard(a)) continue;
				const message = `unused argument ${a}. (hint: use _ (wildcard variable) instead)`;
				c.fail("rego_compile_error", message, m.source, rule.head.start);
			}
		}
	}
}

/** A query's body. */
export function rewriteQueryLocals(c: Compilation, body: Body, source: Source): Body {
	const rewriter = new LocalRewriter(c, [new Map()]);
	const out = rewriter.body(body, undefined);
	rewriter.report(source);
	return out;
}

/** Renames the variables of a function's arguments; `else` branches repeat the same arguments. */
function renameArgs(c: Compilation, rule: RuleState, scope: Scope): void {
	const rename = (t: Term): Term => {
		switch (t.kind) {
			case "var": {
				const known = scope.get(t.name);
				if (known?.local !== undefined) {
					known.count++;
					return variable(known.local, t.start, t.end);
				}
				const local = c.names.rename(t.name);
				scope.set(t.name, { local, occurrence: "arg", count: 1 });
				return variable(local, t.start, t.end);
			}
			case "object": {
				const entries = mapEntries(t.entries, (k) => k, rename);
				return entries === t.entries ? t : { ...t, entries };
			}
			case "array": {
				const items = mapTerms(t.items, rename);
				return items === t.items ? t : { ...t, items };
			}
			case "ref": {
				const terms = mapTerms(t.terms, rename);
				return terms === t.terms ? t : { ...t, terms };
			}
			case "call":
				c.fail("rego_compile_error", "rule arguments cannot contain calls", rule.module.source, t.start);
				return t;
			default:
				return t;
		}
	};
	// Sets and keys declare nothing: of their variables only those get names that other arguments declare.
	const renameInside = (t: Term, inside = false): Term => {
		const inner = (x: Term): Term => renameInside(x, inside || t.kind === "set");
		switch (t.kind) {
			case "var": {
				const known = inside ? scope.get(t.name) : undefined;
				return known?.local === undefined ? t : variable(known.local, t.start, t.end);
			}
			case "object":
				return { ...t, entries: mapEntries(t.entries, (k) => renameInside(k, true), inner) };
			case "array":
			case "set":
				return { ...t, items: mapTerms(t.items, inner) };
			default:
				return t;
		}
	};
	const args = rule.head.args;
	if (args === undefined || args.length === 0) return;
	const renamed = mapTerms(mapTerms(args, rename), (t) => renameInside(t));
	for (let r: RuleState | undefined = rule; r !== undefined; r = r.else) {
		const own: readonly Term[] | undefined = r.head.args;
		// Branches carry copies of the first head's arguments.
		if (own !== undefined) r.setHead({ ...r.head, args: renamed });
	}
}

/** Each branch sees the arguments, and counts for itself how often. */
function copyOf(args: Scope): Scope {
	const out: Scope = new Map();
	for (const [name, e] of args) out.set(name, { ...e });
	return out;
}

/** Renames in one definition; the scope holds its arguments and gets what it declares. */
function rewriteRule(c: Compilation, r: RuleState, unusedArgs: Names, scope: Scope): void {
	const head = r.head;
	const refParts = head.ref.terms.slice(1);
	const rewriter = new LocalRewriter(c, [scope]);

	// Comprehensions in the head have scopes of their own, apart from the body's.
	const nested = (t: Term): Term => rewriter.headTerm(t);
	if (head.args !== undefined) {
		const plain = mapTerms(head.args, nested);
		if (plain !== head.args) r.setHead({ ...head, args: plain });
	}
	const parts = mapTerms(refParts, nested);
	let key = head.key === undefined ? undefined : nested(head.key);
	let value = head.value === undefined ? undefined : nested(head.value);
	rewriter.report(r.module.source);

	let used: Names | undefined;
	const useAll = (t: Term): void => {
		if (t.kind === "scalar") return;
		used ??= new Set();
		if (!c.constants.has(t)) allVars(t, used);
	};
	for (const t of parts) useAll(t);
	if (key !== undefined) useAll(key);
	if (value !== undefined) {
		useAll(value);
		if (unusedArgs.size > 0) {
			const vars: Names = new Set();
			allVars(value, vars);
			for (const v of vars) unusedArgs.delete(v);
		}
	}
	if (r.has.builtinVars) renameBuiltinVars(c, r, scope);

	r.body = rewriter.body(r.body, used);
	for (const t of parts) if (t.kind !== "scalar") rewriter.checkCalls(t);
	rewriter.report(r.module.source);

	const declared = (name: string): string => scope.get(name)?.local ?? name;
	const rename = (t: Term): Term => (t.kind === "scalar" ? t : renameVars(t, declared, (x) => c.constants.has(x)));
	const ref = mapTerms(parts, rename);
	key = key === undefined ? undefined : rename(key);
	value = value === undefined ? undefined : rename(value);
	// Of arguments this is left: template strings, sets and keys may read what the body declares.
	const args = r.head.args;
	const own = args === undefined ? undefined : mapTerms(args, (t) => (t.kind === "var" ? t : rename(t)));
	if (own !== args) r.setHead({ ...r.head, args: own });
	const sameRef = ref.every((t, i) => t === refParts[i]);
	if (!sameRef || key !== head.key || value !== head.value) {
		const terms = sameRef ? head.ref : { ...head.ref, terms: [at(head.ref.terms, 0), ...ref] };
		r.setHead({ ...r.head, ref: terms, key, value });
	}
}

/**
 * An undeclared variable with the name of a builtin (`count = 3; p = count`) gets a fresh name as
 * well, so that it is never taken for the function.
 */
function renameBuiltinVars(c: Compilation, r: RuleState, scope: Scope): void {
	const bodyVars: Names = new Set();
	for (const e of r.body) directVarsInExpr(e, bodyVars);
	const declared = declaredVars(r.body);
	const withVars: Names = new Set();
	if (r.has.withs) for (const e of r.body) collectWithVars(e, withVars);
	for (const v of [...bodyVars].sort()) {
		if (!c.builtins.has(v) || declared.has(v) || withVars.has(v) || scope.get(v)?.local !== undefined) continue;
		scope.set(v, { local: c.names.rename(v), occurrence: "seen", count: 1 });
	}
}

function collectWithVars(e: Expr, out: Names): void {
	const inBody = (b: Body): Body => {
		for (const x of b) collectWithVars(x, out);
		return b;
	};
	const inTerm = (t: Term): Term => mapTerm(t, inTerm, inBody, inPart);
	const inPart = (x: Expr): Expr => {
		collectWithVars(x, out);
		return x;
	};
	const w = e.what;
	if (w.kind === "term-expr") inTerm(w.term);
	else if (w.kind === "every") inBody(w.body);
	else if (w.kind === "block") inBody(w.body);
	else if (w.kind === "logical") {
		inBody(w.left);
		inBody(w.right);
	}
	for (const x of e.with) {
		allVars(x.target, out);
		allVars(x.value, out);
	}
}
