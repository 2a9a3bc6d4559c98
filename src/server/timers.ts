/** What `?metrics` shows: how long the parts of a request took, in nanoseconds, under OPA's names. */
import type { Value } from "../value/value.ts";

export class Timers {
	readonly #values: Map<string, number> = new Map();
	readonly #start: number = performance.now();

	/** From now until the returned function is called. */
	start(name: string): () => void {
		const from = performance.now();
		return () => this.add(name, performance.now() - from);
	}

	/** Times a call. */
	time<T>(name: string, call: () => T): T {
		const stop = this.start(name);
		const result = call();
		stop();
		return result;
	}

	add(name: string, milliseconds: number): void {
		const key = `timer_${name}_ns`;
		this.#values.set(key, (this.#values.get(key) ?? 0) + Math.max(1, Math.round(milliseconds * 1e6)));
	}

	count(name: string, n: number): void {
		this.#values.set(`counter_${name}`, n);
	}

	/** The request has been handled. */
	handled(): void {
		this.add("server_handler", performance.now() - this.#start);
	}

	all(): { readonly [name: string]: Value } {
		return Object.fromEntries(this.#values);
	}
}
