/**
 * Records what the real `opa eval` tells of evaluations: node conformance/tools/record-watch-goldens.js OPA
 *
 * Runs every invocation of watch-invocations.js in a fresh folder and writes test/cli/watch-goldens.json:
 * { <name>: { args, files, exit, stdout, stderr } }. The test (watch-goldens.test.ts) says what is not compared.
 * Recorded with OPA v1.20.2, linux/amd64.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invocations } from "./watch-invocations.js";

const [opa] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-watch-goldens.js OPA");
	process.exit(1);
}
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];
const goldens = {};
for (const { name, args, files } of invocations) {
	const dir = mkdtempSync(join(tmpdir(), "golden-"));
	for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text);
	const run = spawnSync(opa, ["eval", ...args], { cwd: dir, input: "", encoding: "utf8" });
	rmSync(dir, { recursive: true });
	if (goldens[name] !== undefined) throw new Error(`two invocations are called ${name}`);
	const stderr = run.stderr.replace(/^(Error: [^\n]*\n)Usage:\n.*$/s, "$1");
	goldens[name] = { args, exit: run.status, stdout: run.stdout, stderr };
}
const out = { opa: version, files: invocations[0].files, goldens };
writeFileSync(new URL("../../test/cli/watch-goldens.json", import.meta.url), `${JSON.stringify(out, null, "\t")}\n`);
