/**
 * The variables an expression binds when it is evaluated with others already bound: OPA's output
 * variables, for any expression whether or not nested calls were taken out of it.
 */

import { at, last } from "../../at.ts";
import type { Body, Call, Expr, Term } from "../../parser/ast.ts";
import type { Compilation } from "../compilation.ts";
import { assignName, eqName, isCallOf } from "./calls.ts";
import { isPrintCall } from "./closures.ts";
import { type IsBound, isRefBound, refOutputs, unify } from "./unify.ts";
import {
	allVars,
	bracketed,
	destructured,
	directVars,
	type Names,
	outputArgument,
	patternVars,
	withVars,
} from "./vars.ts";

/** Bound variables of one body, on top of those of the bodies around it. */
export class BoundVars {
	readonly #outer: BoundVars | undefined;
	/** Made for the first of them: many bodies bind nothing. */
	#names: Names | undefined;
	#has: IsBound | undefined;

	constructor(outer?: BoundVars) {
		this.#outer = outer;
	}

	static readonly roots: BoundVars = BoundVars.of(["data", "input"]);

	static of(names: Iterable<string>, outer?: BoundVars): BoundVars {
		const out = new BoundVars(outer);
		for (const n of names) out.add(n);
		return out;
	}

	add(name: string): void {
		this.#names ??= new Set();
		this.#names.add(name);
	}

	addAll(names: Iterable<string>): void {
		for (const n of names) this.add(n);
	}

	/** Whether the variable is bound here or further out. */
	isBound(name: string): boolean {
		for (let b: BoundVars | undefined = this; b !== undefined; b = b.#outer)
			if (b.#names?.has(name) === true) return true;
		return false;
	}

	/** isBound as a function that can be handed on. */
	get has(): IsBound {
		this.#has ??= (name) => this.isBound(name);
		return this.#has;
	}
}

/** Adds what the body binds, expression by expression in the order written. */
export function addBodyOutputs(c: Compilation, body: Body, bound: BoundVars, opaqueTemplates: boolean): void {
	for (const e of body) bound.addAll(expressionOutputs(c, e, bound.has, opaqueTemplates));
}

const none: Names = new Set();

/**
 * Variables bound by e that were not bound before. Template strings are calls, with values patterns can
 * take apart, except at the stage that checks them (opaqueTemplates).
 */
export function expressionOutputs(c: Compilation, e: Expr, isBound: IsBound, opaqueTemplates = false): Names {
	if (e.negated) return none;
	for (const w of e.with) {
		const vars: Names = new Set();
		withVars(w, vars);
		for (const v of vars) if (!isBound(v)) return none;
	}
	const w = e.what;
	switch (w.kind) {
		case "term-expr":
			return w.term.kind === "call"
				? callOutputs(c, w.term, isBound, opaqueTemplates)
				: fresh(termOutputs(w.term, isBound), isBound);
		case "some": {
			const member = w.symbols[0];
			return member?.kind === "call" ? memberBindings(member, isBound) : none;
		}
		case "every":
			return fresh(termOutputs(w.domain, isBound), isBound);
		default:
			return none;
	}
}

function termOutputs(t: Term, isBound: IsBound): Names {
	const out: Names = new Set();
	refOutputs(t, isBound, out);
	return out;
}

function fresh(names: Names, isBound: IsBound): Names {
	for (const n of names) if (isBound(n)) names.delete(n);
	return names;
}

function callOutputs(c: Compilation, call: Call, isBound: IsBound, opaqueTemplates: boolean): Names {
	if (isCallOf(call, eqName) || isCallOf(call, assignName)) {
		return equationOutputs(call, isBound, opaqueTemplates);
	}
	const arity = c.arity(call.operator);
	// Operands of a print are closures.
	if (arity < 0 || isPrintCall(call)) return none;
	const out: Names = new Set();
	for (const a of call.args) refOutputs(a, isBound, out);
	if (call.args.length > arity) {
		const inputs: Names = new Set();
		for (const a of call.args.slice(0, arity)) patternVars(a, outputArgument, inputs);
		for (const v of inputs) if (!out.has(v) && !isBound(v)) return none;
		for (const a of call.args.slice(arity)) patternVars(a, outputArgument, out);
	}
	return fresh(out, isBound);
}

/** `a = b` or `a := b`. What `:=` declares never helps to bind its right side. */
function equationOutputs(call: Call, isBound: IsBound, opaqueTemplates: boolean): Names {
	if (call.args.length !== 2) return none;
	const [a, b] = call.args as readonly [Term, Term];
	const out: Names = new Set();
	refOutputs(a, isBound, out);
	refOutputs(b, isBound, out);
	const declared: Names = new Set();
	if (isCallOf(call, assignName)) allVars(a, declared);
	const known: IsBound = (n) => !declared.has(n) && (isBound(n) || out.has(n));
	const unified = unify(known, a, b, opaqueTemplates);
	for (const n of unified) out.add(n);
	return fresh(out, isBound);
}

/** `some k, v in xs` is `v = xs[k]`. */
export function memberBindings(member: Call, isBound: IsBound): Names {
	const container = last(member.args);
	const value = member.args.at(-2) as Term;
	const key = member.args.length === 3 ? at(member.args, 0) : undefined;
	const out: Names = new Set();
	refOutputs(value, isBound, out);
	if (!isContainerBound(container, isBound)) return fresh(out, isBound);
	for (const part of [container, key]) {
		if (part === undefined) continue;
		if (part === container && part.kind !== "ref") refOutputs(part, isBound, out);
		else patternVars(part, bracketed, out);
		refOutputs(part, isBound, out);
	}
	if (value.kind === "var" || value.kind === "array" || value.kind === "object") patternVars(value, destructured, out);
	return fresh(out, isBound);
}

function isContainerBound(t: Term, isBound: IsBound): boolean {
	if (t.kind === "ref") return isRefBound(t, isBound);
	const vars: Names = new Set();
	directVars(t, vars);
	for (const v of vars) if (!isBound(v)) return false;
	return true;
}
