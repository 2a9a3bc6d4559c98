/**
 * Go strings are bytes; JS strings are UTF-16. Code that follows Go byte by byte (time layouts, URLs,
 * quoting) works on "byte strings": JS strings with one unit 0..255 for each byte of the UTF-8 text.
 * ASCII text is its own byte string, which is the common case and costs nothing.
 */
const nonAscii = /[^\x00-\x7f]/;

/** The UTF-8 bytes of text, one unit each. Unpaired surrogates become U+FFFD, as everywhere in UTF-8. */
export function toByteString(text: string): string {
	if (!nonAscii.test(text)) return text;
	const bytes = new TextEncoder().encode(text);
	const parts: string[] = [];
	for (let i = 0; i < bytes.length; i += 8192) parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
	return parts.join("");
}

/** The text of a byte string; bytes that are not UTF-8 become U+FFFD. */
export function fromByteString(bytes: string): string {
	if (!nonAscii.test(bytes)) return bytes;
	const out = new Uint8Array(bytes.length);
	for (let i = 0; i < bytes.length; i++) out[i] = bytes.charCodeAt(i);
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(out);
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const escapes: Readonly<Record<string, string>> = {
	'"': '\\"',
	"\\": "\\\\",
	"\u0007": "\\a",
	"\b": "\\b",
	"\f": "\\f",
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
	"\v": "\\v",
};

/** Text between double quotes as Go's `%q` prints it. */
export function goQuote(text: string): string {
	let out = '"';
	for (const c of text) {
		const e = escapes[c];
		if (e !== undefined) out += e;
		else if (c >= " " && c <= "~") out += c;
		else out += quoteRune(c);
	}
	return `${out}"`;
}

function quoteRune(c: string): string {
	const code = c.codePointAt(0) as number;
	if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
	if (printable.test(c)) return c;
	if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
	if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
	return `\\U${code.toString(16).padStart(8, "0")}`;
}
