/** Ground terms as values, and values as terms: for keys of the rule tree and for annotations in rules. */

import { at } from "../../at.ts";
import { arrayTerm, objectTerm, scalar, setTerm, type Term } from "../../parser/ast.ts";
import { ObjectBuilder, objectEntries, RegoSet } from "../../value/collections.ts";
import { isArray, isObject, isSet, type Value } from "../../value/value.ts";

/** The value of a literal without variables, refs, calls or comprehensions; undefined for others. */
export function constantValue(t: Term): Value | undefined {
	switch (t.kind) {
		case "scalar":
			return t.value;
		case "array": {
			const out: Value[] = new Array(t.items.length);
			for (let i = 0; i < out.length; i++) {
				const v = constantValue(at(t.items, i));
				if (v === undefined) return undefined;
				out[i] = v;
			}
			return out;
		}
		case "set": {
			const out = new RegoSet();
			for (const item of t.items) {
				const v = constantValue(item);
				if (v === undefined) return undefined;
				out.add(v);
			}
			return out;
		}
		case "object": {
			const out = new ObjectBuilder();
			for (const [key, value] of t.entries) {
				const k = constantValue(key);
				if (k === undefined) return undefined;
				const v = constantValue(value);
				if (v === undefined) return undefined;
				out.set(k, v);
			}
			return out.finish();
		}
		default:
			return undefined;
	}
}

/** A term denoting the value, all of it at one place in the source. */
export function valueTerm(v: Value, start: number, end: number): Term {
	const items = (of: Iterable<Value>): Term[] => Array.from(of, (item) => valueTerm(item, start, end));
	if (isArray(v)) return arrayTerm(items(v), start, end);
	if (isSet(v)) return setTerm(items(v), start, end);
	if (isObject(v)) {
		const entries = objectEntries(v);
		return objectTerm(
			entries.map(([k, value]) => [valueTerm(k, start, end), valueTerm(value, start, end)] as const),
			start,
			end,
		);
	}
	return scalar(v, start, end);
}

/** Made of scalars only. Policies' data are large literals, and this is asked of all of them. */
export function isGround(t: Term): boolean {
	switch (t.kind) {
		case "scalar":
			return true;
		case "array":
		case "set":
			for (const item of t.items) if (!isGround(item)) return false;
			return true;
		case "object":
			for (const entry of t.entries) if (!isGround(entry[0]) || !isGround(entry[1])) return false;
			return true;
		default:
			return false;
	}
}
