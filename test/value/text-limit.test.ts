/** Values that share their parts: small in memory, and without end as a text. */
import { expect, test } from "vitest";
import { LimitError } from "../../src/limit-error.ts";
import { toJson } from "../../src/value/json.ts";
import { canonicalKey } from "../../src/value/key.ts";
import { termText } from "../../src/value/term-text.ts";
import type { Value } from "../../src/value/value.ts";

/** The longer its strings, the fewer of them a text has room for, and the sooner it ends. */
function doubled(times: number, length: number): Value {
	let v: Value = [1, "a".repeat(length)];
	for (let i = 0; i < times; i++) v = [v, v];
	return v;
}

test.each([
	["JSON", toJson],
	["indented JSON", (v: Value) => toJson(v, { indent: "  " })],
	["a key", canonicalKey],
	["text for people", termText],
] as const)("%s", (_, write) => {
	expect(() => write(doubled(60, 1 << 16))).toThrow(LimitError);
	expect(String(write(doubled(4, 1)))).toContain("a");
});
