/** Hints on standard error: with --hints, or where a terminal is. Standard output stays OPA's. */
import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

const files = { "p.rego": "package p\n\nallow if inpt.user\n", "old.rego": "package q\n\nallow { input.x }\n" };

test("rego eval", async () => {
	const plain = await runCli({ args: ["eval", "-d", "p.rego", "data.p.allow"], files });
	const hinted = await runCli({ args: ["eval", "--hints", "-d", "p.rego", "data.p.allow"], files });
	expect(plain.stderr).toBe("");
	expect(hinted).toEqual({ ...plain, stderr: "hint: p.rego:3: did you mean input?\n" });
});

test("rego check, and errors of parsing", async () => {
	const { exit, stderr } = await runCli({ args: ["check", "--hints", "old.rego"], files });
	expect(exit).toBe(1);
	expect(stderr).toContain("`if` keyword is required before rule body");
	expect(stderr).toContain("hint: old.rego:3: this is Rego v0: write `if` before the body");
});

test("one for a mistake that is several errors", async () => {
	const { stderr } = await runCli({
		args: ["check", "--hints", "a.rego"],
		files: { "a.rego": "package a\nallow IF input.x" },
	});
	expect(stderr.match(/rego_parse_error/g)?.length).toBeGreaterThan(1);
	expect(stderr.match(/^hint: /gm)).toHaveLength(1);
});

test("of queries", async () => {
	const { stderr } = await runCli({ args: ["eval", "--hints", "True"] });
	expect(stderr).toBe("hint: 1:1: Rego spells it true\n");
});

test("of data that cannot be merged", async () => {
	const data = { "a.json": '{"r": {"x": 1}}', "b.json": '{"r": {"x": {}}}' };
	const { stderr } = await runCli({ args: ["eval", "--hints", "-d", "a.json", "-d", "b.json", "data"], files: data });
	expect(stderr).toContain("hint: data.r.x is in a.json, too, and only objects are merged\n");
});
