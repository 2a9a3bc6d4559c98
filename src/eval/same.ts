/**
 * Equality of what JSON texts hold: objects with the same number of names, whose values are found by
 * name. Whatever else is met is left to equal().
 */
import { at } from "../at.ts";
import { equal } from "../value/compare.ts";
import type { PlainObject, Value } from "../value/value.ts";

export function same(a: Value, b: Value): boolean {
	return sameAt(a, b, 0);
}

/** Values may share parts any number of times, which equal() has an eye on: it is given what is deeper. */
const maxDepth = 2;

function sameAt(a: Value, b: Value, depth: number): boolean {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object") return typeof a !== "string" && equal(a, b);
	if (a === null || b === null) return false;
	if (depth >= maxDepth) return equal(a, b);
	if (Array.isArray(a)) {
		if (!Array.isArray(b) || a.length !== b.length) return false;
		for (let i = 0; i < a.length; i++) {
			const x = at(a, i);
			const y = at(b, i);
			if (x !== y && (typeof x === "string" || !sameAt(x, y, depth + 1))) return false;
		}
		return true;
	}
	if (Array.isArray(b)) return false;
	let names = 0;
	// Most objects that differ do so in their first value: no list of names is made.
	for (const name in a) {
		const x = (a as PlainObject)[name];
		const y = (b as PlainObject)[name];
		// Numbers begin with `text`; sets and objects with other keys have no names.
		if (x === undefined || y === undefined || (names === 0 && name === "text")) return equal(a, b);
		names++;
		if (x === y) continue;
		if (typeof x === "string" && typeof y === "string") return false;
		if (!Object.hasOwn(b, name)) return equal(a, b);
		if (!sameAt(x, y, depth + 1)) return false;
	}
	if (names === 0) return equal(a, b);
	for (const _ in b) names--;
	return names === 0;
}
