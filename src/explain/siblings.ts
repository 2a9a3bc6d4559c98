/**
 * Where the elements of an `every` that hold found theirs. It says where one that does not hold is likely to belong:
 * to an entry that no sibling needs, and where the order is the same, between those of its neighbours.
 */
import type { Value } from "../value/value.ts";
import { distance } from "./distance.ts";
import { type Place, placeKey, type Source } from "./source.ts";

/** Where an entry would be, by its neighbours. */
export interface Expected {
	readonly index: number;
	/** There is no room for it: it has been taken away. */
	readonly isGap: boolean;
}

export interface Siblings {
	/** How often each entry was found. */
	readonly taken: ReadonlyMap<string, number>;
	/** How often entries of each collection were. */
	readonly takenFrom: ReadonlyMap<string, number>;
	/** Collections of which one entry serves several siblings. */
	readonly shared: ReadonlySet<string>;
	/** By collection. */
	readonly expected: ReadonlyMap<string, Expected>;
}

export const noSiblings: Siblings = { taken: new Map(), takenFrom: new Map(), shared: new Set(), expected: new Map() };

/** Whether siblings need an entry, and do not share. */
export function isTaken(s: Siblings, from: Source): boolean {
	if (s.taken.size === 0 || from.kind !== "place" || !s.taken.has(placeKey(from))) return false;
	return from.parent === undefined || !s.shared.has(placeKey(from.parent));
}

/** Whether siblings found theirs elsewhere: this is hardly the collection to look in. */
export function isStrange(s: Siblings, from: Source): boolean {
	if (from.kind !== "place" || s.takenFrom.size === 0) return false;
	return (s.takenFrom.get(placeKey(from)) ?? 0) < Math.max(...s.takenFrom.values()) / 2;
}

export function expectedIn(s: Siblings, from: Source): Expected | undefined {
	return from.kind === "place" ? s.expected.get(placeKey(from)) : undefined;
}

/** How unlike all the others the odd one has to be. */
const odd = 0.8;
const mostCompared = 24;

/** Of entries that no sibling needs: those that are unlike all that siblings need, where not all of them are. */
export function oddOnes(entries: readonly { readonly value: Value; readonly isTaken: boolean }[]): ReadonlySet<number> {
	const others = entries.filter((e) => e.isTaken).slice(0, mostCompared);
	const out = new Set<number>();
	if (others.length === 0) return out;
	let left = 0;
	for (const [i, { value, isTaken }] of entries.entries()) {
		if (isTaken || left > mostCompared) continue;
		left++;
		if (others.every((o) => distance(o.value, value) >= odd)) out.add(i);
	}
	return out.size < left ? out : new Set();
}

interface Element {
	readonly picks: readonly Place[] | undefined;
}

/** Notes what each element of an `every` finds, in their order. */
export class SiblingRecord {
	readonly #outer: Siblings;
	readonly #elements: Element[] = [];
	#current: Place[] = [];

	constructor(outer: Siblings) {
		this.#outer = outer;
	}

	readonly pick = (from: Source): void => {
		if (from.kind === "place") this.#current.push(from);
	};

	/** An element has been looked at. */
	next(holds: boolean): void {
		this.#elements.push({ picks: holds ? this.#current : undefined });
		this.#current = [];
	}

	/** As the element at a position sees them. */
	of(position: number): Siblings {
		const taken = new Map(this.#outer.taken);
		const takenFrom = new Map<string, number>();
		const shared = new Set(this.#outer.shared);
		for (const { picks = [] } of this.#elements) {
			for (const p of picks) {
				const of = p.parent === undefined ? "" : placeKey(p.parent);
				if (bump(taken, placeKey(p)) > 1) shared.add(of);
				bump(takenFrom, of);
			}
		}
		return { taken, takenFrom, shared, expected: this.#expected(position) };
	}

	#expected(position: number): ReadonlyMap<string, Expected> {
		const out = new Map<string, Expected>();
		const before = this.#neighbour(position, -1);
		const after = this.#neighbour(position, 1);
		for (const [key, at] of before.indices) {
			const end = after.indices.get(key);
			if (end !== undefined && end <= at) continue;
			const index = at + (position - before.position);
			// Between the two there is more than what is missing: it may be any of that.
			if (end !== undefined && end - at > after.position - before.position) continue;
			out.set(key, { index, isGap: end !== undefined && index >= end });
		}
		for (const [key, at] of after.indices) {
			if (before.indices.has(key)) continue;
			const index = at - (after.position - position);
			out.set(key, { index: Math.max(0, index), isGap: index < 0 });
		}
		return out;
	}

	/** The nearest element that holds, and where it found what it needs. */
	#neighbour(position: number, way: 1 | -1): { readonly position: number; readonly indices: Map<string, number> } {
		const indices = new Map<string, number>();
		let at = position + way;
		while (this.#elements[at] !== undefined && this.#elements[at]?.picks === undefined) at += way;
		for (const p of this.#elements[at]?.picks ?? []) {
			if (typeof p.key === "number" && p.parent !== undefined) indices.set(placeKey(p.parent), p.key);
		}
		return { position: at, indices };
	}
}

function bump(counts: Map<string, number>, key: string): number {
	const n = (counts.get(key) ?? 0) + 1;
	counts.set(key, n);
	return n;
}
