/**
 * The text OPA prints for a value in policies and messages (Value.String()): `{"a": 1}`, `{1, 2}` for
 * sets, `set()` for the empty one, strings quoted as by Go's strconv.Quote. Used by sprintf's %v,
 * print, template strings and error messages.
 */

import { at, codePoint } from "../at.ts";
import { checkLevels, isOverflow } from "../stack.ts";
import { objectEntries } from "./collections.ts";
import { numberText } from "./number.ts";
import { checkLength, maxTextLength } from "./text-limit.ts";
import { escapedByte } from "./utf8.ts";
import { isArray, isNumber, isSet, type Value } from "./value.ts";

export function termText(v: Value): string {
	try {
		return textOf(v);
	} catch (e) {
		if (!isOverflow(e)) throw e;
		const text = deepText(v, maxTextLength);
		checkLength(text.length, maxTextLength);
		return text;
	}
}

function textOf(v: Value): string {
	switch (typeof v) {
		case "string":
			return quoteGo(v);
		case "boolean":
			return v ? "true" : "false";
		default:
	}
	if (v === null) return "null";
	if (isNumber(v)) return numberText(v);
	if (isArray(v)) return `[${joined(v.map(textOf))}]`;
	if (isSet(v)) return v.size === 0 ? "set()" : `{${joined(v.sorted().map(textOf))}}`;
	return `{${joined(objectEntries(v).map(([k, item]) => `${textOf(k)}: ${textOf(item)}`))}}`;
}

/** As textOf where the stack does not suffice for recursion; no more of it than somewhat past `most`. */
function deepText(root: Value, most: number): string {
	let out = "";
	const rest: (string | { readonly value: Value; readonly depth: number })[] = [{ value: root, depth: 0 }];
	for (let next = rest.pop(); next !== undefined && out.length <= most; next = rest.pop()) {
		if (typeof next === "string") {
			out += next;
			continue;
		}
		const v = next.value;
		if (typeof v !== "object" || v === null || isNumber(v) || (isSet(v) && v.size === 0)) {
			out += textOf(v);
			continue;
		}
		checkLevels(next.depth);
		const depth = next.depth + 1;
		const entries: readonly (readonly Value[])[] =
			isArray(v) || isSet(v) ? (isArray(v) ? v : v.sorted()).map((item) => [item]) : objectEntries(v);
		rest.push(isArray(v) ? "]" : "}");
		for (let i = entries.length - 1; i >= 0; i--) {
			const [key, item] = at(entries, i);
			if (item !== undefined) rest.push({ value: item, depth }, ": ");
			if (key !== undefined) rest.push({ value: key, depth });
			if (i > 0) rest.push(", ");
		}
		rest.push(isArray(v) ? "[" : "{");
	}
	return out;
}

/** The same text, or the beginning of it, with a mark, where it is longer than `most`. */
export function termTextUpTo(v: Value, most: number): string {
	const out: Cut = { text: "", most };
	try {
		writeCut(v, out);
	} catch (e) {
		if (!isOverflow(e)) throw e;
		out.text = deepText(v, most);
	}
	return out.text.length > most ? `${out.text.slice(0, most)}…` : out.text;
}

interface Cut {
	text: string;
	readonly most: number;
}

/** False when there is enough. */
function writeCut(v: Value, out: Cut): boolean {
	const left = out.most - out.text.length;
	if (left < 0) return false;
	if (typeof v === "string") out.text += quoteGo(v.length > left ? v.slice(0, left + 1) : v);
	else if (typeof v !== "object" || v === null || isNumber(v)) out.text += termText(v);
	else if (isArray(v)) return writeCutList(v, "[", "]", out);
	else if (isSet(v)) return v.size === 0 ? writeCutList([], "set(", ")", out) : writeCutList(v.sorted(), "{", "}", out);
	else {
		out.text += "{";
		let first = true;
		for (const [k, item] of objectEntries(v)) {
			if (!first) out.text += ", ";
			first = false;
			if (!writeCut(k, out)) return false;
			out.text += ": ";
			if (!writeCut(item, out)) return false;
		}
		out.text += "}";
	}
	return out.text.length <= out.most;
}

function writeCutList(list: readonly Value[], open: string, close: string, out: Cut): boolean {
	out.text += open;
	for (const [i, item] of list.entries()) {
		if (i > 0) out.text += ", ";
		if (!writeCut(item, out)) return false;
	}
	out.text += close;
	return out.text.length <= out.most;
}

function joined(parts: readonly string[]): string {
	const text = parts.join(", ");
	checkLength(text.length, maxTextLength);
	return text;
}

const plain = /^[ !#-[\]-~]*$/;
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const named: ReadonlyMap<number, string> = new Map([
	[7, "\\a"],
	[8, "\\b"],
	[12, "\\f"],
	[10, "\\n"],
	[13, "\\r"],
	[9, "\\t"],
	[11, "\\v"],
	[34, '\\"'],
	[92, "\\\\"],
]);

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(codePoint: number): boolean {
	if (codePoint < 0x7f) return codePoint >= 0x20;
	return printable.test(String.fromCodePoint(codePoint));
}

/** strconv.Quote; with ascii, strconv.QuoteToASCII. */
export function quoteGo(s: string, ascii = false): string {
	if (plain.test(s)) return `"${s}"`;
	let out = '"';
	for (const c of s) {
		const cp = codePoint(c);
		out += named.get(cp) ?? quoteCodePoint(cp, ascii);
	}
	return `${out}"`;
}

/** One code point of a quoted Go string or character, named escapes and quotes aside. */
export function quoteCodePoint(cp: number, ascii: boolean): string {
	if (cp < 0x7f && cp >= 0x20) return String.fromCodePoint(cp);
	if (cp < 0x80) return `\\x${hex(cp, 2)}`;
	if (cp >= 0xd800 && cp <= 0xdfff) {
		const byte = escapedByte(cp);
		return byte === undefined ? "\\ufffd" : `\\x${hex(byte, 2)}`;
	}
	if (!ascii && isPrintable(cp)) return String.fromCodePoint(cp);
	return cp < 0x10000 ? `\\u${hex(cp, 4)}` : `\\U${hex(cp, 8)}`;
}

function hex(n: number, width: number): string {
	return n.toString(16).padStart(width, "0");
}
