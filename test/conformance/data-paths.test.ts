/** Cases are compiled as OPA's own runner compiles them; what only its command line checks is checked where a case wants it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { runCase } from "../../conformance/run-case.ts";

const data = { test: { p: { a: 1 }, r: 3 } };
const modules = ["package test\n\np := 1\nq := 2"];
const message = "conflicting rule for data path test/p found";

test.each([
	["base data win over a rule at their path", { want_result: [{ x: { p: { a: 1 }, q: 2, r: 3 } }] }, undefined],
	["the command's error", { want_error_code: "rego_compile_error", want_error: message }, undefined],
	["another answer fails", { want_result: [{ x: 1 }] }, expect.stringContaining("wanted")],
])("%s", (note, wants, problem) => {
	const folder = mkdtempSync(join(tmpdir(), "cases-"));
	try {
		const c = { note, query: "data.test = x", modules, data, ...wants };
		writeFileSync(join(folder, "case.json"), JSON.stringify({ cases: [c] }));
		const problems = readCases([folder], "v1").map((x) => runCase(x, { timeMs: undefined }));
		expect(problems).toEqual([problem]);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
