/**
 * Strings, in code points. Searching, cutting and trimming use UTF-16 offsets inside and convert
 * only what a builtin returns or takes as an index; sprintf has its own file.
 */

import { cutsCharacters, fromByteString, joined, toByteString } from "../go/byte-string.ts";
import { isPrefixOfAny, toGoLower, toGoUpper, trimCodePoints, trimSpace } from "../go/strings.ts";
import { maxStringLength } from "../go/work.ts";
import { codePointIndex, codePointLength, codePointOffset, hasSurrogates } from "../value/code-points.ts";
import { truncate } from "../value/decimal.ts";
import { exactInteger, floatOf, numberText } from "../value/number.ts";
import { toWellFormed } from "../value/utf8.ts";
import { isArray, isSet, type NumberValue, type Value } from "../value/value.ts";
import {
	type Builtin,
	define,
	ofModule,
	operandElementError,
	operandTypeError,
	type PureContext,
	t,
} from "./define.ts";
import { intOperand, machineInt, maxItems, reserve, stringsOperand } from "./operands.ts";
import { replaceAll, replaceN } from "./replace.ts";
import { sprintf } from "./sprintf.ts";

const category = "strings";
const since = "0.17.0";

/** Code points of a string, as strings. */
function explode(s: string): readonly string[] {
	return hasSurrogates(s) ? [...s] : s.split("");
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Reads the units of this machine, which are little-endian wherever Node and browsers run. */
const unitDecoder = new TextDecoder("utf-16le", { ignoreBOM: true });
const asciiOnly = /^[\0-\x7f]*$/;

/** By code points. */
function reverse(s: string): string {
	// The host's reversal of bytes is many times faster, and does not leave a string for every character.
	if (s.length > 64 && asciiOnly.test(s)) return decoder.decode(encoder.encode(s).reverse());
	if (s.length <= 64 || hasSurrogates(s)) return [...explode(s)].reverse().join("");
	const units = new Uint16Array(s.length);
	for (let i = 0, last = s.length - 1; i <= last; i++) units[last - i] = s.charCodeAt(i);
	return unitDecoder.decode(units);
}

const concat: Builtin = define("concat", {
	category,
	pure: true,
	keep: true,
	shortcut: { kind: "join" },
	since,
	args: [
		["delimiter", t.string, "put between the strings"],
		["collection", t.union(t.array(t.string), t.set(t.string)), "strings to join"],
	],
	resultName: "output",
	result: t.string,
	resultDoc: "the joined string",
	doc: "Joins the strings of an array or set.",
	unchecked: true,
	eval: (ctx, delimiter, collection) => {
		if (typeof delimiter !== "string") return ctx.typeError(operandTypeError(1, delimiter, ["string"]));
		const items = isArray(collection) ? collection : isSet(collection) ? collection.sorted() : undefined;
		if (items === undefined) return ctx.typeError(operandTypeError(2, collection, ["set", "array"]));
		let length = delimiter.length * Math.max(0, items.length - 1);
		for (const s of items) {
			if (typeof s !== "string") return ctx.typeError(operandElementError(2, collection, s, ["string"]));
			length += s.length;
		}
		reserve(ctx, length, maxStringLength);
		return joined(items.join(delimiter));
	},
});

function test(
	name: string,
	operands: readonly [string, string],
	doc: string,
	method: "startsWith" | "endsWith" | "includes",
): Builtin {
	const holds = holdsOnBytes(method);
	return define(name, {
		category,
		pure: true,
		shortcut: { kind: "string-test", method },
		since,
		args: [
			[operands[0], t.string],
			[operands[1], t.string],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "true if so",
		doc,
		eval: (_ctx, a, b) => holds(a, b),
	});
}

/** Digits of an integer in a base, numbers with a fraction cut off as a float of 64 bits. */
function formatInt(ctx: PureContext, n: NumberValue, base: NumberValue): string | undefined {
	const radix = [2, 8, 10, 16].find((b) => b === base);
	if (radix === undefined) return ctx.typeError("operand 2 must be one of {2, 8, 10, 16}");
	if (typeof n === "number" && Number.isInteger(n)) return n.toString(radix);
	if (typeof n === "bigint" || /^[+-]?[0-9]+$/.test(numberText(n))) return (exactInteger(n) as bigint).toString(radix);
	const small = radix === 10 ? machineInt(n) : undefined;
	if (small !== undefined) return (exactInteger(n) as bigint).toString();
	try {
		return truncate(floatOf(n)).toString(radix);
	} catch (e) {
		if (e instanceof RangeError) return ctx.halt(e.message);
		throw e;
	}
}

const formatIntBuiltin: Builtin = define("format_int", {
	category,
	pure: true,
	keep: true,
	since,
	args: [
		["number", t.number],
		["base", t.number, "2, 8, 10 or 16"],
	],
	resultName: "output",
	result: t.string,
	resultDoc: "digits of number in that base",
	doc: "Writes the integer part of a number in a base.",
	eval: formatInt,
});

const indexof: Builtin = define("indexof", {
	category,
	pure: true,
	keep: true,
	since,
	args: [
		["haystack", t.string],
		["needle", t.string],
	],
	resultName: "output",
	result: t.number,
	resultDoc: "index of the first occurrence, or -1",
	doc: "Finds a string in another.",
	eval: (ctx, haystack, needle) => {
		if (needle === "") return ctx.error("empty search character");
		// OPA compares runes: bytes that are no UTF-8 are all alike.
		const text = toWellFormed(haystack);
		const at = text.indexOf(toWellFormed(needle));
		return at > 0 && hasSurrogates(text) ? codePointIndex(text, at) : at;
	},
});

const indexofN: Builtin = define("indexof_n", {
	category,
	pure: true,
	keep: true,
	since: "0.37.0",
	args: [
		["haystack", t.string],
		["needle", t.string],
	],
	resultName: "output",
	result: t.array(t.number),
	resultDoc: "indices of all occurrences, overlapping ones included",
	doc: "Finds every occurrence of a string in another.",
	eval: (ctx, haystack, needle) => {
		if (needle === "") return ctx.error("empty search character");
		const out: number[] = [];
		let index = 0;
		let counted = 0;
		const text = toWellFormed(haystack);
		const wanted = toWellFormed(needle);
		const wide = hasSurrogates(text);
		for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
			index += wide ? codePointLength(text.slice(counted, at)) : at - counted;
			counted = at;
			ctx.step(1);
			out.push(index);
		}
		return out;
	},
});

function mapped(name: string, doc: string, resultDoc: string, map: (s: string) => string, from = since): Builtin {
	return define(name, {
		category,
		pure: true,
		keep: true,
		since: from,
		args: [["x", t.string]],
		resultName: "y",
		result: t.string,
		resultDoc,
		doc,
		eval: (ctx: PureContext, x: string) => {
			ctx.step(x.length);
			return map(x);
		},
	});
}

const replace: Builtin = define("replace", {
	category,
	pure: true,
	keep: true,
	since,
	args: [
		["x", t.string, "string to search"],
		["old", t.string, "string to look for"],
		["new", t.string, "string put in its place"],
	],
	resultName: "y",
	result: t.string,
	resultDoc: "x with every old replaced by new",
	doc: "Replaces every occurrence of a string.",
	eval: (ctx, x, old, by) => replaceAll(ctx, x, old, by),
});

const replaceNBuiltin: Builtin = define("strings.replace_n", {
	category,
	pure: true,
	keep: true,
	since,
	args: [
		["patterns", t.map(t.string, t.string), "strings to look for and what replaces each"],
		["value", t.string, "string to search"],
	],
	resultName: "output",
	result: t.string,
	resultDoc: "value with every key of patterns replaced",
	doc: "Replaces several strings in one pass; where several match, the first in key order does.",
	eval: (ctx, patterns, value) => replaceN(ctx, patterns, value),
});

function splitBytes(x: string, delimiter: string): readonly string[] {
	return toByteString(x).split(toByteString(delimiter)).map(fromByteString);
}

/** Split by a string; by code points where it is empty. */
function splitText(ctx: PureContext, x: string, delimiter: string): readonly string[] {
	const bytes = cutsCharacters([delimiter]);
	const out = delimiter === "" ? explode(x) : bytes ? splitBytes(x, delimiter) : x.split(delimiter);
	reserve(ctx, out.length, maxItems);
	return out;
}

const split: Builtin = define("split", {
	category,
	pure: true,
	keep: true,
	since,
	args: [
		["x", t.string, "string to split"],
		["delimiter", t.string],
	],
	resultName: "ys",
	result: t.array(t.string),
	resultDoc: "pieces of x",
	doc: "Splits a string at every occurrence of a delimiter.",
	eval: (ctx, x, delimiter) => splitText(ctx, x, delimiter),
});

const splitN: Builtin = define("strings.split_n", {
	category,
	pure: true,
	keep: true,
	since: "1.19.0",
	args: [
		["x", t.string, "string to split"],
		["delimiter", t.string],
		["n", t.number, "number of pieces: from the start, or from the end when negative"],
	],
	resultName: "ys",
	result: t.array(t.string),
	resultDoc: "the first or last n pieces of x",
	doc: "Splits a string and keeps some of the pieces.",
	eval: (ctx, x, delimiter, n) => {
		const count = intOperand(ctx, n, 3);
		if (count === undefined) return undefined;
		if (count >= 0 && delimiter !== "" && !cutsCharacters([delimiter])) {
			reserve(ctx, Math.min(count, x.length + 1), maxItems);
			return x.split(delimiter, Math.min(count, x.length + 1));
		}
		const pieces = splitText(ctx, x, delimiter);
		return count >= 0 ? pieces.slice(0, count) : pieces.slice(count);
	},
});

function occurrences(s: string, part: string): number {
	let n = 0;
	for (let at = s.indexOf(part); at >= 0; at = s.indexOf(part, at + part.length)) n++;
	return n;
}

const countOf: Builtin = define("strings.count", {
	category,
	pure: true,
	keep: true,
	since: "0.67.0",
	args: [
		["search", t.string, "string to search"],
		["substring", t.string, "string to look for"],
	],
	resultName: "output",
	result: t.number,
	resultDoc: "number of occurrences that do not overlap",
	doc: "Counts how often a string occurs in another.",
	eval: (ctx, search, substring) => {
		if (substring === "") return codePointLength(search) + 1;
		ctx.step(search.length);
		const bytes = cutsCharacters([substring]);
		return bytes ? occurrences(toByteString(search), toByteString(substring)) : occurrences(search, substring);
	},
});

const substring: Builtin = define("substring", {
	category,
	pure: true,
	keep: true,
	since,
	args: [
		["value", t.string],
		["offset", t.number, "index of the first character"],
		["length", t.number, "number of characters; all that remain when negative"],
	],
	resultName: "output",
	result: t.string,
	resultDoc: "the piece of value",
	doc: "Cuts a piece from a string.",
	// The numbers are checked one after the other, each fully.
	unchecked: true,
	eval: (ctx, value, offset, length) => {
		if (typeof value !== "string") return ctx.typeError(operandTypeError(1, value, ["string"]));
		const from = intOperand(ctx, offset, 2);
		if (from === undefined) return undefined;
		const count = intOperand(ctx, length, 3);
		if (count === undefined) return undefined;
		if (from < 0) return ctx.error("negative offset");
		if (!hasSurrogates(value)) return count < 0 ? value.slice(from) : value.slice(from, from + count);
		ctx.step(value.length);
		if (from === 0 && count >= codePointLength(value)) return value;
		// A piece is made of runes in Go: bytes that are no UTF-8 become U+FFFD.
		const text = toWellFormed(value);
		const rest = text.slice(codePointOffset(text, from));
		return count < 0 ? rest : rest.slice(0, codePointOffset(rest, count));
	},
});

function trimming(
	name: string,
	second: string,
	doc: string,
	resultDoc: string,
	trim: (value: string, other: string) => string,
): Builtin {
	return define(name, {
		category,
		pure: true,
		keep: true,
		since,
		args: [
			["value", t.string, "string to trim"],
			[second, t.string],
		],
		resultName: "output",
		result: t.string,
		resultDoc,
		doc,
		eval: (ctx: PureContext, value: string, other: string) => {
			ctx.step(value.length);
			return trim(value, other);
		},
	});
}

function trimPrefix(s: string, prefix: string): string {
	if (s.startsWith(prefix)) return s.slice(prefix.length);
	return cutsCharacters([prefix]) ? onBytes(trimPrefix, s, prefix) : s;
}

function trimSuffix(s: string, suffix: string): string {
	if (s.endsWith(suffix)) return s.slice(0, s.length - suffix.length);
	return cutsCharacters([suffix]) ? onBytes(trimSuffix, s, suffix) : s;
}

/** A test that finds parts of characters, too. */
function holdsOnBytes(method: "includes" | "startsWith" | "endsWith"): (a: string, b: string) => boolean {
	return (a, b) => a[method](b) || (cutsCharacters([b]) && toByteString(a)[method](toByteString(b)));
}

function onBytes(trim: (s: string, part: string) => string, s: string, part: string): string {
	return fromByteString(trim(toByteString(s), toByteString(part)));
}

const trimSpaceBuiltin: Builtin = define("trim_space", {
	category,
	pure: true,
	keep: true,
	since,
	args: [["value", t.string, "string to trim"]],
	resultName: "output",
	result: t.string,
	resultDoc: "value without white space at its ends",
	doc: "Removes white space from both ends of a string.",
	eval: (ctx, value) => {
		ctx.step(value.length);
		return trimSpace(value);
	},
});

/** One string or several, or undefined after reporting. */
function searchStrings(ctx: PureContext, v: Value, position: number): readonly string[] | undefined {
	if (typeof v === "string") return [v];
	if (!isArray(v) && !isSet(v)) return ctx.typeError(operandTypeError(position, v, ["string", "set", "array"]));
	return stringsOperand(ctx, v, position);
}

function anyMatch(name: string, doc: string, baseDoc: string, orient: (s: string) => string): Builtin {
	const oneOrMore = t.union(t.string, t.array(t.string), t.set(t.string));
	return define(name, {
		category,
		pure: true,
		keep: true,
		since: "0.44.0",
		args: [
			["search", oneOrMore, "strings to search"],
			["base", oneOrMore, baseDoc],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "true if one matches",
		doc,
		unchecked: true,
		eval: (ctx: PureContext, search: Value, base: Value) => {
			const strings = searchStrings(ctx, search, 1);
			if (strings === undefined) return undefined;
			const affixes = searchStrings(ctx, base, 2);
			if (affixes === undefined) return undefined;
			ctx.step(strings.length + affixes.length);
			const form = cutsCharacters(affixes) ? (s: string): string => orient(toByteString(s)) : orient;
			return isPrefixOfAny(affixes.map(form), strings.map(form));
		},
	});
}

export const strings: readonly Builtin[] = ofModule("strings", [
	concat,
	test("contains", ["haystack", "needle"], "Tells whether a string is part of another.", "includes"),
	test("startswith", ["search", "base"], "Tells whether a string begins with another.", "startsWith"),
	test("endswith", ["search", "base"], "Tells whether a string ends with another.", "endsWith"),
	formatIntBuiltin,
	indexof,
	indexofN,
	mapped("lower", "Converts a string to lower case.", "x in lower case", toGoLower),
	mapped("upper", "Converts a string to upper case.", "x in upper case", toGoUpper),
	mapped("strings.reverse", "Reverses a string.", "characters of x, last first", reverse, "0.36.0"),
	replace,
	replaceNBuiltin,
	split,
	splitN,
	sprintf,
	countOf,
	substring,
	trimming("trim", "cutset", "Removes characters from both ends.", "value without them", (s, set) =>
		trimCodePoints(s, set, true, true),
	),
	trimming("trim_left", "cutset", "Removes characters from the start.", "value without them", (s, set) =>
		trimCodePoints(s, set, true, false),
	),
	trimming("trim_right", "cutset", "Removes characters from the end.", "value without them", (s, set) =>
		trimCodePoints(s, set, false, true),
	),
	trimming("trim_prefix", "prefix", "Removes a prefix, once.", "value without it", trimPrefix),
	trimming("trim_suffix", "suffix", "Removes a suffix, once.", "value without it", trimSuffix),
	trimSpaceBuiltin,
	anyMatch(
		"strings.any_prefix_match",
		"Tells whether one of several strings begins with one of several prefixes.",
		"prefixes to look for",
		(s) => s,
	),
	anyMatch(
		"strings.any_suffix_match",
		"Tells whether one of several strings ends with one of several suffixes.",
		"suffixes to look for",
		reverse,
	),
]);
