/** bits.* Wanted values are OPA's. */
import { describe } from "vitest";
import { bits } from "../../src/builtins/bits.ts";
import { table } from "./support.ts";

describe("bits", () => {
	table(bits, "bits.and", [
		{ args: ["12", "10"], want: "8" },
		{ args: ["-1", "255"], want: "255" },
		{ args: ["18446744073709551615", "1"], want: "1" },
		{ args: ["1.0", "3"], want: "1" },
		{
			args: ["1.5", "3"],
			wantError: "eval_type_error: operand 1 must be integer number but got floating-point number",
		},
		{ args: ['"a"', "1"], wantError: "eval_type_error: operand 1 must be integer but got string" },
	]);
	table(bits, "bits.or", [
		{ args: ["12", "10"], want: "14" },
		{ args: ["-8", "3"], want: "-5" },
		{
			args: ["1", "0.5"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
	]);
	table(bits, "bits.xor", [
		{ args: ["12", "10"], want: "6" },
		{ args: ["-1", "1"], want: "-2" },
		{ args: ["1", "null"], wantError: "eval_type_error: operand 2 must be integer but got null" },
	]);
	table(bits, "bits.negate", [
		{ args: ["0"], want: "-1" },
		{ args: ["-1"], want: "0" },
		{
			args: ["2e+98"],
			want: "-200000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
		},
		{ args: ["0.5"], wantError: "eval_type_error: operand 1 must be integer number but got floating-point number" },
		{ args: ["[]"], wantError: "eval_type_error: operand 1 must be integer but got array" },
	]);
	table(bits, "bits.lsh", [
		{ args: ["1", "10"], want: "1024" },
		{ args: ["-3", "2"], want: "-12" },
		{ args: ["1", "100"], want: "1267650600228229401496703205376" },
		{
			args: ["1", "-1"],
			wantError: "eval_type_error: operand 2 must be an unsigned integer number but got a negative integer",
		},
		{ args: ["1", "1e1"], want: "1024" },
		{
			args: ["1", "0.5"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
	]);
	table(bits, "bits.rsh", [
		{ args: ["1024", "3"], want: "128" },
		{ args: ["-1", "1"], want: "-1" },
		{ args: ["1", "18446744073709551616"], want: "1" },
		{
			args: ["5", "-2"],
			wantError: "eval_type_error: operand 2 must be an unsigned integer number but got a negative integer",
		},
		{ args: ['"x"', "1"], wantError: "eval_type_error: operand 1 must be integer but got string" },
	]);
});
