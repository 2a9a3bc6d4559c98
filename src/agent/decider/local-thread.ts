/**
 * A decider without a thread: for tests, which run from sources, and for embedders whose requests come
 * from someone they trust. Nothing can stop it while it decides.
 */
import { serveDecisions } from "./serve-decisions.ts";
import type { DeciderThread, StartThread } from "./thread.ts";

export const localThread: StartThread = (start) => {
	let stopped = false;
	const thread: DeciderThread = {
		post: (q) => {
			setImmediate(() => {
				if (!stopped) decide?.(q);
			});
		},
		onAnswer: () => {},
		onEnd: () => {},
		stop: () => {
			stopped = true;
		},
	};
	let decide: ReturnType<typeof serveDecisions>;
	setImmediate(() => {
		if (!stopped) decide = serveDecisions(start, (a) => thread.onAnswer(a));
	});
	return thread;
};
