/** to_number keeps the spelling of what Go's ParseFloat reads. Wanted values are OPA's. */
import { describe } from "vitest";
import { conversions } from "../../src/builtins/conversions.ts";
import { table } from "./support.ts";

describe("conversions", () => {
	table(conversions, "to_number", [
		{ args: ['"12"'], want: "12" },
		{ args: ['"1.50"'], want: "1.50" },
		{ args: ['"1e3"'], want: "1e3" },
		{ args: ['"-0"'], want: "-0" },
		{ args: ['"+5"'], want: "+5" },
		{ args: ['".5"'], want: ".5" },
		{ args: ['"5."'], want: "5." },
		{ args: ['"007"'], want: "007" },
		{ args: ['"1_000"'], want: "1_000" },
		{ args: ['"0x1p-2"'], want: "0x1p-2" },
		{ args: ['"0x10"'], wantError: 'eval_builtin_error: strconv.ParseFloat: parsing "0x10": invalid syntax' },
		{ args: ['"18446744073709551616"'], want: "18446744073709551616" },
		{ args: ['"1e-400"'], want: "1e-400" },
		{ args: ['"1e400"'], wantError: 'eval_builtin_error: strconv.ParseFloat: parsing "1e400": value out of range' },
		{ args: ['""'], wantError: 'eval_builtin_error: strconv.ParseFloat: parsing "": invalid syntax' },
		{ args: ['" 1"'], wantError: 'eval_builtin_error: strconv.ParseFloat: parsing " 1": invalid syntax' },
		{ args: ['"1_"'], wantError: 'eval_builtin_error: strconv.ParseFloat: parsing "1_": invalid syntax' },
		{ args: ['"inf"'], wantError: "eval_type_error: operand 1 must be valid number string but got string" },
		{ args: ['"+-NaN"'], wantError: "eval_type_error: operand 1 must be valid number string but got string" },
		{ args: ['"abc"'], wantError: 'eval_builtin_error: strconv.ParseFloat: parsing "abc": invalid syntax' },
		{ args: ["true"], want: "1" },
		{ args: ["false"], want: "0" },
		{ args: ["null"], want: "0" },
		{ args: ["1.0"], want: "1.0" },
		{
			args: ["[]"],
			wantError: "eval_type_error: operand 1 must be one of {null, boolean, number, string} but got array",
		},
	]);
});
