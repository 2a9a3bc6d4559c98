/** Equality of values as in JSON (same.ts) is equality. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { same } from "../../src/eval/same.ts";
import { RegoObject, RegoSet } from "../../src/value/collections.ts";
import { equal } from "../../src/value/compare.ts";
import { parseJson } from "../../src/value/json.ts";
import { numberFromText } from "../../src/value/number.ts";
import type { Value } from "../../src/value/value.ts";
import { jsonText, regoValue } from "../value/arbitrary.ts";

const names = fc.constantFrom("__proto__", "constructor", "toString", "size", "text", "decimal", "a", "0", "");
/** Objects with the names objects of JavaScript have by themselves, and few values, so that many are equal. */
const hostile: fc.Arbitrary<Value> = fc
	.letrec<{ value: string }>((tie) => ({
		value: fc.oneof(
			{ maxDepth: 3 },
			fc.constantFrom('"a"', "1", "1.0", "{}", "[]", "null", "true"),
			fc
				.uniqueArray(fc.tuple(names, tie("value")), { maxLength: 3, selector: ([k]) => k })
				.map((list) => `{${list.map(([k, v]) => `${JSON.stringify(k)}:${v}`).join()}}`),
			fc.array(tie("value"), { maxLength: 3 }).map((list) => `[${list.join()}]`),
		),
	}))
	.value.map((text) => parseJson(text));

const others: readonly Value[] = [
	new RegoSet(),
	RegoSet.of(["a"]),
	new RegoObject().set(1, "a"),
	numberFromText("1.0"),
	numberFromText("18446744073709551615"),
	parseJson('{"text":"1.0"}'),
	parseJson('{"size":0}'),
	parseJson('{"size":1}'),
	parseJson('{"size":"a"}'),
	new RegoObject().set("size", "a"),
	parseJson('{"__proto__":{}}'),
	parseJson('{"a":{}}'),
];

describe("same", () => {
	test("of values of every kind", () => {
		const value = fc.oneof(hostile, regoValue(), fc.constantFrom(...others));
		const pair = fc.oneof(fc.tuple(value, value), fc.tuple(hostile, hostile));
		fc.assert(
			fc.property(pair, ([a, b]) => {
				expect(same(a, b)).toBe(equal(a, b));
				expect(same([a], [b])).toBe(equal(a, b));
				expect(same({ x: a }, { x: b })).toBe(equal(a, b));
			}),
			{ numRuns: 2000 },
		);
	});

	test("of each of the odd ones with each", () => {
		for (const a of others) for (const b of others) expect(same(a, b), `${a} ${b}`).toBe(equal(a, b));
	});

	test("of copies", () => {
		fc.assert(fc.property(jsonText, (text) => same(parseJson(text), parseJson(text))));
	});
});
