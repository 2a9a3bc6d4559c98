/**
 * Records what the real compiler says of the modules in check-cases.js:
 *     node conformance/tools/record-check-goldens.js OPA
 * writes test/compiler/goldens/<group>.json: [{ note, modules, options, errors }], errors as OPA gives
 * them ([] where it accepts). Recorded with OPA v1.20.2.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cases } from "./check-cases.js";

const [opa, only] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-check-goldens.js OPA [group]");
	process.exit(1);
}
const out = join(dirname(fileURLToPath(import.meta.url)), "../../test/compiler/goldens");
mkdirSync(out, { recursive: true });
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];

function modulesOf(text) {
	if (typeof text !== "string") return text;
	return { "p.rego": text.startsWith("package") ? text : `package p\n\n${text}` };
}

for (const [group, rows] of Object.entries(cases)) {
	if (only !== undefined && only !== group) continue;
	const recorded = rows.map(([note, text, options = {}]) => {
		const modules = modulesOf(text);
		const dir = mkdtempSync(join(tmpdir(), "check-"));
		for (const [name, module] of Object.entries(modules)) writeFileSync(join(dir, name), module);
		const flags = [];
		if (options.v0) flags.push("--v0-compatible");
		if (options.strict) flags.push("--strict");
		if (options.maxErrors) flags.push("--max-errors", String(options.maxErrors));
		const args =
			options.query === undefined
				? ["check", "--format", "json", ...flags, ...Object.keys(modules)]
				: ["eval", "--format", "json", ...flags, "-d", "p.rego", options.query];
		const { stdout, stderr } = spawnSync(opa, args, { cwd: dir, encoding: "utf8" });
		rmSync(dir, { recursive: true });
		const text_ = options.query === undefined ? stderr || stdout : stdout;
		const errors = text_.trim() === "" ? [] : (JSON.parse(text_).errors ?? []);
		if (errors.some((e) => e.code === "rego_parse_error")) console.error(`${group}/${note}: ${JSON.stringify(errors)}`);
		return { note, modules, options, errors };
	});
	writeFileSync(join(out, `${group}.json`), `${JSON.stringify({ opa: version, cases: recorded }, null, "\t")}\n`);
	console.log(group, recorded.length, recorded.filter((r) => r.errors.length > 0).length);
}
