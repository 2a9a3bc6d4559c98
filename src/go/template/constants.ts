/**
 * Constants in templates: Go's quoted strings and characters, and its numbers, which may be integers
 * of any base, floats (hexadecimal ones too) or complex, and often several of these at once.
 */

import { at } from "../../at.ts";
import { quoteGo } from "../../value/term-text.ts";
import { fromByteString, toByteString } from "../byte-string.ts";
import type { NumberNode } from "./nodes.ts";
import { GoComplex } from "./values.ts";

/** The text of a quoted or raw string literal, or undefined when it is none. */
export function unquoteGo(literal: string): string | undefined {
	const body = literal.slice(1, -1);
	if (literal.startsWith("`")) return body.replaceAll("\r", "");
	let out = "";
	for (let i = 0; i < body.length; ) {
		const c = unquoteCharacter(body, i, '"');
		if (c === undefined) return undefined;
		out += c.bytes;
		i = c.end;
	}
	return fromByteString(out);
}

interface Character {
	/** As a byte string. */
	readonly bytes: string;
	readonly codePoint: number;
	readonly end: number;
}

const simpleEscapes: Readonly<Record<string, number>> = {
	a: 7,
	b: 8,
	f: 12,
	n: 10,
	r: 13,
	t: 9,
	v: 11,
	"\\": 92,
};

/** One character of a literal, escaped or not. */
function unquoteCharacter(s: string, at: number, quote: string): Character | undefined {
	const cp = s.codePointAt(at);
	if (cp === undefined || cp === quote.charCodeAt(0)) return undefined;
	const c = String.fromCodePoint(cp);
	if (c !== "\\") return { bytes: toByteString(c), codePoint: cp, end: at + c.length };
	const e = s[at + 1] ?? "";
	const simple = Object.hasOwn(simpleEscapes, e) ? simpleEscapes[e] : e === quote ? e.charCodeAt(0) : undefined;
	if (simple !== undefined) return { bytes: String.fromCharCode(simple), codePoint: simple, end: at + 2 };
	const m = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/.exec(s.slice(at, at + 10));
	if (m === null) return undefined;
	const [whole, x, u, big, octal] = m;
	const code = Number.parseInt(x ?? u ?? big ?? octal ?? "", octal === undefined ? 16 : 8);
	if (x !== undefined || octal !== undefined) {
		return code > 255 ? undefined : { bytes: String.fromCharCode(code), codePoint: code, end: at + whole.length };
	}
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
	return { bytes: toByteString(String.fromCodePoint(code)), codePoint: code, end: at + whole.length };
}

type Parsed = NumberNode | { readonly error: string };

/** A number node, or Go's complaint. */
export function parseConstant(kind: "charConstant" | "complex" | "number", text: string, pos: number): Parsed {
	const none = { int: undefined, uint: undefined, float: undefined, complex: undefined };
	const node = { kind: "number", pos, text, ...none } as const;
	if (kind === "charConstant") {
		const c = unquoteCharacter(text, 1, "'");
		if (c === undefined) return { error: "invalid syntax" };
		if (text.slice(c.end) !== "'") return { error: `malformed character constant: ${text}` };
		const i = BigInt(c.codePoint);
		return { ...node, int: i, uint: i, float: c.codePoint };
	}
	if (kind === "complex") {
		const split = Math.max(text.lastIndexOf("+"), text.lastIndexOf("-"));
		const re = parseFloatGo(text.slice(0, split));
		const im = parseFloatGo(text.slice(split, -1));
		if (re === undefined || im === undefined) return { error: "syntax error scanning complex number" };
		return withComplex(node, new GoComplex(re, im));
	}
	if (text.endsWith("i")) {
		const im = parseFloatGo(text.slice(0, -1));
		if (im !== undefined) return withComplex(node, new GoComplex(0, im));
	}
	const i = parseInteger(text);
	const uint = i !== undefined && i >= 0n && i < 1n << 64n && !/^[+-]/.test(text) ? i : undefined;
	const int = i !== undefined && i >= -(1n << 63n) && i < 1n << 63n ? i : undefined;
	if (int !== undefined || uint !== undefined) {
		return { ...node, int, uint: int === 0n ? 0n : uint, float: Number(int ?? uint) };
	}
	const float = parseFloatGo(text);
	if (float === undefined) return { error: `illegal number syntax: ${quoteGo(text)}` };
	if (!/[.eEpP]/.test(text)) return { error: `integer overflow: ${quoteGo(text)}` };
	return { ...node, float, ...asIntegers(float) };
}

function asIntegers(f: number): { readonly int: bigint | undefined; readonly uint: bigint | undefined } {
	if (!Number.isInteger(f)) return { int: undefined, uint: undefined };
	const i = BigInt(f);
	return {
		int: i >= -(1n << 63n) && i < 1n << 63n ? i : undefined,
		uint: i >= 0n && i < 1n << 64n ? i : undefined,
	};
}

function withComplex(node: NumberNode, complex: GoComplex): NumberNode {
	if (complex.im !== 0) return { ...node, complex };
	return { ...node, complex, float: complex.re, ...asIntegers(complex.re) };
}

/** Underscores stand between digits, or after the prefix of a base. */
function withoutUnderscores(text: string): string | undefined {
	if (!text.includes("_")) return text;
	if (/__|_$|_[^0-9a-fA-F]|[^0-9a-fA-FxXoObB]_|^[+-]?_/.test(text)) return undefined;
	return text.replaceAll("_", "");
}

function parseInteger(text: string): bigint | undefined {
	const plain = withoutUnderscores(text);
	const m = /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.exec(plain ?? "");
	if (m === null) return undefined;
	const digits = at(m, 2);
	if (digits.length > 80) return 1n << 70n;
	const n = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits);
	return m[1] === "-" ? -n : n;
}

/** Decimal or hexadecimal; undefined when it is none or out of a double's range. */
function parseFloatGo(text: string): number | undefined {
	const plain = withoutUnderscores(text);
	if (plain === undefined) return undefined;
	const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/.exec(plain);
	let n: number;
	if (hex !== null) {
		const [, sign, whole = "", fraction = "", exponent] = hex;
		if (whole + fraction === "") return undefined;
		n = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
		if (sign === "-") n = -n;
	} else {
		if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(plain)) return undefined;
		n = Number(plain);
	}
	return Number.isFinite(n) ? n : undefined;
}
