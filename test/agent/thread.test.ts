/** The decider's thread as the gate sees it, whatever the program in it does: answers, its end, and that it ends once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Question } from "../../src/agent/decider/messages.ts";
import { type DeciderThread, workerThreads } from "../../src/agent/decider/thread.ts";
import { deciderStart } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-thread-"));
afterAll(() => rmSync(folder, { recursive: true }));

const start = deciderStart("agent_policy", "package agent_policy");
const question = (id: number): Question => ({
	id,
	method: "M",
	payload: new Uint8Array(1),
	prints: false,
	apply: true,
});

/** Each id that is asked comes back, with what `extra` gives. */
const echo = (extra: string): string =>
	`port.on("message", (q) => port.postMessage({ kind: "refused", id: q.id, code: 0, message: ${extra} }));`;

let programs = 0;

/** A thread whose program is this text, and what it told: answers by id and message, ends by why. */
function run(body: string): {
	readonly thread: DeciderThread;
	readonly heard: string[];
	readonly next: () => Promise<void>;
} {
	const file = join(folder, `program-${programs++}.cjs`);
	writeFileSync(
		file,
		`const { parentPort: port, workerData } = require("node:worker_threads");\nexports.runDecider = () => {\n${body}\n};\n`,
	);
	const thread = workerThreads(file)(start);
	const heard: string[] = [];
	let wake = (): void => {};
	const hear = (what: string): void => {
		heard.push(what);
		wake();
	};
	thread.onAnswer = (a) => hear(a.kind === "refused" ? `${a.id} ${a.message}` : a.kind);
	thread.onEnd = (why) => hear(`end: ${why}`);
	/** Until something more is heard. */
	const next = (): Promise<void> =>
		new Promise((resolve) => {
			wake = resolve;
		});
	return { thread, heard, next };
}

/** Long enough for an end that is told twice: what an ending thread does, it does at once. */
const after = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe("ends", () => {
	test.each([
		["by itself", "process.exit(3);", "end: it ended with 3"],
		["with nothing left to do", "", "end: it ended with 0"],
		["by an error", 'throw new Error("broken");', "end: it failed: broken"],
		["by a later error", 'setTimeout(() => { throw new Error("late"); });', "end: it failed: late"],
		[
			"out of memory",
			'throw Object.assign(new Error("heap"), { code: "ERR_WORKER_OUT_OF_MEMORY" });',
			"end: it ran out of memory",
		],
	])("%s: told once", async (_, body, want) => {
		const { heard, next } = run(body);
		await next();
		await after();
		expect(heard).toEqual([want]);
	});
});

test("questions are answered, with what it was started with", async () => {
	const { thread, heard, next } = run(
		echo("workerData.text + Object.keys(process.env).length + process.execArgv.length"),
	);
	thread.post(question(7));
	await next();
	thread.post(question(8));
	await next();
	thread.stop();
	expect(heard).toEqual(["7 package agent_policy00", "8 package agent_policy00"]);
});

test("once stopped it tells nothing more, not even its end", async () => {
	const { thread, heard, next } = run(
		`setInterval(() => port.postMessage({ kind: "refused", id: 1, code: 0, message: "" }), 1);`,
	);
	await next();
	thread.stop();
	const before = heard.length;
	await after();
	expect(heard.slice(before)).toEqual([]);
});

test("a stopped thread is no more, though its program never ends", async () => {
	const beat = new Int32Array(start.progress);
	const { thread, heard } = run("for (;;) Atomics.add(new Int32Array(workerData.progress), 0, 1);");
	while (Atomics.load(beat, 0) === 0) await after();
	thread.stop();
	let last = -1;
	// It stands still some time after it is stopped, and not before.
	while (last !== Atomics.load(beat, 0)) {
		last = Atomics.load(beat, 0);
		await after();
	}
	expect(heard).toEqual([]);
});

test("a program that is not there is an error that names it", () => {
	const file = join(folder, "missing.cjs");
	expect(() => workerThreads(file)(start)).toThrow(`the program of the decider, ${file}, is not there`);
	expect(() => workerThreads()(start)).toThrow(/decider\.cjs, is not there/);
});
