/**
 * Every test: builds if needed, runs vitest and the conformance cases (ours, and OPA's where
 * ../shared/opa-cases is there) in each way users run policies, and prints the sum of all as its last line.
 *
 * With REQUIRE_SHARED=1 (continuous integration, where ../shared is there) nothing may be left out but what
 * needs a browser or a registry of others, on a machine that has none.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

const results = ".vitest/results.json";
mkdirSync(".vitest", { recursive: true });
rmSync(results, { force: true });
const vitest = run(process.execPath, [
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

const suites = ["conformance/cases"];
if (existsSync("../shared/opa-cases/v1")) suites.push("../shared/opa-cases/v1");
else if (requireShared) fail("../shared/opa-cases/v1 was left out");
else console.log("skipped: ../shared/opa-cases is absent");

/** Under a Content-Security-Policy; the default, with limits and without; modules made by `rego build`; as explained. */
const ways = [
	["--backend", "aot"],
	["--backend", "js"],
	["--backend", "js", "--no-limits"],
	["--backend", "closures"],
	["--backend", "interpreted"],
];

/** Runs the cases one way: its output, and the exit code. */
function runWay(args) {
	return new Promise((resolve) => {
		const cases = suites.flatMap((s) => ["--cases", s]);
		const run = spawn(process.execPath, ["dist/dev/conformance.js", ...cases, ...args], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		let output = "";
		run.stdout.setEncoding("utf8").on("data", (text) => {
			output += text;
		});
		run.on("close", (status) => resolve({ output, status }));
	});
}

async function conformance(args) {
	const way = args.slice(1).join(" ");
	const { output, status } = await runWay(args);
	console.log(`conformance, ${way}:\n${output}`);
	const counts = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(output);
	if (counts === null) return fail(`the conformance runner gave no total for ${way}`);
	total.passed += Number(counts[1]);
	total.failed += Number(counts[2]);
	total.skipped += Number(counts[3]);
	for (const [, failed, unexpected] of output.matchAll(/^FAILED (.*\n.*)$|^(PASSED, but .*)$/gm))
		failures.push(`${way}: ${failed ?? unexpected}`);
	if (status !== 0 && counts[2] === "0") fail(`the conformance runner ended with ${status} for ${way}`);
}

/** As many at once as the machine has cores. */
const waiting = [...ways];
async function next() {
	for (let way = waiting.shift(); way !== undefined; way = waiting.shift()) await conformance(way);
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), ways.length) }, next));

for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
