/**
 * Records runs of a real `opa test` for test/cli/test-goldens.json: `node conformance/tools/record-test-goldens.js
 * /path/to/opa`. Durations are taken out; OPA runs tests in any order, so results are sorted.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const opa = process.argv[2];
const file = "test/cli/test-goldens.json";
const goldens = JSON.parse(readFileSync(file, "utf8"));
for (const suite of goldens) {
	const cwd = mkdtempSync(join(tmpdir(), "opa-test-"));
	for (const [path, text] of Object.entries(suite.files)) {
		mkdirSync(dirname(join(cwd, path)), { recursive: true });
		writeFileSync(join(cwd, path), text);
	}
	for (const run of suite.runs) {
		const { status, stdout, stderr } = spawnSync(opa, ["test", ...run.args], { cwd, encoding: "utf8" });
		Object.assign(run, { exit: status, ...outputs(run.args, stdout, stderr) });
	}
	rmSync(cwd, { recursive: true });
}
writeFileSync(file, `${JSON.stringify(goldens, undefined, "\t")}\n`);

function outputs(args, stdout, stderr) {
	if (!args.includes("json") || stdout === "")
		return { stdout: withoutDurations(stdout), stderr: withoutDurations(stderr) };
	const results = JSON.parse(stdout).map(({ duration, trace, ...rest }) => rest);
	return { results: results.sort((a, b) => (a.package + a.name < b.package + b.name ? -1 : 1)), stderr };
}

function withoutDurations(text) {
	return text.replace(/\(\d[\d.µmsh]*\)/g, "(0s)");
}
