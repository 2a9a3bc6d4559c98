import { describe, expect, test } from "vitest";
import { add, compareNumbers, divide, multiply, numberFromText, numberText, subtract } from "../../src/value/number.ts";

const n = numberFromText;
const text = (v: ReturnType<typeof n>): string => numberText(v);

describe("arithmetic agrees with OPA (values from opa eval)", () => {
	const rows: readonly [string, (a: never, b: never) => ReturnType<typeof n>, string, string][] = [
		["1234567.5", add, "1", "1.2345685e+06"],
		["123456.5", add, "1", "123457.5"],
		["12345678901234567890.5", multiply, "3", "37037036703703703670"],
		["0.00001", multiply, "3", "2.9999999999999999999e-05"],
		["0.0001", multiply, "2", "0.0002"],
		["1e20", add, "0.5", "100000000000000000000"],
		["1234567890123456789012", multiply, "1.5", "1851851835185185183500"],
		["0.1", add, "0.2", "0.3"],
		["1", divide, "3", "0.33333333333333333334"],
		["2.5e-7", add, "0", "2.5e-07"],
		["18446744073709551615", add, "1", "18446744073709551616"],
		["3.0", multiply, "2", "6"],
		["5.5", add, "4.5", "10"],
		["1", subtract, "1e3", "-999"],
	];
	for (const [a, f, b, want] of rows) {
		test(`${f.name}(${a}, ${b})`, () => {
			expect(text((f as typeof add)(n(a), n(b)))).toBe(want);
		});
	}
});

describe("spelling is kept, value compared", () => {
	test.each(["1.0", "1e3", "-0", "1.50", "1E400", "0.10"])("%s", (literal) => {
		expect(text(n(literal))).toBe(literal);
	});
	test("equal values of different spellings", () => {
		expect(compareNumbers(n("1.0"), n("1"))).toBe(0);
		expect(compareNumbers(n("1e3"), n("1000"))).toBe(0);
		expect(compareNumbers(n("1e999999999"), n("1e999999998"))).toBe(1);
		expect(compareNumbers(n("18446744073709551615"), n("18446744073709551616"))).toBe(-1);
	});
});
