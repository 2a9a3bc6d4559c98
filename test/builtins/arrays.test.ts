/** array.* Wanted values are OPA's. */
import { describe } from "vitest";
import { arrays } from "../../src/builtins/arrays.ts";
import { table } from "./support.ts";

describe("arrays", () => {
	table(arrays, "array.concat", [
		{ args: ["[1]", "[2,3]"], want: "[1, 2, 3]" },
		{ args: ["[]", "[1]"], want: "[1]" },
		{ args: ["[1]", "[]"], want: "[1]" },
		{ args: ["[1]", "1"], wantError: "eval_type_error: operand 2 must be array but got number" },
		{ args: ['{"$set": [1]}', "[]"], wantError: "eval_type_error: operand 1 must be array but got set" },
	]);
	table(arrays, "array.flatten", [
		{ args: ["[1,[2,[3]],[]]"], want: "[1, 2, [3]]" },
		{ args: ["[]"], want: "[]" },
		{ args: ["[1,2]"], want: "[1, 2]" },
		{ args: ["[[1]]"], want: "[1]" },
		{ args: ['{"$set": [[1]]}'], wantError: "eval_type_error: operand 1 must be array but got set" },
	]);
	table(arrays, "array.reverse", [
		{ args: ["[1,2,3]"], want: "[3, 2, 1]" },
		{ args: ["[]"], want: "[]" },
		{ args: ["[1]"], want: "[1]" },
		{ args: ['"abc"'], wantError: "eval_type_error: operand 1 must be array but got string" },
	]);
	table(arrays, "array.slice", [
		{ args: ["[1,2,3,4]", "1", "3"], want: "[2, 3]" },
		{ args: ["[1,2,3]", "-5", "2"], want: "[1, 2]" },
		{ args: ["[1,2,3]", "2", "1"], want: "[]" },
		{ args: ["[1,2,3]", "0", "10"], want: "[1, 2, 3]" },
		{ args: ["[1,2,3]", "1.0", "2"], want: "[2]" },
		{ args: ["[1]", "0", "9223372036854775807"], want: "[1]" },
		{
			args: ["[1]", "0", "9223372036854775808"],
			wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
		},
		{
			args: ["[1]", "1.5", '"x"'],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
		{
			args: ["[1]", "1e1", "2"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
		{ args: ["[1]", '"0"', "1"], wantError: "eval_type_error: operand 2 must be number but got string" },
		{ args: ["1", "0", "1"], wantError: "eval_type_error: operand 1 must be array but got number" },
	]);
});
