/**
 * Composite values by what they are: found by their hash, then by comparison. Hashes can be made to meet by
 * whoever writes a document; where many do, values are found by their canonical text instead, whose hash is the host's.
 */

import { at } from "../at.ts";
import { equal } from "./compare.ts";
import { canonicalKey, integerKey } from "./key.ts";
import type { Value } from "./value.ts";

/** So few are looked through one by one. */
const few = 8;

/** What is kept in sets are Rego's values, whatever part of them a caller knows there are. */
export function regoValue(v: unknown): Value {
	return v as Value;
}

/** T is what they are, as in RegoSet. */
export class Composites<T = Value> {
	/** Different ones, in the order they came. */
	readonly values: T[] = [];
	readonly #hashes: number[] = [];
	/** For more than a few: the last value of a hash, and for each the one before it of the same hash, or -1. */
	#last: Map<number, number> | undefined;
	readonly #before: number[] = [];
	#texts: Map<unknown, number> | undefined;

	/** Where a value of this hash is among `values`, or -1. */
	indexOf(v: Value, hash: number): number {
		if (this.#texts !== undefined) return this.#texts.get(canonicalKey(v)) ?? -1;
		if (this.#last === undefined) {
			for (let i = 0; i < this.#hashes.length; i++) {
				if (this.#hashes[i] === hash && equal(regoValue(at(this.values, i)), v)) return i;
			}
			return -1;
		}
		let i = this.#last.get(integerKey(hash)) ?? -1;
		while (i !== -1 && !equal(regoValue(at(this.values, i)), v)) i = at(this.#before, i);
		return i;
	}

	get(v: Value, hash: number): T | undefined {
		const i = this.indexOf(v, hash);
		return i === -1 ? undefined : this.values[i];
	}

	/** Adds a value that is not there. */
	add(v: T, hash: number): void {
		const i = this.values.push(v) - 1;
		this.#hashes.push(hash);
		if (this.#texts !== undefined) this.#texts.set(canonicalKey(regoValue(v)), i);
		else if (this.#last !== undefined) this.#chain(this.#last, i);
		else if (i === few) {
			this.#last = new Map();
			for (let j = 0; j <= i; j++) this.#chain(this.#last, j);
		}
	}

	each(f: (v: T, hash: number) => void): void {
		for (let i = 0; i < this.values.length; i++) f(at(this.values, i), at(this.#hashes, i));
	}

	#chain(last: Map<number, number>, i: number): void {
		const hash = at(this.#hashes, i);
		const key = integerKey(hash);
		const before = last.get(key) ?? -1;
		this.#before[i] = before;
		last.set(key, i);
		let length = 0;
		for (let j = before; j !== -1; j = at(this.#before, j)) length++;
		if (length > few) this.#texts ??= new Map(this.values.map((v, j) => [canonicalKey(regoValue(v)), j]));
	}
}
