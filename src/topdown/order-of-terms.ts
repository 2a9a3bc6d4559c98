/** OPA's order of terms: of values by value, of everything by kind first. */

import { at } from "../at.ts";
import { compare, compareStrings } from "../value/compare.ts";
import { isArray, isScalar, isSet, type Value } from "../value/value.ts";
import type { Term } from "./nodes.ts";
import { termText } from "./text.ts";

function rank(t: Term): number {
	switch (t.kind) {
		case "value":
			return valueRank(t.value);
		case "template":
			return 4;
		case "var":
			return 5;
		case "ref":
			return 6;
		case "array":
			return 7;
		case "object":
			return 8;
		case "set":
			return 9;
		case "comprehension":
			return t.of === "array" ? 10 : t.of === "object" ? 11 : 12;
		default:
			return 13;
	}
}

/** Scalars are before variables, composites after references. */
function valueRank(v: Value): number {
	if (isScalar(v)) return 0;
	if (isArray(v)) return 7;
	return isSet(v) ? 9 : 8;
}

export function compareTerms(a: Term, b: Term): number {
	if (a.kind === "value" && b.kind === "value") return compare(a.value, b.value);
	const byKind = rank(a) - rank(b);
	if (byKind !== 0) return byKind;
	if (a.kind === "var" && b.kind === "var") return compareStrings(a.name, b.name);
	if (a.kind === "ref" && b.kind === "ref") return compareLists(a.terms, b.terms);
	if ((a.kind === "array" || a.kind === "set") && a.kind === b.kind) return compareLists(a.items, b.items);
	if (a.kind === "object" && b.kind === "object") return compareLists(a.entries.flat(), b.entries.flat());
	return compareStrings(termText(a), termText(b));
}

function compareLists(a: readonly Term[], b: readonly Term[]): number {
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) {
		const c = compareTerms(at(a, i), at(b, i));
		if (c !== 0) return c;
	}
	return a.length - b.length;
}
