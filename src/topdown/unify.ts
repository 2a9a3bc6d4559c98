/** Unification: of terms with what they stand for, and of references with each document they mean. */

import { RegoError } from "../errors.ts";
import { ObjectBuilder, objectEntries, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import { isArray, isObject, isSet, type Value } from "../value/value.ts";
import type { Bindings } from "./bindings.ts";
import { evalTree } from "./documents.ts";
import { evalTerm } from "./elements.ts";
import { run } from "./evaluate.ts";
import { type Comprehension, constant, isRoot, itemsOf, object, type Reference, type Term } from "./nodes.ts";
import { sameTerm } from "./rule-index.ts";
import { type Exit, type Next, pathKey, type Query } from "./state.ts";

export function unify(q: Query, a: Term, b: Term, next: Next): Exit {
	return biunify(q, a, b, q.bindings, q.bindings, next);
}

/** With the variables of two queries. */
export function biunify(q: Query, x: Term, y: Term, xs: Bindings, ys: Bindings, next: Next): Exit {
	const { term: a, of: b1 } = xs.apply(x);
	const { term: b, of: b2 } = ys.apply(y);
	q.tell("Unify", { kind: "unify", a, b });
	if (a.kind === "value" && b.kind === "value" && !q.machine.tellsUnify)
		return equal(a.value, b.value) ? next() : undefined;
	const open = b.kind === "var" || b.kind === "ref";
	switch (a.kind) {
		case "var":
		case "ref":
		case "comprehension":
		case "set":
			return biunifyValues(q, a, b, b1, b2, next);
		case "array":
			return biunifyArray(q, a, b, b1, b2, next);
		case "object":
			return biunifyObject(q, a, b, b1, b2, next);
		case "value":
			if (isArray(a.value)) return biunifyArray(q, a, b, b1, b2, next);
			if (isObject(a.value)) return biunifyObject(q, a, b, b1, b2, next);
			if (isSet(a.value) || open || b.kind === "value") return biunifyValues(q, a, b, b1, b2, next);
			return undefined;
		default:
			return undefined;
	}
}

export function entriesOf(t: Term): readonly (readonly [Term, Term])[] | undefined {
	if (t.kind === "object") return t.entries;
	if (t.kind !== "value" || !isObject(t.value)) return undefined;
	return objectEntries(t.value).map(([k, v]) => [constant(k), constant(v)] as const);
}

function biunifyArray(q: Query, a: Term, b: Term, b1: Bindings, b2: Bindings, next: Next): Exit {
	if (b.kind === "var" || b.kind === "ref" || (b.kind === "comprehension" && b.of === "array")) {
		return biunifyValues(q, a, b, b1, b2, next);
	}
	const xs = itemsOf(a);
	const ys = itemsOf(b);
	if (xs === undefined || ys === undefined || xs.length !== ys.length) return undefined;
	return biunifyLists(q, xs, ys, b1, b2, next);
}

export function biunifyLists(
	q: Query,
	xs: readonly Term[],
	ys: readonly Term[],
	b1: Bindings,
	b2: Bindings,
	next: Next,
	i = 0,
): Exit {
	const x = xs[i];
	const y = ys[i];
	if (x === undefined || y === undefined) return next();
	return biunify(q, x, y, b1, b2, () => biunifyLists(q, xs, ys, b1, b2, next, i + 1));
}

function biunifyObject(q: Query, a: Term, b: Term, b1: Bindings, b2: Bindings, next: Next): Exit {
	if (b.kind === "var" || b.kind === "ref" || (b.kind === "comprehension" && b.of === "object")) {
		return biunifyValues(q, a, b, b1, b2, next);
	}
	const xs = pluggedKeys(a, b1);
	const ys = pluggedKeys(b, b2);
	if (xs === undefined || ys === undefined || xs.length !== ys.length) return undefined;
	const values = new Map(ys.map(([k, v]) => [k.kind === "value" ? canonicalKey(k.value) : k, v]));
	const pairs: Term[] = [];
	for (const [k] of xs) {
		const v = values.get(k.kind === "value" ? canonicalKey(k.value) : k);
		// What is not there ends it where it is met.
		if (v === undefined) break;
		pairs.push(v);
	}
	const all = pairs.length === xs.length;
	const own = xs.slice(0, pairs.length).map(([, v]) => v);
	return biunifyLists(q, own, pairs, b1, b2, all ? next : () => undefined);
}

function pluggedKeys(t: Term, bindings: Bindings): readonly (readonly [Term, Term])[] | undefined {
	if (t.kind !== "object") return entriesOf(t);
	const plugged = object(t.entries.map(([k, v]) => [bindings.plug(k), v] as const));
	return entriesOf(plugged);
}

function biunifyValues(q: Query, a: Term, b: Term, b1: Bindings, b2: Bindings, next: Next): Exit {
	if (a.kind === "ref") return biunifyReference(q, a, b, b1, b2, next);
	if (b.kind === "ref") return biunifyReference(q, b, a, b2, b1, next);
	if (a.kind === "comprehension") return biunify(q, collect(q, a), b, b1, b2, next);
	if (b.kind === "comprehension") return biunify(q, collect(q, b), a, b2, b1, next);
	if (a.kind === "var") {
		if (b.kind === "var" && b1 === b2 && a.name === b.name) return next();
		b1.bind(a, b, b2);
		const exit = next();
		b1.undo(a);
		return exit;
	}
	if (b.kind === "var") {
		b2.bind(b, a, b1);
		const exit = next();
		b2.undo(b);
		return exit;
	}
	const x = a.kind === "set" ? b1.plug(a) : a;
	const y = b.kind === "set" ? b2.plug(b) : b;
	return sameTerm(x, y) ? next() : undefined;
}

function biunifyReference(q: Query, ref: Reference, b: Term, b1: Bindings, b2: Bindings, next: Next): Exit {
	const head = ref.terms[0];
	if (head === undefined) return undefined;
	if (isRoot(head, "data")) return evalTree(q, ref, b1, b, b2, next);
	if (isRoot(head, "input")) {
		if (q.input === undefined) return undefined;
		return evalTerm(q, { ref, at: 1, bindings: b1, term: constant(q.input), of: b1, result: b, resultOf: b2 }, next);
	}
	const { term, of } = b1.apply(head);
	if (term === head && term.kind === "var") return undefined;
	return evalTerm(q, { ref, at: 1, bindings: b1, term, of, result: b, resultOf: b2 }, next);
}

// --- comprehensions ----------------------------------------------------------------------------

function collect(q: Query, t: Comprehension): Term {
	const keys = q.machine.program.comprehensions.get(t);
	if (keys !== undefined) {
		const { caches } = q.machine;
		let values = caches.comprehension(t);
		if (values === undefined) {
			values = grouped(q, t, keys);
			caches.putComprehension(t, values);
		}
		const key = pathKey(keys.map((name) => q.bindings.plug({ kind: "var", name, place: undefined })));
		const known = values.get(key);
		if (known !== undefined) return constant(known);
	}
	const into = new Collector(t);
	const child = q.closure(t.body);
	run(child, () => into.add(child.bindings));
	return constant(into.finish());
}

/** Every value of the comprehension, by the values of the variables it shares with the body around it. */
function grouped(q: Query, t: Comprehension, keys: readonly string[]): Map<string, Value> {
	const groups = new Map<string, Collector>();
	const child = q.child(t.body);
	run(child, () => {
		const key = pathKey(keys.map((name) => child.bindings.plug({ kind: "var", name, place: undefined })));
		let into = groups.get(key);
		if (into === undefined) {
			into = new Collector(t);
			groups.set(key, into);
		}
		return into.add(child.bindings, true);
	});
	return new Map([...groups].map(([key, into]) => [key, into.finish()]));
}

class Collector {
	readonly #of: Comprehension;
	readonly #items: Value[] = [];
	readonly #entries = new ObjectBuilder();

	constructor(t: Comprehension) {
		this.#of = t;
	}

	/** Indexed, OPA lets the last of two values for a key count. */
	add(bindings: Bindings, lastCounts = false): Exit {
		const { key, term } = this.#of;
		const v = ground(bindings.plug(term));
		if (key === undefined) {
			this.#items.push(v);
			return undefined;
		}
		const k = ground(bindings.plug(key));
		const known = this.#entries.get(k);
		if (known !== undefined && !lastCounts && !equal(known, v)) {
			const place = key.place;
			throw new RegoError("eval_conflict_error", "object keys must be unique", place?.source.location(place.start));
		}
		this.#entries.set(k, v);
		return undefined;
	}

	finish(): Value {
		if (this.#of.of === "array") return this.#items;
		return this.#of.of === "set" ? RegoSet.of(this.#items) : this.#entries.finish();
	}
}

/** A term whose variables all have values. */
export function ground(t: Term): Value {
	if (t.kind !== "value") throw new RegoError("eval_internal_error", "a variable has no value");
	return t.value;
}
