/**
 * Static types: signatures of builtins and functions, and what the type checker infers.
 * The shapes and their printed form follow OPA's v1/types/types.go.
 */
import { compare } from "./compare.ts";
import type { Value } from "./value.ts";

export type Type =
	| { readonly kind: "null" }
	| { readonly kind: "boolean" }
	| { readonly kind: "number" }
	| { readonly kind: "string" }
	| ArrayType
	| SetType
	| ObjectType
	| FunctionType
	| AnyType;

/** Fixed leading elements, then any number of `dynamic`. */
export interface ArrayType {
	readonly kind: "array";
	readonly items: readonly Type[];
	readonly dynamic: Type | undefined;
}

export interface SetType {
	readonly kind: "set";
	readonly of: Type;
}

export interface ObjectType {
	readonly kind: "object";
	readonly props: readonly { readonly key: Value; readonly value: Type }[];
	readonly dynamic: { readonly key: Type; readonly value: Type } | undefined;
}

export interface FunctionType {
	readonly kind: "function";
	readonly args: readonly Type[];
	readonly variadic: Type | undefined;
	/** undefined: void, as `print`. */
	readonly result: Type | undefined;
}

/** A union; with no members it is `any`. */
export interface AnyType {
	readonly kind: "any";
	readonly of: readonly Type[];
}

export const nullType: Type = { kind: "null" };
export const booleanType: Type = { kind: "boolean" };
export const numberType: Type = { kind: "number" };
export const stringType: Type = { kind: "string" };
export const anyType: AnyType = { kind: "any", of: [] };

export function arrayOf(dynamic: Type): ArrayType {
	return { kind: "array", items: [], dynamic };
}

export function tuple(items: readonly Type[], dynamic?: Type): ArrayType {
	return { kind: "array", items, dynamic };
}

export function setOf(of: Type): SetType {
	return { kind: "set", of };
}

export function objectOf(
	props: readonly { readonly key: Value; readonly value: Type }[],
	dynamic?: { readonly key: Type; readonly value: Type },
): ObjectType {
	return { kind: "object", props: [...props].sort((a, b) => compare(a.key, b.key)), dynamic };
}

export function mapOf(key: Type, value: Type): ObjectType {
	return { kind: "object", props: [], dynamic: { key, value } };
}

export function anyOf(...of: readonly Type[]): AnyType {
	return { kind: "any", of };
}

export function functionType(args: readonly Type[], result: Type | undefined, variadic?: Type): FunctionType {
	return { kind: "function", args, result, variadic };
}
