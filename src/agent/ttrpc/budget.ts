/**
 * Bytes held at one time: of unfinished frames, of requests in progress, and of what is written and not
 * yet taken by its reader. One budget serves all connections, so that memory has one bound whoever
 * takes it. Who holds bytes only because a peer is slow has to let go of them when others need the room:
 * otherwise a client that begins frames, or does not read, would keep everybody else out.
 */

/** Something that is held until a peer goes on: a frame that has not ended, answers that are not read. */
export interface Waiter {
	/** Milliseconds that it is left alone while the peer does nothing. */
	readonly patience: number;
	/** When the peer did something last, on performance.now()'s clock. */
	since: number;
	/** Let go of it, and give back at once what it has taken. */
	giveUp(): void;
}

export class Budget {
	used = 0;
	readonly max: number;
	/** Those that have waited longest are first. */
	readonly #waiters: Set<Waiter> = new Set();
	#isClearing = false;

	constructor(max: number) {
		this.max = max;
	}

	/** It waits from now on. */
	wait(w: Waiter): void {
		w.since = performance.now();
		this.#waiters.delete(w);
		this.#waiters.add(w);
	}

	goOn(w: Waiter): void {
		this.#waiters.delete(w);
	}

	/** Whether there is room for so many bytes more. Where there is none, others that wait too long let go. */
	hasRoom(bytes: number, most: number = this.max, self?: Waiter): boolean {
		if (this.used + bytes > most) this.#clear(most - bytes, performance.now(), self);
		return this.used + bytes <= most;
	}

	/** No more than `most`, however short a time the others have waited. */
	keepBelow(most: number): void {
		if (this.used > most) this.#clear(most, Number.POSITIVE_INFINITY, undefined);
	}

	#clear(most: number, now: number, self: Waiter | undefined): void {
		// Who lets go may have something to say, which takes room itself.
		if (this.#isClearing) return;
		this.#isClearing = true;
		for (const w of this.#waiters) {
			if (this.used <= most) break;
			if (w === self || now - w.since < w.patience) continue;
			this.#waiters.delete(w);
			w.giveUp();
		}
		this.#isClearing = false;
	}
}

/** The most that small requests may take it to: a health check passes while large ones are refused. */
export function mostForSmall(budget: Budget): number {
	return budget.max + budget.max / 8;
}

/** The most that there is of everything: answers to small requests may be large. */
export function mostOfAll(budget: Budget): number {
	return budget.max + budget.max / 2;
}

/** A message so small that a connection may have one in any case: a health check, a question for statistics. */
export const tiny = 1024;

export function newBudget(max: number): Budget {
	return new Budget(max);
}
