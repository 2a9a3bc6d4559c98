/**
 * What the package comes to: bundles for browsers, minified and gzipped by esbuild, and the tarball. Each has
 * a limit, and one that is passed fails: `npm run size`.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** What a program imports, and how many bytes it may come to. */
const bundles = [
	["regoplan: compile", 'export { compile } from "regoplan";', 302_000],
	["regoplan: parseJson", 'export { parseJson } from "regoplan";', 8_192],
	["regoplan/core: compile and decide", 'export { compile } from "regoplan/core";', 172_000],
	["regoplan/plan: loadPlan", 'export { loadPlan } from "regoplan/plan";', 46_080],
	["regoplan/runtime, for modules built ahead of time", 'export { AotProgram } from "regoplan/runtime";', 40_960],
	...["strings", "objects", "aggregates", "numbers"].map((name) => [
		`regoplan/builtins/${name}`,
		`export * from "regoplan/builtins/${name}";`,
		20_480,
	]),
];

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
let failed = 0;
function report(what, bytes, limit) {
	const over = bytes > limit;
	if (over) failed++;
	console.log(`${what.padEnd(56)}${kb(bytes).padStart(10)}   limit ${kb(limit)}${over ? "   PASSED" : ""}`);
}

for (const [what, contents, limit] of bundles) {
	const { outputFiles } = await build({
		stdin: { contents, resolveDir: process.cwd() },
		bundle: true,
		minify: true,
		format: "esm",
		platform: "browser",
		write: false,
	});
	report(what, gzipSync(outputFiles[0].contents, { level: 9 }).length, limit);
}
const [{ size, unpackedSize }] = JSON.parse(
	execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }),
);
report("tarball", size, 2 * 1024 * 1024);
report("tarball, unpacked", unpackedSize, 8 * 1024 * 1024);
if (failed > 0) process.exitCode = 1;
