/** Sets of sets, and set_diff. Wanted values are OPA's. */
import { describe } from "vitest";
import { sets } from "../../src/builtins/sets.ts";
import { table } from "./support.ts";

describe("sets", () => {
	table(sets, "union", [
		{ args: ['{"$set": [{"$set": [1, 2]}, {"$set": [2, 3]}]}'], want: "{1, 2, 3}" },
		{ args: ['{"$set": []}'], want: "set()" },
		{ args: ['{"$set": [{"$set": []}]}'], want: "set()" },
		{ args: ['{"$set": [1]}'], wantError: "eval_type_error: operand 1 must be set but got number" },
		{ args: ["[]"], wantError: "eval_type_error: operand 1 must be set but got array" },
	]);
	table(sets, "intersection", [
		{ args: ['{"$set": [{"$set": [1, 2]}, {"$set": [2, 3]}]}'], want: "{2}" },
		{ args: ['{"$set": []}'], want: "set()" },
		{ args: ['{"$set": [{"$set": [1]}]}'], want: "{1}" },
		{ args: ['{"$set": [{"$set": [1]}, {"$set": [2]}]}'], want: "set()" },
		{ args: ['{"$set": ["a"]}'], wantError: "eval_type_error: operand 1 must be set but got string" },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be set but got number" },
	]);
	table(sets, "set_diff", [
		{ args: ['{"$set": [1, 2]}', '{"$set": [2]}'], want: "{1}" },
		{ args: ['{"$set": [1]}', '{"$set": []}'], want: "{1}" },
		{ args: ['{"$set": [1]}', "[1]"], wantError: "eval_type_error: operand 2 must be set but got array" },
	]);
});
