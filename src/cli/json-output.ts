/**
 * The JSON that commands print: records whose keys keep an order of their own (as Go's structs do)
 * around Rego values (whose keys are sorted). Two spaces, `<>&` escaped, as Go's encoder.
 */
import { compareStrings } from "../value/compare.ts";
import { quoteJson, toJson } from "../value/json.ts";
import type { Value } from "../value/value.ts";

export interface JsonRecord {
	readonly record: readonly (readonly [string, JsonNode])[];
}

export interface JsonList {
	readonly list: readonly JsonNode[];
}

export interface JsonLeaf {
	readonly value: Value;
}

export type JsonNode = JsonRecord | JsonList | JsonLeaf;

/** A record; entries that are undefined are left out, texts and counts are wrapped. */
export function record(entries: readonly (readonly [string, JsonNode | string | number | undefined])[]): JsonRecord {
	const wrap = (v: JsonNode | string | number): JsonNode => (typeof v === "object" ? v : leaf(v));
	return { record: entries.flatMap(([k, v]) => (v === undefined ? [] : [[k, wrap(v)] as const])) };
}

export function leaf(value: Value): JsonLeaf {
	return { value };
}

/** Indented, with the line end that Go's encoder writes. */
export function writeJson(n: JsonNode): string {
	return `${write(n, "")}\n`;
}

function write(n: JsonNode, indent: string): string {
	if ("value" in n) return toJson(n.value, { escapeHtml: true, indent: "  ", prefix: indent });
	const inner = `${indent}  `;
	if ("list" in n) {
		if (n.list.length === 0) return "[]";
		return `[\n${n.list.map((x) => inner + write(x, inner)).join(",\n")}\n${indent}]`;
	}
	if (n.record.length === 0) return "{}";
	return `{\n${n.record.map(([k, x]) => `${inner}${key(k)}: ${write(x, inner)}`).join(",\n")}\n${indent}}`;
}

function key(k: string): string {
	return quoteJson(k).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

/** The same with every record's keys sorted: what is left of a document that went through a map. */
export function sortRecords(n: JsonNode): JsonNode {
	if ("value" in n) return n;
	if ("list" in n) return { list: n.list.map(sortRecords) };
	const sorted = [...n.record].sort(([a], [b]) => compareStrings(a, b));
	return { record: sorted.map(([k, x]) => [k, sortRecords(x)] as const) };
}
