/**
 * Sets of code points as flat arrays of inclusive ranges `[lo, hi, lo, hi, …]`. A set is "clean" when
 * its ranges are sorted, disjoint and not adjacent; every function here returns clean sets unless it
 * says otherwise.
 */
import { at } from "../at.ts";

export type Ranges = readonly number[];

export const maxRune = 0x10ffff;

export const anyRune: Ranges = [0, maxRune];
export const anyButNewline: Ranges = [0, 9, 11, maxRune];
export const wordRunes: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];

/** Sort and merge; the argument is left alone. */
export function cleanRanges(r: Ranges): Ranges {
	const n = r.length;
	if (n <= 2) return r;
	let sorted = true;
	for (let i = 2; i < n; i += 2) {
		if (at(r, i) <= at(r, i - 1) + 1) {
			sorted = false;
			break;
		}
	}
	if (sorted) return r;
	const order: number[] = [];
	for (let i = 0; i < n; i += 2) order.push(i);
	order.sort((a, b) => at(r, a) - at(r, b));
	const out: number[] = [];
	for (const i of order) appendRange(out, at(r, i), at(r, i + 1));
	return out;
}

/** Append to a set under construction, joining it to the last range where they touch. */
export function appendRange(out: number[], lo: number, hi: number): void {
	const n = out.length;
	if (n > 0 && lo <= at(out, n - 1) + 1 && lo >= at(out, n - 2)) {
		if (hi > at(out, n - 1)) out[n - 1] = hi;
		return;
	}
	out.push(lo, hi);
}

/** Everything not in the clean set r. */
export function negateRanges(r: Ranges): Ranges {
	const out: number[] = [];
	let next = 0;
	for (let i = 0; i < r.length; i += 2) {
		const lo = at(r, i);
		if (next < lo) out.push(next, lo - 1);
		next = at(r, i + 1) + 1;
	}
	if (next <= maxRune) out.push(next, maxRune);
	return out;
}

/** Membership in a clean set. */
export function inRanges(r: Ranges, c: number): boolean {
	let lo = 0;
	let hi = r.length >> 1;
	while (lo < hi) {
		const mid = (lo + hi) >> 1;
		if (c < at(r, 2 * mid)) hi = mid;
		else if (c > at(r, 2 * mid + 1)) lo = mid + 1;
		else return true;
	}
	return false;
}

/** True when two clean sets share no code point. */
export function disjointRanges(a: Ranges, b: Ranges): boolean {
	let i = 0;
	let j = 0;
	while (i < a.length && j < b.length) {
		if (at(a, i + 1) < at(b, j)) i += 2;
		else if (at(b, j + 1) < at(a, i)) j += 2;
		else return false;
	}
	return true;
}

export function equalRanges(a: Ranges, b: Ranges): boolean {
	if (a === b) return true;
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
