/**
 * Which variables an equation binds, given those already bound: OPA's analysis of `a = b`. Terms may
 * still hold nested calls; a call whose variables are bound counts as a bound value.
 */

import { at, last } from "../../at.ts";
import type { Call, Ref, Term, With } from "../../parser/ast.ts";
import { compare } from "../../value/compare.ts";
import { constantValue } from "./constant-value.ts";
import { allVars, bracketed, destructured, directVars, type Names, patternVars } from "./vars.ts";

export type IsBound = (name: string) => boolean;

export function unify(isBound: IsBound, a: Term, b: Term, opaqueTemplates = false): Names {
	const u = new Unifier(isBound, opaqueTemplates);
	u.unify(a, b);
	return u.unified;
}

/** As unify; undefined where it is not plain to see: variables stand for open terms, or are in sets or keys. */
export function unifyPlainly(isBound: IsBound, a: Term, b: Term): Names | undefined {
	if (!isPlain(a) || !isPlain(b)) return undefined;
	const u = new Unifier(isBound, false);
	u.unify(a, b);
	return u.waited ? undefined : u.unified;
}

function isPlain(t: Term): boolean {
	switch (t.kind) {
		case "array":
			return t.items.every(isPlain);
		case "object":
			return t.entries.every(([key, value]) => key.kind === "scalar" && isPlain(value));
		case "set":
			return false;
		default:
			return true;
	}
}

/** A reference can be looked up: what it starts from is bound. */
export function isRefBound(r: Ref, isBound: IsBound): boolean {
	const head = at(r.terms, 0);
	return head.kind === "var" ? isBound(head.name) : allBound(head, isBound);
}

function allBound(t: Term, isBound: IsBound): boolean {
	const vars: Names = new Set();
	directVars(t, vars);
	for (const v of vars) if (!isBound(v)) return false;
	return true;
}

/**
 * The variables `some <patterns> in container` declares: what the patterns bind when everything in
 * the container counts as bound. As in OPA, references in its modifiers are taken for parts of it.
 */
export function memberOutputs(patterns: readonly Term[], container: Term, modifiers: readonly With[]): string[] {
	const known: Names = new Set();
	allVars(container, known);
	const out: Names = new Set();
	const value = last(patterns);
	if (patterns.length > 1) {
		for (const key of patterns.slice(0, -1)) {
			patternVars(key, bracketed, out);
			refOutputs(key, (n) => known.has(n), out);
		}
	}
	refOutputs(value, (n) => known.has(n), out);
	for (const m of modifiers) refOutputs(m.value, (n) => known.has(n), out);
	if (value.kind === "var" || value.kind === "array" || value.kind === "object") patternVars(value, destructured, out);
	return [...out].filter((n) => !known.has(n)).sort();
}

/** Adds the variables in brackets of every reference in t that can be looked up. Closures are left out. */
export function refOutputs(t: Term, isBound: IsBound, out: Names): void {
	switch (t.kind) {
		case "ref":
			if (!isRefBound(t, isBound)) return;
			patternVars(t, bracketed, out);
			for (const x of t.terms) refOutputs(x, isBound, out);
			return;
		case "call":
			for (const x of t.args) refOutputs(x, isBound, out);
			return;
		case "array":
		case "set":
			for (const x of t.items) refOutputs(x, isBound, out);
			return;
		case "object":
			for (const [k, v] of t.entries) {
				refOutputs(k, isBound, out);
				refOutputs(v, isBound, out);
			}
			return;
		default:
	}
}

class Unifier {
	readonly #isBound: IsBound;
	readonly unified: Names = new Set();
	/** Variables had to wait for others, so that some may stand for terms with variables for a while. */
	waited = false;
	/** For a variable, those it will be bound by. */
	readonly #waiting: Map<string, Names> = new Map();

	readonly #opaqueTemplates: boolean;

	constructor(isBound: IsBound, opaqueTemplates: boolean) {
		this.#isBound = isBound;
		this.#opaqueTemplates = opaqueTemplates;
	}

	#isSafe(name: string): boolean {
		return this.#isBound(name) || this.unified.has(name);
	}

	unify(a: Term, b: Term): void {
		switch (a.kind) {
			case "var":
				this.#unifyVar(a.name, b);
				return;
			case "ref":
			case "call":
				this.#unifyKnown(this.#hasValue(a), b);
				return;
			case "array-comprehension":
			case "object-comprehension":
			case "set-comprehension": {
				const matching = a.kind === "array-comprehension" ? "array" : a.kind === "object-comprehension" ? "object" : "";
				if (b.kind === "var") this.#mark(b.name);
				else if (b.kind === matching) this.#markAll(b);
				return;
			}
			case "template-string":
				if (b.kind === "var" || !this.#opaqueTemplates) this.#unifyKnown(true, b);
				return;
			case "array":
				if (b.kind === "array") {
					if (a.items.length !== b.items.length) return;
					for (let i = 0; i < a.items.length; i++) this.unify(at(a.items, i), at(b.items, i));
				} else if (b.kind.endsWith("comprehension")) this.#markAll(a);
				else this.#unifyComposite(a, b);
				return;
			case "object":
				if (b.kind === "object") this.#unifyObjects(a.entries, b.entries);
				else this.#unifyComposite(a, b);
				return;
			default:
				if (b.kind === "var") this.#mark(b.name);
		}
	}

	#unifyVar(name: string, b: Term): void {
		switch (b.kind) {
			case "var":
				if (this.#isSafe(b.name)) this.#mark(name);
				else if (this.#isSafe(name)) this.#mark(b.name);
				else {
					this.#wait(name, b.name);
					this.#wait(b.name, name);
				}
				return;
			case "array":
			case "object":
				this.#unifyAll(name, b);
				return;
			case "ref":
			case "call":
				if (this.#hasValue(b)) this.#mark(name);
				return;
			default:
				this.#mark(name);
		}
	}

	/** b takes the value of something that has one. */
	#unifyKnown(known: boolean, b: Term): void {
		if (!known) return;
		if (b.kind === "var") this.#mark(b.name);
		else if (b.kind === "array" || b.kind === "object") this.#markAll(b);
	}

	#unifyComposite(a: Term, b: Term): void {
		if (b.kind === "var") this.#unifyAll(b.name, a);
		else if ((b.kind === "ref" || b.kind === "call") && this.#hasValue(b)) this.#markAll(a);
		else if (b.kind === "template-string" && !this.#opaqueTemplates) this.#markAll(a);
	}

	#unifyObjects(a: readonly (readonly [Term, Term])[], b: readonly (readonly [Term, Term])[]): void {
		if (a.length !== b.length) return;
		for (const [key, value] of a) {
			const other = b.find(([k]) => sameKey(k, key));
			if (other !== undefined) this.unify(value, other[1]);
		}
	}

	#hasValue(t: Ref | Call): boolean {
		return t.kind === "ref" ? isRefBound(t, this.#isBound) : allBound(t, this.#isBound);
	}

	#markAll(t: Term): void {
		const vars: Names = new Set();
		patternVars(t, destructured, vars);
		for (const v of vars) this.#mark(v);
	}

	#mark(first: string): void {
		const todo = [first];
		for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
			this.unified.add(name);
			const known = this.#waiting.get(name);
			this.#waiting.delete(name);
			if (known !== undefined) todo.push(...known);
			for (const [v, needs] of this.#waiting) if (needs.delete(name) && needs.size === 0) todo.push(v);
		}
	}

	#wait(name: string, on: string): void {
		this.waited = true;
		const known = this.#waiting.get(name);
		if (known === undefined) this.#waiting.set(name, new Set([on]));
		else known.add(on);
	}

	#unifyAll(name: string, t: Term): void {
		if (this.#isSafe(name)) {
			this.#markAll(t);
			return;
		}
		const vars: Names = new Set();
		patternVars(t, destructured, vars);
		let unbound = false;
		for (const v of vars) {
			if (this.#isSafe(v)) continue;
			unbound = true;
			this.#wait(name, v);
		}
		if (!unbound) this.#mark(name);
	}
}

function sameKey(a: Term, b: Term): boolean {
	if (a.kind === "var" && b.kind === "var") return a.name === b.name;
	const x = constantValue(a);
	const y = constantValue(b);
	return x !== undefined && y !== undefined && compare(x, y) === 0;
}
