/**
 * Strings, and the keys of plain objects, in OPA's order. The rows of a document mostly have the same keys
 * in the same places, and sorting these again for every comparison takes longer than all the rest of it; so
 * the last few lists of keys are kept with their order, small ones only.
 */
import type { PlainObject } from "./value.ts";

/** Where the order of UTF-16 units is not that of code points. */
const high = /[\ud800-\uffff]/;

/** Sorts by code point, as Go compares UTF-8; `slow` compares strings that the host would order otherwise. */
export function sortStrings(strings: string[], slow: (a: string, b: string) => number): string[] {
	for (const s of strings) if (high.test(s)) return strings.sort(slow);
	// Without a comparison function the host sorts several times faster.
	return strings.sort();
}

interface Order {
	readonly keys: readonly string[];
	readonly sorted: readonly string[];
}

/** By the number of keys. */
const known: (Order | undefined)[] = [];
const maxKeys = 32;
const maxKeyLength = 64;

/** The keys that have a value, in OPA's order. */
export function sortedKeys(o: PlainObject, slow: (a: string, b: string) => number): readonly string[] {
	const keys = Object.keys(o);
	const n = keys.length;
	for (let i = 0; i < n; i++) {
		if (o[keys[i] as string] === undefined) {
			return sortStrings(
				keys.filter((k) => o[k] !== undefined),
				slow,
			);
		}
	}
	if (n < 2) return keys;
	if (n > maxKeys) return sortStrings(keys, slow);
	const before = known[n];
	if (before !== undefined && isSame(before.keys, keys)) return before.sorted;
	const sorted = sortStrings([...keys], slow);
	if (keys.every((k) => k.length <= maxKeyLength)) known[n] = { keys, sorted };
	return sorted;
}

/** Whether keys in order are those that are kept: the same list for the next object that has them. */
export function areKept(sorted: readonly string[]): boolean {
	return known[sorted.length]?.sorted === sorted;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
