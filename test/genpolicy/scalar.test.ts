/** Plain scalars of YAML, as Kata's generator reads and prints them again. */
import { describe, expect, test } from "vitest";
import { floatText, plainScalar, taggedScalar } from "../../src/genpolicy/tree/scalar.ts";

const rows: readonly (readonly [source: string, type: string, text: string])[] = [
	["5", "int", "5"],
	["+5", "int", "5"],
	["-7", "int", "-7"],
	["-0", "int", "0"],
	["0x10", "int", "16"],
	["-0x10", "int", "-16"],
	["0o17", "int", "15"],
	["0b101", "int", "5"],
	["0123", "text", "0123"],
	["-007", "text", "-007"],
	["1_000", "text", "1_000"],
	["18446744073709551615", "int", "18446744073709551615"],
	["18446744073709551616", "huge", "18446744073709551616"],
	["340282366920938463463374607431768211455", "huge", "340282366920938463463374607431768211455"],
	["340282366920938463463374607431768211456", "float", "3.402823669209385e38"],
	[`1${"0".repeat(400)}`, "text", `1${"0".repeat(400)}`],
	["-170141183460469231731687303715884105729", "float", "-1.7014118346046923e38"],
	["0xffffffffffffffffff", "text", "0xffffffffffffffffff"],
	["1e3", "float", "1000.0"],
	["1.50", "float", "1.5"],
	[".5", "float", "0.5"],
	["5.", "float", "5.0"],
	["1e400", "text", "1e400"],
	["1e16", "float", "1e16"],
	["1e15", "float", "1000000000000000.0"],
	["0.00001", "float", "0.00001"],
	["0.000001", "float", "1e-6"],
	["1.25e-7", "float", "1.25e-7"],
	["-0.0", "float", "-0.0"],
	[".inf", "float", ".inf"],
	["-.INF", "float", "-.inf"],
	[".NaN", "float", ".nan"],
	["nan", "text", "nan"],
	["inf", "text", "inf"],
	["true", "bool", "true"],
	["True", "text", "True"],
	["yes", "text", "yes"],
	["~", "null", "~"],
	["null", "null", "~"],
	["", "null", "~"],
	["2001-01-01", "text", "2001-01-01"],
	["1.2.3", "text", "1.2.3"],
	["0x", "text", "0x"],
];

describe("plain scalars", () => {
	for (const [source, type, text] of rows)
		test(source === "" ? "nothing" : source, () => expect(plainScalar(source)).toEqual({ type, text }));
});

describe("scalars with a tag", () => {
	const tagged: readonly (readonly [tag: string, source: string, type: string | undefined, text?: string])[] = [
		["tag:yaml.org,2002:str", "5", "text", "5"],
		["!", "0x10", "text", "0x10"],
		["!custom", "true", "text", "true"],
		["tag:yaml.org,2002:binary", "AAAA", "text", "AAAA"],
		["tag:yaml.org,2002:int", "5", "int", "5"],
		["tag:yaml.org,2002:int", "0x10", undefined],
		["tag:yaml.org,2002:int", "9223372036854775808", undefined],
		["tag:yaml.org,2002:float", "1", "float", "1.0"],
		["tag:yaml.org,2002:float", "x", undefined],
		["tag:yaml.org,2002:bool", "true", "bool", "true"],
		["tag:yaml.org,2002:bool", "yes", undefined],
		["tag:yaml.org,2002:null", "~", "null", "~"],
		["tag:yaml.org,2002:null", "", undefined],
	];
	for (const [tag, source, type, text] of tagged)
		test(`${tag} ${source}`, () =>
			expect(taggedScalar(tag, source)).toEqual(type === undefined ? undefined : { type, text }));
});

test("numbers of many digits", () => {
	expect(floatText(123456789.125)).toBe("123456789.125");
	expect(floatText(1.7976931348623157e308)).toBe("1.7976931348623157e308");
	expect(floatText(5e-324)).toBe("5e-324");
});
