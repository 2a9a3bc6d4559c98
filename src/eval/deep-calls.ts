/**
 * Evaluations that are too deep for the stack: rules that read rules that read rules, some thousand times. Asked
 * for only when the stack was exhausted, by closures and by modules built ahead of time.
 *
 * Functions count how deep they are in each other. One that is too deep is not called: all is given up, the
 * function is evaluated on its own from an empty stack, its value kept, and what had asked for it is begun again.
 * An evaluation is the same each time it is begun, so it comes to the same calls; contexts, which it makes anew, are
 * known by what they replace.
 */

import { isOverflow } from "../stack.ts";
import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import type { Value } from "../value/value.ts";
import type { EvalContext, PrintLine, QueryState } from "./context.ts";
import type { FuncRunner } from "./frame.ts";
import type { ReplacementValue } from "./layer.ts";

/** Functions within each other on one stack, to begin with: large ones may need more of it each. */
const mostCalls = 100;

/** Thrown where a function is not called, being too deep. */
export class DeepCall {
	readonly key: string;
	readonly c: EvalContext;
	readonly args: readonly Value[];
	readonly run: FuncRunner;

	constructor(key: string, c: EvalContext, args: readonly Value[], run: FuncRunner) {
		this.key = key;
		this.c = c;
		this.args = args;
		this.run = run;
	}
}

interface Answer {
	readonly value: Value | undefined;
	readonly prints: readonly PrintLine[];
}

interface KnownLayer {
	readonly values: readonly ReplacementValue[];
	readonly id: string;
}

export class DeepCalls {
	#level = 0;
	#most = mostCalls;
	#first: QueryState | undefined;
	/** Answers by context, function and operands. */
	readonly #known: Map<string, Answer> = new Map();
	readonly #ids: WeakMap<EvalContext, string> = new WeakMap();
	readonly #layers: Map<object, Map<string, KnownLayer[]>> = new Map();
	#made = 0;

	/** What `attempt` gives, which is begun again until nothing it asks for is too deep. */
	run<T>(attempt: () => T): T {
		const waiting: DeepCall[] = [];
		for (;;) {
			const call = waiting.at(-1);
			this.#level = 0;
			try {
				if (call === undefined) return attempt();
				const c = call.c.again();
				this.#know(c, this.#idOf(call.c) ?? "");
				const before = c.query.prints.length;
				try {
					const value = call.run(c, call.args);
					this.#known.set(call.key, { value, prints: c.query.prints.slice(before) });
				} finally {
					c.query.printsFrom(before);
				}
				waiting.pop();
			} catch (e) {
				if (e instanceof DeepCall) waiting.push(e);
				else if (isOverflow(e) && this.#most > 1) this.#most >>= 1;
				else throw e;
			}
		}
	}

	/** A call of a function, unless it is too deep. */
	call(c: EvalContext, func: number, args: readonly Value[], run: FuncRunner): Value | undefined {
		const id = this.#idOf(c);
		const deep = this.#level >= this.#most && id !== undefined;
		if (deep || this.#known.size > 0) {
			const key = `${id} ${func} ${args.map(keyOf).join(" ")}`;
			const known = id === undefined ? undefined : this.#known.get(key);
			if (known !== undefined) {
				c.query.printAgain(known.prints);
				return known.value;
			}
			if (deep) throw new DeepCall(key, c, args, run);
		}
		this.#level++;
		try {
			return run(c, args);
		} finally {
			this.#level--;
		}
	}

	/** The state of what was begun first: whatever is begun again has its time, and what it was given. */
	first(state: QueryState): QueryState {
		this.#first ??= state;
		return this.#first;
	}

	/** The context that a `with` makes on another, known by what it replaces. */
	layer(stmt: object, outer: EvalContext, values: readonly ReplacementValue[], made: EvalContext): EvalContext {
		const id = this.#idOf(outer);
		if (id === undefined) return made;
		let byOuter = this.#layers.get(stmt);
		if (byOuter === undefined) {
			byOuter = new Map();
			this.#layers.set(stmt, byOuter);
		}
		const layers = byOuter.get(id) ?? [];
		byOuter.set(id, layers);
		let known = layers.find((l) => l.values.every((v, i) => isSame(v, values[i])));
		if (known === undefined) {
			known = { values, id: String(++this.#made) };
			layers.push(known);
		}
		this.#know(made, known.id);
		return made;
	}

	#know(c: EvalContext, id: string): void {
		this.#ids.set(c, id);
	}

	/** Undefined for contexts that cannot be told from others. */
	#idOf(c: EvalContext): string | undefined {
		return this.#ids.get(c) ?? (c.outer === c ? "0" : undefined);
	}
}

/** For one evaluation. */
export function deepCalls(): DeepCalls {
	return new DeepCalls();
}

function isSame(a: ReplacementValue, b: ReplacementValue): boolean {
	return a === b || (a !== undefined && b !== undefined && equal(a, b));
}

function keyOf(v: Value): string {
	const key = canonicalKey(v);
	return typeof key === "string" ? JSON.stringify(key) : `${typeof key}${String(key)}`;
}
