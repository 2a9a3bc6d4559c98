/**
 * The rule index while evaluating: which definitions of a group can succeed. Each definition stands in the
 * tables under one of its conditions, the one that fewest share; where many stand under one key, another
 * such index is made of them, when that key is first met.
 */
import { at as elementAt } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import type { Clause, Conditions, Read, Scalar } from "../plan/conditions.ts";
import { dot, storedDot } from "../value/access.ts";
import { RegoObject, RegoSet } from "../value/collections.ts";
import { canonicalKey } from "../value/key.ts";
import { assertNever, isNumber, type Value } from "../value/value.ts";
import type { EvalContext } from "./context.ts";
import { storedValue } from "./documents.ts";

/** A builtin whose meaning is known: not an embedder's own of its name, and not replaced. */
export function known(builtin: Builtin | undefined, isMocked: boolean): Builtin | undefined {
	return builtin === undefined || builtin.module === "" || isMocked ? undefined : builtin;
}

/** Definitions under one key, in their order. */
interface Bucket {
	readonly definitions: number[];
	/** Their own index; null where it would tell nothing more. */
	inner: Selector | null | undefined;
}

/** The tables of one read. */
interface Tables {
	readonly read: number;
	readonly is: Map<unknown, Bucket>;
	/** By length. */
	readonly begins: Map<number, Map<string, Bucket>>;
	readonly ends: Map<number, Map<string, Bucket>>;
	/** All in `begins` and `ends`: what is no text is left to them. */
	readonly texts: number[];
}

/** Fewer definitions than this are tried one by one. */
const smallBucket = 12;

export class Selector {
	readonly #conditions: Conditions;
	readonly all: readonly number[];
	/** By definition: the numbers of its clauses that selectors above have used. */
	readonly #used: ReadonlyMap<number, readonly number[]>;
	readonly #tables: Tables[] = [];
	/** Definitions that are always tried. */
	readonly rest: number[] = [];
	/** Size of the largest bucket. */
	#largest = 0;

	constructor(
		conditions: Conditions,
		all: readonly number[] = conditions.definitions.map((_, i) => i),
		used: ReadonlyMap<number, readonly number[]> = new Map(),
	) {
		this.#conditions = conditions;
		this.all = all;
		this.#used = used;
		const counts = new Counts();
		const free = all.map((d) => this.#free(d));
		for (const clauses of free) for (const [, c] of clauses) for (const a of c) counts.add(a);
		const chosen = new Map<number, readonly number[]>();
		const tables = new Map<number, Tables>();
		all.forEach((d, at) => {
			const best = counts.rarest(elementAt(free, at));
			if (best === undefined) {
				this.rest.push(d);
				return;
			}
			const [number, clause] = best;
			chosen.set(d, [...(used.get(d) ?? []), number]);
			for (const [read, test, what] of clause) {
				let of = tables.get(read);
				if (of === undefined) {
					of = { read, is: new Map(), begins: new Map(), ends: new Map(), texts: [] };
					tables.set(read, of);
				}
				if (test === "is") this.#put(of.is, canonicalKey(what), d);
				else {
					const text = what as string;
					const byLength = test === "begins" ? of.begins : of.ends;
					let byText = byLength.get(text.length);
					if (byText === undefined) {
						byText = new Map();
						byLength.set(text.length, byText);
					}
					this.#put(byText, text, d);
					// Branches may ask the same.
					if (of.texts.at(-1) !== d) of.texts.push(d);
				}
			}
		});
		this.#chosen = chosen;
		this.#tables.push(...tables.values());
	}

	readonly #chosen: ReadonlyMap<number, readonly number[]>;

	/** How many definitions are always tried, and at most together. */
	get worst(): number {
		return this.rest.length + this.#largest;
	}

	#free(d: number): readonly (readonly [number, Clause])[] {
		const used = this.#used.get(d);
		const clauses = this.#conditions.definitions[d] ?? [];
		const out: (readonly [number, Clause])[] = [];
		clauses.forEach((c, i) => {
			if (used?.includes(i) !== true) out.push([i, c]);
		});
		return out;
	}

	#put<K>(table: Map<K, Bucket>, key: K, definition: number): void {
		const bucket = table.get(key);
		if (bucket === undefined) table.set(key, { definitions: [definition], inner: undefined });
		else if (bucket.definitions.at(-1) !== definition) bucket.definitions.push(definition);
		this.#largest = Math.max(this.#largest, table.get(key)?.definitions.length ?? 0);
	}

	/** Definitions to try, in order. Only they can succeed. */
	select(c: EvalContext, args: readonly (Value | undefined)[]): readonly number[] {
		const found = new Found(this, c, args, this.rest);
		for (const t of this.#tables) {
			if (
				!eachValue(this.#conditions.reads, t.read, c, args, { turns: 64 + 4 * this.all.length }, (v) =>
					found.value(t, v),
				)
			) {
				return this.all;
			}
		}
		return found.list();
	}

	/** The definitions of a bucket that are left to try. */
	within(bucket: Bucket, c: EvalContext, args: readonly (Value | undefined)[]): readonly number[] {
		if (bucket.definitions.length <= smallBucket || bucket.inner === null) return bucket.definitions;
		if (bucket.inner === undefined) {
			const inner = new Selector(this.#conditions, bucket.definitions, this.#chosen);
			bucket.inner = inner.worst > bucket.definitions.length / 2 ? null : inner;
			if (bucket.inner === null) return bucket.definitions;
		}
		return bucket.inner.select(c, args);
	}
}

/** The definitions that one selection has found. */
class Found {
	readonly #selector: Selector;
	readonly #c: EvalContext;
	readonly #args: readonly (Value | undefined)[];
	#one: readonly number[];
	/** More than one list. */
	#several: number[] | undefined;

	constructor(selector: Selector, c: EvalContext, args: readonly (Value | undefined)[], rest: readonly number[]) {
		this.#selector = selector;
		this.#c = c;
		this.#args = args;
		this.#one = rest;
	}

	value(t: Tables, v: Value): void {
		if (v === null || typeof v !== "object" || isNumber(v))
			this.#bucket(t.is.size === 0 ? undefined : t.is.get(canonicalKey(v)));
		if (typeof v !== "string") this.#add(t.texts);
		else {
			for (const [n, texts] of t.begins) if (v.length >= n) this.#bucket(texts.get(v.slice(0, n)));
			for (const [n, texts] of t.ends) if (v.length >= n) this.#bucket(texts.get(v.slice(-n)));
		}
	}

	#bucket(b: Bucket | undefined): void {
		if (b !== undefined) this.#add(this.#selector.within(b, this.#c, this.#args));
	}

	#add(definitions: readonly number[]): void {
		if (definitions.length === 0) return;
		if (this.#several !== undefined) for (const d of definitions) this.#several.push(d);
		else if (this.#one.length === 0) this.#one = definitions;
		else this.#several = [...this.#one, ...definitions];
	}

	list(): readonly number[] {
		const several = this.#several;
		if (several === undefined) return this.#one;
		several.sort((a, b) => a - b);
		let n = 0;
		for (let i = 0; i < several.length; i++)
			if (i === 0 || several[i] !== several[i - 1]) several[n++] = elementAt(several, i);
		several.length = n;
		return several;
	}
}

/** How many definitions have each atom. */
class Counts {
	readonly #counts: Map<number, Map<string, Map<Scalar, number>>> = new Map();

	add([read, test, what]: Clause[number]): void {
		const byTest = getOrMake(this.#counts, read, () => new Map<string, Map<Scalar, number>>());
		const byWhat = getOrMake(byTest, test, () => new Map<Scalar, number>());
		byWhat.set(what, (byWhat.get(what) ?? 0) + 1);
	}

	/** The clause whose atoms fewest have; of such the first. */
	rarest(clauses: readonly (readonly [number, Clause])[]): readonly [number, Clause] | undefined {
		let best: readonly [number, Clause] | undefined;
		let least = Number.POSITIVE_INFINITY;
		for (const numbered of clauses) {
			let sum = 0;
			for (const [read, test, what] of numbered[1]) sum += this.#counts.get(read)?.get(test)?.get(what) ?? 0;
			if (sum < least) {
				best = numbered;
				least = sum;
			}
		}
		return best;
	}
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
	let v = map.get(key);
	if (v === undefined) {
		v = make();
		map.set(key, v);
	}
	return v;
}

/** Calls f with each value that is read; false when there were too many. */
function eachValue(
	reads: readonly Read[],
	index: number,
	c: EvalContext,
	args: readonly (Value | undefined)[],
	budget: { turns: number },
	f: (v: Value) => void,
): boolean {
	const { from, step } = elementAt(reads, index);
	let v: Value | undefined;
	switch (step.op) {
		case "input":
			v = c.input;
			break;
		case "base":
			v = storedValue(c, step.path);
			break;
		case "argument":
			v = args[step.local];
			break;
		case "key": {
			const { key, stored } = step;
			return eachValue(reads, from, c, args, budget, (x) => {
				const y = stored ? storedDot(x, key) : dot(x, key);
				if (y !== undefined) f(y);
			});
		}
		case "each": {
			let all = true;
			const hasValues = eachValue(reads, from, c, args, budget, (x) => {
				all = all && eachEntry(x, budget, f);
			});
			return hasValues && all;
		}
		default:
			assertNever(step, "step");
	}
	if (v !== undefined) f(v);
	return true;
}

function eachEntry(v: Value, budget: { turns: number }, f: (v: Value) => void): boolean {
	if (typeof v !== "object" || v === null || isNumber(v)) return true;
	if (Array.isArray(v) || v instanceof RegoSet || v instanceof RegoObject) {
		budget.turns -= Array.isArray(v) ? v.length : v.size;
		if (budget.turns < 0) return false;
		if (v instanceof RegoObject) for (const [, x] of v.unordered()) f(x);
		else for (const x of v instanceof RegoSet ? v.unordered() : v) f(x);
		return true;
	}
	const o = v;
	for (const k of Object.keys(o)) {
		if (--budget.turns < 0) return false;
		const x = o[k];
		if (x !== undefined) f(x);
	}
	return true;
}
