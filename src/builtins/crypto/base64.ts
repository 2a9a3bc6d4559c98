/**
 * Base64 as keys and tokens use it: base64.ts with its failures thrown in Go's words, and the lenient
 * reading of JOSE libraries.
 */

import { type Alphabet, decodeBase64 as decode, encodeBytes } from "../../go/base64.ts";
import { utf8Length } from "../../value/utf8.ts";
import { fail } from "../failure.ts";

/** Standard base64, or undefined. */
export function tryDecodeBase64(text: string): Uint8Array | undefined {
	const out = decode(text, "standard");
	return typeof out === "number" ? undefined : out;
}

function decodeOrFail(text: string, alphabet: Alphabet): Uint8Array {
	const out = decode(text, alphabet);
	return typeof out === "number" ? fail(`illegal base64 data at input byte ${out}`) : out;
}

/** Standard base64; throws a Failure with Go's text. */
export function decodeBase64(text: string): Uint8Array {
	return decodeOrFail(text, "standard");
}

/** base64url whose padding may be left out, as OPA's base64url.decode reads it. */
export function decodeBase64Url(text: string): Uint8Array {
	if (text.endsWith("=")) return decodeOrFail(text, "url");
	const left = utf8Length(text) % 4;
	if (left === 1) return fail(`illegal base64url string: ${text}`);
	return decodeOrFail(text + "=".repeat((4 - left) % 4), "url");
}

/** base64url or base64, padded or not, as JOSE libraries read key material; undefined if neither. */
export function decodeBase64Lenient(text: string): Uint8Array | undefined {
	const bare = text.replace(/=+$/, "");
	if (bare.length % 4 === 1) return undefined;
	const padded = bare + "=".repeat((4 - (bare.length % 4)) % 4);
	const out = decode(padded, /[+/]/.test(bare) ? "standard" : "url");
	return typeof out === "number" ? undefined : out;
}

/** Standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
	return encodeBytes(bytes, "standard", true);
}

/** URL-safe alphabet, not padded. */
export function encodeBase64Url(bytes: Uint8Array): string {
	return encodeBytes(bytes, "url", false);
}
