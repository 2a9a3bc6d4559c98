/**
 * Hash keys: a primitive that two values share exactly when they are equal. Strings are their own
 * keys; composites become a text that begins with U+0000 and is interned as a symbol, so that no
 * Rego string can collide with it.
 */

import { compareStrings } from "./compare.ts";
import { refuseForeign } from "./foreign.ts";
import { sortedKeys } from "./key-order.ts";
import { numberKey } from "./number.ts";
import { checkLength, maxTextLength } from "./text-limit.ts";
import { isArray, isNumber, isRegoObject, isSet, type PlainObject, type Value } from "./value.ts";

/** A composite's key is wrapped so that it cannot equal a string's; the wrapper is the text itself. */
export function canonicalKey(v: Value): unknown {
	switch (typeof v) {
		case "string":
			// Strings that look like our composite keys are escaped; no other string is touched.
			return v.charCodeAt(0) === 0 ? `\u0000s${v}` : v;
		case "number":
			return Number.isSafeInteger(v) || !Number.isInteger(v) ? v + 0 : BigInt(v);
		case "boolean":
			return v;
		default:
	}
	if (v === null) return v;
	if (isNumber(v)) return numberKey(v);
	return `\u0000c${canonicalText(v)}`;
}

/** Text equal for equal values; used only inside keys. */
function canonicalText(v: Value): string {
	if (v === null) return "null";
	switch (typeof v) {
		case "string":
			return JSON.stringify(v);
		case "boolean":
			return v ? "true" : "false";
		default:
	}
	if (isNumber(v)) {
		const k = numberKey(v);
		return typeof k === "string" ? `n${k.slice(2)}` : `${k}`;
	}
	const text = compositeText(v);
	checkLength(text.length, maxTextLength);
	return text;
}

function compositeText(v: Value): string {
	if (isArray(v)) {
		let out = "[";
		for (const item of v) out += `${canonicalText(item)},`;
		return `${out}]`;
	}
	if (isSet(v)) {
		let out = "<";
		for (const item of v.sorted()) out += `${canonicalText(item)},`;
		return `${out}>`;
	}
	if (isRegoObject(v)) {
		let out = "{";
		for (const [k, item] of v.sorted()) out += `${canonicalText(k)}:${canonicalText(item)},`;
		return `${out}}`;
	}
	const o = v as PlainObject;
	refuseForeign(o);
	let out = "{";
	for (const k of sortedKeys(o, compareStrings)) out += `${JSON.stringify(k)}:${canonicalText(o[k] as Value)},`;
	return `${out}}`;
}
