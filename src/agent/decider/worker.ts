/**
 * The decider as a worker thread: what the thread's program calls, which is a file of its own
 * (dist/node/decider.cjs), or text that a single-file build carries.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { DeciderStart, Question } from "./messages.ts";
import { serveDecisions } from "./serve-decisions.ts";
import { collectGarbage } from "./tidy.ts";

/** Both are the thread's own, but for tests. */
export function runDecider(port: MessagePort | null = parentPort, start: DeciderStart = workerData): void {
	if (port === null) throw new Error("this is a worker's program");
	const decide = serveDecisions(start, (a) => {
		port.postMessage(a);
		if (a.kind === "checked") collectGarbage();
	});
	if (decide === undefined) {
		port.close();
		return;
	}
	port.on("message", (q: Question) => decide(q));
	// After the first requests that may be waiting already. What was planned before leaves little behind.
	if (start.planned === undefined) setTimeout(collectGarbage, 200).unref();
}
