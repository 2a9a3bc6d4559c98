/** Type checks. Wanted values are OPA's. */
import { describe } from "vitest";
import { types } from "../../src/builtins/types.ts";
import { table } from "./support.ts";

describe("types", () => {
	table(types, "is_array", [
		{ args: ["[]"], want: "true" },
		{ args: ['"x"'], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
	table(types, "is_boolean", [
		{ args: ["true"], want: "true" },
		{ args: ['"x"'], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
	table(types, "is_null", [
		{ args: ["null"], want: "true" },
		{ args: ['"x"'], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
	table(types, "is_number", [
		{ args: ["1.0"], want: "true" },
		{ args: ['"x"'], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
	table(types, "is_object", [
		{ args: ["{}"], want: "true" },
		{ args: ['"x"'], want: "false" },
		{ args: ['{"$set": []}'], want: "false" },
	]);
	table(types, "is_set", [
		{ args: ['{"$set": []}'], want: "true" },
		{ args: ['"x"'], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
	table(types, "is_string", [
		{ args: ['""'], want: "true" },
		{ args: ["1"], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
	table(types, "type_name", [
		{ args: ["null"], want: '"null"' },
		{ args: ["true"], want: '"boolean"' },
		{ args: ["1e400"], want: '"number"' },
		{ args: ['""'], want: '"string"' },
		{ args: ["[]"], want: '"array"' },
		{ args: ["{}"], want: '"object"' },
		{ args: ['{"$set": []}'], want: '"set"' },
		{ args: ['{"$object": [[1, 2]]}'], want: '"object"' },
	]);
});
