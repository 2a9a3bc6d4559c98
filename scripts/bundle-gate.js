/**
 * The gate as a folder of files, which starts faster and takes less memory than the command in one file: what
 * `rego agent image` puts into a guest image. The main thread has one small file; the thread that decides has the
 * files of dist/node, minified, so that what it seldom needs is loaded late. Both run from V8's code cache, which is
 * made here, by this Node and with the flags that the image's units give it; another Node goes without.
 *
 *     rego.cjs       what Node is started with: `rego.cjs agent serve …`, and nothing else of the command
 *     gate.cjs       connections, the policy's text, state
 *     decider.cjs    what the thread is started with
 *     parts/*.cjs    what it loads
 *     *.cache        the compiled code of the file so named
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const minified = {
	...{ minify: true, platform: "node", target: "node20", format: "cjs", legalComments: "none" },
	// Code from the cache has `require` only.
	supported: { "dynamic-import": false },
};

async function bundle(outfile, contents) {
	await build({
		...minified,
		absWorkingDir: root,
		bundle: true,
		external: ["koffi", "re2-wasm"],
		stdin: { contents, resolveDir: root, loader: "ts" },
		logLevel: "error",
		outfile,
	});
}

/** The files of dist/node that a file may load, by what they require. */
function partsOf(first) {
	const found = new Map();
	const visit = (name) => {
		if (found.has(name)) return;
		const text = readFileSync(join(root, "dist/node", name), "utf8");
		found.set(name, text);
		for (const [, other] of text.matchAll(/\brequire\("\.\/([\w-]+\.cjs)"\)/g)) visit(other);
	};
	visit(first);
	return found;
}

const gate = `
import "./src/host/node.ts";
import { gateMain } from "./src/cli/gate-main.ts";
import { processIo } from "./src/cli/io.ts";
export const run = (argv) => gateMain(argv, processIo()).then((code) => { process.exitCode = code; });
`;

/** The two programs. With `record` they write the caches, when they have done for a while what these are to hold. */
const programs = (record) => ({
	"rego.cjs": `
${starting(record)}
const load = cachedFiles(__dirname, onScript);
load("./gate.cjs").run(process.argv.slice(2));
recording();
`,
	"decider.cjs": `
${starting(record)}
const load = cachedFiles(__dirname + "/parts", onScript);
export function runDecider() {
	load("./decider.cjs").runDecider();
	recording();
}
`,
});

const starting = (record) =>
	record
		? `
import { cachedFiles, cacheFile } from "./src/agent/image/cached-code.ts";
import { writeFileSync } from "node:fs";
const scripts = new Map();
const onScript = (file, script) => scripts.set(file, script);
const recording = () => setTimeout(() => {
	for (const [file, script] of scripts) writeFileSync(cacheFile(file), script.createCachedData());
}, ${recordMs});`
		: `
import { cachedFiles } from "./src/agent/image/cached-code.ts";
const onScript = undefined;
const recording = () => {};`;

const recordMs = 1000;

/** Writes the folder. */
export async function bundleGate(folder) {
	if (!existsSync(join(root, "dist/node/decider.cjs")))
		spawnSync(process.execPath, ["scripts/build.js"], { cwd: root });
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(join(folder, "parts"), { recursive: true });
	await bundle(join(folder, "gate.cjs"), gate);
	for (const [name, text] of partsOf("decider.cjs")) {
		const { code } = await transform(text, minified);
		writeFileSync(join(folder, "parts", name), code);
	}
	for (const record of [true, false]) {
		for (const [name, text] of Object.entries(programs(record))) await bundle(join(folder, name), text);
		if (record) await recordCaches(folder);
	}
}

/** A gate that loads a policy, decides and denies. */
async function recordCaches(folder) {
	const driver = join(folder, "record.cjs");
	await bundle(
		driver,
		'import { recordGate } from "./src/agent/kit/record-gate.ts"; recordGate(process.argv.slice(2));',
	);
	const demo = join(root, "examples/demo");
	const child = spawn(process.execPath, [driver, join(folder, "rego.cjs"), demo], { stdio: "inherit" });
	const code = await new Promise((r) => child.on("exit", r));
	rmSync(driver);
	if (code !== 0) throw new Error("the code caches could not be made");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const folder = resolve(process.argv[2] ?? "dist/guest/gate");
	await bundleGate(folder);
	const sizes = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)));
	const bytes = sizes.reduce((sum, s) => sum + (s.isFile() ? s.size : 0), 0);
	console.log(`${folder}: ${(bytes / 1024).toFixed(0)} KiB`);
}
