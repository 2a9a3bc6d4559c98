/**
 * Asks the real opa about the project's own cases: node conformance/tools/verify-cases.js OPA [--write] [FILE...]
 *
 * Each case of these files, or of all below conformance/cases is evaluated with `opa eval` (--v0-compatible below v0) and its
 * wants are compared with the answer; with --write, cases without a want get the answer as theirs.
 * The answers here are those of OPA v1.20.2.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import YAML from "yaml";

const [opa, ...rest] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/verify-cases.js OPA [--write] [FILE...]");
	process.exit(2);
}
const write = rest.includes("--write");
const named = rest.filter((a) => a !== "--write");
const root = join(dirname(fileURLToPath(import.meta.url)), "../cases");

function files(path) {
	if (!statSync(path).isDirectory()) return /\.(json|yaml)$/.test(path) ? [path] : [];
	return readdirSync(path).flatMap((name) => files(join(path, name)));
}

/** What opa answers: { want_result } or { want_error_code, want_error }. */
function ask(c, v0) {
	const dir = mkdtempSync(join(tmpdir(), "case-"));
	const args = ["eval", "-f", "json"];
	if (v0) args.push("--v0-compatible");
	if (c.strict_error) args.push("--strict-builtin-errors");
	(c.modules ?? []).forEach((text, i) => {
		writeFileSync(join(dir, `test-${i}.rego`), text);
		args.push("-d", `test-${i}.rego`);
	});
	if (c.data !== undefined) {
		writeFileSync(join(dir, "data.json"), JSON.stringify(c.data));
		args.push("-d", "data.json");
	}
	if (c.input_term !== undefined) {
		const term = spawnSync(opa, ["eval", "-f", "raw", c.input_term], { encoding: "utf8" });
		writeFileSync(join(dir, "input.json"), term.stdout);
		args.push("-i", "input.json");
	} else if (c.input !== undefined) {
		writeFileSync(join(dir, "input.json"), JSON.stringify(c.input));
		args.push("-i", "input.json");
	}
	const run = spawnSync(opa, [...args, "--", c.query], {
		cwd: dir,
		encoding: "utf8",
		env: { ...process.env, ...c.env },
	});
	rmSync(dir, { recursive: true });
	if (run.stdout === "") throw new Error(`${c.note}: opa printed nothing: ${run.stderr.slice(0, 300)}`);
	const out = JSON.parse(run.stdout);
	if (out.errors !== undefined) {
		return { want_error_code: out.errors[0].code, want_error: out.errors[0].message, errors: out.errors };
	}
	return { want_result: (out.result ?? []).map((r) => r.bindings ?? {}) };
}

function sortRows(rows, sortBindings) {
	const normal = rows.map((row) => {
		const entries = Object.entries(row).map(([k, v]) => {
			return [
				k,
				sortBindings && Array.isArray(v) ? [...v].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : v,
			];
		});
		return Object.fromEntries(entries.sort());
	});
	const texts = new Map(normal.map((row) => [JSON.stringify(row), row]));
	return [...texts.keys()].sort().map((k) => texts.get(k));
}

let checked = 0;
let wrong = 0;
for (const file of named.length > 0 ? named : files(root)) {
	const v0 = /[\\/]v0[\\/]/.test(file);
	const text = readFileSync(file, "utf8");
	const document = YAML.parse(text);
	let changed = false;
	for (const c of document.cases) {
		const answer = ask(c, v0);
		checked++;
		const wants = c.want_result !== undefined || c.want_error_code !== undefined || c.want_error !== undefined;
		if (!wants && write) {
			if (answer.want_result !== undefined) c.want_result = answer.want_result;
			else {
				c.want_error_code = answer.want_error_code;
				c.want_error = answer.want_error;
			}
			changed = true;
			continue;
		}
		const fine =
			c.want_result !== undefined
				? answer.want_result !== undefined &&
					isDeepStrictEqual(sortRows(c.want_result, c.sort_bindings), sortRows(answer.want_result, c.sort_bindings))
				: (answer.errors ?? []).some(
						(e) =>
							(c.want_error_code === undefined || e.code === c.want_error_code) &&
							(c.want_error === undefined || e.message.includes(c.want_error)),
					);
		if (!fine) {
			wrong++;
			const { errors: _, ...shown } = answer;
			console.log(`${file}: ${c.note}: opa answers ${JSON.stringify(shown)}`);
		}
	}
	if (changed) {
		const head = text.match(/^(?:#.*\n)*/)[0];
		writeFileSync(
			file,
			head + YAML.stringify(document, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false }),
		);
	}
}
console.log(`${checked} cases checked, ${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 1);
