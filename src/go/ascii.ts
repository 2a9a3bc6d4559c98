/**
 * Text made byte by byte. For long text, adding up strings takes many times as long as writing bytes and
 * having the host decode them; for short text the decoder itself costs more.
 */

const decoder = new TextDecoder();
const chunk = 64;

/** The text of ASCII bytes. */
export function asciiText(bytes: Uint8Array): string {
	return bytes.length <= chunk ? String.fromCharCode(...bytes) : decoder.decode(bytes);
}

/** The codes of ASCII text. */
export function asciiCodes(text: string): Uint8Array {
	return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
