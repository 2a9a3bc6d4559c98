/**
 * The JSON by which `const`, `enum` and `uniqueItems` compare: numbers as doubles, keys sorted, text
 * as Go's encoder writes it. It also appears in messages.
 */

import { valueAt } from "../../at.ts";
import { plainKeys } from "../../value/collections.ts";
import { quoteJson } from "../../value/json.ts";
import { numberText, toDouble } from "../../value/number.ts";
import { isArray, isNumber, type PlainObject, type Value } from "../../value/value.ts";
import { Failure } from "../failure.ts";

/** Values here come from JSON text: no sets, string keys only. */
export function literalJson(v: Value): string {
	if (v === null) return "null";
	if (typeof v === "string") return quoteHtmlSafe(v);
	if (typeof v === "boolean") return v ? "true" : "false";
	if (isNumber(v)) {
		const n = toDouble(v);
		if (!Number.isFinite(n)) {
			throw new Failure(`json: cannot unmarshal number ${numberText(v)} into Go value of type float64`);
		}
		return Object.is(n, -0) || (n === 0 && numberText(v).startsWith("-")) ? "-0" : String(n);
	}
	if (isArray(v)) return `[${v.map(literalJson).join(",")}]`;
	const o = v as PlainObject;
	return `{${plainKeys(o)
		.map((k) => `${quoteHtmlSafe(k)}:${literalJson(valueAt(o, k))}`)
		.join(",")}}`;
}

function quoteHtmlSafe(s: string): string {
	return quoteJson(s).replace(/[<>&]/g, (c) => (c === "<" ? "\\u003c" : c === ">" ? "\\u003e" : "\\u0026"));
}
