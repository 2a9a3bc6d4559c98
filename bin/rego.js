#!/usr/bin/env node
/**
 * Starts the command. What takes time at a start is compiling JavaScript, so the files of the command are
 * loaded with V8's code cache (code-cache.js), which the first runs make, and V8 optimises later than by itself
 * (patient-v8.js).
 */
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { loadWithCache } = require("./code-cache.js");
const { patientFlags } = require("./patient-v8.js");

for (const flag of patientFlags(process.versions.v8)) setFlagsFromString(flag);

const { load, keep } = loadWithCache(join(__dirname, "../dist/node"));
const { main, processIo } = load("./command.cjs");

const args = process.argv.slice(2);
const io = processIo(undefined, true);

/** Text too deep for the stack of this thread: the command is begun again on one with a large stack. */
function begunAgain(error) {
	if (!(error instanceof RangeError && /call stack/i.test(error.message))) throw error;
	const { Worker } = require("node:worker_threads");
	return new Promise((resolve, reject) => {
		const thread = new Worker(join(__dirname, "deep-stack.js"), {
			workerData: { args, begun: io.begun },
			// Of memory the stack takes what is used of it.
			resourceLimits: { stackSizeMb: 900 },
		});
		thread.on("error", reject);
		thread.on("exit", resolve);
	});
}

main(args, io)
	.catch(begunAgain)
	.then((code) => {
		process.exitCode = code;
		keep();
	});
