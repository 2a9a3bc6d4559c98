/** What an expression is wanted to be. */

import type { JsonValue } from "../face/json-value.ts";
import { dot, isCollection } from "../value/access.ts";
import { objectSize, RegoSet } from "../value/collections.ts";
import { compare, equal } from "../value/compare.ts";
import { isArray, isObject, isSet, type Value } from "../value/value.ts";
import { valueAt } from "./edit.ts";
import { literal, type Traced } from "./source.ts";

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

/** The goal of an explanation: the value that the caller wants, or else one that means "allowed". */
export function wantedOf(decision: Value | undefined, want: JsonValue | undefined): Goal {
	if (want !== undefined) return want === true ? { is: "true" } : { is: "equal", to: { value: want, from: literal } };
	if (decision === undefined || !isCollection(decision)) return { is: "true" };
	if (isSet(decision) || Array.isArray(decision)) return { is: "size", how: "==", to: 0 };
	// What an API server is answered: an AdmissionReview.
	const response = valueAt(decision, ["response"]);
	if (response !== undefined && typeof valueAt(response, ["allowed"]) === "boolean") {
		return { is: "with", key: { value: "response", from: literal }, goal: wantedOf(response, undefined) };
	}
	for (const key of ["allowed", "allow"]) {
		const said = valueAt(decision, [key]);
		if (typeof said === "boolean") return { is: "with", key: { value: key, from: literal }, goal: { is: "true" } };
	}
	return isObject(decision) && sizeOf(decision) === 0 ? { is: "true" } : { is: "size", how: "==", to: 0 };
}

/** Whether a decision is one that lets something be. */
export function decisionAllows(v: Value | undefined): boolean {
	return v !== undefined && meets(v, wantedOf(v, undefined));
}
