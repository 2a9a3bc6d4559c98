/** What names the version must agree: a tag publishes it (.github/workflows/publish.yml). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { version } from "../../src/version.ts";

const read = (file: string): { readonly version: string; readonly repository?: unknown; readonly homepage?: string } =>
	JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));

test("package.json, the lock and the code name one version", () => {
	expect(read("package.json").version).toBe(version);
	expect(read("package-lock.json").version).toBe(version);
	expect(readFileSync(new URL("../../CHANGELOG.md", import.meta.url), "utf8")).toContain(`## ${version}`);
});

test("npm is told where the sources are, which provenance needs", () => {
	const { repository, homepage } = read("package.json");
	expect(repository).toEqual({ type: "git", url: expect.stringMatching(/^git\+https:\/\/github\.com\/.+\.git$/) });
	expect(homepage).toMatch(/^https:/);
});
