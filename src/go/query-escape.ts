/** Escaping in URL queries as Go's net/url does it: every byte but letters, digits and `-_.~`; space is `+`. */
import { fromUtf8, toUtf8 } from "../value/utf8.ts";

const unreserved = /^[A-Za-z0-9._~-]*$/;

export function queryEscape(s: string): string {
	if (unreserved.test(s)) return s;
	let out = "";
	for (const b of toUtf8(s)) {
		const c = String.fromCharCode(b);
		if (c === " ") out += "+";
		else if (unreserved.test(c)) out += c;
		else out += `%${b.toString(16).toUpperCase().padStart(2, "0")}`;
	}
	return out;
}

/** `invalid` is the first escape that is none, with at most the two characters after its percent sign. */
export function queryUnescape(s: string): { readonly text: string; readonly invalid: string | undefined } {
	if (!/[%+]/.test(s)) return { text: s, invalid: undefined };
	const bytes = toUtf8(s);
	const out = new Uint8Array(bytes.length);
	let n = 0;
	for (let i = 0; i < bytes.length; i++) {
		const b = bytes[i] as number;
		if (b === 0x2b) out[n++] = 0x20;
		else if (b !== 0x25) out[n++] = b;
		else {
			const code = String.fromCharCode(...bytes.subarray(i + 1, i + 3));
			if (!/^[0-9a-fA-F]{2}$/.test(code)) return { text: "", invalid: fromUtf8(bytes.subarray(i, i + 3)) };
			out[n++] = Number.parseInt(code, 16);
			i += 2;
		}
	}
	return { text: fromUtf8(out.subarray(0, n)), invalid: undefined };
}
