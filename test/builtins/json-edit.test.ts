/** json.filter, json.remove and json.patch, OPA's edit tree included. Wanted values are OPA's. */
import { describe } from "vitest";
import { jsonEdit } from "../../src/builtins/json-edit.ts";
import { table } from "./support.ts";

describe("json-edit", () => {
	table(jsonEdit, "json.filter", [
		{ args: ['{"a":{"b":1,"c":2},"d":3}', '["a/b"]'], want: '{"a": {"b": 1}}' },
		{ args: ['{"a":{"b":1},"d":3}', '{"$set": ["/a", ["d"]]}'], want: '{"a": {"b": 1}, "d": 3}' },
		{ args: ['{"a":[1,2,3]}', '["a/0","a/2"]'], want: '{"a": [1, 3]}' },
		{ args: ['{"a":[1,2,3]}', '[["a",0]]'], want: '{"a": []}' },
		{ args: ['{"a":{"$object": [[1, "x"]]}}', '[["a",1.0]]'], want: '{"a": {1: "x"}}' },
		{ args: ['{"a":{"$object": [[1, "x"]]}}', '[["a",1.0],["a",2]]'], want: '{"a": {1.0: "x"}}' },
		{ args: ['{"a":{"$set": [1, 2]}}', '[["a",1]]'], want: '{"a": {1}}' },
		{ args: ['{"a":1}', '["a/b"]'], want: '{"a": 1}' },
		{ args: ['{"a":{"b":1,"c":2}}', '["a","a/b"]'], want: '{"a": {"b": 1, "c": 2}}' },
		{ args: ['{"a/b":1,"~":2}', '["a~1b","~0"]'], want: '{"a/b": 1, "~": 2}' },
		{ args: ['{"":1}', '[""]'], want: "{}" },
		{ args: ['{"__proto__":1,"a":2}', '["__proto__"]'], want: '{"__proto__": 1}' },
		{
			args: ['{"a":1}', "[1]"],
			wantError:
				"eval_type_error: operand 2 must be one of {set, array} containing string paths or array of path segments but got number",
		},
		{ args: ['{"a":1}', '"a"'], wantError: "eval_type_error: operand 2 must be one of {set, array} but got string" },
		{ args: ["[]", "[]"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
	table(jsonEdit, "json.remove", [
		{ args: ['{"a":{"b":1,"c":2},"d":3}', '["a/b","d"]'], want: '{"a": {"c": 2}}' },
		{ args: ['{"a":[1,2,3]}', '["a/0","a/2"]'], want: '{"a": [2]}' },
		{ args: ['{"a":{"$set": [1, 2]}}', '[["a",1]]'], want: '{"a": {2}}' },
		{ args: ['{"a":1}', '["x/y",""]'], want: '{"a": 1}' },
		{ args: ['{"a":{"b":1}}', '["//a/b"]'], want: '{"a": {}}' },
		{
			args: ['{"a":1}', "[{}]"],
			wantError:
				"eval_type_error: operand 2 must be one of {set, array} containing string paths or array of path segments but got object",
		},
		{ args: ['{"a":1}', "{}"], wantError: "eval_type_error: operand 2 must be one of {set, array} but got object" },
		{ args: ["1", "[]"], wantError: "eval_type_error: operand 1 must be object but got number" },
	]);
	table(jsonEdit, "json.patch", [
		{ args: ['{"a":{"foo":1}}', '[{"op":"add","path":"/a/bar","value":2}]'], want: '{"a": {"bar": 2, "foo": 1}}' },
		{
			args: ['{"a":{"$set": [1]}}', '[{"op":"copy","from":["a",1.0],"path":"b"}]'],
			want: '{"a": {1.0}, "b": 1.0}',
		},
		{ args: ["[1,3]", '[{"op":"add","path":"/1","value":2}]'], want: "[1, 2, 3]" },
		{ args: ["[1]", '[{"op":"add","path":"/-","value":2},{"op":"replace","path":"/1","value":5}]'], want: "[1, 5]" },
		{ args: ['{"a":1}', '[{"op":"remove","path":"a"}]'], want: "{}" },
		{ args: ['{"a":1}', '[{"op":"replace","path":"/a","value":{"b":2}}]'], want: '{"a": {"b": 2}}' },
		{ args: ['{"a":{"b":1}}', '[{"op":"move","from":"/a/b","path":"/c"}]'], want: '{"a": {}, "c": 1}' },
		{ args: ['{"a":[1]}', '[{"op":"copy","from":"/a","path":"/b"}]'], want: '{"a": [1], "b": [1]}' },
		{ args: ['{"a":1}', '[{"op":"test","path":"/a","value":1}]'], want: '{"a": 1}' },
		{
			args: ['{"a":1}', '[{"op":"test","path":"/a","value":2}]'],
			wantError: "eval_builtin_error: value from EditTree != patch value.\n\nExpected: 2\n\nFound: 1",
		},
		{
			args: ["[1,2,3]", '[{"op":"remove","path":"/0"},{"op":"test","path":"/0","value":2}]'],
			wantError: "eval_builtin_error: value from EditTree != patch value.\n\nExpected: 2\n\nFound: 1",
		},
		{ args: ["[1,2,3]", '[{"op":"remove","path":"/0"},{"op":"copy","from":"/0","path":"/-"}]'], want: "[1, 3, 1]" },
		{
			args: ["[[1],[2],[3]]", '[{"op":"remove","path":"/0"},{"op":"add","path":"/0/0","value":"x"}]'],
			want: '[["x", 1], [3]]',
		},
		{
			args: ["[1,2]", '[{"op":"add","path":"/0","value":0},{"op":"test","path":"/2","value":2}]'],
			wantError: "eval_builtin_error: path 2 does not exist in array term [1, 2]",
		},
		{ args: ['{"a":1}', '[{"op":"add","path":"","value":[1]},{"op":"add","path":"/0","value":0}]'], want: "[0, 1]" },
		{ args: ['{"a":1}', '[{"op":"remove","path":""},{"op":"add","path":"","value":3}]'], want: "3" },
		{
			args: ['{"a":{"$set": [1, 2]}}', '[{"op":"add","path":["a",3],"value":3},{"op":"remove","path":["a",1]}]'],
			want: '{"a": {2, 3}}',
		},
		{ args: ['{"$set": [1, [3]]}', '[{"op":"add","path":[[3],0],"value":4}]'], want: "{1, [4, 3]}" },
		{
			args: ['{"a":{"$set": [1]}}', '[{"op":"add","path":["a",3],"value":4}]'],
			wantError: "eval_builtin_error: set key 3 does not equal value to be inserted 4",
		},
		{ args: ['{"a/b":{"~":1}}', '[{"op":"replace","path":"/a~1b/~0","value":2}]'], want: '{"a/b": {"~": 2}}' },
		{ args: ['{"__proto__":{}}', '[{"op":"add","path":"/__proto__/x","value":1}]'], want: '{"__proto__": {"x": 1}}' },
		{ args: ['{"a":{}}', '[{"op":"add","path":"/a/__proto__","value":1}]'], want: '{"a": {"__proto__": 1}}' },
		{
			args: ['{"a":1}', '[{"op":"remove","path":"/b"}]'],
			wantError: 'eval_builtin_error: cannot delete child key "b" that does not exist',
		},
		{
			args: ['{"a":1}', '[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]'],
			wantError: 'eval_builtin_error: cannot delete the already deleted scalar node for key "a"',
		},
		{
			args: ['{"a":1}', '[{"op":"move","from":"/a","path":"/a/b"}]'],
			wantError: 'eval_builtin_error: cannot unfold the already deleted scalar node for key "a"',
		},
		{
			args: ['{"a":1}', '[{"op":"add","path":"/a/b","value":1}]'],
			wantError: "eval_builtin_error: expected composite type, found value: 1 (type: ast.Number)",
		},
		{
			args: ["{}", '[{"op":"add","path":"/a/b","value":1}]'],
			wantError: 'eval_builtin_error: path "a" does not exist in object term {}',
		},
		{
			args: ["[1]", '[{"op":"add","path":"/3","value":1}]'],
			wantError: "eval_builtin_error: index for array insertion out of bounds",
		},
		{
			args: ["[1]", '[{"op":"remove","path":"/1"}]'],
			wantError: "eval_builtin_error: index for array delete out of bounds",
		},
		{
			args: ["[1]", '[{"op":"add","path":"/01","value":1}]'],
			wantError: "eval_builtin_error: leading zeros are not allowed in JSON paths",
		},
		{
			args: ["[1]", '[{"op":"add","path":"/x","value":1}]'],
			wantError: "eval_builtin_error: invalid string for indexing",
		},
		{
			args: ["[1]", '[{"op":"add","path":[0.5],"value":1}]'],
			wantError: "eval_builtin_error: invalid number type for indexing",
		},
		{
			args: ["[1]", '[{"op":"add","path":[true],"value":1}]'],
			wantError: "eval_builtin_error: invalid type for indexing",
		},
		{
			args: ["1", '[{"op":"add","path":"/a","value":1}]'],
			wantError: "eval_builtin_error: expected composite type, found value: 1 (type: ast.Number)",
		},
		{
			args: ["{}", "[1]"],
			wantError:
				"eval_builtin_error: must be an array of JSON-Patch objects, but at least one element is not an object",
		},
		{ args: ["{}", "[{}]"], wantError: "eval_builtin_error: missing required attribute 'path'" },
		{ args: ["{}", '[{"path":"a"}]'], wantError: "eval_builtin_error: missing required attribute 'op'" },
		{
			args: ["{}", '[{"path":"a","op":1}]'],
			wantError: "eval_builtin_error: attribute 'op' must be a string but found: number",
		},
		{ args: ["{}", '[{"path":"a","op":"x"}]'], wantError: "eval_builtin_error: unrecognized op: 'x'" },
		{ args: ["{}", '[{"path":"a","op":"add"}]'], wantError: "eval_builtin_error: missing required attribute 'value'" },
		{ args: ["{}", '[{"path":"a","op":"copy"}]'], wantError: "eval_builtin_error: missing required attribute 'from'" },
		{
			args: ["{}", '[{"path":3,"op":"add","value":1}]'],
			wantError:
				"eval_type_error: operand 2 must be one of {set, array} containing string paths or array of path segments but got number",
		},
		{ args: ["{}", "{}"], wantError: "eval_type_error: operand 2 must be array but got object" },
	]);
});
