/**
 * Values of sets and objects at single keys. Evaluated by their keys and remembered; where so many are
 * asked for that this has taken longer than all of it would, all of it is evaluated at once.
 */

import { at } from "../at.ts";
import { RegoError } from "../errors.ts";
import type { KeyedRule } from "../plan/plan.ts";
import { canonicalKey } from "../value/key.ts";
import type { Value } from "../value/value.ts";
import { type EvalContext, orUndefined, UNDEFINED } from "./context.ts";
import type { KnownByKey, Place } from "./known-by-key.ts";
import { dot } from "./runtime.ts";

/** How a program evaluates rules and functions by their index. */
export interface KeyedProgram {
	/** All of a rule, where it is known already. */
	knownRule(c: EvalContext, rule: number): Value | typeof UNDEFINED | undefined;
	rule(c: EvalContext, rule: number): Value | undefined;
	/** Whether a rule depends on base data only. */
	isKept(rule: number): boolean;
	call(c: EvalContext, func: number, keys: readonly Value[]): Value | undefined;
}

/** Milliseconds that single keys may take before all is evaluated, while nobody knows what that takes. */
const patience = { rule: 1, kept: 20, below: 0.25 };

/** Keys that are enough: in evaluations that count their steps nothing may depend on the clock; some clocks stand still. */
const enoughKeys = { limited: 32, always: 2000 };

/** What a program has learned of a rule. */
class Experience {
	/** Milliseconds that all of it took. */
	took: number | undefined;
	/** The part of that which single keys may take: less where all of it is needed again and again. */
	part = 1;
	/** Whether the last evaluation that asked for keys came to need all of it. */
	needed = true;

	/** Another evaluation asks for keys. */
	begin(): void {
		if (!this.needed) this.part = Math.min(1, this.part * 2);
		this.needed = false;
	}

	/** All of it has been evaluated. */
	end(took: number): void {
		this.took = took;
		this.needed = true;
		this.part = Math.max(1 / 32, this.part / 2);
	}
}

export class RulesByKey {
	readonly #program: KeyedProgram;
	readonly #rules: readonly KeyedRule[];
	readonly #known: Map<number, KeyedRule> = new Map();
	readonly #experience: Map<number, Experience> = new Map();
	readonly #mayBeWhole: boolean;

	/** `rules` may grow. */
	constructor(program: KeyedProgram, rules: readonly KeyedRule[], mayBeWhole = true) {
		this.#program = program;
		this.#rules = rules;
		this.#mayBeWhole = mayBeWhole;
	}

	#rule(rule: number): KeyedRule | undefined {
		if (this.#known.size !== this.#rules.length) for (const r of this.#rules) this.#known.set(r.rule, r);
		return this.#known.get(rule);
	}

	#experienceOf(rule: number): Experience {
		let known = this.#experience.get(rule);
		if (known === undefined) {
			known = new Experience();
			this.#experience.set(rule, known);
		}
		return known;
	}

	value(c: EvalContext, rule: number, keys: readonly Value[]): Value | undefined {
		const program = this.#program;
		const known = program.knownRule(c, rule);
		if (known !== undefined) return known === UNDEFINED ? undefined : within(known, keys, 0);
		const keyed = this.#rule(rule);
		// A path may be longer than any that the plan asks for.
		const n = Math.min(keys.length, keyed?.by.length ?? 0);
		if (keyed === undefined || n === 0) return within(program.rule(c, rule), keys, 0);
		const values = (program.isKept(rule) ? c.kept?.byKey(rule) : undefined) ?? c.knownByKey(rule);
		let place = values.root;
		const path = [place];
		for (let i = 0; i < n; i++) {
			if (place.value !== undefined) return place.value === UNDEFINED ? undefined : within(place.value, keys, i);
			const key = canonicalKey(at(keys, i));
			let next = place.below?.get(key);
			if (next === undefined) {
				if (keyed.whole && this.#mayBeWhole && !values.failed && this.#isTooMuch(c, rule, values, place, i)) {
					const all = this.#all(c, keyed, keys, i, values, place);
					if (all !== undefined) return all === UNDEFINED ? undefined : within(all, keys, i);
				}
				next = values.below(place, key);
			}
			place = next;
			path.push(place);
		}
		if (place.value === undefined) {
			const errors = c.errorCount;
			const start = performance.now();
			const v = program.call(c, at(keyed.by, n - 1), n === keys.length ? keys : keys.slice(0, n));
			const spent = performance.now() - start;
			for (let i = 0; i < n; i++) at(path, i).spent += spent;
			values.put(place, orUndefined(v), errors, c);
			return within(v, keys, n);
		}
		return place.value === UNDEFINED ? undefined : within(place.value, keys, n);
	}

	/** Whether enough has been spent on single keys below a place. */
	#isTooMuch(c: EvalContext, rule: number, values: KnownByKey, place: Place, depth: number): boolean {
		if (place.below === undefined) {
			if (depth === 0) this.#experienceOf(rule).begin();
			return false;
		}
		const count = place.below.size;
		const isLimited = c.options.limits !== undefined;
		if (count >= (isLimited ? enoughKeys.limited : enoughKeys.always)) return true;
		if (isLimited || count === 1) return false;
		if (depth > 0) return place.spent > patience.below;
		const { took, part } = this.#experienceOf(rule);
		return place.spent > (took === undefined ? (values.isKept ? patience.kept : patience.rule) : took * part);
	}

	/** All that is below the first `depth` keys; undefined where that meets an error. */
	#all(
		c: EvalContext,
		keyed: KeyedRule,
		keys: readonly Value[],
		depth: number,
		values: KnownByKey,
		place: Place,
	): Value | typeof UNDEFINED | undefined {
		const errors = c.errorCount;
		const start = performance.now();
		try {
			if (depth === 0) {
				// Remembered with the other rules.
				const all = orUndefined(this.#program.rule(c, keyed.rule));
				this.#experienceOf(keyed.rule).end(performance.now() - start);
				return all;
			}
			const all = orUndefined(this.#program.call(c, at(keyed.by, depth - 1), keys.slice(0, depth)));
			place.below = undefined;
			values.put(place, all, errors, c);
			return all;
		} catch (e) {
			if (!(e instanceof RegoError) || e.code === "eval_cancel_error") throw e;
			values.failed = true;
			return undefined;
		}
	}
}

/** What is at the keys from `from` on. */
export function within(v: Value | undefined, keys: readonly Value[], from: number): Value | undefined {
	let out = v;
	for (let i = from; i < keys.length && out !== undefined; i++) out = dot(out, at(keys, i));
	return out;
}
