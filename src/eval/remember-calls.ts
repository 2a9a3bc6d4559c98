/**
 * Calls of functions that are not made twice: with operands it had before, a function answers as then
 * and prints nothing, as in OPA. Operands get a number each: composites by their identity, so that a
 * large one costs nothing however often it is handed on, and small ones by their text as well, so that
 * two that are equal count as one.
 */
import { objectEntries } from "../value/collections.ts";
import { canonicalKey } from "../value/key.ts";
import { isArray, isNumber, isObject, isRegoObject, type Value } from "../value/value.ts";
import type { EvalContext } from "./context.ts";
import type { FuncRunner } from "./frame.ts";

/** Numbers of operands, within one evaluation. */
class Operands {
	readonly #byKey: Map<unknown, number> = new Map();
	readonly #byIdentity: WeakMap<object, number> = new WeakMap();
	#next = 0;

	number(v: Value): number {
		if (typeof v !== "object" || v === null || isNumber(v)) return this.#keyed(canonicalKey(v));
		const known = this.#byIdentity.get(v);
		if (known !== undefined) return known;
		const n = sizeUpTo(v, longestKeyText) < longestKeyText ? this.#keyed(canonicalKey(v)) : this.#next++;
		this.#byIdentity.set(v, n);
		return n;
	}

	#keyed(key: unknown): number {
		let n = this.#byKey.get(key);
		if (n === undefined) {
			n = this.#next++;
			this.#byKey.set(key, n);
		}
		return n;
	}
}

/** A value whose text is longer, roughly in characters, is known by its identity and not by its text. */
const longestKeyText = 4096;

/** The size of a value's text, counted no further than `most`. */
function sizeUpTo(v: Value, most: number): number {
	if (typeof v === "string") return v.length + 1;
	if (typeof v !== "object" || v === null || isNumber(v)) return 1;
	let size = 1;
	if (isArray(v)) {
		for (const item of v) {
			size += sizeUpTo(item, most - size);
			if (size >= most) return size;
		}
		return size;
	}
	if (!isObject(v)) {
		for (const item of v) {
			size += sizeUpTo(item, most - size);
			if (size >= most) return size;
		}
		return size;
	}
	if (isRegoObject(v)) {
		if (v.size >= most) return most;
		for (const [k, item] of objectEntries(v)) {
			size += sizeUpTo(k, most - size);
			size += sizeUpTo(item, most - size);
			if (size >= most) return size;
		}
		return size;
	}
	for (const k in v) {
		size += k.length + sizeUpTo(v[k] as Value, most - size - k.length);
		if (size >= most) return size;
	}
	return size;
}

export function remembering(run: FuncRunner): FuncRunner {
	// What a `with` replaces is another context.
	const calls = new WeakMap<EvalContext, Map<string, Value>>();
	return (c, args) => {
		let known = calls.get(c);
		if (known === undefined) {
			known = new Map();
			calls.set(c, known);
		}
		const operands = operandsOf(c);
		let key = "";
		for (const v of args) key += `${operands.number(v)},`;
		const before = known.get(key);
		if (before !== undefined) return before;
		const v = run(c, args);
		if (v !== undefined) known.set(key, v);
		return v;
	};
}

const operandsByContext = new WeakMap<EvalContext, Operands>();

export function operandsOf(c: EvalContext): Operands {
	let operands = operandsByContext.get(c);
	if (operands === undefined) {
		operands = new Operands();
		operandsByContext.set(c, operands);
	}
	return operands;
}
