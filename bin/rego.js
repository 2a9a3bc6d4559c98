#!/usr/bin/env node
/**
 * Starts the command. What takes time at a start is compiling JavaScript, so the script comes with
 * V8's code cache (scripts/code-cache.js); V8 refuses one of another version or of another text, and
 * then compiles as usual.
 */
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const v8 = require("node:v8");
const vm = require("node:vm");

const file = join(__dirname, "../dist/cli/rego.cjs");

function read(name) {
	try {
		return readFileSync(name);
	} catch {
		return undefined;
	}
}

function load() {
	const text = readFileSync(file, "latin1");
	const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
		filename: file,
		cachedData: read(`${file}.cache`),
		importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
	});
	const module = { exports: {} };
	script.runInThisContext()(module.exports, createRequire(file), module, file, join(file, ".."));
	return { script, ...module.exports };
}

/** How many bytes of bytecode a function runs before V8 thinks of optimising it: V8's own number, and ours. */
const usualBudget = 66 * 1024;
const patientBudget = 1_000_000;

/**
 * Compiling a policy is done before optimised code for it is: making that takes a seventh of the time
 * of a short command, and comes to nothing. An evaluation may be long, and is left to V8. The flag is in
 * the V8 of Node 20 to 24; others would complain.
 */
function setBudget(bytes) {
	const major = Number.parseInt(process.versions.v8, 10);
	if (major >= 11 && major <= 13) v8.setFlagsFromString(`--interrupt-budget=${bytes}`);
}

module.exports = { load, file };
if (require.main === module) {
	const { main, processIo } = load();
	const args = process.argv.slice(2);
	if (args[0] !== "agent") setBudget(patientBudget);
	main(args, { ...processIo(), evaluating: () => setBudget(usualBudget) }).then((code) => {
		process.exitCode = code;
	});
}
