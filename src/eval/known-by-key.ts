/** Values of a rule at single keys, as they are remembered. */
import type { Value } from "../value/value.ts";
import type { EvalContext, UNDEFINED } from "./context.ts";

/** What is known at some keys of a rule. */
export class Place {
	value: Value | typeof UNDEFINED | undefined;
	below: Map<unknown, Place> | undefined;
	/** Milliseconds that evaluating below has taken. */
	spent = 0;
}

/** Values of one rule by their keys, in one context, or kept for longer. */
export class KnownByKey {
	readonly root: Place = new Place();
	/** Evaluating all of it met an error, which single keys may not meet. */
	failed = false;
	readonly #keeper: Keeper | undefined;
	#size = 0;
	#places = 0;

	constructor(keeper?: Keeper) {
		this.#keeper = keeper;
	}

	/** Whether it outlives the evaluation. */
	get isKept(): boolean {
		return this.#keeper !== undefined;
	}

	/** The place below another at a key, made where there is none. */
	below(place: Place, key: unknown): Place {
		if (this.#keeper !== undefined && ++this.#places > mostPlaces) this.clear();
		const next = new Place();
		place.below ??= new Map();
		place.below.set(key, next);
		return next;
	}

	/** Notes the value at a place, unless it is not to be kept. */
	put(place: Place, value: Value | typeof UNDEFINED, errors: number, c: EvalContext): void {
		if (this.#keeper !== undefined) {
			const size = this.#keeper.take(value, errors, c);
			if (size === undefined) return;
			this.#size += size;
		}
		place.value = value;
	}

	/** Forgets what is kept. */
	clear(): void {
		this.#keeper?.give(this.#size);
		this.#size = 0;
		this.#places = 0;
		this.root.value = undefined;
		this.root.below = undefined;
	}
}

/** Keeps values beyond one decision, while there is room. */
export interface Keeper {
	/** The room a value takes; undefined where it is not to be kept. */
	take(value: Value | typeof UNDEFINED, errors: number, c: EvalContext): number | undefined;
	/** Gives room back. */
	give(size: number): void;
}

/** Keys whose values are kept beyond one decision. */
const mostPlaces = 10_000;
