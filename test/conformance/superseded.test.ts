/** Superseding answers: which cases they are for, and that everything else is judged as it stands. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { readExpectedFailures, summarize } from "../../conformance/report.ts";
import { runCase } from "../../conformance/run-case.ts";
import { readSuperseded, supersede } from "../../conformance/superseded.ts";

const path = (file: string): string => fileURLToPath(new URL(`../../conformance/${file}`, import.meta.url));

function inFolder<T>(files: Readonly<Record<string, string>>, f: (folder: string) => T): T {
	const folder = mkdtempSync(join(tmpdir(), "cases-"));
	try {
		for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
		return f(folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const cases = JSON.stringify({
	cases: [
		{ note: "old", query: "x = 2", want_result: [{ x: 1 }] },
		{ note: "old error", query: "x = 2", want_error_code: "eval_builtin_error" },
		{ note: "right", query: "x = 2", want_result: [{ x: 2 }] },
		{ note: "wrong", query: "x = 2", want_result: [{ x: 3 }] },
	],
});
const list = ["old", "old error", "right"].map((note) => ({
	case: `v1/t: ${note}`,
	reason: "newer",
	want_result: [{ x: 2 }],
}));

describe("superseding", () => {
	test("takes the place of what the case wants, where that is something else", () => {
		inFolder({ "t.json": cases, "list.json": JSON.stringify(list) }, (folder) => {
			const superseded = readSuperseded(join(folder, "list.json"));
			const all = readCases([join(folder, "t.json")]);
			const judged = all.map((c) => supersede(c, superseded));
			expect(judged.map((c, i) => c !== all[i])).toEqual([true, true, false, false]);
			expect(judged.map((c) => runCase(c, { timeMs: 1000 }) === undefined)).toEqual([true, true, true, false]);
		});
	});
	const broken: readonly (readonly [note: string, text: string, message: string])[] = [
		["no list", "{}", "not a list"],
		["no reason", '[{"case": "a", "reason": " ", "want_result": []}]', "each entry needs a case and a reason"],
		["no rows", '[{"case": "a", "reason": "b"}]', "a has no rows"],
		["rows that are none", '[{"case": "a", "reason": "b", "want_result": [1]}]', "a has no rows"],
		["the same case twice", JSON.stringify([list[0], list[0]]), "is listed twice"],
	];
	for (const [note, text, message] of broken) {
		test(`refuses ${note}`, () => {
			inFolder({ "list.json": text }, (folder) => {
				expect(() => readSuperseded(join(folder, "list.json"))).toThrow(message);
			});
		});
	}
	test("the list of the project can be read; no failure is expected", () => {
		expect(readSuperseded(path("superseded.json")).map((e) => e.case)).toEqual([
			"v1/reachable: reachable_paths/cycle_1022_3",
		]);
		expect(readExpectedFailures(path("expected-failures.json"))).toEqual([]);
	});
});

test("an expected failure that passes is a failure, one that fails is skipped", () => {
	inFolder({ "t.json": cases }, (folder) => {
		const all = readCases([join(folder, "t.json")]);
		const outcomes = all.map((c) => ({ case: c, problem: runCase(c, { timeMs: 1000 }), skipped: undefined, ms: 0 }));
		const expected = ["old", "right"].map((note) => ({ case: `v1/t: ${note}`, reason: "why" }));
		const { statuses, total } = summarize(outcomes, expected);
		expect(statuses).toEqual(["failed as expected", "failed", "passed unexpectedly", "failed"]);
		expect(total).toEqual({ passed: 0, failed: 3, skipped: 1, expected: 1 });
	});
});
