/** Values that share their parts: small in memory, and without end as a text. */
import { expect, test } from "vitest";
import { LimitError } from "../../src/limit-error.ts";
import { toJson } from "../../src/value/json.ts";
import { canonicalKey } from "../../src/value/key.ts";
import { termText } from "../../src/value/term-text.ts";
import type { Value } from "../../src/value/value.ts";

function doubled(times: number): Value {
	let v: Value = [1, "a"];
	for (let i = 0; i < times; i++) v = [v, v];
	return v;
}

test.each([
	["JSON", toJson],
	["indented JSON", (v: Value) => toJson(v, { indent: "  " })],
	["a key", canonicalKey],
	["text for people", termText],
] as const)("%s", { timeout: 120_000 }, (_, write) => {
	expect(() => write(doubled(60))).toThrow(LimitError);
	expect(String(write(doubled(4)))).toContain("a");
});
