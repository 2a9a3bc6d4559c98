/** Hexadecimal text, with the errors of Go's encoding/hex. */

const digits: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

export function hexEncode(bytes: Uint8Array): string {
	let out = "";
	for (const b of bytes) out += digits[b];
	return out;
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

function nibble(c: number): number {
	if (c >= 48 && c <= 57) return c - 48;
	const letter = c | 32;
	return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
