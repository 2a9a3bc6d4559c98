/** Static types as OPA's capabilities write them. */

import { getOwn } from "../value/collections.ts";
import { type JsonNode, leaf, record } from "../value/ordered-json.ts";
import {
	anyOf,
	anyType,
	booleanType,
	functionType,
	nullType,
	numberType,
	objectOf,
	setOf,
	stringType,
	type Type,
	tuple,
} from "../value/types.ts";
import { isArray, isPlainObject, type Value } from "../value/value.ts";

export function typeNode(t: Type): JsonNode {
	switch (t.kind) {
		case "array":
			return record([
				["dynamic", t.dynamic && typeNode(t.dynamic)],
				["static", t.items.length === 0 ? undefined : { list: t.items.map(typeNode) }],
				["type", "array"],
			]);
		case "set":
			return record([
				["of", typeNode(t.of)],
				["type", "set"],
			]);
		case "object": {
			const { dynamic, props } = t;
			return record([
				[
					"dynamic",
					dynamic &&
						record([
							["key", typeNode(dynamic.key)],
							["value", typeNode(dynamic.value)],
						]),
				],
				[
					"static",
					props.length === 0
						? undefined
						: {
								list: props.map((p) =>
									record([
										["key", leaf(p.key)],
										["value", typeNode(p.value)],
									]),
								),
							},
				],
				["type", "object"],
			]);
		}
		case "any":
			return record([
				["of", t.of.length === 0 ? undefined : { list: t.of.map(typeNode) }],
				["type", "any"],
			]);
		case "function":
			return record([
				["args", { list: t.args.map(typeNode) }],
				["result", t.result && typeNode(t.result)],
				["variadic", t.variadic && typeNode(t.variadic)],
				["type", "function"],
			]);
		default:
			return record([["type", t.kind]]);
	}
}

/** The type written so; undefined for JSON that is none. */
export function readType(v: Value | undefined): Type | undefined {
	try {
		return read(v);
	} catch (e) {
		if (e instanceof NoType) return undefined;
		throw e;
	}
}

class NoType extends Error {}

function read(v: Value | undefined): Type {
	if (v === undefined || !isPlainObject(v)) throw new NoType();
	const at = (key: string): Value | undefined => getOwn(v, key);
	const optional = (key: string): Type | undefined => (at(key) === undefined ? undefined : read(at(key)));
	switch (at("type")) {
		case "null":
			return nullType;
		case "boolean":
			return booleanType;
		case "number":
			return numberType;
		case "string":
			return stringType;
		case "array":
			return tuple(list(at("static")).map(read), optional("dynamic"));
		case "set":
			return setOf(optional("of") ?? anyType);
		case "object":
			return objectOf(list(at("static")).map(property), dynamicOf(at("dynamic")));
		case "any":
			return anyOf(...list(at("of")).map(read));
		case "function":
			return functionType(list(at("args")).map(read), optional("result"), optional("variadic"));
		default:
			throw new NoType();
	}
}

function list(v: Value | undefined): readonly Value[] {
	if (v === undefined) return [];
	if (!isArray(v)) throw new NoType();
	return v;
}

function property(v: Value): { readonly key: Value; readonly value: Type } {
	if (!isPlainObject(v)) throw new NoType();
	return { key: getOwn(v, "key") ?? null, value: read(getOwn(v, "value")) };
}

function dynamicOf(v: Value | undefined): { readonly key: Type; readonly value: Type } | undefined {
	if (v === undefined) return undefined;
	if (!isPlainObject(v)) throw new NoType();
	return { key: read(getOwn(v, "key")), value: read(getOwn(v, "value")) };
}
