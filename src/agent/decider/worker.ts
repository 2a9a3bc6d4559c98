/**
 * The decider as a worker thread: the entry of a file of its own (dist/agent/decider.cjs), or of the text
 * that a single-file build carries.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { DeciderStart, Question } from "./messages.ts";
import { serveDecisions } from "./serve-decisions.ts";

const port = parentPort;
if (port === null) throw new Error("this is a worker's program");
const decide = serveDecisions(workerData as DeciderStart, (a) => port.postMessage(a));
if (decide === undefined) port.close();
else port.on("message", (q: Question) => decide(q));
