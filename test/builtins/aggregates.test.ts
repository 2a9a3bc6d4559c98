/** Reductions of collections. Wanted values are OPA's. */
import { describe } from "vitest";
import { aggregates } from "../../src/builtins/aggregates.ts";
import { table } from "./support.ts";

describe("aggregates", () => {
	table(aggregates, "count", [
		{ args: ["[1,2]"], want: "2" },
		{ args: ['{"a":1}'], want: "1" },
		{ args: ['{"$set": [1, 1.0]}'], want: "1" },
		{ args: ['"a\u00e9\ud83d\ude00"'], want: "3" },
		{ args: ['""'], want: "0" },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be one of {array, object, set, string} but got number" },
		{
			args: ["null"],
			wantError: "eval_type_error: operand 1 must be one of {array, object, set, string} but got null",
		},
	]);
	table(aggregates, "sum", [
		{ args: ["[]"], want: "0" },
		{ args: ["[1,2,3]"], want: "6" },
		{ args: ["[0.1,0.2,0.3]"], want: "0.6" },
		{ args: ["[1.0,2]"], want: "3" },
		{ args: ["[9007199254740991,9007199254740991]"], want: "18014398509481982" },
		{ args: ['{"$set": [1, 2.5]}'], want: "3.5" },
		{
			args: ["[1.4e+152]"],
			want: "140000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		},
		{ args: ["[1e3,1]"], want: "1001" },
		{
			args: ['[1,"a"]'],
			wantError: "eval_type_error: operand 1 must be array of numbers but got array containing string",
		},
		{
			args: ["[1.5,null]"],
			wantError: "eval_type_error: operand 1 must be array of numbers but got array containing null",
		},
		{ args: ['"a"'], wantError: "eval_type_error: operand 1 must be one of {set, array} but got string" },
	]);
	table(aggregates, "product", [
		{ args: ["[]"], want: "1" },
		{ args: ["[2,3]"], want: "6" },
		{ args: ["[0.1,3]"], want: "0.30000000000000004" },
		{ args: ["[1.1,1.1,1.1]"], want: "1.3310000000000002" },
		{ args: ["[-0.0,1e-7,65]"], want: "-0" },
		{ args: ["[123456789012345678901234567890,10]"], want: "1234567890123456789012345678900" },
		{
			args: ['{"$set": [2, "x"]}'],
			wantError: "eval_type_error: operand 1 must be set of numbers but got set containing string",
		},
		{ args: ["{}"], wantError: "eval_type_error: operand 1 must be one of {set, array} but got object" },
	]);
	table(aggregates, "max", [
		{ args: ["[1,3,2]"], want: "3" },
		{ args: ["[1,1.0]"], want: "1.0" },
		{ args: ["[]"], want: "undefined" },
		{ args: ['{"$set": []}'], want: "undefined" },
		{ args: ['{"$set": ["b", "a", 5]}'], want: '"b"' },
		{ args: ["[null]"], want: "null" },
		{ args: ['[[1],{"a":1},"z"]'], want: '{"a": 1}' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be one of {set, array} but got number" },
	]);
	table(aggregates, "min", [
		{ args: ["[2,1,3]"], want: "1" },
		{ args: ["[1,1.0]"], want: "1.0" },
		{ args: ["[]"], want: "undefined" },
		{ args: ['{"$set": ["b", "a", 5]}'], want: "5" },
		{ args: ["[true,null]"], want: "null" },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be one of {set, array} but got number" },
	]);
	table(aggregates, "sort", [
		{ args: ["[3,1,2]"], want: "[1, 2, 3]" },
		{ args: ['[{},[],"a",1,true,null]'], want: '[null, true, 1, "a", [], {}]' },
		{ args: ['{"$set": [2, 1]}'], want: "[1, 2]" },
		{ args: ['["b","B","a"]'], want: '["B", "a", "b"]' },
		{ args: ['"a"'], wantError: "eval_type_error: operand 1 must be one of {set, array} but got string" },
	]);
	table(aggregates, "all", [
		{ args: ["[true,true]"], want: "true" },
		{ args: ["[true,1]"], want: "false" },
		{ args: ["[]"], want: "true" },
		{ args: ['{"$set": [true]}'], want: "true" },
		{ args: ['{"$set": [true, false]}'], want: "false" },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be one of {array, set} but got number" },
	]);
	table(aggregates, "any", [
		{ args: ["[false,true]"], want: "true" },
		{ args: ["[1]"], want: "false" },
		{ args: ["[]"], want: "false" },
		{ args: ['{"$set": [true, false]}'], want: "true" },
		{ args: ['{"$set": []}'], want: "false" },
		{ args: ['""'], wantError: "eval_type_error: operand 1 must be one of {array, set} but got string" },
	]);
});
