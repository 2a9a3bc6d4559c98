/** Hexadecimal text, with the errors of Go's encoding/hex. */

import { byteAt } from "../at.ts";
import { asciiCodes, asciiText } from "./ascii.ts";

const digits = asciiCodes("0123456789abcdef");

export function hexEncode(bytes: Uint8Array): string {
	const out = new Uint8Array(2 * bytes.length);
	for (let i = 0; i < bytes.length; i++) {
		const b = byteAt(bytes, i);
		out[2 * i] = byteAt(digits, b >> 4);
		out[2 * i + 1] = byteAt(digits, b & 15);
	}
	return asciiText(out);
}

/** The bytes; or the first byte that is no digit; or -1 when one digit is left over. */
export function hexDecode(text: Uint8Array): Uint8Array | number {
	const out = new Uint8Array(text.length >> 1);
	for (let i = 0; i < text.length; i++) {
		const c = byteAt(text, i);
		const value = nibble(c);
		if (value < 0) return c;
		const low = i + 1 < text.length ? nibble(byteAt(text, ++i)) : -1;
		if (low < 0) return i % 2 === 1 ? byteAt(text, i) : -1;
		out[i >> 1] = (value << 4) | low;
	}
	return out;
}

/** The value of a digit, or -1. */
export function nibble(c: number): number {
	if (c >= 48 && c <= 57) return c - 48;
	const letter = c | 32;
	return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
