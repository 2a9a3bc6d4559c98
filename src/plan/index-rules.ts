/**
 * Rule index: which definitions can succeed for a value. Where most definitions of a group compare one
 * read (of the input, of base data or of an argument) with scalars, it is a table of that read's values;
 * where there are many definitions of other or of mixed kinds, what is looked up are their conditions
 * (rule-conditions.ts, eval/selector.ts). Definitions keep their order. Conditions are pure, so skipping a
 * definition whose condition fails changes no answer.
 */

import { at } from "../at.ts";
import { canonicalKey } from "../value/key.ts";
import type { Clause, Conditions, KnownConditions, Scalar, Sources } from "./conditions.ts";
import type { Expression, Func } from "./plan.ts";
import { type ConditionPlan, conditionsOf } from "./rule-conditions.ts";

export type RuleIndex =
	| {
			readonly kind: "table";
			/** What is looked up. Reads only the input, base data and parameters. */
			readonly on: Expression;
			/** Definitions to try, by canonical key of the value; each list includes those always tried. */
			readonly byKey: ReadonlyMap<unknown, readonly number[]>;
			/** What those keys are of, in their order: keys are a process's own. */
			readonly values: readonly Scalar[];
			/** Definitions to try for any other value, or none. */
			readonly rest: readonly number[];
	  }
	| { readonly kind: "conditions"; readonly conditions: Conditions };

/** Fewer definitions than this are tried one by one. */
const threshold = 6;
/** The same where their conditions are of several kinds: looking those up takes longer. */
const mixedThreshold = 24;
/** A table's lists hold at most so many that are always tried, or that share a key. */
const maxInTable = 16;

/** The index of a group, or undefined where none would help. */
export function indexRules(func: Func, plan: ConditionPlan): RuleIndex | undefined {
	if (func.definitions.length < threshold) return undefined;
	return indexConditions(conditionsOf(func, plan));
}

/** The index that conditions make, or undefined where none would help. */
export function indexConditions(conditions: KnownConditions): RuleIndex | undefined {
	const table = tableOf(conditions);
	if (table !== undefined) return table;
	const { reads, definitions } = conditions;
	let indexed = 0;
	for (const clauses of definitions) if (clauses.length > 0) indexed++;
	return indexed < mixedThreshold ? undefined : { kind: "conditions", conditions: { reads, definitions } };
}

/** The table of an index while it is filled, definition by definition. */
export class IndexTable {
	readonly #byKey: Map<unknown, number[]> = new Map();
	readonly #values: Scalar[] = [];
	/** Definitions to try for any value. */
	readonly rest: number[] = [];

	/** A definition of which the table tells nothing. */
	always(definition: number): void {
		this.rest.push(definition);
		for (const list of this.#byKey.values()) list.push(definition);
	}

	/** A definition for a value. Gives the list of the value, where there were others in it. */
	under(what: Scalar, definition: number): readonly number[] | undefined {
		const key = canonicalKey(what);
		const list = this.#byKey.get(key);
		if (list === undefined) {
			this.#byKey.set(key, this.rest.length === 0 ? [definition] : [...this.rest, definition]);
			this.#values.push(what);
		} else if (list.at(-1) !== definition) list.push(definition);
		return list;
	}

	index(on: Expression): RuleIndex {
		return { kind: "table", on, byKey: this.#byKey, values: this.#values, rest: this.rest };
	}
}

/** One read's table, where nothing else would select fewer definitions. */
function tableOf({ definitions, sources }: KnownConditions): RuleIndex | undefined {
	const best = commonRead(definitions, sources);
	const on = best === undefined ? undefined : sources.get(best);
	if (best === undefined || on === undefined) return undefined;
	const table = new IndexTable();
	const isLarge = definitions.length >= mixedThreshold;
	for (let i = 0; i < definitions.length; i++) {
		const clauses = at(definitions, i);
		const clause = clauses.find((c) => comparedRead(c) === best);
		if (clause === undefined) {
			table.always(i);
			if (isLarge && table.rest.length > maxInTable) return undefined;
			continue;
		}
		for (const [, , what] of clause) {
			const others = table.under(what, i);
			// Others of their conditions may tell them apart.
			if (isLarge && (others?.length ?? 0) > maxInTable && clauses.length > 1) return undefined;
		}
	}
	return table.index(on);
}

/** The read that most definitions compare, where enough do. */
function commonRead(definitions: KnownConditions["definitions"], sources: Sources): number | undefined {
	const counts: number[] = [];
	/** By read: the last definition that was counted. */
	const counted: number[] = [];
	let best: number | undefined;
	for (let i = 0; i < definitions.length; i++) {
		for (const c of at(definitions, i)) {
			const read = comparedRead(c);
			if (read < 0 || counted[read] === i || !sources.has(read)) continue;
			counted[read] = i;
			counts[read] = (counts[read] ?? 0) + 1;
		}
	}
	counts.forEach((n, read) => {
		if (n >= threshold && n > (best === undefined ? 0 : at(counts, best))) best = read;
	});
	return best;
}

/** The one read that all atoms of a clause compare with something; -1 where there is none. */
function comparedRead(c: Clause): number {
	const read = c[0]?.[0] ?? -1;
	for (let i = 0; i < c.length; i++) {
		const atom = at(c, i);
		if (atom[0] !== read || atom[1] !== "is") return -1;
	}
	return read;
}
