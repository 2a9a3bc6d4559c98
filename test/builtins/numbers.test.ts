/** Rounding and ranges. Wanted values are OPA's. */
import { describe } from "vitest";
import { numbers } from "../../src/builtins/numbers.ts";
import { table } from "./support.ts";

describe("numbers", () => {
	table(numbers, "abs", [
		{ args: ["-5"], want: "5" },
		{ args: ["5"], want: "5" },
		{ args: ["-2.5"], want: "2.5" },
		{ args: ["-0"], want: "0" },
		{ args: ["1e3"], want: "1000" },
		{ args: ["18446744073709551617"], want: "18446744073709551616" },
		{
			args: ["-7e+152"],
			want: "700000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		},
		{ args: ["1e-7"], want: "1e-07" },
		{ args: ['"a"'], wantError: "eval_type_error: operand 1 must be number but got string" },
	]);
	table(numbers, "ceil", [
		{ args: ["1.2"], want: "2" },
		{ args: ["-1.2"], want: "-1" },
		{ args: ["-0.5"], want: "1" },
		{ args: ["3"], want: "3" },
		{ args: ["3.0"], want: "3" },
		{ args: ["1e3"], want: "1000" },
		{ args: ["12345678901234567890123"], want: "12345678901234567889920" },
		{ args: ["null"], wantError: "eval_type_error: operand 1 must be number but got null" },
	]);
	table(numbers, "floor", [
		{ args: ["1.8"], want: "1" },
		{ args: ["-1.2"], want: "-2" },
		{ args: ["-0.5"], want: "0" },
		{ args: ["0.5"], want: "0" },
		{ args: ["-3.0"], want: "-3" },
		{ args: ["12345678901234567890123"], want: "12345678901234567889920" },
		{ args: ["[]"], wantError: "eval_type_error: operand 1 must be number but got array" },
	]);
	table(numbers, "round", [
		{ args: ["2.5"], want: "3" },
		{ args: ["-2.5"], want: "-3" },
		{ args: ["-0.5"], want: "-1" },
		{ args: ["0.4"], want: "0" },
		{ args: ["1e3"], want: "1000" },
		{ args: ["12345678901234567890123.5"], want: "12345678901234567889920" },
		{ args: ['"1"'], wantError: "eval_type_error: operand 1 must be number but got string" },
	]);
	table(numbers, "numbers.range", [
		{ args: ["1", "3"], want: "[1, 2, 3]" },
		{ args: ["3", "1"], want: "[3, 2, 1]" },
		{ args: ["1.0", "1e0"], want: "[1]" },
		{
			args: ["18446744073709551615", "18446744073709551617"],
			want: "[18446744073709551615, 18446744073709551616, 18446744073709551617]",
		},
		{
			args: ["0.5", "1"],
			wantError: "eval_type_error: operand 1 must be integer number but got floating-point number",
		},
		{ args: ['"a"', "1"], wantError: "eval_type_error: operand 1 must be integer but got string" },
		{ args: ["1", "null"], wantError: "eval_type_error: operand 2 must be integer but got null" },
	]);
	table(numbers, "numbers.range_step", [
		{ args: ["0", "10", "3"], want: "[0, 3, 6, 9]" },
		{ args: ["10", "0", "4"], want: "[10, 6, 2]" },
		{ args: ["0", "0", "1"], want: "[0]" },
		{ args: ["0", "2", "1.0"], want: "[0, 1, 2]" },
		{ args: ["0", "1", "0"], wantError: "eval_builtin_error: numbers.range_step: step must be a positive integer" },
		{ args: ["0", "1", "-1"], wantError: "eval_builtin_error: numbers.range_step: step must be a positive integer" },
		{
			args: ["0", "1", "0.5"],
			wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
		},
		{ args: ["0", "1", '"x"'], wantError: "eval_type_error: operand 3 must be integer but got string" },
	]);
});
