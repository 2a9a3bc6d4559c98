/**
 * Values as YAML, in the very text OPA's library (go-yaml 2, by way of JSON) writes: block style, two
 * spaces, lists level with their key, keys in its natural order, strings plain where they read back
 * as strings, else in double quotes, with single quotes and literal blocks where its emitter wants
 * them. Values must be JSON: arrays for sets, string keys.
 */

import { at, codePoint, valueAt } from "../at.ts";
import { codePointLength } from "../value/code-points.ts";
import { plainKeys } from "../value/collections.ts";
import { toJson } from "../value/json.ts";
import { numberText } from "../value/number.ts";
import { checkLength, maxJsonLength } from "../value/text-limit.ts";
import { toWellFormed, utf8Length } from "../value/utf8.ts";
import { isArray, isNumber, type NumberValue, type PlainObject, type Value } from "../value/value.ts";
import { floatText } from "./float-text.ts";
import { GoError } from "./go-error.ts";
import { parseTime } from "./time-layout.ts";

/** The document, ending in a line break. Throws GoError. */
export function emitYaml(v: Value): string {
	checkCharacters(v);
	checkKeys(v, { breaks: 0 });
	const e = new Emitter();
	e.block(v, 0);
	e.indentTo(0);
	return e.text();
}

function isMap(v: Value): v is PlainObject {
	return typeof v === "object" && v !== null && !isArray(v) && !isNumber(v);
}

// --- what the library cannot read of its own JSON --------------------------------------------------

const refused = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/**
 * The library reads the value's JSON as YAML: some control characters are refused, keys must fit one
 * line (U+0085 is a line break that JSON does not escape) and 1024 characters.
 */
function checkKeys(v: Value, at: { breaks: number }): void {
	if (typeof v === "string") at.breaks += countBreaks(v);
	else if (isArray(v)) for (const item of v) checkKeys(item, at);
	else if (isMap(v)) {
		for (const key of plainKeys(v)) {
			const breaks = countBreaks(key);
			at.breaks += breaks;
			if (breaks > 0 || codePointLength(toJson(key, { escapeHtml: true })) > 1024) {
				const line = at.breaks === 0 ? "" : `line ${at.breaks}: `;
				throw new GoError(`yaml: ${line}did not find expected ',' or '}'`);
			}
			checkKeys(valueAt(v, key), at);
		}
	}
}

function countBreaks(s: string): number {
	return s.includes("\u0085") ? s.split("\u0085").length - 1 : 0;
}

function checkCharacters(v: Value): void {
	if (typeof v === "string") {
		if (refused.test(v)) throw new GoError("yaml: control characters are not allowed");
	} else if (isArray(v)) for (const item of v) checkCharacters(item);
	else if (isMap(v)) {
		for (const key of Object.keys(v)) {
			checkCharacters(key);
			if (v[key] !== undefined) checkCharacters(v[key]);
		}
	}
}

/** A string as the library reads it back: U+0085 is folded, invalid bytes are replaced. */
function cleanText(text: string): string {
	return toWellFormed(text).replace(/ *\u0085[ \u0085]*/g, (run) => {
		const breaks = run.replaceAll(" ", "").length;
		return breaks === 1 ? " " : "\n".repeat(breaks - 1);
	});
}

// --- layout ----------------------------------------------------------------------------------------

/** Text past this column is folded at its next space. */
const bestWidth = 80;

class Emitter {
	readonly #out: string[] = [];
	#length = 0;
	#column = 0;
	/** Only indentation and indicators so far on this line. */
	#indention = true;
	/** The last character was white space or an opening indicator. */
	#whitespace = true;

	text(): string {
		return this.#out.join("");
	}

	#put(text: string): void {
		this.#out.push(text);
		this.#length += text.length;
		checkLength(this.#length, maxJsonLength);
		this.#column += codePointLength(text);
	}

	#break(text = "\n"): void {
		this.#out.push(text);
		this.#column = 0;
		this.#indention = true;
	}

	/** A line break unless the line is still empty, then spaces up to the column. */
	indentTo(indent: number): void {
		const fresh = this.#indention && (this.#column < indent || (this.#column === indent && this.#whitespace));
		if (!fresh) this.#break();
		if (this.#column < indent) this.#put(" ".repeat(indent - this.#column));
		this.#whitespace = true;
		this.#indention = true;
	}

	/** `-`, `?`, `:` and quotes; `before`: separated from what precedes. */
	#indicator(text: string, before: boolean, opening: boolean): void {
		if (before && !this.#whitespace) this.#put(" ");
		this.#put(text);
		this.#whitespace = false;
		this.#indention = this.#indention && opening;
	}

	/** A node in block context, its lines at this column. */
	block(v: Value, indent: number): void {
		if (isArray(v) && v.length > 0) this.#items(v, indent);
		else if (isMap(v) && hasKeys(v)) this.#entries(v, indent);
		else this.#scalar(v, indent + 2);
	}

	#items(list: readonly Value[], indent: number): void {
		for (const item of list) {
			this.indentTo(indent);
			this.#indicator("-", true, true);
			this.#nested(item, indent);
		}
	}

	/** What stands after `-`, or after the colon of a complex key. */
	#nested(v: Value, indent: number): void {
		this.block(v, isCollection(v) ? indent + 2 : indent);
	}

	#entries(o: PlainObject, indent: number): void {
		const sorted = Object.keys(o)
			.filter((k) => o[k] !== undefined)
			.map((k) => ({ key: cleanText(k), value: valueAt(o, k) }))
			.sort((a, b) => compareKeys(a.key, b.key));
		for (const { key, value } of sorted) {
			this.indentTo(indent);
			if (isSimpleKey(key)) {
				this.#string(key, indent + 2, true);
				this.#indicator(":", false, false);
				// Lists stand level with their key.
				this.block(value, isCollection(value) && !isArray(value) ? indent + 2 : indent);
			} else {
				this.#indicator("?", true, true);
				this.#string(key, indent + 2, false);
				this.indentTo(indent);
				this.#indicator(":", true, true);
				this.#nested(value, indent);
			}
		}
	}

	/** Scalars and empty collections; further lines of text stand at the column. */
	#scalar(v: Value, indent: number): void {
		if (typeof v === "string") this.#string(cleanText(v), indent, false);
		else if (isNumber(v)) this.#number(v, indent);
		else if (isArray(v) || isMap(v)) this.#plain(isArray(v) ? "[]" : "{}", indent, false);
		else this.#plain(String(v), indent, false);
	}

	/** Integers of 64 bits exactly, other numbers as doubles, what no double holds as text. */
	#number(v: NumberValue, indent: number): void {
		const text = numberText(v);
		const i = /^-?[0-9]{1,20}$/.test(text) ? BigInt(text) : undefined;
		const n = Number(text);
		if (i !== undefined && i >= -(1n << 63n) && i < 1n << 64n) this.#plain(i.toString(), indent, false);
		else if (!Number.isFinite(n)) this.#string(text, indent, false);
		else this.#plain((n < 0 || Object.is(n, -0) ? "-" : "") + floatText(Math.abs(n), "g", -1), indent, false);
	}

	#string(s: string, indent: number, asKey: boolean): void {
		const shape = analyze(s);
		const fold = !asKey;
		if (s.includes("\n")) {
			if (shape.block && !asKey) this.#literal(s, indent);
			else this.#double(s, indent, fold);
		} else if (!readsAsString(s)) this.#double(s, indent, fold);
		else if (shape.plain) this.#plain(s, indent, fold);
		else if (shape.single) this.#single(s, indent, fold);
		else this.#double(s, indent, fold);
	}

	#plain(s: string, indent: number, fold: boolean): void {
		if (!this.#whitespace) this.#put(" ");
		this.#folding(s, indent, fold, 0, s.length);
		this.#whitespace = false;
		this.#indention = false;
	}

	#single(s: string, indent: number, fold: boolean): void {
		this.#indicator("'", true, false);
		this.#folding(s, indent, fold, 1, s.length - 1, "''");
		this.#indicator("'", false, false);
		this.#indention = false;
	}

	/** Text that may continue on the next line at a single space between `from` and `to`. */
	#folding(s: string, indent: number, fold: boolean, from: number, to: number, apostrophe = "'"): void {
		let spaces = false;
		let breaks = false;
		let i = 0;
		for (const c of s) {
			if (c === " ") {
				const single = !spaces && s[i + 1] !== " ";
				if (fold && single && this.#column > bestWidth && i >= from && i < to) this.indentTo(indent);
				else this.#put(" ");
				spaces = true;
			} else if (c === "\u2028" || c === "\u2029") {
				this.#break(c);
				breaks = true;
			} else {
				if (breaks) this.indentTo(indent);
				this.#put(c === "'" ? apostrophe : c);
				this.#indention = false;
				spaces = false;
				breaks = false;
			}
			i += c.length;
		}
	}

	#double(s: string, indent: number, fold: boolean): void {
		this.#indicator('"', true, false);
		// The emitter looks for a byte order mark at the start whichever character it is at.
		const everything = s.startsWith("\ufeff");
		let spaces = false;
		let i = 0;
		for (const c of s) {
			const escaped = everything || !unescaped.test(c);
			if (!escaped && c === " " && fold && !spaces && this.#column > bestWidth && i > 0 && i < s.length - 1) {
				this.indentTo(indent);
				if (s[i + 1] === " ") this.#put("\\");
			} else this.#put(escaped ? `\\${escapes.get(c) ?? hexEscape(codePoint(c))}` : c);
			spaces = !escaped && c === " ";
			i += c.length;
		}
		this.#indicator('"', false, false);
		this.#indention = false;
	}

	/** A literal block; the line break that ends its last line is written by whoever comes next. */
	#literal(s: string, indent: number): void {
		const body = s.replace(/[\n\u2028\u2029]$/, "");
		this.#indicator("|", true, false);
		const chomp = body === s ? "-" : body === "" || /[\n\u2028\u2029]$/.test(body) ? "+" : "";
		this.#put((/^[ \n\u2028\u2029]/.test(s) ? "2" : "") + chomp);
		this.#break();
		this.#whitespace = true;
		let breaks = true;
		for (const c of s) {
			if (/[\n\u2028\u2029]/.test(c)) {
				this.#break(c);
				breaks = true;
			} else {
				if (breaks) this.indentTo(indent);
				this.#put(c);
				this.#indention = false;
				breaks = false;
			}
		}
	}
}

function hasKeys(o: PlainObject): boolean {
	return Object.keys(o).some((k) => o[k] !== undefined);
}

/** A collection that is not empty. */
function isCollection(v: Value): boolean {
	return isArray(v) ? v.length > 0 : isMap(v) && hasKeys(v);
}

/** Keys of one line and at most 128 bytes need no question mark. */
function isSimpleKey(key: string): boolean {
	return !/[\n\r\u2028\u2029]/.test(key) && utf8Length(key) <= 128;
}

// --- strings -------------------------------------------------------------------------------------

interface Shape {
	readonly plain: boolean;
	readonly single: boolean;
	readonly block: boolean;
}

/** Which styles can hold a string, by the emitter's rules outside flow collections. */
function analyze(s: string): Shape {
	const special = /[^\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(s);
	const breaks = /[\n\u2028\u2029]/.test(s);
	const spaceBreak = / [\n\u2028\u2029]/.test(s);
	const breakSpace = /[\n\u2028\u2029] /.test(s);
	const edges = /^[ \n\u2028\u2029]|[ \n\u2028\u2029]$/.test(s);
	const indicators = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`])|^[-?](?:[ \t]|$)|:(?:[ \t]|$)|[ \t\n\u2028\u2029]#/.test(s);
	const bad = special || spaceBreak;
	return {
		plain: !(bad || edges || breakSpace || breaks || indicators),
		single: !(bad || breakSpace),
		block: !(bad || s.endsWith(" ")),
	};
}

/** Characters that need no escape between double quotes. */
const unescaped = /^[ !#-[\]-~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/;

const escapes: ReadonlyMap<string, string> = new Map([
	["\0", "0"],
	["\u0007", "a"],
	["\b", "b"],
	["\t", "t"],
	["\n", "n"],
	["\v", "v"],
	["\f", "f"],
	["\r", "r"],
	["\u001b", "e"],
	['"', '"'],
	["\\", "\\"],
	["\u0085", "N"],
	["\u00a0", "_"],
	["\u2028", "L"],
	["\u2029", "P"],
]);

function hexEscape(cp: number): string {
	const hex = cp.toString(16).toUpperCase();
	if (cp <= 0xff) return `x${hex.padStart(2, "0")}`;
	return cp <= 0xffff ? `u${hex.padStart(4, "0")}` : `U${hex.padStart(8, "0")}`;
}

// --- what a plain scalar would mean --------------------------------------------------------------

const words: ReadonlySet<string> = new Set(
	`y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL
	.nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF`.split(/\s+/),
);

const timestampLayouts = [
	"2006-1-2T15:4:5.999999999Z07:00",
	"2006-1-2t15:4:5.999999999Z07:00",
	"2006-1-2 15:4:5.999999999",
	"2006-1-2",
];

/** Whether the text unquoted would be read as the same string (and not as a base 60 number). */
function readsAsString(s: string): boolean {
	if (s === "" || words.has(s)) return false;
	// Go's own float syntax, which has underscores between digits.
	if (s.startsWith("."))
		return !(/^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/.test(s) && isFloat(s.replaceAll("_", "")));
	if (!/^[-+0-9]/.test(s)) return true;
	if (/^[0-9]{4}-/.test(s) && timestampLayouts.some((layout) => "ok" in parseTime(layout, s))) return false;
	if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(s)) return false;
	const digits = s.replaceAll("_", "");
	return !isInteger64(digits) && !isFloat(digits);
}

function isFloat(s: string): boolean {
	return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(s) && Number.isFinite(Number(s));
}

function isInteger64(s: string): boolean {
	const m = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.exec(s);
	if (m === null || s.length > 80) return false;
	const digits = at(m, 2);
	const n = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
	if (m[1] === "-") return n <= 1n << 63n;
	// Only numbers without a sign may be unsigned.
	return n < 1n << (m[1] === "+" ? 63n : 64n);
}

// --- order of keys -------------------------------------------------------------------------------

const letter = /^\p{L}$/u;
const digit = /^\p{Nd}$/u;

/** Letters after everything else, runs of digits by their value. */
function compareKeys(a: string, b: string): number {
	const x = [...a];
	const y = [...b];
	const n = Math.min(x.length, y.length);
	for (let i = 0; i < n; i++) {
		const p = at(x, i);
		const q = at(y, i);
		if (p === q) continue;
		const pl = letter.test(p);
		const ql = letter.test(q);
		if (pl && ql) return order(codePoint(p), codePoint(q));
		if (pl || ql) return ql ? -1 : 1;
		let start = 0;
		if (p === "0" || q === "0") {
			for (let j = i - 1; j >= 0 && digit.test(at(x, j)); j--) {
				if (x[j] !== "0") {
					start = 1;
					break;
				}
			}
		}
		const [u, ui] = digitRun(x, i, start);
		const [v, vi] = digitRun(y, i, start);
		return order(u, v) || order(ui, vi) || order(codePoint(p), codePoint(q));
	}
	return order(x.length, y.length);
}

/** The value of the digits from an index on, in 64 bits as the library counts, and the index after them. */
function digitRun(text: readonly string[], from: number, start: number): [value: bigint, end: number] {
	let value = BigInt(start);
	let i = from;
	for (; i < text.length && digit.test(at(text, i)); i++) {
		value = BigInt.asIntN(64, value * 10n + BigInt(at(text, i).charCodeAt(0) - 48));
	}
	return [value, i];
}

function order(a: number | bigint, b: number | bigint): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
