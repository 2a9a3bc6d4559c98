/** Times of the stages of one evaluation, under OPA's metric names. */
export class Stopwatch {
	readonly #totals: Map<string, bigint> = new Map();

	/** Run f, adding its time to `timer_<name>_ns`. */
	async time<T>(name: string, f: () => Promise<T>): Promise<T> {
		const start = process.hrtime.bigint();
		try {
			return await f();
		} finally {
			this.#add(name, process.hrtime.bigint() - start);
		}
	}

	timeNow<T>(name: string, f: () => T): T {
		const start = process.hrtime.bigint();
		try {
			return f();
		} finally {
			this.#add(name, process.hrtime.bigint() - start);
		}
	}

	#add(name: string, ns: bigint): void {
		const key = `timer_${name}_ns`;
		this.#totals.set(key, (this.#totals.get(key) ?? 0n) + ns);
	}

	/** Names and nanoseconds, by name. */
	entries(): [string, number][] {
		return [...this.#totals].map(([k, v]): [string, number] => [k, Number(v)]).sort(([a], [b]) => (a < b ? -1 : 1));
	}
}
