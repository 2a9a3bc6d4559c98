/**
 * `rego eval` with --explain, --profile and --coverage against what the real `opa eval` tells (recorded by
 * conformance/tools/record-watch-goldens.js). Texts byte for byte, JSON as structures; not compared are measured
 * times, the order of variables in an event, which OPA does not keep, and the usage text after an argument error.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Ran, runCli } from "./run-cli.ts";

interface Goldens {
	readonly files: Readonly<Record<string, string>>;
	readonly goldens: Readonly<Record<string, Ran & { readonly args: readonly string[] }>>;
}

const { files, goldens } = JSON.parse(readFileSync(new URL("watch-goldens.json", import.meta.url), "utf8")) as Goldens;

interface Output {
	explanation?: { Locals: { name: string; value: unknown }[] | null }[];
	profile?: { total_time_ns: number }[];
	metrics?: unknown;
}

function normalize({ exit, stdout, stderr }: Ran): unknown {
	const text = stderr.replace(/^(Error: [^\n]*\n)Usage:\n.*$/s, "$1");
	if (!stdout.startsWith("{\n") || stdout.includes("\n| ")) return { exit, stdout, stderr: text };
	const document = JSON.parse(stdout) as Output;
	const key = (l: { name: string; value: unknown }): string => JSON.stringify([l.name, l.value]);
	for (const e of document.explanation ?? []) e.Locals?.sort((a, b) => (key(a) < key(b) ? -1 : 1));
	for (const p of document.profile ?? []) p.total_time_ns = 0;
	delete document.metrics;
	return { exit, document, stderr: text };
}

describe("what is told of an evaluation", () => {
	for (const [name, golden] of Object.entries(goldens)) {
		test(name, async () => {
			const got = await runCli({ args: ["eval", ...golden.args], files });
			expect(normalize(got)).toEqual(normalize(golden));
		});
	}

	test("there are as many as were recorded", () => {
		expect(Object.keys(goldens).length).toBeGreaterThanOrEqual(50);
	});
});
