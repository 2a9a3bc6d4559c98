/** object.* Wanted values are OPA's. */
import { describe } from "vitest";
import { objects } from "../../src/builtins/objects.ts";
import { table } from "./support.ts";

describe("objects", () => {
	table(objects, "object.get", [
		{ args: ['{"a":1}', '"a"', "0"], want: "1" },
		{ args: ['{"a":null}', '"a"', "0"], want: "null" },
		{ args: ["{}", '"a"', "0"], want: "0" },
		{ args: ['{"a":{"b":[1,{"c":2}]}}', '["a","b",1,"c"]', "0"], want: "2" },
		{ args: ['{"a":[1]}', '["a","0"]', '"none"'], want: '"none"' },
		{ args: ['{"a":{"$set": [1]}}', '["a",1]', "0"], want: "1" },
		{ args: ['{"a":{"$set": [1]}}', '["a",1.0]', "0"], want: "1.0" },
		{ args: ['{"a":1}', "[]", "0"], want: '{"a": 1}' },
		{ args: ['{"a":1}', '["a","b"]', "0"], want: "0" },
		{ args: ['{"$object": [[1, 2]]}', "1.0", "0"], want: "2" },
		{ args: ['{"__proto__":1}', '"__proto__"', "0"], want: "1" },
		{ args: ["{}", '"__proto__"', "0"], want: "0" },
		{ args: ["{}", '"constructor"', "0"], want: "0" },
		{ args: ["[]", "0", "0"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
	table(objects, "object.keys", [
		{ args: ['{"b":1,"a":2}'], want: '{"a", "b"}' },
		{ args: ["{}"], want: "set()" },
		{ args: ['{"$object": [[1, 2], [[1], 3]]}'], want: "{1, [1]}" },
		{ args: ["[]"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
	table(objects, "object.filter", [
		{ args: ['{"a":1,"b":2}', '["a","c"]'], want: '{"a": 1}' },
		{ args: ['{"a":1,"b":2}', '{"b":0}'], want: '{"b": 2}' },
		{ args: ['{"a":1,"b":2}', '{"$set": ["b"]}'], want: '{"b": 2}' },
		{ args: ['{"__proto__":1,"b":2}', '["__proto__"]'], want: '{"__proto__": 1}' },
		{ args: ['{"$object": [[1, "a"]]}', "[1.0]"], want: '{1: "a"}' },
		{ args: ['{"$object": [[1, "a"]]}', '[1.0,"b"]'], want: '{1.0: "a"}' },
		{ args: ["{}", "1"], wantError: "eval_type_error: operand 2 must be one of {object, set, array} but got number" },
		{ args: ["1", "[]"], wantError: "eval_type_error: operand 1 must be object but got number" },
	]);
	table(objects, "object.remove", [
		{ args: ['{"a":1,"b":2}', '["a","c"]'], want: '{"b": 2}' },
		{ args: ['{"a":1,"b":2}', '{"b":0}'], want: '{"a": 1}' },
		{ args: ['{"a":1}', '{"$set": ["a"]}'], want: "{}" },
		{
			args: ['{"a":1}', '"a"'],
			wantError: "eval_type_error: operand 2 must be one of {object, set, array} but got string",
		},
		{ args: ["[]", "[]"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
	table(objects, "object.union", [
		{ args: ['{"a":1,"b":{"c":1,"d":2}}', '{"b":{"c":3},"e":4}'], want: '{"a": 1, "b": {"c": 3, "d": 2}, "e": 4}' },
		{ args: ['{"a":{"b":1}}', '{"a":2}'], want: '{"a": 2}' },
		{ args: ['{"a":2}', '{"a":{"b":1}}'], want: '{"a": {"b": 1}}' },
		{ args: ["{}", '{"a":1}'], want: '{"a": 1}' },
		{ args: ['{"a":1}', "{}"], want: '{"a": 1}' },
		{ args: ['{"a":1}', '{"a":1.0}'], want: '{"a": 1}' },
		{ args: ['{"a":{"b":1}}', '{"a":{"b":1.0},"c":2}'], want: '{"a": {"b": 1.0}, "c": 2}' },
		{ args: ['{"$object": [[1, "a"]]}', '{"$object": [[1.0, "b"]]}'], want: '{1: "b"}' },
		{ args: ['{"__proto__":{"a":1}}', '{"__proto__":{"b":2}}'], want: '{"__proto__": {"a": 1, "b": 2}}' },
		{ args: ["{}", "[]"], wantError: "eval_type_error: operand 2 must be object but got array" },
	]);
	table(objects, "object.union_n", [
		{ args: ["[]"], want: "{}" },
		{ args: ['[{"a":{"b":2}},{"a":4},{"a":{"c":3}}]'], want: '{"a": {"c": 3}}' },
		{
			args: ['[{"a":{"b":1}},{"a":{"c":{"d":1}}},{"a":{"c":{"e":2}}}]'],
			want: '{"a": {"b": 1, "c": {"d": 1, "e": 2}}}',
		},
		{ args: ['[{"a":1}]'], want: '{"a": 1}' },
		{ args: ['[{"$object": [[1, "a"]]},{"$object": [[1.0, "b"]]}]'], want: '{1.0: "b"}' },
		{
			args: ["[{},1]"],
			wantError: "eval_type_error: operand 1 must be array of objects but got array containing number",
		},
		{ args: ["[1]"], wantError: "eval_type_error: operand 1 must be array of objects but got array containing number" },
		{ args: ["{}"], wantError: "eval_type_error: operand 1 must be array but got object" },
	]);
	table(objects, "object.subset", [
		{ args: ['{"a":{"b":1,"c":2},"d":3}', '{"a":{"b":1}}'], want: "true" },
		{ args: ['{"a":1}', '{"a":2}'], want: "false" },
		{ args: ['{"$set": [1, 2]}', '{"$set": [1]}'], want: "true" },
		{ args: ["[1,2,3]", "[2,3]"], want: "true" },
		{ args: ["[1,2,3]", "[1,3]"], want: "false" },
		{ args: ["[1,2]", "[]"], want: "true" },
		{ args: ["[1,2,3]", '{"$set": [1, 3]}'], want: "true" },
		{ args: ["[]", '{"$set": []}'], want: "false" },
		{ args: ["[1,1]", '{"$set": [1, 2]}'], want: "true" },
		{ args: ['{"a":[1,2]}', '{"a":{"$set": [1]}}'], want: "false" },
		{
			args: ['{"$set": [1]}', "[1]"],
			wantError: "eval_type_error: both arguments object.subset must be of the same type or array and set",
		},
		{
			args: ["1", "1"],
			wantError: "eval_type_error: both arguments object.subset must be of the same type or array and set",
		},
	]);
});
