/**
 * A function that an evaluation calls again and again: where calls take long and are repeated, what they
 * answered is kept until the evaluation ends, as in OPA. So functions that call each other along many paths
 * (`f(x) := g(x) + h(x)`, where g calls h) take as long as there are functions, not paths. Calls that are
 * few, quick or always different cost no more than being counted.
 */
import { canonicalKey } from "../value/key.ts";
import { isNumber, type Value } from "../value/value.ts";
import { type EvalContext, orUndefined, UNDEFINED } from "./context.ts";
import { operandsOf } from "./remember-calls.ts";

/** The first calls of a function in an evaluation, this many, are made without being timed or kept. */
export const fewCalls = 16;
/** The next calls are timed: how many, and the milliseconds that each must take on average to be worth keeping. */
const timing = { calls: 4, each: 0.002 };
/** After so many kept calls, one in eight must have been found. */
const probation = 512;
/** Kept results of one function; more start anew. */
const room = 20_000;
/** Calls until a function that was not worth it is looked at again. */
const rest = 20_000;

type Run = (c: EvalContext, ...args: readonly Value[]) => Value | undefined;

export class CallSite {
	/** The caller counts its calls here, and makes the first `fewCalls` itself; later ones come to call(). */
	calls = 0;
	#evaluation = 0;
	#timed = 0;
	#spent = 0;
	#asked = 0;
	#found = 0;

	/** One call of many. */
	call(c: EvalContext, run: Run, args: readonly Value[]): Value | undefined {
		const { query } = c;
		if (query.id !== this.#evaluation) {
			this.#evaluation = query.id;
			this.#begin(0);
			return run(c, ...args);
		}
		// Where steps are counted, nothing may depend on the clock.
		if (c.options.limits === undefined) {
			if (this.#timed < timing.calls) return this.#time(c, run, args);
			if (this.#spent < timing.each * timing.calls) {
				this.#begin(-rest);
				return run(c, ...args);
			}
		}
		const results = query.resultsOf(c, this);
		const key = keyOf(c, args);
		const known = results.get(key);
		this.#asked++;
		if (known !== undefined) {
			this.#found++;
			return known === UNDEFINED ? undefined : known;
		}
		if (this.#asked > probation && this.#found * 8 < this.#asked) {
			results.clear();
			this.#begin(-rest);
			return run(c, ...args);
		}
		const errors = c.errorCount;
		const v = run(c, ...args);
		// Errors of builtins are reported for every call that meets them.
		if (c.errorCount !== errors) return v;
		if (results.size >= room) results.clear();
		results.set(key, orUndefined(v));
		return v;
	}

	#begin(calls: number): void {
		this.calls = calls;
		this.#timed = 0;
		this.#spent = 0;
		this.#asked = 0;
		this.#found = 0;
	}

	#time(c: EvalContext, run: Run, args: readonly Value[]): Value | undefined {
		this.#timed++;
		const start = performance.now();
		const v = run(c, ...args);
		this.#spent += performance.now() - start;
		return v;
	}
}

/** The same for operands that are equal: one scalar by itself, others by their numbers in this evaluation. */
function keyOf(c: EvalContext, args: readonly Value[]): unknown {
	const [only] = args;
	if (args.length === 1 && only !== undefined && (typeof only !== "object" || only === null || isNumber(only))) {
		return canonicalKey(only);
	}
	const operands = operandsOf(c);
	// No string begins so: those that do are escaped (canonicalKey).
	let key = "\u0000a";
	for (const v of args) key += `${operands.number(v)},`;
	return key;
}
