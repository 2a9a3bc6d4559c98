/**
 * The gate as a folder of files, which starts faster and takes less memory than the command in one file: what
 * `rego agent image` puts into a guest image. The main thread has one small file; the thread that decides has the
 * files of dist/node, minified, so that what it seldom needs is loaded late. Both run from V8's code cache, which is
 * made here, by this Node and with the flags that the image's units give it; another Node goes without.
 *
 *     rego.cjs                     what Node is started with: `rego.cjs agent serve …`, and nothing else of the command
 *     gate.cjs                     connections, the policy's text, state
 *     decider.cjs                  what the thread is started with
 *     parts/*.cjs                  what it loads
 *     main.cache, decider.cache    compiled code
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const minified = { minify: true, platform: "node", target: "node20", format: "cjs", legalComments: "none" };

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

/** The two programs. With `record` they write the caches when they have done for a while what these are to hold. */
const programs = (record) => ({
	"rego.cjs": `
import { cachedFiles, cacheOf } from "./src/agent/image/cached-code.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
const scripts = new Map();
const load = cachedFiles(__dirname, join(__dirname, "main.cache"), ${record} ? (n, s) => scripts.set(n, s) : undefined);
if (${record}) setTimeout(() => writeFileSync(join(__dirname, "main.cache"), cacheOf(scripts)), ${recordMs});
load("./gate.cjs").run(process.argv.slice(2));
`,
	"decider.cjs": `
import { cachedFiles, cacheOf } from "./src/agent/image/cached-code.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
const scripts = new Map();
const cache = join(__dirname, "decider.cache");
const load = cachedFiles(join(__dirname, "parts"), cache, ${record} ? (n, s) => scripts.set(n, s) : undefined);
export function runDecider() {
	if (${record}) setTimeout(() => writeFileSync(cache, cacheOf(scripts)), ${recordMs});
	load("./decider.cjs").runDecider();
}
`,
});

const recordMs = 2000;

/** Writes the folder. */
export async function bundleGate(folder) {
	if (!existsSync(join(root, "dist/node/decider.cjs"))) spawnSync(process.execPath, ["scripts/build.js"], { cwd: root });
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
	await bundle(driver, 'import { recordGate } from "./src/agent/kit/record-gate.ts"; recordGate(process.argv.slice(2));');
	const demo = join(root, "examples/demo");
	const child = spawn(process.execPath, [driver, join(folder, "rego.cjs"), demo], { stdio: "inherit" });
	const code = await new Promise((r) => child.on("exit", r));
	rmSync(driver);
	if (code !== 0) throw new Error("the code caches could not be made");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const folder = resolve(process.argv[2] ?? "dist/guest/gate");
	await bundleGate(folder);
	for (const name of readdirSync(folder, { recursive: true })) {
		const { size } = statSync(join(folder, name));
		if (!name.startsWith("parts/") && size > 0) console.log(`${name.padEnd(16)}${(size / 1024).toFixed(0).padStart(8)} KiB`);
	}
}
