/**
 * Membership in large arrays that never change: constants of the policy and base data. Such an array
 * is searched once; asked again, its members are hashed, and membership is a lookup from then on.
 */

import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import type { ArrayValue, Value } from "../value/value.ts";

/** Shorter arrays are searched: a search of them is as fast. */
const threshold = 24;

const indexes = new WeakMap<ArrayValue, ReadonlySet<unknown> | "asked once">();

function indexOf(list: ArrayValue): ReadonlySet<unknown> | undefined {
	if (list.length < threshold) return undefined;
	const index = indexes.get(list);
	if (index === undefined) {
		indexes.set(list, "asked once");
		return undefined;
	}
	if (index !== "asked once") return index;
	const made = new Set<unknown>();
	for (const v of list) made.add(canonicalKey(v));
	indexes.set(list, made);
	return made;
}

/**
 * A place in a program that asks whether arrays have members: only arrays that are never changed in
 * place. It keeps the index of the array it asked last.
 */
export class MemberSite {
	#list: ArrayValue | undefined;
	#index: ReadonlySet<unknown> | undefined;

	has(list: ArrayValue, x: Value): boolean {
		if (list !== this.#list) {
			const index = indexOf(list);
			if (index === undefined) {
				for (const v of list) if (v === x || equal(v, x)) return true;
				return false;
			}
			this.#list = list;
			this.#index = index;
		}
		return (this.#index as ReadonlySet<unknown>).has(canonicalKey(x));
	}
}
