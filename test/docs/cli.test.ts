/**
 * The examples of docs/cli.md are run on the files that it shows, and print what stands there. `UPDATE_DOCS=1 npx vitest
 * run test/docs/cli.test.ts` writes the outputs anew.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/main.ts";
import { runCli } from "../cli/run-cli.ts";

const file = new URL("../../docs/cli.md", import.meta.url);
const page = readFileSync(file, "utf8");
const block = /^```(\w+) ?([^\n]*)\n(.*?)^```$/gms;

const files = Object.fromEntries(
	[...page.matchAll(block)].filter((m) => m[1] !== "console").map((m) => [m[2] ?? "", m[3] ?? ""]),
);
const examples = [...page.matchAll(block)].filter((m) => m[1] === "console");

for (const [whole, , note, text] of examples) {
	const [command = "", ...lines] = (text ?? "").split("\n");
	test(command, async () => {
		const [program, ...args] = command.replace(/^\$ /, "").split(" ");
		expect(program).toBe("rego");
		const { exit, stdout, stderr } = await runCli({ args, files });
		expect([0, 1]).toContain(exit);
		if (note === "output varies") {
			expect(stdout).not.toBe("");
			return;
		}
		const output = `${stdout}${stderr}`.replace(/"decision_id": "[^"]*"/, '"decision_id": "…"');
		const shown = output === "" || output.endsWith("\n") ? output : `${output}\n`;
		if (process.env["UPDATE_DOCS"] === "1") {
			const now = readFileSync(file, "utf8");
			writeFileSync(
				file,
				now.replace(whole, () => `\`\`\`console\n${command}\n${shown}\`\`\``),
			);
		} else expect(lines.join("\n")).toBe(shown);
	});
}

test("each command of opa's has a section", () => {
	const sections = [...page.matchAll(/^## (.*)$/gm)].flatMap((m) =>
		(m[1] ?? "").split(", ").map((s) => s.split(" ")[0]),
	);
	const commands =
		"bench build capabilities check completion deps eval exec fmt inspect parse refactor run sign test version";
	expect(commands.split(" ").filter((c) => !sections.includes(c))).toEqual([]);
});

test("each format of a command is in its section", async () => {
	const missing: string[] = [];
	for (const [name, { flags }] of Object.entries(commands)) {
		const [, listed] = /--format \{([^}]*)\}/.exec((await flags?.()) ?? "") ?? [];
		const section = new RegExp(`^## (?:.*, )?${name}\\b.*\\n([^]*?)(?=^## )`, "m").exec(`${page}\n## `)?.[1] ?? "";
		for (const format of listed?.split(",") ?? [])
			if (!section.includes(`\`${format}\``)) missing.push(`${name}: ${format}`);
	}
	expect(missing).toEqual([]);
});

test("command lines recorded with the real opa: at least 250 in all, and of eval alone more", () => {
	const count = (folder: string): number =>
		readdirSync(new URL(`../cli/${folder}/`, import.meta.url)).reduce((sum, name) => {
			const text = readFileSync(new URL(`../cli/${folder}/${name}`, import.meta.url), "utf8");
			return sum + Object.keys((JSON.parse(text) as { goldens: object }).goldens).length;
		}, 0);
	const suites = JSON.parse(readFileSync(new URL("../cli/test-goldens.json", import.meta.url), "utf8")) as readonly {
		runs: readonly unknown[];
	}[];
	const ofTest = suites.reduce((sum, s) => sum + s.runs.length, 0);
	expect(count("goldens")).toBeGreaterThanOrEqual(350);
	expect(count("command-goldens")).toBeGreaterThanOrEqual(215);
	expect(count("goldens") + count("command-goldens") + ofTest).toBeGreaterThanOrEqual(600);
});

test("every command says what its exit codes are", () => {
	const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
	const sections = page.split(/^## /m).slice(1);
	expect(sections.length).toBeGreaterThan(15);
	const silent = sections.filter((s) => !s.includes("\nExit code: ")).map((s) => s.slice(0, s.indexOf("\n")));
	expect(silent).toEqual([]);
});
