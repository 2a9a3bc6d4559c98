/**
 * Variables of expressions, and those that an expression gives values to: what order of a body, and indices of
 * comprehensions, are found by. Source of the rules: OPA v1/ast, VarVisitor, outputVarsForExpr and Unify.
 */

import { at } from "../at.ts";
import { type Body, type Expr, isRootName, sides, type Term } from "./nodes.ts";

export type Names = Set<string>;

/** How many operands a function takes, or -1 where there is none of that name. */
export type Arity = (operator: Term & { readonly kind: "ref" }) => number;

export interface Walk {
	/** Heads of references are no variables of theirs. */
	readonly skipRefHead?: boolean;
	/** Nor are operators of calls, and the heads of references in `with`. */
	readonly skipCallHead?: boolean;
	readonly skipClosures?: boolean;
	readonly skipSets?: boolean;
	readonly skipObjectKeys?: boolean;
	/** Variables of operands of and/or and of a `not` without braces that need a value from outside. */
	readonly promote?: Arity;
}

/** Which variables of an expression are collected: those outside of closures. */
export const ofExpression: Walk = { skipCallHead: true, skipClosures: true };

export function termVars(t: Term, out: Names, walk: Walk = {}): Names {
	switch (t.kind) {
		case "value":
			break;
		case "var":
			out.add(t.name);
			break;
		case "ref":
			for (const x of walk.skipRefHead === true ? t.terms.slice(1) : t.terms) termVars(x, out, walk);
			break;
		case "array":
			for (const x of t.items) termVars(x, out, walk);
			break;
		case "set":
			if (walk.skipSets !== true) for (const x of t.items) termVars(x, out, walk);
			break;
		case "object":
			for (const [k, v] of t.entries) {
				if (walk.skipObjectKeys !== true) termVars(k, out, walk);
				termVars(v, out, walk);
			}
			break;
		case "comprehension":
			if (walk.skipClosures === true) break;
			if (t.key !== undefined) termVars(t.key, out, walk);
			termVars(t.term, out, walk);
			bodyVars(t.body, out, walk);
			break;
		case "call":
			for (const x of t.operator.terms.slice(walk.skipCallHead === true ? 1 : 0)) termVars(x, out, walk);
			for (const x of t.args) termVars(x, out, walk);
			break;
		default:
			if (walk.skipClosures === true) break;
			for (const p of t.parts) if (typeof p !== "string") exprVars(p, out, walk);
	}
	return out;
}

export function bodyVars(b: Body, out: Names, walk: Walk = {}): Names {
	for (const e of b) exprVars(e, out, walk);
	return out;
}

export function exprVars(e: Expr, out: Names, walk: Walk = {}): Names {
	const w = e.what;
	const closed = walk.skipClosures === true;
	const operand = (b: Body, explicit: boolean): void => {
		if (walk.promote !== undefined) {
			if (!explicit) for (const n of unsatisfied(b, walk.promote)) out.add(n);
		} else if (!closed) bodyVars(b, out, walk);
	};
	switch (w.kind) {
		case "term":
			termVars(w.term, out, walk);
			break;
		case "call":
			for (const t of w.operator.terms.slice(walk.skipCallHead === true ? 1 : 0)) termVars(t, out, walk);
			for (const t of w.args) termVars(t, out, walk);
			break;
		case "every":
			termVars(w.domain, out, walk);
			if (closed) return out;
			termVars(w.key, out, walk);
			termVars(w.value, out, walk);
			bodyVars(w.body, out, walk);
			break;
		case "not":
			operand(w.body, w.explicit);
			break;
		default:
			operand(w.left, w.explicitLeft);
			operand(w.right, w.explicitRight);
	}
	for (const x of e.with) {
		const head = walk.skipCallHead === true ? 1 : 0;
		for (const t of x.target.terms.slice(head)) termVars(t, out, walk);
		if (x.value.kind === "ref") for (const t of x.value.terms.slice(head)) termVars(t, out, walk);
		else termVars(x.value, out, walk);
	}
	return out;
}

/** Variables of an operand without braces that nothing in it both binds and uses. */
function unsatisfied(b: Body, arity: Arity): Names {
	const out: Names = new Set();
	const seen = new Map<string, number>();
	for (const e of b) for (const n of exprVars(e, new Set(), ofExpression)) seen.set(n, (seen.get(n) ?? 0) + 1);
	const bound: Names = new Set();
	if (b.length > 1) {
		for (const e of b) {
			const both = sides(e);
			if (both !== undefined) for (const n of equationOutputs(e, new Set(), new Set())) bound.add(n);
			else if (e.what.kind === "call") {
				const n = arity(e.what.operator);
				if (n >= 0) for (const t of e.what.args.slice(n)) termVars(t, bound, pattern);
			}
		}
	}
	for (const [n, times] of seen) if (!bound.has(n) || times === 1) out.add(n);
	return out;
}

const pattern: Walk = { skipClosures: true, skipSets: true, skipObjectKeys: true, skipRefHead: true };

const none: Names = new Set();

/**
 * How variables begin that have the values of a query's expressions. They are lent to nobody: the test that such a value is not
 * false would come before it.
 */
export const resultPrefix = "$term";

/**
 * Variables the expression gives values to, others being safe. `lent` goes from expression to expression, as in OPA: a call
 * leaves its outputs there, and the equation after it takes them for its own.
 */
export function exprOutputs(e: Expr, arity: Arity, safe: Names, lent: Names): Names {
	if (e.negated || e.what.kind === "not") return none;
	for (const w of e.with) {
		const vars: Names = new Set();
		for (const t of w.target.terms.slice(1)) termVars(t, vars, ofExpression);
		if (w.value.kind === "ref") for (const t of w.value.terms.slice(1)) termVars(t, vars, ofExpression);
		else termVars(w.value, vars, ofExpression);
		for (const n of vars) if (!safe.has(n)) return none;
	}
	const w = e.what;
	switch (w.kind) {
		case "term":
			return referenceOutputs([w.term], safe, new Set());
		case "call":
			if (sides(e) !== undefined) return equationOutputs(e, safe, lent);
			return callOutputs(w.operator, w.args, arity, safe, lent);
		case "every":
			return new Set(referenceOutputs([w.domain], safe, lent));
		default:
			return none;
	}
}

export function bodyOutputs(b: Body, arity: Arity, safe: Names): Names {
	const known = new Set(safe);
	const lent: Names = new Set();
	for (const e of b) for (const n of exprOutputs(e, arity, known, lent)) known.add(n);
	for (const n of safe) known.delete(n);
	return known;
}

function equationOutputs(e: Expr, safe: Names, lent: Names): Names {
	const both = sides(e);
	if (both === undefined) return none;
	const [a, b] = both;
	const known = referenceOutputs(both, safe, new Set([...safe, ...lent]));
	lent.clear();
	if (e.assigns) for (const n of termVars(a, new Set())) known.delete(n);
	for (const n of unify(known, a, b)) known.add(n);
	for (const n of safe) known.delete(n);
	return known;
}

function callOutputs(
	operator: Term & { readonly kind: "ref" },
	args: readonly Term[],
	arity: Arity,
	safe: Names,
	lent: Names,
): Names {
	const n = arity(operator);
	if (n < 0) return none;
	lent.clear();
	const out = referenceOutputs([operator, ...args], safe, lent);
	if (n >= args.length) return new Set(out);
	const inputs: Names = new Set();
	for (const t of args.slice(0, n)) termVars(t, inputs, pattern);
	for (const name of inputs) if (!out.has(name) && !safe.has(name)) return none;
	const own = new Set(out);
	for (const t of args.slice(n)) termVars(t, own, pattern);
	for (const name of own) if (!name.startsWith(resultPrefix)) lent.add(name);
	return own;
}

/** Variables in the brackets of references whose heads are safe. */
function referenceOutputs(terms: readonly Term[], safe: Names, out: Names): Names {
	for (const t of terms) {
		switch (t.kind) {
			case "ref": {
				const [head, ...rest] = t.terms;
				if (head?.kind === "var" && !isRootName(head.name) && !safe.has(head.name)) break;
				for (const x of rest) termVars(x, out, { skipRefHead: true });
				break;
			}
			case "array":
			case "set":
				referenceOutputs(t.items, safe, out);
				break;
			case "object":
				for (const [k, v] of t.entries) referenceOutputs([k, v], safe, out);
				break;
			case "call":
				referenceOutputs(t.args, safe, out);
				break;
			default:
		}
	}
	return out;
}

/** Variables that unifying the two makes safe, others being safe. */
function unify(safe: Names, a: Term, b: Term): Names {
	const u = new Unifier(safe);
	u.unify(a, b);
	return u.unified;
}

/** Which variables have values once two terms are equal. Source of the rules: OPA v1/ast/unify.go. */
class Unifier {
	readonly #safe: Names;
	readonly unified: Names = new Set();
	/** Variables that become safe together with one; or that one needs all of. */
	readonly #unknown = new Map<string, Names>();

	constructor(safe: Names) {
		this.#safe = safe;
	}

	#isSafe(name: string): boolean {
		return this.#safe.has(name) || this.unified.has(name);
	}

	unify(a: Term, b: Term): void {
		if (a.kind === "var" && b.kind === "var") {
			if (this.#isSafe(b.name)) this.#mark(a.name);
			else if (this.#isSafe(a.name)) this.#mark(b.name);
			else {
				this.#wait(a.name, b.name);
				this.#wait(b.name, a.name);
			}
		} else if (a.kind === "var") this.#variable(a.name, b);
		else if (b.kind === "var") this.#variable(b.name, a);
		else if (a.kind === "array" && b.kind === "array") {
			if (a.items.length === b.items.length) for (const [i, t] of a.items.entries()) this.unify(t, at(b.items, i));
		} else if (a.kind === "object" && b.kind === "object") {
			if (a.entries.length !== b.entries.length) return;
			for (const [k, v] of a.entries) {
				const other = b.entries.find(([x]) => sameKey(x, k));
				if (other !== undefined) this.unify(v, other[1]);
			}
		} else {
			this.#pattern(a, b);
			this.#pattern(b, a);
		}
	}

	/** An array or object beside something that has a value. */
	#pattern(t: Term, other: Term): void {
		if (t.kind !== "array" && t.kind !== "object") return;
		if (other.kind === "ref" && !this.#isSafeReference(other)) return;
		if (other.kind === "comprehension" && t.kind === "object" && other.of !== "object") return;
		this.#markAll(t);
	}

	#isSafeReference(t: Term & { readonly kind: "ref" }): boolean {
		const head = t.terms[0];
		return head?.kind !== "var" || isRootName(head.name) || this.#safe.has(head.name);
	}

	#variable(name: string, other: Term): void {
		if (other.kind === "ref" && !this.#isSafeReference(other)) return;
		if (other.kind !== "array" && other.kind !== "object") {
			this.#mark(name);
			return;
		}
		if (this.#isSafe(name)) {
			this.#markAll(other);
			return;
		}
		const open = [...patternVars(other)].filter((n) => !this.#isSafe(n));
		if (open.length === 0) this.#mark(name);
		for (const n of open) this.#wait(name, n);
	}

	#wait(name: string, on: string): void {
		const known = this.#unknown.get(name);
		if (known === undefined) this.#unknown.set(name, new Set([on]));
		else known.add(on);
	}

	#markAll(t: Term): void {
		for (const n of patternVars(t)) this.#mark(n);
	}

	#mark(name: string): void {
		this.unified.add(name);
		const together = this.#unknown.get(name);
		this.#unknown.delete(name);
		for (const n of together ?? []) this.#mark(n);
		for (const [n, needs] of [...this.#unknown]) {
			if (!needs.delete(name) || needs.size > 0) continue;
			this.#unknown.delete(n);
			this.#mark(n);
		}
	}
}

function sameKey(a: Term, b: Term): boolean {
	return a.kind === "value" && b.kind === "value" && a.value === b.value;
}

function patternVars(t: Term): Names {
	return termVars(t, new Set(), pattern);
}
