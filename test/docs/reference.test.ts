/** docs/reference.md has every export, every export is documented, and docs/api.md speaks of all that matter. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { referencePage } from "../../scripts/reference-page.ts";
import * as api from "../../src/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = referencePage(`${root}/dist/types`);

test("every export has documentation", () => expect(page.undocumented).toEqual([]));

test("docs/reference.md is what npm run docs would write, after a build", () => {
	expect(readFileSync(`${root}/docs/reference.md`, "utf8")).toBe(page.text);
});

test("nothing is missing from it", () => {
	const regoplan = page.text.slice(page.text.indexOf("## regoplan\n"), page.text.indexOf("## regoplan/core"));
	const titles = new Set([...regoplan.matchAll(/^### (\w+)$/gm)].map((m) => m[1]));
	for (const name of Object.keys(api)) expect(titles).toContain(name);
	for (const name of ["Policy", "Decision", "CompileOptions", "JsonValue", "Evaluation", "QueryRow"])
		expect(titles).toContain(name);
});

test("docs/api.md names every value the package exports", () => {
	const guide = readFileSync(`${root}/docs/api.md`, "utf8");
	expect(Object.keys(api).filter((name) => !new RegExp(`\\b${name}\\b`).test(guide))).toEqual([]);
});
