/**
 * Why requests are denied, for the log of a gate that is asked for it. Each explanation has a thread of its own, which
 * loads the policy with the state the request met and ends when it has told: no decision waits for one, and nothing
 * that goes wrong in it is the gate's concern. One at a time, and at most one a second; the others are left out.
 */
import type { DeciderStart, Question } from "./messages.ts";
import type { DeciderThread, StartThread } from "./thread.ts";

/** Told the name of a request, and why it was denied. */
export type TellWhy = (name: string, why: string) => void;

/** Milliseconds between two explanations, and those that one may take with all that comes before it. */
const times = { between: 1000, most: 10_000 };

export class DenialExplainer {
	readonly #start: StartThread;
	readonly #tell: TellWhy;
	#thread: DeciderThread | undefined;
	#last: number = Number.NEGATIVE_INFINITY;

	constructor(start: StartThread, tell: TellWhy) {
		this.#start = start;
		this.#tell = tell;
	}

	/** A request was denied, by this policy in this state. */
	denied(name: string, start: () => DeciderStart, request: Pick<Question, "method" | "payload">): void {
		const now = performance.now();
		if (this.#thread !== undefined || now - this.#last < times.between) return;
		this.#last = now;
		try {
			this.#explain(name, start(), request);
		} catch {
			// Without a thread there is no explanation; the denial stands.
			this.#thread = undefined;
		}
	}

	close(): void {
		this.#thread?.stop();
		this.#thread = undefined;
	}

	#explain(name: string, start: DeciderStart, { method, payload }: Pick<Question, "method" | "payload">): void {
		const thread = this.#start(start);
		this.#thread = thread;
		const end = (): void => {
			clearTimeout(timer);
			thread.stop();
			if (this.#thread === thread) this.#thread = undefined;
		};
		const timer = setTimeout(end, times.most);
		timer.unref();
		thread.onEnd = end;
		thread.onAnswer = (a) => {
			if (a.kind === "ready") {
				// What is sent is copied: whoever has the request may let go of it.
				thread.post({ id: 1, method, payload, prints: false, apply: false, why: true });
				return;
			}
			if (a.kind === "why") this.#tell(name, a.text);
			end();
		};
	}
}
