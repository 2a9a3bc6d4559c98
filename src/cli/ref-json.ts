/** References in OPA's JSON: a list of `{type, value}`. */
import type { Ref, Term } from "../parser/ast.ts";
import { printTerm } from "../parser/print.ts";
import { type JsonNode, leaf, record } from "../value/ordered-json.ts";
import { isNumber } from "../value/value.ts";

export function refNode(ref: Pick<Ref, "terms">): JsonNode {
	return { list: ref.terms.map(termNode) };
}

function termNode(t: Term): JsonNode {
	if (t.kind === "scalar") {
		const type = t.value === null ? "null" : isNumber(t.value) ? "number" : typeof t.value;
		return record([
			["type", type],
			["value", leaf(t.value)],
		]);
	}
	return record([
		["type", t.kind],
		["value", t.kind === "var" ? t.name : printTerm(t)],
	]);
}
