/** Escaping in URL queries as Go's net/url does it: every byte but letters, digits and `-_.~`; space is `+`. */

import { byteAt } from "../at.ts";
import { fromUtf8, toUtf8 } from "../value/utf8.ts";
import { asciiCodes, asciiText } from "./ascii.ts";
import { nibble } from "./hex.ts";

const unreserved = /^[A-Za-z0-9._~-]*$/;
const plain = Uint8Array.from({ length: 128 }, (_, b) => (unreserved.test(String.fromCharCode(b)) ? 1 : 0));
const digits = asciiCodes("0123456789ABCDEF");

export function queryEscape(s: string): string {
	if (unreserved.test(s)) return s;
	const bytes = toUtf8(s);
	const out = new Uint8Array(3 * bytes.length);
	let n = 0;
	for (let i = 0; i < bytes.length; i++) {
		const b = byteAt(bytes, i);
		if (b < 128 && plain[b] === 1) out[n++] = b;
		// 43 is a plus sign, 37 a percent sign.
		else if (b === 32) out[n++] = 43;
		else {
			out[n] = 37;
			out[n + 1] = byteAt(digits, b >> 4);
			out[n + 2] = byteAt(digits, b & 15);
			n += 3;
		}
	}
	return asciiText(out.subarray(0, n));
}

/** `invalid` is the first escape that is none, with at most the two characters after its percent sign. */
export function queryUnescape(s: string): { readonly text: string; readonly invalid: string | undefined } {
	if (!/[%+]/.test(s)) return { text: s, invalid: undefined };
	const bytes = toUtf8(s);
	const out = new Uint8Array(bytes.length);
	let n = 0;
	for (let i = 0; i < bytes.length; i++) {
		const b = byteAt(bytes, i);
		if (b === 0x2b) out[n++] = 0x20;
		else if (b !== 0x25) out[n++] = b;
		else {
			const high = nibble(bytes[i + 1] ?? 0);
			const low = nibble(bytes[i + 2] ?? 0);
			if (high < 0 || low < 0) return { text: "", invalid: fromUtf8(bytes.subarray(i, i + 3)) };
			out[n++] = (high << 4) | low;
			i += 2;
		}
	}
	return { text: fromUtf8(out.subarray(0, n)), invalid: undefined };
}
