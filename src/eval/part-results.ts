/** Results of calls with parts of the policy (policy-parts.ts), kept for the life of a program. */
import type { Value } from "../value/value.ts";

/** Two parts can be met in a call, and so more results than there are parts: then all are made again. */
const maxResults = 4096;

/** By a part. */
export class PartResults {
	readonly #results: Map<Value, Value> = new Map();

	get(part: Value): Value | undefined {
		return this.#results.get(part);
	}

	/** Keeps a result, unless the call has none, and gives it back. */
	put(part: Value, result: Value | undefined): Value | undefined {
		if (result === undefined) return undefined;
		if (this.#results.size >= maxResults) this.#results.clear();
		this.#results.set(part, result);
		return result;
	}
}

/** Longer texts are not kept: the other operand is the input's. */
const maxText = 1024;

/** By a part and another operand: the last result of each part. */
export class LastResults {
	readonly #results: Map<Value, { other: string; result: string }> = new Map();

	get(part: Value, other: Value): string | undefined {
		const last = this.#results.get(part);
		return last !== undefined && last.other === other ? last.result : undefined;
	}

	put(part: Value, other: Value, result: Value | undefined): Value | undefined {
		if (typeof other !== "string" || other.length > maxText) return result;
		if (typeof result !== "string" || result.length > maxText) return result;
		const last = this.#results.get(part);
		if (last !== undefined) {
			last.other = other;
			last.result = result;
		} else {
			if (this.#results.size >= maxResults) this.#results.clear();
			this.#results.set(part, { other, result });
		}
		return result;
	}
}
