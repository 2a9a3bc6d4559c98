/**
 * The functions every template has, on evaluated arguments. and, or and call are special to the
 * evaluator; a failure here is what Go's function returns as an error (or panics with).
 */

import { at, codePoint, valueAt } from "../../at.ts";
import { getOwn } from "../../value/collections.ts";
import { compareStrings } from "../../value/compare.ts";
import { isPrintable } from "../../value/term-text.ts";
import { toUtf8 } from "../../value/utf8.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { fromByteString, toByteString } from "../byte-string.ts";
import { noFlags, noSyntax } from "../fmt.ts";
import { queryEscape } from "../query-escape.ts";
import {
	element,
	formatPayload,
	GoByte,
	type GoComplex,
	type GoFloat,
	GoInt,
	isTrue,
	type Kind,
	kindOf,
	lengthOf,
	NumberText,
	nilInterface,
	type Payload,
	plain,
	type Slot,
	sprint,
	stringOf,
	typeName,
	unwrap,
} from "./values.ts";

/** An error of the function itself. */
export class FunctionError extends Error {}

function fail(message: string): never {
	throw new FunctionError(message);
}

/** How arguments are handed over: as reflect.Value, as interface {}, or as a string. */
export type Parameter = "value" | "any" | "string";

export interface TemplateFunction {
	/** Parameters; when variadic, the last stands for any number. */
	readonly parameters: readonly Parameter[];
	readonly variadic: boolean;
	/** Absent where the evaluator does it. */
	readonly call?: (args: readonly Slot[]) => Slot;
}

function one(parameter: Parameter, call: (a: Slot) => Slot): TemplateFunction {
	return { parameters: [parameter], variadic: false, call: (args) => call(at(args, 0)) };
}

function two(call: (a: Slot, b: Slot) => Slot): TemplateFunction {
	return { parameters: pair, variadic: false, call: (args) => call(at(args, 0), at(args, 1)) };
}

/** The first argument, and any number of others. */
function oneAndMore(call: (a: Slot, others: readonly Slot[]) => Slot): TemplateFunction {
	return { parameters: pair, variadic: true, call: (args) => call(at(args, 0), args.slice(1)) };
}

function variadic(parameters: readonly Parameter[], call?: (args: readonly Slot[]) => Slot): TemplateFunction {
	return call === undefined ? { parameters, variadic: true } : { parameters, variadic: true, call };
}

function bool(b: boolean): Slot {
	return plain(b);
}

const pair: readonly Parameter[] = ["value", "value"];

export const functions: ReadonlyMap<string, TemplateFunction> = new Map([
	["and", variadic(pair)],
	["or", variadic(pair)],
	["call", variadic(pair)],
	["not", one("value", (a) => bool(!isTrue(a)))],
	["eq", oneAndMore((a, others) => bool(equal(a, others)))],
	["ne", two((a, b) => bool(!equal(a, [b])))],
	["lt", two((a, b) => bool(less(a, b)))],
	["le", two((a, b) => bool(lessOrEqual(a, b)))],
	["gt", two((a, b) => bool(!lessOrEqual(a, b)))],
	["ge", two((a, b) => bool(!less(a, b)))],
	["index", oneAndMore((item, indices) => index(item, indices))],
	["slice", oneAndMore((item, indices) => slice(item, indices))],
	["len", one("value", (a) => length(a))],
	["html", variadic(["any"], (args) => plain(escapeHtml(textOfAll(args))))],
	["js", variadic(["any"], (args) => plain(escapeJs(textOfAll(args))))],
	["urlquery", variadic(["any"], (args) => plain(queryEscape(textOfAll(args))))],
	// The evaluator supplies these: they may produce much output.
	["print", variadic(["any"])],
	["println", variadic(["any"])],
	["printf", variadic(["string", "any"])],
]);

export const functionNames: ReadonlySet<string> = new Set(functions.keys());

// --- comparison --------------------------------------------------------------------------------

const basicKinds: readonly Kind[] = ["bool", "string", "int", "uint", "float", "complex"];

function basicKind(s: Slot): Kind | undefined {
	const k = kindOf(s);
	return basicKinds.includes(k) ? k : undefined;
}

function integerOf(v: Payload): bigint | undefined {
	return v instanceof GoInt ? v.n : v instanceof GoByte ? BigInt(v.n) : undefined;
}

/** Whether the first equals any of the others. */
function equal(first: Slot, others: readonly Slot[]): boolean {
	const a = unwrap(first);
	if (others.length === 0) fail("missing argument for comparison");
	for (const other of others) if (equalTo(a, unwrap(other))) return true;
	return false;
}

function equalTo(a: Slot, b: Slot): boolean {
	const ka = basicKind(a);
	const kb = basicKind(b);
	const x = integerOf(a.v);
	const y = integerOf(b.v);
	if (x !== undefined && y !== undefined) return x === y;
	if (ka !== kb) {
		if (a.v === undefined || b.v === undefined) return false;
		fail(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
	}
	switch (ka) {
		case "bool":
			return a.v === b.v;
		case "string":
			return stringOf(a.v) === stringOf(b.v);
		case "float":
			return (a.v as GoFloat).n === (b.v as GoFloat).n;
		case "complex":
			return (a.v as GoComplex).re === (b.v as GoComplex).re && (a.v as GoComplex).im === (b.v as GoComplex).im;
		default:
	}
	if (a.v === undefined || b.v === undefined) return a.v === b.v;
	const shown = (s: Slot, verb: string): string => formatPayload(s.v, verb, noFlags, noSyntax);
	if (kindOf(a) !== kindOf(b)) {
		fail(`non-comparable types ${shown(a, "s")}: ${typeName(a)}, ${typeName(b)}: ${shown(b, "v")}`);
	}
	// Lists and objects are never comparable.
	return fail(`non-comparable type ${shown(b, "s")}: ${typeName(b)}`);
}

function less(first: Slot, second: Slot): boolean {
	const a = unwrap(first);
	const b = unwrap(second);
	const ka = basicKind(a);
	const kb = ka === undefined ? undefined : basicKind(b);
	if (ka === undefined || kb === undefined) return fail("invalid type for comparison");
	const x = integerOf(a.v);
	const y = integerOf(b.v);
	if (x !== undefined && y !== undefined) return x < y;
	if (ka !== kb) fail(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
	if (ka === "string") return compareStrings(stringOf(a.v), stringOf(b.v)) < 0;
	if (ka === "float") return (a.v as GoFloat).n < (b.v as GoFloat).n;
	return fail("invalid type for comparison");
}

function lessOrEqual(a: Slot, b: Slot): boolean {
	return less(a, b) || equal(a, [b]);
}

// --- indexing ----------------------------------------------------------------------------------

/** An index into something of a size; the size itself is let through. */
function indexArgument(s: Slot, size: number): number {
	const i = integerOf(s.v);
	if (i === undefined) {
		if (s.v === undefined) fail("cannot index slice/array with nil");
		fail(`cannot index slice/array with type ${typeName(s)}`);
	}
	if (i < 0n || i > BigInt(size)) fail(`index out of range: ${i}`);
	return Number(i);
}

function index(first: Slot, indices: readonly Slot[]): Slot {
	let item = unwrap(first);
	if (item.v === undefined) fail("index of untyped nil");
	for (const wrapped of indices) {
		const at = unwrap(wrapped);
		if (item.wrapped && item.v === null) fail("index of nil pointer");
		item = indexOne(unwrap(item), at);
	}
	return item;
}

function indexOne(item: Slot, position: Slot): Slot {
	switch (kindOf(item)) {
		case "slice": {
			const list = item.v as readonly Value[];
			const v = list[indexArgument(position, list.length)];
			return v === undefined ? fail("reflect: slice index out of range") : element(v);
		}
		case "string": {
			const bytes = toUtf8(stringOf(item.v));
			const b = bytes[indexArgument(position, bytes.length)];
			return b === undefined ? fail("reflect: string index out of range") : plain(new GoByte(b));
		}
		case "map": {
			if (position.v === undefined) fail("value is nil; should be of type string");
			if (typeof position.v !== "string") return fail(`value has type ${typeName(position)}; should be string`);
			const v = getOwn(item.v as PlainObject, position.v);
			return v === undefined ? nilInterface : element(v);
		}
		default:
			return fail(`can't index item of type ${typeName(item)}`);
	}
}

/** What Go's decoder allocates for a list of this length. */
function capacity(length: number): number {
	let n = length === 0 ? 0 : 1;
	while (n < length && n < 256) n *= 2;
	return Math.max(n, length);
}

function slice(first: Slot, indices: readonly Slot[]): Slot {
	const item = unwrap(first);
	if (item.v === undefined) fail("slice of untyped nil");
	if (indices.length > 3) fail(`too many slice indexes: ${indices.length}`);
	const kind = kindOf(item);
	const isText = kind === "string";
	if (isText && indices.length === 3) fail("cannot 3-index slice a string");
	if (!isText && kind !== "slice") fail(`can't slice item of type ${typeName(item)}`);
	const size = lengthOf(item) ?? 0;
	const bound = isText ? size : capacity(size);
	const bounds: [number, number, number] = [0, size, bound];
	for (const [i, s] of indices.entries()) bounds[i as 0 | 1 | 2] = indexArgument(unwrapIndex(s), bound);
	if (bounds[0] > bounds[1]) fail(`invalid slice index: ${bounds[0]} > ${bounds[1]}`);
	if (indices.length === 3 && bounds[1] > bounds[2]) fail(`invalid slice index: ${bounds[1]} > ${bounds[2]}`);
	if (!isText) {
		const out = (item.v as readonly Value[]).slice(bounds[0], bounds[1]);
		while (out.length < bounds[1] - bounds[0]) out.push(null);
		return plain(out);
	}
	const text = fromByteString(toByteString(stringOf(item.v)).slice(bounds[0], bounds[1]));
	return plain(typeof item.v === "string" ? text : new NumberText(text));
}

/** Go looks at slice indices without taking them out of their interface. */
function unwrapIndex(s: Slot): Slot {
	if (s.wrapped) fail("cannot index slice/array with type interface {}");
	return s;
}

function length(s: Slot): Slot {
	if (s.wrapped && s.v === null) fail("len of nil pointer");
	if (s.v === undefined) fail("reflect: call of reflect.Value.Type on zero Value");
	const n = lengthOf(s);
	return n === undefined ? fail(`len of type ${typeName(unwrap(s))}`) : plain(new GoInt(n));
}

/** What `call` makes of a value: nothing here is a function. */
export function callProblem(callee: string, s: Slot): string {
	const f = unwrap(s);
	return f.v === undefined ? "call of nil" : `non-function ${callee} of type ${typeName(f)}`;
}

// --- escaping ----------------------------------------------------------------------------------

/** Arguments as print shows them, nil as the template shows a missing value. */
function textOfAll(args: readonly Slot[]): string {
	const only = args[0];
	if (args.length === 1 && typeof only?.v === "string") return only.v;
	return sprint(args.map((a) => (a.v === null || a.v === undefined ? "<no value>" : a.v)));
}

const htmlEscapes: Readonly<Record<string, string>> = {
	"\0": "\ufffd",
	'"': "&#34;",
	"'": "&#39;",
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
};

function escapeHtml(s: string): string {
	return s.replace(/[\0"'&<>]/g, (c) => valueAt(htmlEscapes, c));
}

const jsEscapes: Readonly<Record<string, string>> = {
	"\\": "\\\\",
	"'": "\\'",
	'"': '\\"',
	"<": "\\u003C",
	">": "\\u003E",
	"&": "\\u0026",
	"=": "\\u003D",
};

function escapeJs(s: string): string {
	let out = "";
	for (const c of s) {
		const cp = codePoint(c);
		const named = jsEscapes[c];
		if (named !== undefined) out += named;
		else if (cp < 0x20) out += `\\u00${cp.toString(16).toUpperCase().padStart(2, "0")}`;
		else if (cp < 0x80 || isPrintable(cp)) out += c;
		else out += `\\u${cp.toString(16).toUpperCase().padStart(4, "0")}`;
	}
	return out;
}
