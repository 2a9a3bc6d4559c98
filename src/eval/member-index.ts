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

/** Whether x is in the array. Only for arrays that are never changed in place. */
export function isMember(list: ArrayValue, x: Value): boolean {
	if (list.length >= threshold) {
		const index = indexes.get(list);
		if (index === undefined) indexes.set(list, "asked once");
		else {
			if (index !== "asked once") return index.has(canonicalKey(x));
			const made = new Set<unknown>();
			for (const v of list) made.add(canonicalKey(v));
			indexes.set(list, made);
			return made.has(canonicalKey(x));
		}
	}
	for (const v of list) if (v === x || equal(v, x)) return true;
	return false;
}
