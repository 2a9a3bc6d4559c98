/**
 * `rego eval` against what the real `opa eval` answered (goldens, made by
 * conformance/tools/record-eval-goldens.js): exit code, standard output, standard error. Byte for
 * byte, but for OPA's descriptions of operands in details of type errors, measured times, the usage
 * text after an argument error, and the order of errors at one place, which OPA itself does not keep.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { knownDifferences } from "./known-differences.ts";
import { type Ran, runCli } from "./run-cli.ts";

interface Golden extends Ran {
	readonly args: readonly string[];
	readonly files?: Readonly<Record<string, string>>;
	readonly stdin?: string;
	readonly env?: Readonly<Record<string, string>>;
}

const folder = fileURLToPath(new URL("goldens/", import.meta.url));

for (const file of readdirSync(folder).sort()) {
	const { goldens } = JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as { goldens: Record<string, Golden> };
	describe(file.replace(".json", ""), () => {
		for (const [name, golden] of Object.entries(goldens)) {
			const difference = knownDifferences[name];
			test(difference === undefined ? name : `${name} differs: ${difference}`, async () => {
				const got = normalize(await runCli({ ...golden, args: ["eval", ...golden.args] }));
				const want = normalize(golden);
				if (difference === undefined) expect(got).toEqual(want);
				else expect(got).not.toEqual(want);
			});
		}
	});
}

test("every known difference names a golden", () => {
	const names = readdirSync(folder).flatMap((file) =>
		Object.keys((JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as { goldens: object }).goldens),
	);
	expect(Object.keys(knownDifferences).filter((n) => !names.includes(n))).toEqual([]);
	expect(names.length).toBeGreaterThanOrEqual(350);
});

function normalize({ exit, stdout, stderr }: Ran): Ran {
	const withoutUsage = stderr.replace(/^(Error: [^\n]*\n)Usage:\n.*$/s, "$1");
	return { exit, stdout: sortJsonErrors(zeroTimes(stdout)), stderr: sortErrorLines(withoutUsage) };
}

function zeroTimes(text: string): string {
	const table = text.includes("│ timer_");
	return text
		.replace(/("timer_\w+_ns": )\d+/g, "$10")
		.replace(/("(?:\d[\d.]*%|max|mean|median|min|stddev)": )[\d.e+]+/g, "$10")
		.replace(/^[│┌├└].*$/gm, (row) =>
			table ? row.replace(/\d[\d.e+]* *(?=│)/g, "0 ").replace(/[─ ]+/g, (s) => s[0] ?? "") : row,
		);
}

/** Errors of one place in a fixed order; the document otherwise as it was written. */
function sortJsonErrors(text: string): string {
	if (!/^\{\s*"errors"/.test(text)) return text;
	const document = JSON.parse(text, (key, v: unknown) =>
		key === "description" && typeof v === "string" ? undefined : v,
	) as { errors: { message: string; location?: { row: number; col: number } }[] };
	const key = (e: (typeof document.errors)[number]): string =>
		e.location === undefined ? "" : JSON.stringify([e.location, e.message]);
	if (document.errors.some((e) => e.location !== undefined)) document.errors.sort((a, b) => (key(a) < key(b) ? -1 : 1));
	return JSON.stringify(document, null, 2);
}

function sortErrorLines(text: string): string {
	const m = /^(.*\d+ errors occurred:\n)(.*)$/s.exec(text);
	if (m === null) return text;
	const blocks = (m[2] as string).trimEnd().split(/\n(?!\t)/);
	return `${m[1]}${blocks.sort().join("\n")}\n`;
}
