/** `rego test`: verdicts, output, exit codes, as recorded from `opa test` 1.20.2 (conformance/tools/record-test-goldens.js). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

interface Run {
	readonly args: readonly string[];
	readonly exit: number;
	readonly stdout?: string;
	/** In place of stdout, for JSON. */
	readonly results?: readonly unknown[];
	readonly stderr: string;
}

interface Suite {
	readonly note: string;
	readonly files: Readonly<Record<string, string>>;
	readonly runs: readonly Run[];
}

const suites = JSON.parse(readFileSync(new URL("test-goldens.json", import.meta.url), "utf8")) as readonly Suite[];

interface Named {
	readonly package: string;
	readonly name: string;
}

for (const { note, files, runs } of suites) {
	describe(note, () => {
		for (const run of runs) {
			test(["test", ...run.args].join(" "), async () => {
				const ran = await runCli({ args: ["test", ...run.args], files });
				expect(ran.exit).toBe(run.exit);
				if (run.results !== undefined) expect(resultsOf(ran.stdout)).toEqual(run.results);
				else expect(lines(ran.stdout)).toEqual(lines(run.stdout ?? ""));
				// The usage after an error is each program's own.
				expect(firstParagraph(ran.stderr)).toBe(firstParagraph(run.stderr));
			});
		}
	});
}

function resultsOf(stdout: string): readonly unknown[] {
	const results = JSON.parse(stdout) as readonly (Named & { readonly duration: number })[];
	const bare = results.map(({ duration, ...rest }) => {
		expect(duration).toBeGreaterThanOrEqual(0);
		return rest;
	});
	return bare.sort((a, b) => (a.package + a.name < b.package + b.name ? -1 : 1));
}

/** Without durations, in an order of their own: opa runs tests side by side. */
function lines(stdout: string): readonly string[] {
	return stdout
		.replace(/\(\d[\d.µmsh]*\)/g, "(0s)")
		.split("\n")
		.sort();
}

function firstParagraph(text: string): string {
	return (text.split("\nUsage:")[0] as string).replace(/\(\d[\d.µmsh]*\)/g, "(0s)");
}
