/**
 * The text being lexed as bytes, which are quicker to go through than a string's characters: ASCII
 * as it is, anything else as 255, and a NUL behind the last, at which every loop stops by itself.
 */

/** Longer texts leave their memory to the garbage collector. */
const maxKept = 1 << 20;
const encoder = new TextEncoder();
export let codes: Uint8Array = new Uint8Array(0);

export function openCodes(text: string): void {
	const n = text.length;
	if (codes.length <= n) codes = new Uint8Array(n + 1 + (n >> 2));
	const { read, written } = encoder.encodeInto(text, codes);
	// As many bytes as characters: only ASCII is encoded so.
	if (read !== n || written !== n) {
		for (let i = 0; i < n; i++) {
			const c = text.charCodeAt(i);
			codes[i] = c < 128 ? c : 255;
		}
	}
	codes[n] = 0;
}

export function closeCodes(): void {
	if (codes.length > maxKept) codes = new Uint8Array(0);
}
