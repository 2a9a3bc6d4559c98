/** Files that are no UTF-8: Go's JSON takes what is no text for U+FFFD, and its YAML refuses it. Answers are opa's. */
import { describe, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

/** A text in Latin-1, where each character is a byte. */
const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const texts = [
	{ text: "a: \xff\xfe\n", problem: "yaml: invalid leading UTF-8 octet" },
	{ text: "a: \xe9t\xe9\nb: 1\n", problem: "yaml: invalid trailing UTF-8 octet" },
	{ text: "a: caf\xe9\n", problem: "yaml: incomplete UTF-8 octet sequence" },
	{ text: "a: \xc0\x80\n", problem: "yaml: invalid length of a UTF-8 sequence" },
	{ text: "a: \xed\xa0\x80\n", problem: "yaml: invalid Unicode character" },
	{ text: "\xe9: 1", problem: "yaml: invalid trailing UTF-8 octet" },
];

describe("rego eval", () => {
	for (const { text, problem } of texts) {
		test(`YAML: ${JSON.stringify(text)}`, async () => {
			const files = { "d.yaml": latin(text), "bundle/data.yml": latin(text) };
			const fails = { exit: 2, stdout: "" };
			expect(await runCli({ args: ["eval", "-d", "d.yaml", "data", "-f", "raw"], files })).toEqual({
				...fails,
				stderr: `1 error occurred: d.yaml: error converting YAML to JSON: ${problem}\n`,
			});
			expect(await runCli({ args: ["eval", "-i", "d.yaml", "input", "-f", "raw"], files })).toEqual({
				...fails,
				stderr: `unable to parse input: ${problem}\n`,
			});
			const bundled = await runCli({ args: ["eval", "-b", "bundle", "data", "-f", "raw"], files });
			expect(bundled).toMatchObject(fails);
			expect(bundled.stderr).toContain(problem);
		});
	}
	test("YAML in UTF-16", async () => {
		const files = { "d.yaml": latin("\xff\xfea\0:\0 \x001\0") };
		const answer = { exit: 0, stdout: '{"a":1}\n', stderr: "" };
		expect(await runCli({ args: ["eval", "-d", "d.yaml", "data", "-f", "raw"], files })).toEqual(answer);
		expect(await runCli({ args: ["eval", "-i", "d.yaml", "input", "-f", "raw"], files })).toEqual(answer);
	});
	test("JSON", async () => {
		const files = { "d.json": latin('{"a": "caf\xe9"}') };
		const answer = { exit: 0, stdout: '{"a":"caf\ufffd"}\n', stderr: "" };
		expect(await runCli({ args: ["eval", "-d", "d.json", "data", "-f", "raw"], files })).toEqual(answer);
		expect(await runCli({ args: ["eval", "-i", "d.json", "input", "-f", "raw"], files })).toEqual(answer);
	});
});
