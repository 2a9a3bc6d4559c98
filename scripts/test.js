/**
 * Every test: builds if needed, runs vitest and the conformance cases (ours, and OPA's where
 * ../shared/opa-cases is there) in each way users run policies, and prints the sum of all as its last line.
 *
 * With REQUIRE_SHARED=1 (continuous integration, where ../shared is there) nothing may be left out but what
 * needs a browser or a registry of others, on a machine that has none.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { patientFlags } from "../bin/patient-v8.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const requireShared = process.env.REQUIRE_SHARED === "1";
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said once more before the total: a log that is cut keeps its end. */
const failures = [];

function newest(path) {
	const info = statSync(path);
	if (!info.isDirectory()) return info.mtimeMs;
	return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function run(command, args) {
	return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env: process.env });
}

/** As `run`, while other things go on. */
function start(command, args) {
	return new Promise((resolve) => {
		const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
		child.on("close", (status, signal) => resolve({ status, signal }));
	});
}

function fail(message) {
	failures.push(message);
	total.failed++;
}

/** The playground's tests run where there is a Chromium, those of a real registry where one has been built. */
const mayBeLeftOut = (name) =>
	/[\\/]test[\\/]playground[\\/]/.test(name) ||
	(/[\\/]real-registry\.test\.ts$/.test(name) &&
		!existsSync(process.env.REGOPLAN_REGISTRY ?? "bench/peers/bin/registry"));

const sources = ["src", "conformance", "examples", "bench", "scripts/build.js", "scripts/build", "package.json"].filter(
	existsSync,
);
const built = existsSync("dist/dev/conformance.js") && existsSync("dist/node/command.cjs");
if (!built || statSync("dist/dev/conformance.js").mtimeMs < Math.max(...sources.map(newest))) {
	if (run(process.execPath, ["scripts/build.js"]).status !== 0) fail("the build");
}

const suites = ["conformance/cases"];
if (existsSync("../shared/opa-cases/v1")) suites.push("../shared/opa-cases/v1");
else if (requireShared) fail("../shared/opa-cases/v1 was left out");
else console.log("skipped: ../shared/opa-cases is absent");

/**
 * Modules made by `rego build`; as explained; generated code, with limits and without (the default); under a
 * Content-Security-Policy. Each list is a process of its own, which reads the cases once, and is as long as others.
 */
const ways = [
	["aot", "interpreted"],
	["js", "js,no-limits", "closures"],
];

/** Runs the cases in some ways: the output, and the exit code. They give way to what else runs, and are never starved. */
function runWays(names) {
	return new Promise((resolve) => {
		const args = [...suites.flatMap((s) => ["--cases", s]), ...names.flatMap((n) => ["--backend", n])];
		const flags = patientFlags(process.versions.v8);
		const run = spawn(process.execPath, [...flags, "dist/dev/conformance.js", ...args], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		if (run.pid !== undefined) setPriority(run.pid, 5);
		let output = "";
		run.stdout.setEncoding("utf8").on("data", (text) => {
			output += text;
		});
		run.on("close", (status) => resolve({ output, status }));
	});
}

const results = ".vitest/results.json";
mkdirSync(".vitest", { recursive: true });
rmSync(results, { force: true });
/**
 * The cases are run beside vitest, whose tests often wait, and whose last files leave cores without work. On a single
 * core they come after it.
 */
const beside = availableParallelism() > 1 ? ways.map(runWays) : [];
const vitest = await start(process.execPath, [
	"node_modules/vitest/vitest.mjs",
	"run",
	"--reporter=default",
	"--reporter=json",
	`--outputFile.json=${results}`,
	...process.argv.slice(2),
]);
if (existsSync(results)) {
	const report = JSON.parse(readFileSync(results, "utf8"));
	total.passed += report.numPassedTests;
	total.failed += report.numFailedTests;
	total.skipped += report.numPendingTests + report.numTodoTests;
	for (const suite of report.testResults) {
		if (suite.status === "failed" && suite.assertionResults.length === 0) fail(`${suite.name} could not be run`);
		for (const test of suite.assertionResults.filter((a) => a.status === "failed"))
			failures.push(`${suite.name}: ${test.fullName}\n${test.failureMessages.join("\n")}`);
		const left = suite.assertionResults.filter((a) => a.status !== "passed" && a.status !== "failed");
		if (left.length === 0) continue;
		console.log(`${left.length} skipped in ${suite.name}, the first: ${left[0].fullName}`);
		if (requireShared && !mayBeLeftOut(suite.name)) fail(`${suite.name} left out ${left.length}`);
	}
	if (vitest.status !== 0 && total.failed === 0) fail(`vitest ended with ${vitest.status ?? vitest.signal}`);
} else fail("vitest wrote no results");

function countWays(names, { output, status }) {
	console.log(`conformance:\n${output}`);
	const blocks = new Map(output.split(/^backend /m).map((block) => [/^\S*(?=:\n)/.exec(block)?.[0], block]));
	let failed = 0;
	for (const way of names) {
		const block = blocks.get(way) ?? "";
		const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(block);
		if (counts === null) {
			fail(`the conformance runner gave no total for ${way}`);
			continue;
		}
		total.passed += Number(counts[1]);
		total.failed += Number(counts[2]);
		total.skipped += Number(counts[3]);
		failed += Number(counts[2]);
		for (const [, one, unexpected] of block.matchAll(/^FAILED (.*\n.*)$|^(PASSED, but .*)$/gm))
			failures.push(`${way}: ${one ?? unexpected}`);
	}
	if (status !== 0 && failed === 0) fail(`the conformance runner ended with ${status} for ${names.join(", ")}`);
}

for (const [i, names] of ways.entries()) countWays(names, await (beside[i] ?? runWays(names)));

for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
