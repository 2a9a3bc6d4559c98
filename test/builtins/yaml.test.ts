/** yaml.* Wanted values are OPA's, the marshalled texts byte for byte. */
import { describe, expect, test } from "vitest";
import { yaml } from "../../src/builtins/yaml.ts";
import { startCost } from "../cost.ts";
import { call, type Row, shown, table, v } from "./support.ts";

/** Rows whose operands are all strings, written plainly. */
function texts(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: row.args.map((a) => JSON.stringify(a)) }));
}

describe("yaml.marshal: strings", () => {
	table(
		yaml,
		"yaml.marshal",
		texts([
			{ args: [""], want: String.raw`"\"\"\n"` },
			{ args: ["a"], want: String.raw`"a\n"` },
			{ args: ["true"], want: String.raw`"\"true\"\n"` },
			{ args: ["True"], want: String.raw`"\"True\"\n"` },
			{ args: ["y"], want: String.raw`"\"y\"\n"` },
			{ args: ["Yes"], want: String.raw`"\"Yes\"\n"` },
			{ args: ["on"], want: String.raw`"\"on\"\n"` },
			{ args: ["null"], want: String.raw`"\"null\"\n"` },
			{ args: ["~"], want: String.raw`"\"~\"\n"` },
			{ args: ["Null"], want: String.raw`"\"Null\"\n"` },
			{ args: ["1"], want: String.raw`"\"1\"\n"` },
			{ args: ["-1"], want: String.raw`"\"-1\"\n"` },
			{ args: ["+1"], want: String.raw`"\"+1\"\n"` },
			{ args: ["1_000"], want: String.raw`"\"1_000\"\n"` },
			{ args: ["0x1f"], want: String.raw`"\"0x1f\"\n"` },
			{ args: ["0o17"], want: String.raw`"\"0o17\"\n"` },
			{ args: ["017"], want: String.raw`"\"017\"\n"` },
			{ args: ["0b1"], want: String.raw`"\"0b1\"\n"` },
			{ args: ["1.5"], want: String.raw`"\"1.5\"\n"` },
			{ args: [".5"], want: String.raw`"\".5\"\n"` },
			{ args: ["1e3"], want: String.raw`"\"1e3\"\n"` },
			{ args: ["1e400"], want: String.raw`"1e400\n"` },
			{ args: [".inf"], want: String.raw`"\".inf\"\n"` },
			{ args: ["-.Inf"], want: String.raw`"\"-.Inf\"\n"` },
			{ args: [".nan"], want: String.raw`"\".nan\"\n"` },
			{ args: ["2020-01-01"], want: String.raw`"\"2020-01-01\"\n"` },
			{ args: ["2020-01-01T00:00:00Z"], want: String.raw`"\"2020-01-01T00:00:00Z\"\n"` },
			{ args: ["2020-1-1"], want: String.raw`"\"2020-1-1\"\n"` },
			{ args: ["190:20:30"], want: String.raw`"\"190:20:30\"\n"` },
			{ args: ["="], want: String.raw`"=\n"` },
			{ args: ["<<"], want: String.raw`"<<\n"` },
			{ args: ["- a"], want: String.raw`"'- a'\n"` },
			{ args: ["-a"], want: String.raw`"-a\n"` },
			{ args: ["-"], want: String.raw`"'-'\n"` },
			{ args: ["?"], want: String.raw`"'?'\n"` },
			{ args: ["? a"], want: String.raw`"'? a'\n"` },
			{ args: ["a: b"], want: String.raw`"'a: b'\n"` },
			{ args: ["a:b"], want: String.raw`"a:b\n"` },
			{ args: [":"], want: String.raw`"':'\n"` },
			{ args: ["a #b"], want: String.raw`"'a #b'\n"` },
			{ args: ["a#b"], want: String.raw`"a#b\n"` },
			{ args: ["#a"], want: String.raw`"'#a'\n"` },
			{ args: ["*a"], want: String.raw`"'*a'\n"` },
			{ args: ["&a"], want: String.raw`"'&a'\n"` },
			{ args: ["!a"], want: String.raw`"'!a'\n"` },
			{ args: ["|"], want: String.raw`"'|'\n"` },
			{ args: ["> a"], want: String.raw`"'> a'\n"` },
			{ args: ["@a"], want: String.raw`"'@a'\n"` },
			{ args: ["`a"], want: "\"'`a'\\n\"" },
			{ args: ["%a"], want: String.raw`"'%a'\n"` },
			{ args: ["'a'"], want: String.raw`"'''a'''\n"` },
			{ args: ["a'b"], want: String.raw`"a'b\n"` },
			{ args: ['"'], want: String.raw`"'\"'\n"` },
			{ args: ["\\"], want: String.raw`"\\\n"` },
			{ args: ["[a]"], want: String.raw`"'[a]'\n"` },
			{ args: ["{a}"], want: String.raw`"'{a}'\n"` },
			{ args: ["a]"], want: String.raw`"a]\n"` },
			{ args: ["a,b"], want: String.raw`"a,b\n"` },
			{ args: [" a"], want: String.raw`"' a'\n"` },
			{ args: ["a "], want: String.raw`"'a '\n"` },
			{ args: ["a\nb"], want: String.raw`"|-\n  a\n  b\n"` },
			{ args: ["a\n"], want: String.raw`"|\n  a\n"` },
			{ args: ["\na"], want: String.raw`"|2-\n\n  a\n"` },
			{ args: ["a\n\n"], want: String.raw`"|+\n  a\n\n"` },
			{ args: ["a\n b\n"], want: String.raw`"|\n  a\n   b\n"` },
			{ args: ["  a\nb"], want: String.raw`"|2-\n    a\n  b\n"` },
			{ args: ["\t"], want: String.raw`"\"\\t\"\n"` },
			{ args: ["a\tb"], want: String.raw`"\"a\\tb\"\n"` },
			{ args: ["\u0000"], want: String.raw`"\"\\0\"\n"` },
			{ args: ["\u0007"], want: String.raw`"\"\\a\"\n"` },
			{ args: ["\u001b"], want: String.raw`"\"\\e\"\n"` },
			{ args: ["\u007f"], wantError: "eval_builtin_error: yaml: control characters are not allowed" },
			{ args: ["\u0085"], want: String.raw`"' '\n"` },
			{ args: [" "], want: String.raw`"\u00a0\n"` },
			{ args: ["é"], want: String.raw`"é\n"` },
			{ args: ["\u2028"], want: String.raw`"'\u2028'\n"` },
			{ args: ["\ufeff"], want: String.raw`"\"\\uFEFF\"\n"` },
			{ args: ["😀"], want: String.raw`"\"\\U0001F600\"\n"` },
			{ args: ["---"], want: String.raw`"'---'\n"` },
			{ args: ["..."], want: String.raw`"'...'\n"` },
			{ args: ["--- a"], want: String.raw`"'--- a'\n"` },
			{ args: ["a b c"], want: String.raw`"a b c\n"` },
			{
				args: ["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y"],
				want: String.raw`"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n  y\n"`,
			},
			{ args: ["a\r\nb"], want: String.raw`"\"a\\r\\nb\"\n"` },
			{ args: ["/"], want: String.raw`"/\n"` },
			{ args: [".."], want: String.raw`"..\n"` },
			{ args: ["a.b"], want: String.raw`"a.b\n"` },
			{ args: ["<a>"], want: String.raw`"<a>\n"` },
			{ args: ["a&b"], want: String.raw`"a&b\n"` },
			{ args: ["0.1.2"], want: String.raw`"0.1.2\n"` },
			{ args: ["1:2"], want: String.raw`"\"1:2\"\n"` },
			{ args: ["12e03"], want: String.raw`"\"12e03\"\n"` },
			{ args: ["0xg"], want: String.raw`"0xg\n"` },
			{ args: ["- "], want: String.raw`"'- '\n"` },
			{ args: ["!!str"], want: String.raw`"'!!str'\n"` },
			{ args: ["key: |"], want: String.raw`"'key: |'\n"` },
		]),
	);
});

describe("yaml.marshal", () => {
	table(yaml, "yaml.marshal", [
		{ args: ["null"], want: String.raw`"null\n"` },
		{ args: ["true"], want: String.raw`"true\n"` },
		{ args: ["0"], want: String.raw`"0\n"` },
		{ args: ["-1"], want: String.raw`"-1\n"` },
		{ args: ["1.5"], want: String.raw`"1.5\n"` },
		{ args: ["1.0"], want: String.raw`"1\n"` },
		{ args: ["1e3"], want: String.raw`"1000\n"` },
		{ args: ["1e21"], want: String.raw`"1e+21\n"` },
		{ args: ["1e20"], want: String.raw`"1e+20\n"` },
		{ args: ["123456789012345678"], want: String.raw`"123456789012345678\n"` },
		{ args: ["12345678901234567890"], want: String.raw`"12345678901234567890\n"` },
		{ args: ["123456789012345678901234567890"], want: String.raw`"1.2345678901234568e+29\n"` },
		{ args: ["0.1"], want: String.raw`"0.1\n"` },
		{ args: ["1e-7"], want: String.raw`"1e-07\n"` },
		{ args: ["1e400"], want: String.raw`"1e400\n"` },
		{ args: ["1e-400"], want: String.raw`"0\n"` },
		{ args: ["[]"], want: String.raw`"[]\n"` },
		{ args: ["{}"], want: String.raw`"{}\n"` },
		{ args: ["[[]]"], want: String.raw`"- []\n"` },
		{ args: ["[{}]"], want: String.raw`"- {}\n"` },
		{ args: ["[[1, 2], [3, [4]]]"], want: String.raw`"- - 1\n  - 2\n- - 3\n  - - 4\n"` },
		{ args: ['[{"a": 1, "b": [2]}, {"c": {}}]'], want: String.raw`"- a: 1\n  b:\n  - 2\n- c: {}\n"` },
		{
			args: ['{"b": 1, "a": {"d": [1, {"x": "y"}], "c": null}}'],
			want: String.raw`"a:\n  c: null\n  d:\n  - 1\n  - x: \"y\"\nb: 1\n"`,
		},
		{
			note: "keys in natural order",
			args: [
				'{"a10": 1, "a2": 2, "A": 3, "1": 4, "10": 5, "9": 6, "": 7, "true": 8, "a b": 9, "é": 10, "a.b": 11, "a-b": 12, "_": 13}',
			],
			want: String.raw`"\"\": 7\n_: 13\n\"1\": 4\n\"9\": 6\n\"10\": 5\nA: 3\na b: 9\na-b: 12\na.b: 11\na2: 2\na10: 1\n\"true\": 8\né: 10\n"`,
		},
		{
			note: "a long key becomes an explicit one",
			args: [
				'{"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk": 1}',
			],
			want: String.raw`"? kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n: 1\n"`,
		},
		{ args: [String.raw`{"a\nb": 1}`], want: String.raw`"? |-\n  a\n  b\n: 1\n"` },
		{
			note: "block text in a list",
			args: [String.raw`["a\nb\n", "c\n"]`],
			want: String.raw`"- |\n  a\n  b\n- |\n  c\n"`,
		},
		{ args: [String.raw`{"k": "a\n  b\n\nc"}`], want: String.raw`"k: |-\n  a\n    b\n\n  c\n"` },
		{ args: [String.raw`{"k": "  a\nb"}`], want: String.raw`"k: |2-\n    a\n  b\n"` },
		{
			note: "folded after eighty columns",
			args: [
				'{"k": "word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word"}',
			],
			want: String.raw`"k: word word word word word word word word word word word word word word word word\n  word word word word word word word word word word word word word word word word\n  word word word word word word word word\n"`,
		},
		{
			args: [
				'"é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é "',
			],
			want: String.raw`"'é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é é\n  é é é é é é é é é é é é é é é é é é é '\n"`,
		},
		{ args: ['{"__proto__": {"constructor": 1}}'], want: String.raw`"__proto__:\n  constructor: 1\n"` },
		{ args: ['{"$set": [3, 1, 2]}'], want: String.raw`"- 1\n- 2\n- 3\n"` },
		{ args: ['{"$object": [[1, "a"], [[2], "b"]]}'], want: String.raw`"'[2]': b\n\"1\": a\n"` },
	]);
});

describe("yaml.unmarshal", () => {
	table(
		yaml,
		"yaml.unmarshal",
		texts([
			{ args: ["a: 1\nb: [x, y]\nc: {d: e}"], want: '{"a": 1, "b": ["x", true], "c": {"d": "e"}}' },
			{ args: ["- 1\n- two\n- - 3\n  - 4"], want: '[1, "two", [3, 4]]' },
			{ args: [""], want: "null" },
			{ args: ["~"], want: "null" },
			{ args: ["null"], want: "null" },
			{ args: ["# only a comment"], want: "null" },
			{ args: ["true"], want: "true" },
			{ args: ["yes"], want: "true" },
			{ args: ["No"], want: "false" },
			{ args: ["y"], want: "true" },
			{ args: ["on"], want: "true" },
			{ args: ["1_000"], want: "1000" },
			{ args: ["0x1f"], want: "31" },
			{ args: ["0o17"], want: "15" },
			{ args: ["017"], want: "15" },
			{ args: ["0b11"], want: "3" },
			{ args: ["1.5"], want: "1.5" },
			{ args: [".5"], want: "0.5" },
			{ args: ["1e3"], want: "1000" },
			{ args: ["12345678901234567890"], want: "12345678901234567890" },
			{ args: ["123456789012345678901234567890"], want: "1.2345678901234568e+29" },
			{ args: ["'1'"], want: '"1"' },
			{ args: [String.raw`"a\tb\x41\u00e9\U0001F600"`], want: String.raw`"a\tbAé😀"` },
			{ args: ["'it''s'"], want: `"it's"` },
			{ args: ["!!str 1"], want: '"1"' },
			{ args: ["!!int '1'"], want: "1" },
			{ args: ["!!float 1"], want: "1" },
			{ args: ["!!binary aGVsbG8="], want: '"hello"' },
			{ args: ["2020-01-01"], want: '"2020-01-01"' },
			{ args: ["2020-01-01T00:00:00Z"], want: '"2020-01-01T00:00:00Z"' },
			{ args: ["190:20:30"], want: '"190:20:30"' },
			{ args: ["|\n  a\n   b\n\n  c\n"], want: String.raw`"a\n b\n\nc\n"` },
			{ args: [">\n  a\n  b\n\n  c\n"], want: String.raw`"a b\nc\n"` },
			{ args: ["|-\n  a\n"], want: '"a"' },
			{ args: ["|+\n  a\n\n"], want: String.raw`"a\n\n"` },
			{ args: ["|2\n   a\n"], want: String.raw`" a\n"` },
			{ args: ["a: &x {k: v}\nb: *x"], want: '{"a": {"k": "v"}, "b": {"k": "v"}}' },
			{
				args: [
					`base: &b {a: 1, c: 2}
d:
  <<: *b
  a: 3`,
				],
				want: '{"base": {"a": 1, "c": 2}, "d": {"a": 3, "c": 2}}',
			},
			{ args: ["a: b\n---\nc: d"], want: '{"a": "b"}' },
			{ args: ["---\na\n..."], want: '"a"' },
			{
				args: ["1: a\n1.5: b\ntrue: c\nnull: d"],
				wantError: 'eval_builtin_error: unsupported map key of type: %!s(<nil>), key: <nil>, value: "d"',
			},
			{ args: ["? a\n: b"], want: '{"a": "b"}' },
			{ args: ["a: \n  - b\n  -\n    c"], want: '{"a": ["b", "c"]}' },
			{ args: ["{a: 1, b, c: }"], want: '{"a": 1, "b": null, "c": null}' },
			{ args: ["[a, , b]"], wantError: "eval_builtin_error: yaml: did not find expected node content" },
			{ args: ["plain multi\n  line text"], want: '"plain multi line text"' },
			{ args: ["a:b"], want: '"a:b"' },
			{ args: ['"a: b": c'], want: '{"a: b": "c"}' },
			{ args: [`[1, 'two', "three", 4.0, true, ~]`], want: '[1, "two", "three", 4, true, null]' },
			{ args: ["x: !!set {a, b}"], want: '{"x": {"a": null, "b": null}}' },
			{ args: ["%YAML 1.1\n---\na"], want: '"a"' },
			{ args: ["\ufeffa: 1"], want: '{"a": 1}' },
			{ args: ["__proto__: {constructor: 1}"], want: '{"__proto__": {"constructor": 1}}' },
		]),
	);
});

describe("yaml.unmarshal: refused", () => {
	table(
		yaml,
		"yaml.unmarshal",
		texts([
			{ args: ["a: b: c"], wantError: "eval_builtin_error: yaml: mapping values are not allowed in this context" },
			{
				args: ["a: 1\nb: c: d"],
				wantError: "eval_builtin_error: yaml: line 2: mapping values are not allowed in this context",
			},
			{ args: ["[a"], wantError: "eval_builtin_error: yaml: line 1: did not find expected ',' or ']'" },
			{ args: ["[a\n"], wantError: "eval_builtin_error: yaml: line 1: did not find expected ',' or ']'" },
			{ args: ["{a: b"], wantError: "eval_builtin_error: yaml: line 1: did not find expected ',' or '}'" },
			{ args: ["a:\n  - b\n c: d"], wantError: "eval_builtin_error: yaml: line 2: did not find expected key" },
			{ args: ["- a\nb: c"], wantError: "eval_builtin_error: yaml: line 1: did not find expected '-' indicator" },
			{
				args: ["a: 1\n b: 2"],
				wantError: "eval_builtin_error: yaml: line 2: mapping values are not allowed in this context",
			},
			{ args: ["'a"], wantError: "eval_builtin_error: yaml: found unexpected end of stream" },
			{ args: ['"a\nb'], wantError: "eval_builtin_error: yaml: line 2: found unexpected end of stream" },
			{ args: [String.raw`"\q"`], wantError: "eval_builtin_error: yaml: found unknown escape character" },
			{ args: [String.raw`"\xg0"`], wantError: "eval_builtin_error: yaml: did not find expected hexdecimal number" },
			{
				args: [String.raw`"\ud800"`],
				wantError: "eval_builtin_error: yaml: found invalid Unicode character escape code",
			},
			{ args: ["*nope"], wantError: "eval_builtin_error: yaml: unknown anchor 'nope' referenced" },
			{ args: ["a: &x [*x]"], wantError: "eval_builtin_error: yaml: anchor 'x' value contains itself" },
			{ args: ["@a"], wantError: "eval_builtin_error: yaml: found character that cannot start any token" },
			{ args: ["`a"], wantError: "eval_builtin_error: yaml: found character that cannot start any token" },
			{
				args: ["a:\n\tb: c"],
				wantError: "eval_builtin_error: yaml: line 2: found character that cannot start any token",
			},
			{ args: ["%FOO\n---\na"], wantError: "eval_builtin_error: yaml: found unknown directive name" },
			{ args: ["%YAML 1.2\n---\na"], wantError: "eval_builtin_error: yaml: found incompatible YAML document" },
			{
				args: ["%YAML 1.1\n%YAML 1.1\n---\na"],
				wantError: "eval_builtin_error: yaml: line 1: found duplicate %YAML directive",
			},
			{
				args: ["%TAG ! x\n%TAG ! y\n---\na"],
				wantError: "eval_builtin_error: yaml: line 1: found duplicate %TAG directive",
			},
			{ args: ["%YAML 1.1\na"], wantError: "eval_builtin_error: yaml: line 1: did not find expected <document start>" },
			{ args: ["!e!x a"], wantError: "eval_builtin_error: yaml: found undefined tag handle" },
			{ args: ["!<x a"], wantError: "eval_builtin_error: yaml: did not find the expected '>'" },
			{ args: ["!int! a"], wantError: "eval_builtin_error: yaml: did not find expected tag URI" },
			{ args: ["!a%zz b"], wantError: "eval_builtin_error: yaml: did not find URI escaped octet" },
			{ args: ["|0\n a"], wantError: "eval_builtin_error: yaml: found an indentation indicator equal to 0" },
			{ args: ["|x\n a"], wantError: "eval_builtin_error: yaml: did not find expected comment or line break" },
			{
				args: ["|\n\ta"],
				wantError: "eval_builtin_error: yaml: line 2: found a tab character where an indentation space is expected",
			},
			{
				args: ["- |\n \ta"],
				wantError: "eval_builtin_error: yaml: line 2: found a tab character where an indentation space is expected",
			},
			{ args: ["\u0007"], wantError: "eval_builtin_error: yaml: control characters are not allowed" },
			{ args: ["a: b\n\u0000"], wantError: "eval_builtin_error: yaml: control characters are not allowed" },
			{
				args: ["~: a"],
				wantError: 'eval_builtin_error: unsupported map key of type: %!s(<nil>), key: <nil>, value: "a"',
			},
			{ args: ["[a]: b"], wantError: 'eval_builtin_error: yaml: invalid map key: []interface {}{"a"}' },
			{ args: ["{[a]: b}"], wantError: 'eval_builtin_error: yaml: invalid map key: []interface {}{"a"}' },
			{
				args: ["? {a: 1.5}\n: b"],
				wantError: 'eval_builtin_error: yaml: invalid map key: map[interface {}]interface {}{"a":1.5}',
			},
			{
				args: ["18446744073709551615: a"],
				wantError: 'eval_builtin_error: unsupported map key of type: uint64, key: 0xffffffffffffffff, value: "a"',
			},
			{ args: ["a: .inf"], wantError: "eval_builtin_error: json: unsupported value: +Inf" },
			{ args: ["- .nan"], wantError: "eval_builtin_error: json: unsupported value: NaN" },
			{
				args: ["<<: 1"],
				wantError: "eval_builtin_error: yaml: map merge requires map or sequence of maps as the value",
			},
			{
				args: ["<<: [1]"],
				wantError: "eval_builtin_error: yaml: map merge requires map or sequence of maps as the value",
			},
			{ args: ["!!int a"], wantError: "eval_builtin_error: yaml: cannot decode !!str `a` as a !!int" },
			{ args: ["!!bool 1"], wantError: "eval_builtin_error: yaml: cannot decode !!int `1` as a !!bool" },
			{ args: ["!!float yes"], wantError: "eval_builtin_error: yaml: cannot decode !!bool `yes` as a !!float" },
			{ args: ["!!null x"], wantError: "eval_builtin_error: yaml: cannot decode !!str `x` as a !!null" },
			{ args: ["!!timestamp x"], wantError: "eval_builtin_error: yaml: cannot decode !!str `x` as a !!timestamp" },
			{ args: ['!!binary "*"'], wantError: "eval_builtin_error: yaml: !!binary value contains invalid base64 data" },
			{
				args: ["a\nb: c"],
				wantError: "eval_builtin_error: yaml: line 2: mapping values are not allowed in this context",
			},
			{ args: ["a: 'b'\n  c"], wantError: "eval_builtin_error: yaml: line 1: did not find expected key" },
			{ args: ["? a\n? b\n: c\nd"], wantError: "eval_builtin_error: yaml: line 5: could not find expected ':'" },
			{ args: ["&a &b c"], want: "null" },
			{ args: ["--- |\n a\n...\nb: ["], want: String.raw`"a\n"` },
			{
				args: [
					"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: y",
				],
				wantError: "eval_builtin_error: yaml: mapping values are not allowed in this context",
			},
		]),
	);
});

describe("yaml.unmarshal: scalars and structure", () => {
	table(
		yaml,
		"yaml.unmarshal",
		texts([
			{
				args: [
					`- +1
- -0b11
- 08
- 1e400
- -0
- .9_0
- 1_0.5
- 1e21
- +18446744073709551615
- 18446744073709551615`,
				],
				want: '[1, -3, 8, "1e400", 0, 0.9, 10.5, 1e+21, 18446744073709552000, 18446744073709551615]',
			},
			{
				args: [
					`1: a
1.5: b
1e7: c
true: d
0x10: e
.inf: f`,
				],
				want: '{".inf": "f", "1": "a", "1.5": "b", "16": "e", "1e+07": "c", "true": "d"}',
			},
			{ args: ["|\n a\n"], want: String.raw`"a\n"` },
			{ args: ["|-\n a\n\n"], want: '"a"' },
			{ args: ["|+\n a\n\n"], want: String.raw`"a\n\n"` },
			{ args: [">\n a\n b\n\n c\n  d\n e\n"], want: String.raw`"a b\nc\n d\ne\n"` },
			{ args: ["|1\n  a\n b"], want: String.raw`" a\nb"` },
			{ args: ["|"], want: '""' },
			{ args: ["a: |\n  b\nc: d"], want: String.raw`{"a": "b\n", "c": "d"}` },
			{ args: ["'a\n\n  b\n  c'"], want: String.raw`"a\nb c"` },
			{ args: ['"a \\\n  b\\\n c"'], want: '"a bc"' },
			{ args: ["a\n b\n\n c"], want: String.raw`"a b\nc"` },
			{ args: ["a #b\n"], want: '"a"' },
			{
				args: ['[a, b: c, ? d, {e, f: , ? g : h}, "x":y]'],
				want: '["a", {"b": "c"}, {"d": null}, {"e": null, "f": null, "g": "h"}, {"x": true}]',
			},
			{ args: ['{a, b: , : c, "d":e}'], wantError: "eval_builtin_error: yaml: did not find expected node content" },
			{ args: ["- - a\n  - b\n-\n- c: d\n  e: f"], want: '[["a", "b"], null, {"c": "d", "e": "f"}]' },
			{ args: ["a:\n- b\n- c\nd: e"], want: '{"a": ["b", "c"], "d": "e"}' },
			{ args: ["? a\n: - b\n? c"], want: '{"a": ["b"], "c": null}' },
			{ args: ["a: b\n...\nc: ["], want: '{"a": "b"}' },
			{ args: ["a: b\n---\n}"], want: '{"a": "b"}' },
			{ args: ["a\r\nb\u0085c\u2028d"], want: String.raw`"a b c\u2028d"` },
			{
				args: [
					`m: &m {a: 1}
n:
  <<: [*m, {a: 2, b: 3}]
  c: 4
o:
  a: 0
  <<: *m`,
				],
				want: '{"false": {"a": 1, "b": 3, "c": 4}, "m": {"a": 1}, "o": {"a": 1}}',
			},
			{ args: ["!!str 1"], want: '"1"' },
			{ args: ["! 1"], want: '"1"' },
			{ args: ["!x [a]"], want: '["a"]' },
			{ args: ["!<tag:yaml.org,2002:int> '3'"], want: "3" },
			{
				args: [
					`%TAG !e! tag:yaml.org,2002:
---
!e!int '3'`,
				],
				want: "3",
			},
			{ args: ["\ufeff- a"], want: '["a"]' },
		]),
	);
});

describe("yaml.unmarshal: operands", () => {
	table(yaml, "yaml.unmarshal", [
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ["{}"], wantError: "eval_type_error: operand 1 must be string but got object" },
	]);
});

describe("yaml.is_valid", () => {
	table(
		yaml,
		"yaml.is_valid",
		texts([
			{ args: ["a: 1"], want: "true" },
			{ args: ["a: b: c"], want: "false" },
			{ args: ["[a"], want: "false" },
			{ args: ["{"], want: "false" },
			{ args: ["*nope"], want: "false" },
			{ args: ["a: 1\na: 2"], want: "true" },
			{ args: ["\tb"], want: "false" },
			{ args: ["'"], want: "false" },
			{ args: [String.raw`"\q"`], want: "false" },
			{ args: [""], want: "true" },
			{ args: ["- a\nb"], want: "false" },
			{ args: ["@a"], want: "false" },
			{ args: ["a: 'b' c"], want: "false" },
		]),
	);
});

describe("yaml.is_valid: operands", () => {
	table(yaml, "yaml.is_valid", [{ args: ["1"], want: "false" }]);
});

describe("hostile texts", () => {
	const bomb = `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}*a${i}]`).join("\n")}`;
	test.each([
		["aliases that multiply", bomb],
		["deep flow", "[".repeat(100_000)],
		["deep flow, closed", "[".repeat(20_000) + "]".repeat(20_000)],
		["deep blocks", "- ".repeat(20_000)],
		["an alias inside its own anchor", "a: &a [*a]"],
		["many keys", Array.from({ length: 20_000 }, (_, i) => `k${i}: ${i}`).join("\n")],
		["a long scalar", "a ".repeat(500_000)],
	])("%s", (_, text) => {
		const unmarshal = yaml.find((b) => b.name === "yaml.unmarshal");
		const cost = startCost();
		const got = unmarshal === undefined ? undefined : call(unmarshal, [text]);
		expect(got).toSatisfy((x) => x?.code !== undefined || x?.value !== undefined);
		expect(cost()).toBeLessThan(5000);
	});

	test("what marshal writes, unmarshal reads", () => {
		const [marshal, unmarshal] = ["yaml.marshal", "yaml.unmarshal"].map((n) => yaml.find((b) => b.name === n));
		const value = v(
			'{"a": ["", " x ", "1", "true", "a\\nb", "\\u0000", {"k: v": [[], {}, null, 1.5, 12345678901234567890]}], "__proto__": "é😀"}',
		);
		const text = marshal === undefined ? undefined : call(marshal, [value]).value;
		expect(shown(unmarshal?.eval(undefined as never, text as string))).toBe(shown(value));
	});
});
