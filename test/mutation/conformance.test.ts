/**
 * The conformance cases as tests, for mutation testing: `npm test` runs them with the runner, which needs the
 * build. Each case is one test, so that a mutant is asked only the cases that reach it.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Case, readCases } from "../../conformance/cases.ts";
import { type CaseOptions, runCase } from "../../conformance/run-case.ts";
import { readSuperseded, supersede } from "../../conformance/superseded.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { generated } from "../../src/eval/generated/generated.ts";
import { builtAhead } from "../eval/backends.ts";

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const folders = [path("conformance/cases"), path("../shared/opa-cases/v1")].filter(existsSync);
const superseded = readSuperseded(path("conformance/superseded.json"));

const ways: Readonly<Record<string, CaseOptions>> = {
	closures: { backend: closures, timeMs: 10_000 },
	js: { backend: generated, timeMs: 10_000 },
	"js without limits": { backend: generated, timeMs: undefined },
	aot: { backend: builtAhead, timeMs: 10_000 },
};

for (const [name, options] of Object.entries(ways)) {
	describe(name, () => {
		for (const given of readCases(folders)) {
			const c: Case = supersede(given, superseded);
			test.skipIf(c.skip !== undefined)(c.id, () => expect(runCase(c, options)).toBe(undefined));
		}
	});
}
