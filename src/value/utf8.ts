/**
 * Go strings are bytes; ours are UTF-16. A byte string that is not UTF-8 (`base64.decode("/w==")`)
 * is carried losslessly: each byte that belongs to no character becomes the lone low surrogate
 * U+DC00 + byte, which no other path produces, and turns back into that byte in toUtf8. Wherever
 * text leaves the engine as JSON, lone surrogates become U+FFFD, as Go prints invalid bytes.
 */

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** True when every surrogate has its pair. */
export function isWellFormed(s: string): boolean {
	// ES2024, present in every supported runtime; the configured lib predates it.
	return (s as string & { isWellFormed(): boolean }).isWellFormed();
}

/** The text with lone surrogates replaced by U+FFFD. */
export function toWellFormed(s: string): string {
	return isWellFormed(s) ? s : (s as string & { toWellFormed(): string }).toWellFormed();
}

/** The byte a lone surrogate stands for, or undefined for one that came from elsewhere. */
export function escapedByte(codePoint: number): number | undefined {
	return codePoint >= 0xdc80 && codePoint <= 0xdcff ? codePoint - 0xdc00 : undefined;
}

/** The bytes of a string as Go holds it. */
export function toUtf8(s: string): Uint8Array {
	if (isWellFormed(s)) return encoder.encode(s);
	const out: number[] = [];
	for (let i = 0; i < s.length; ) {
		const cp = s.codePointAt(i) as number;
		const width = cp > 0xffff ? 2 : 1;
		const byte = escapedByte(cp);
		if (byte !== undefined) out.push(byte);
		else for (const b of encoder.encode(s.slice(i, i + width))) out.push(b);
		i += width;
	}
	return Uint8Array.from(out);
}

/** Number of bytes toUtf8 would produce. */
export function utf8Length(s: string): number {
	let n = s.length;
	for (let i = 0; i < s.length; i++) {
		const c = s.charCodeAt(i);
		if (c < 0x80) continue;
		if (c < 0x800) n++;
		else if (c < 0xd800 || c > 0xdfff) n += 2;
		else if (c < 0xdc00 && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
			n += 2;
			i++;
		} else if (escapedByte(c) === undefined) n += 2;
	}
	return n;
}

/** The string Go would hold for these bytes. */
export function fromUtf8(bytes: Uint8Array): string {
	try {
		return strict.decode(bytes);
	} catch {
		return decodeLossless(bytes);
	}
}

function decodeLossless(bytes: Uint8Array): string {
	let out = "";
	for (let i = 0; i < bytes.length; ) {
		const width = characterWidth(bytes, i);
		if (width === 0) {
			out += String.fromCharCode(0xdc00 + (bytes[i] as number));
			i++;
		} else {
			out += width === 1 ? String.fromCharCode(bytes[i] as number) : strict.decode(bytes.subarray(i, i + width));
			i += width;
		}
	}
	return out;
}

/** Length of the well-formed character at i (Unicode table 3-7), or 0 when there is none. */
function characterWidth(bytes: Uint8Array, i: number): number {
	const b = bytes[i] as number;
	if (b < 0x80) return 1;
	if (b < 0xc2 || b > 0xf4) return 0;
	const low = b === 0xe0 ? 0xa0 : b === 0xf0 ? 0x90 : 0x80;
	const high = b === 0xed ? 0x9f : b === 0xf4 ? 0x8f : 0xbf;
	const second = bytes[i + 1];
	if (second === undefined || second < low || second > high) return 0;
	const width = b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
	for (let k = 2; k < width; k++) {
		const next = bytes[i + k];
		if (next === undefined || (next & 0xc0) !== 0x80) return 0;
	}
	return width;
}
