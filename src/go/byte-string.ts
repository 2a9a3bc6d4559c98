/**
 * Go strings are bytes; JS strings are UTF-16. Code that follows Go byte by byte (time layouts, URLs)
 * works on "byte strings": JS strings with one unit 0..255 for each byte of the UTF-8 text. ASCII text
 * is its own byte string, which is the common case and costs nothing.
 */
import { fromUtf8, isWellFormed, toUtf8 } from "../value/utf8.ts";

const nonAscii = /[^\x00-\x7f]/;

/** The UTF-8 bytes of text, one unit each. */
export function toByteString(text: string): string {
	if (!nonAscii.test(text)) return text;
	const bytes = toUtf8(text);
	const parts: string[] = [];
	for (let i = 0; i < bytes.length; i += 8192) parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
	return parts.join("");
}

/** The text of a byte string. */
export function fromByteString(bytes: string): string {
	if (!nonAscii.test(bytes)) return bytes;
	const out = new Uint8Array(bytes.length);
	for (let i = 0; i < bytes.length; i++) out[i] = bytes.charCodeAt(i);
	return fromUtf8(out);
}

/** Text put together from pieces: bytes of no character may have become one side by side. */
export function joined(text: string): string {
	return isWellFormed(text) ? text : fromUtf8(toUtf8(text));
}

/** Whether the parts have to be looked for byte by byte: a byte of no character is found within one, too. */
export function cutsCharacters(parts: readonly string[]): boolean {
	return !parts.every(isWellFormed);
}
