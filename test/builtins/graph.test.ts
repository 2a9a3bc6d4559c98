/** walk and reachability. Wanted values are OPA's. */
import { describe } from "vitest";
import { graph } from "../../src/builtins/graph.ts";
import { table } from "./support.ts";

describe("graph", () => {
	table(graph, "graph.reachable", [
		{ args: ['{"a":["b"],"b":["c"],"c":["a"]}', '["a"]'], want: '{"a", "b", "c"}' },
		{ args: ['{"a":{"$set": ["b", "x"]},"b":[]}', '{"$set": ["a"]}'], want: '{"a", "b"}' },
		{ args: ['{"a":1}', '["a"]'], want: '{"a"}' },
		{ args: ["{}", '["a"]'], want: "set()" },
		{ args: ['{"$object": [[1, [2]], [2, []]]}', "[1.0]"], want: "{1.0, 2}" },
		{ args: ['{"$object": [[1, [2.0]], [2, []]]}', "[1,2]"], want: "{1, 2}" },
		{ args: ["{}", '"a"'], wantError: "eval_type_error: operand 2 must be {array, set} but got string" },
		{ args: ["[]", "[]"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
	table(graph, "graph.reachable_paths", [
		{ args: ['{"a":["b","c"],"b":["d"],"c":["d"],"d":[]}', '["a"]'], want: '{["a", "b", "d"], ["a", "c", "d"]}' },
		{ args: ['{"a":["b"],"b":["a"]}', '["a"]'], want: '{["a", "b"]}' },
		{ args: ['{"a":["a"]}', '["a"]'], want: '{["a", "a"]}' },
		{ args: ['{"a":["x"]}', '{"$set": ["a"]}'], want: '{["a"]}' },
		{ args: ['{"a":[]}', '["a","b"]'], want: '{["a"]}' },
		{ args: ['{"a":["b","b"],"b":["c"],"c":["b"]}', '["a"]'], want: '{["a", "b", "c"]}' },
		{ args: ["{}", "1"], wantError: "eval_type_error: operand 2 must be {array, set} but got number" },
		{ args: ["1", "[]"], wantError: "eval_type_error: operand 1 must be object but got number" },
	]);
});
