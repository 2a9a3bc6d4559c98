/**
 * Hashes of values: equal ones have equal hashes, whatever the spelling of their numbers and the order of their
 * keys. Every part of what is small counts; of what is large only the upper levels do, so that a value that holds
 * another many times over has its hash at once. Nobody may rely on different values having different hashes.
 */

import { at, valueAt } from "../at.ts";
import { definedKeys } from "./collections.ts";
import { refuseForeign } from "./foreign.ts";
import { numberKey } from "./number.ts";
import { isArray, isNumber, isRegoObject, isSet, type ObjectValue, type Value } from "./value.ts";

/** How many parts of a value count, about. */
const wholeBudget = 1024;
/** How much of either end of a long string counts. */
const longEnd = 64;

export function hashOf(v: Value): number {
	return hashAt(v, wholeBudget);
}

function hashAt(v: Value, budget: number): number {
	switch (typeof v) {
		case "string":
			return hashString(v);
		case "number":
			if (Number.isSafeInteger(v)) return Math.imul(v, 0x9e3779b1) ^ (v / 0x100000000);
			break;
		case "boolean":
			return v ? 5 : 6;
		default:
	}
	if (v === null) return 7;
	if (isNumber(v)) {
		const key = numberKey(v);
		return typeof key === "number" && Number.isSafeInteger(key) ? hashAt(key, 0) : hashString(String(key));
	}
	if (isArray(v)) {
		if (budget === 0) return v.length;
		const rest = share(budget, v.length);
		let h = 11;
		for (let i = 0; i < v.length; i++) h = (Math.imul(h, 31) + hashAt(at(v, i), rest)) | 0;
		return h;
	}
	if (isSet(v)) {
		if (budget === 0) return ~v.size;
		const rest = share(budget, v.size);
		let h = 13;
		for (const member of v.unordered()) h = (h + mix(hashAt(member, rest))) | 0;
		return h;
	}
	return hashObject(v, budget);
}

function hashObject(o: ObjectValue, budget: number): number {
	let h = 17;
	if (isRegoObject(o)) {
		if (budget === 0) return h;
		const rest = share(budget, o.size);
		for (const [k, x] of o.unordered()) h = (h + entry(hashAt(k, rest), hashAt(x, rest))) | 0;
		return h;
	}
	refuseForeign(o);
	if (budget === 0) return h;
	const keys = definedKeys(o);
	const rest = share(budget, keys.length);
	for (const k of keys) h = (h + entry(hashString(k), hashAt(valueAt(o, k), rest))) | 0;
	return h;
}

/** What is left for each of n parts: less at every level, so that no chain of them is followed far. */
function share(budget: number, n: number): number {
	return ((budget * 15) / 16 / Math.max(n, 1)) | 0;
}

function entry(key: number, value: number): number {
	return mix(Math.imul(key, 31) + value);
}

/** So that sums of what differs little differ. */
function mix(h: number): number {
	const x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	return Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
}

function hashString(s: string): number {
	const n = s.length;
	if (n > 2 * longEnd) return Math.imul(hashRange(s, 0, longEnd), 31) + hashRange(s, n - longEnd, n);
	return hashRange(s, 0, n);
}

function hashRange(s: string, from: number, to: number): number {
	let h = s.length;
	for (let i = from; i < to; i++) h = (Math.imul(h, 31) + s.charCodeAt(i)) | 0;
	return h;
}
