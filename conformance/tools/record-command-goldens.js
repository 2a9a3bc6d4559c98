/**
 * Records what the real `opa` does: node conformance/tools/record-command-goldens.js OPA
 *
 * Runs every invocation of command-invocations.js in a fresh folder and writes test/cli/command-goldens/<command>.json:
 * { <name>: { args, files?, stdin?, exit, stdout, stderr, written? } }. cobra's usage text after an argument error is
 * cut. The goldens here were recorded with OPA v1.20.2, linux/amd64.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invocations } from "./command-invocations.js";
import { folderInvocations } from "./folder-invocations.js";
import { oddInvocations } from "./odd-invocations.js";
import { parseInvocations } from "./parse-invocations.js";

const [opa, ...rest] = process.argv.slice(2);
/** What is recorded stays as it is. */
const onlyMissing = rest.includes("--missing");
const only = rest.find((a) => a !== "--missing");
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-command-goldens.js OPA [command] [--missing]");
	process.exit(1);
}
const out = join(dirname(fileURLToPath(import.meta.url)), "../../test/cli/command-goldens");
mkdirSync(out, { recursive: true });
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];

/** What the interactive shell says first: each program its own. */
function withoutBanner(args, { status, stdout }) {
	return args[0] === "run" && status === 0 ? stdout.split("\n").slice(4).join("\n") : stdout;
}

function recorded(command) {
	const file = join(out, `${command}.json`);
	return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).goldens : {};
}

const groups = {};
for (const { name, args, files, stdin, outputs } of [
	...invocations,
	...folderInvocations,
	...oddInvocations,
	...parseInvocations,
]) {
	if (only !== undefined && args[0] !== only) continue;
	const group = (groups[args[0]] ??= onlyMissing ? recorded(args[0]) : {});
	if (onlyMissing && group[name] !== undefined) continue;
	const dir = mkdtempSync(join(tmpdir(), "golden-"));
	for (const [path, text] of Object.entries(files ?? {})) {
		mkdirSync(dirname(join(dir, path)), { recursive: true });
		writeFileSync(join(dir, path), text);
	}
	const run = spawnSync(opa, args, { cwd: dir, input: stdin ?? "", encoding: "utf8", maxBuffer: 1 << 28 });
	const written = {};
	for (const path of outputs ?? []) {
		if (existsSync(join(dir, path))) written[path] = readFileSync(join(dir, path), "utf8");
	}
	rmSync(dir, { recursive: true });
	const stderr = run.stderr.replace(/^(Error: [^\n]*\n)Usage:\n.*$/s, "$1");
	if (group[name] !== undefined) throw new Error(`two invocations are called ${name}`);
	group[name] = { args, files, stdin, outputs, exit: run.status, stdout: withoutBanner(args, run), stderr };
	if (outputs !== undefined) group[name].written = written;
}
for (const [group, goldens] of Object.entries(groups)) {
	writeFileSync(join(out, `${group}.json`), `${JSON.stringify({ opa: version, goldens }, null, "\t")}\n`);
}
console.log(`${Object.values(groups).flatMap(Object.keys).length} invocations recorded with ${version}`);
