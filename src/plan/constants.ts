/**
 * Constants of a plan as JSON. Values JSON cannot carry exactly are tagged:
 *   {"$n": "18446744073709551615"}   a number that a double would lose
 *   {"$s": [..]}                     a set
 *   {"$o": [[key, value], ..]}       an object with keys that are not strings, or with a key
 *                                    beginning with "$", or `__proto__`
 * Everything else is plain JSON.
 */

import { valueAt } from "../at.ts";
import { RegoObject, RegoSet, setOwn } from "../value/collections.ts";
import { numberFromText, RegoNumber } from "../value/number.ts";
import { isArray, type Value } from "../value/value.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Reads constants from the text encodeConstants made. */
export function decodeConstants(text: string): readonly Value[] {
	return (JSON.parse(text) as readonly Json[]).map(decode);
}

/** A value in its JSON form. */
export function encode(v: Value): Json {
	if (v === null || typeof v === "boolean" || typeof v === "string") return v;
	if (typeof v === "number") return Number.isFinite(v) && !Object.is(v, -0) ? v : { $n: String(v) };
	if (typeof v === "bigint") return { $n: v.toString() };
	if (v instanceof RegoNumber) return { $n: v.text };
	if (isArray(v)) return v.map(encode);
	if (v instanceof RegoSet) return { $s: v.sorted().map(encode) };
	if (v instanceof RegoObject) return { $o: v.sorted().map(([k, x]) => [encode(k), encode(x)]) };
	const o = v;
	const keys = Object.keys(o);
	if (keys.some((k) => k.startsWith("$") || k === "__proto__")) {
		return { $o: keys.map((k) => [k, encode(valueAt(o, k))]) };
	}
	const out: { [key: string]: Json } = {};
	for (const k of keys) out[k] = encode(valueAt(o, k));
	return out;
}

/** The value of a JSON form. */
export function decode(j: Json): Value {
	if (j === null || typeof j !== "object") return j;
	if (Array.isArray(j)) return j.map(decode);
	const o = j;
	if (typeof o.$n === "string") return numberFromText(o.$n);
	if (Array.isArray(o.$s)) return RegoSet.of(o.$s.map(decode));
	if (Array.isArray(o.$o)) {
		const entries = (o.$o as readonly (readonly [Json, Json])[]).map(([k, v]) => [decode(k), decode(v)] as const);
		if (entries.every(([k]) => typeof k === "string")) {
			const plain: { [key: string]: Value } = {};
			for (const [k, v] of entries) setOwn(plain, k as string, v);
			return plain;
		}
		const out = new RegoObject();
		for (const [k, v] of entries) out.set(k, v);
		return out;
	}
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(o)) out[k] = decode(valueAt(o, k));
	return out;
}
