/**
 * Whether a body can be evaluated exactly as written, found in one walk over it. Says no too rather
 * than too little: whatever is unusual is left to the careful ordering in safety.ts.
 *
 * The walk follows OPA's steps: the nested calls of an expression first, innermost and leftmost
 * first, then the expression. A step succeeds when each variable in it is bound, or bound by the step
 * itself (brackets of references that can be looked up, patterns of equations).
 */

import { at } from "../../at.ts";
import type { Body, Call, Expr, Term } from "../../parser/ast.ts";
import { assertNever } from "../../value/value.ts";
import type { Compilation } from "../compilation.ts";
import { assignName, eqName, isCallOf } from "../syntax/calls.ts";
import { type Closure, closureVars, isPrintCall } from "../syntax/closures.ts";
import type { BoundVars } from "../syntax/outputs.ts";
import { unifyPlainly } from "../syntax/unify.ts";
import {
	allVars,
	bracketed,
	destructured,
	directVars,
	directVarsInExpr,
	type Names,
	outputArgument,
	patternVars,
	plainVar,
} from "../syntax/vars.ts";
import { replacesByFunction } from "./with-modifiers.ts";

/** A closure met on the way: what was bound by then, and the expression it is in. */
export interface MetClosure {
	readonly node: Closure;
	/** How many of `bindings` came before it. */
	readonly bindings: number;
	readonly from: number;
}

/** Names, the first `size` of which count: an array whose length goes to 0 has to grow anew each time. */
class NameStack {
	readonly #names: string[] = [];
	size = 0;

	push(name: string): void {
		this.#names[this.size++] = name;
	}

	at(i: number): string {
		return at(this.#names, i);
	}

	/** Whether the name is among those from one to (and without) another. */
	has(name: string, from: number, to: number): boolean {
		for (let i = from; i < to; i++) if (this.#names[i] === name) return true;
		return false;
	}

	since(from: number): string[] {
		return this.#names.slice(from, this.size);
	}
}

/** What every walk uses in its turn: they do not nest. */
const needsOfSteps = new NameStack();
const outsOfSteps = new NameStack();

const noClosures: readonly MetClosure[] = [];

export class InOrder {
	readonly #c: Compilation;
	readonly #body: Body;
	readonly #heads: readonly Term[];
	readonly #bound: BoundVars;
	/** Unbound variables of the steps being looked at, innermost last. */
	readonly #needs = needsOfSteps;
	readonly #outs = outsOfSteps;
	#bodyVars: Names | undefined;
	/** `closures`, once there are any. */
	#met: MetClosure[] | undefined;
	#failed = false;
	#negated = false;
	#at = 0;
	/** Variables bound, in order. */
	readonly bindings: string[] = [];
	closures: readonly MetClosure[] = noClosures;

	/** `bound` is written to. */
	constructor(c: Compilation, body: Body, heads: readonly Term[], bound: BoundVars) {
		this.#c = c;
		this.#body = body;
		this.#heads = heads;
		this.#bound = bound;
	}

	succeeds(): boolean {
		this.#needs.size = 0;
		this.#outs.size = 0;
		for (const e of this.#body) {
			this.#expr(e);
			if (this.#failed) return false;
		}
		// Head terms must not bind anything.
		this.#negated = true;
		for (const t of this.#heads) {
			this.#at = t.start;
			this.#step(t);
			if (this.#failed) return false;
		}
		return true;
	}

	/** What OPA makes an expression of its own, whose place errors in closures have. */
	#apart(t: Term, look: () => void): void {
		const place = this.#at;
		this.#at = t.start;
		look();
		this.#at = place;
	}

	/** A step of one term; settled, as every step: all it needs must be bound by now or by the step. */
	#step(t: Term): void {
		if (t.kind === "scalar") return;
		const needs = this.#needs.size;
		const outs = this.#outs.size;
		this.#term(t);
		this.#settle(needs, outs);
	}

	#settle(needs: number, outs: number): void {
		if (this.#failed) return;
		for (let i = needs; i < this.#needs.size; i++) {
			const n = this.#needs.at(i);
			if (!this.#bound.isBound(n) && !this.#outs.has(n, outs, this.#outs.size)) {
				this.#failed = true;
				return;
			}
		}
		if (this.#outs.size > outs) {
			if (this.#negated) {
				this.#failed = true;
				return;
			}
			for (let i = outs; i < this.#outs.size; i++) {
				const n = this.#outs.at(i);
				// An enclosing step met it unbound: as written, it would be looked at too early there.
				if (this.#isPending(n, needs, outs)) {
					this.#failed = true;
					return;
				}
				if (this.#bound.isBound(n)) continue;
				this.#bound.add(n);
				this.bindings.push(n);
			}
			this.#outs.size = outs;
		}
		this.#needs.size = needs;
	}

	#isPending(name: string, needs: number, outs: number): boolean {
		return this.#needs.has(name, 0, needs) || this.#outs.has(name, 0, outs);
	}

	#expr(e: Expr): void {
		this.#at = e.start;
		this.#negated = false;
		if (e.with.length > 0) this.#withs(e);
		const w = e.what;
		switch (w.kind) {
			case "term-expr": {
				const t = w.term;
				this.#negated = e.negated;
				if (t.kind !== "call") this.#step(t);
				else if (isPrintCall(t)) this.#closure(t);
				else if (!e.negated && t.args.length === 2 && (isCallOf(t, eqName) || isCallOf(t, assignName))) {
					this.#equation(t);
				} else this.#call(t, this.#c.outputCalls.size > 0 && this.#c.outputCalls.has(t));
				return;
			}
			case "some": {
				const member = w.symbols[0];
				if (member?.kind === "call") this.#member(member);
				return;
			}
			case "every":
				this.#apart(w.domain, () => this.#step(w.domain));
				this.#closure(w);
				return;
			case "block":
				if (!w.braces) this.#promote(w.body);
				this.#closure(w);
				return;
			case "logical":
				if (!w.leftBraces) this.#promote(w.left);
				if (!w.rightBraces) this.#promote(w.right);
				this.#closure(w);
				return;
			default:
				assertNever(w, "expression");
		}
	}

	/** Values are evaluated first; one that binds anything is taken out by the careful way. */
	#withs(e: Expr): void {
		this.#negated = true;
		for (const w of e.with) {
			const needs = this.#needs.size;
			const outs = this.#outs.size;
			if (w.target.kind === "ref") for (let i = 1; i < w.target.terms.length; i++) this.#term(at(w.target.terms, i));
			if (!replacesByFunction(this.#c, w)) this.#apart(w.value, () => this.#term(w.value));
			this.#settle(needs, outs);
		}
		this.#negated = false;
	}

	/** Operands without braces bind nothing and need all they use. */
	#promote(b: Body): void {
		const vars: Names = new Set();
		for (const e of b) directVarsInExpr(e, vars);
		for (const v of vars) if (!this.#bound.isBound(v)) this.#failed = true;
	}

	#closure(node: Closure): void {
		const vars: Names = new Set();
		closureVars(node, vars);
		for (const v of vars) {
			if (this.#bound.isBound(v)) continue;
			if (this.#mentioned(v)) {
				this.#failed = true;
				return;
			}
		}
		if (this.#met === undefined) {
			this.#met = [];
			this.closures = this.#met;
		}
		this.#met.push({ node, bindings: this.bindings.length, from: this.#at });
	}

	/** Whether the body itself, outside closures, has the variable. */
	#mentioned(name: string): boolean {
		if (this.#bodyVars === undefined) {
			const vars: Names = new Set();
			for (const e of this.#body) {
				directVarsInExpr(e, vars);
				for (const x of e.with) directVars(x.value, vars);
				const w = e.what;
				if (w.kind === "block" && !w.braces) for (const x of w.body) directVarsInExpr(x, vars);
				else if (w.kind === "logical") for (const x of [...w.left, ...w.right]) directVarsInExpr(x, vars);
			}
			for (const t of this.#heads) directVars(t, vars);
			this.#bodyVars = vars;
		}
		return this.#bodyVars.has(name);
	}

	#call(t: Call, output: boolean): void {
		const needs = this.#needs.size;
		const outs = this.#outs.size;
		const inputs = output ? t.args.length - 1 : t.args.length;
		for (let i = 0; i < inputs; i++) this.#term(at(t.args, i));
		if (output) {
			// The result must not be what binds the operands.
			for (let i = needs; i < this.#needs.size; i++) {
				const n = this.#needs.at(i);
				if (!this.#bound.isBound(n) && !this.#outs.has(n, outs, this.#outs.size)) this.#failed = true;
			}
			this.#pattern(at(t.args, inputs), outputArgument);
		}
		this.#settle(needs, outs);
	}

	/** What a pattern binds, and the other variables in it. */
	#pattern(t: Term, filter: typeof outputArgument): void {
		if (t.kind === "scalar") return;
		if (t.kind === "var") {
			if (!this.#bound.isBound(t.name)) this.#outs.push(t.name);
			return;
		}
		// OPA takes variables of closures in brackets for bound: left to the careful way.
		if (holdsClosure(t)) this.#failed = true;
		const vars: Names = new Set();
		patternVars(t, filter, vars);
		for (const v of vars) if (!this.#bound.isBound(v)) this.#outs.push(v);
		this.#term(t);
	}

	#member(t: Call): void {
		const needs = this.#needs.size;
		const outs = this.#outs.size;
		const last = t.args.length - 1;
		const container = at(t.args, last);
		if (container.kind === "ref") this.#term(container);
		else if (container.kind === "var") this.#failed ||= !this.#bound.isBound(container.name);
		else this.#apart(container, () => this.#step(container));
		for (let i = 0; i < last - 1; i++) this.#pattern(at(t.args, i), bracketed);
		const value = at(t.args, last - 1);
		if (value.kind === "var" || value.kind === "array" || value.kind === "object") this.#pattern(value, destructured);
		else this.#term(value);
		this.#settle(needs, outs);
	}

	#equation(t: Call): void {
		const needs = this.#needs.size;
		const outs = this.#outs.size;
		const a = at(t.args, 0);
		const b = at(t.args, 1);
		this.#term(a);
		this.#term(b);
		if (this.#failed) return;
		let unresolved: string[] | undefined;
		for (let i = needs; i < this.#needs.size; i++) {
			const n = this.#needs.at(i);
			if (this.#bound.isBound(n) || this.#outs.has(n, outs, this.#outs.size)) continue;
			unresolved ??= [];
			unresolved.push(n);
		}
		if (unresolved !== undefined) {
			const only = unresolved.length === 1 ? unresolved[0] : undefined;
			const assign = isCallOf(t, assignName);
			if (only !== undefined && a.kind === "var" && a.name === only) this.#outs.push(only);
			else if (only !== undefined && !assign && b.kind === "var" && b.name === only) this.#outs.push(only);
			else {
				const declared: Names = new Set();
				if (assign) allVars(a, declared);
				const known = new Set(this.#outs.since(outs));
				const unified = unifyPlainly((n) => !declared.has(n) && (this.#bound.isBound(n) || known.has(n)), a, b);
				for (const n of unresolved) {
					if (unified?.has(n) !== true) {
						this.#failed = true;
						return;
					}
					this.#outs.push(n);
				}
			}
		}
		this.#settle(needs, outs);
	}

	#term(t: Term): void {
		switch (t.kind) {
			case "scalar":
				return;
			case "var":
				if (!this.#bound.isBound(t.name)) this.#needs.push(t.name);
				return;
			case "ref": {
				const head = at(t.terms, 0);
				switch (head.kind) {
					case "var":
						if (!this.#bound.isBound(head.name)) {
							this.#failed = true;
							return;
						}
						break;
					case "call":
						this.#apart(head, () => this.#call(head, false));
						break;
					default:
						this.#apart(head, () => this.#step(head));
				}
				for (let i = 1; i < t.terms.length; i++) {
					const x = at(t.terms, i);
					if (x.kind !== "scalar") this.#pattern(x, bracketed);
				}
				return;
			}
			case "call":
				this.#apart(t, () => this.#call(t, false));
				return;
			case "array":
			case "set":
				if (!this.#c.constants.has(t)) for (const x of t.items) this.#term(x);
				return;
			case "object":
				if (this.#c.constants.has(t)) return;
				for (const [k, v] of t.entries) {
					this.#term(k);
					this.#term(v);
				}
				return;
			case "template-string":
				for (const p of t.parts) {
					const name = typeof p === "string" ? undefined : plainVar(p);
					if (name !== undefined && !this.#bound.isBound(name)) this.#needs.push(name);
				}
				this.#apart(t, () => this.#closure(t));
				return;
			default:
				this.#closure(t);
		}
	}
}

function holdsClosure(t: Term): boolean {
	switch (t.kind) {
		case "scalar":
		case "var":
			return false;
		case "ref":
			return t.terms.some(holdsClosure);
		case "call":
			return t.args.some(holdsClosure);
		case "array":
		case "set":
			return t.items.some(holdsClosure);
		case "object":
			return t.entries.some(([key, value]) => holdsClosure(key) || holdsClosure(value));
		default:
			return true;
	}
}
