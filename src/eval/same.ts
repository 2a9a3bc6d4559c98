/**
 * Equality of what JSON texts hold: objects with the same number of names, whose values are found by
 * name. Whatever else is met is left to equal().
 */
import { equal } from "../value/compare.ts";
import type { PlainObject, Value } from "../value/value.ts";

export function same(a: Value, b: Value): boolean {
	return sameAt(a, b, 0);
}

/** Values may share parts any number of times, which equal() has an eye on: it is given what is deeper. */
const maxDepth = 2;

function sameAt(a: Value, b: Value, depth: number): boolean {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object") return equal(a, b);
	if (a === null || b === null) return false;
	if (depth >= maxDepth) return equal(a, b);
	if (Array.isArray(a)) {
		if (!Array.isArray(b) || a.length !== b.length) return false;
		for (let i = 0; i < a.length; i++) if (!sameAt(a[i] as Value, b[i] as Value, depth + 1)) return false;
		return true;
	}
	if (Array.isArray(b)) return false;
	const keys = Object.keys(a);
	const others = Object.keys(b);
	// Sets and objects with other keys have no names; numbers begin with `text`.
	if (keys.length === 0 || keys.length !== others.length || keys[0] === "text") return equal(a, b);
	for (let i = 0; i < keys.length; i++) {
		const key = keys[i] as string;
		const x = (a as PlainObject)[key];
		const y = (b as PlainObject)[key];
		if (x === undefined || y === undefined || !(key === others[i] || Object.hasOwn(b, key))) return equal(a, b);
		if (x !== y && !sameAt(x, y, depth + 1)) return false;
	}
	return true;
}
