/** Entries of one collection grouped by a value read from each: the comprehension index. */
import { canonicalKey } from "../value/key.ts";
import type { Value } from "../value/value.ts";

const none: readonly Value[] = [];

export class Groups {
	/** The collection grouped, by identity. */
	readonly source: Value;
	readonly #groups: Map<unknown, Value[]> = new Map();
	/** Groups of strings, which are their own keys here. */
	readonly #byString: Map<string, Value[]> = new Map();

	constructor(source: Value) {
		this.source = source;
	}

	/** Adds the entry at `at` (index, key or member) to the group of `value`. */
	add(value: Value, at: Value): void {
		const isString = typeof value === "string";
		const key = isString ? value : canonicalKey(value);
		const groups: Map<unknown, Value[]> = isString ? this.#byString : this.#groups;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [at]);
		else group.push(at);
	}

	/** Entries of a group in the order they were added. */
	get(value: Value): readonly Value[] {
		return (typeof value === "string" ? this.#byString.get(value) : this.#groups.get(canonicalKey(value))) ?? none;
	}
}
