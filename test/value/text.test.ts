/** The text of values in messages, code point positions, and bytes of strings. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codePointIndex, codePointLength, codePointOffset } from "../../src/value/code-points.ts";
import { RegoObject, RegoSet } from "../../src/value/collections.ts";
import { RegoNumber } from "../../src/value/number.ts";
import { quoteGo, termText } from "../../src/value/term-text.ts";
import { fromUtf8, toUtf8, utf8Length } from "../../src/value/utf8.ts";
import type { Value } from "../../src/value/value.ts";

describe("termText", () => {
	const rows: readonly [Value, string][] = [
		[null, "null"],
		[{ b: [1, true], a: "x" }, '{"a": "x", "b": [1, true]}'],
		[RegoSet.of([]), "set()"],
		[RegoSet.of([2, 1]), "{1, 2}"],
		[{}, "{}"],
		[new RegoObject().set(1, 2).set([3], {}), "{1: 2, [3]: {}}"],
		[new RegoNumber("1.50"), "1.50"],
		['a"\\\n\t\u0001\u007f\u00a0\u00ad\u200b\ufeffé😀', '"a\\"\\\\\\n\\t\\x01\\x7f\\u00a0\\u00ad\\u200b\\ufeffé😀"'],
		["\u{e0001}", '"\\U000e0001"'],
		["\udcff\udc80", '"\\xff\\x80"'],
	];
	test.each(rows)("%#", (v, want) => {
		expect(termText(v)).toBe(want);
	});
	test("quoted in ASCII", () => {
		expect(quoteGo("é😀", true)).toBe('"\\u00e9\\U0001f600"');
	});
});

describe("code points", () => {
	test("positions agree with an array of code points", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), fc.nat(20), (s, index) => {
				const points = [...s];
				expect(codePointLength(s)).toBe(points.length);
				const offset = codePointOffset(s, index);
				expect(offset).toBe(points.slice(0, index).join("").length);
				expect(codePointIndex(s, offset)).toBe(Math.min(index, points.length));
			}),
		);
	});
});

describe("UTF-8", () => {
	test("any bytes survive as a string", () => {
		fc.assert(
			fc.property(fc.uint8Array(), (bytes) => {
				const s = fromUtf8(bytes);
				expect([...toUtf8(s)]).toEqual([...bytes]);
				expect(utf8Length(s)).toBe(bytes.length);
			}),
		);
	});
	test.each([
		[[0xed, 0xa0, 0x80], "a surrogate"],
		[[0xc0, 0x80], "an overlong NUL"],
		[[0xf4, 0x90, 0x80, 0x80], "past the last code point"],
		[[0xe2, 0x82], "cut off"],
		[[0xef, 0xbb, 0xbf], "a byte-order mark"],
	])("%j, %s", (bytes) => {
		expect([...toUtf8(fromUtf8(Uint8Array.from(bytes)))]).toEqual(bytes);
	});
	test("text is text", () => {
		expect(fromUtf8(new TextEncoder().encode("aé😀\ufeff"))).toBe("aé😀\ufeff");
		expect(utf8Length("aé日😀")).toBe(10);
	});
});
