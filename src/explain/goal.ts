/** What an expression is wanted to be. */
import { dot, isCollection } from "../value/access.ts";
import { objectSize, RegoSet } from "../value/collections.ts";
import { compare, equal } from "../value/compare.ts";
import { isArray, isObject, type Value } from "../value/value.ts";
import type { Traced } from "./source.ts";

export type Comparison = "<" | "<=" | ">" | ">=" | "==" | "!=";

export type Goal =
	/** Neither undefined nor false. */
	| { readonly is: "true" }
	| { readonly is: "defined" }
	| { readonly is: "equal"; readonly to: Traced }
	/** In OPA's order of values. */
	| { readonly is: "compared"; readonly how: Comparison; readonly to: Traced }
	/** A collection of so many. */
	| { readonly is: "size"; readonly how: Comparison; readonly to: number }
	/** Something at a key (a member of a set), which is as wanted. */
	| { readonly is: "with"; readonly key: Traced; readonly goal: Goal };

export const isTrue: Goal = { is: "true" };
export const isDefined: Goal = { is: "defined" };

export function meets(v: Value | undefined, goal: Goal): boolean {
	if (v === undefined) return false;
	switch (goal.is) {
		case "true":
			return v !== false;
		case "defined":
			return true;
		case "equal":
			return equal(v, goal.to.value);
		case "compared":
			return holds(compare(v, goal.to.value), goal.how, 0);
		case "size": {
			const size = sizeOf(v);
			return size !== undefined && holds(size, goal.how, goal.to);
		}
		case "with": {
			return isCollection(v) && meets(dot(v, goal.key.value), goal.goal);
		}
	}
}

export function holds(a: number, how: Comparison, b: number): boolean {
	switch (how) {
		case "<":
			return a < b;
		case "<=":
			return a <= b;
		case ">":
			return a > b;
		case ">=":
			return a >= b;
		case "==":
			return a === b;
		case "!=":
			return a !== b;
	}
}

/** How many elements a collection, or characters a text, has. */
export function sizeOf(v: Value): number | undefined {
	if (typeof v === "string") return [...v].length;
	if (typeof v !== "object" || v === null) return undefined;
	if (isArray(v)) return v.length;
	if (v instanceof RegoSet) return v.size;
	return isObject(v) ? objectSize(v) : undefined;
}

/** The same said from the other side. */
export const mirrored: Readonly<Record<Comparison, Comparison>> = {
	"<": ">",
	"<=": ">=",
	">": "<",
	">=": "<=",
	"==": "==",
	"!=": "!=",
};

export const negated: Readonly<Record<Comparison, Comparison>> = {
	"<": ">=",
	"<=": ">",
	">": "<=",
	">=": "<",
	"==": "!=",
	"!=": "==",
};
