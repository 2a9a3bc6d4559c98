/** Arithmetic, comparison, set algebra and membership. Wanted values are OPA's. */
import { describe } from "vitest";
import { operators } from "../../src/builtins/operators.ts";
import { table } from "./support.ts";

describe("operators", () => {
	table(operators, "plus", [
		{ args: ["1", "2"], want: "3" },
		{ args: ["0.1", "0.2"], want: "0.3" },
		{ args: ["1.0", "2"], want: "3" },
		{ args: ["9007199254740991", "1"], want: "9007199254740992" },
		{ args: ["9223372036854775807", "1"], want: "9223372036854775808" },
		{ args: ["1e3", "1"], want: "1001" },
		{ args: ["1234567.5", "1"], want: "1.2345685e+06" },
		{ args: ["1e-7", "1e-300"], want: "1e-07" },
		{
			args: ["1e100", "4.35"],
			want: "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		},
		{ args: ["-0", "-0.0"], want: "0" },
		{ args: ["1", '"a"'], wantError: "eval_type_error: operand 2 must be number but got string" },
		{ args: ["null", "1"], wantError: "eval_type_error: operand 1 must be number but got null" },
	]);
	table(operators, "minus", [
		{ args: ["3", "5"], want: "-2" },
		{ args: ["0.3", "0.1"], want: "0.20000000000000000002" },
		{ args: ["1e30", "1"], want: "999999999999999999999999999999" },
		{ args: ["5", "5.0"], want: "0" },
		{ args: ['{"$set": [1, 2, 3]}', '{"$set": [2]}'], want: "{1, 3}" },
		{ args: ['{"$set": [1]}', '{"$set": [1.0]}'], want: "set()" },
		{ args: ['{"$set": []}', '{"$set": [1]}'], want: "set()" },
		{ args: ["1", '{"$set": [1]}'], wantError: "eval_type_error: operand 2 must be number but got set" },
		{ args: ['{"$set": [1]}', "1"], wantError: "eval_type_error: operand 2 must be set but got number" },
		{ args: ['{"$set": [1]}', '"a"'], wantError: "eval_type_error: operand 2 must be number but got string" },
		{ args: ['"a"', "1"], wantError: "eval_type_error: operand 1 must be one of {number, set} but got string" },
	]);
	table(operators, "mul", [
		{ args: ["3", "4"], want: "12" },
		{ args: ["0.1", "3"], want: "0.3" },
		{ args: ["99999999999", "99999999999"], want: "9999999999800000000001" },
		{
			args: ["8e+83", "128512"],
			want: "102809600000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		},
		{ args: ["0", "-1.5"], want: "-0" },
		{ args: ["-0.0", "5e-324"], want: "-0" },
		{ args: ["1.5", "1.0"], want: "1.5" },
		{ args: ["99999999999999999999.99", "1e21"], want: "100000000000000000000000000000000000000000" },
		{ args: ["[]", "1"], wantError: "eval_type_error: operand 1 must be number but got array" },
	]);
	table(operators, "div", [
		{ args: ["6", "3"], want: "2" },
		{ args: ["1", "3"], want: "0.33333333333333333334" },
		{ args: ["10", "4"], want: "2.5" },
		{ args: ["0", "-3"], want: "-0" },
		{ args: ["1e-300", "1.0"], want: "1e-300" },
		{ args: ["123456789012345678901234567890", "7"], want: "17636684144620811271000000000" },
		{ args: ["1", "0"], wantError: "eval_builtin_error: divide by zero" },
		{ args: ["1", "0.0"], wantError: "eval_builtin_error: divide by zero" },
		{ args: ["1", "0e5"], wantError: "eval_builtin_error: divide by zero" },
		{ args: ["1", "true"], wantError: "eval_type_error: operand 2 must be number but got boolean" },
	]);
	table(operators, "rem", [
		{ args: ["7", "3"], want: "1" },
		{ args: ["-7", "3"], want: "-1" },
		{ args: ["7", "-3"], want: "1" },
		{ args: ["7.0", "3"], want: "1" },
		{ args: ["10", "18446744073709551616"], want: "10" },
		{ args: ["18446744073709551617", "10"], want: "7" },
		{ args: ["1", "0"], wantError: "eval_builtin_error: modulo by zero" },
		{ args: ["1.5", "1"], wantError: "eval_builtin_error: modulo on floating-point number" },
		{ args: ["1", "0.5"], wantError: "eval_builtin_error: modulo on floating-point number" },
		{ args: ['"a"', "1"], wantError: "eval_type_error: operand 1 must be number but got string" },
	]);
	table(operators, "and", [
		{ args: ['{"$set": [1, 2]}', '{"$set": [2, 3]}'], want: "{2}" },
		{ args: ['{"$set": [1]}', '{"$set": [2]}'], want: "set()" },
		{ args: ['{"$set": [[1]]}', '{"$set": [[1.0]]}'], want: "{[1]}" },
		// Of equal members the smaller set's is kept, of sets of one size the left one's.
		{ args: ['{"$set": [1, 2]}', '{"$set": [1.0]}'], want: "{1.0}" },
		{ args: ['{"$set": [1.0]}', '{"$set": [1, 2]}'], want: "{1.0}" },
		{ args: ['{"$set": [1.0]}', '{"$set": [1]}'], want: "{1.0}" },
		{ args: ['{"$set": [1]}', '{"$set": [1.0]}'], want: "{1}" },
		{ args: ["[1]", '{"$set": []}'], wantError: "eval_type_error: operand 1 must be set but got array" },
	]);
	table(operators, "or", [
		{ args: ['{"$set": [1, 2]}', '{"$set": [2, 3]}'], want: "{1, 2, 3}" },
		{ args: ['{"$set": []}', '{"$set": [2]}'], want: "{2}" },
		{ args: ['{"$set": ["b"]}', '{"$set": ["a", null]}'], want: '{null, "a", "b"}' },
		{ args: ['{"$set": []}', "1"], wantError: "eval_type_error: operand 2 must be set but got number" },
	]);
	table(operators, "equal", [
		{ args: ["1", "1.0"], want: "true" },
		{ args: ['{"a":1}', '{"a":1.0}'], want: "true" },
		{ args: ["[1]", '{"$set": [1]}'], want: "false" },
		{ args: ['"1"', "1"], want: "false" },
		{ args: ["1e2", "100"], want: "true" },
	]);
	table(operators, "neq", [
		{ args: ["1", "1.0"], want: "false" },
		{ args: ["null", "false"], want: "true" },
	]);
	table(operators, "lt", [
		{ args: ["1", "2"], want: "true" },
		{ args: ['"a"', '"b"'], want: "true" },
		{ args: ["null", "false"], want: "true" },
		{ args: ["true", "0"], want: "true" },
		{ args: ['"z"', "[]"], want: "true" },
		{ args: ["[]", "{}"], want: "true" },
		{ args: ["{}", '{"$set": []}'], want: "true" },
		{ args: ['"\uff21"', '"\ud83d\ude00"'], want: "true" },
		{ args: ['{"a":2}', '{"b":1}'], want: "true" },
		{ args: ["[1,2]", "[1,2,0]"], want: "true" },
	]);
	table(operators, "lte", [
		{ args: ["1", "1.0"], want: "true" },
		{ args: ["2", "1"], want: "false" },
	]);
	table(operators, "gt", [
		{ args: ['"b"', '"a"'], want: "true" },
		{ args: ["1e400", "1e300"], want: "true" },
		{ args: ["-1e400", "1"], want: "false" },
	]);
	table(operators, "gte", [
		{ args: ["1", "2"], want: "false" },
		{ args: ["[]", "[]"], want: "true" },
	]);
	table(operators, "internal.member_2", [
		{ args: ["1", '{"$set": [1.0]}'], want: "true" },
		{ args: ["1", "[0,1]"], want: "true" },
		{ args: ["1", '{"a":1}'], want: "true" },
		{ args: ['"a"', '{"a":1}'], want: "false" },
		{ args: ["1", "1"], want: "false" },
		{ args: ['"a"', '"abc"'], want: "false" },
	]);
	table(operators, "internal.member_3", [
		{ args: ["0", '"a"', '["a"]'], want: "true" },
		{ args: ['"k"', "1", '{"k":1}'], want: "true" },
		{ args: ["1", "1", '{"$set": [1]}'], want: "true" },
		{ args: ["1", "2", '{"$set": [1, 2]}'], want: "false" },
		{ args: ["1", '"a"', '["a"]'], want: "false" },
		{ args: ["1e0", '"b"', '["a","b"]'], want: "false" },
	]);
});
