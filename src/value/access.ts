/** Steps into values: what a ref does once its head is a value. */
import { at } from "../at.ts";
import { RegoObject, RegoSet } from "./collections.ts";
import { refuseForeign } from "./foreign.ts";
import { numberText, RegoNumber } from "./number.ts";
import { isNumber, type PlainObject, type Value } from "./value.ts";

/** One step into a value; undefined where there is nothing. */
export function dot(v: Value | undefined, key: Value): Value | undefined {
	if (typeof v !== "object" || v === null) return undefined;
	if (Array.isArray(v)) {
		if (typeof key === "number") return at(v, key);
		if (typeof key !== "object" || !(key instanceof RegoNumber)) return undefined;
		// As OPA reads positions: by their digits, and `1e0` has others than 1.
		return /^-?[0-9]{1,18}(?:\.0*)?$/.test(key.text) ? at(v, Number(key.text)) : undefined;
	}
	// Nearly everything is a plain object: none of our classes need be asked for.
	if (typeof key === "string" && Object.getPrototypeOf(v) === Object.prototype) {
		return Object.hasOwn(v, key) ? (v as PlainObject)[key] : undefined;
	}
	if (v instanceof RegoSet) return v.get(key);
	if (v instanceof RegoObject) return v.get(key);
	if (v instanceof RegoNumber) return undefined;
	if (typeof key === "string" && Object.hasOwn(v, key)) return v[key];
	// Where a Map has nothing of that name it might be asked for an entry.
	refuseForeign(v);
	return undefined;
}

/**
 * One step into base data, which OPA keeps in a store that is read by names: `"1"` is a position in an
 * array, and 1 a name in an object.
 */
export function storedDot(v: Value | undefined, key: Value): Value | undefined {
	const found = dot(v, key);
	if (found !== undefined || typeof v !== "object" || v === null) return found;
	if (Array.isArray(v)) {
		if (typeof key !== "string" || !/^[+-]?[0-9]{1,18}$/.test(key)) return undefined;
		return at(v, Number(key));
	}
	if (!isNumber(key) || v instanceof RegoSet || v instanceof RegoNumber) return undefined;
	const name = numberText(key);
	if (v instanceof RegoObject) return v.stored(name);
	return Object.hasOwn(v, name) ? v[name] : undefined;
}

/** Names that some prototype or class of ours carries: reading them needs a check of ownership. */
const inherited: ReadonlySet<string> = new Set(
	[Object, Array, String, Number, Boolean, BigInt, Function, Map, Set, Date, Promise, RegoSet, RegoObject, RegoNumber]
		.flatMap((c) => Object.getOwnPropertyNames(c.prototype))
		.concat("text"),
);

/**
 * Completes `v?.[key] ?? missing(v, key)`: dot(v, key) for a plain name, cheap where v is a plain
 * object that has it.
 */
export function missing(v: Value | undefined, key: string): Value | undefined {
	if (typeof v !== "object" || v === null) return undefined;
	if (v instanceof RegoSet || v instanceof RegoObject) return v.get(key);
	refuseForeign(v);
	return (v as PlainObject)[key];
}

/**
 * Whether `v?.[key]` is dot(v, key) for every value but sets and objects with other keys: true for
 * nearly all names.
 */
export function isPlainName(key: string): boolean {
	return !inherited.has(key) && !/^(?:0|[1-9][0-9]*)$/.test(key);
}

export function isCollection(v: Value | undefined): boolean {
	return typeof v === "object" && v !== null && !(v instanceof RegoNumber);
}
