/**
 * 12,000 texts near Rego (modules, sets of modules, queries) with what OPA 1.20.2 says of each: code, message
 * and place of every error, in its order where it has one (conformance/texts). Those marked still differ; one
 * that no longer does is to be recorded anew.
 */
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { isSame, type TextError, verdict } from "../../conformance/texts/verdict.ts";

type Line = [mark: string, modules: string[], query: string | null, ...errors: TextError[]];

const packed = readFileSync(new URL("../../conformance/texts/recorded.jsonl.br", import.meta.url));
const lines = brotliDecompressSync(packed).toString().trimEnd().split("\n");

test("every text gets OPA's verdict", () => {
	const wrong: string[] = [];
	let marked = 0;
	for (const line of lines) {
		const [mark, modules, query, ...want] = JSON.parse(line) as Line;
		const got = verdict({ v0: mark.startsWith("v0"), modules, query: query ?? undefined });
		const differs = mark.endsWith("differs");
		if (differs) marked++;
		if (isSame(got, want) === differs) wrong.push(`${line}\nours: ${JSON.stringify(got)}`);
	}
	expect(wrong.slice(0, 3)).toEqual([]);
	expect(lines.length).toBeGreaterThan(11_000);
	expect(marked).toBeLessThan(40);
});
