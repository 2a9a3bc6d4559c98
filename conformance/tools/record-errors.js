/**
 * Records the errors OPA gives for error-cases.js: node conformance/tools/record-errors.js ORACLE
 *
 * ORACLE is the program built from conformance/differential/oracle. Writes conformance/cases/v1/errors/
 * <topic>.json in OPA's case format, plus `want_errors`: every error with its place. Recorded with OPA v1.20.2.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { errorCases } from "./error-cases.js";

const [oracle] = process.argv.slice(2);
if (oracle === undefined) {
	console.error("usage: node conformance/tools/record-errors.js ORACLE");
	process.exit(2);
}
const out = join(dirname(fileURLToPath(import.meta.url)), "../cases/v1/errors");
mkdirSync(out, { recursive: true });

/** Files are named as the runner names them. */
function placed({ file, ...error }) {
	return file === undefined ? error : { ...error, file: file.replace(/^m(\d+)\.rego$/, "test-$1.rego") };
}

for (const [topic, rows] of Object.entries(errorCases)) {
	const cases = rows.map(
		([note, text, { query = "data.test.p = x", input, data, strict = false, places = true } = {}]) => {
			const modules = [text.startsWith("package") ? text : `package test\n\n${text}\n`];
			const question = { modules, queries: [query], data: data ?? {}, strict, millis: 5000 };
			if (input !== undefined) question.input = input;
			const { stdout } = spawnSync(oracle, [], { input: `${JSON.stringify(question)}\n`, encoding: "utf8" });
			const reply = JSON.parse(stdout);
			const answer = reply.errors === undefined ? reply.answers[0] : reply;
			const c = { note, query, modules };
			if (input !== undefined) c.input = input;
			if (data !== undefined) c.data = data;
			if (strict) c.strict_error = true;
			if (answer.errors === undefined) {
				c.want_result = (answer.rows ?? []).map((row) => ("b:x" in row ? { x: plain(JSON.parse(row["b:x"])) } : {}));
			} else {
				c.want_error_code = answer.errors[0].code;
				if (places || !c.note.startsWith("yaml")) c.want_error = answer.errors[0].message;
				if (places) c.want_errors = answer.errors.map(placed);
			}
			return c;
		},
	);
	writeFileSync(join(out, `${topic}.json`), `${JSON.stringify({ cases }, null, "\t")}\n`);
	console.log(topic, cases.length, cases.filter((c) => c.want_errors !== undefined).length);
}

/** The oracle's way of writing values, as plain JSON. */
function plain(v) {
	if (!Array.isArray(v)) return v;
	const [tag, ...items] = v;
	return tag === "o" ? Object.fromEntries(items.map(([k, x]) => [plain(k), plain(x)])) : items.map(plain);
}
