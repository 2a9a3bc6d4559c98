/**
 * OPA's total order of values: null < boolean < number < string < array < object < set; strings by
 * code point (Go compares UTF-8 bytes), arrays element by element then by length, objects key by key,
 * each key followed by its value, then by size, sets as sorted arrays.
 * Source of the rules: OPA v1/ast/compare.go and the Compare methods of v1/ast/term.go.
 */

import { at } from "../at.ts";
import type { RegoSet } from "./collections.ts";
import { objectEntries } from "./collections.ts";
import { refuseForeign } from "./foreign.ts";
import { sortedKeys, sortStrings } from "./key-order.ts";
import { compareNumbers } from "./number.ts";
import { toUtf8 } from "./utf8.ts";
import {
	type ArrayValue,
	isArray,
	isNumber,
	isObject,
	isPlainObject,
	isRegoObject,
	isSet,
	type NumberValue,
	type ObjectValue,
	type PlainObject,
	type Value,
} from "./value.ts";

/** OPA's total order of values: below 0, 0 or above 0, as Array.sort wants it. */
export function compare(a: Value, b: Value): number {
	return compareAt(a, b, 0);
}

/** Sorts values, in place. */
export function sortValues(values: Value[]): Value[] {
	if (values.every((v) => typeof v === "string")) return sortStrings(values, compareStrings);
	const plain: readonly Value[] = values;
	if (plain.length < 3 || !plain.every(isPlainObject)) return values.sort(compare);
	for (const [i, v] of sortedPlain(plain).entries()) values[i] = v;
	return values;
}

/** Objects, whose keys are put in order once for each instead of at every comparison. */
function sortedPlain(objects: readonly PlainObject[]): readonly PlainObject[] {
	const rows = objects.map((object) => {
		refuseForeign(object);
		return { object, keys: sortedKeys(object, compareStrings) };
	});
	return rows.sort((x, y) => compareKeyed(x.object, x.keys, y.object, y.keys, 1)).map((r) => r.object);
}

function compareAt(a: Value, b: Value, depth: number): number {
	if (a === b) return 0;
	if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
	const ra = rank(a);
	const rb = rank(b);
	if (ra !== rb) return ra < rb ? -1 : 1;
	switch (ra) {
		case 1:
			return a === true ? 1 : -1;
		case 2:
			return compareNumbers(a as NumberValue, b as NumberValue);
		case 4:
		case 5:
		case 6: {
			if (depth >= stackDepth) return compareDeep(a, b);
			const deep = depth >= knownDepth;
			if (deep && isKnown(a as object, b as object)) return 0;
			let c: number;
			if (ra === 4) c = compareArrays(a as ArrayValue, b as ArrayValue, depth + 1);
			else if (ra === 5) c = compareObjects(a as ObjectValue, b as ObjectValue, depth + 1);
			else c = compareArrays((a as RegoSet).sorted(), (b as RegoSet).sorted(), depth + 1);
			if (deep && c === 0) know(a as object, b as object);
			return c;
		}
		default:
			return 0;
	}
}

/**
 * A value may hold another many times over (`r1 := [r0, r0]`, and so on: 2^40 elements, forty arrays).
 * From this depth on, pairs found equal are remembered, so that comparing takes as long as the values
 * are big in memory. Values never change, so what is known stays true.
 */
const knownDepth = 4;
const known = new WeakMap<object, WeakSet<object>>();

function isKnown(a: object, b: object): boolean {
	return known.get(a)?.has(b) === true;
}

function know(a: object, b: object): void {
	const others = known.get(a);
	if (others === undefined) known.set(a, new WeakSet([b]));
	else others.add(b);
}

/** Deeper than this the stack may not bear recursion. */
const stackDepth = 1000;

/** As compareAt, on a stack of our own: pairs yet to be compared, and what decides where all before it is equal. */
function compareDeep(x: Value, y: Value): number {
	const rest: (readonly [Value, Value] | number)[] = [[x, y]];
	/** Pairs that were begun, and are equal if we get to see them again: nothing is inside itself. */
	const begun = new Map<Value, Set<Value>>();
	for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
		if (typeof next === "number") {
			if (next !== 0) return next;
			continue;
		}
		const [a, b] = next;
		if (a === b) continue;
		const ra = rank(a);
		if (ra < 4 || rank(b) !== ra) {
			const c = compareAt(a, b, 0);
			if (c !== 0) return c;
			continue;
		}
		const others = begun.get(a) ?? new Set();
		if (others.has(b)) continue;
		begun.set(a, others.add(b));
		const [p, q] = [membersOf(a), membersOf(b)];
		rest.push(p.length - q.length);
		for (let i = Math.min(p.length, q.length) - 1; i >= 0; i--) rest.push([at(p, i), at(q, i)]);
	}
	return 0;
}

/** What an order goes by: elements, or keys each followed by its value. */
function membersOf(v: Value): readonly Value[] {
	if (isArray(v)) return v;
	if (isSet(v)) return v.sorted();
	return isObject(v) ? objectEntries(v).flat() : [];
}

function rank(v: Value): number {
	switch (typeof v) {
		case "boolean":
			return 1;
		case "number":
		case "bigint":
			return 2;
		case "string":
			return 3;
		default:
	}
	if (v === null) return 0;
	if (isArray(v)) return 4;
	if (isNumber(v)) return 2;
	return isSet(v) ? 6 : 5;
}

/**
 * UTF-8 byte order, which is code point order. UTF-16 order differs only where a surrogate meets a
 * unit above U+DFFF, so only then is there anything to correct.
 */
export function compareStrings(a: string, b: string): number {
	if (a === b) return 0;
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) {
		const x = a.charCodeAt(i);
		const y = b.charCodeAt(i);
		if (x !== y) {
			if (x < 0xd800 && y < 0xd800) return x < y ? -1 : 1;
			if (isStray(a, i) || isStray(b, i)) return compareBytes(toUtf8(a.slice(i)), toUtf8(b.slice(i)));
			if (x >= 0xd800 && y >= 0xd800) return fixup(x) - fixup(y) < 0 ? -1 : 1;
			return x < y ? -1 : 1;
		}
	}
	return a.length < b.length ? -1 : 1;
}

/** A byte that belongs to no character: see utf8.ts. */
function isStray(s: string, i: number): boolean {
	return (s.charCodeAt(i) & 0xfc00) === 0xdc00 && (i === 0 || (s.charCodeAt(i - 1) & 0xfc00) !== 0xd800);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number) ? -1 : 1;
	return a.length < b.length ? -1 : 1;
}

/** Moves surrogates above the rest of the basic plane. */
function fixup(unit: number): number {
	return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

function compareArrays(a: ArrayValue, b: ArrayValue, depth: number): number {
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) {
		const c = compareAt(a[i] as Value, b[i] as Value, depth);
		if (c !== 0) return c;
	}
	return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

function comparePlain(a: PlainObject, b: PlainObject, depth: number): number {
	refuseForeign(a);
	refuseForeign(b);
	return compareKeyed(a, sortedKeys(a, compareStrings), b, sortedKeys(b, compareStrings), depth);
}

type Keys = readonly string[];

/** Objects with their keys, in order. */
function compareKeyed(a: PlainObject, x: Keys, b: PlainObject, y: Keys, depth: number): number {
	if (a === b) return 0;
	const n = Math.min(x.length, y.length);
	for (let i = 0; i < n; i++) {
		const ka = x[i] as string;
		const kb = y[i] as string;
		const c = (ka === kb ? 0 : compareStrings(ka, kb)) || compareAt(a[ka] as Value, b[kb] as Value, depth);
		if (c !== 0) return c;
	}
	return x.length === y.length ? 0 : x.length < y.length ? -1 : 1;
}

function compareObjects(a: ObjectValue, b: ObjectValue, depth: number): number {
	if (!isRegoObject(a) && !isRegoObject(b)) return comparePlain(a, b, depth);
	const x = objectEntries(a);
	const y = objectEntries(b);
	const n = Math.min(x.length, y.length);
	for (let i = 0; i < n; i++) {
		const [ka, va] = x[i] as readonly [Value, Value];
		const [kb, vb] = y[i] as readonly [Value, Value];
		const c = compareAt(ka, kb, depth) || compareAt(va, vb, depth);
		if (c !== 0) return c;
	}
	return x.length === y.length ? 0 : x.length < y.length ? -1 : 1;
}

/** Equality without ordering: the hot path of `==`. */
export function equal(a: Value, b: Value): boolean {
	return equalAt(a, b, 0);
}

function equalAt(a: Value, b: Value, depth: number): boolean {
	if (a === b) return true;
	const t = typeof a;
	if (t !== "object") {
		// number, bigint and RegoNumber are one numeric type; other scalars are equal only if identical
		if (t === "string" || t === "boolean") return false;
		return isNumber(b) && compareNumbers(a as NumberValue, b) === 0;
	}
	if (a === null || b === null) return false;
	if (depth >= stackDepth && !isNumber(a)) return compareDeep(a, b) === 0;
	if (isArray(a)) {
		if (!isArray(b) || a.length !== b.length) return false;
		const deep = depth >= knownDepth;
		if (deep && isKnown(a, b)) return true;
		for (let i = 0; i < a.length; i++) if (!equalAt(a[i] as Value, b[i] as Value, depth + 1)) return false;
		if (deep) know(a, b);
		return true;
	}
	if (isNumber(a)) return isNumber(b) && compareNumbers(a, b) === 0;
	if (typeof b !== "object" || isArray(b) || isNumber(b)) return false;
	if (isSet(a)) {
		if (!isSet(b) || a.size !== b.size) return false;
		for (const v of a.unordered()) if (!b.has(v)) return false;
		return true;
	}
	if (isSet(b)) return false;
	if (isRegoObject(a) || isRegoObject(b)) return compareObjects(a as ObjectValue, b, depth) === 0;
	const deep = depth >= knownDepth;
	// What is left are plain objects.
	const x: object = a as PlainObject;
	const y: object = b;
	if (deep && isKnown(x, y)) return true;
	const same = equalPlain(a as PlainObject, b, depth + 1);
	if (deep && same) know(x, y);
	return same;
}

function equalPlain(a: PlainObject, b: PlainObject, depth: number): boolean {
	refuseForeign(a);
	refuseForeign(b);
	const keys = Object.keys(a);
	let n = 0;
	for (let i = 0; i < keys.length; i++) {
		const k = keys[i] as string;
		const x = a[k];
		if (x === undefined) continue;
		n++;
		const y = b[k];
		if (y === undefined) return false;
		// What objects inherit is no value of Rego and equal to none, but for the prototype itself.
		if (k === "__proto__" && !Object.hasOwn(b, k)) return false;
		if (!equalAt(x, y, depth)) return false;
	}
	const others = Object.keys(b);
	if (others.length === n) return true;
	let m = 0;
	for (const k of others) if (b[k] !== undefined) m++;
	return n === m;
}
