/** Hexadecimal text, with the errors of Go's encoding/hex. */

import { asciiCodes, asciiText } from "./ascii.ts";

const digits = asciiCodes("0123456789abcdef");

export function hexEncode(bytes: Uint8Array): string {
	const out = new Uint8Array(2 * bytes.length);
	for (let i = 0; i < bytes.length; i++) {
		const b = bytes[i] as number;
		out[2 * i] = digits[b >> 4] as number;
		out[2 * i + 1] = digits[b & 15] as number;
	}
	return asciiText(out);
}

/** The bytes; or the first byte that is no digit; or -1 when one digit is left over. */
export function hexDecode(text: Uint8Array): Uint8Array | number {
	const out = new Uint8Array(text.length >> 1);
	for (let i = 0; i < text.length; i++) {
		const c = text[i] as number;
		const value = nibble(c);
		if (value < 0) return c;
		if (i >> 1 < out.length) out[i >> 1] = ((out[i >> 1] as number) << 4) | value;
	}
	return text.length % 2 === 1 ? -1 : out;
}

/** The value of a digit, or -1. */
export function nibble(c: number): number {
	if (c >= 48 && c <= 57) return c - 48;
	const letter = c | 32;
	return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
