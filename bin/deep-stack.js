/** A command on a thread of its own, whose stack is large (rego.js). */
const { join } = require("node:path");
const { workerData } = require("node:worker_threads");
const { main, processIo } = require(join(__dirname, "../dist/node/command.cjs"));

main(workerData.args, processIo(workerData.begun)).then((code) => {
	process.exitCode = code;
});
