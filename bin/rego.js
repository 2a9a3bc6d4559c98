#!/usr/bin/env node
/**
 * Starts the command. What takes time at a start is compiling JavaScript, so the script comes with
 * V8's code cache (scripts/code-cache.js); V8 refuses one of another version or of another text, and
 * then compiles as usual.
 */
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
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

module.exports = { load, file };
if (require.main === module) {
	const { main, processIo } = load();
	main(process.argv.slice(2), processIo()).then((code) => {
		process.exitCode = code;
	});
}
