/**
 * JSON text to values and back, losing nothing: numbers keep their digits and spelling. Texts whose
 * numbers a double carries exactly (most) are handed to the native parser after a cheap scan; the
 * rest, and every text with an error in it, go through parser below, which does not recurse and
 * reports errors in the words of Go's decoder. Nesting is limited as in Go.
 */

import { at } from "../at.ts";
import { checkLevels, isOverflow } from "../stack.ts";
import { plainKeys, RegoObject, RegoSet, setOwn } from "./collections.ts";
import { compareStrings } from "./compare.ts";
import { hasJsonForm } from "./json-shape.ts";
import { numberFromText, numberText, parseNumber, RegoNumber } from "./number.ts";
import { checkLength, flat, maxJsonLength, UnwritableError } from "./text-limit.ts";
import { isWellFormed, toWellFormed } from "./utf8.ts";
import {
	isArray,
	isNumber,
	isObject,
	isRegoObject,
	isSet,
	type NumberValue,
	type PlainObject,
	type Value,
} from "./value.ts";

/** Deepest nesting accepted, as in Go's encoding/json. */
export const maxJsonDepth = 10_000;

export class JsonSyntaxError extends Error {
	/** Offset of the offending character, in UTF-16 units. */
	readonly offset: number;

	constructor(message: string, offset: number) {
		super(message);
		this.name = "JsonSyntaxError";
		this.offset = offset;
	}
}

/** Parse one JSON text. Throws JsonSyntaxError. */
export function parseJson(text: string): Value {
	const source = isWellFormed(text) ? text : toWellFormed(text);
	if (suitsNativeParser(source)) {
		try {
			return JSON.parse(source) as Value;
		} catch {
			// Parsed again below for the error message.
		}
	}
	const parser = new Parser(source);
	const v = parser.value();
	parser.end();
	return v;
}

/** The first value of a text, as Go's decoder reads a stream: what follows it is not looked at. Throws JsonSyntaxError. */
export function parseFirstJson(text: string): Value {
	const source = isWellFormed(text) ? text : toWellFormed(text);
	if (suitsNativeParser(source)) {
		try {
			return JSON.parse(source) as Value;
		} catch {
			// There is more, or an error.
		}
	}
	return new Parser(source).value();
}

/**
 * As parseJson, but what follows the first value is treated as OPA's json.unmarshal does: its
 * decoder looks at one more token, and a `null` there passes unnoticed.
 */
export function parseJsonLikeDecoder(text: string): Value {
	const source = toWellFormed(text);
	const parser = new Parser(source);
	const v = parser.value();
	parser.endLikeDecoder();
	return v;
}

/** True when text is exactly one JSON value. */
export function isJson(text: string): boolean {
	if (hasJsonForm(text)) return true;
	try {
		parseJson(text);
		return true;
	} catch (e) {
		if (e instanceof JsonSyntaxError) return false;
		throw e;
	}
}

/** No number that a double would respell, no unpaired surrogate escape, not too deep. */
function suitsNativeParser(text: string): boolean {
	// An escaped surrogate may be unpaired: Go makes that U+FFFD.
	if (text.includes("\\ud") || text.includes("\\uD")) return false;
	let depth = 0;
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c === 34) {
			i = closingQuote(text, i);
			if (i < 0) return false;
		} else if (c === 45 || (c >= 48 && c <= 57)) {
			let j = i + 1;
			let plain = c !== 45 && c !== 48;
			for (; j < text.length; j++) {
				const d = text.charCodeAt(j);
				if (d >= 48 && d <= 57) continue;
				if (d !== 46 && d !== 69 && d !== 101 && d !== 43 && d !== 45) break;
				plain = false;
			}
			const length = j - i;
			if (length > 1 && (!plain || length > 15) && typeof numberFromText(text.slice(i, j)) !== "number") return false;
			i = j - 1;
		} else if (c === 91 || c === 123) {
			if (++depth > maxJsonDepth) return false;
		} else if (c === 93 || c === 125) depth--;
	}
	return true;
}

/** Offset of the quote ending the string that starts at i, or -1. */
function closingQuote(text: string, i: number): number {
	let j = text.indexOf('"', i + 1);
	while (j >= 0) {
		let k = j - 1;
		while (text.charCodeAt(k) === 92) k--;
		if ((j - k) % 2 === 1) return j;
		j = text.indexOf('"', j + 1);
	}
	return -1;
}

const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

type Frame = { readonly array: Value[] } | { readonly object: { [key: string]: Value }; key: string };

/** One pass, explicit stack. Error texts and places follow Go's scanner.go. */
class Parser {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	value(): Value {
		const stack: Frame[] = [];
		for (;;) {
			let v = this.#start(stack);
			if (v === undefined) continue;
			// Attach v to what encloses it, closing as many levels as end here.
			for (;;) {
				const frame = stack.at(-1);
				if (frame === undefined) return v;
				const c = this.#next();
				if ("array" in frame) {
					frame.array.push(v);
					if (c === 44) this.#at++;
					else if (c === 93) this.#at++;
					else this.#fail("after array element");
					if (c === 44) break;
					v = frame.array;
				} else {
					setOwn(frame.object, frame.key, v);
					if (c !== 44 && c !== 125) this.#fail("after object key:value pair");
					this.#at++;
					if (c === 44) {
						frame.key = this.#key();
						break;
					}
					v = frame.object;
				}
				stack.pop();
			}
		}
	}

	/** A scalar or empty composite; undefined after entering a composite that has members. */
	#start(stack: Frame[]): Value | undefined {
		const c = this.#next();
		switch (c) {
			case 123: {
				this.#at++;
				this.#enter(stack);
				const object: { [key: string]: Value } = {};
				if (this.#next() === 125) {
					this.#at++;
					return object;
				}
				stack.push({ object, key: this.#key() });
				return undefined;
			}
			case 91:
				this.#at++;
				this.#enter(stack);
				if (this.#next() === 93) {
					this.#at++;
					return [];
				}
				stack.push({ array: [] });
				return undefined;
			case 34:
				return this.#string();
			case 116:
				return this.#literal("true", true);
			case 102:
				return this.#literal("false", false);
			case 110:
				return this.#literal("null", null);
			default:
				if (c === 45 || (c >= 48 && c <= 57)) return this.#number();
				return this.#fail("looking for beginning of value");
		}
	}

	#enter(stack: readonly Frame[]): void {
		if (stack.length >= maxJsonDepth) {
			const bracket = this.#text[this.#at - 1];
			throw new JsonSyntaxError(`invalid character '${bracket}' exceeded max depth`, this.#at);
		}
	}

	/** Skips white space; the code unit there, or NaN at the end. */
	#next(): number {
		for (;;) {
			const c = this.#text.charCodeAt(this.#at);
			if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return c;
			this.#at++;
		}
	}

	#key(): string {
		if (this.#next() !== 34) this.#fail("looking for beginning of object key string");
		const key = this.#string();
		if (this.#next() !== 58) this.#fail("after object key");
		this.#at++;
		return key;
	}

	#literal<T extends Value>(word: string, v: T): T {
		for (let i = 1; i < word.length; i++) {
			if (this.#text[this.#at + i] === word[i]) continue;
			this.#at += i;
			this.#fail(`in literal ${word} (expecting '${word[i]}')`);
		}
		this.#at += word.length;
		return v;
	}

	#number(): NumberValue {
		numberToken.lastIndex = this.#at;
		const m = numberToken.exec(this.#text);
		if (m === null) {
			this.#at++;
			this.#fail("in numeric literal");
		} else {
			this.#at += m[0].length;
			const rest = this.#text.slice(this.#at, this.#at + 2);
			if (rest[0] === "." && !/[.eE]/.test(m[0])) {
				this.#at++;
				this.#fail("after decimal point in numeric literal");
			}
			if ((rest[0] === "e" || rest[0] === "E") && !/[eE]/.test(m[0])) {
				this.#at += rest[1] === "+" || rest[1] === "-" ? 2 : 1;
				this.#fail("in exponent of numeric literal");
			}
			return numberFromText(m[0]);
		}
	}

	#string(): string {
		const text = this.#text;
		const start = ++this.#at;
		let escaped = false;
		for (;;) {
			const c = text.charCodeAt(this.#at);
			if (c === 34) break;
			if (c >= 32 && c !== 92) this.#at++;
			else if (c === 92) {
				escaped = true;
				this.#escape();
			} else this.#fail("in string literal");
		}
		const raw = text.slice(start, this.#at++);
		// The escapes are checked: the native parser only has to translate them.
		return escaped ? toWellFormed(JSON.parse(`"${raw}"`) as string) : raw;
	}

	#escape(): void {
		const kind = this.#text[this.#at + 1];
		this.#at++;
		if (kind === undefined || !'bfnrt\\/"u'.includes(kind)) this.#fail("in string escape code");
		this.#at++;
		if (kind !== "u") return;
		for (let i = 0; i < 4; i++) {
			if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? "")) this.#fail("in \\u hexadecimal character escape");
			this.#at++;
		}
	}

	end(): void {
		if (!Number.isNaN(this.#next())) this.#fail("after top-level value");
	}

	endLikeDecoder(): void {
		const c = this.#next();
		if (Number.isNaN(c)) return;
		if (c === 91 || c === 123) throw this.#after(String.fromCharCode(c));
		const v = this.#start([]);
		if (v === null || v === undefined) return;
		throw this.#after(typeof v === "object" || typeof v === "bigint" ? numberText(v as NumberValue) : decoderToken(v));
	}

	#after(token: string): JsonSyntaxError {
		return new JsonSyntaxError(`error: invalid character '${token}' after top-level value`, this.#at);
	}

	#fail(context: string): never {
		const cp = this.#text.codePointAt(this.#at);
		if (cp === undefined) {
			throw new JsonSyntaxError(this.#text.trim() === "" ? "EOF" : "unexpected EOF", this.#at);
		}
		throw new JsonSyntaxError(`invalid character ${quoteByte(cp)} ${context}`, this.#at);
	}
}

/** What Go's `%s` makes of a boolean token, which is not a string. */
function decoderToken(v: string | number | boolean): string {
	return typeof v === "boolean" ? `%!s(bool=${v})` : String(v);
}

/** Go's scanner sees bytes: of a longer character it names the first. */
function quoteByte(cp: number): string {
	const byte = cp < 0x80 ? cp : cp < 0x800 ? 0xc0 | (cp >> 6) : cp < 0x10000 ? 0xe0 | (cp >> 12) : 0xf0 | (cp >> 18);
	const c = String.fromCharCode(byte);
	if (c === "'") return "'\\''";
	if (c === '"') return `'"'`;
	const named: { [c: string]: string } = {
		"\u0007": "\\a",
		"\b": "\\b",
		"\f": "\\f",
		"\n": "\\n",
		"\r": "\\r",
		"\t": "\\t",
		"\v": "\\v",
		"\\": "\\\\",
	};
	if (byte < 32 || byte === 127) return `'${named[c] ?? `\\x${byte.toString(16).padStart(2, "0")}`}'`;
	return `'${named[c] ?? c}'`;
}

/** How to write JSON. */
export interface ToJsonOptions {
	/** Write `<`, `>` and `&` as escapes, as Go's json.Marshal does. */
	readonly escapeHtml?: boolean;
	/** One element a line, each level indented by this. */
	readonly indent?: string;
	/** Begins every line but the first; only with indent. */
	readonly prefix?: string;
}

/**
 * OPA's JSON for v: keys sorted, sets as sorted arrays, keys that are not strings as their JSON text.
 * Throws TypeError for what has no JSON form: NaN, `+5` from to_number; LimitError for texts that get too long.
 */
export function toJson(v: Value, options: ToJsonOptions = {}): string {
	const quote = options.escapeHtml === true ? quoteHtmlSafe : quoteJson;
	try {
		if (options.indent === undefined) return write(v, quote);
		return writeIndented(v, quote, `\n${options.prefix ?? ""}`, options.indent);
	} catch (e) {
		// The stack is exhausted some thousand levels down, as in JSON.stringify.
		if (!isOverflow(e)) throw e;
		return writeDeep(v, quote, options);
	}
}

/** As write and writeIndented, on a stack of our own. */
function writeDeep(root: Value, quote: Quote, { indent, prefix }: ToJsonOptions): string {
	const line = indent === undefined ? undefined : `\n${prefix ?? ""}`;
	const colon = line === undefined ? ":" : ": ";
	const out: string[] = [];
	let length = 0;
	const rest: (string | { readonly value: Value; readonly depth: number })[] = [{ value: root, depth: 0 }];
	for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
		const { value: v, depth } = typeof next === "string" ? { value: null, depth: 0 } : next;
		const text = typeof next === "string" ? next : scalarJson(v, quote);
		if (text !== undefined) {
			out.push(text);
			length += text.length;
			checkLength(length, maxJsonLength);
			continue;
		}
		checkLevels(depth);
		const items = isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
		const entries: readonly (readonly [string | undefined, Value])[] =
			items?.map((item) => [undefined, item] as const) ?? (isObject(v) ? [...jsonEntries(v)] : []);
		const [open, close] = items === undefined ? ["{", "}"] : ["[", "]"];
		if (entries.length === 0) {
			rest.push(open + close);
			continue;
		}
		const newLine = (levels: number): string => (line === undefined ? "" : line + (indent ?? "").repeat(levels));
		const inner = newLine(depth + 1);
		rest.push(newLine(depth) + close);
		for (let i = entries.length - 1; i >= 0; i--) {
			const [key, value] = at(entries, i);
			const before = key === undefined ? "" : quote(key) + colon;
			rest.push({ value, depth: depth + 1 }, (i > 0 ? "," : "") + inner + before);
		}
		rest.push(open);
	}
	return out.join("");
}

type Quote = (s: string) => string;

function scalarJson(v: Value, quote: Quote): string | undefined {
	switch (typeof v) {
		case "string":
			return quote(v);
		case "boolean":
			return v ? "true" : "false";
		default:
	}
	if (v === null) return "null";
	if (!isNumber(v)) return undefined;
	if (typeof v === "number" && !Number.isFinite(v)) throw new UnwritableError(`${v} has no JSON form`);
	const text = numberText(v);
	// to_number keeps spellings that JSON does not have.
	if (v instanceof RegoNumber && parseNumber(text) === undefined) {
		throw new UnwritableError(`json: invalid number literal ${JSON.stringify(text)}`);
	}
	return text;
}

function write(v: Value, quote: Quote): string {
	const scalar = scalarJson(v, quote);
	if (scalar !== undefined) return scalar;
	const items = isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
	if (items !== undefined) {
		let out = "[";
		for (let i = 0; i < items.length; i++) {
			out += `${i > 0 ? "," : ""}${write(at(items, i), quote)}`;
			checkLength(out.length, maxJsonLength);
		}
		return flat(`${out}]`);
	}
	let out = "{";
	let first = true;
	for (const [k, item] of jsonEntries(v as PlainObject | RegoObject)) {
		out += `${first ? "" : ","}${quote(k)}:${write(item, quote)}`;
		first = false;
		checkLength(out.length, maxJsonLength);
	}
	return flat(`${out}}`);
}

function writeIndented(v: Value, quote: Quote, lineStart: string, indent: string): string {
	const scalar = scalarJson(v, quote);
	if (scalar !== undefined) return scalar;
	const inner = lineStart + indent;
	const parts: string[] = [];
	let length = 0;
	const add = (part: string): void => {
		parts.push(part);
		length += part.length;
		checkLength(length, maxJsonLength);
	};
	const items = isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
	if (items !== undefined) {
		for (const item of items) add(inner + writeIndented(item, quote, inner, indent));
		return parts.length === 0 ? "[]" : `[${parts.join(",")}${lineStart}]`;
	}
	for (const [k, item] of jsonEntries(v as PlainObject | RegoObject)) {
		add(`${inner}${quote(k)}: ${writeIndented(item, quote, inner, indent)}`);
	}
	return parts.length === 0 ? "{}" : `{${parts.join(",")}${lineStart}}`;
}

/** Entries by their JSON keys, sorted; of keys with the same text the last in OPA's order wins. */
function jsonEntries(o: PlainObject | RegoObject): Iterable<readonly [string, Value]> {
	if (!isRegoObject(o)) return plainKeys(o).map((k) => [k, o[k] as Value] as const);
	const byText = new Map<string, Value>();
	for (const [k, item] of o.sorted()) byText.set(typeof k === "string" ? k : write(k, quoteHtmlSafe), item);
	return [...byText].sort((a, b) => compareStrings(a[0], b[0]));
}

const needsEscape = /["\\\u0000-\u001f\u2028\u2029\ud800-\udfff]/;

/** A string as Go's encoder writes it without HTML escaping. */
export function quoteJson(s: string): string {
	if (!needsEscape.test(s)) return `"${s}"`;
	if (isWellFormed(s)) return escapeSeparators(JSON.stringify(s));
	// Invalid bytes are written as the escape of U+FFFD, a real U+FFFD as itself.
	const parts = s.split(/\p{Surrogate}/u).map((part) => JSON.stringify(part).slice(1, -1));
	return escapeSeparators(`"${parts.join("\\ufffd")}"`);
}

function escapeSeparators(quoted: string): string {
	return quoted.replace(/[\u2028\u2029]/g, (c) => (c === "\u2028" ? "\\u2028" : "\\u2029"));
}

function quoteHtmlSafe(s: string): string {
	const quoted = quoteJson(s);
	if (!/[<>&]/.test(quoted)) return quoted;
	return quoted.replace(/[<>&]/g, (c) => (c === "<" ? "\\u003c" : c === ">" ? "\\u003e" : "\\u0026"));
}

/**
 * Check a value from outside (an input document made by an embedder) and convert what JSON and
 * JavaScript spell differently: Map becomes an object, Set a set, anything with toJSON what that
 * returns. Properties that are undefined are absent, as everywhere. Returns x itself when nothing
 * had to change; throws TypeError for what is no value (functions, NaN, cycles …).
 */
export function fromJs(x: unknown, depth = 0): Value {
	switch (typeof x) {
		case "string":
		case "boolean":
		case "bigint":
			return x;
		case "number":
			if (!Number.isFinite(x)) throw new TypeError(`${x} is not a Rego value`);
			return x;
		case "object":
			break;
		default:
			throw new TypeError(`${typeof x} is not a Rego value`);
	}
	if (x === null || x instanceof RegoNumber) return x;
	if (x instanceof RegoSet || x instanceof RegoObject) return x;
	// Far above any real document and well below the depth at which recursion here would overflow.
	if (depth > 2_000) throw new TypeError("value is nested too deeply or refers to itself");
	if (Array.isArray(x)) return fromJsArray(x, depth);
	if (x instanceof Set) return RegoSet.of([...x].map((item) => fromJs(item, depth + 1)));
	if (x instanceof Map) return fromJsMap(x, depth);
	const o = x as { readonly [key: string]: unknown; readonly toJSON?: unknown };
	if (typeof o.toJSON === "function") return fromJs((o as { toJSON(): unknown }).toJSON(), depth + 1);
	return fromJsObject(o, depth);
}

function fromJsArray(x: readonly unknown[], depth: number): Value {
	let changed = false;
	const out: Value[] = [];
	for (let i = 0; i < x.length; i++) {
		const v = fromJs(x[i], depth + 1);
		if (v !== x[i]) changed = true;
		out.push(v);
	}
	return changed ? out : (x as readonly Value[]);
}

function fromJsMap(x: ReadonlyMap<unknown, unknown>, depth: number): Value {
	const entries: [Value, Value][] = [...x].map(([k, v]) => [fromJs(k, depth + 1), fromJs(v, depth + 1)]);
	if (entries.every(([k]) => typeof k === "string")) {
		const out: { [key: string]: Value } = {};
		for (const [k, v] of entries) setOwn(out, k as string, v);
		return out;
	}
	const out = new RegoObject();
	for (const [k, v] of entries) out.set(k, v);
	return out;
}

function fromJsObject(o: { readonly [key: string]: unknown }, depth: number): Value {
	let changed = false;
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(o)) {
		const item = o[k];
		if (item === undefined) continue;
		const v = fromJs(item, depth + 1);
		if (v !== item) changed = true;
		setOwn(out, k, v);
	}
	return changed ? out : (o as PlainObject);
}
