/**
 * Sets, and objects with keys of any type. Both hash by value: scalars by themselves, composites by
 * what they are made of, so that membership never compares element by element. Sorted views are made
 * once, on demand, and kept: these classes are immutable once a builder hands them out.
 */

import { at } from "../at.ts";
import { branded } from "./brand.ts";
import { compare, compareStrings, sortValues } from "./compare.ts";
import { Composites, regoValue } from "./composites.ts";
import { refuseForeign } from "./foreign.ts";
import { hashOf } from "./hash.ts";
import { shownAs } from "./inspect.ts";
import { canonicalKey } from "./key.ts";
import { sortedKeys } from "./key-order.ts";
import { isRegoObject, isScalar, type ObjectValue, type PlainObject, type Value } from "./value.ts";

/** Every member of some sets, spelled as in the first that has it. */
export let united: (sets: readonly RegoSet[]) => RegoSet;
/** Members of x that y has, or has not. */
export let membersIn: (x: RegoSet, y: RegoSet, wanted: boolean) => RegoSet;

/** T is what its members are: Rego's values, or those of them that the caller knows there are. */
export class RegoSet<T = Value> {
	/** By their canonical keys. */
	readonly #scalars: Map<unknown, T> = new Map();
	#composites: Composites<T> | undefined;
	#sorted: readonly T[] | undefined;
	#sealed = false;

	static {
		united = (sets) => {
			const out = new RegoSet();
			for (const s of sets) out.#addAll(s);
			return out;
		};
		membersIn = (x, y, wanted) => {
			const out = new RegoSet();
			if (!(#scalars in x && #scalars in y)) {
				for (const v of x.unordered()) if (y.has(v) === wanted) out.add(v);
				return out;
			}
			for (const [k, v] of x.#scalars) if (y.#scalars.has(k) === wanted) out.#scalars.set(k, v);
			const [from, other] = [x.#composites, y.#composites];
			if (from === undefined) return out;
			from.each((v, hash) => {
				const isThere = other?.get(v, hash) !== undefined;
				if (isThere === wanted) out.#add(v, hash);
			});
			return out;
		};
	}

	/** The set of these values. */
	static of<T = Value>(values: Iterable<T>): RegoSet<T> {
		const s = new RegoSet<T>();
		for (const v of values) s.add(v);
		return s;
	}

	/** For builders only: a set that has been handed out does not change. */
	add(v: T): this {
		if (this.#sealed) throw new TypeError("a set that a policy answered cannot be changed: copy it, new Set(set)");
		this.#sorted = undefined;
		const member = regoValue(v);
		if (!isScalar(member)) {
			this.#add(v, hashOf(member));
			return this;
		}
		const k = canonicalKey(member);
		if (!this.#scalars.has(k)) this.#scalars.set(k, v);
		return this;
	}

	/** A composite whose hash is known. */
	#add(v: T, hash: number): void {
		this.#composites ??= new Composites();
		if (this.#composites.indexOf(regoValue(v), hash) === -1) this.#composites.add(v, hash);
	}

	#addAll(from: RegoSet<T>): void {
		const members = from.unordered();
		// Another copy of this code made it.
		if (!(#scalars in from)) {
			for (const v of members) this.add(v);
			return;
		}
		for (const [k, v] of from.#scalars) if (!this.#scalars.has(k)) this.#scalars.set(k, v);
		from.#composites?.each((v, hash) => this.#add(v, hash));
	}

	/** From now on nothing can be added, nor changed through what this hands out. */
	seal(): this {
		this.#sealed = true;
		if (this.#sorted !== undefined) Object.freeze(this.#sorted);
		return this;
	}

	has(v: T | Value): boolean {
		return this.get(v) !== undefined;
	}

	/** The member equal to v, as it was first spelled. */
	get(v: T | Value): T | undefined {
		const member = regoValue(v);
		if (isScalar(member)) return this.#scalars.get(canonicalKey(member));
		return this.#composites?.get(member, hashOf(member));
	}

	get size(): number {
		return this.#scalars.size + (this.#composites?.values.length ?? 0);
	}

	/** Members in an order of no meaning: only where it cannot be observed. */
	unordered(): IterableIterator<T> {
		const composites = this.#composites?.values;
		if (composites === undefined) return this.#scalars.values();
		return (this.#scalars.size === 0 ? composites : [...this.#scalars.values(), ...composites]).values();
	}

	/** Members in OPA's order. */
	sorted(): readonly T[] {
		if (this.#sorted === undefined) {
			// Members are Rego's values, whatever part of them T is.
			this.#sorted = sortValues([...this.unordered()] as Value[]) as T[];
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
	/** Keys that are scalars, by their canonical keys. */
	readonly #scalars: Map<unknown, [Value, Value]> = new Map();
	#composites: Composites | undefined;
	/** Of each of the composite keys. */
	readonly #values: Value[] = [];
	#sorted: readonly (readonly [Value, Value])[] | undefined;

	/** For builders only. Replaces the value of an equal key, keeping the key's first spelling. */
	set(key: Value, value: Value): this {
		this.#sorted = undefined;
		if (isScalar(key)) {
			const k = canonicalKey(key);
			this.#scalars.set(k, [this.#scalars.get(k)?.[0] ?? key, value]);
			return this;
		}
		this.#composites ??= new Composites();
		const hash = hashOf(key);
		const i = this.#composites.indexOf(key, hash);
		if (i === -1) {
			this.#composites.add(key, hash);
			this.#values.push(value);
		} else this.#values[i] = value;
		return this;
	}

	get(key: Value): Value | undefined {
		if (isScalar(key)) return this.#scalars.get(canonicalKey(key))?.[1];
		const i = this.#composites?.indexOf(key, hashOf(key)) ?? -1;
		return i === -1 ? undefined : this.#values[i];
	}

	has(key: Value): boolean {
		return this.get(key) !== undefined;
	}

	/** What a number finds that is spelled so: only base data know numbers as names. */
	stored(_name: string): Value | undefined {
		return undefined;
	}

	get size(): number {
		return this.#scalars.size + this.#values.length;
	}

	unordered(): IterableIterator<readonly [Value, Value]> {
		if (this.#composites === undefined) return this.#scalars.values();
		const others = this.#composites.values.map((k, i) => [k, at(this.#values, i)] as const);
		return [...this.#scalars.values(), ...others].values();
	}

	sorted(): readonly (readonly [Value, Value])[] {
		this.#sorted ??= [...this.unordered()].sort((a, b) => compare(a[0], b[0]));
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
	return definedKeys(o);
}

/** The keys of a plain object, in no order: properties that are undefined are none. */
export function definedKeys(o: PlainObject): readonly string[] {
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
