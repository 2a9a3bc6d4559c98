/**
 * Watches a decider at work: for standing still, and for taking memory. V8 limits a thread's heap, but can
 * end it only between two operations, so it is ended earlier, by how much the process has grown. Watching
 * costs a timer while there is work, and nothing otherwise.
 */

import { getHeapStatistics } from "node:v8";
import { residentMemory } from "./resident-memory.ts";

const everyMs = 50;
/** What a decision may take beside what the gate has itself. */
const maxGrowth = 256 << 20;

export interface WatchOptions {
	/** Counts what the decider begins. */
	readonly progress?: Int32Array;
	/** What the process has beside the heap of this thread, in bytes; for tests. */
	readonly memory?: (() => number) | undefined;
	/** How much that may grow; default 256 MiB. */
	readonly mostGrowth?: number;
	/** What may be there before: what a thread that is being ended still has is not. */
	readonly mostBefore?: number;
}

export class Watch {
	readonly #end: (why: string) => void;
	readonly #progress: Int32Array;
	readonly #memory: () => number;
	readonly #mostGrowth: number;
	readonly #before: number;
	readonly #hardMs: number;
	#timer: NodeJS.Timeout | undefined;
	#seen = 0;
	#since = 0;

	constructor(
		hardMs: number,
		end: (why: string) => void,
		{
			progress = new Int32Array(1),
			memory = othersMemory,
			mostGrowth = maxGrowth,
			mostBefore = Number.POSITIVE_INFINITY,
		}: WatchOptions = {},
	) {
		this.#mostGrowth = mostGrowth;
		this.#memory = memory;
		this.#before = Math.min(memory(), mostBefore);
		this.#hardMs = hardMs;
		this.#end = end;
		this.#progress = progress;
	}

	/** What counts as having been there. */
	get before(): number {
		return this.#before;
	}

	/** There is something to do. */
	busy(): void {
		if (this.#timer !== undefined) return;
		this.#since = performance.now();
		this.#timer = setInterval(() => this.#look(), everyMs);
	}

	/** It has answered. */
	moved(): void {
		this.#since = performance.now();
	}

	/** There is nothing to do. */
	idle(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#look(): void {
		const now = performance.now();
		const progress = Atomics.load(this.#progress, 0);
		if (progress !== this.#seen) {
			this.#seen = progress;
			this.#since = now;
		} else if (now - this.#since > this.#hardMs) {
			this.idle();
			this.#end("it took too long");
			return;
		}
		if (this.#memory() - this.#before > this.#mostGrowth) {
			this.idle();
			this.#end("it took too much memory");
		}
	}
}

/** What the process has beside the heap of this thread: that of the others, and of no one. */
function othersMemory(): number {
	const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
	return residentMemory() - heap - external;
}
