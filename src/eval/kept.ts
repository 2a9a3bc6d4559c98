/**
 * Values of rules that depend on base data only, kept from one decision to the next: data are never
 * changed, and a policy over other data keeps values of its own. What is kept is bounded: what finds no
 * room is made anew for every decision.
 */
import { RegoObject, RegoSet } from "../value/collections.ts";
import { RegoNumber } from "../value/number.ts";
import type { Value } from "../value/value.ts";
import { type EvalContext, orUndefined, UNDEFINED } from "./context.ts";
import { type Keeper, KnownByKey } from "./known-by-key.ts";

/** Values within values that are kept at most, all in all. */
const room = 1_000_000;

/** Marks what is not kept. */
const notKept: unique symbol = Symbol("not kept");

export class Kept implements Keeper {
	readonly #values: Map<number, Value | typeof UNDEFINED | typeof notKept> = new Map();
	readonly #byKey: Map<number, KnownByKey> = new Map();
	#room = room;

	/** A rule's value, where it is kept. */
	get(rule: number): Value | typeof UNDEFINED | undefined {
		const v = this.#values.get(rule);
		return v === notKept ? undefined : v;
	}

	/** A rule's value: the one kept, or what `evaluate` gives. */
	value(c: EvalContext, rule: number, evaluate: (c: EvalContext) => Value | undefined): Value | undefined {
		const known = this.#values.get(rule);
		if (known === notKept) return evaluate(c);
		if (known !== undefined) return known === UNDEFINED ? undefined : known;
		const errors = c.errorCount;
		const v = evaluate(c);
		this.#byKey.get(rule)?.clear();
		this.#byKey.delete(rule);
		const kept = orUndefined(v);
		this.#values.set(rule, this.take(kept, errors, c) === undefined ? notKept : kept);
		return v;
	}

	/** Where values of a rule by its keys are kept; undefined for a rule too large to keep all of. */
	byKey(rule: number): KnownByKey | undefined {
		if (this.#values.get(rule) === notKept) return undefined;
		let known = this.#byKey.get(rule);
		if (known === undefined) {
			known = new KnownByKey(this);
			this.#byKey.set(rule, known);
		}
		return known;
	}

	take(value: Value | typeof UNDEFINED, errors: number, c: EvalContext): number | undefined {
		// Errors of builtins are reported to each decision that meets them.
		if (c.errorCount !== errors) return undefined;
		const size = value === UNDEFINED ? 1 : sizeOf(value, this.#room);
		if (size > this.#room) return undefined;
		this.#room -= size;
		return size;
	}

	give(size: number): void {
		this.#room += size;
	}
}

/** How many values there are in a value, itself included, long texts for more; counts no further than past `most`. */
function sizeOf(v: Value, most: number): number {
	let size = 0;
	const stack: Value[] = [v];
	for (let x = stack.pop(); x !== undefined && size <= most; x = stack.pop()) {
		size++;
		if (typeof x === "string") size += x.length >> 5;
		if (typeof x !== "object" || x === null || x instanceof RegoNumber) continue;
		if (Array.isArray(x)) {
			if (x.length > most) return most + 1;
			for (const item of x) stack.push(item);
		} else if (x instanceof RegoSet) for (const m of x.unordered()) stack.push(m);
		else if (x instanceof RegoObject) for (const [k, item] of x.unordered()) stack.push(k, item);
		else {
			for (const k of Object.keys(x)) {
				const item = x[k];
				if (item !== undefined) stack.push(k, item);
			}
		}
	}
	return size;
}
