/** `rego fmt`: what is written where, and exit codes, as recorded from `opa fmt` 1.20.2. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { runCli } from "./run-cli.ts";

const files = {
	"a.rego": "package a\np:=1\n",
	"sub/b.rego": "package b\n\np := 1\n",
	"c.rego": "package c\np { true }\n",
	"t.txt": "x\n",
};
const noIf =
	"failed to format Rego source file: 1 error occurred: c.rego:2: rego_parse_error: `if` keyword is required before rule body\n";

interface Row {
	readonly args: readonly string[];
	readonly stdin?: string;
	readonly exit: number;
	readonly stdout?: string;
	readonly stderr?: string;
}

const rows: readonly Row[] = [
	{ args: ["a.rego"], exit: 0, stdout: "package a\n\np := 1\n" },
	{ args: ["sub"], exit: 0, stdout: "package b\n\np := 1\n" },
	{ args: ["-l", "."], exit: 2, stdout: "a.rego\n", stderr: noIf },
	{ args: ["-l", "a.rego", "sub"], exit: 0, stdout: "a.rego\n" },
	{
		args: ["-d", "a.rego"],
		exit: 0,
		stdout: "package a\n\u001b[32m\u001b[0m\n\u001b[32m\u001b[0mp\u001b[32m \u001b[0m:=\u001b[32m \u001b[0m1\n\n",
	},
	{ args: ["--fail", "a.rego"], exit: 2, stderr: "unexpected diff\n" },
	{ args: ["--fail", "-l", "."], exit: 2, stdout: "a.rego\n", stderr: "unexpected diff\n" },
	{ args: ["--fail", "-d", "sub/b.rego"], exit: 0 },
	{ args: ["c.rego"], exit: 2, stderr: noIf },
	{ args: ["--v0-compatible", "c.rego"], exit: 0, stdout: "package c\n\np = true\n" },
	{ args: ["--v0-v1", "c.rego"], exit: 0, stdout: "package c\n\nimport rego.v1\n\np := true\n" },
	{ args: ["t.txt"], exit: 0 },
	{ args: ["nope"], exit: 1, stderr: "lstat nope: no such file or directory\n" },
	{
		args: [],
		stdin: "package a\np{",
		exit: 1,
		stderr: "1 error occurred: stdin:2: rego_parse_error: unexpected eof token\n\tp{\n\t ^\n",
	},
	{ args: [], stdin: "package a\np:=1", exit: 0, stdout: "package a\n\np := 1\n" },
];

describe("rego fmt", () => {
	for (const { args, stdin = "", exit, stdout = "", stderr = "" } of rows) {
		test(["fmt", ...args].join(" "), async () => {
			const ran = await runCli({ args: ["fmt", ...args], files, stdin });
			expect(ran).toEqual({
				exit,
				stdout,
				stderr,
			});
		});
	}

	test("-w writes in place and keeps the mode", async () => {
		const cwd = mkdtempSync(join(tmpdir(), "rego-fmt-"));
		try {
			writeFileSync(join(cwd, "a.rego"), files["a.rego"], { mode: 0o600 });
			const io = { stdout: () => {}, stderr: () => {}, stdin: () => new Uint8Array(), cwd, env: {} };
			expect(await main(["fmt", "-w", "a.rego"], io)).toBe(0);
			expect(readFileSync(join(cwd, "a.rego"), "utf8")).toBe("package a\n\np := 1\n");
			expect(statSync(join(cwd, "a.rego")).mode & 0o777).toBe(0o600);
		} finally {
			rmSync(cwd, { recursive: true });
		}
	});
});
