/**
 * What the package comes to: bundles for browsers, minified and gzipped by esbuild, and the tarball. Each has
 * a limit, and one that is passed fails: `npm run size`. `-- --table` shows what takes the bytes of each bundle.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** What a program imports, and how many bytes it may come to. */
const bundles = [
	["regoplan: compile, every builtin at once", 'export { compile } from "regoplan";', 300_236],
	["regoplan/async: compile, loaded at the start", 'export { compile } from "regoplan/async";', 129_536],
	["regoplan/bundle: loadBundle, loaded at the start", 'export { loadBundle } from "regoplan/bundle";', 138_138],
	["regoplan: parseJson", 'export { parseJson } from "regoplan";', 8_192],
	["regoplan/core: compile and decide", 'export { compile } from "regoplan/core";', 112_640],
	["regoplan/plan: loadPlan", 'export { loadPlan } from "regoplan/plan";', 36_864],
	["regoplan/runtime, for modules built ahead of time", 'export { AotProgram } from "regoplan/runtime";', 21_504],
	...["strings", "objects", "aggregates", "numbers"].map((name) => [
		`regoplan/builtins/${name}`,
		`export * from "regoplan/builtins/${name}";`,
		16_384,
	]),
];

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
let failed = 0;
function report(what, bytes, limit) {
	const over = bytes > limit;
	if (over) failed++;
	console.log(`${what.padEnd(56)}${kb(bytes).padStart(10)}   limit ${kb(limit)}${over ? "   PASSED" : ""}`);
}

/** The files that are loaded with one, itself first: not those it imports later. */
function loadedWith(outputs, file, seen = new Set()) {
	if (seen.has(file)) return seen;
	seen.add(file);
	for (const { path, kind, external } of outputs[file].imports)
		if (kind === "import-statement" && external !== true) loadedWith(outputs, path, seen);
	return seen;
}

/** Bytes before compression, by folder of the sources. */
function tableOf(outputs, files) {
	const rows = new Map();
	for (const file of files)
		for (const [input, { bytesInOutput }] of Object.entries(outputs[file].inputs)) {
			const parts = input.replace(/^dist\/esm\//, "").split("/");
			const folder = parts.length < 2 ? "the library itself" : parts.slice(0, Math.min(2, parts.length - 1)).join("/");
			rows.set(folder, (rows.get(folder) ?? 0) + bytesInOutput);
		}
	for (const [folder, bytes] of [...rows].sort(([, x], [, y]) => y - x))
		if (bytes >= 1024) console.log(`    ${folder.padEnd(32)}${kb(bytes).padStart(10)}`);
}

/** A module as `rego build -t js` writes it, of a policy that calls builtins of several core categories. */
function builtAhead() {
	const folder = mkdtempSync(join(tmpdir(), "regoplan-size-"));
	const policy = join(folder, "policy.rego");
	writeFileSync(
		policy,
		`package authz

default allow := false

allow if "admin" in input.user.roles

allow if {
	input.method in {"GET", "HEAD"}
	some prefix in data.public
	startswith(lower(input.path), prefix)
	count(input.user.roles) > 0
	object.get(input, ["user", "banned"], false) == false
}

reason := sprintf("%s is %s", [input.user.name, concat(", ", sort(input.user.roles))]) if not allow
`,
	);
	const module = join(folder, "policy.mjs");
	const entrypoints = ["-e", "authz/allow", "-e", "authz/reason"];
	execFileSync(process.execPath, ["bin/rego.js", "build", "-t", "js", ...entrypoints, "-o", module, policy]);
	const text = readFileSync(module, "utf8");
	rmSync(folder, { recursive: true });
	return text;
}
bundles.push(["a module built ahead of time, with its runtime", builtAhead(), 35_840]);

for (const [what, contents, limit] of bundles) {
	const { outputFiles, metafile } = await build({
		stdin: { contents, resolveDir: process.cwd() },
		bundle: true,
		minify: true,
		format: "esm",
		platform: "browser",
		splitting: true,
		outdir: "unwritten",
		write: false,
		metafile: true,
	});
	const files = loadedWith(metafile.outputs, "unwritten/stdin.js");
	const loaded = outputFiles.filter(({ path }) => files.has(`unwritten/${basename(path)}`));
	const bytes = loaded.reduce((sum, f) => sum + gzipSync(f.contents, { level: 9 }).length, 0);
	report(what, bytes, limit);
	if (process.argv.includes("--table")) tableOf(metafile.outputs, files);
}
const [{ size, unpackedSize }] = JSON.parse(
	execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: "dist/package", encoding: "utf8" }),
);
report("tarball", size, 2 * 1024 * 1024);
report("tarball, unpacked", unpackedSize, 8 * 1024 * 1024);
if (failed > 0) process.exitCode = 1;
