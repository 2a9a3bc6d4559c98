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

// `opa test --timeout 300ms` tells of the deadline, without a place.
test.each([[[]], [["-v"]], [["--format", "json"]]])("a test that takes too long, %j", async (flags) => {
	const files = {
		"slow_test.rego": `package slow_test

numbers_to(n) := numbers.range(1, n)

test_slow if {
	every i in numbers_to(100000) {
		every j in numbers_to(100000) { i * j > 0 }
	}
}
`,
	};
	const ran = await runCli({ args: ["test", ".", "--timeout", "20ms", ...flags], files });
	expect(ran.exit).toBe(2);
	if (flags.includes("json")) {
		const wanted = { code: "eval_cancel_error", message: "context deadline exceeded" };
		expect(JSON.parse(ran.stdout)).toMatchObject([{ name: "test_slow", error: wanted }]);
	} else expect(ran.stdout).toContain("\n  eval_cancel_error: context deadline exceeded\n");
});
