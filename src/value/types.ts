/**
 * Static types: signatures of builtins and functions, and what the type checker infers.
 * The shapes and their printed form follow OPA's v1/types/types.go.
 */
import { compare } from "./compare.ts";
import type { Value } from "./value.ts";

/** A static type, as signatures and the type checker have it. */
export type Type =
	| { readonly kind: "null" }
	| { readonly kind: "boolean" }
	| { readonly kind: "number" }
	| { readonly kind: "string" }
	| ArrayType
	| SetType
	| ObjectType
	| FunctionType
	| AnyType
	| RecursiveType
	| UnknownType;

/** What keysOf and valuesOf (type-algebra.ts) found of a type, which they keep with it. */
export interface Parts {
	keys?: Type;
	values?: Type;
}

/** Fixed leading elements, then any number of `dynamic`. */
export interface ArrayType {
	readonly kind: "array";
	/** Some part of it is unknown. */
	readonly partial: boolean;
	/** How many types it is made of, counted as often as they occur. */
	readonly size: number;
	readonly items: readonly Type[];
	readonly dynamic: Type | undefined;
	parts?: Parts | undefined;
	/** For types that take their parts apart when asked: the order without that, if it can be told. */
	compareTo?(other: ArrayType): number | undefined;
}

export interface SetType {
	readonly kind: "set";
	readonly partial: boolean;
	readonly size: number;
	readonly of: Type;
}

export interface ObjectType {
	readonly kind: "object";
	readonly partial: boolean;
	readonly size: number;
	/** Sorted by key. */
	readonly props: readonly Property[];
	readonly dynamic: Dynamic | undefined;
	parts?: Parts | undefined;
	/** As that of arrays. */
	compareTo?(other: ObjectType): number | undefined;
	/** The type of the property of this name, if it can be told without `props`; unknownType if there is none. */
	named?(name: string): Type | undefined;
}

export interface Property {
	readonly key: Value;
	readonly value: Type;
}

/** Types of the keys and values an object may have besides its named properties. */
export interface Dynamic {
	readonly key: Type;
	readonly value: Type;
}

export interface FunctionType {
	readonly kind: "function";
	readonly partial: boolean;
	readonly args: readonly Type[];
	readonly variadic: Type | undefined;
	/** undefined: void, as `print`. */
	readonly result: Type | undefined;
}

/** A union; with no members it is `any`. */
export interface AnyType {
	readonly kind: "any";
	readonly of: readonly Type[];
	parts?: Parts | undefined;
}

/** A JSON schema's `$ref` to a definition that contains it. */
export interface RecursiveType {
	readonly kind: "recursive";
	readonly name: string;
	/** Set once the definition has been read. */
	type: Type;
}

/** Not inferred (yet): `???`. Only the type checker makes these. */
export interface UnknownType {
	readonly kind: "unknown";
}

export const unknownType: UnknownType = { kind: "unknown" };
export const nullType: Type = { kind: "null" };
export const booleanType: Type = { kind: "boolean" };
export const numberType: Type = { kind: "number" };
export const stringType: Type = { kind: "string" };
export const anyType: AnyType = { kind: "any", of: [] };

/**
 * Types share their parts, so that a few rules can have one that is too large to go through. Beyond this
 * many parts, only the kind of a type is kept.
 */
const sizeLimit = 200_000;

function sizeOf(t: Type | undefined): number {
	if (t === undefined) return 0;
	if (t.kind === "array" || t.kind === "object" || t.kind === "set") return t.size;
	if (t.kind !== "any") return 1;
	let size = 1;
	for (const m of t.of) size += sizeOf(m);
	return size;
}

export function arrayOf(dynamic: Type): ArrayType {
	return tuple([], dynamic);
}

export function tuple(items: readonly Type[], dynamic?: Type): ArrayType {
	let size = 1 + sizeOf(dynamic);
	let partial = dynamic !== undefined && isPartial(dynamic);
	for (const t of items) {
		size += sizeOf(t);
		partial ||= isPartial(t);
	}
	if (size > sizeLimit) return { kind: "array", partial: false, size: 1, items: [], dynamic: anyType };
	return { kind: "array", partial, size, items, dynamic };
}

export function setOf(of: Type): SetType {
	const size = 1 + sizeOf(of);
	if (size > sizeLimit) return { kind: "set", partial: false, size: 1, of: anyType };
	return { kind: "set", partial: isPartial(of), size, of };
}

export function objectOf(props: readonly Property[], dynamic?: Dynamic): ObjectType {
	const sorted = props.length < 2 ? props : [...props].sort((a, b) => compare(a.key, b.key));
	let size = dynamic === undefined ? 1 : 1 + sizeOf(dynamic.key) + sizeOf(dynamic.value);
	let partial = dynamic !== undefined && (isPartial(dynamic.key) || isPartial(dynamic.value));
	for (const p of props) {
		size += sizeOf(p.value);
		partial ||= isPartial(p.value);
	}
	if (size > sizeLimit) {
		return { kind: "object", partial: false, size: 1, props: [], dynamic: { key: anyType, value: anyType } };
	}
	return { kind: "object", partial, size, props: sorted, dynamic };
}

export function mapOf(key: Type, value: Type): ObjectType {
	return objectOf([], { key, value });
}

/** A union of these, in this order; operations on unions want them sorted (see union). */
export function anyOf(...of: readonly Type[]): AnyType {
	return { kind: "any", of };
}

export function functionType(args: readonly Type[], result: Type | undefined, variadic?: Type): FunctionType {
	const partial = args.some(isPartial) || (result !== undefined && isPartial(result));
	return { kind: "function", partial, args, result, variadic };
}

/** Whether the type, or a part of it outside of unions, is unknown. */
export function isPartial(t: Type): boolean {
	switch (t.kind) {
		case "unknown":
			return true;
		case "array":
		case "set":
		case "object":
		case "function":
			return t.partial;
		default:
			return false;
	}
}
