/** Steps into values: what a ref does once its head is a value. */
import { RegoObject, RegoSet } from "./collections.ts";
import { RegoNumber, toBigInt } from "./number.ts";
import type { PlainObject, Value } from "./value.ts";

/** One step into a value; undefined where there is nothing. */
export function dot(v: Value | undefined, key: Value): Value | undefined {
	if (typeof v !== "object" || v === null) return undefined;
	if (Array.isArray(v)) {
		if (typeof key === "number") return v[key] as Value | undefined;
		if (typeof key !== "object" || !(key instanceof RegoNumber)) return undefined;
		const i = toBigInt(key);
		return i === undefined ? undefined : (v[Number(i)] as Value | undefined);
	}
	if (v instanceof RegoSet) return v.get(key);
	if (v instanceof RegoObject) return v.get(key);
	if (v instanceof RegoNumber) return undefined;
	return typeof key === "string" && Object.hasOwn(v, key) ? (v as PlainObject)[key] : undefined;
}

/** Names that some prototype or class of ours carries: reading them needs a check of ownership. */
const inherited: ReadonlySet<string> = new Set(
	[Object, Array, String, Number, Boolean, BigInt, Function, RegoSet, RegoObject, RegoNumber]
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
