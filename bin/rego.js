#!/usr/bin/env node
/**
 * Starts the command. What takes time at a start is compiling JavaScript, so the files of the command are
 * loaded with V8's code cache (code-cache.js), which the first runs make.
 */
const { join } = require("node:path");
const { loadWithCache } = require("./code-cache.js");

const { load, keep } = loadWithCache(join(__dirname, "../dist/node"));
const { main, processIo } = load("./command.cjs");

main(process.argv.slice(2), processIo()).then((code) => {
	process.exitCode = code;
	keep();
});
