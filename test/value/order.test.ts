/** compare is a total order; equal, hash keys, sets and sorting agree with it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RegoSet } from "../../src/value/collections.ts";
import { compare, equal } from "../../src/value/compare.ts";
import { canonicalKey } from "../../src/value/key.ts";
import { add, compareNumbers, numberFromText, numberKey, parseNumber } from "../../src/value/number.ts";
import { toUtf8 } from "../../src/value/utf8.ts";
import type { Value } from "../../src/value/value.ts";
import { numberText, regoValue } from "./arbitrary.ts";

const value = regoValue();
/** Two values, often equal ones of different spelling. */
const two = fc.oneof(
	fc.tuple(value, value),
	value.map((v): [Value, Value] => [v, v]),
	fc.tuple(numberText, numberText).map(([a, b]): [Value, Value] => [numberFromText(a), numberFromText(b)]),
	fc.tuple(value, numberText).map(([v, n]): [Value, Value] => [
		[v, numberFromText(n)],
		[v, numberFromText(/^-?[0-9]+$/.test(n) ? `${n}.0` : n)],
	]),
);

describe("compare", () => {
	test("is antisymmetric", () => {
		fc.assert(fc.property(two, ([a, b]) => compare(a, b) === 0 - compare(b, a)));
	});
	test("is transitive", () => {
		fc.assert(
			fc.property(value, value, value, (a, b, c) => {
				const [x, y, z] = [a, b, c].sort(compare) as [Value, Value, Value];
				return compare(x, y) <= 0 && compare(y, z) <= 0 && compare(x, z) <= 0;
			}),
		);
	});
	test("is zero exactly for equal values, which share their key", () => {
		fc.assert(
			fc.property(two, ([a, b]) => {
				const same = compare(a, b) === 0;
				expect(equal(a, b)).toBe(same);
				expect(canonicalKey(a) === canonicalKey(b)).toBe(same);
				expect(RegoSet.of([a, b]).size).toBe(same ? 1 : 2);
			}),
			{ numRuns: 500 },
		);
	});
	test("orders strings as their bytes", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
				expect(Math.sign(compare(a, b))).toBe(Math.sign(Buffer.compare(toUtf8(a), toUtf8(b))));
			}),
		);
	});
});

describe("numbers", () => {
	const rows: readonly [string, string][] = [
		["1e400", `1${"0".repeat(400)}`],
		["1e399", `1${"0".repeat(399)}`],
		["1.5e401", `15${"0".repeat(400)}`],
		["9007199254740993", "9007199254740993.0"],
		["0.5", "5e-1"],
		["-0", "0.00"],
		["8e+83", `8${"0".repeat(83)}`],
	];
	test.each(rows)("%s and its other spelling share a key", (a, b) => {
		const [x, y] = [numberFromText(a), numberFromText(b)];
		expect(compareNumbers(x, y)).toBe(0);
		expect(numberKey(x)).toBe(numberKey(y));
		expect(numberKey(x)).not.toBe(numberKey(add(x, 1)));
	});
	test.each(["", "+1", "01", ".5", "5.", "1e", "0x1", "1_0", " 1", "NaN", "--1"])("%j is no JSON number", (text) => {
		expect(parseNumber(text)).toBeUndefined();
	});
});
