/** The interactive shell on input that is not meant well; what it answers otherwise is among the recorded command lines. */
import { describe, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;

const rows: readonly { note: string; lines: readonly string[]; says: readonly string[] }[] = [
	{
		note: "names of JavaScript's objects",
		lines: ["__proto__ := 1", "__proto__", "constructor"],
		says: ["1", "var constructor is unsafe"],
	},
	{
		note: "a package of such a name",
		lines: ["package __proto__", "x := 1", "data.__proto__.x"],
		says: ["in package __proto__"],
	},
	{ note: "an answer that is too deep to be written", lines: [deep, "40 + 2"], says: ["too long to be written", "42"] },
	{ note: "a rule as deep", lines: [`x := ${deep}`, "40 + 2"], says: ["Rule 'x' defined", "42"] },
	{ note: "a comment behind a package", lines: ["package foo # c", "x := 1"], says: ["in package foo. Type"] },
	{
		note: "packages that are none",
		lines: ["package 1", "", "import 1", "", "40 + 2"],
		says: ["1:9: rego_parse_error", "42"],
	},
	{ note: "a null character", lines: ["\u0000", "", "40 + 2"], says: ["illegal null character", "42"] },
	{
		note: "rules that go in a circle",
		lines: ["p if true", "q if p", "p if q", "40 + 2"],
		says: ["rego_recursion_error", "42"],
	},
	{ note: "a conflict", lines: ["p := 1", "p = 2 if true", "p", "40 + 2"], says: ["eval_conflict_error", "42"] },
	{
		note: "a rule that others need cannot be taken away",
		lines: ["x := 1", "p if { x == 1 }", "unset x", "p", "package a.b", "y := [41]", "y[_] + 1"],
		says: ["1 error occurred: 1:8: rego_unsafe_var_error: var x is unsafe\ntrue\n", "42"],
	},
	{
		note: "commands that are not there",
		lines: ["types", "40 + 2"],
		says: ["types is not supported by this version of rego", "42"],
	},
];

describe("the shell goes on after", () => {
	for (const { note, lines, says } of rows) {
		test(note, async () => {
			const { exit, stdout, stderr } = await runCli({ args: ["run"], stdin: `${lines.join("\n")}\n` });
			expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
			for (const text of says) expect(stdout).toContain(text);
		});
	}
});

test("the end of a statement may be the end of the input", async () => {
	const { exit, stdout } = await runCli({ args: ["run"], stdin: "[1," });
	expect(exit).toBe(0);
	expect(stdout.endsWith("\n\n")).toBe(true);
});
