/** Percent encoding as Go's net/url reads it in paths: over bytes, `+` stands for itself. */
import { fromUtf8, toUtf8 } from "../value/utf8.ts";

/** With every `%41` decoded; undefined where a `%` is followed by anything else. */
export function percentDecoded(bytes: Uint8Array): Uint8Array | undefined {
	if (!bytes.includes(37)) return bytes;
	const out = new Uint8Array(bytes.length);
	let length = 0;
	for (let i = 0; i < bytes.length; i++) {
		let byte = bytes[i] ?? 0;
		if (byte === 37) {
			const high = hexDigit(bytes[i + 1]);
			const low = hexDigit(bytes[i + 2]);
			if (high === undefined || low === undefined) return undefined;
			byte = high * 16 + low;
			i += 2;
		}
		out[length++] = byte;
	}
	return out.subarray(0, length);
}

function hexDigit(byte: number | undefined): number | undefined {
	if (byte === undefined) return undefined;
	if (byte >= 48 && byte <= 57) return byte - 48;
	const letter = byte | 32;
	return letter >= 97 && letter <= 102 ? letter - 87 : undefined;
}

/** A path or a part of one, decoded; undefined where it is not well encoded. */
export function pathUnescape(text: string): string | undefined {
	if (!text.includes("%")) return text;
	const bytes = percentDecoded(toUtf8(text));
	return bytes === undefined ? undefined : fromUtf8(bytes);
}

/** Bytes that stand for themselves in a part of a path. */
const unreserved = /^[A-Za-z0-9\-_.~$&+=:@]$/;

/** One part of a path, encoded as Go's url.PathEscape. */
export function pathEscape(text: string): string {
	if (/^[A-Za-z0-9\-_.~$&+=:@]*$/.test(text)) return text;
	let out = "";
	for (const byte of toUtf8(text)) {
		const c = String.fromCharCode(byte);
		out += byte < 128 && unreserved.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
	}
	return out;
}
