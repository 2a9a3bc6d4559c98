/**
 * YAML from bytes, as go-yaml's reader takes it: UTF-8, or UTF-16 after a byte order mark. Only strings
 * that are no UTF-8 need any of this.
 */
import { byteAt } from "../at.ts";
import { isWellFormed, toUtf8, utf8Length } from "../value/utf8.ts";
import { YamlError } from "../value/yaml.ts";

/** The text that a YAML reader sees. Throws YamlError where it would stop. */
export function yamlText(s: string): string {
	if (isWellFormed(s)) return s;
	const bytes = toUtf8(s);
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return fromUtf16(bytes, 0);
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return fromUtf16(bytes, 1);
	const before = utf8Length(s.slice(0, s.search(/[\udc80-\udcff]/u)));
	throw new YamlError(`yaml: ${problemAt(bytes, before)}`);
}

/** What is wrong with the bytes from `at` on, which begin no character. */
function problemAt(bytes: Uint8Array, at: number): string {
	const lead = byteAt(bytes, at);
	if (lead < 0xc0 || lead > 0xf7) return "invalid leading UTF-8 octet";
	const width = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (at + width > bytes.length) return "incomplete UTF-8 octet sequence";
	let value = lead & (0x7f >> width);
	for (const b of bytes.subarray(at + 1, at + width)) {
		if ((b & 0xc0) !== 0x80) return "invalid trailing UTF-8 octet";
		value = (value << 6) | (b & 0x3f);
	}
	const least = width === 2 ? 0x80 : width === 3 ? 0x800 : 0x10000;
	return value < least ? "invalid length of a UTF-8 sequence" : "invalid Unicode character";
}

/** `low` is the place of the low byte in a unit: 0 or 1. */
function fromUtf16(bytes: Uint8Array, low: 0 | 1): string {
	const units: string[] = [];
	const unitAt = (i: number): number => byteAt(bytes, i + low) | (byteAt(bytes, i + 1 - low) << 8);
	for (let i = 2; i < bytes.length; i += 2) {
		if (i + 2 > bytes.length) throw new YamlError("yaml: incomplete UTF-16 character");
		const unit = unitAt(i);
		if ((unit & 0xfc00) === 0xdc00) throw new YamlError("yaml: unexpected low surrogate area");
		units.push(String.fromCharCode(unit));
		if ((unit & 0xfc00) !== 0xd800) continue;
		i += 2;
		if (i + 2 > bytes.length) throw new YamlError("yaml: incomplete UTF-16 surrogate pair");
		const second = unitAt(i);
		if ((second & 0xfc00) !== 0xdc00) throw new YamlError("yaml: expected low surrogate area");
		units.push(String.fromCharCode(second));
	}
	return units.join("");
}
