/**
 * What is to blame that something did not come out as wanted: causes with their weights, the lightest way to mend
 * it, and what that way would have given.
 */
import type { PlanLocation } from "../plan/plan.ts";
import type { Value } from "../value/value.ts";
import type { Place, Source, Traced } from "./source.ts";

/** What kind of thing is not as wanted. */
export type CauseKind =
	| "differs"
	| "missing"
	| "false"
	| "negation"
	| "empty"
	| "element"
	| "member"
	| "builtin"
	| "shape"
	| "builtin-error"
	| "conflict"
	/** The decision is as wanted, and this is what makes it so. */
	| "holds";

/** A change of a document that might mend a cause. */
export interface Remedy {
	readonly op: "replace" | "add" | "remove";
	readonly place: Place;
	/** The new value, of a replacement or an addition. */
	readonly value: Value | undefined;
}

/** One thing that is not as wanted. */
export interface Leaf {
	readonly kind: CauseKind;
	readonly cost: number;
	readonly loc: PlanLocation;
	/** The functions it is in, outermost first, by their index in the plan. */
	readonly chain: readonly number[];
	/** Where in the input, the first place first. */
	readonly inputs: readonly Place[];
	/** The place that the actual value is of, where that is not the first. */
	readonly subject?: Place | undefined;
	/** The actual value is not the place's own, but was made of it. */
	readonly made?: boolean | undefined;
	/** Where in rules and base data. */
	readonly policies: readonly Place[];
	readonly actual: Value | undefined;
	readonly expected: Value | undefined;
	/** The builtin that said no, and what it was given. */
	readonly call?: { readonly name: string; readonly args: readonly Value[] } | undefined;
	/** What else there is to say. */
	readonly note?: string | undefined;
	readonly remedies: readonly Remedy[];
	/** The parts in which the actual and the expected value differ. */
	readonly parts?: readonly PartApart[] | undefined;
	/** A name that is there, of which this may be a misspelling. */
	readonly near?: string | undefined;
	/** The innermost collection that was gone through for this, and how it went. */
	readonly iteration?: Iteration | undefined;
}

/** A part in which two values differ. */
export interface PartApart {
	readonly place: Place;
	readonly actual: Value | undefined;
	readonly expected: Value | undefined;
}

export interface Iteration {
	readonly of: Place;
	readonly tried: number;
	readonly chosen: Value;
	/** Weight of the next best; undefined where there is no other. */
	readonly nextBest: number | undefined;
	readonly next: Value | undefined;
}

/** What a place that is not there would have to be. */
export interface Hint {
	readonly place: Place;
	readonly value: Value;
}

/** Something that is not known: a value that would be there, were a cause mended. */
export interface Unknown {
	readonly unknown: true;
	/** Where it would be. */
	readonly from: Source | undefined;
}

export type Operand = Traced | Unknown;

export interface Blame {
	readonly cost: number;
	readonly leaves: readonly Leaf[];
	readonly hints: readonly Hint[];
	/** The value that goes on. */
	readonly value: Operand | undefined;
	readonly iterations: readonly Iteration[];
}

export const noBlame: Blame = { cost: 0, leaves: [], hints: [], value: undefined, iterations: [] };

/** What costs more than what is known already: nothing can be said about it. */
export const unexplored: Blame = {
	cost: Number.POSITIVE_INFINITY,
	leaves: [],
	hints: [],
	value: undefined,
	iterations: [],
};

export const nobody: Unknown = { unknown: true, from: undefined };

export function isUnknown(v: Operand): v is Unknown {
	return "unknown" in v;
}

export function giving(value: Operand): Blame {
	return { ...noBlame, value };
}

/** Both; the value is that of the second. */
export function plus(a: Blame, b: Blame): Blame {
	if (b.cost === Number.POSITIVE_INFINITY || a.cost === Number.POSITIVE_INFINITY) return unexplored;
	if (a.cost === 0 && a.hints.length === 0 && a.iterations.length === 0) return b;
	return {
		cost: a.cost + b.cost,
		leaves: [...a.leaves, ...b.leaves],
		hints: a.hints.length === 0 ? b.hints : [...a.hints, ...b.hints],
		value: b.value,
		iterations: a.iterations.length === 0 ? b.iterations : [...a.iterations, ...b.iterations],
	};
}

/** A cause with all there is to tell of it. */
export function told(leaf: Leaf): Leaf {
	const { kind, cost, loc, chain, inputs, subject, policies, actual, expected, call, note, remedies, made } = leaf;
	const { parts, near, iteration } = leaf;
	return {
		...{ kind, cost, loc, chain, inputs, subject, policies, actual, expected, call, note, remedies, made },
		...{ parts, near, iteration },
	};
}

/** A cause that is told with other places. */
export function withInputs(leaf: Leaf, inputs: readonly Place[]): Leaf {
	return { ...told(leaf), inputs, subject: leaf.subject ?? leaf.inputs[0] };
}

/** What a cause costs again at a place that another is to blame for already. */
export const again = 0.25;

/** As plus; several causes at one place are little more than one. */
export function joined(a: Blame, b: Blame): Blame {
	const sum = plus(a, b);
	if (a.leaves.length === 0 || b.leaves.length === 0 || b.cost === Number.POSITIVE_INFINITY) return sum;
	let saved = 0;
	for (const l of b.leaves) {
		if (l.cost <= again || l.inputs.length > 3) continue;
		const isKnown = (p: Place | undefined): boolean => p !== undefined && l.inputs.some((q) => samePlace(p, q));
		if (a.leaves.some((x) => isKnown(x.inputs[0]))) saved += l.cost - again;
	}
	return saved === 0 ? sum : { ...sum, cost: Math.max(a.cost, sum.cost - saved) };
}

export function samePlace(a: Place, b: Place): boolean {
	if (a === b) return true;
	if (a.root !== b.root || a.key !== b.key || a.rule !== b.rule) return false;
	if (a.parent === undefined || b.parent === undefined) return a.parent === b.parent;
	return samePlace(a.parent, b.parent);
}
