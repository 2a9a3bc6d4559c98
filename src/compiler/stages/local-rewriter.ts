/**
 * Bodies with their declared variables renamed: the scopes behind RewriteLocalVars (local-vars.ts). They
 * follow OPA's: a variable merely seen in a scope is entered too, under its own name, which is what
 * makes a later `x :=` in that scope an error and what lets inner scopes share it.
 */

import { at, at as elementAt, last } from "../../at.ts";
import type { Source } from "../../location.ts";
import type { Block, Body, Call, Every, Expr, Ref, SomeDecl, Term, With } from "../../parser/ast.ts";
import { isWildcard, call as makeCall, expr as makeExpr, ref, scalar, termExpr, variable } from "../../parser/ast.ts";
import { walkLiteral, walkTerm } from "../../parser/walk.ts";
import { assertNever } from "../../value/value.ts";
import type { Compilation } from "../compilation.ts";
import { assignName, callOf, isCallOf, isReserved, rootName } from "../syntax/calls.ts";
import { isGenerated, shownVar } from "../syntax/local-names.ts";
import { renameVars, renameVarsInBody } from "../syntax/rewrite-terms.ts";
import { kindName, showRef } from "../syntax/show.ts";
import { mapBody, mapEntries, mapTerm, mapTerms, mapWiths } from "../syntax/transform.ts";
import { memberOutputs } from "../syntax/unify.ts";
import { allVars, allVarsInExpr, directVarsInExpr, type Names } from "../syntax/vars.ts";
import { addDeclared } from "./resolve-refs.ts";

export type Occurrence = "arg" | "seen" | "assigned" | "declared";

export interface Entry {
	/** Its name from here on; undefined where uses were counted before it was entered. */
	readonly local: string | undefined;
	readonly occurrence: Occurrence | undefined;
	count: number;
}

export type Scope = Map<string, Entry>;

/** Messages and places found while rewriting one rule; reported together. */
interface Problem {
	readonly message: string;
	/** Undefined where OPA has no place to give. */
	readonly at: number | undefined;
}

const assignInNegated = "cannot assign vars inside negated expression";

export class LocalRewriter {
	readonly #c: Compilation;
	#scopes: Scope[];
	#problems: Problem[] = [];
	/** Variables declared by `some` and `every` so far. */
	#declarations = 0;

	constructor(c: Compilation, scopes: Scope[]) {
		this.#c = c;
		this.#scopes = scopes;
	}

	report(source: Source): void {
		for (const p of this.#problems) this.#c.fail("rego_compile_error", p.message, source, p.at);
		this.#problems = [];
	}

	#problem(message: string, at: number | undefined): void {
		this.#problems.push({ message, at });
	}

	/** Head terms: only comprehensions and template strings in them are scopes; the rest waits for the body. */
	headTerm(t: Term): Term {
		switch (t.kind) {
			case "scalar":
			case "var":
				return t;
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
			case "template-string": {
				const outer = this.#scopes;
				this.#scopes = [new Map()];
				const out = t.kind === "template-string" ? this.#headTemplate(t) : this.term(t);
				this.#scopes = outer;
				return out;
			}
			default:
				if (this.#c.constants.has(t)) return t;
				return mapTerm(
					t,
					(x) => this.headTerm(x),
					(b) => b,
					(e) => e,
				);
		}
	}

	#headTemplate(t: Term): Term {
		return mapTerm(
			t,
			(x) => x,
			(b) => b,
			(e) => {
				this.#push();
				const out = this.expr(e);
				this.#pop();
				return out;
			},
		);
	}

	#push(): void {
		this.#scopes.push(new Map());
	}

	#pop(): void {
		this.#scopes.pop();
	}

	#top(): Scope {
		return at(this.#scopes, this.#scopes.length - 1);
	}

	/** The entry that gives a variable its name here. */
	#declared(name: string): Entry | undefined {
		for (let i = this.#scopes.length - 1; i >= 0; i--) {
			const e = at(this.#scopes, i).get(name);
			if (e?.local !== undefined) return e;
		}
		return undefined;
	}

	/** Declares a variable in this scope; gives its fresh name, or reports why it cannot be. */
	#declare(name: string, occurrence: "assigned" | "declared", at: number | undefined): string | undefined {
		const before = this.#top().get(name)?.occurrence;
		if (before !== undefined) {
			const shown = shownVar(name);
			this.#problem(
				before === "arg"
					? `arg ${shown} redeclared`
					: `var ${shown} ${before === "seen" ? "referenced" : before} above`,
				at,
			);
			return undefined;
		}
		if (occurrence === "declared") this.#declarations++;
		const local = this.#c.names.rename(name);
		this.#top().set(name, { local, occurrence, count: 1 });
		return local;
	}

	/** With `declares`, its scope holds declarations already: an `every`'s. */
	body(b: Body, used: Names | undefined, declares = false): Body {
		const before = declares ? -1 : this.#declarations;
		let out: Expr[] | undefined;
		for (let i = 0; i < b.length; i++) {
			const e = at(b, i);
			const next = this.#statement(e);
			if (out === undefined) {
				if (next === e) continue;
				out = b.slice(0, i);
			}
			if (next !== undefined) out.push(next);
		}
		if (out?.length === 0) {
			const at = elementAt(b, 0);
			out.push(makeExpr(termExpr(scalar(true, at.start, at.end)), false, [], at.start, at.end));
		}
		const rewritten = out ?? b;
		if (this.#c.options.strict) this.#checkUnused(b, "assigned", used, rewritten);
		if (this.#declarations > before) this.#checkUnused(b, "declared", used, rewritten);
		return rewritten;
	}

	#statement(e: Expr): Expr | undefined {
		const w = e.what;
		switch (w.kind) {
			case "term-expr": {
				const call = callOf(e);
				if (call !== undefined && isCallOf(call, assignName)) return this.#assignment(e, call);
				return this.expr(e);
			}
			case "some":
				return this.#some(e, w);
			case "every":
				return this.#every(e);
			case "block":
				return this.#not(e, true);
			case "logical":
				return this.#logical(e);
			default:
				return assertNever(w, "expression");
		}
	}

	/** Declared variables nothing mentions. As OPA, silent once there are other problems. */
	#checkUnused(b: Body, kind: "assigned" | "declared", used: Names | undefined, rewritten: Body): void {
		if (this.#problems.length > 0) return;
		const scope = this.#top();
		let unused: [string, string][] | undefined;
		for (const [name, e] of scope) {
			if (e.occurrence !== kind || e.count > 1 || e.local === undefined || used?.has(name) === true) continue;
			if (kind === "assigned" ? isWildcard(name) : isGenerated(name)) continue;
			unused ??= [];
			unused.push([e.local, name]);
		}
		if (unused === undefined) return;
		unused.sort((x, y) => (x[0] < y[0] ? -1 : 1));
		for (const [local, name] of unused) {
			const found = kind === "assigned" ? rewritten.find((e) => mentions(e, local)) : b.find((e) => declares(e, name));
			const message = `${kind} var ${shownVar(name)} unused`;
			this.#problem(message, (found ?? at(b, 0)).start);
		}
	}

	#assignment(e: Expr, call: Call): Expr {
		if (e.negated) {
			this.#problem(assignInNegated, e.start);
			return e;
		}
		if (call.args.length !== 2) return e;
		const [pattern, value] = call.args as readonly [Term, Term];
		const right = this.term(value);
		const withs = e.with.length === 0 ? e.with : mapWiths(e.with, (t) => t, this.term);
		const left = this.#pattern(pattern);
		const assigned = makeCall(call.operator, [left, right], call.infix, call.start, call.end);
		return makeExpr(termExpr(assigned), e.negated, withs, e.start, e.end);
	}

	#pattern(t: Term): Term {
		const name = t.kind === "var" ? t.name : rootName(t);
		if (name !== undefined) {
			const local = this.#declare(name, "assigned", t.start);
			return local === undefined ? t : variable(local, t.start, t.end);
		}
		switch (t.kind) {
			case "array":
				return { ...t, items: t.items.map((x) => this.#pattern(x)) };
			case "object":
				return { ...t, entries: t.entries.map(([k, v]) => [k, this.#pattern(v)] as const) };
			default:
				this.#problem(`cannot assign to ${kindName(t)}`, t.start);
				return t;
		}
	}

	#some(e: Expr, w: SomeDecl): Expr | undefined {
		const symbols = w.symbols;
		const member = symbols[0];
		if (member?.kind !== "call") {
			for (const s of symbols) {
				if (s.kind === "var" && this.#declare(s.name, "declared", e.start) === undefined) return undefined;
			}
			return undefined;
		}
		const patterns = member.args.slice(0, -1);
		const container = last(member.args);
		// OPA names the key that nobody named, and then declares it like the others: numbers depend on it.
		const unnamed = patterns.length === 1 ? this.#c.names.fresh() : undefined;
		let hidden: string | undefined;
		const outputs = [...memberOutputs(patterns, container, e.with), ...(unnamed === undefined ? [] : [unnamed])];
		for (const name of outputs.sort()) {
			if (name === unnamed) {
				hidden = this.#c.names.rename(name);
				continue;
			}
			if (this.#declare(name, "declared", e.start) === undefined) return undefined;
		}
		// Value before container before key: the order in which OPA meets them.
		const value = this.term(last(patterns));
		const from = this.term(container);
		const rest = patterns.slice(0, -1).map((p) => this.term(p));
		const withs = this.#withs(e.with);
		const what: SomeDecl = { ...w, symbols: [{ ...member, args: [...rest, value, from] }] };
		if (hidden !== undefined) this.#c.made?.setKey(what, hidden);
		return { ...e, what, with: withs };
	}

	#every(e: Expr): Expr | undefined {
		const w = e.what;
		if (w.kind !== "every") return e;
		const domain = this.term(w.domain);
		this.#push();
		const local = (t: Term): Term | undefined => {
			if (t.kind !== "var" || isWildcard(t.name)) return t;
			const name = this.#declare(t.name, "declared", undefined);
			return name === undefined ? undefined : variable(name, t.start, t.end);
		};
		// OPA names the missing key too: numbers of later locals, which some messages show, depend on it.
		const key = w.key === undefined ? undefined : local(w.key);
		const hidden = w.key === undefined ? this.#c.names.fresh() : undefined;
		const value = key === undefined && w.key !== undefined ? undefined : local(w.value);
		if (value === undefined) {
			this.#pop();
			return undefined;
		}
		const body = this.body(w.body, undefined, true);
		const withs = this.#withs(e.with);
		const what = this.#withoutStale({ ...w, key, value, domain, body });
		if (hidden !== undefined) this.#c.made?.setKey(what, hidden);
		this.#pop();
		return { ...e, what, with: withs };
	}

	/**
	 * `not` under its improved meaning: only a block in braces may declare variables. Inside
	 * an operand of and/or, OPA has no place for what is wrong in one without.
	 */
	#not(e: Expr, placed: boolean): Expr {
		const w = e.what;
		if (w.kind !== "block") return e;
		let body: Body;
		if (w.braces) {
			this.#push();
			const what = this.#withoutStale({ ...w, body: this.body(w.body, undefined) });
			body = what.body;
			this.#pop();
		} else {
			const problems = this.#problems.length;
			body = this.#implicit(w.body, assignInNegated, placed);
			if (this.#problems.length > problems) return e;
			body = this.#rest(body, false);
		}
		const withs = this.#withs(e.with);
		return body === w.body && withs === e.with ? e : { ...e, what: { ...w, body }, with: withs };
	}

	#logical(e: Expr): Expr {
		const w = e.what;
		if (w.kind !== "logical") return e;
		const problems = this.#problems.length;
		const message = `cannot assign vars inside implicit ${w.op} operand`;
		const first = (b: Body, braces: boolean): Body => {
			if (!braces) return this.#implicit(b, message, true);
			this.#push();
			const body = this.body(b, undefined);
			this.#pop();
			return body;
		};
		let left = first(w.left, w.leftBraces);
		let right = first(w.right, w.rightBraces);
		if (this.#problems.length > problems) return e;
		// What operands mention counts as mentioned here, even from within braces.
		left = this.#rest(left, w.leftBraces);
		right = this.#rest(right, w.rightBraces);
		const withs = this.#withs(e.with);
		if (left === w.left && right === w.right && withs === e.with) return e;
		return { ...e, what: { ...w, left, right }, with: withs };
	}

	/** What has no braces must not assign; nots, ands and ors in it are gone through. */
	#implicit(b: Body, message: string, placed: boolean): Body {
		return mapBody(b, (e) => {
			const call = callOf(e);
			if (call !== undefined && isCallOf(call, assignName)) this.#problem(message, placed ? e.start : undefined);
			else if (e.what.kind === "block") return this.#not(e, false);
			else if (e.what.kind === "logical") return this.#logical(e);
			return e;
		});
	}

	/** After the operands' own scopes: all other expressions in them. */
	#rest(b: Body, braces: boolean): Body {
		return mapBody(b, (e) => {
			if (!braces && e.what.kind !== "block" && e.what.kind !== "logical") return this.expr(e);
			this.#mention(e);
			return e;
		});
	}

	/**
	 * OPA goes over an `every` and a braced `not` once more with the scope as it is at their end: a
	 * name it had left to an outer, undeclared variable (`every x in x`) is taken for the inner one then.
	 */
	#withoutStale<W extends Every | Block>(w: W): W {
		const stale = new Map<string, string>();
		for (const [name, e] of this.#top()) {
			if (e.local === undefined || e.local === name) continue;
			// In the domain of an `every`, a comprehension may have left it, whose scope is gone.
			if (w.kind === "every" || this.#scopes.slice(0, -1).some((s) => s.get(name)?.local === name)) {
				stale.set(name, e.local);
			}
		}
		if (stale.size === 0) return w;
		if (w.kind === "every") {
			const isStale = (t: Term): boolean => t.kind === "var" && stale.has(t.name);
			walkTerm(w.domain, {
				term: (t) => {
					if (t.kind !== "call" || !t.operator.terms.some(isStale)) return true;
					this.#problem(`called function ${showRef(t.operator)} shadowed`, t.start);
					return true;
				},
			});
		}
		const name = (n: string): string => stale.get(n) ?? n;
		const body = renameVarsInBody(w.body, name);
		return w.kind === "every" ? { ...w, body, domain: renameVars(w.domain, name) } : { ...w, body };
	}

	#mention(e: Expr): void {
		const vars: Names = new Set();
		directVarsInExpr(e, vars);
		walkLiteral(e, {
			term: (t) => {
				const called = t.kind === "call" ? t.operator.terms[0] : undefined;
				if (called?.kind === "var") vars.add(called.name);
				return !t.kind.endsWith("-comprehension") && t.kind !== "template-string";
			},
		});
		for (const v of vars) if (!isReserved(v)) this.#name(variable(v, e.start, e.end));
		const w = e.what;
		if (w.kind === "every" || w.kind === "block") for (const x of w.body) this.#mention(x);
		else if (w.kind === "logical") for (const x of [...w.left, ...w.right]) this.#mention(x);
	}

	readonly expr = (e: Expr): Expr => {
		const w = e.what;
		let what = w;
		if (w.kind === "term-expr") {
			// A call that is the whole expression is not checked for a shadowed name here: it becomes an
			// undefined function.
			const term = w.term.kind === "call" ? this.#call(w.term) : this.term(w.term);
			if (term !== w.term) what = termExpr(term);
		} else {
			const next = this.#statement(e);
			return next ?? e;
		}
		const withs = this.#withs(e.with);
		return what === w && withs === e.with ? e : makeExpr(what, e.negated, withs, e.start, e.end);
	};

	/** In a target the root document is never the shadowing variable. */
	#withs(withs: readonly With[]): readonly With[] {
		if (withs.length === 0) return withs;
		return mapWiths(
			withs,
			(t) => {
				const target = this.term(t);
				const input = this.#declared("input");
				if (input === undefined || input.local === "input") return target;
				if (target.kind === "var" && target.name === input.local) {
					return { kind: "ref", terms: [variable("input", t.start, t.end)], start: t.start, end: t.end };
				}
				if (target.kind !== "ref") return target;
				const head = at(target.terms, 0);
				if (head.kind !== "var" || head.name !== input.local) return target;
				return { ...target, terms: [variable("input", head.start, head.end), ...target.terms.slice(1)] };
			},
			this.term,
		);
	}

	/** In the keys of a head, OPA looks at calls when the body is done. */
	checkCalls(t: Term): void {
		walkTerm(t, {
			term: (x) => {
				if (x.kind === "call") this.#checkCalled(x);
				return true;
			},
		});
	}

	#checkCalled(t: Call): void {
		for (const x of t.operator.terms) {
			if (x.kind !== "var") continue;
			const local = this.#declared(x.name)?.local;
			if (local === undefined || local === x.name) continue;
			this.#problem(`called function ${showRef(t.operator)} shadowed`, t.start);
		}
	}

	#call(t: Call): Call {
		const operator = this.#operator(t.operator);
		const args = mapTerms(t.args, this.term);
		return operator === t.operator && args === t.args ? t : makeCall(operator, args, t.infix, t.start, t.end);
	}

	#operator(op: Ref): Ref {
		const terms = mapTerms(op.terms, this.#name);
		return terms === op.terms ? op : ref(terms, op.start, op.end);
	}

	/** A variable, the head of a reference included. */
	readonly #name = (t: Term): Term => {
		if (t.kind !== "var") return this.term(t);
		const { name } = t;
		let nearest: Entry | undefined;
		for (let i = this.#scopes.length - 1; i >= 0; i--) {
			const e = at(this.#scopes, i).get(name);
			if (e === undefined) continue;
			nearest ??= e;
			if (e.local === undefined) continue;
			nearest.count++;
			return e.local === name ? t : variable(e.local, t.start, t.end);
		}
		const top = this.#top();
		if (top.get(name)?.occurrence === undefined) top.set(name, { local: name, occurrence: "seen", count: 1 });
		return t;
	};

	readonly term = (t: Term): Term => {
		switch (t.kind) {
			case "scalar":
				return t;
			case "var":
				return this.#name(t);
			case "ref": {
				const root = rootName(t);
				if (root !== undefined) return this.#root(root, t);
				const terms = mapTerms(t.terms, this.term);
				return terms === t.terms ? t : ref(terms, t.start, t.end);
			}
			case "call":
				this.#checkCalled(t);
				return this.#call(t);
			case "array":
			case "set": {
				if (this.#c.constants.has(t)) return t;
				const items = mapTerms(t.items, this.term);
				return items === t.items ? t : { ...t, items };
			}
			case "object": {
				if (this.#c.constants.has(t)) return t;
				const entries = mapEntries(t.entries, this.term, this.term);
				return entries === t.entries ? t : { ...t, entries };
			}
			case "array-comprehension":
			case "set-comprehension": {
				const used: Names = new Set();
				allVars(t.term, used);
				this.#push();
				const body = this.body(t.body, used);
				const term = this.term(t.term);
				this.#pop();
				return body === t.body && term === t.term ? t : { ...t, term, body };
			}
			case "object-comprehension": {
				const used: Names = new Set();
				allVars(t.key, used);
				allVars(t.value, used);
				this.#push();
				const body = this.body(t.body, used);
				const key = this.term(t.key);
				const value = this.term(t.value);
				this.#pop();
				return body === t.body && key === t.key && value === t.value ? t : { ...t, key, value, body };
			}
			case "template-string":
				return mapTerm(t, this.term, (b) => b, this.expr);
			default:
				return assertNever(t, "term");
		}
	};

	/** `input` or `data` by itself: the variable if one was declared under that name. */
	#root(name: string, t: Term): Term {
		for (let i = this.#scopes.length - 1; i >= 0; i--) {
			const e = at(this.#scopes, i).get(name);
			if (e?.occurrence === undefined) continue;
			if (e.occurrence === "seen") return t;
			// Declared, it is used by this; assigned, OPA does not count it.
			if (e.occurrence === "declared") e.count++;
			return e.local === undefined || e.local === name ? t : variable(e.local, t.start, t.end);
		}
		return t;
	}
}

function mentions(e: Expr, name: string): boolean {
	const vars: Names = new Set();
	allVarsInExpr(e, vars);
	return vars.has(name);
}

function declares(e: Expr, name: string): boolean {
	const vars: Names = new Set();
	addDeclared(e, vars);
	return vars.has(name);
}
