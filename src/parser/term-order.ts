/** OPA's order of terms: of scalars by value, of everything by kind first. */

import { at } from "../at.ts";
import { compare, compareStrings } from "../value/compare.ts";
import type { ObjectTerm, SetTerm, Term } from "./ast.ts";
import { printTerm } from "./print.ts";

/** Members in order, each once. */
export function sortedItems(t: SetTerm): readonly Term[] {
	const sorted = [...t.items].sort(compareTerms);
	return sorted.filter((item, i) => i === 0 || compareTerms(at(sorted, i - 1), item) !== 0);
}

/** By key; equal keys stay side by side. */
export function sortedEntries(t: ObjectTerm, written = false): readonly (readonly [Term, Term])[] {
	return [...(written ? (t.written ?? t.entries) : t.entries)].sort((a, b) => compareTerms(a[0], b[0]));
}

const ranks: Readonly<Record<Term["kind"], number>> = {
	scalar: 0,
	"template-string": 4,
	var: 5,
	ref: 6,
	array: 7,
	object: 8,
	set: 9,
	"array-comprehension": 10,
	"object-comprehension": 11,
	"set-comprehension": 12,
	call: 13,
};

/** OPA's order of terms; what holds whole bodies is ordered by its text. */
export function compareTerms(a: Term, b: Term): number {
	if (a.kind === "scalar" && b.kind === "scalar") return compare(a.value, b.value);
	if (a.kind !== b.kind) return ranks[a.kind] - ranks[b.kind];
	switch (a.kind) {
		case "var":
			return compareStrings(a.name, (b as typeof a).name);
		case "ref":
			return compareLists(a.terms, (b as typeof a).terms);
		case "array":
			return compareLists(a.items, (b as typeof a).items);
		case "set":
			return compareLists(sortedItems(a), sortedItems(b as typeof a));
		case "object":
			return compareLists(sortedEntries(a).flat(), sortedEntries(b as typeof a).flat());
		case "call":
			return compareLists([a.operator, ...a.args], [(b as typeof a).operator, ...(b as typeof a).args]);
		default:
			return compareStrings(printTerm(a), printTerm(b));
	}
}

/** Lists of terms, such as paths. */
export function compareLists(a: readonly Term[], b: readonly Term[]): number {
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) {
		const c = compareTerms(at(a, i), at(b, i));
		if (c !== 0) return c;
	}
	return a.length - b.length;
}
