/** Which version of Rego the runner reads a case file as. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { runCase } from "../../conformance/run-case.ts";

const v0Only = JSON.stringify({
	cases: [{ note: "n", query: "data.p.q = x", modules: ["package p\nq { true }"], want_result: [{ x: true }] }],
});

const rows: readonly {
	readonly note: string;
	readonly file: string;
	readonly given?: "v0" | "v1";
	readonly want: string;
	readonly assumed: boolean;
}[] = [
	{ note: "a folder named v0", file: "v0/a.json", want: "v0", assumed: false },
	{ note: "a folder named v1", file: "v1/a.json", want: "v1", assumed: false },
	{ note: "the innermost folder counts", file: "v1/v0/a.json", want: "v0", assumed: false },
	{ note: "no such folder: said to be assumed", file: "a.json", want: "v1", assumed: true },
	{ note: "no such folder, and the caller says it", file: "a.json", given: "v0", want: "v0", assumed: false },
	{ note: "the caller is right", file: "v1/a.json", given: "v0", want: "v0", assumed: false },
];

describe("the version of a case file", () => {
	for (const { note, file, given, want, assumed } of rows) {
		test(note, () => {
			const folder = mkdtempSync(join(tmpdir(), "cases-"));
			try {
				mkdirSync(dirname(join(folder, file)), { recursive: true });
				writeFileSync(join(folder, file), v0Only);
				const [c] = readCases([folder], given);
				if (c === undefined) throw new Error("no case");
				expect([c.regoVersion, c.versionAssumed]).toEqual([want, assumed]);
				expect(runCase(c, { timeMs: 10_000 }) === undefined).toBe(want === "v0");
			} finally {
				rmSync(folder, { recursive: true });
			}
		});
	}
});
