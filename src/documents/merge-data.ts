/**
 * Data documents put together from many files, as OPA's loader does it: objects merge key by key,
 * anything else that meets is a conflict. Documents are never changed; merged objects are new.
 */

import { at } from "../at.ts";
import { getOwn, setOwn } from "../value/collections.ts";
import { isPlainObject, type PlainObject, type Value } from "../value/value.ts";

/** `{a: {b: v}}` for the path a, b. */
export function nestValue(path: readonly string[], v: Value): Value {
	let out = v;
	for (let i = path.length - 1; i >= 0; i--) {
		const outer: { [key: string]: Value } = {};
		setOwn(outer, at(path, i), out);
		out = outer;
	}
	return out;
}

/** Both documents as one, or undefined where they disagree. */
export function mergeData(a: PlainObject, b: PlainObject): PlainObject | undefined {
	const merged = new MergedData();
	return merged.add(a) && merged.add(b) ? merged.data : undefined;
}

/**
 * A document that many are put into, one after the other. What it is given is never changed, and what it has copied
 * once is its own: merging a thousand documents takes the time of writing them down, not that of a thousand copies.
 */
export class MergedData {
	readonly data: PlainObject = {};
	/** What may be changed. */
	readonly #own = new WeakSet<PlainObject>([this.data]);

	/** False where the document disagrees with those before it. Nothing of it is put in then. */
	add(v: PlainObject): boolean {
		if (conflictOf(this.data, v) !== undefined) return false;
		this.#merge(this.data, v);
		return true;
	}

	#merge(into: { [key: string]: Value }, v: PlainObject): void {
		for (const key of Object.keys(v)) {
			const added = getOwn(v, key) as Value;
			const old = getOwn(into, key);
			if (old === undefined || !isPlainObject(old) || !isPlainObject(added)) {
				setOwn(into, key, added);
				continue;
			}
			const inner = this.#own.has(old) ? old : { ...old };
			this.#own.add(inner);
			setOwn(into, key, inner);
			this.#merge(inner, added);
		}
	}
}

/** Where two documents cannot be merged. */
export function conflictOf(a: PlainObject, b: PlainObject): readonly string[] | undefined {
	for (const key of Object.keys(b)) {
		const old = getOwn(a, key);
		if (old === undefined) continue;
		const added = getOwn(b, key) as Value;
		if (!isPlainObject(old) || !isPlainObject(added)) return [key];
		const inner = conflictOf(old, added);
		if (inner !== undefined) return [key, ...inner];
	}
	return undefined;
}

/** The value at a path of object keys. */
export function lookUp(v: Value, path: readonly string[]): Value | undefined {
	let at: Value | undefined = v;
	for (const key of path) {
		if (at === undefined || !isPlainObject(at)) return undefined;
		at = getOwn(at, key);
	}
	return at;
}

/** data with the value at path replaced; `undefined` removes it. What stands in the way gives way. */
export function replaceAt(data: PlainObject, path: readonly string[], v: Value | undefined): PlainObject {
	const [key, ...rest] = path;
	if (key === undefined) return v !== undefined && isPlainObject(v) ? v : {};
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(data)) if (k !== key) setOwn(out, k, getOwn(data, k) as Value);
	const old = getOwn(data, key);
	if (rest.length === 0) {
		if (v !== undefined) setOwn(out, key, v);
		return out;
	}
	const inner = replaceAt(old !== undefined && isPlainObject(old) ? old : {}, rest, v);
	if (v !== undefined || old !== undefined) setOwn(out, key, inner);
	return out;
}
