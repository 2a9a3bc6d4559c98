/**
 * Base64 with Go's rules and error text: line breaks are skipped, padding is required, stray bits
 * at the end are ignored. The error names the byte at which Go's decoder gives up.
 */
import { toUtf8 } from "../../value/utf8.ts";
import { fail } from "../failure.ts";

const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function decodeMap(alphabet: string): Uint8Array {
	const map = new Uint8Array(256).fill(0xff);
	for (let i = 0; i < 64; i++) map[alphabet.charCodeAt(i)] = i;
	return map;
}

const standardMap = decodeMap(standard);
const urlSafeMap = decodeMap(urlSafe);

const newline = 10;
const carriageReturn = 13;
const padding = 61;

/** Decoded bytes, or the offset at which decoding failed. */
function decode(text: string, map: Uint8Array): Uint8Array | number {
	const source = toUtf8(text);
	const out = new Uint8Array(Math.ceil((source.length * 3) / 4));
	let length = 0;
	let bits = 0;
	/** Characters of the current group of four. */
	let filled = 0;
	for (let i = 0; i < source.length; i++) {
		const c = source[i] as number;
		const six = map[c] as number;
		if (six !== 0xff) {
			bits = (bits << 6) | six;
			if (++filled < 4) continue;
			out[length++] = bits >> 16;
			out[length++] = bits >> 8;
			out[length++] = bits;
			bits = 0;
			filled = 0;
		} else if (c === padding) {
			const end = paddingEnd(source, i, filled);
			if (typeof end === "object") return end.failedAt;
			if (filled === 3) {
				out[length++] = bits >> 10;
				out[length++] = bits >> 2;
			} else out[length++] = bits >> 4;
			return out.subarray(0, length);
		} else if (c !== newline && c !== carriageReturn) return i;
	}
	// Go reports an unfinished group by where its characters began, line breaks not counted.
	return filled === 0 ? out.subarray(0, length) : source.length - filled;
}

/** Checks what may follow the first `=`: a second one where due, line breaks, and nothing else. */
function paddingEnd(source: Uint8Array, at: number, filled: number): number | { readonly failedAt: number } {
	const skip = (i: number): number => {
		let j = i;
		while (source[j] === newline || source[j] === carriageReturn) j++;
		return j;
	};
	if (filled < 2) return { failedAt: at };
	let i = skip(at + 1);
	if (filled === 2) {
		if (i >= source.length) return { failedAt: source.length };
		if (source[i] !== padding) return { failedAt: i - 1 };
		i = skip(i + 1);
	}
	return i < source.length ? { failedAt: i } : i;
}

/** Standard base64, or undefined. */
export function tryDecodeBase64(text: string): Uint8Array | undefined {
	const out = decode(text, standardMap);
	return typeof out === "number" ? undefined : out;
}

/** Standard base64; throws a Failure with Go's text. */
export function decodeBase64(text: string): Uint8Array {
	const out = decode(text, standardMap);
	return typeof out === "number" ? fail(`illegal base64 data at input byte ${out}`) : out;
}

/** base64url whose padding may be left out, as OPA's base64url.decode reads it. */
export function decodeBase64Url(text: string): Uint8Array {
	let padded = text;
	if (!text.endsWith("=")) {
		switch (toUtf8(text).length % 4) {
			case 2:
				padded += "==";
				break;
			case 3:
				padded += "=";
				break;
			case 1:
				return fail(`illegal base64url string: ${text}`);
			default:
		}
	}
	const out = decode(padded, urlSafeMap);
	return typeof out === "number" ? fail(`illegal base64 data at input byte ${out}`) : out;
}

/** base64url or base64, padded or not, as JOSE libraries read key material; undefined if neither. */
export function decodeBase64Lenient(text: string): Uint8Array | undefined {
	const bare = text.replace(/=+$/, "");
	if (bare.length % 4 === 1) return undefined;
	const padded = bare + "=".repeat((4 - (bare.length % 4)) % 4);
	const out = decode(padded, /[+/]/.test(bare) ? standardMap : urlSafeMap);
	return typeof out === "number" ? undefined : out;
}

function encode(bytes: Uint8Array, alphabet: string): string {
	let out = "";
	for (let i = 0; i < bytes.length; i += 3) {
		const n = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
		const left = bytes.length - i;
		out += alphabet[n >> 18] as string;
		out += alphabet[(n >> 12) & 63] as string;
		if (left > 1) out += alphabet[(n >> 6) & 63] as string;
		if (left > 2) out += alphabet[n & 63] as string;
	}
	return out;
}

/** Standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
	return encode(bytes, standard) + "=".repeat((3 - (bytes.length % 3)) % 3);
}

/** URL-safe alphabet, not padded. */
export function encodeBase64Url(bytes: Uint8Array): string {
	return encode(bytes, urlSafe);
}
