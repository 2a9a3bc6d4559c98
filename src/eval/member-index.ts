/**
 * Membership in large arrays that never change: constants of the policy and base data. Such an array
 * is searched once; asked again, its members are hashed, and membership is a lookup from then on.
 */

import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import type { ArrayValue, Value } from "../value/value.ts";

/** Shorter arrays are searched: a search of them is as fast. */
const threshold = 24;

interface MemberIndex {
	/** Canonical keys of the members. */
	readonly keys: ReadonlySet<unknown>;
	/** Whether strings are their own keys: no member begins as those of composite values do. */
	readonly plain: boolean;
}

const indexes = new WeakMap<ArrayValue, MemberIndex | "asked once">();

function indexOf(list: ArrayValue): MemberIndex | undefined {
	if (list.length < threshold) return undefined;
	const index = indexes.get(list);
	if (index === undefined) {
		indexes.set(list, "asked once");
		return undefined;
	}
	if (index !== "asked once") return index;
	const keys = new Set<unknown>();
	let plain = true;
	for (const v of list) {
		const key = canonicalKey(v);
		keys.add(key);
		if (typeof key === "string" && key.charCodeAt(0) === 0) plain = false;
	}
	const made = { keys, plain };
	indexes.set(list, made);
	return made;
}

/**
 * A place in a program that asks whether arrays have members: only arrays that are never changed in
 * place. It keeps the index of the array it asked last.
 */
export class MemberSite {
	#list: ArrayValue | undefined;
	#keys: ReadonlySet<unknown> = new Set();
	#plain = false;

	has(list: ArrayValue, x: Value): boolean {
		if (list !== this.#list) {
			const index = indexOf(list);
			if (index === undefined) {
				for (const v of list) if (v === x || equal(v, x)) return true;
				return false;
			}
			this.#list = list;
			this.#keys = index.keys;
			this.#plain = index.plain;
		}
		return this.#keys.has(this.#plain && typeof x === "string" ? x : canonicalKey(x));
	}
}
