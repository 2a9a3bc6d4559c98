/** Times of the stages of one evaluation, under OPA's metric names. */
export class Stopwatch {
	readonly #totals: Map<string, bigint> = new Map();
	#running: readonly [name: string, since: bigint] | undefined;

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

	/** Time from now until the next call, or stop(), counts for this name. */
	start(name: string): void {
		this.stop();
		this.#running = [name, process.hrtime.bigint()];
	}

	stop(): void {
		if (this.#running !== undefined) this.#add(this.#running[0], process.hrtime.bigint() - this.#running[1]);
		this.#running = undefined;
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
