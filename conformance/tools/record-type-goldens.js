/**
 * Records what the real type checker says of the modules in type-cases.js:
 *     node conformance/tools/record-type-goldens.js OPA [group]
 * writes test/compiler/type-goldens/<group>.json: [{ note, modules, options, errors, text }], errors as
 * OPA gives them in JSON but for its descriptions of operands, text as it prints them. Recorded with
 * OPA v1.20.2.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cases } from "./type-cases.js";

const [opa, only] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-type-goldens.js OPA [group]");
	process.exit(1);
}
const out = join(dirname(fileURLToPath(import.meta.url)), "../../test/compiler/type-goldens");
mkdirSync(out, { recursive: true });
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];

function modulesOf(text) {
	if (typeof text !== "string") return text;
	return { "p.rego": /^(#.*\n|\n)*package/.test(text) ? text : `package p\n\n${text}` };
}

function withoutDescriptions(x) {
	if (Array.isArray(x)) return x.map(withoutDescriptions);
	if (x === null || typeof x !== "object") return x;
	const entries = Object.entries(x).filter(([k, v]) => k !== "description" || typeof v !== "string");
	return Object.fromEntries(entries.map(([k, v]) => [k, withoutDescriptions(v)]));
}

for (const [group, rows] of Object.entries(cases)) {
	if (only !== undefined && only !== group) continue;
	const recorded = rows.flatMap(([note, text, options = {}]) => {
		const modules = modulesOf(text);
		const dir = mkdtempSync(join(tmpdir(), "types-"));
		for (const [name, module] of Object.entries(modules)) writeFileSync(join(dir, name), module);
		const flags = ["--max-errors", "100"];
		if (options.v0) flags.push("--v0-compatible");
		if (options.schemas !== undefined) {
			for (const [name, schema] of Object.entries(options.schemas)) {
				const file = join(dir, "schemas", name);
				mkdirSync(dirname(file), { recursive: true });
				writeFileSync(file, JSON.stringify(schema));
			}
			flags.push("-s", "schema.json" in options.schemas ? "schemas/schema.json" : "schemas");
		}
		const run = (format) => {
			const args =
				options.query === undefined
					? ["check", "--format", format, ...flags, ...Object.keys(modules)]
					: [
							"eval",
							"--format",
							format,
							...flags.slice(2),
							...Object.keys(modules).flatMap((m) => ["-d", m]),
							options.query,
						];
			const { stdout, stderr } = spawnSync(opa, args, { cwd: dir, encoding: "utf8" });
			return format === "json" && options.query !== undefined ? stdout : stderr || stdout;
		};
		const json = run("json");
		if (json.startsWith("runtime:")) {
			console.error(`${group}/${note}: OPA itself does not survive this, left out`);
			return [];
		}
		const errors = json.trim() === "" ? [] : (JSON.parse(json).errors ?? []);
		const shown = errors.length === 0 || options.query !== undefined ? "" : run("pretty").trimEnd();
		rmSync(dir, { recursive: true });
		if (errors.some((e) => e.code !== "rego_type_error")) console.error(`${group}/${note}: ${JSON.stringify(errors)}`);
		return [{ note, modules, options, errors: withoutDescriptions(errors), text: shown }];
	});
	writeFileSync(join(out, `${group}.json`), `${JSON.stringify({ opa: version, cases: recorded }, null, "\t")}\n`);
	console.log(group, recorded.length, recorded.filter((r) => r.errors.length > 0).length);
}
