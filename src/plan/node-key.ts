/**
 * Nodes of the tree of documents are found by scalars. As in OPA, a number is found as it is written:
 * a rule `a[1]` is not `data.a[1.0]`.
 */
import { numberText } from "../value/number.ts";
import { isNumber, type Value } from "../value/value.ts";

/** Strings by themselves, other scalars marked; what is no scalar shares a key that no node has. */
export function nodeKey(v: Value): string {
	if (typeof v === "string") return v.charCodeAt(0) === 0 ? `\u0000${v}` : v;
	if (isNumber(v)) return `\u0000#${numberText(v)}`;
	if (v === null || typeof v === "boolean") return `\u0000=${String(v)}`;
	return noNode;
}

const noNode = "\u0000-";
