/** print, trace and what template strings are rewritten to. */
import { describe, expect, test } from "vitest";
import { debug } from "../../src/builtins/debug.ts";
import type { Builtin } from "../../src/builtins/define.ts";
import { internal } from "../../src/builtins/internal.ts";
import { table, testContext, v } from "./support.ts";

function find(list: readonly Builtin[], name: string): Builtin {
	return list.find((b) => b.name === name) as Builtin;
}

describe("print", () => {
	test("strings bare, other values as in a policy", () => {
		const ctx = testContext();
		find(debug, "print").eval(ctx, "a b", v('[1.0, "x"]'), null, v('{"$set": []}'));
		expect(ctx.printed).toEqual(['a b [1.0, "x"] null set()']);
	});
	test("internal.print: undefined arguments, and one line per combination", () => {
		const ctx = testContext();
		const args = v('[{"$set": ["x="]}, {"$set": [1, 2]}, {"$set": []}, {"$set": ["a", [1]]}]');
		find(internal, "internal.print").eval(ctx, args);
		expect(ctx.printed).toEqual([
			"x= 1 <undefined> a",
			"x= 1 <undefined> [1]",
			"x= 2 <undefined> a",
			"x= 2 <undefined> [1]",
		]);
	});
	test("internal.print without arguments prints an empty line", () => {
		const ctx = testContext();
		find(internal, "internal.print").eval(ctx, []);
		expect(ctx.printed).toEqual([""]);
	});
});

test("trace notes its text", () => {
	const ctx = testContext();
	expect(find(debug, "trace").eval(ctx, "hi")).toBe(true);
	expect(ctx.notes).toEqual(["hi"]);
});

describe("internal", () => {
	table(debug, "trace", [{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" }]);
	table(internal, "internal.template_string", [
		{ args: ['["a ", 1.0, {"$set": ["b"]}, {"$set": []}, null, {"$set": [[1]]}]'], want: '"a 1.0b<undefined>null[1]"' },
		{ args: ["[]"], want: '""' },
		{ args: ['[{"$set": [1, 2]}]'], wantError: "halt: template-strings must not produce multiple outputs" },
		{ args: ["[[1]]"], wantError: "halt: illegal argument type: array" },
		{ args: ['"a"'], wantError: "eval_type_error: operand 1 must be array but got string" },
	]);
	table(internal, "internal.test_case", [{ args: ["[1]"], want: "true" }]);
});
