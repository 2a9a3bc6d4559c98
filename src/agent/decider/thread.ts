/**
 * A decider's thread as the gate sees it: something that takes questions, gives answers, can be stopped
 * at any moment, and may die. Its heap is limited, so that a request or a policy that needs too much ends
 * the thread and not the gate.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { DeciderAnswer, DeciderStart, Question } from "./messages.ts";

export interface DeciderThread {
	post(q: Question): void;
	/** Set before the first answer can come. */
	onAnswer: (a: DeciderAnswer) => void;
	/** Called once, when it ends by itself: with what is known of why. */
	onEnd: (why: string) => void;
	/** End it now, whatever it does. */
	stop(): void;
}

export type StartThread = (start: DeciderStart) => DeciderThread;

/**
 * Beyond this V8 ends the thread. It is more than the gate lets a decision have (memory-watch.ts): V8 can
 * end a thread only between two operations, and one that takes much at once must not end the process.
 */
const heapLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 8 };

/** A build that is one file carries the decider's program as text (scripts/bundle-agent.js). */
declare const REGOPLAN_DECIDER_TEXT: string | undefined;
/** The folder of the built file that this is in; sources have none. */
declare const __dirname: string | undefined;

/** The decider's program: text, so that it is started the same way from a file, a bundle and a binary. */
function program(workerFile: string | undefined): string {
	if (workerFile === undefined && typeof REGOPLAN_DECIDER_TEXT === "string") return REGOPLAN_DECIDER_TEXT;
	const file = workerFile ?? join(typeof __dirname === "string" ? __dirname : ".", "decider.cjs");
	if (!existsSync(file)) throw new Error(`the program of the decider, ${file}, is not there`);
	return `require(${JSON.stringify(file)}).runDecider();`;
}

/** Worker threads that run the program at `file`, an absolute path, or the one that was built with this. */
export function workerThreads(file?: string): StartThread {
	let text: string | undefined;
	return (start) => {
		text ??= program(file);
		const options = { workerData: start, resourceLimits: heapLimits, execArgv: [], env: {}, stdin: false };
		const worker = new Worker(text, { ...options, eval: true });
		const thread: DeciderThread = {
			post: (q) => worker.postMessage(q),
			onAnswer: () => {},
			onEnd: () => {},
			stop: () => {
				ended = true;
				void worker.terminate();
			},
		};
		let ended = false;
		const end = (why: string): void => {
			if (ended) return;
			ended = true;
			thread.onEnd(why);
		};
		worker.on("message", (a: DeciderAnswer) => {
			if (!ended) thread.onAnswer(a);
		});
		worker.on("messageerror", (e) => end(e.message));
		worker.on("error", (e: Error & { code?: string }) => {
			end(e.code === "ERR_WORKER_OUT_OF_MEMORY" ? "it ran out of memory" : `it failed: ${e.message}`);
			void worker.terminate();
		});
		worker.on("exit", (code) => end(`it ended with ${code}`));
		return thread;
	};
}
