/**
 * Types of literals without variables. A policy's data may be one large literal of which little is
 * looked up, so the type of a composite takes its parts apart only when they are asked for.
 */
import type { ArrayTerm, ObjectTerm, SetTerm, Term } from "../../parser/ast.ts";
import { compare } from "../../value/compare.ts";
import { typeOfValue, unionOf } from "../../value/type-algebra.ts";
import {
	anyType,
	arrayOf,
	booleanType,
	type Dynamic,
	mapOf,
	nullType,
	numberType,
	type Property,
	setOf,
	stringType,
	type Type,
} from "../../value/types.ts";
import { assertNever, isArray, isSet, type Value } from "../../value/value.ts";
import { constantValue, isGround } from "../constant-value.ts";

export function scalarType(v: Value): Type {
	if (typeof v === "string") return stringType;
	if (v === null) return nullType;
	if (typeof v === "boolean") return booleanType;
	if (typeof v === "object") return typeOfValue(v);
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

const known: WeakMap<Composite, Type | null> = new WeakMap();

/** The type of a composite made of scalars only; undefined for any other. */
export function groundType(t: Composite): Type | undefined {
	let found = known.get(t);
	if (found === undefined) {
		found = isGround(t) ? literalType(t) : null;
		known.set(t, found);
	}
	return found ?? undefined;
}

function literalType(t: Term): Type {
	switch (t.kind) {
		case "scalar":
			return scalarType(t.value);
		case "array":
			return t.items.length === 0 ? emptyArray : new LiteralArray(t);
		case "object":
			return t.entries.length === 0 ? emptyObject : new LiteralObject(t);
		case "set":
			return t.items.length === 0 ? emptySet : setOfTypes(t.items.map(literalType));
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

class LiteralArray {
	readonly kind = "array";
	readonly partial = false;
	/** The text bounds it. */
	readonly size = 1;
	readonly dynamic: undefined = undefined;
	readonly #term: ArrayTerm;
	#items: readonly Type[] | undefined;

	constructor(term: ArrayTerm) {
		this.#term = term;
	}

	get items(): readonly Type[] {
		this.#items ??= this.#term.items.map(literalType);
		return this.#items;
	}
}

class LiteralObject {
	readonly kind = "object";
	readonly partial = false;
	/** The text bounds it. */
	readonly size = 1;
	readonly dynamic: Dynamic | undefined = undefined;
	readonly #term: ObjectTerm;
	#props: readonly Property[] | undefined;

	constructor(term: ObjectTerm) {
		this.#term = term;
	}

	get props(): readonly Property[] {
		this.#props ??= this.#term.entries
			.map(([k, v]) => ({ key: jsonKey(constantValue(k) as Value), value: literalType(v) }))
			.sort((a, b) => compare(a.key, b.key));
		return this.#props;
	}
}
