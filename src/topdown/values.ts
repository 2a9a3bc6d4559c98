/** Documents that `with` puts together, and what is in them. */

import { ObjectBuilder, objectEntries, objectGet } from "../value/collections.ts";
import { isObject, type ObjectValue, type Value } from "../value/value.ts";

/** The document with a value at a path; what is not an object on the way gives way. */
export function withValue(document: Value | undefined, path: readonly Value[], value: Value): Value {
	const [key, ...rest] = path;
	if (key === undefined) return value;
	const out = new ObjectBuilder();
	if (document !== undefined && isObject(document)) {
		for (const [k, v] of objectEntries(document)) out.set(k, v);
	}
	const inner = document !== undefined && isObject(document) ? objectGet(document, key) : undefined;
	out.set(key, withValue(inner, rest, value));
	return out.finish();
}

/** Entries of both; where both have one, and it is no object in both, the first counts. */
export function merge(a: Value, b: Value): Value {
	return isObject(a) && isObject(b) ? mergeObjects(a, b) : a;
}

function mergeObjects(a: ObjectValue, b: ObjectValue): Value {
	const out = new ObjectBuilder();
	for (const [k, v] of objectEntries(b)) out.set(k, v);
	for (const [k, v] of objectEntries(a)) {
		const other = objectGet(b, k);
		out.set(k, other === undefined ? v : merge(v, other));
	}
	return out.finish();
}
