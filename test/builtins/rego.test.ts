/** rego.*: trees and messages are OPA's. The metadata functions inside rules are the compiler's matter. */
import { describe, expect, test } from "vitest";
import { rego } from "../../src/builtins/rego.ts";
import { startCost } from "../cost.ts";
import { call, type Row, table } from "./support.ts";

/** Rows whose operands are all strings, written plainly. */
function texts(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: row.args.map((a) => JSON.stringify(a)) }));
}

describe("rego.parse_module", () => {
	table(
		rego,
		"rego.parse_module",
		texts([
			{
				args: ["policy/a.rego", "package a"],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}}',
			},
			{
				args: [
					"policy/a.rego",
					`package a.b["c d"]

import data.x.y as z
import rego.v1
import input.q`,
				],
				want: '{"imports": [{"alias": "z", "path": {"type": "ref", "value": [{"type": "var", "value": "data"}, {"type": "string", "value": "x"}, {"type": "string", "value": "y"}]}}, {"path": {"type": "ref", "value": [{"type": "var", "value": "rego"}, {"type": "string", "value": "v1"}]}}, {"path": {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "q"}]}}], "package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}, {"type": "string", "value": "b"}, {"type": "string", "value": "c d"}]}}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

default p := false

p if input.x > 1`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"type": "boolean", "value": true}}], "default": true, "head": {"assign": true, "name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "boolean", "value": false}}}, {"body": [{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "gt"}]}, {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "x"}]}, {"type": "number", "value": 1}]}], "head": {"name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "boolean", "value": true}}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

p contains x if some x in [1, 2.50, "s", null, true]`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"symbols": [{"type": "call", "value": [{"type": "ref", "value": [{"type": "var", "value": "internal"}, {"type": "string", "value": "member_2"}]}, {"type": "var", "value": "x"}, {"type": "array", "value": [{"type": "number", "value": 1}, {"type": "number", "value": 2.50}, {"type": "string", "value": "s"}, {"type": "null", "value": {}}, {"type": "boolean", "value": true}]}]}]}}], "head": {"key": {"type": "var", "value": "x"}, "name": "p", "ref": [{"type": "var", "value": "p"}]}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

f(x, [y, _]) := z if { z := x + y } else := 0 if not x`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "assign"}]}, {"type": "var", "value": "z"}, {"type": "call", "value": [{"type": "ref", "value": [{"type": "var", "value": "plus"}]}, {"type": "var", "value": "x"}, {"type": "var", "value": "y"}]}]}], "else": {"body": [{"index": 0, "negated": true, "terms": {"type": "var", "value": "x"}}], "head": {"args": [{"type": "var", "value": "x"}, {"type": "array", "value": [{"type": "var", "value": "y"}, {"type": "var", "value": "$0"}]}], "assign": true, "name": "f", "ref": [{"type": "var", "value": "f"}], "value": {"type": "number", "value": 0}}}, "head": {"args": [{"type": "var", "value": "x"}, {"type": "array", "value": [{"type": "var", "value": "y"}, {"type": "var", "value": "$0"}]}], "assign": true, "name": "f", "ref": [{"type": "var", "value": "f"}], "value": {"type": "var", "value": "z"}}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

p[x].q := {"k": {1, 2}, "o": [z | z := data.a[_]]} if some x, y in {"a": {v: 1 | v := 2}}`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"symbols": [{"type": "call", "value": [{"type": "ref", "value": [{"type": "var", "value": "internal"}, {"type": "string", "value": "member_3"}]}, {"type": "var", "value": "x"}, {"type": "var", "value": "y"}, {"type": "object", "value": [[{"type": "string", "value": "a"}, {"type": "objectcomprehension", "value": {"body": [{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "assign"}]}, {"type": "var", "value": "v"}, {"type": "number", "value": 2}]}], "key": {"type": "var", "value": "v"}, "value": {"type": "number", "value": 1}}}]]}]}]}}], "head": {"assign": true, "ref": [{"type": "var", "value": "p"}, {"type": "var", "value": "x"}, {"type": "string", "value": "q"}], "value": {"type": "object", "value": [[{"type": "string", "value": "k"}, {"type": "set", "value": [{"type": "number", "value": 1}, {"type": "number", "value": 2}]}], [{"type": "string", "value": "o"}, {"type": "arraycomprehension", "value": {"body": [{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "assign"}]}, {"type": "var", "value": "z"}, {"type": "ref", "value": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}, {"type": "var", "value": "$0"}]}]}], "term": {"type": "var", "value": "z"}}}]]}}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

p if every k, v in input.m { k != v }`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"body": [{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "neq"}]}, {"type": "var", "value": "k"}, {"type": "var", "value": "v"}]}], "domain": {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "m"}]}, "key": {"type": "var", "value": "k"}, "value": {"type": "var", "value": "v"}}}], "head": {"name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "boolean", "value": true}}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

p if { input.x with input.x as 1 with data.y as {} }`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "x"}]}, "with": [{"target": {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "x"}]}, "value": {"type": "number", "value": 1}}, {"target": {"type": "ref", "value": [{"type": "var", "value": "data"}, {"type": "string", "value": "y"}]}, "value": {"type": "object", "value": []}}]}], "head": {"name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "boolean", "value": true}}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`# METADATA
# title: T
# scope: document
# custom:
#   k: [1, two]
# schemas:
#   - input: schema.s
#   - data.x: {type: object}
# entrypoint: true
package a`,
				],
				want: '{"comments": [{"Location": {"col": 1, "file": "policy/a.rego", "row": 1}, "Text": "IE1FVEFEQVRB"}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 2}, "Text": "IHRpdGxlOiBU"}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 3}, "Text": "IHNjb3BlOiBkb2N1bWVudA=="}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 4}, "Text": "IGN1c3RvbTo="}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 5}, "Text": "ICAgazogWzEsIHR3b10="}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 6}, "Text": "IHNjaGVtYXM6"}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 7}, "Text": "ICAgLSBpbnB1dDogc2NoZW1hLnM="}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 8}, "Text": "ICAgLSBkYXRhLng6IHt0eXBlOiBvYmplY3R9"}, {"Location": {"col": 1, "file": "policy/a.rego", "row": 9}, "Text": "IGVudHJ5cG9pbnQ6IHRydWU="}], "package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}}',
			},
			{
				args: ["policy/a.rego", 'package a\n\np := $"x {input.y} {1 + 2}"'],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"type": "boolean", "value": true}}], "head": {"assign": true, "name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "templatestring", "value": {"multi_line": false, "parts": [{"type": "string", "value": "x "}, {"index": 0, "terms": {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "y"}]}}, {"type": "string", "value": " "}, {"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "plus"}]}, {"type": "number", "value": 1}, {"type": "number", "value": 2}]}]}}}}]}',
			},
			{
				args: [
					"policy/a.rego",
					`package a

p if f(1, input["a"][0])[_].b == -1`,
				],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "equal"}]}, {"type": "ref", "value": [{"type": "call", "value": [{"type": "ref", "value": [{"type": "var", "value": "f"}]}, {"type": "number", "value": 1}, {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "a"}, {"type": "number", "value": 0}]}]}, {"type": "var", "value": "$0"}, {"type": "string", "value": "b"}]}, {"type": "number", "value": -1}]}], "head": {"name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "boolean", "value": true}}}]}',
			},
			{
				args: ["policy/a.rego", "package a\n\na := 1\na := 2 { true }"],
				wantError:
					"eval_builtin_error: 1 error occurred: policy/a.rego:4: rego_parse_error: `if` keyword is required before rule body",
			},
			{ args: ["policy/a.rego", ""], wantError: "eval_builtin_error: policy/a.rego:0: rego_parse_error: empty module" },
			{
				args: ["policy/a.rego", "# only a comment"],
				wantError: "eval_builtin_error: policy/a.rego:0: rego_parse_error: empty module",
			},
			{
				args: ["policy/a.rego", "package"],
				wantError:
					"eval_builtin_error: 1 error occurred: policy/a.rego:1: rego_parse_error: unexpected eof token\n\tpackage\n\t      ^",
			},
			{
				args: ["policy/a.rego", "package a\np {"],
				wantError:
					"eval_builtin_error: 1 error occurred: policy/a.rego:2: rego_parse_error: unexpected eof token\n\tp {\n\t  ^",
			},
			{
				args: ["policy/a.rego", 'package a\n\np := "abc'],
				wantError:
					'eval_builtin_error: 3 errors occurred:\npolicy/a.rego:3: rego_parse_error: non-terminated string\n\tp := "abc\n\t     ^\npolicy/a.rego:3: rego_parse_error: illegal token\n\tp := "abc\n\t     ^\npolicy/a.rego:3: rego_parse_error: illegal token\n\tp := "abc\n\t     ^',
			},
			{
				args: ["policy/a.rego", "package a\n\nimport foo"],
				wantError:
					"eval_builtin_error: 1 error occurred: policy/a.rego:3: rego_parse_error: unexpected import path, must begin with one of: {data, future, input, rego}, got: foo (hint: if this is unexpected, try updating OPA)\n\timport foo\n\t       ^",
			},
			{
				args: ["policy/a.rego", "package a\n\np if x = 1 +"],
				wantError:
					"eval_builtin_error: 1 error occurred: policy/a.rego:3: rego_parse_error: unexpected eof token\n\tp if x = 1 +\n\t           ^",
			},
			{
				args: ["policy/a.rego", "pack age"],
				wantError: `eval_builtin_error: 2 errors occurred:
policy/a.rego:1: rego_parse_error: package expected
policy/a.rego:1: rego_parse_error: var cannot be used for rule name`,
			},
			{
				args: ["policy/a.rego", "package a\n\np := 1 p := 2"],
				want: '{"package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}]}, "rules": [{"body": [{"index": 0, "terms": {"type": "boolean", "value": true}}], "head": {"assign": true, "name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "number", "value": 1}}}, {"body": [{"index": 0, "terms": {"type": "boolean", "value": true}}], "head": {"assign": true, "name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "number", "value": 2}}}]}',
			},
			{
				args: ["policy/a.rego", "package a\n\nx := {"],
				wantError:
					"eval_builtin_error: 2 errors occurred:\npolicy/a.rego:3: rego_parse_error: unexpected eof token\n\tx := {\n\t     ^\npolicy/a.rego:3: rego_parse_error: unexpected eof token: expected rule value term (e.g., x := <VALUE> { ... })\n\tx := {\n\t     ^",
			},
		]),
	);
});

describe("rego.parse_module: operands", () => {
	table(rego, "rego.parse_module", [
		{ args: ["1", '"package a"'], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ['"a"', "null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
});

describe("outside a rule", () => {
	table(rego, "rego.metadata.chain", [
		{
			args: [],
			wantError: "eval_builtin_error: the rego.metadata.chain function must only be called within the scope of a rule",
		},
	]);
});

describe("outside a rule, too", () => {
	table(rego, "rego.metadata.rule", [
		{
			args: [],
			wantError: "eval_builtin_error: the rego.metadata.rule function must only be called within the scope of a rule",
		},
	]);
});

describe("hostile modules", () => {
	test.each([
		["nested arrays", `package a\np := ${"[".repeat(100_000)}`],
		["closed nested arrays", `package a\np := ${"[".repeat(5_000)}${"]".repeat(5_000)}`],
		["a long reference", `package a\np := x${".y".repeat(50_000)}`],
		["many rules", `package a\n${"p := 1\n".repeat(10_000)}`],
		["keys of JavaScript's own", 'package a\np := {"__proto__": {"constructor": 1}}'],
	])("%s", (_, text) => {
		const parse = rego.find((b) => b.name === "rego.parse_module");
		const cost = startCost();
		const got = parse === undefined ? {} : call(parse, ["x.rego", text]);
		expect(got).toSatisfy((x: typeof got) => x.code !== undefined || x.value !== undefined);
		expect(cost()).toBeLessThan(5000);
	});
});
