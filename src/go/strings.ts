/**
 * Text operations whose rules are Go's rather than JavaScript's: case mapping code point by code
 * point, what counts as white space, trimming by a set of characters, matching many prefixes.
 */

import { at, codePoint } from "../at.ts";
import { hasSurrogates } from "../value/code-points.ts";
import { toWellFormed } from "../value/utf8.ts";

const ascii = /^[\0-\x7f]*$/;

/** Characters whose case is not mapped one to one by JavaScript, or by what is around them. */
const oddLower = /[\u0130\u03a3]/g;
const oddUpper = /[\u00df\u0149\u01f0\u0390\u03b0\u0587\u1e96-\u1e9a\u1f50-\u1fff\ufb00-\ufb17]/g;

/** The text with what is odd mapped character by character, and all between at once. */
function pieces(s: string, odd: RegExp, plain: (piece: string) => string, map: (c: string) => string): string {
	let out = "";
	let copied = 0;
	for (const m of s.matchAll(odd)) {
		if (m.index > copied) out += plain(s.slice(copied, m.index));
		out += map(m[0]);
		copied = m.index + m[0].length;
	}
	return out + plain(s.slice(copied));
}

/** Go maps each code point to one code point: no final sigma, no `ß` to `SS`. Bytes that are no UTF-8 become U+FFFD. */
export function toGoLower(s: string): string {
	if (ascii.test(s)) return s.toLowerCase();
	return pieces(
		toWellFormed(s),
		oddLower,
		(plain) => plain.toLowerCase(),
		(c) => (c === "\u0130" ? "i" : "\u03c3"),
	);
}

export function toGoUpper(s: string): string {
	if (ascii.test(s)) return s.toUpperCase();
	// The one odd letter of everyday text is set aside.
	if (s.includes("ß") && !s.includes("\ue000")) {
		return toGoUpper(s.replaceAll("ß", "\ue000")).replaceAll("\ue000", "ß");
	}
	return pieces(
		toWellFormed(s),
		oddUpper,
		(plain) => plain.toUpperCase(),
		(c) => oneCodePoint(c.toUpperCase(), titled(c)),
	);
}

function oneCodePoint(mapped: string, otherwise: string): string {
	const cp = codePoint(mapped);
	return mapped.length === (cp > 0xffff ? 2 : 1) ? mapped : otherwise;
}

/** Greek letters with iota subscript: their upper case is one code point in Go, two in JavaScript. */
function titled(c: string): string {
	const cp = codePoint(c);
	if (cp >= 0x1f80 && cp <= 0x1faf) return String.fromCodePoint(cp | 8);
	if (cp === 0x1fb3 || cp === 0x1fc3 || cp === 0x1ff3) return String.fromCodePoint(cp + 9);
	return c;
}

/** Go's unicode.IsSpace; every such character is one UTF-16 unit. */
function isSpace(unit: number): boolean {
	if (unit === 0x20) return true;
	if (unit < 0x80) return unit >= 9 && unit <= 13;
	if (unit < 0x1680) return unit === 0x85 || unit === 0xa0;
	if (unit < 0x2028) return unit === 0x1680 || (unit >= 0x2000 && unit <= 0x200a);
	return unit <= 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

export function trimSpace(s: string): string {
	let start = 0;
	let end = s.length;
	while (start < end && isSpace(s.charCodeAt(start))) start++;
	while (end > start && isSpace(s.charCodeAt(end - 1))) end--;
	return s.slice(start, end);
}

/** Removes characters of `set` from the ends asked for. */
export function trimCodePoints(s: string, set: string, left: boolean, right: boolean): string {
	if (hasSurrogates(set) || set.includes("\ufffd")) return trimWide(s, set, left, right);
	// No character of the set is half of a pair, so units do. Mostly one character is all there is to remove.
	let start = 0;
	let end = s.length;
	let last = -1;
	if (left) {
		for (; start < end; start++) {
			const unit = s.charCodeAt(start);
			if (unit !== last && !hasUnit(set, unit)) break;
			last = unit;
		}
	}
	if (right) {
		for (; end > start; end--) {
			const unit = s.charCodeAt(end - 1);
			if (unit !== last && !hasUnit(set, unit)) break;
			last = unit;
		}
	}
	return s.slice(start, end);
}

/** Sets to trim are a few characters. */
function hasUnit(set: string, unit: number): boolean {
	for (let i = 0; i < set.length; i++) if (set.charCodeAt(i) === unit) return true;
	return false;
}

function trimWide(s: string, set: string, left: boolean, right: boolean): string {
	// Bytes that are no UTF-8 are all alike to Go.
	const members = new Set<number>();
	for (const point of toWellFormed(set)) members.add(codePoint(point));
	let start = 0;
	let end = s.length;
	while (left && start < end) {
		const point = codePoint(s, start);
		if (!members.has(wellFormed(point))) break;
		start += point > 0xffff ? 2 : 1;
	}
	while (right && end > start) {
		const width = end - start > 1 && codePoint(s, end - 2) > 0xffff ? 2 : 1;
		if (!members.has(wellFormed(codePoint(s, end - width)))) break;
		end -= width;
	}
	return s.slice(start, end);
}

/** A surrogate by itself stands for a byte that is no UTF-8. */
function wellFormed(point: number): number {
	return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

/** True when one of the prefixes begins one of the strings. */
export function isPrefixOfAny(prefixes: readonly string[], strings: readonly string[]): boolean {
	if (strings.length * prefixes.length <= 64) return prefixes.some((p) => strings.some((s) => s.startsWith(p)));
	// In sorted order, the strings that begin with p are the first ones not before p.
	const sorted = [...strings].sort();
	return prefixes.some((p) => sorted[lowerBound(sorted, p)]?.startsWith(p) === true);
}

function lowerBound(sorted: readonly string[], s: string): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (at(sorted, middle) < s) low = middle + 1;
		else high = middle;
	}
	return low;
}
