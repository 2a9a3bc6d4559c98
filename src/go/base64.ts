/**
 * Base64 as Go's encoding/base64 reads and writes it: new lines are skipped, leftover bits ignored,
 * padding required, and an error names the byte it was found at.
 */

import { byteAt } from "../at.ts";
import { fromUtf8, toUtf8 } from "../value/utf8.ts";
import { asciiCodes, asciiText } from "./ascii.ts";
import { fromByteString } from "./byte-string.ts";

const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function decodeTable(alphabet: string): Int8Array {
	const table = new Int8Array(256).fill(-1);
	for (let i = 0; i < 64; i++) table[alphabet.charCodeAt(i)] = i;
	return table;
}

/** The value of a character, -1 where it has none. */
function digitAt(table: Int8Array, code: number): number {
	return table[code] as number;
}

export type Alphabet = "standard" | "url";

const codes: { readonly [A in Alphabet]: Uint8Array } = { standard: asciiCodes(standard), url: asciiCodes(url) };
const tables: { readonly [A in Alphabet]: Int8Array } = { standard: decodeTable(standard), url: decodeTable(url) };

export function encodeBase64(text: string, alphabet: Alphabet, padded: boolean): string {
	return encodeBytes(toUtf8(text), alphabet, padded);
}

export function encodeBytes(bytes: Uint8Array, alphabet: Alphabet, padded: boolean): string {
	const digits = codes[alphabet];
	const left = bytes.length % 3;
	const whole = bytes.length - left;
	const out = new Uint8Array((whole / 3) * 4 + (left === 0 ? 0 : padded ? 4 : left + 1));
	let at = 0;
	for (let i = 0; i < whole; i += 3) {
		const n = (byteAt(bytes, i) << 16) | (byteAt(bytes, i + 1) << 8) | byteAt(bytes, i + 2);
		out[at] = byteAt(digits, n >> 18);
		out[at + 1] = byteAt(digits, (n >> 12) & 63);
		out[at + 2] = byteAt(digits, (n >> 6) & 63);
		out[at + 3] = byteAt(digits, n & 63);
		at += 4;
	}
	if (left > 0) {
		const n = (byteAt(bytes, whole) << 16) | ((bytes[whole + 1] ?? 0) << 8);
		out[at] = byteAt(digits, n >> 18);
		out[at + 1] = byteAt(digits, (n >> 12) & 63);
		// 61 is the equals sign.
		if (left === 2) out[at + 2] = byteAt(digits, (n >> 6) & 63);
		else if (padded) out[at + 2] = 61;
		if (padded) out[at + 3] = 61;
	}
	return asciiText(out);
}

/** The bytes, or the offset of the byte at which Go gives up. */
export function decodeBase64(text: string, alphabet: Alphabet): Uint8Array | number {
	const table = tables[alphabet];
	return decodePlain(text, table) ?? decodeAny(text, table);
}

/**
 * Text of whole groups without new lines; undefined for any other. Works on bytes: the text is often a
 * piece of a longer one, whose characters are slow to get at one by one.
 */
function decodePlain(text: string, table: Int8Array): Uint8Array | undefined {
	const n = text.length;
	if (n === 0 || n % 4 !== 0) return undefined;
	const from = toUtf8(text);
	if (from.length !== n) return undefined;
	const padding = from[n - 1] !== 61 ? 0 : from[n - 2] !== 61 ? 1 : 2;
	const whole = padding === 0 ? n : n - 4;
	const out = new Uint8Array((n / 4) * 3 - padding);
	let length = 0;
	for (let i = 0; i < whole; i += 4) {
		const high = (digitAt(table, byteAt(from, i)) << 6) | digitAt(table, byteAt(from, i + 1));
		const low = (digitAt(table, byteAt(from, i + 2)) << 6) | digitAt(table, byteAt(from, i + 3));
		// A character of no value is -1: every bit is set, the sign too.
		if ((high | low) < 0) return undefined;
		out[length++] = high >> 4;
		out[length++] = (high << 4) | (low >> 8);
		out[length++] = low;
	}
	if (padding === 0) return out;
	const third = padding === 1 ? digitAt(table, byteAt(from, whole + 2)) : 0;
	const bits = (digitAt(table, byteAt(from, whole)) << 12) | (digitAt(table, byteAt(from, whole + 1)) << 6) | third;
	if (bits < 0) return undefined;
	out[length++] = bits >> 10;
	if (padding === 1) out[length] = bits >> 2;
	return out;
}

/** Everything Go reads, and the place of what it does not. */
function decodeAny(text: string, table: Int8Array): Uint8Array | number {
	const out = new Uint8Array(Math.ceil((text.length * 3) / 4));
	let length = 0;
	let at = 0;
	const isNewLine = (i: number): boolean => text[i] === "\n" || text[i] === "\r";
	for (;;) {
		let bits = 0;
		let count = 0;
		let padding = false;
		while (count < 4) {
			if (at === text.length) {
				if (count === 0) return out.subarray(0, length);
				return at - count;
			}
			const c = text.charCodeAt(at++);
			const value = c < 256 ? digitAt(table, c) : -1;
			if (value >= 0) {
				bits = (bits << 6) | value;
				count++;
				continue;
			}
			if (isNewLine(at - 1)) continue;
			if (c !== 61 || count < 2) return at - 1;
			padding = true;
			if (count === 2) {
				while (isNewLine(at)) at++;
				if (at === text.length) return at;
				if (text[at] !== "=") return at - 1;
				at++;
			}
			while (isNewLine(at)) at++;
			if (at < text.length) return at;
			break;
		}
		bits <<= 6 * (4 - count);
		out[length++] = bits >> 16;
		if (count > 2) out[length++] = bits >> 8;
		if (count > 3) out[length++] = bits;
		if (padding) return out.subarray(0, length);
	}
}

/**
 * By the host, which is several times faster for short text; undefined for what has to be looked at. Where
 * it skips what Go does not, such as spaces, fewer bytes come out than whole groups have.
 */
function decodeByHost(text: string): string | undefined {
	const n = text.length;
	// For long text Node's is the slower one.
	if (n === 0 || n > 1024 || n % 4 !== 0) return undefined;
	const padding = text.charCodeAt(n - 1) !== 61 ? 0 : text.charCodeAt(n - 2) !== 61 ? 1 : 2;
	try {
		const bytes = atob(text);
		return bytes.length === (n / 4) * 3 - padding ? fromByteString(bytes) : undefined;
	} catch {
		return undefined;
	}
}

/** As decodeBase64, for text: a string that may hold invalid bytes. */
export function decodeBase64Text(text: string, alphabet: Alphabet): string | number {
	const host = alphabet === "standard" ? decodeByHost(text) : undefined;
	if (host !== undefined) return host;
	const bytes = decodeBase64(text, alphabet);
	return typeof bytes === "number" ? bytes : fromUtf8(bytes);
}
