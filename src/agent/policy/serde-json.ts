/**
 * JSON text of a request as serde writes it: keys in the message's order, every digit of an integer, and
 * strings escaped as JSON.stringify does, which is less than OPA escapes.
 */
import { toJson } from "../../value/json.ts";
import { isArray, isPlainObject, type Value } from "../../value/value.ts";

export function serdeJson(v: Value): string {
	switch (typeof v) {
		case "string":
			return JSON.stringify(v);
		case "number":
		case "boolean":
		case "bigint":
			return String(v);
		default:
	}
	if (v === null) return "null";
	if (isArray(v)) return `[${v.map(serdeJson).join(",")}]`;
	if (!isPlainObject(v)) return toJson(v);
	const parts: string[] = [];
	for (const k of Object.keys(v)) {
		const item = v[k];
		if (item !== undefined) parts.push(`${JSON.stringify(k)}:${serdeJson(item)}`);
	}
	return `{${parts.join(",")}}`;
}
