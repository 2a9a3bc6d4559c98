/** Terms in OPA's order. */
import type { ObjectTerm, SetTerm, Term } from "./ast.ts";
import { byKey, compareTermLists, orderedItems, type TermOrder, termOrder } from "./compare-terms.ts";
import { printTerm } from "./print.ts";

/** OPA's order of terms. */
export const compareTerms: TermOrder = termOrder(printTerm);

/** Lists of terms, such as paths. */
export function compareLists(a: readonly Term[], b: readonly Term[]): number {
	return compareTermLists(a, b, compareTerms);
}

/** Members in order, each once. */
export function sortedItems(t: SetTerm): readonly Term[] {
	return orderedItems(t.items, compareTerms);
}

/** Members in order, those that compare as equal, too: variables that a stage has made may have one name. */
export function itemsInOrder(t: SetTerm): readonly Term[] {
	return [...t.items].sort(compareTerms);
}

/** By key; equal keys stay side by side. */
export function sortedEntries(t: ObjectTerm, written = false): readonly (readonly [Term, Term])[] {
	return byKey(written ? (t.written ?? t.entries) : t.entries, compareTerms);
}
