/** Compiled patterns are kept, but neither too many of them nor too large ones. */
import { beforeEach, describe, expect, test } from "vitest";
import { clearRegexCache, compileRegex } from "../../src/regex/regex.ts";

beforeEach(clearRegexCache);

/** Whether a pattern is still kept after others were compiled. */
function survives(others: readonly string[]): boolean {
	const first = compileRegex("^first$");
	for (const source of others) compileRegex(source);
	return compileRegex("^first$") === first;
}

const numbered = (n: number, length: number): string[] =>
	Array.from({ length: n }, (_, i) => `^${String(i).padStart(length, "x")}$`);

describe("kept patterns", () => {
	const rows: readonly { readonly note: string; readonly others: readonly string[]; readonly want: boolean }[] = [
		{ note: "nothing else was compiled", others: [], want: true },
		{ note: "a thousand small ones", others: numbered(1000, 8), want: true },
		{ note: "more small ones than two generations have room for", others: numbered(2100, 8), want: false },
		{ note: "few, but of less than the bytes there are", others: numbered(20, 10_000), want: true },
		{ note: "few, but of more bytes than two generations have room for", others: numbered(60, 10_000), want: false },
	];
	for (const { note, others, want } of rows) test(note, () => expect(survives(others)).toBe(want));

	test("one that is asked for again and again stays, whatever else comes", () => {
		const first = compileRegex("^first$");
		for (const source of numbered(60, 10_000)) {
			compileRegex(source);
			expect(compileRegex("^first$")).toBe(first);
		}
	});
});
