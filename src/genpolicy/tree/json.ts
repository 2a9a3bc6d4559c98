/** A tree of JSON, which has no places: values may have been patched. */
import { plainKeys } from "../../value/collections.ts";
import { numberText } from "../../value/number.ts";
import { isArray, isNumber, isPlainObject, type Value } from "../../value/value.ts";
import type { Scalar, Tree } from "./tree.ts";

const nowhere = -1;

/** The tree of what parseJson gives. */
export function treeOfJson(v: Value): Tree {
	if (isArray(v)) return { kind: "list", items: v.map(treeOfJson), start: nowhere };
	if (isPlainObject(v)) {
		const entries = plainKeys(v).map((key) => ({ key, start: nowhere, value: treeOfJson(v[key] ?? null) }));
		return { kind: "fields", entries, start: nowhere };
	}
	return { kind: "scalar", start: nowhere, ...scalarOfJson(v) };
}

function scalarOfJson(v: Value): Pick<Scalar, "text" | "type"> {
	if (v === null) return { type: "null", text: "" };
	if (typeof v === "boolean") return { type: "bool", text: String(v) };
	if (typeof v === "string") return { type: "text", text: v };
	if (!isNumber(v)) throw new Error("JSON holds no sets");
	const text = numberText(v);
	return { type: /^-?\d+$/.test(text) ? "int" : "float", text };
}
