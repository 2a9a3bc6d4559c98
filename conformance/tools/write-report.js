/**
 * Runs every case on every backend and writes CONFORMANCE.md and conformance/report.json:
 *     npm run conformance:report
 * OPA's own cases are taken from ../shared/opa-cases where that is; without it the report says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const runner = "dist/dev/conformance.js";
if (!existsSync(runner)) {
	console.error("build first: npm run build");
	process.exit(1);
}
const suites = [
	{ name: "OPA's own cases (v1)", folder: "../shared/opa-cases/v1" },
	{ name: "our cases, wants recorded with OPA", folder: "conformance/cases" },
];
const backends = ["closures", "js", "aot"];
const dir = mkdtempSync(join(tmpdir(), "report-"));
const report = { suites: [] };
let failed = false;
for (const { name, folder } of suites) {
	if (!existsSync(folder)) {
		report.suites.push({ name, absent: true });
		continue;
	}
	const topics = {};
	const totals = {};
	for (const backend of backends) {
		const file = join(dir, "report.json");
		const run = spawnSync(process.execPath, [runner, "--cases", folder, "--backend", backend, "--report", file], {
			encoding: "utf8",
			maxBuffer: 1 << 28,
		});
		if (run.status !== 0) failed = true;
		const r = JSON.parse(readFileSync(file, "utf8"));
		Object.assign(report, { engine: r.engine, version: r.version, opa: r.opa });
		totals[backend] = counts(r.total);
		for (const [topic, c] of Object.entries(r.topics)) topics[topic] = { ...topics[topic], [backend]: counts(c) };
	}
	report.suites.push({ name, backends: totals, topics });
}
rmSync(dir, { recursive: true });

function counts({ passed, failed, skipped }) {
	return { passed, failed, skipped };
}

const text = ({ passed, failed, skipped }) => `${passed} / ${failed} / ${skipped}`;
const lines = [
	"# Conformance",
	"",
	`Made by \`npm run conformance:report\`; do not edit. ${report.engine} ${report.version} against OPA ${report.opa}: cases passed / failed / skipped, on each backend.`,
	"",
	"The differences from OPA that are known, and why, are in [docs/differences.md](docs/differences.md).",
];
for (const suite of report.suites) {
	lines.push("", `## ${suite.name[0].toUpperCase()}${suite.name.slice(1)}`, "");
	if (suite.absent) {
		lines.push("Not run: the cases are not part of this repository.");
		continue;
	}
	lines.push(`| topic | ${backends.join(" | ")} |`, `| --- |${" ---: |".repeat(backends.length)}`);
	lines.push(`| **all** | ${backends.map((b) => `**${text(suite.backends[b])}**`).join(" | ")} |`);
	for (const [topic, c] of Object.entries(suite.topics).sort(([a], [b]) => (a < b ? -1 : 1))) {
		lines.push(`| ${topic} | ${backends.map((b) => text(c[b])).join(" | ")} |`);
	}
}
writeFileSync("CONFORMANCE.md", `${lines.join("\n")}\n`);
writeFileSync("conformance/report.json", `${JSON.stringify(report, null, "\t")}\n`);
for (const suite of report.suites) {
	console.log(
		suite.absent
			? `${suite.name}: absent`
			: `${suite.name}: ${backends.map((b) => `${b} ${text(suite.backends[b])}`).join(", ")}`,
	);
}
process.exitCode = failed ? 1 : 0;
