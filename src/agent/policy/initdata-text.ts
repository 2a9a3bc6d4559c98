/**
 * Initdata as text, packed, and its digest. Entries are sorted by name, so that the same input has the same digest
 * every time; texts are written as the TOML writer of Kata's generator writes them.
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { compareStrings } from "../../value/compare.ts";

export interface InitdataContent {
	readonly version: string;
	readonly algorithm: "sha256" | "sha384" | "sha512";
	readonly data: ReadonlyMap<string, string>;
}

/** The TOML, whose bytes are what is measured. */
export function writeInitdata({ version, algorithm, data }: InitdataContent): string {
	const entries = [...data].sort(([a], [b]) => compareStrings(a, b));
	const lines = entries.map(([name, text]) => `${tomlKey(name)} = ${tomlString(text)}\n`);
	return `version = ${tomlString(version)}\nalgorithm = ${tomlString(algorithm)}\n\n[data]\n${lines.join("")}`;
}

/** The value of the annotation: base64 of gzip, the same every time. */
export function initdataAnnotationValue(text: string): string {
	return gzipSync(Buffer.from(text, "utf8"), { level: 9 }).toString("base64");
}

export function initdataDigest(text: string, algorithm: InitdataContent["algorithm"]): Uint8Array {
	return createHash(algorithm).update(text, "utf8").digest();
}

export function tomlKey(name: string): string {
	if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
	// Keys are on one line.
	return /[\n\x00-\x08\x0b-\x1f\x7f\\"]/.test(name) && !/[\n\x00-\x08\x0b-\x1f\x7f']/.test(name)
		? `'${name}'`
		: `"${escaped(name, false)}"`;
}

/** Quotes if nothing needs an escape, apostrophes if backslashes do, of three each over several lines. */
export function tomlString(text: string): string {
	const hasNewline = text.includes("\n");
	const hasControl = /[\x00-\x08\x0b-\x1f\x7f]/.test(text);
	const hasBackslash = text.includes("\\");
	const clean = !hasControl && !hasBackslash;
	const newline = hasNewline ? "\n" : "";
	if (clean && !text.includes('"') && !hasNewline) return `"${escaped(text, false)}"`;
	if (!hasControl && !text.includes("'") && !hasNewline) return `'${text}'`;
	if (clean && !text.includes('"""')) return `"""${newline}${escaped(text, true)}"""`;
	if (!hasControl && !text.includes("'''")) return `'''${newline}${text}'''`;
	return hasNewline ? `"""\n${escaped(text, true)}"""` : `"${escaped(text, false)}"`;
}

const named: ReadonlyMap<string, string> = new Map([
	["\b", "\\b"],
	["\t", "\\t"],
	["\n", "\\n"],
	["\f", "\\f"],
	["\r", "\\r"],
	["\\", "\\\\"],
]);

function escaped(text: string, lines: boolean): string {
	const plain = text.replace(/[\x00-\x1f\x7f\\]/g, (c) => {
		if (lines && c === "\n") return c;
		return named.get(c) ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
	});
	return lines ? plain.replace(/"""/g, '""\\"') : plain.replace(/"/g, '\\"');
}
