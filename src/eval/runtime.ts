/**
 * What both backends call while evaluating: steps into values, entries in OPA's order, collecting
 * into sets and objects with OPA's conflict rules.
 */

import { RegoError } from "../errors.ts";
import { LimitError } from "../limit-error.ts";
import { messageOf } from "../thrown.ts";
import * as access from "../value/access.ts";
import { ObjectBuilder, RegoObject, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { refuseForeign } from "../value/foreign.ts";
import { canonicalKey } from "../value/key.ts";
import { RegoNumber } from "../value/number.ts";
import { isObject, type ObjectValue, type PlainObject, type Value } from "../value/value.ts";
import { namesOf, sizeOfPlain } from "./listings.ts";

/** Calls f with each entry in OPA's order until it returns true; false when v is no collection or none did. */
export function scan(v: Value | undefined, f: (key: Value, value: Value) => boolean, stable = false): boolean {
	if (typeof v !== "object" || v === null) return false;
	if (Array.isArray(v)) {
		for (let i = 0; i < v.length; i++) if (f(i, v[i] as Value)) return true;
		return false;
	}
	if (v instanceof RegoSet) {
		for (const m of v.sorted()) if (f(m, m)) return true;
		return false;
	}
	if (v instanceof RegoObject) {
		for (const [k, x] of v.sorted()) if (f(k, x)) return true;
		return false;
	}
	if (v instanceof RegoNumber) return false;
	const o = v;
	for (const k of namesOf(o, true, stable)) if (f(k, o[k] as Value)) return true;
	return false;
}

/**
 * Keys of a collection that is no array, in OPA's order or in any: names of an object, members of a
 * set; nothing for anything else. `stable`: it is part of base data or of a constant.
 */
export function scanKeys(v: Value, ordered: boolean, stable: boolean): readonly Value[] {
	if (typeof v !== "object" || v === null) return nothing;
	if (v instanceof RegoSet) return ordered ? v.sorted() : [...v.unordered()];
	if (v instanceof RegoObject) return (ordered ? v.sorted() : [...v.unordered()]).map((e) => e[0]);
	if (v instanceof RegoNumber || Array.isArray(v)) return nothing;
	return namesOf(v, ordered, stable);
}

const nothing: readonly Value[] = [];

/**
 * One step into a value: first what tables of data have, and what they have not. What objects and sets
 * inherit is functions, numbers and `__proto__`, so an object by another name is their own.
 */
export function dot(v: Value | undefined, key: Value): Value | undefined {
	if (typeof key === "string" && typeof v === "object" && v !== null && !Array.isArray(v)) {
		const x: unknown = (v as PlainObject)[key];
		if (x === undefined) {
			if (v instanceof RegoSet || v instanceof RegoObject) return v.get(key);
			refuseForeign(v);
			return undefined;
		}
		const isPlain = Object.getPrototypeOf(v) === Object.prototype;
		const isOwn = typeof x === "object" && x !== null && key !== "__proto__" && (isPlain || !(v instanceof RegoNumber));
		if (isOwn) return x as Value;
	}
	return access.dot(v, key);
}

/** One step into base data, which differs where positions and numbers are spelled as names. */
export function storedDot(v: Value | undefined, key: Value): Value | undefined {
	return typeof key === "string" && !Array.isArray(v) ? dot(v, key) : access.storedDot(v, key);
}

/** The value at a key that scanKeys gave: a set's member is its own value. */
export function scanValue(v: Value, key: Value): Value | undefined {
	if (v instanceof RegoSet) return key;
	if (v instanceof RegoObject) return v.get(key);
	return (v as PlainObject)[key as string];
}

/** The elements of an array of exactly n elements, else undefined. */
export function unpackArray(v: Value | undefined, n: number): readonly Value[] | undefined {
	return Array.isArray(v) && v.length === n ? v : undefined;
}

/** Whether v is an object of exactly n entries. */
export function isObjectOf(v: Value | undefined, n: number): v is ObjectValue {
	if (v === undefined || !isObject(v)) return false;
	if (v instanceof RegoObject) return v.size === n;
	return sizeOfPlain(v, false) === n;
}

interface Collected {
	readonly key: Value;
	value: Value | ObjectCollector;
	/** The value, where it is a set that members are added to. */
	readonly members?: RegoSet | undefined;
}

/** Collects an object comprehension or a partial object, nested for general refs. */
export class ObjectCollector {
	readonly #entries: Map<unknown, Collected> = new Map();

	/** Inserts value at path; false on a conflict. */
	insert(path: readonly Value[], value: Value, member: boolean): boolean {
		let node: ObjectCollector = this;
		for (let i = 0; ; i++) {
			const key = path[i] as Value;
			const k = canonicalKey(key);
			const entry = node.#entries.get(k);
			if (i === path.length - 1) return node.#put(k, key, entry, value, member);
			if (entry === undefined) {
				const inner = new ObjectCollector();
				node.#entries.set(k, { key, value: inner });
				node = inner;
			} else if (entry.value instanceof ObjectCollector) node = entry.value;
			else return false;
		}
	}

	#put(k: unknown, key: Value, entry: Collected | undefined, value: Value, member: boolean): boolean {
		if (entry === undefined) {
			const members = member ? new RegoSet().add(value) : undefined;
			this.#entries.set(k, { key, value: members ?? value, members });
			return true;
		}
		if (member) {
			if (entry.members === undefined) return false;
			entry.members.add(value);
			return true;
		}
		if (entry.members !== undefined) return false;
		if (!(entry.value instanceof ObjectCollector)) return equal(entry.value, value);
		// What was put together so far may be the same; nothing is added to it afterwards.
		if (!equal(entry.value.finish(), value)) return false;
		entry.value = value;
		return true;
	}

	finish(): ObjectValue {
		const out = new ObjectBuilder();
		for (const e of this.#entries.values()) {
			out.set(e.key, e.value instanceof ObjectCollector ? e.value.finish() : e.value);
		}
		return out.finish();
	}
}

/**
 * Collects an object comprehension: flat, so cheaper than ObjectCollector. Of equal values, which may be
 * spelled differently, the last stays, as in OPA.
 */
export function insertEntry(builder: ObjectBuilder, key: Value, value: Value): boolean {
	const old = builder.get(key);
	if (old !== undefined && old !== value && !equal(old, value)) return false;
	builder.set(key, value);
	return true;
}

/** Base data merged with the documents rules make; where both have a value that is no object, data wins. */
export function mergeDocuments(base: Value | undefined, virtual: Value): Value {
	if (base === undefined) return virtual;
	if (!isObject(base) || !isObject(virtual)) return base;
	const out = new ObjectBuilder();
	const put = (k: Value, v: Value): void => out.set(k, v);
	eachEntry(base, put);
	eachEntry(virtual, (k, v) => {
		const old = out.get(k);
		out.set(k, old === undefined ? v : mergeDocuments(old, v));
	});
	return out.finish();
}

function eachEntry(o: ObjectValue, f: (k: Value, v: Value) => void): void {
	if (o instanceof RegoObject) {
		for (const [k, v] of o.unordered()) f(k, v);
		return;
	}
	for (const k of Object.keys(o)) {
		const v = o[k];
		if (v !== undefined) f(k, v);
	}
}

export function internalError(e: unknown): RegoError {
	if (e instanceof RegoError) return e;
	// Exceptions of these kinds are limits: of ours, of the host's stack, of how long a text may be.
	if (e instanceof LimitError) return new RegoError("eval_cancel_error", e.message, undefined, { cause: e });
	if (e instanceof RangeError) {
		const reason = /call stack/i.test(e.message) ? "evaluation is nested too deeply" : e.message;
		return new RegoError("eval_cancel_error", reason, undefined, { cause: e });
	}
	const reason = messageOf(e);
	return new RegoError("eval_internal_error", reason, undefined, { cause: e });
}
