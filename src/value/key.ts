/**
 * Hash keys: a primitive that two values share exactly when they are equal, within this process. Strings are their
 * own keys; composites become a text that begins with U+0000, so that no Rego string can collide with it.
 */

import { at } from "../at.ts";
import { checkLevels, isOverflow } from "../stack.ts";
import { objectEntries } from "./collections.ts";
import { compareStrings } from "./compare.ts";
import { refuseForeign } from "./foreign.ts";
import { areKept, sortedKeys } from "./key-order.ts";
import { numberKey } from "./number.ts";
import { checkLength, maxTextLength } from "./text-limit.ts";
import { isArray, isNumber, isObject, isRegoObject, isSet, type PlainObject, type Value } from "./value.ts";

export function canonicalKey(v: Value): unknown {
	switch (typeof v) {
		case "string":
			// Strings that look like our composite keys are escaped; no other string is touched.
			return v.charCodeAt(0) === 0 ? `\u0000s${v}` : v;
		case "number":
			if (Number.isSafeInteger(v)) return integerKey(v);
			break;
		case "boolean":
			return v;
		default:
	}
	if (v === null) return v;
	if (isNumber(v)) {
		const key = numberKey(v);
		if (typeof key === "string") return key;
		return typeof key === "number" && Number.isSafeInteger(key) ? integerKey(key) : `\u0000f${key}`;
	}
	return `\u0000c${wholeText(v)}`;
}

const lowBits = 0x3fffffff;
const [mask, factor] = secret();

/**
 * Hosts hash strings with a secret of the process, but numbers without: whoever writes a document could choose numbers
 * that all meet in one place of a table, and make it as slow as a list. So of an integer's bits the lower ones are
 * permuted by a secret of ours; other numbers are texts. What was small stays small.
 */
export function integerKey(n: number): number {
	const low = Math.imul((n & lowBits) ^ mask, factor) & lowBits;
	const high = n & ~lowBits;
	return (n | 0) === n ? high | low : n - (n >>> 0) + ((high | low) >>> 0);
}

/** An odd factor, so that no two integers become one. */
function secret(): readonly [mask: number, factor: number] {
	try {
		return [Math.floor(Math.random() * lowBits), Math.floor(Math.random() * lowBits) * 2 + 1];
	} catch {
		// Some workers give no random numbers while a module is loaded.
		return [0x2545f491, 0x1b873593];
	}
}

/** Read from its start it cannot be taken for anything else: no need to look for what would have to be escaped. */
function stringText(s: string): string {
	return `"${s.length}:${s}`;
}

/** What stands before each value of an object: of the last keys, by their number, as rows mostly have the same. */
const before: { readonly keys: readonly string[]; readonly texts: readonly string[] }[] = [];

function textsBefore(keys: readonly string[]): readonly string[] {
	const known = before[keys.length];
	if (known?.keys === keys) return known.texts;
	const texts = keys.map((k, i) => `${i === 0 ? "{" : ","}${stringText(k)}:`);
	if (areKept(keys)) before[keys.length] = { keys, texts };
	return texts;
}

/** Text equal for equal values; used only inside keys. */
function canonicalText(v: Value): string {
	if (v === null) return "null";
	switch (typeof v) {
		case "string":
			return stringText(v);
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

/** The text of a whole value. */
function wholeText(v: Value): string {
	try {
		return canonicalText(v);
	} catch (e) {
		if (!isOverflow(e)) throw e;
		const text = deepText(v);
		checkLength(text.length, maxTextLength);
		return text;
	}
}

/** As compositeText, where the stack does not suffice for recursion. */
function deepText(root: Value): string {
	let out = "";
	const rest: (string | { readonly value: Value; readonly depth: number })[] = [{ value: root, depth: 0 }];
	for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
		if (typeof next === "string") {
			out += next;
			continue;
		}
		const v = next.value;
		if (v === null || typeof v !== "object" || isNumber(v)) {
			out += canonicalText(v);
			continue;
		}
		checkLength(out.length, maxTextLength);
		checkLevels(next.depth);
		const depth = next.depth + 1;
		const at = rest.length;
		if (isArray(v) || isSet(v)) {
			rest.push(isArray(v) ? "[" : "<");
			for (const item of isArray(v) ? v : v.sorted()) rest.push({ value: item, depth }, ",");
			rest.push(isArray(v) ? "]" : ">");
		} else {
			let open = "{";
			for (const [k, item] of isObject(v) ? objectEntries(v) : []) {
				rest.push(open, { value: k, depth }, ":", { value: item, depth });
				open = ",";
			}
			rest.push(open === "{" ? "{}" : "}");
		}
		reverseFrom(rest, at);
	}
	return out;
}

function reverseFrom(list: unknown[], from: number): void {
	for (let i = from, j = list.length - 1; i < j; i++, j--) [list[i], list[j]] = [list[j], list[i]];
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
		let out = "";
		for (const [k, item] of v.sorted()) out += `${out === "" ? "{" : ","}${canonicalText(k)}:${canonicalText(item)}`;
		return `${out === "" ? "{" : out}}`;
	}
	const o = v as PlainObject;
	refuseForeign(o);
	const keys = sortedKeys(o, compareStrings);
	if (keys.length === 0) return "{}";
	const texts = textsBefore(keys);
	let out = "";
	for (let i = 0; i < keys.length; i++) out += at(texts, i) + canonicalText(o[at(keys, i)] as Value);
	return `${out}}`;
}
