/**
 * Types of literals without variables. A policy's data may be one large literal of which little is
 * looked up, so the type of a composite takes its parts apart only when they are asked for.
 */

import { at } from "../../at.ts";
import type { ArrayTerm, ObjectTerm, SetTerm, Term } from "../../parser/ast.ts";
import { compare, compareStrings } from "../../value/compare.ts";
import { compareTypes, unionOf } from "../../value/type-algebra.ts";
import {
	type ArrayType,
	anyType,
	arrayOf,
	booleanType,
	type Dynamic,
	mapOf,
	nullType,
	numberType,
	type ObjectType,
	type Parts,
	type Property,
	setOf,
	stringType,
	type Type,
	unknownType,
} from "../../value/types.ts";
import { assertNever, isArray, isNumber, isSet, type Value } from "../../value/value.ts";
import { constantValue, isGround } from "../syntax/constant-value.ts";

export function scalarType(v: Value): Type {
	if (typeof v === "string") return stringType;
	if (v === null) return nullType;
	if (typeof v === "boolean") return booleanType;
	// A composite is a scalar only where it is too deep to be taken apart.
	if (typeof v === "object") return isNumber(v) ? numberType : anyType;
	return numberType;
}

/** The type of a set of elements of these types; of those not known OPA makes `any`. */
export function setOfTypes(types: readonly Type[]): Type {
	const of = unionOf(types);
	return setOf(of.kind === "unknown" ? anyType : of);
}

/** A key of an object's type: types know keys as JSON, in which sets are arrays. */
export function jsonKey(v: Value): Value {
	if (typeof v !== "object" || v === null) return v;
	if (isSet(v)) return v.sorted().map(jsonKey);
	return isArray(v) ? v.map(jsonKey) : v;
}

const emptyArray: Type = arrayOf(anyType);
const emptyObject: Type = mapOf(anyType, anyType);
const emptySet: Type = setOf(anyType);

type Composite = ArrayTerm | SetTerm | ObjectTerm;

/**
 * The types of the literals that one check meets. Each is made once: a large literal is asked for as
 * often as a rule refers to it. They are kept here and not in a WeakMap, whose values would live, with
 * the terms they are made from, until the next major collection.
 */
export class Literals {
	readonly #constants: ReadonlySet<Term>;
	readonly #known: Map<Composite, Type | null> = new Map();

	/** Composites known to be made of scalars only need not be gone through to see it. */
	constructor(constants: ReadonlySet<Term> = noTerms) {
		this.#constants = constants;
	}

	/** The type of a composite made of scalars only; undefined for any other. */
	type(t: Composite): Type | undefined {
		let found = this.#known.get(t);
		if (found === undefined) {
			found = this.#constants.has(t) || isGround(t) ? this.#make(t) : null;
			this.#known.set(t, found);
		}
		return found ?? undefined;
	}

	/** The type of a part of a literal; that of a composite is made once. */
	part(t: Term): Type {
		if (t.kind !== "array" && t.kind !== "object" && t.kind !== "set") return this.#make(t);
		let found = this.#known.get(t);
		if (found === undefined || found === null) {
			found = this.#make(t);
			this.#known.set(t, found);
		}
		return found;
	}

	#make(t: Term): Type {
		switch (t.kind) {
			case "scalar":
				return scalarType(t.value);
			case "array":
				return t.items.length === 0 ? emptyArray : new LiteralArray(t, this);
			case "object":
				return t.entries.length === 0 ? emptyObject : new LiteralObject(t, this);
			case "set":
				return t.items.length === 0 ? emptySet : setOfTypes(t.items.map((x) => this.#make(x)));
			case "var":
			case "ref":
			case "call":
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
			case "template-string":
				throw new Error(`a ${t.kind} is no literal`);
			default:
				return assertNever(t, "term");
		}
	}
}

const noTerms: ReadonlySet<Term> = new Set();

/**
 * The order of the types of two literals, without making these where they are alike: the elements of a
 * large literal mostly are. As compareTypes orders them.
 */
function compareLiterals(a: Term, b: Term, of: Literals): number {
	if (a === b) return 0;
	if (a.kind === "array" && b.kind === "array" && a.items.length > 0 && b.items.length > 0)
		return compareItems(a, b, of);
	if (a.kind === "object" && b.kind === "object" && a.entries.length > 0 && b.entries.length > 0) {
		const c = compareAlike(a, b, of);
		if (c !== undefined) return c;
	}
	return compareTypes(of.part(a), of.part(b));
}

function isString(t: Term): boolean {
	return t.kind === "scalar" && typeof t.value === "string";
}

function compareItems(a: ArrayTerm, b: ArrayTerm, of: Literals): number {
	const n = Math.min(a.items.length, b.items.length);
	for (let i = 0; i < n; i++) {
		const x = at(a.items, i);
		const y = at(b.items, i);
		if (isString(x) && isString(y)) continue;
		const c = compareLiterals(x, y, of);
		if (c !== 0) return c;
	}
	return a.items.length - b.items.length;
}

/** The order of two objects with the same names in the same places; undefined for others. */
function compareAlike(a: ObjectTerm, b: ObjectTerm, of: Literals): number | undefined {
	const x = a.entries;
	const y = b.entries;
	if (x.length !== y.length) return undefined;
	for (let i = 0; i < x.length; i++) {
		const name = nameAt(a, i);
		if (name === undefined || name !== nameAt(b, i)) return undefined;
	}
	// Types of objects are compared in order of names: the first of those that differ tells.
	let order = 0;
	let first: string | undefined;
	for (let i = 0; i < x.length; i++) {
		const v = at(x, i)[1];
		const w = at(y, i)[1];
		if (isString(v) && isString(w)) continue;
		const name = nameAt(a, i) as string;
		if (first !== undefined && compareStrings(name, first) >= 0) continue;
		const c = compareLiterals(v, w, of);
		if (c === 0) continue;
		order = c;
		first = name;
	}
	return order;
}

function nameAt(t: ObjectTerm, i: number): string | undefined {
	const key = at(t.entries, i)[0];
	return key.kind === "scalar" && typeof key.value === "string" ? key.value : undefined;
}

class LiteralArray {
	readonly kind = "array";
	readonly partial = false;
	/** The text bounds it. */
	readonly size = 1;
	readonly dynamic: undefined = undefined;
	parts: Parts | undefined = undefined;
	readonly #term: ArrayTerm;
	readonly #of: Literals;
	#items: readonly Type[] | undefined;

	constructor(term: ArrayTerm, of: Literals) {
		this.#term = term;
		this.#of = of;
	}

	get items(): readonly Type[] {
		this.#items ??= this.#term.items.map((t) => this.#of.part(t));
		return this.#items;
	}

	compareTo(other: ArrayType): number | undefined {
		return other instanceof LiteralArray ? compareItems(this.#term, other.#term, this.#of) : undefined;
	}
}

/** An object of at most this many entries is searched for a name as it is. */
const searched = 32;

class LiteralObject {
	readonly kind = "object";
	readonly partial = false;
	/** The text bounds it. */
	readonly size = 1;
	readonly dynamic: Dynamic | undefined = undefined;
	parts: Parts | undefined = undefined;
	readonly #term: ObjectTerm;
	readonly #of: Literals;
	#props: readonly Property[] | undefined;

	constructor(term: ObjectTerm, of: Literals) {
		this.#term = term;
		this.#of = of;
	}

	get props(): readonly Property[] {
		this.#props ??= this.#term.entries
			.map(([k, v]) => ({ key: jsonKey(constantValue(k) as Value), value: this.#of.part(v) }))
			.sort((a, b) => compare(a.key, b.key));
		return this.#props;
	}

	compareTo(other: ObjectType): number | undefined {
		return other instanceof LiteralObject ? compareAlike(this.#term, other.#term, this.#of) : undefined;
	}

	/** The type of what has a name: unknown if nothing has, undefined if that must be looked up in props. */
	named(name: string): Type | undefined {
		const entries = this.#term.entries;
		if (this.#props !== undefined || entries.length > searched) return undefined;
		let found: Term | undefined;
		for (let i = 0; i < entries.length; i++) {
			if (nameAt(this.#term, i) !== name) continue;
			// Of a name given twice, a search in props may find either.
			if (found !== undefined) return undefined;
			found = at(entries, i)[1];
		}
		return found === undefined ? unknownType : this.#of.part(found);
	}
}
