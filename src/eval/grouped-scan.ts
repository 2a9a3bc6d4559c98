/**
 * Scans of one place in a program that ask for a group of a collection's entries (plan/groups.ts). The
 * first time a collection is met it is scanned as it is; when the same one comes again in an evaluation,
 * its entries are grouped.
 */
import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { LimitError } from "../limit-error.ts";
import { canonicalKey } from "../value/key.ts";
import type { Value } from "../value/value.ts";
import type { EvalContext } from "./context.ts";
import { scan } from "./runtime.ts";

/** Smaller collections are scanned each time. */
const smallest = 16;

/** The key of an entry; undefined where a part of it is. */
export type EntryKey = (key: Value, value: Value) => readonly Value[] | undefined;

/** One entry: index and element, key and value, member and member. */
export type Entry = readonly [key: Value, value: Value];

class EntryGroups {
	readonly #groups: Map<unknown, Entry[]> = new Map();
	/**
	 * Entries whose key could not be computed because of an error. They are in every group, so that the tests that
	 * follow meet the error and report it.
	 */
	readonly #all: Entry[] = [];

	constructor(c: EvalContext, source: Value, keyOf: EntryKey) {
		scan(source, (k, x) => {
			if (c.limited) c.query.step(1);
			const entry: Entry = [k, x];
			const [parts, failed] = c.query.quietly(() => keyOf(k, x));
			if (failed) {
				this.#all.push(entry);
				for (const group of this.#groups.values()) group.push(entry);
			} else if (parts !== undefined) {
				const key = keyText(parts);
				const group = this.#groups.get(key);
				if (group === undefined) this.#groups.set(key, [...this.#all, entry]);
				else group.push(entry);
			}
			return false;
		});
	}

	get(parts: readonly Value[]): readonly Entry[] {
		return this.#groups.get(keyText(parts)) ?? this.#all;
	}
}

function keyText(parts: readonly Value[]): unknown {
	return canonicalKey(parts.length === 1 ? at(parts, 0) : (parts as Value[]));
}

/** The collection that a place has met last, and its groups once they are made; null: they can't be. */
export interface Met {
	readonly source: Value;
	groups: EntryGroups | null | undefined;
}

/** A place in a program. What it has met is the evaluation's. */
export class GroupedScan {
	/** The entries to look at for what the parts of the key must be; undefined: all of them. */
	entries(c: EvalContext, source: Value, wanted: readonly Value[], keyOf: EntryKey): readonly Entry[] | undefined {
		// Calls in a key may have been replaced.
		if (!isLarge(source) || c.builtinMocks !== undefined) return undefined;
		const { query } = c;
		const met = query.metAt(this);
		if (met === undefined || met.source !== source) {
			query.meet(this, { source, groups: undefined });
			return undefined;
		}
		if (met.groups === null) return undefined;
		try {
			met.groups ??= new EntryGroups(c, source, keyOf);
			return met.groups.get(wanted);
		} catch (e) {
			// A key may be too large for a text.
			if (!(e instanceof LimitError)) throw e;
			met.groups = null;
			return undefined;
		}
	}
}

function isLarge(v: Value): boolean {
	if (Array.isArray(v)) return v.length >= smallest;
	return typeof v === "object" && v !== null;
}

/** Whether a builtin of ours gives the same for the same operands, and does nothing else. */
export function isPureOwn(b: Builtin | undefined): boolean {
	return b !== undefined && b.module !== "" && b.pure && !b.relation;
}
