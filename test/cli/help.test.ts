/** Help, completion, and what was probably meant. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { didYouMean } from "../../src/cli/did-you-mean.ts";
import { commands as known } from "../../src/cli/main.ts";
import { runCli } from "./run-cli.ts";

const overview = (await runCli({ args: ["--help"] })).stdout;
const shown = [...overview.matchAll(/^ {2}([a-z]+) {2}/gm)].map((m) => m[1] ?? "");
const commands = Object.keys(known);

describe("every command has help with an example of itself", () => {
	test("the overview shows each of them once", () => {
		expect([...shown].sort()).toEqual([...commands].sort());
		expect(commands).toContain("refactor");
	});
	for (const command of commands) {
		test(command, async () => {
			const { exit, stdout } = await runCli({ args: ["help", command] });
			expect(exit).toBe(0);
			expect(stdout).toContain("Usage:\n  rego ");
			const example = stdout.split("\nExample:\n  ")[1] ?? "";
			expect(example).toContain(`rego ${command}`);
			// The agent's commands have help of their own.
			if (command !== "agent") expect((await runCli({ args: [command, "--help"] })).stdout).toBe(stdout);
		});
	}
});

describe("did you mean", () => {
	const rows: readonly (readonly [string, string | undefined])[] = [
		["evla", "eval"],
		["tset", "test"],
		["capabilites", "capabilities"],
		["insp", "inspect"],
		["x", undefined],
		["constructor", undefined],
	];
	for (const [written, meant] of rows) {
		test(`${written}: ${meant}`, async () => {
			expect(didYouMean(written, commands)).toBe(meant);
			const { exit, stderr } = await runCli({ args: [written] });
			expect(exit).toBe(1);
			expect(stderr.startsWith(`Error: unknown command "${written}" for "rego"\n`)).toBe(true);
			if (meant === undefined) expect(stderr).not.toContain("Did you mean");
			else expect(stderr).toContain(`Did you mean this?\n\t${meant}\n`);
		});
	}
	test("a flag", async () => {
		const { exit, stderr } = await runCli({ args: ["eval", "--fromat", "raw", "1"] });
		expect(exit).toBe(1);
		expect(stderr).toMatch(/^Error: unknown flag: --fromat\n\nDid you mean this\?\n\t--format\n/);
	});
});

describe("completion", () => {
	test("of commands", async () => {
		expect((await runCli({ args: ["__complete"] })).stdout.trim().split("\n")).toEqual(commands);
	});
	test("of flags", async () => {
		const flags = (await runCli({ args: ["__complete", "check", "x.rego"] })).stdout.split("\n");
		expect(flags).toContain("--target");
		expect(flags).toContain("--help");
	});
	test("of nothing known", async () => {
		expect((await runCli({ args: ["__complete", "constructor"] })).stdout).toBe("");
	});
	for (const shell of ["bash", "zsh", "fish"]) {
		test(`${shell} reads its script`, async () => {
			const { exit, stdout } = await runCli({ args: ["completion", shell] });
			expect(exit).toBe(0);
			expect(stdout).toContain("rego __complete");
			const read = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
			if (read.error === undefined) expect(read.stderr).toBe("");
		});
	}
	test("bash completes a command", async () => {
		const { stdout } = await runCli({ args: ["completion", "bash"] });
		const script = `rego() { printf 'inspect\\neval\\n'; }\n${stdout}\nCOMP_WORDS=(rego ins); COMP_CWORD=1; _rego; echo "\${COMPREPLY[@]}"`;
		const ran = spawnSync("bash", ["-c", script], { encoding: "utf8" });
		if (ran.error === undefined) expect(ran.stdout).toBe("inspect\n");
	});
	test("of an unknown shell", async () => {
		const { exit, stderr } = await runCli({ args: ["completion", "tcsh"] });
		expect(exit).toBe(1);
		expect(stderr).toContain("Error: specify one shell: bash, zsh, fish");
	});
});
