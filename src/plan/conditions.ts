/**
 * Conditions that definitions of a rule are looked up by (index-rules.ts, eval/selector.ts): something that is read
 * equals a scalar, or is a text that begins or ends so. They are found in plans (rule-conditions.ts), and before there
 * is one in syntax (compiler/planner/syntax-conditions.ts).
 */
import type { Value } from "../value/value.ts";
import type { Expression, Local } from "./plan.ts";

/** Where something is read: a root, or one step from another read. */
export interface Read {
	/** Index of the read that a step is taken from; -1 for a root. */
	readonly from: number;
	/**
	 * input: the root. base: base data at a path. argument: of the function. key: one step, as `dot` in plans.
	 * each: every element, member or value of a collection.
	 */
	readonly step:
		| { readonly op: "input" | "each" }
		| { readonly op: "base"; readonly path: readonly string[] }
		| { readonly op: "argument"; readonly local: Local }
		| { readonly op: "key"; readonly key: string | number; readonly stored: boolean };
}

/** A scalar of which two are equal in Rego exactly when they are in JavaScript. */
export type Scalar = string | number | boolean | null;

export function isScalar(v: Value): v is Scalar {
	if (typeof v === "number") return Number.isSafeInteger(v) || !Number.isInteger(v);
	return v === null || typeof v === "string" || typeof v === "boolean";
}

/** What is read is equal to a scalar, or a text that begins or ends so. */
export type Atom = readonly [read: number, test: "is" | "begins" | "ends", what: Scalar];

/** One of the atoms holds wherever the definition succeeds. */
export type Clause = readonly Atom[];

/** Plain data: modules built ahead of time carry it. */
export interface Conditions {
	readonly reads: readonly Read[];
	/** For each definition the clauses that all hold wherever it succeeds. None: it must always be tried. */
	readonly definitions: readonly (readonly Clause[])[];
}

/** Expressions of the plan that make a read, by its index. */
export type Sources = ReadonlyMap<number, Expression>;

export interface KnownConditions extends Conditions {
	readonly sources: Sources;
}

/** A clause of more atoms than this is not kept: a table's entries must pay. */
export const maxAtoms = 256;

type Steps = Map<string | number, number>;

/** Reads, each once. */
export class Reads {
	readonly list: Read[] = [];
	readonly sources: Map<number, Expression> = new Map();
	readonly #roots: Map<string | number, number> = new Map();
	/** By the read they are taken from: steps into values, and into what is stored. */
	readonly #keys: (Steps | undefined)[] = [];
	readonly #storedKeys: (Steps | undefined)[] = [];
	readonly #each: (number | undefined)[] = [];

	root(e: Extract<Expression, { op: "input" | "base" | "local" }>): number {
		if (e.op === "input") return this.#root("input", { op: "input" }, e);
		if (e.op === "local") return this.#root(e.local, { op: "argument", local: e.local }, e);
		return this.#root(`base ${JSON.stringify(e.path)}`, { op: "base", path: e.path }, e);
	}

	key(from: number, key: string | number, stored: boolean, source?: Expression): number {
		const all = stored ? this.#storedKeys : this.#keys;
		let steps = all[from];
		if (steps === undefined) {
			steps = new Map();
			all[from] = steps;
		}
		let index = steps.get(key);
		if (index === undefined) {
			index = this.list.push({ from, step: { op: "key", key, stored } }) - 1;
			steps.set(key, index);
		}
		if (source !== undefined && !this.sources.has(index)) this.sources.set(index, source);
		return index;
	}

	each(from: number): number {
		const known = this.#each[from];
		if (known !== undefined) return known;
		const index = this.list.push({ from, step: { op: "each" } }) - 1;
		this.#each[from] = index;
		return index;
	}

	#root(name: string | number, step: Read["step"], source: Expression): number {
		let index = this.#roots.get(name);
		if (index === undefined) {
			index = this.list.push({ from: -1, step }) - 1;
			this.#roots.set(name, index);
			this.sources.set(index, source);
		}
		return index;
	}
}
