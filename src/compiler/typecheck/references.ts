/**
 * Whether references can be defined: every element must be a key that what comes before it may have.
 * On the way variables in brackets get the type of the keys.
 */

import { at, at as elementAt } from "../../at.ts";
import type { RegoError } from "../../errors.ts";
import type { Location } from "../../location.ts";
import type { Ref, Term } from "../../parser/ast.ts";
import { compare } from "../../value/compare.ts";
import { isAny, keysOf, select, unrolled, valuesOf } from "../../value/type-algebra.ts";
import { anyType, stringType, type Type, unknownType } from "../../value/types.ts";
import type { Value } from "../../value/value.ts";
import { isReserved } from "../syntax/calls.ts";
import type { TypeNode } from "./documents.ts";
import { jsonKey } from "./literals.ts";
import type { Problems } from "./problems.ts";
import { type Names, type Scope, selectTerm } from "./scope.ts";
import { type Unifier, unifies } from "./unify.ts";

export interface ReferenceReport {
	readonly locate: (r: Ref) => Location;
	/** The reference as it was in the source. */
	readonly asWritten: (r: Ref) => Ref;
	readonly problems: Problems;
}

export class ReferenceChecker {
	readonly #names: Names;
	readonly #typeOf: (scope: Scope, t: Term) => Type;
	readonly #unifier: Unifier;
	readonly #report: ReferenceReport;
	/** The type of the reference last checked, unless a variable in it got its type by that. */
	type: Type | undefined;

	constructor(names: Names, typeOf: (scope: Scope, t: Term) => Type, unifier: Unifier, report: ReferenceReport) {
		this.#names = names;
		this.#typeOf = typeOf;
		this.#unifier = unifier;
		this.#report = report;
	}

	check(scope: Scope, ref: Ref): RegoError | undefined {
		const head = at(ref.terms, 0);
		this.type = undefined;
		if (head.kind !== "var") return this.#checkWhole(scope, ref) ?? this.#inType(scope, anyType, ref, 0);
		if (isReserved(head.name)) {
			this.type = plainDocument(scope, ref.terms);
			if (this.type !== undefined) return undefined;
			this.type = this.#names.reference(scope, ref.terms);
			return this.#checkWhole(scope, ref, this.type) ?? this.#fromScope(scope, scope, ref);
		}
		const type = this.#names.variable(scope, head);
		if (type === unknownType) return this.#checkWhole(scope, ref) ?? this.#inType(scope, anyType, ref, 0);
		this.type = isAny(type) ? type : plainPath(type, ref.terms, 1);
		if (this.type !== undefined) return isAny(type) ? this.#inType(scope, type, ref, 1) : undefined;
		this.type = this.#names.reference(scope, ref.terms);
		return this.#checkWhole(scope, ref, this.type) ?? this.#inType(scope, type, ref, 1);
	}

	/** Functions are called, not referred to. */
	#checkWhole(scope: Scope, ref: Ref, whole = this.#names.reference(scope, ref.terms)): RegoError | undefined {
		return whole.kind === "function" ? this.#unsupported(ref, ref.terms.length - 1, whole) : undefined;
	}

	/** Documents of the scopes from `from` outwards. */
	#fromScope(scope: Scope, from: Scope, ref: Ref): RegoError | undefined {
		const head = at(ref.terms, 0);
		for (let s: Scope | undefined = from; s !== undefined; s = s.next) {
			const node = s.documents?.child(head);
			if (node === undefined) continue;
			return node.isLeaf ? this.#inType(scope, node.value, ref, 1) : this.#inTree(scope, s, node, ref, 1);
		}
		return this.#inType(scope, anyType, ref, 1);
	}

	#inTree(scope: Scope, at: Scope, node: TypeNode, ref: Ref, i: number): RegoError | undefined {
		if (i === ref.terms.length) return undefined;
		const t = elementAt(ref.terms, i);
		// No package is shorter than data.p, so the names of packages and rules come first.
		const isName = t.kind === "var" || (t.kind === "scalar" && typeof t.value === "string");
		if (i <= 2 && !isName) return this.#invalid(ref, i, this.#typeOf(scope, t), stringType, sortedKeys(node));
		if (t.kind === "var") {
			const keys = keysOf(node.extent());
			const known = this.#names.variable(scope, t);
			if (known === unknownType) scope.setVariable(t, keys);
			else if (!unifies(keys, known)) return this.#invalid(ref, i, known, keys, sortedKeys(node));
		}
		const child = node.child(t);
		if (child !== undefined) {
			return child.isLeaf ? this.#inType(scope, child.value, ref, i + 1) : this.#inTree(scope, at, child, ref, i + 1);
		}
		if (at.next !== undefined) return this.#fromScope(scope, at.next, ref);
		// Base documents may have anything here.
		return this.#inType(scope, anyType, ref, 1);
	}

	#inType(scope: Scope, type: Type, ref: Ref, from: number): RegoError | undefined {
		let t = type;
		for (let i = from; i < ref.terms.length; i++) {
			const key = at(ref.terms, i);
			if (key.kind === "scalar") {
				const child = select(t, jsonKey(key.value));
				if (child !== unknownType) {
					t = child;
					continue;
				}
			}
			const keys = keysOf(t);
			if (keys === unknownType) return this.#unsupported(ref, i - 1, t);
			switch (key.kind) {
				case "var":
				case "ref": {
					const known = this.#typeOf(scope, key);
					if (known === unknownType) {
						if (key.kind === "var") scope.setVariable(key, keys);
					} else if (!unifies(known, keys)) return this.#invalid(ref, i, known, keys, namedKeys(t));
					t = valuesOf(t);
					break;
				}
				case "array":
				case "object":
				case "set":
					if (!this.#unifier.term(scope, key, keys, false)) {
						return this.#invalid(ref, i, this.#typeOf(scope, key), keys, undefined);
					}
					t = valuesOf(t);
					break;
				default: {
					const child = selectTerm(t, key);
					if (child === unknownType) return this.#invalid(ref, i, unknownType, keys, namedKeys(t));
					t = child;
				}
			}
		}
		return undefined;
	}

	#unsupported(ref: Ref, position: number, have: Type): RegoError {
		const { problems, asWritten } = this.#report;
		return problems.unsupported(asWritten(ref), position, have, this.#place(ref));
	}

	#invalid(ref: Ref, position: number, have: Type, want: Type, oneOf: readonly Value[] | undefined): RegoError {
		const { problems, asWritten } = this.#report;
		return problems.invalid(asWritten(ref), position, have, want, oneOf, this.#place(ref));
	}

	#place(ref: Ref): Location {
		return this.#report.locate(ref);
	}
}

/**
 * The type of a path of constants that starts with a root document and goes into a rule's value, where
 * there is nothing to say against it: most are such, and need to be followed only once.
 */
function plainDocument(scope: Scope, terms: readonly Term[]): Type | undefined {
	for (let s: Scope | undefined = scope; s !== undefined; s = s.next) {
		let node = s.documents?.child(at(terms, 0));
		if (node === undefined) continue;
		let i = 1;
		while (node !== undefined && !node.isLeaf && i < terms.length) {
			const t = at(terms, i);
			if (t.kind !== "scalar" || (i <= 2 && typeof t.value !== "string")) return undefined;
			node = node.child(t);
			i++;
		}
		return node?.isLeaf === true && !node.hasChildren ? plainPath(node.value, terms, i) : undefined;
	}
	return undefined;
}

/** The type of a path of constants in a type; undefined where it leads nowhere or to a function. */
function plainPath(type: Type, terms: readonly Term[], from: number): Type | undefined {
	let t = type;
	for (let i = from; i < terms.length; i++) {
		const key = at(terms, i);
		if (key.kind !== "scalar" || (typeof key.value === "object" && key.value !== null)) return undefined;
		t = select(t, key.value);
		if (t === unknownType) return undefined;
	}
	return t.kind === "function" ? undefined : t;
}

function sortedKeys(node: TypeNode): Value[] {
	return node.keys().sort(compare);
}

/** Names a type's properties have; undefined if it has none. */
function namedKeys(type: Type): Value[] | undefined {
	const out: Value[] = [];
	const collect = (t0: Type): void => {
		const t = unrolled(t0);
		if (t.kind === "object") for (const p of t.props) out.push(p.key);
		else if (t.kind === "any") for (const m of t.of) collect(m);
	};
	collect(type);
	if (out.length === 0) return undefined;
	return out.sort(compare).filter((v, i) => i === 0 || compare(at(out, i - 1), v) !== 0);
}
