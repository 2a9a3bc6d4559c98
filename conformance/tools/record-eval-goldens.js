/**
 * Records what the real `opa eval` does: node conformance/tools/record-eval-goldens.js OPA
 *
 * Runs every invocation of eval-invocations.js in a fresh folder and writes
 * test/cli/goldens/<group>.json: { <name>: { args, files?, stdin?, env?, exit, stdout, stderr } }, the group
 * being the first word of the name.
 * Only measured times are replaced (by 0), and cobra's usage text after an argument error is cut.
 * The goldens here were recorded with OPA v1.20.2, linux/amd64.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invocations } from "./eval-invocations.js";

const [opa] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-eval-goldens.js OPA");
	process.exit(1);
}
const out = join(dirname(fileURLToPath(import.meta.url)), "../../test/cli/goldens");
mkdirSync(out, { recursive: true });
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];

/** Times differ from run to run; everything else is kept as it came. */
function zeroTimes(text) {
	const table = text.includes("│ timer_");
	return text
		.replace(/("timer_\w+_ns": )\d+/g, "$10")
		.replace(/("(?:\d[\d.]*%|max|mean|median|min|stddev)": )[\d.e+]+/g, "$10")
		.replace(/^[│┌├└].*$/gm, (row) =>
			table ? row.replace(/\d[\d.e+]* *(?=│)/g, "0 ").replace(/[─ ]+/g, (s) => s[0]) : row,
		);
}

const groups = {};
for (const { name, args, files, stdin, env } of invocations) {
	const dir = mkdtempSync(join(tmpdir(), "golden-"));
	for (const [path, text] of Object.entries(files ?? {})) {
		mkdirSync(dirname(join(dir, path)), { recursive: true });
		writeFileSync(join(dir, path), text);
	}
	const run = spawnSync(opa, ["eval", ...args], {
		cwd: dir,
		input: stdin ?? "",
		encoding: "utf8",
		env: { ...process.env, ...env },
	});
	rmSync(dir, { recursive: true });
	const stderr = run.stderr.replace(/^(Error: [^\n]*\n)Usage:\n.*$/s, "$1");
	const group = (groups[name.split("-")[0]] ??= {});
	if (group[name] !== undefined) throw new Error(`two invocations are called ${name}`);
	group[name] = { args, files, stdin, env, exit: run.status, stdout: zeroTimes(run.stdout), stderr: zeroTimes(stderr) };
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [group, goldens] of Object.entries(groups)) {
	writeFileSync(join(out, `${group}.json`), `${JSON.stringify({ opa: version, goldens }, null, "\t")}\n`);
}
console.log(`${invocations.length} invocations recorded with ${version}`);
