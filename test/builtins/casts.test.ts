/** The deprecated cast_*. Wanted values are OPA's. */
import { describe } from "vitest";
import { casts } from "../../src/builtins/casts.ts";
import { table } from "./support.ts";

describe("casts", () => {
	table(casts, "cast_array", [
		{ args: ["[1]"], want: "[1]" },
		{ args: ['{"$set": [2, 1]}'], want: "[1, 2]" },
		{ args: ["{}"], wantError: "eval_type_error: operand 1 must be one of {array, set} but got object" },
	]);
	table(casts, "cast_set", [
		{ args: ["[1,1]"], want: "{1}" },
		{ args: ['{"$set": [2]}'], want: "{2}" },
		{ args: ['"a"'], wantError: "eval_type_error: operand 1 must be one of {array, set} but got string" },
	]);
	table(casts, "cast_string", [
		{ args: ['"a"'], want: '"a"' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(casts, "cast_boolean", [
		{ args: ["true"], want: "true" },
		{ args: ['"true"'], wantError: "eval_type_error: operand 1 must be boolean but got string" },
	]);
	table(casts, "cast_null", [
		{ args: ["null"], want: "null" },
		{ args: ["0"], wantError: "eval_type_error: operand 1 must be null but got number" },
	]);
	table(casts, "cast_object", [
		{ args: ['{"a":1}'], want: '{"a": 1}' },
		{ args: ["[]"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
});
