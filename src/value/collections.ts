/**
 * Sets, and objects with keys of any type. Both hash by value: scalars by themselves, composites by
 * a canonical text, so that membership never compares element by element. Sorted views are made
 * once, on demand, and kept: these classes are immutable once a builder hands them out.
 */

import { branded } from "./brand.ts";
import { compare, compareStrings, sortValues } from "./compare.ts";
import { refuseForeign } from "./foreign.ts";
import { shownAs } from "./inspect.ts";
import { canonicalKey } from "./key.ts";
import { sortedKeys } from "./key-order.ts";
import { isRegoObject, type ObjectValue, type PlainObject, type Value } from "./value.ts";

/** Members are Rego's values, whatever part of them T is. */
function keyOf(member: unknown): unknown {
	return canonicalKey(member as Value);
}

/** T is what its members are: Rego's values, or those of them that the caller knows there are. */
export class RegoSet<T = Value> {
	readonly #members: Map<unknown, T> = new Map();
	#sorted: readonly T[] | undefined;
	#sealed = false;

	/** The set of these values. */
	static of<T = Value>(values: Iterable<T>): RegoSet<T> {
		const s = new RegoSet<T>();
		for (const v of values) s.add(v);
		return s;
	}

	/** For builders only: a set that has been handed out does not change. */
	add(v: T): this {
		if (this.#sealed) throw new TypeError("a set that a policy answered cannot be changed: copy it, new Set(set)");
		const k = keyOf(v);
		if (!this.#members.has(k)) {
			this.#members.set(k, v);
			this.#sorted = undefined;
		}
		return this;
	}

	/** From now on nothing can be added, nor changed through what this hands out. */
	seal(): this {
		this.#sealed = true;
		if (this.#sorted !== undefined) Object.freeze(this.#sorted);
		return this;
	}

	has(v: T | Value): boolean {
		return this.#members.has(keyOf(v));
	}

	/** The member equal to v, as it was first spelled. */
	get(v: T | Value): T | undefined {
		return this.#members.get(keyOf(v));
	}

	get size(): number {
		return this.#members.size;
	}

	/** Members in insertion order: only where order cannot be observed. */
	unordered(): IterableIterator<T> {
		return this.#members.values();
	}

	/** Members in OPA's order. */
	sorted(): readonly T[] {
		if (this.#sorted === undefined) {
			// Members are Rego's values, whatever part of them T is.
			this.#sorted = sortValues([...this.#members.values()] as Value[]) as T[];
			if (this.#sealed) Object.freeze(this.#sorted);
		}
		return this.#sorted;
	}

	[Symbol.iterator](): Iterator<T> {
		return this.sorted()[Symbol.iterator]();
	}

	/** For JSON.stringify: the members in OPA's order. */
	toJSON(): readonly T[] {
		return this.sorted();
	}
}

branded(RegoSet, "set");
shownAs(RegoSet, (s, inspect) => `RegoSet ${inspect(s.sorted())}`);

/** An object at least one of whose keys is not a string. */
export class RegoObject {
	readonly #entries: Map<unknown, [Value, Value]> = new Map();
	#sorted: readonly (readonly [Value, Value])[] | undefined;

	/** For builders only. Replaces the value of an equal key, keeping the key's first spelling. */
	set(key: Value, value: Value): this {
		const k = canonicalKey(key);
		const old = this.#entries.get(k);
		if (old === undefined) this.#entries.set(k, [key, value]);
		else this.#entries.set(k, [old[0], value]);
		this.#sorted = undefined;
		return this;
	}

	get(key: Value): Value | undefined {
		return this.#entries.get(canonicalKey(key))?.[1];
	}

	has(key: Value): boolean {
		return this.#entries.has(canonicalKey(key));
	}

	/** What a number finds that is spelled so: only base data know numbers as names. */
	stored(_name: string): Value | undefined {
		return undefined;
	}

	get size(): number {
		return this.#entries.size;
	}

	unordered(): IterableIterator<readonly [Value, Value]> {
		return this.#entries.values();
	}

	sorted(): readonly (readonly [Value, Value])[] {
		this.#sorted ??= [...this.#entries.values()].sort((a, b) => compare(a[0], b[0]));
		return this.#sorted;
	}

	/** For JSON.stringify: an object, where keys that are no strings are their JSON text, as in OPA's output. */
	toJSON(): { readonly [key: string]: Value } {
		const text = (k: Value): string => (typeof k === "string" ? k : typeof k === "bigint" ? `${k}` : JSON.stringify(k));
		const entries = this.sorted().map(([k, v]) => [text(k), v] as const);
		const out: { [key: string]: Value } = {};
		for (const [k, v] of entries.sort((a, b) => compareStrings(a[0], b[0]))) setOwn(out, k, v);
		return out;
	}
}

branded(RegoObject, "object");
shownAs(RegoObject, (o, inspect) => `RegoObject ${inspect(new Map(o.sorted()))}`);

/** Collects entries; starts plain and becomes a RegoObject at the first key that is not a string. */
export class ObjectBuilder {
	#plain: { [key: string]: Value } | undefined = {};
	#other: RegoObject | undefined;

	/** Replaces an earlier value of an equal key. */
	set(key: Value, value: Value): void {
		if (this.#plain !== undefined) {
			if (typeof key === "string") {
				setOwn(this.#plain, key, value);
				return;
			}
			const other = new RegoObject();
			for (const k of Object.keys(this.#plain)) other.set(k, this.#plain[k] as Value);
			this.#plain = undefined;
			this.#other = other;
		}
		(this.#other as RegoObject).set(key, value);
	}

	get(key: Value): Value | undefined {
		if (this.#plain !== undefined) return typeof key === "string" ? getOwn(this.#plain, key) : undefined;
		return (this.#other as RegoObject).get(key);
	}

	has(key: Value): boolean {
		return this.get(key) !== undefined;
	}

	/** The object; the builder must not be used afterwards. */
	finish(): ObjectValue {
		return this.#plain ?? (this.#other as RegoObject);
	}
}

/** Own property or undefined; `__proto__` and `constructor` are ordinary keys. */
export function getOwn(o: PlainObject, key: string): Value | undefined {
	return Object.hasOwn(o, key) ? o[key] : undefined;
}

/** Assignment that treats `__proto__` as an ordinary key. */
export function setOwn(o: { [key: string]: Value }, key: string, value: Value): void {
	if (key === "__proto__") {
		Object.defineProperty(o, key, { value, writable: true, enumerable: true, configurable: true });
	} else o[key] = value;
}

export function objectGet(o: ObjectValue, key: Value): Value | undefined {
	if (isRegoObject(o)) return o.get(key);
	return typeof key === "string" ? getOwn(o, key) : undefined;
}

export function objectSize(o: ObjectValue): number {
	if (isRegoObject(o)) return o.size;
	refuseForeign(o);
	let n = 0;
	for (const k of Object.keys(o)) if (o[k] !== undefined) n++;
	return n;
}

/** The keys, in no order. */
export function unorderedKeys(o: ObjectValue): readonly Value[] {
	if (isRegoObject(o)) return objectKeys(o);
	refuseForeign(o);
	return Object.keys(o).filter((k) => o[k] !== undefined);
}

/** Keys in OPA's order. */
export function objectKeys(o: ObjectValue): readonly Value[] {
	if (isRegoObject(o)) return o.sorted().map((e) => e[0]);
	return plainKeys(o);
}

/** The string keys of a plain object in OPA's order (by code point, as Go compares UTF-8). */
export function plainKeys(o: PlainObject): readonly string[] {
	refuseForeign(o);
	return sortedKeys(o, compareStrings);
}

/** Entries in OPA's order. */
export function objectEntries(o: ObjectValue): readonly (readonly [Value, Value])[] {
	if (isRegoObject(o)) return o.sorted();
	return plainKeys(o).map((k) => [k, o[k] as Value] as const);
}
