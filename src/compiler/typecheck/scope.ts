/**
 * What is known of types at one point of a policy: variables of the body and of the bodies around it,
 * documents, and documents that a `with` or a schema replaces for an expression or a rule. Scopes are a
 * list from the innermost outwards; a lookup that leads nowhere in one starts over in the next, as
 * OPA's does.
 */

import { at, at as elementAt } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import type { Ref, Term, Var } from "../../parser/ast.ts";
import { isAny, select, valuesOf } from "../../value/type-algebra.ts";
import { anyType, type FunctionType, type Type, unknownType } from "../../value/types.ts";
import { isReserved, operatorName } from "../syntax/calls.ts";
import { constantValue, isGround } from "../syntax/constant-value.ts";
import { isCut } from "../syntax/shallow.ts";
import type { TypeNode } from "./documents.ts";
import { jsonKey } from "./literals.ts";
import { signatureOf } from "./signatures.ts";

/** A variable the checker makes for the value of a nested term, as OPA does in a stage of its own. */
export class Generated implements Var {
	readonly kind = "var";
	readonly name: string;
	readonly start: number;
	readonly end: number;
	/** The term it stands for; undefined where OPA has none to show. */
	readonly subject: Term | undefined;
	type: Type = unknownType;

	constructor(at: Term, subject: Term | undefined, name = "__local__") {
		this.name = name;
		this.start = at.start;
		this.end = at.end;
		this.subject = subject;
	}
}

/** How many variables a body may have before they are kept in a map. */
const listed = 24;

/** A variable and those that got their types before it. */
class Known {
	readonly name: string;
	type: Type;
	readonly next: Known | undefined;

	constructor(name: string, type: Type, next: Known | undefined) {
		this.name = name;
		this.type = type;
		this.next = next;
	}
}

/** Types of variables. Most bodies have few: a list of them is a fraction of the size of a map. */
class Variables {
	#first: Known | undefined;
	#count = 0;
	#map: Map<string, Type> | undefined;

	get(name: string): Type | undefined {
		if (this.#map !== undefined) return this.#map.get(name);
		for (let k = this.#first; k !== undefined; k = k.next) if (k.name === name) return k.type;
		return undefined;
	}

	set(name: string, type: Type): void {
		if (this.#map !== undefined) {
			this.#map.set(name, type);
			return;
		}
		for (let k = this.#first; k !== undefined; k = k.next) {
			if (k.name !== name) continue;
			k.type = type;
			return;
		}
		this.#first = new Known(name, type, this.#first);
		if (++this.#count <= listed) return;
		this.#map = new Map();
		for (let k: Known | undefined = this.#first; k !== undefined; k = k.next) this.#map.set(k.name, k.type);
		this.#first = undefined;
	}
}

export class Scope {
	/** Shared with the enclosing scope where only documents differ. */
	readonly #vars: Variables;
	readonly documents: TypeNode | undefined;
	readonly next: Scope | undefined;

	private constructor(vars: Variables, documents: TypeNode | undefined, next: Scope | undefined) {
		this.#vars = vars;
		this.documents = documents;
		this.next = next;
	}

	static base(documents: TypeNode): Scope {
		return new Scope(new Variables(), documents, undefined);
	}

	/** For a body of its own: what it infers of variables ends with it. */
	body(documents?: TypeNode): Scope {
		return new Scope(new Variables(), documents, this);
	}

	/** With some documents replaced; variables stay those of this scope. */
	replacing(documents: TypeNode): Scope {
		return new Scope(this.#vars, documents, this);
	}

	variable(name: string): Type {
		for (let s: Scope | undefined = this; s !== undefined; s = s.next) {
			const t = s.#vars.get(name);
			if (t !== undefined) return t;
		}
		return unknownType;
	}

	setVariable(v: Var, type: Type): void {
		if (v instanceof Generated) v.type = type;
		else this.setNamed(v.name, type);
	}

	setNamed(name: string, type: Type): void {
		// Parts of a deeply nested term: its type would be as deep.
		this.#vars.set(name, isCut(name) ? anyType : type);
	}
}

/** Types of names and references. */
export class Names {
	readonly #builtins: ReadonlyMap<string, Builtin>;

	constructor(builtins: ReadonlyMap<string, Builtin>) {
		this.#builtins = builtins;
	}

	variable(scope: Scope, v: Var): Type {
		if (v instanceof Generated) return v.type;
		if (isReserved(v.name)) return this.#document(scope, [v]);
		const t = scope.variable(v.name);
		if (t !== unknownType) return t;
		return this.builtin(v.name) ?? unknownType;
	}

	builtin(name: string): FunctionType | undefined {
		const b = this.#builtins.get(name);
		return b === undefined ? undefined : signatureOf(b).type;
	}

	/** What a call's operator, or a function named in a `with`, is. */
	operator(scope: Scope, operator: Ref): Type {
		return this.called(scope, operator, operatorName(operator));
	}

	/** As operator, given the operator's name. */
	called(scope: Scope, operator: Ref, name: string | undefined): Type {
		const b = name === undefined ? undefined : this.builtin(name);
		if (b === undefined) return this.reference(scope, operator.terms);
		// A variable `regex` hides regex.match.
		const head = at(operator.terms, 0);
		const hiding = operator.terms.length > 1 && head.kind === "var" ? scope.variable(head.name) : unknownType;
		return hiding === unknownType ? b : lookUp(hiding, operator.terms, 1);
	}

	reference(scope: Scope, terms: readonly Term[]): Type {
		const head = at(terms, 0);
		if (head.kind !== "var") return unknownType;
		if (isReserved(head.name)) return this.#document(scope, terms);
		const t = this.variable(scope, head);
		if (t !== unknownType) return lookUp(t, terms, 1);
		const name = operatorName({ kind: "ref", terms, start: 0, end: 0 });
		return (name === undefined ? undefined : this.builtin(name)) ?? unknownType;
	}

	#document(scope: Scope, terms: readonly Term[]): Type {
		for (let s: Scope | undefined = scope; s !== undefined; s = s.next) {
			const node = s.documents?.child(at(terms, 0));
			if (node === undefined) continue;
			const found = inTree(node, terms, 1);
			if (found !== undefined) return found;
		}
		return anyType;
	}
}

/** Undefined where the tree ends. */
function inTree(node: TypeNode, terms: readonly Term[], at: number): Type | undefined {
	if (at === terms.length) return node.extent();
	const t = elementAt(terms, at);
	if (node.isLeaf) {
		const child = node.child(t);
		return child === undefined ? lookUp(node.value, terms, at) : inTree(child, terms, at + 1);
	}
	if (t.kind !== "scalar" && !isGround(t)) return lookUp(node.extent(), terms, at);
	const child = node.child(t);
	return child === undefined ? undefined : inTree(child, terms, at + 1);
}

/** The type found by following terms from a type. */
function lookUp(type: Type, terms: readonly Term[], from: number): Type {
	let t = type;
	for (let i = from; i < terms.length && t !== unknownType; i++) {
		const key = at(terms, i);
		if (isAny(t)) return t;
		t = key.kind === "scalar" ? select(t, key.value) : valuesOf(t);
	}
	return t;
}

/** The type of a constant key in a type. */
export function selectTerm(t: Type, key: Term): Type {
	const value = constantValue(key);
	return value === undefined ? unknownType : select(t, jsonKey(value));
}
