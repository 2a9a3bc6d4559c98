/**
 * JSON whose members keep an order of their own, as Go writes structs, around Rego's values, whose keys are sorted.
 * Strings are escaped as Go's encoder does it, numbers keep every digit.
 */
import { LimitError } from "../limit-error.ts";
import { compareStrings } from "./compare.ts";
import { toJson } from "./json.ts";
import { isArray, isPlainObject, type Value } from "./value.ts";

export interface JsonRecord {
	readonly record: readonly (readonly [string, JsonItem])[];
}

/** Items that are made when they are written, where there may be too many to have at once. */
export interface JsonList {
	readonly list: Iterable<JsonItem>;
}

export interface JsonLeaf {
	readonly value: Value;
}

export type JsonNode = JsonRecord | JsonList | JsonLeaf;
/** Texts and counts stand for themselves. */
export type JsonItem = JsonNode | string | number;

/** A record; members that are undefined are left out. */
export function record(members: readonly (readonly [string, JsonItem | undefined])[]): JsonRecord {
	return { record: members.flatMap(([k, v]) => (v === undefined ? [] : [[k, v] as const])) };
}

export function leaf(value: Value): JsonLeaf {
	return { value };
}

/** A place in a file. */
export function locationNode({ file, row, col }: { file: string; row: number; col: number }): JsonRecord {
	return record([["file", file], ...positionNode({ row, col }).record]);
}

/** A place in a text. */
export function positionNode({ row, col }: { row: number; col: number }): JsonRecord {
	return record([
		["row", row],
		["col", col],
	]);
}

/** In one line. */
export function compact(n: JsonItem): string {
	if (typeof n !== "object") return toJson(n, { escapeHtml: true });
	if ("value" in n) return toJson(n.value, { escapeHtml: true });
	if ("list" in n) return `[${joined(n.list, compact, ",")}]`;
	return `{${joined(n.record, ([k, x]) => `${toJson(k, { escapeHtml: true })}:${compact(x)}`, ",")}}`;
}

/** Each member on a line, by two spaces. */
export function indented(n: JsonItem, outer = ""): string {
	if (typeof n !== "object") return toJson(n, { escapeHtml: true });
	if ("value" in n) return toJson(n.value, { escapeHtml: true, indent: "  ", prefix: outer });
	const inner = `${outer}  `;
	if ("list" in n) {
		const items = joined(n.list, (x) => inner + indented(x, inner), ",\n");
		return items === "" ? "[]" : `[\n${items}\n${outer}]`;
	}
	if (n.record.length === 0) return "{}";
	const member = ([k, x]: readonly [string, JsonItem]): string =>
		`${inner}${toJson(k, { escapeHtml: true })}: ${indented(x, inner)}`;
	return `{\n${joined(n.record, member, ",\n")}\n${outer}}`;
}

/** Indented, with the line end that Go's encoder writes. */
export function writeJson(n: JsonItem): string {
	return `${indented(n)}\n`;
}

/** UTF-16 units that a list of many items may come to: what engines can hold in one string. */
const maxLength = 2 ** 28;

function joined<T>(items: Iterable<T>, text: (item: T) => string, between: string): string {
	const pieces: string[] = [];
	let length = 0;
	for (const item of items) {
		const piece = text(item);
		length += piece.length;
		if (length > maxLength) throw new LimitError("value is too long to be written");
		pieces.push(piece);
	}
	return pieces.join(between);
}

/** A syntax tree, whose members are in OPA's order already; what its metadata holds is a value. */
export function inOwnOrder(v: Value, key = ""): JsonNode {
	if (isArray(v)) return { list: v.map((x) => inOwnOrder(x, key)) };
	if (!isPlainObject(v) || key === "custom" || key === "labels" || key === "definition") return { value: v };
	return { record: Object.entries(v).map(([k, x]): [string, JsonNode] => [k, inOwnOrder(x, k)]) };
}

/** The same with every record's keys sorted: what is left of a document that went through a map. */
export function sortRecords(n: JsonItem): JsonItem {
	if (typeof n !== "object" || "value" in n) return n;
	if ("list" in n) return { list: Array.from(n.list, sortRecords) };
	const sorted = [...n.record].sort(([a], [b]) => compareStrings(a, b));
	return { record: sorted.map(([k, x]) => [k, sortRecords(x)] as const) };
}
