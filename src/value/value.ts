/**
 * Rego values as JavaScript values. Inputs and data are used as they come, never converted and
 * never mutated.
 *
 *   undefined   JS `undefined` (never inside a value)
 *   null, boolean, string   their JS selves
 *   number      JS `number` | JS `bigint` | RegoNumber (exact decimals and literal spellings such as
 *               `1.0` or `1e400` that a double would lose). All three compare as one numeric type.
 *   array       JS array
 *   object      plain JS object while every key is a string; RegoObject as soon as one is not
 *   set         RegoSet
 *
 * A plain object's own enumerable properties are its entries; prototypes are never consulted.
 */
import { RegoObject, RegoSet } from "./collections.ts";
import { refuseForeign } from "./foreign.ts";
import { RegoNumber } from "./number.ts";

/** A number of any size: see the head of src/value/value.ts for which of the three it is. */
export type NumberValue = number | bigint | RegoNumber;

/** An object whose keys are strings. */
export interface PlainObject {
	readonly [key: string]: Value;
}

/** An array of Rego's values. */
export type ArrayValue = readonly Value[];
/** An object, whatever its keys. */
export type ObjectValue = PlainObject | RegoObject;

/** A value of Rego's, with every digit, as sets and objects with keys of any type. */
export type Value = null | boolean | string | NumberValue | ArrayValue | ObjectValue | RegoSet<Value>;

/** OPA's type names, as `type_name` returns them. */
export type TypeName = "null" | "boolean" | "number" | "string" | "array" | "object" | "set";

export function isNumber(v: Value): v is NumberValue {
	const t = typeof v;
	return t === "number" || t === "bigint" || v instanceof RegoNumber;
}

export function isArray(v: Value): v is ArrayValue {
	return Array.isArray(v);
}

export function isSet(v: Value): v is RegoSet {
	return v instanceof RegoSet;
}

/** Any object, plain or with keys of other types. */
export function isObject(v: Value): v is ObjectValue {
	if (typeof v !== "object" || v === null || Array.isArray(v)) return false;
	return !(v instanceof RegoSet || v instanceof RegoNumber);
}

/** null, a boolean, a number or a string. */
export function isScalar(v: Value): boolean {
	return typeof v !== "object" || v === null || v instanceof RegoNumber;
}

/** An object whose keys are all strings, as in JSON. */
export function isPlainObject(v: Value): v is PlainObject {
	return isObject(v) && !(v instanceof RegoObject);
}

/** An object whose keys are not all strings. */
export function isRegoObject(v: Value): v is RegoObject {
	return v instanceof RegoObject;
}

export function typeName(v: Value): TypeName {
	switch (typeof v) {
		case "string":
			return "string";
		case "boolean":
			return "boolean";
		case "number":
		case "bigint":
			return "number";
		default:
	}
	if (v === null) return "null";
	if (Array.isArray(v)) return "array";
	if (v instanceof RegoSet) return "set";
	if (v instanceof RegoNumber) return "number";
	refuseForeign(v);
	return "object";
}

/** The end of a switch that has a case for everything: what is added later does not compile until it has one, too. */
export function assertNever(x: never, what = "node"): never {
	const { kind, op } = x as { readonly kind?: string; readonly op?: string };
	throw new Error(`unexpected ${what}: ${String(kind ?? op ?? x)}`);
}
