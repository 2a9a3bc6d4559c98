/**
 * RewriteTemplateStrings, CheckVoidCalls and RewritePrintCalls. Template strings stay as they are;
 * what is checked is that their parts use variables the body around them binds. Print calls are
 * erased, or become calls of internal.print whose arguments may be undefined.
 */

import { at, at as elementAt } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import type { Source } from "../../location.ts";
import type { Body, Call, Expr, Term } from "../../parser/ast.ts";
import { expr as makeExpr, scalar, type TemplateString, termExpr } from "../../parser/ast.ts";
import { type Visitor, walkBody, walkTerm, walkTerms } from "../../parser/walk.ts";
import type { Compilation } from "../compilation.ts";
import type { RuleState } from "../rule-state.ts";
import { isKnownDefined } from "../rule-tree.ts";
import { assignName, callOf, internalPrintName, isCallOf, isReserved, printName, rootOf } from "../syntax/calls.ts";
import { isGenerated, shownVar } from "../syntax/local-names.ts";
import { addBodyOutputs, BoundVars, expressionOutputs } from "../syntax/outputs.ts";
import { showTerm } from "../syntax/show.ts";
import { mapBody, mapTerm, mapTerms, mapWiths } from "../syntax/transform.ts";
import { allVars, allVarsInExpr, directVars, type Names, plainVar } from "../syntax/vars.ts";

export function checkTemplateStrings(c: Compilation): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			if (!r.has.templates) continue;
			const bound = argumentVars(r);
			const checker = new TemplateChecker(c, m.source);
			const inBody = checker.body(r.body, bound);
			for (const t of headTerms(r)) checker.term(t, inBody);
		}
	}
}

export function checkQueryTemplates(c: Compilation, body: Body, source: Source): void {
	new TemplateChecker(c, source).body(body, BoundVars.roots);
}

function argumentVars(r: RuleState): BoundVars {
	if (r.head.args === undefined) return BoundVars.roots;
	const names: Names = new Set();
	for (const a of r.head.args) allVars(a, names);
	return BoundVars.of(names, BoundVars.roots);
}

export function headTerms(r: RuleState): Term[] {
	const { ref, key, value } = r.head;
	if (ref.terms.length === 1 && key === undefined && value !== undefined) return [value];
	return [...ref.terms.slice(1), key, value].filter((t) => t !== undefined);
}

/** Walks a body and everything in it, keeping track of what is bound. */
class TemplateChecker {
	readonly #c: Compilation;
	readonly #source: Source;
	#depth = 0;

	constructor(c: Compilation, source: Source) {
		this.#c = c;
		this.#source = source;
	}

	body(b: Body, outer: BoundVars): BoundVars {
		const bound = new BoundVars(outer);
		addBodyOutputs(this.#c, b, bound, true);
		for (const e of b) this.#expr(e, bound);
		return bound;
	}

	#expr(e: Expr, bound: BoundVars): void {
		const w = e.what;
		if (w.kind === "term-expr") this.term(w.term, bound);
		else if (w.kind === "some") for (const s of w.symbols) this.term(s, bound);
		else if (w.kind === "every") {
			const inDomain = (): void => this.term(w.domain, bound);
			if (w.domain.kind === "template-string") this.#twice(inDomain, inDomain);
			else inDomain();
			const names: Names = new Set();
			if (w.key !== undefined) allVars(w.key, names);
			allVars(w.value, names);
			this.#twice(
				() => this.body(w.body, BoundVars.of(names, bound)),
				() => {
					for (const x of w.body) this.#expr(x, bound);
				},
			);
		} else {
			// Blocks of not, and, or: OPA looks at their template strings from the enclosing body.
			const bodies = w.kind === "block" ? [w.body] : [w.left, w.right];
			for (const b of bodies) for (const x of b) this.#expr(x, bound);
		}
		for (const x of e.with) this.term(x.value, bound);
	}

	term(t: Term, bound: BoundVars): void {
		if (this.#c.constants.has(t)) return;
		switch (t.kind) {
			case "array-comprehension":
			case "set-comprehension":
				this.#twice(
					() => this.term(t.term, this.body(t.body, bound)),
					() => {
						this.term(t.term, bound);
						for (const e of t.body) this.#expr(e, bound);
					},
				);
				return;
			case "object-comprehension":
				this.#twice(
					() => {
						const inner = this.body(t.body, bound);
						this.term(t.key, inner);
						this.term(t.value, inner);
					},
					() => {
						this.term(t.key, bound);
						this.term(t.value, bound);
						for (const e of t.body) this.#expr(e, bound);
					},
				);
				return;
			case "template-string": {
				const before = this.#c.errors.length;
				this.#template(t, bound);
				const right = this.#c.errors.length === before;
				for (const p of t.parts) {
					if (typeof p === "string" || plainVar(p) !== undefined) continue;
					const inPart = (): void => this.#expr(p, bound);
					if (right) this.#twice(inPart, inPart);
					else inPart();
				}
				return;
			}
			default:
				// Its parts only: each decides for what is below it.
				walkTerm(t, {
					term: (x) => {
						if (x === t) return true;
						this.term(x, bound);
						return false;
					},
				});
		}
	}

	/**
	 * After an error in a closure OPA goes through it once more, from the enclosing body's point of
	 * view, and reports what it finds again. Only so deep: each level doubles the errors.
	 */
	#twice(first: () => void, again: () => void): void {
		const before = this.#c.errors.length;
		this.#depth++;
		first();
		if (this.#c.errors.length > before && this.#depth <= 3) again();
		this.#depth--;
	}

	#template(t: TemplateString, bound: BoundVars): void {
		for (const p of t.parts) {
			if (typeof p === "string" || p.what.kind !== "term-expr") continue;
			const term = p.what.term;
			if (term.kind === "call") {
				const builtin = this.#c.builtin(term.operator);
				if (builtin?.relation === true) {
					const message = `illegal call to relation built-in '${builtin.name}' that may cause multiple outputs`;
					this.#c.fail("rego_compile_error", message);
					continue;
				}
			}
			if (term.kind === "var" || (term.kind === "ref" && isKnownDefined(this.#c.tree, term))) continue;
			// OPA does not know the place of a call here.
			const source = term.kind === "call" ? undefined : this.#source;
			undeclared(this.#c, source, withoutTemplates(term), (n) => bound.has(n));
		}
	}
}

/** Template strings within another are closures, which have variables of their own. */
function withoutTemplates(t: Term): Term {
	if (t.kind === "template-string") return scalar("", t.start, t.end);
	return mapTerm(
		t,
		withoutTemplates,
		(b) => b,
		(e) => e,
	);
}

/** Reports the variables of a term that nothing declares. */
function undeclared(c: Compilation, source: Source | undefined, t: Term, isBound: (name: string) => boolean): void {
	if (t.kind === "scalar") return;
	const vars: Names = new Set();
	directVars(t, vars);
	for (const v of [...vars].sort()) {
		if (isBound(v)) continue;
		c.fail("rego_compile_error", `var ${shownVar(c.names.shown(v))} is undeclared`, source, t.start);
	}
}

/** CheckVoidCalls: print has no value. Only calls inside terms are wrong; one that is an expression is fine. */
export function checkVoidCalls(c: Compilation): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			if (!r.has.voidCalls) continue;
			walkTerms(headTerms(r), lookingForVoidCalls(c, m.source));
			voidCallsInBody(c, r.body, m.source);
		}
	}
}

export function voidCallsInBody(c: Compilation, b: Body, source: Source): void {
	walkBody(b, lookingForVoidCalls(c, source));
}

function lookingForVoidCalls(c: Compilation, source: Source): Visitor {
	const visitor: Visitor = {
		literal: (e) => {
			const call = callOf(e);
			if (call === undefined) return true;
			walkTerms(call.args, visitor);
			for (const w of e.with) walkTerm(w.value, visitor);
			return false;
		},
		term: (t) => {
			if (c.constants.has(t)) return false;
			if (t.kind === "call" && isVoid(c.builtin(t.operator))) {
				const shown = showTerm(t, (n) => shownVar(n));
				c.fail("rego_type_error", `${shown} used as value`, source, t.start);
			}
			// What is in a hole is a value; OPA does not know the place of it.
			for (const part of t.kind === "template-string" ? t.parts : []) {
				const call = typeof part === "string" ? undefined : callOf(part);
				if (call === undefined || !isVoid(c.builtin(call.operator))) continue;
				c.fail("rego_type_error", `${showTerm(call, (n) => shownVar(n))} used as value`);
			}
			return true;
		},
	};
	return visitor;
}

function isVoid(builtin: Builtin | undefined): boolean {
	return builtin !== undefined && builtin.result === undefined;
}

function isPrint(e: Expr): boolean {
	const call = callOf(e);
	return call !== undefined && isCallOf(call, printName);
}

export function rewritePrintCalls(c: Compilation): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			if (!r.has.prints) continue;
			const bound = argumentVars(r);
			const isPlain = c.options.prints === "checked" ? plainPrints(c, r) : undefined;
			const rewriter = new PrintRewriter(c, m.source, isPlain);
			if (!r.has.innerPrints) {
				r.body = rewriter.outermost(r.body, bound);
				continue;
			}
			const head = r.head;
			const term = (t: Term): Term => rewriter.term(t, bound);
			const name = elementAt(head.ref.terms, 0);
			const rest = head.ref.terms.slice(1);
			// Variables of patterns count as bound in them, whatever they are: prints there are left to the safety check.
			const patterns = new PrintRewriter(c, m.source);
			const args = head.args === undefined ? undefined : mapTerms(head.args, (t) => patterns.term(t, bound));
			const inBody = new PrintRewriter(c, m.source, isPlain);
			// What is no variable there OPA has moved to the end of the body.
			let parts = rest;
			const body = inBody.body(r.body, bound, (atEnd) => {
				parts = rest.map((t) => inBody.term(t, atEnd));
			});
			const ref = parts.some((t, i) => t !== rest[i]) ? { ...head.ref, terms: [name, ...parts] } : head.ref;
			const key = head.key === undefined ? undefined : term(head.key);
			const value = head.value === undefined ? undefined : term(head.value);
			if (ref !== head.ref || args !== head.args || key !== head.key || value !== head.value) {
				r.setHead({ ...head, ref, args, key, value });
			}
			r.body = body;
		}
	}
}

export function rewriteQueryPrints(c: Compilation, body: Body, source: Source): Body {
	return new PrintRewriter(c, source).body(body, BoundVars.roots);
}

/** Notes the variable of a plain `x := …`. */
function addAssigned(call: Call, out: Names): void {
	const target = isCallOf(call, assignName) ? call.args[0] : undefined;
	if (target?.kind === "var") out.add(target.name);
}

/** Whether one of the first expressions of a body has the variable, closures included. */
function mentioned(b: Body, end: number, name: string): boolean {
	const vars: Names = new Set();
	for (let i = 0; i < end; i++) allVarsInExpr(at(b, i), vars);
	return vars.has(name);
}

/** The body without the prints that are expressions of it; `true` where nothing else is in it. */
function withoutPrints(b: Body): Body {
	if (!b.some(isPrint)) return b;
	const kept = b.filter((e) => !isPrint(e));
	return kept.length > 0 ? kept : trueBody(b);
}

function trueBody(b: Body): Body {
	const { start, end } = elementAt(b, 0);
	return [makeExpr(termExpr(scalar(true, start, end)), false, [], start, end)];
}

/**
 * What a print of a rule may have as an argument so that no later stage can object to it: text and other scalars,
 * variables, and parts of an input without a schema, which has any type whatever is done with it. An argument of
 * a function has the type of what it was compared with or passed to.
 */
function plainPrints(c: Compilation, r: RuleState): ((arg: Term) => boolean) | undefined {
	const isForbidden = (name: string): boolean => !c.builtins.has(name) || c.options.unsafeBuiltins.has(name);
	if (r.has.rootAssigned || isForbidden(printName) || isForbidden(internalPrintName)) return undefined;
	const isInput = (name: string): boolean => c.options.anyInput && name === "input";
	return (t) => {
		if (t.kind === "scalar") return true;
		if (t.kind === "var") return !isReserved(t.name) || isInput(t.name);
		return t.kind === "ref" && isInput(rootOf(t)) && t.terms.every((x, i) => i === 0 || isSimple(x));
	};
}

/** Whether all variables of a plain argument are bound. */
function isAllBound(t: Term, isBound: (name: string) => boolean): boolean {
	if (t.kind === "var") return isBound(t.name);
	return t.kind !== "ref" || t.terms.every((x) => isAllBound(x, isBound));
}

function isSimple(t: Term): boolean {
	return t.kind === "scalar" || (t.kind === "var" && !isReserved(t.name));
}

class PrintRewriter {
	readonly #c: Compilation;
	readonly #source: Source;
	/** A wrong print was reported: the rest of the body is left alone. */
	#stopped = false;

	/** What is bound where a rule begins. */
	#outermost: BoundVars | undefined;

	/** Prints of such arguments are erased once they were found right. */
	readonly #isPlain: ((arg: Term) => boolean) | undefined;

	constructor(c: Compilation, source: Source, isPlain?: (arg: Term) => boolean) {
		this.#c = c;
		this.#source = source;
		this.#isPlain = isPlain;
	}

	/** What else there is to rewrite is handed what is bound at the end, once closures are done. */
	body(b: Body, outer: BoundVars, further?: (atEnd: BoundVars) => void): Body {
		this.#outermost ??= outer;
		if (this.#c.options.prints !== "erased") return this.#keep(b, outer, further);
		further?.(outer);
		return this.#erase(b, outer);
	}

	/** A rule's own body, where no print is anywhere else. */
	outermost(b: Body, outer: BoundVars): Body {
		return this.#c.options.prints === "erased" ? withoutPrints(b) : this.#prints(b, b, outer);
	}

	#erase(b: Body, outer: BoundVars): Body {
		return mapBody(withoutPrints(b), (e) => this.#expr(e, outer));
	}

	/**
	 * Arguments may only use what the body binds up to the call, in the order written. Closures come
	 * first; as in OPA, the first print that is wrong is the last that is looked at.
	 */
	#keep(b: Body, outer: BoundVars, further?: (atEnd: BoundVars) => void): Body {
		const bound = new BoundVars(outer);
		const inner = mapBody(b, (e) => {
			if (this.#stopped) return e;
			const next = this.#expr(e, bound);
			bound.addAll(expressionOutputs(this.#c, e, bound.has));
			return next;
		});
		if (!this.#stopped) further?.(bound);
		return this.#prints(b, inner, outer);
	}

	/** Checks and rewrites the prints of a body whose closures were rewritten. */
	#prints(b: Body, inner: Body, outer: BoundVars): Body {
		if (this.#stopped || !b.some(isPrint)) return inner;
		const assigned: Names = new Set();
		let end = 0;
		// What the expressions before bind is worked out as far as it is asked for: most variables are assigned.
		const before = new BoundVars(outer);
		let done = 0;
		const isBound = (n: string): boolean => {
			if (assigned.has(n)) return true;
			while (!before.isBound(n)) {
				if (done >= end) return false;
				const e = at(b, done++);
				if (!isPrint(e)) before.addAll(expressionOutputs(this.#c, e, before.has));
			}
			return true;
		};
		const isKnown = (n: string): boolean => isBound(n) || (isGenerated(n) && mentioned(b, end, n));
		const kept: Expr[] = [];
		for (; end < inner.length; end++) {
			const e = at(inner, end);
			const call = this.#stopped ? undefined : callOf(e);
			if (call === undefined) kept.push(e);
			else if (!isCallOf(call, printName)) {
				addAssigned(call, assigned);
				kept.push(e);
			} else if (!this.#isErased(call.args, isBound)) {
				const errors = this.#c.errors.length;
				for (const a of call.args) undeclared(this.#c, this.#source, a, isKnown);
				this.#stopped = this.#c.errors.length > errors;
				kept.push(this.#internal(e, call));
			}
		}
		return kept.length > 0 ? kept : trueBody(b);
	}

	/** Whether a print is plain and right. Most are: nothing is made to find that out. */
	#isErased(args: readonly Term[], isBound: (name: string) => boolean): boolean {
		const isPlain = this.#isPlain;
		if (isPlain === undefined) return false;
		for (const a of args) if (!isPlain(a) || !isAllBound(a, isBound)) return false;
		this.#c.erasedPrints = true;
		return true;
	}

	/** As in OPA the call stands alone: a `not` before it, or modifiers after it, mean nothing. */
	#internal(e: Expr, call: Call): Expr {
		const at = call.operator;
		const terms = internalPrintName.split(".").map((part, i): Term => {
			if (i === 0) return { kind: "var", name: part, start: at.start, end: at.end };
			return scalar(part, at.start, at.end);
		});
		// Infix, as nobody can write it: its operands are as they were, not OPA's sets of them.
		return makeExpr(termExpr({ ...call, operator: { ...at, terms }, infix: true }), false, [], e.start, e.end);
	}

	#expr(e: Expr, bound: BoundVars): Expr {
		const w = e.what;
		const term = (t: Term): Term => this.term(t, bound);
		const withs = mapWiths(e.with, (t) => t, term);
		let what = w;
		if (w.kind === "term-expr") {
			const inner = term(w.term);
			if (inner !== w.term) what = termExpr(inner);
		} else if (w.kind === "some") {
			const symbols = w.symbols.map(term);
			if (symbols.some((s, i) => s !== w.symbols[i])) what = { ...w, symbols };
		} else if (w.kind === "every") {
			// As in OPA, prints in a comprehension there see nothing of the body around it.
			const domain = this.term(w.domain, this.#outermost ?? bound);
			const names: Names = new Set();
			if (w.key !== undefined) allVars(w.key, names);
			allVars(w.value, names);
			const body = this.body(w.body, BoundVars.of(names, bound));
			if (domain !== w.domain || body !== w.body) what = { ...w, domain, body };
		} else if (w.kind === "block") {
			const body = this.body(w.body, bound);
			if (body !== w.body) what = { ...w, body };
		} else {
			const left = this.body(w.left, bound);
			const right = this.body(w.right, bound);
			if (left !== w.left || right !== w.right) what = { ...w, left, right };
		}
		return what === w && withs === e.with ? e : { ...e, what, with: withs };
	}

	term(t: Term, bound: BoundVars): Term {
		if (t.kind === "scalar" || t.kind === "var" || this.#c.constants.has(t)) return t;
		return mapTerm(
			t,
			(x) => this.term(x, bound),
			(b) => this.body(b, bound),
			(e) => this.#expr(e, bound),
		);
	}
}
