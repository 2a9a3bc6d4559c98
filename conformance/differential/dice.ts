/** Choices from fast-check's generator of random numbers, so that a seed gives the same programs for ever. */
import type { Random } from "fast-check";

export class Dice {
	readonly #random: Pick<Random, "nextInt">;

	constructor(random: Pick<Random, "nextInt">) {
		this.#random = random;
	}

	/** 0 … n-1. */
	below(n: number): number {
		return n <= 1 ? 0 : this.#random.nextInt(0, n - 1);
	}

	between(low: number, high: number): number {
		return this.#random.nextInt(low, high);
	}

	/** True once in n times. */
	oneIn(n: number): boolean {
		return this.below(n) === 0;
	}

	pick<T>(list: readonly T[]): T {
		if (list.length === 0) throw new Error("nothing to pick from");
		return list[this.below(list.length)] as T;
	}

	/** A choice by weight. */
	choose<T>(choices: readonly (readonly [weight: number, make: () => T])[]): T {
		let n = this.below(choices.reduce((sum, [w]) => sum + w, 0));
		for (const [weight, make] of choices) {
			n -= weight;
			if (n < 0) return make();
		}
		throw new Error("no choice");
	}

	times<T>(low: number, high: number, make: (i: number) => T): T[] {
		return Array.from({ length: this.between(low, high) }, (_, i) => make(i));
	}

	shuffled<T>(items: readonly T[]): T[] {
		const out = [...items];
		for (let i = out.length - 1; i > 0; i--) {
			const j = this.below(i + 1);
			const x = out[i] as T;
			out[i] = out[j] as T;
			out[j] = x;
		}
		return out;
	}
}

/** Choices that go by a number alone. */
export function diceOf(seed: number): Dice {
	let state = seed >>> 0;
	const nextInt = (low: number, high: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return low + Math.floor((state / 2 ** 32) * (high - low + 1));
	};
	return new Dice({ nextInt } as Pick<Random, "nextInt">);
}
