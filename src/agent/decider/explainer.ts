/**
 * Why requests are denied, for the log of a gate or for the message of a denial, where that is asked for. Each
 * explanation has a thread of its own, which loads the policy with the state the request met and ends when it has told:
 * no decision waits for one, and nothing that goes wrong in it is the gate's concern. One at a time, and at most one a
 * second; other denials go without.
 */
import type { DeciderStart, Question, Why } from "./messages.ts";
import type { DeciderThread, StartThread } from "./thread.ts";
import { Watch } from "./watch.ts";

/** Told the name of a request, and why it was denied. */
export type TellWhy = (name: string, why: string) => void;

/** Causes of denials in their messages. */
export interface CauseOptions {
	/** Pointers into the input: what is at them, and whatever is made of it, is not shown. */
	readonly redact: readonly string[];
}

export interface ExplainerOptions {
	readonly onWhy: TellWhy | undefined;
	readonly causes: CauseOptions | undefined;
	/** Milliseconds that the message of a denial waits for its cause; default 3000. */
	readonly causeMs?: number | undefined;
	/** For tests: what memory the process has beside this thread's. */
	readonly memory?: (() => number) | undefined;
}

/** What an explanation may take of memory: less than what ends a decision, which would be blamed for it. */
const mostGrowth = 128 << 20;

/** Milliseconds between two explanations, and those that one may take with all that comes before it. */
const times = { between: 1000, most: 10_000, cause: 3000 };

export class DenialExplainer {
	readonly #start: StartThread;
	readonly #options: ExplainerOptions;
	#thread: DeciderThread | undefined;
	#watch: Watch | undefined;
	#last: number = Number.NEGATIVE_INFINITY;
	/** Ends the wait for a cause. */
	#giveUp: () => void = () => {};

	constructor(start: StartThread, options: ExplainerOptions) {
		this.#start = start;
		this.#options = options;
	}

	/**
	 * A request was denied, by this policy in this state. Undefined where its message need not wait; else what
	 * comes of the cause that it is to carry, which is soon and never an error.
	 */
	denied(
		name: string,
		start: () => DeciderStart,
		request: Pick<Question, "method" | "payload">,
		wantsCause = false,
	): Promise<string | undefined> | undefined {
		const { onWhy, causes } = this.#options;
		const redact = wantsCause ? causes?.redact : undefined;
		if (onWhy === undefined && redact === undefined) return undefined;
		const now = performance.now();
		if (this.#thread !== undefined || now - this.#last < times.between) return undefined;
		this.#last = now;
		let told: (cause: string | undefined) => void = () => {};
		const cause = redact === undefined ? undefined : this.#cause((resolve) => (told = resolve));
		const onTold = (why: Why | undefined): void => {
			told(why?.cause);
			if (why?.text !== undefined) onWhy?.(name, why.text);
		};
		try {
			const why = { log: onWhy !== undefined, redact };
			this.#explain(start(), { id: 1, ...request, prints: false, apply: false, why }, onTold);
		} catch {
			// Without a thread there is no explanation; the denial stands.
			this.#thread = undefined;
			onTold(undefined);
		}
		return cause;
	}

	close(): void {
		this.#watch?.idle();
		this.#thread?.stop();
		this.#thread = undefined;
		this.#giveUp();
	}

	/** What is told in time. */
	#cause(onBegin: (tell: (cause: string | undefined) => void) => void): Promise<string | undefined> {
		return new Promise((resolve) => {
			const end = (cause?: string): void => {
				clearTimeout(timer);
				resolve(cause);
			};
			const timer = setTimeout(end, this.#options.causeMs ?? times.cause);
			this.#giveUp = end;
			onBegin(end);
		});
	}

	/** What is told is told once: nothing, where the thread ends before. */
	#explain(start: DeciderStart, question: Question, onTold: (why: Why | undefined) => void): void {
		const thread = this.#start(start);
		this.#thread = thread;
		let isTold = false;
		const end = (why?: Why): void => {
			clearTimeout(timer);
			watch.idle();
			thread.stop();
			if (this.#thread === thread) this.#thread = undefined;
			if (isTold) return;
			isTold = true;
			onTold(why);
		};
		const timer = setTimeout(end, times.most);
		timer.unref();
		const watch = new Watch(times.most, () => end(), { memory: this.#options.memory, mostGrowth });
		watch.busy();
		this.#watch = watch;
		thread.onEnd = () => end();
		thread.onAnswer = (a) => {
			// What is sent is copied: whoever has the request may let go of it.
			if (a.kind === "ready") thread.post(question);
			else end(a.kind === "why" ? a : undefined);
		};
	}
}
