/**
 * The packed package in every host, through every bundler, in every way of use: `npm run matrix`. Each cell
 * decides the policies of matrix/policies and must answer what a real opa answered (answers.json), with
 * nothing on stderr. The last line is the total.
 *
 *     npm run matrix                    everything; writes the table of docs/hosts.md
 *     npm run matrix -- --only node20   cells whose name contains this
 *     npm run matrix -- --quick         a part that takes a few minutes, for continuous integration
 */

import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { categories } from "../scripts/build/entries.js";
import { bundlers } from "./bundlers.js";
import { checks } from "./checks.js";
import { ask, askPage, askWorkerd, chromium, commandHosts, versionOf } from "./hosts.js";
import { writeTable } from "./table.js";
import { answers, installPackage, installTools, writeApps, wrongIn } from "./workspace.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const flag = (name) => process.argv.includes(`--${name}`);
const only = process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : "";
const quick = flag("quick");

let tools;
try {
	tools = installTools();
} catch (e) {
	console.log(`skipped: ${e.message}`);
	console.log("0 passed, 0 failed, 1 skipped");
	process.exit(0);
}
const installed = installPackage();
const { app } = installed;
const ways = writeApps(app);
const made = bundlers(app, tools);
const hosts = commandHosts(tools);

const cells = [];
const cell = (through, way, host, decide) => {
	const name = [through, way, host].filter((s) => s !== "").join(", ");
	if (name.includes(only)) cells.push({ through, way, host, name, decide });
};
/** Bundles once, for all hosts. */
const bundled = new Map();
const once = (key, make) => {
	if (!bundled.has(key)) bundled.set(key, make());
	return bundled.get(key);
};

const inQuick = (host) => !quick || ["node20", "node-newest", "bun"].includes(host);
for (const [host, command] of Object.entries(hosts)) {
	if (!inQuick(host)) continue;
	for (const way of ways) {
		cell("import", way, host, () => ask(command(`${app}/${way}.mjs`), { cwd: app }));
		if (way !== "module") cell("require", way, host, () => ask(command(`${app}/${way}.cjs`), { cwd: app }));
		for (const [bundler, make] of Object.entries(made.forNode)) {
			// Bundles are the same for all versions of Node: the oldest and the newest show what differs.
			if (quick && host !== "node20") continue;
			cell(bundler, way, host, async () =>
				ask(command(await once(`${bundler} ${way}`, () => make(way))), { cwd: installed.folder }),
			);
		}
	}
	cell("command", "rego eval", host, async () => {
		const args = ["eval", "-d", "policies", "-d", "data.json", "-i", "input.json", "data.matrix"];
		const answer = await ask(command(`${app}/node_modules/regoplan/bin/rego.js`, ...args), { cwd: app });
		if (answer.text === undefined) return answer;
		const packages = JSON.parse(answer.text).result[0].expressions[0].value;
		return { text: JSON.stringify(Object.fromEntries(Object.entries(packages).map(([n, { p }]) => [n, p]))) };
	});
}
for (const way of ways) {
	cell("bun --compile", way, "executable", async () =>
		ask([await once(`compile ${way}`, () => made.bunCompile(way)), []], { cwd: installed.folder }),
	);
	for (const [bundler, make] of Object.entries(made.forWorkerd))
		cell(bundler, way, "workerd", async () => askWorkerd(await once(`workerd ${way}`, () => make(way)), tools));
	if (chromium === undefined) continue;
	for (const strict of [false, true]) {
		const host = strict ? "Chromium, strict CSP" : "Chromium";
		for (const [bundler, make] of Object.entries(made.forPages)) {
			if (quick && bundler !== "esbuild" && bundler !== "vite") continue;
			cell(bundler, way, host, async () => askPage(await once(`page ${bundler} ${way}`, () => make(way)), { strict }));
		}
		const importMap = {
			regoplan: "/node_modules/regoplan/dist/esm/index.js",
			"regoplan/runtime": "/node_modules/regoplan/dist/esm/aot/runtime.js",
			"regoplan/signatures": "/node_modules/regoplan/dist/esm/signatures.js",
			"regoplan/bundle": "/node_modules/regoplan/dist/esm/bundle.js",
			"regoplan/opa-wasm": "/node_modules/regoplan/dist/esm/opa-wasm/opa-wasm.js",
			"regoplan/builtins/": "/node_modules/regoplan/dist/esm/builtins/",
		};
		cell("import map", way, host, () =>
			askPage(`${app}/${way}.page.mjs`, { strict, importMap: withFiles(importMap), root: app }),
		);
	}
}
for (const [name, check] of Object.entries(checks(installed, tools))) {
	if (!name.includes(only)) continue;
	cells.push({ through: name, way: "", host: "", name, check });
}

/** An import map names files; the package's exports leave out how they end. */
function withFiles(map) {
	const builtins = categories.map((f) => [`regoplan/builtins/${f}`, `${map["regoplan/builtins/"]}${f}.js`]);
	const { "regoplan/builtins/": _, ...rest } = map;
	return { ...rest, ...Object.fromEntries(builtins) };
}

const total = { passed: 0, failed: 0, skipped: 0 };
if (chromium === undefined) {
	console.log("skipped: Chromium is not installed (Debian's package chromium)");
	total.skipped++;
}
const queue = [...cells];
async function work() {
	for (let c = queue.shift(); c !== undefined; c = queue.shift()) {
		try {
			if (c.check !== undefined) c.problem = await c.check();
			else {
				const { text, problem } = await c.decide();
				c.problem = problem ?? wrongIn(text);
			}
		} catch (e) {
			c.problem = String(e?.stack ?? e).slice(0, 1500);
		}
		if (c.problem === undefined) total.passed++;
		else {
			total.failed++;
			console.log(`FAILED: ${c.name}\n\t${c.problem.replaceAll("\n", "\n\t")}`);
		}
	}
}
await Promise.all(Array.from({ length: Math.min(Number(process.env.MATRIX_JOBS ?? availableParallelism()), 8) }, work));
if (only === "" && !quick) {
	const versions = Object.fromEntries(
		Object.entries(hosts).map(([name, command]) => [name, versionOf(command("--version")[0])]),
	);
	if (chromium !== undefined) versions.Chromium = versionOf(chromium);
	versions.workerd = versionOf(tools.bin("workerd"));
	writeTable(cells, versions, Object.keys(answers).length);
}
rmSync(installed.folder, { recursive: true, force: true });
if (total.failed > 0) process.exitCode = 1;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
