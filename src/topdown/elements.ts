/** A reference into a value: the elements that its brackets mean. */

import { dot } from "../value/access.ts";
import { plainKeys } from "../value/collections.ts";
import { isArray, isObject, isRegoObject, isSet } from "../value/value.ts";
import type { Bindings, Bound } from "./bindings.ts";
import { constant, isGround, itemsOf, type Reference, type Term } from "./nodes.ts";
import { sameTerm } from "./rule-index.ts";
import type { EarlyExit, Exit, Next, Query } from "./state.ts";
import { biunify, entriesOf } from "./unify.ts";

export interface Element {
	readonly ref: Reference;
	/** The bracket that is next. */
	readonly at: number;
	readonly bindings: Bindings;
	/** What has been reached. */
	readonly term: Term;
	readonly of: Bindings;
	/** What the whole is unified with. */
	readonly result: Term;
	readonly resultOf: Bindings;
}

export function evalTerm(q: Query, e: Element, next: Next): Exit {
	const key = e.ref.terms[e.at];
	if (key === undefined) return biunify(q, e.term, e.result, e.of, e.resultOf, next);
	const plugged = e.bindings.plug(key);
	return isGround(plugged) ? into(q, e, plugged, next) : enumerate(q, e, key, next);
}

function into(q: Query, e: Element, key: Term, next: Next): Exit {
	const found = get(e, key);
	if (found === undefined) return undefined;
	return evalTerm(q, { ...e, term: found.term, of: found.of, at: e.at + 1 }, next);
}

function enumerate(q: Query, e: Element, pattern: Term, next: Next): Exit {
	let deferred: EarlyExit | undefined;
	/** Undefined to go on. */
	const goesOn = (exit: Exit): Exit => {
		if (exit === undefined || !exit.deferred) return exit;
		deferred ??= exit;
		return undefined;
	};
	const t = e.term;
	if (t.kind === "array" || (t.kind === "value" && isArray(t.value))) {
		// Positions are for variables only.
		if (pattern.kind !== "var") return undefined;
		const { length } = itemsOf(t) ?? [];
		for (let i = 0; i < length; i++) {
			const k = constant(i);
			q.tell("Unify", { kind: "unify", a: k, b: pattern });
			const { term: v, of } = e.bindings.apply(pattern);
			if (v.kind !== "var") return undefined;
			of.bind(v, k, of);
			const exit = goesOn(into(q, e, k, next));
			of.undo(v);
			if (exit !== undefined) return exit;
		}
		return deferred;
	}
	for (const k of keysOf(t)) {
		const exit = goesOn(biunify(q, k, pattern, e.of, e.bindings, () => into(q, e, e.of.plug(k), next)));
		if (exit !== undefined) return exit;
	}
	return deferred;
}

/** Keys of an object, members of a set. */
function keysOf(t: Term): readonly Term[] {
	if (t.kind === "object") return t.entries.map(([k]) => k);
	if (t.kind === "set") return t.items;
	if (t.kind !== "value") return [];
	const v = t.value;
	if (isSet(v)) return v.sorted().map((x) => constant(x));
	if (!isObject(v)) return [];
	return isRegoObject(v) ? v.sorted().map(([k]) => constant(k)) : plainKeys(v).map((k) => constant(k));
}

function get(e: Element, key: Term): Bound | undefined {
	const { term: t, of } = e;
	if (t.kind === "value") {
		const found = key.kind === "value" ? dot(t.value, key.value) : undefined;
		return found === undefined ? undefined : { term: constant(found), of };
	}
	if (t.kind === "array") {
		const found = key.kind === "value" && typeof key.value === "number" ? t.items[key.value] : undefined;
		return found === undefined ? undefined : of.apply(found);
	}
	if (t.kind === "set") return t.items.some((x) => sameTerm(of.plug(x), key)) ? of.apply(key) : undefined;
	const found = entriesOf(t)?.find(([k]) => sameTerm(of.plug(k), key));
	return found === undefined ? undefined : of.apply(found[1]);
}
