/** JSON text to values and back. Error texts are those of OPA's json.unmarshal. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RegoObject, RegoSet } from "../../src/value/collections.ts";
import { equal } from "../../src/value/compare.ts";
import { fromJs, isJson, JsonSyntaxError, maxJsonDepth, parseJson, toJson } from "../../src/value/json.ts";
import { RegoNumber } from "../../src/value/number.ts";
import type { Value } from "../../src/value/value.ts";
import { jsonText, regoValue } from "./arbitrary.ts";

describe("numbers keep their spelling", () => {
	test.each([
		"1.0",
		"1e3",
		"1E400",
		"-0",
		"0.10",
		"12345678901234567890",
		"-9007199254740993",
		"8e+83",
		"1e-7",
		"5e-324",
	])("%s", (text) => {
		expect(toJson(parseJson(text))).toBe(text);
		expect(toJson(parseJson(`{"a": [${text}]}`))).toBe(`{"a":[${text}]}`);
	});
	test("numbers inside strings do not matter", () => {
		expect(parseJson('{"v": "1.0", "s": "\\"12345678901234567890"}')).toEqual({ v: "1.0", s: '"12345678901234567890' });
	});
});

describe("errors", () => {
	const rows: readonly [text: string, message: string][] = [
		["", "EOF"],
		["  ", "EOF"],
		["[1,", "unexpected EOF"],
		['{"a', "unexpected EOF"],
		["[1,]", "invalid character ']' looking for beginning of value"],
		['{"a" 1}', "invalid character '1' after object key"],
		['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
		["{a}", "invalid character 'a' looking for beginning of object key string"],
		["[1 2]", "invalid character '2' after array element"],
		['"\t"', "invalid character '\\t' in string literal"],
		['"\\x"', "invalid character 'x' in string escape code"],
		['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
		["-a", "invalid character 'a' in numeric literal"],
		["[1.a]", "invalid character 'a' after decimal point in numeric literal"],
		["[1e+]", "invalid character ']' in exponent of numeric literal"],
		["trux", "invalid character 'x' in literal true (expecting 'e')"],
		["é", "invalid character 'Ã' looking for beginning of value"],
		["'", "invalid character '\\'' looking for beginning of value"],
		["1 2", "invalid character '2' after top-level value"],
	];
	test.each(rows)("%j", (text, message) => {
		expect(() => parseJson(text)).toThrow(expect.objectContaining({ name: JsonSyntaxError.name, message }));
		expect(isJson(text)).toBe(false);
	});
});

describe("hostile texts", () => {
	test("__proto__ is a key like any other", () => {
		for (const text of ['{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":1.0},"constructor":2}']) {
			const v = parseJson(text) as { readonly [key: string]: Value };
			expect(Object.keys(v)).toEqual(["__proto__", "constructor"]);
			expect(Object.getPrototypeOf(v)).toBe(Object.prototype);
			expect(({} as { x?: unknown }).x).toBeUndefined();
		}
		expect(toJson(parseJson('{"__proto__":1.0}'))).toBe('{"__proto__":1.0}');
	});
	test("the last of equal keys wins", () => {
		expect(toJson(parseJson('{"a":1,"a":2}'))).toBe('{"a":2}');
		expect(toJson(parseJson('{"a":1.0,"a":2.0}'))).toBe('{"a":2.0}');
	});
	test("depth at the limit and past it", () => {
		const at = "[".repeat(maxJsonDepth) + "]".repeat(maxJsonDepth);
		expect(isJson(at)).toBe(true);
		expect(isJson(at.replace("[]", "[1.0]"))).toBe(true);
		expect(() => parseJson(`[${at}]`)).toThrow("exceeded max depth");
		expect(() => parseJson("[".repeat(1_000_000))).toThrow("exceeded max depth");
	});
	test("unpaired surrogates become U+FFFD", () => {
		expect(parseJson('"\\ud800x\\udc00"')).toBe("\ufffdx\ufffd");
		expect(parseJson('"\\ud83d\\ude00"')).toBe("😀");
		expect(parseJson('"\ud800"')).toBe("\ufffd");
		expect(toJson("a\ud800b")).toBe('"a\\ufffdb"');
	});
	test("many backslashes before a quote", () => {
		const text = `"${"\\\\".repeat(1000)}"`;
		expect(parseJson(`[${text},1.0]`)).toEqual(["\\".repeat(1000), new RegoNumber("1.0")]);
	});
});

describe("output", () => {
	const rows: readonly [Value, string][] = [
		[{ b: 1, a: [true, null] }, '{"a":[true,null],"b":1}'],
		[RegoSet.of([3, "x", 1]), '[1,3,"x"]'],
		[new RegoObject().set(1, "x").set("1", "y").set([1, "<"], "z"), '{"1":"y","[1,\\"\\\\u003c\\"]":"z"}'],
		[{ "\uff21": 1, "😀": 2 }, '{"\uff21":1,"😀":2}'],
		["<a>&\u2028\u0001\b\f\u007f", '"<a>&\\u2028\\u0001\\b\\f\u007f"'],
		[123456789012345678901234567890n, "123456789012345678901234567890"],
		[-0, "0"],
		[1e21, "1e+21"],
	];
	test.each(rows)("%#", (v, want) => {
		expect(toJson(v)).toBe(want);
	});
	test("HTML escapes", () => {
		expect(toJson({ "<": "&" }, { escapeHtml: true })).toBe('{"\\u003c":"\\u0026"}');
	});
	test("indented", () => {
		const v = { a: [1, {}, []], b: { c: RegoSet.of([]) } };
		expect(toJson(v, { indent: "  " })).toBe(
			'{\n  "a": [\n    1,\n    {},\n    []\n  ],\n  "b": {\n    "c": []\n  }\n}',
		);
		expect(toJson([1], { indent: "\t", prefix: ">" })).toBe("[\n>\t1\n>]");
	});
	test("what is nested too deeply for recursion", () => {
		const text = `${'{"a":['.repeat(maxJsonDepth / 2)}${"]}".repeat(maxJsonDepth / 2)}`;
		expect(toJson(parseJson(text))).toBe(text);
		const lines = toJson(parseJson(text), { indent: "" }).split("\n");
		expect(lines.slice(0, 3)).toEqual(["{", '"a": [', "{"]);
		expect(lines.length).toBe(2 * maxJsonDepth - 1);
	});
	test("what has no JSON form", () => {
		expect(() => toJson(Number.NaN)).toThrow(TypeError);
		expect(() => toJson([new RegoNumber("+5")])).toThrow('json: invalid number literal "+5"');
	});
});

describe("values from outside", () => {
	test("plain values are passed on as they are", () => {
		const v = { a: [1, "x", null], b: { c: 5n } };
		expect(fromJs(v)).toBe(v);
	});
	test("Map, Set, Date and undefined", () => {
		const at = new Date(0);
		const v = fromJs({ m: new Map([["__proto__", 1]]), n: new Map([[1, 2]]), s: new Set([2, 1]), at, u: undefined });
		expect(toJson(v)).toBe('{"at":"1970-01-01T00:00:00.000Z","m":{"__proto__":1},"n":{"1":2},"s":[1,2]}');
	});
	test.each([[() => 1], [Symbol("x")], [Number.NaN], [Number.POSITIVE_INFINITY], [undefined], [[undefined]]])(
		"refuses %s",
		(x) => {
			expect(() => fromJs(x)).toThrow(TypeError);
		},
	);
	test("refuses cycles", () => {
		const a: unknown[] = [];
		a.push(a);
		expect(() => fromJs(a)).toThrow("refers to itself");
	});
});

describe("properties", () => {
	test("a text survives the round trip", () => {
		fc.assert(fc.property(jsonText, (text) => toJson(parseJson(text)) === toJson(parseJson(toJson(parseJson(text))))));
	});
	test("native and own parser agree", () => {
		// A spelling the native parser would lose forces the other one.
		fc.assert(
			fc.property(jsonText, (text) => toJson(parseJson(`[${text}, 1.0]`)) === `[${toJson(parseJson(text))},1.0]`),
		);
	});
	test("a value without sets and other keys is read back equal", () => {
		fc.assert(fc.property(regoValue({ jsonOnly: true }), (v) => equal(parseJson(toJson(v)), v)));
	});
	test("indentation does not change the value", () => {
		fc.assert(
			fc.property(regoValue({ jsonOnly: true }), (v) => toJson(parseJson(toJson(v, { indent: "  " }))) === toJson(v)),
		);
	});
});
