/**
 * Characters of YAML texts by char code, and the part of a text that may be read. As in libyaml's
 * reader 0 stands for the end: no text that gets here contains it.
 */
import { codePoint } from "../../at.ts";

export function isBlank(c: number): boolean {
	return c === 0x20 || c === 0x09;
}

export function isBreak(c: number): boolean {
	return c === 0x0a || c === 0x0d || c === 0x85 || c === 0x2028 || c === 0x2029;
}

export function isBreakOrEnd(c: number): boolean {
	return c === 0 || isBreak(c);
}

export function isBlankOrEnd(c: number): boolean {
	return c === 0x20 || c === 0x09 || isBreakOrEnd(c);
}

export function isDigit(c: number): boolean {
	return c >= 0x30 && c <= 0x39;
}

/** Whether a name may have it: letters and digits of ASCII, `-` and `_`. */
export function isAlpha(c: number): boolean {
	return isDigit(c) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f || c === 0x2d;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: number): number {
	if (isDigit(c)) return c - 0x30;
	if (c >= 0x41 && c <= 0x46) return c - 0x37;
	if (c >= 0x61 && c <= 0x66) return c - 0x57;
	return -1;
}

const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** Bytes the reader takes at once. */
const chunkSize = 512;

/**
 * Where a text must be cut because a character that YAML forbids follows: at the beginning of the
 * chunk of bytes that holds it, which is as far as the scanner gets. -1: nowhere.
 */
export function forbiddenFrom(text: string): number {
	const at = text.search(forbidden);
	if (at < 0) return -1;
	let start = 0;
	let bytes = 0;
	for (let i = 0; i < at; ) {
		const c = codePoint(text, i);
		const size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		if (bytes + size > chunkSize) {
			start = i;
			bytes = 0;
		}
		bytes += size;
		i += c > 0xffff ? 2 : 1;
	}
	return bytes === chunkSize ? at : start;
}
