/** How OPA orders terms: scalars by value, everything by kind first. */
import { at } from "../at.ts";
import { compare, compareStrings } from "../value/compare.ts";
import type { Term } from "./ast.ts";

export type TermOrder = (a: Term, b: Term) => number;

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

/** The order, in which what holds whole bodies goes by its text. */
export function termOrder(text: (t: Term) => string): TermOrder {
	const order: TermOrder = (a, b) => {
		if (a.kind === "scalar" && b.kind === "scalar") return compare(a.value, b.value);
		if (a.kind === "var" && b.kind === "var") return compareStrings(a.name, b.name);
		if (a.kind === "ref" && b.kind === "ref") return compareTermLists(a.terms, b.terms, order);
		if (a.kind === "array" && b.kind === "array") return compareTermLists(a.items, b.items, order);
		if (a.kind === "set" && b.kind === "set") {
			return compareTermLists(orderedItems(a.items, order), orderedItems(b.items, order), order);
		}
		if (a.kind === "object" && b.kind === "object") {
			return compareTermLists(byKey(a.entries, order).flat(), byKey(b.entries, order).flat(), order);
		}
		if (a.kind === "call" && b.kind === "call") {
			return compareTermLists([a.operator, ...a.args], [b.operator, ...b.args], order);
		}
		return ranks[a.kind] - ranks[b.kind] || compareStrings(text(a), text(b));
	};
	return order;
}

export function compareTermLists(a: readonly Term[], b: readonly Term[], order: TermOrder): number {
	const n = Math.min(a.length, b.length);
	for (let i = 0; i < n; i++) {
		const c = order(at(a, i), at(b, i));
		if (c !== 0) return c;
	}
	return a.length - b.length;
}

/** In order, each once. */
export function orderedItems(items: readonly Term[], order: TermOrder): readonly Term[] {
	const sorted = [...items].sort(order);
	return sorted.filter((item, i) => i === 0 || order(at(sorted, i - 1), item) !== 0);
}

/** By key; equal keys stay side by side. */
export function byKey(
	entries: readonly (readonly [Term, Term])[],
	order: TermOrder,
): readonly (readonly [Term, Term])[] {
	return [...entries].sort((a, b) => order(a[0], b[0]));
}
