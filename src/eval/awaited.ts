/**
 * Answers that take time, for an evaluation that does not: it is begun again whenever one has come. The
 * evaluation stays synchronous; where it needs an answer that is not there yet it stops, and everything
 * nondeterministic it saw (time, randomness, earlier answers) is the same when it starts anew.
 */
import { RegoError } from "../errors.ts";
import type { WebSignal } from "../web-types.ts";

/** Thrown where an evaluation has to wait. No error: whoever evaluates catches it. */
export class Suspension {}

const suspension: Suspension = new Suspension();

type Answer = { readonly value: unknown } | { readonly error: unknown };

/** More waits than this are no policy but a loop. */
const maxAnswers = 10_000;

export class Answers {
	readonly #known: Map<string, Answer> = new Map();
	#pending: Promise<void> | undefined;

	/** The answer under a key, once it is there; `ask` is called once. Throws what asking failed with, or a Suspension. */
	get(key: string, ask: () => unknown): unknown {
		const known = this.#known.get(key);
		if (known !== undefined) {
			if ("error" in known) throw known.error;
			return known.value;
		}
		if (this.#known.size >= maxAnswers) {
			throw new RegoError("eval_cancel_error", `evaluation asked for more than ${maxAnswers} answers`);
		}
		const asked = ask();
		if (!isThenable(asked)) {
			this.#known.set(key, { value: asked });
			return asked;
		}
		this.#pending = Promise.resolve(asked).then(
			(value) => {
				this.#known.set(key, { value });
			},
			(error: unknown) => {
				this.#known.set(key, { error });
			},
		);
		throw suspension;
	}

	/** Resolves when the answer is there that stopped the evaluation; rejects when the signal says so. */
	async settled(signal: WebSignal | undefined): Promise<void> {
		const pending = this.#pending;
		this.#pending = undefined;
		if (signal === undefined) return pending;
		let onAbort: (() => void) | undefined;
		const aborted = new Promise<never>((_, reject) => {
			onAbort = () => reject(cancelled(signal));
			if (signal.aborted) onAbort();
			else signal.addEventListener("abort", onAbort, { once: true });
		});
		try {
			await Promise.race([pending, aborted]);
		} finally {
			if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
		}
	}
}

/** Why an evaluation ends that its caller has given up. */
export function cancelled(signal: WebSignal): RegoError {
	const why = signal.reason instanceof Error ? `: ${signal.reason.message}` : "";
	return new RegoError("eval_cancel_error", `caller cancelled query execution${why}`, undefined, {
		cause: signal.reason,
	});
}

export function isThenable(v: unknown): v is PromiseLike<unknown> {
	return typeof v === "object" && v !== null && typeof (v as { then?: unknown }).then === "function";
}
