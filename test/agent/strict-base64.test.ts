/** Base64 in the gate: the canonical spelling and no other, however long. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { strictBase64 } from "../../src/agent/policy/strict-base64.ts";
import { compile } from "../../src/index.ts";

const policy = compile(
	{
		"p.rego": `package p
valid := base64.is_valid(input)
standard := base64.decode(input)
url := base64url.decode(input)`,
	},
	{ builtins: strictBase64 },
);
const valid = (text: string): unknown => policy.evaluate("data.p.valid", text).value;
const standard = (text: string): unknown => policy.evaluate("data.p.standard", text).value;
const url = (text: string): unknown => policy.evaluate("data.p.url", text).value;

const rows: readonly (readonly [text: string, standard: string | undefined, url: string | undefined])[] = [
	["", "", ""],
	["YQ==", "a", "a"],
	["YWI=", "ab", "ab"],
	["YWJj", "abc", "abc"],
	["YQ", undefined, "a"],
	["YWI", undefined, "ab"],
	// Bits left over.
	["YR==", undefined, undefined],
	["YWJ=", undefined, undefined],
	["YR", undefined, undefined],
	["YWJ", undefined, undefined],
	// Too little, too much, in the wrong place.
	["Y", undefined, undefined],
	["Y===", undefined, undefined],
	["YQ=", undefined, undefined],
	["YWI==", undefined, undefined],
	["YWJj=", undefined, undefined],
	["YWJj====", undefined, undefined],
	["=", undefined, undefined],
	["==", undefined, undefined],
	["YQ==YQ==", undefined, undefined],
	["YW\nJj", undefined, undefined],
	["YQ==\n", undefined, undefined],
	[" YQ==", undefined, undefined],
	["YW€j", undefined, undefined],
	["Pz8/", "???", undefined],
	["Pz8_", undefined, "???"],
];

test.each(rows)("%j", (text, asStandard, asUrl) => {
	expect([standard(text), url(text), valid(text)]).toEqual([asStandard, asUrl, asStandard !== undefined]);
});

describe("a text of 24 MB", () => {
	const text = Buffer.alloc(18_000_000, "abc").toString("base64");
	test("is judged", () => {
		expect([valid(text), valid(`${text}=`), valid(`${text.slice(0, -1)}\n`)]).toEqual([true, false, false]);
		expect([valid("=".repeat(24_000_000)), valid(`${"A".repeat(24_000_000)}*`)]).toEqual([false, false]);
	});
});

test("what encoders write is canonical, whatever its length", () => {
	for (let length = 0; length < 100; length++) {
		const bytes = randomBytes(length);
		expect(valid(bytes.toString("base64"))).toBe(true);
	}
});
