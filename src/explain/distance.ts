/** How far two values are apart, from 0 (the same) to 1 (nothing in common): what tells the nearest from the others. */
import { objectEntries, objectGet, objectSize, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { numberText } from "../value/number.ts";
import { isArray, isNumber, isObject, typeName, type Value } from "../value/value.ts";

/** Parts that are looked at; what is beyond counts as different. */
const most = 400;

export function distance(a: Value, b: Value): number {
	return measure(a, b, { left: most });
}

function measure(a: Value, b: Value, budget: { left: number }): number {
	if (--budget.left < 0) return 1;
	if (typeof a === "string" && typeof b === "string") return textDistance(a, b);
	if (isNumber(a) && isNumber(b)) return equal(a, b) ? 0 : numberDistance(Number(numberText(a)), Number(numberText(b)));
	if (typeName(a) !== typeName(b)) return 1;
	if (isArray(a) && isArray(b)) return listDistance(a, b, budget);
	if (a instanceof RegoSet && b instanceof RegoSet) {
		let common = 0;
		for (const m of a.unordered()) {
			if (--budget.left < 0) break;
			if (b.has(m)) common++;
		}
		const all = a.size + b.size - common;
		return all === 0 ? 0 : 1 - common / all;
	}
	if (typeof a === "object" && typeof b === "object" && a !== null && b !== null && isObject(a) && isObject(b)) {
		const n = Math.max(objectSize(a), objectSize(b));
		if (n === 0) return 0;
		let sum = 0;
		let common = 0;
		for (const [k, v] of objectEntries(a)) {
			if (budget.left < 0) break;
			const w = objectGet(b, k);
			if (w === undefined) continue;
			common++;
			sum += measure(v, w, budget);
		}
		return (sum + (n - common)) / n;
	}
	return a === b ? 0 : 0.8;
}

function listDistance(a: readonly Value[], b: readonly Value[], budget: { left: number }): number {
	const n = Math.max(a.length, b.length);
	if (n === 0) return 0;
	// What is alike at both ends is found again when one element has come or gone.
	let start = 0;
	while (start < a.length && start < b.length && --budget.left > 0 && equal(at(a, start), at(b, start))) start++;
	let end = 0;
	const room = Math.min(a.length, b.length) - start;
	while (end < room && --budget.left > 0 && equal(at(a, a.length - 1 - end), at(b, b.length - 1 - end))) end++;
	let sum = n - start - end;
	if (a.length === b.length) {
		sum = 0;
		for (let i = start; i < n - end; i++) sum += budget.left < 0 ? 1 : measure(at(a, i), at(b, i), budget);
	}
	return sum / n;
}

function at(list: readonly Value[], i: number): Value {
	return list[i] ?? null;
}

/** From 0.3 to 0.6, by their ratio. */
function numberDistance(a: number, b: number): number {
	const most = Math.max(Math.abs(a), Math.abs(b));
	const apart = Math.abs(a - b) / most;
	return Number.isFinite(apart) ? 0.3 + 0.3 * Math.min(1, apart) : 0.6;
}

/** Elements of a list that count, and what each after the first counts: a list may have been replaced as one. */
const mostOfList = 3;
const ofElement = 0.2;

/** In how many parts two values differ: fields of objects and elements of lists, however deep; anything else is one. */
export function partsApart(a: Value, b: Value, depth = 0): number {
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return equal(a, b) ? 0 : 1;
	if (isArray(a) && isArray(b))
		return equal(a, b) ? 0 : 1 + ofElement * (Math.min(mostOfList, Math.max(1, elementsApart(a, b))) - 1);
	if (depth > 8 || !isObject(a) || !isObject(b)) return equal(a, b) ? 0 : 1;
	let sum = 0;
	for (const [k, v] of objectEntries(a).slice(0, 64)) {
		const w = objectGet(b, k);
		sum += w === undefined ? 1 : partsApart(v, w, depth + 1);
	}
	for (const [k] of objectEntries(b).slice(0, 64)) if (objectGet(a, k) === undefined) sum++;
	return sum;
}

/** How many elements two lists begin and end with alike; of so many at most. */
export function endsAlike(
	a: readonly Value[],
	b: readonly Value[],
	most: number = Number.POSITIVE_INFINITY,
): { readonly start: number; readonly end: number } {
	const least = Math.min(a.length, b.length, most);
	let start = 0;
	while (start < least && equal(at(a, start), at(b, start))) start++;
	let end = 0;
	while (end < least - start && equal(at(a, a.length - 1 - end), at(b, b.length - 1 - end))) end++;
	return { start, end };
}

/** Elements that are left when what begins and ends alike is taken away. */
function elementsApart(a: readonly Value[], b: readonly Value[]): number {
	const { start, end } = endsAlike(a, b, most);
	if (a.length !== b.length) return Math.max(a.length, b.length) - start - end;
	let n = 0;
	for (let i = start; i < a.length - end && n <= mostOfList; i++) if (!equal(at(a, i), at(b, i))) n++;
	return n;
}

/** By what begins and ends alike. */
export function textDistance(a: string, b: string): number {
	if (a === b) return 0;
	if (a.length === b.length && a.toLowerCase() === b.toLowerCase()) return 0.1;
	const n = Math.max(a.length, b.length);
	const least = Math.min(a.length, b.length, 4096);
	let start = 0;
	while (start < least && a.charCodeAt(start) === b.charCodeAt(start)) start++;
	let end = 0;
	while (end < least - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
	return (n - start - end) / n;
}
