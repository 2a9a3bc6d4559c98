/** strings.render_template. Wanted texts and messages are OPA's. */
import { describe, expect, test } from "vitest";
import { renderTemplate } from "../../src/builtins/render-template.ts";
import { startCost } from "../cost.ts";
import { call, type Row, shown, table } from "./support.ts";

const variables =
	'{"s": "héllo <b>&\'\\"=\\n", "n": 5, "z": 0, "f": 1.5, "t": true, "no": false, "nil": null, "l": ["a", "b", 3, null, [1, 2]], "e": [], "m": {"k": "v", "b": {"c": 7}, "a": 1}, "em": {}, "odd key": 1}';

/** Rows of a template each, over the variables above. */
function templates(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: [JSON.stringify(row.args[0]), variables] }));
}

describe("text and actions", () => {
	table(
		renderTemplate,
		"strings.render_template",
		templates([
			{ args: [""], want: '""' },
			{ args: ["plain"], want: '"plain"' },
			{ args: ["{{.s}} {{.n}} {{.f}} {{.t}}"], want: String.raw`"héllo <b>&'\"=\n 5 1.5 true"` },
			{ args: ["{{.l}} {{.m}} {{.e}} {{.em}}"], want: '"[a b 3 <nil> [1 2]] map[a:1 b:map[c:7] k:v] [] map[]"' },
			{ args: ["{{.nil}}"], want: '"<undefined>"' },
			{ args: ["{{ .n }}{{- .n -}} x"], want: '"55x"' },
			{ args: ["a {{- 1 -}} b"], want: '"a1b"' },
			{ args: ["{{/* c */}}x{{- /* c */ -}} y"], want: '"xy"' },
			{
				args: ["{{1}} {{1.5}} {{0x1F}} {{'a'}} {{1e3}} {{1_000}} {{-5}} {{`raw`}} {{\"q\\n\\x41\\u00e9\"}} {{true}}"],
				want: String.raw`"1 1.5 31 97 1000 1000 -5 raw q\nAé true"`,
			},
			{ args: ['{{.m.b.c}} {{(.m).b.c}} {{(index .m "b").c}}'], want: '"7 7 7"' },
			{ args: ["{{$.n}}"], want: '"5"' },
			{ args: ["}} x"], want: '"}} x"' },
			{ args: ["{{.n}}}}"], want: '"5}}"' },
		]),
	);
});

describe("control", () => {
	table(
		renderTemplate,
		"strings.render_template",
		templates([
			{ args: ["{{if .t}}yes{{else}}no{{end}}"], want: '"yes"' },
			{ args: ["{{if .no}}a{{else if .n}}b{{else}}c{{end}}"], want: '"b"' },
			{ args: ["{{if .e}}a{{else if .em}}b{{else if .z}}c{{else if .nil}}d{{else}}e{{end}}"], want: '"c"' },
			{ args: ["{{range .l}}[{{.}}]{{end}}"], want: '"[a][b][3][<undefined>][[1 2]]"' },
			{ args: ["{{range .e}}x{{else}}none{{end}}"], want: '"none"' },
			{ args: ["{{range $i, $e := .l}}{{$i}}={{$e}};{{end}}"], want: '"0=a;1=b;2=3;3=<undefined>;4=[1 2];"' },
			{ args: ["{{range $e := .l}}{{$e}};{{end}}"], want: '"a;b;3;<undefined>;[1 2];"' },
			{ args: ["{{range $k, $v := .m}}{{$k}}:{{$v}} {{end}}"], want: '"a:1 b:map[c:7] k:v "' },
			{
				args: ['{{range .l}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{if eq . 3}}{{break}}{{end}}{{end}}'],
				wantError:
					'eval_builtin_error: template: template:1:56: executing "template" at <eq . 3>: error calling eq: incompatible types for comparison: string and int',
			},
			{ args: ["{{range 3}}{{.}}{{end}}"], want: '"012"' },
			{
				args: ["{{range .n}}{{.}}{{end}}"],
				wantError: `eval_builtin_error: template: template:1:8: executing "template" at <.n>: range can't iterate over 5`,
			},
			{
				args: ["{{range .s}}{{.}}{{end}}"],
				wantError: `eval_builtin_error: template: template:1:8: executing "template" at <.s>: range can't iterate over héllo <b>&'"=
`,
			},
			{ args: ["{{range .nil}}x{{else}}none{{end}}"], want: '"none"' },
			{ args: ["{{with .m}}{{.k}}{{with .b}}{{.c}}{{$.n}}{{end}}{{end}}"], want: '"v75"' },
			{ args: ["{{with $y := .m.b}}{{$y.c}}{{end}}"], want: '"7"' },
			{ args: ["{{with .z}}a{{else with .n}}b{{.}}{{else}}c{{end}}"], want: '"a"' },
			{
				args: ['{{define "x"}}<{{.}}>{{end}}{{template "x" .s}}{{template "x"}}'],
				want: String.raw`"<héllo <b>&'\"=\n><<undefined>>"`,
			},
			{ args: ['{{block "y" .m}}{{.k}}{{end}}'], want: '"v"' },
			{ args: ['{{$x := .n}}{{$x = "q"}}{{$x}}'], want: '"q"' },
			{ args: ["{{$x := 1}}{{if .t}}{{$x := 2}}{{$x}}{{end}}{{$x}}"], want: '"21"' },
			{ args: ["{{$x := 1}}{{if .t}}{{$x = 2}}{{end}}{{$x}}"], want: '"2"' },
		]),
	);
});

describe("functions", () => {
	table(
		renderTemplate,
		"strings.render_template",
		templates([
			{
				args: ['{{printf "%s|%v|%5d|%-5d|%q|%T|%x" .s .m 7 7 .n .l 255}}'],
				want: String.raw`"héllo <b>&'\"=\n|map[a:1 b:map[c:7] k:v]|    7|7    |\"5\"|[]interface {}|ff"`,
			},
			{ args: ['{{.n | printf "%v-%v" 1}}'], want: '"1-5"' },
			{
				args: ['{{print .n .s 1 2 .m}}{{println 1 "a"}}'],
				want: String.raw`"5héllo <b>&'\"=\n1 2 map[a:1 b:map[c:7] k:v]1 a\n"`,
			},
			{ args: ['{{index .l 1}} {{index .m "k"}} {{index .m "b" "c"}} {{index .l 4 0}}'], want: '"b v 7 1"' },
			{ args: ['{{index .m "odd key"}}'], want: '"<undefined>"' },
			{
				args: ["{{slice .s 1 3}} {{slice .l 1}} {{slice .l 1 2}} {{slice .l}}"],
				want: '"é [b 3 <nil> [1 2]] [b] [a b 3 <nil> [1 2]]"',
			},
			{ args: ["{{len .m}} {{len .s}} {{len .l}} {{len .e}}"], want: '"3 15 5 0"' },
			{ args: ["{{html .s}}"], want: String.raw`"héllo &lt;b&gt;&amp;&#39;&#34;=\n"` },
			{ args: ["{{js .s}}"], want: String.raw`"héllo \\u003Cb\\u003E\\u0026\\'\\\"\\u003D\\u000A"` },
			{ args: ["{{urlquery .s}}"], want: '"h%C3%A9llo+%3Cb%3E%26%27%22%3D%0A"' },
			{ args: ["{{eq .k1 1}}"], want: '"false"' },
			{
				args: ['{{eq .s "a" "b"}} {{eq 1 2 1}} {{ne 1 2}} {{lt 1 2}} {{le 1.5 2.5}} {{gt "a" "b"}} {{ge 3 3}}'],
				want: '"false true true true true false true"',
			},
			{
				args: ['{{and .t .z}} {{or .no .s}} {{not .z}} {{and .t 1 2}} {{or .no .z ""}}'],
				want: String.raw`"0 héllo <b>&'\"=\n false 2 0"`,
			},
			{ args: ["{{and .no (index .l 99)}}"], want: '"false"' },
			{
				args: ["{{eq .n 5}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <eq .n 5>: error calling eq: incompatible types for comparison: json.Number and int',
			},
			{
				args: ["{{lt .n 6}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <lt .n 6>: error calling lt: incompatible types for comparison: json.Number and int',
			},
			{ args: ["{{eq .nil nil}}"], want: '"true"' },
			{
				args: ["{{call .s}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <call .s>: error calling call: non-function .s of type string',
			},
			{
				args: ["{{len 3}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <len 3>: error calling len: len of type int',
			},
			{
				args: ["{{len .nil}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <len .nil>: error calling len: len of nil pointer',
			},
		]),
	);
});

describe("errors when parsed", () => {
	table(
		renderTemplate,
		"strings.render_template",
		templates([
			{ args: ["{{"], wantError: "eval_builtin_error: template: template:1: unclosed action" },
			{ args: ["{{.n"], wantError: "eval_builtin_error: template: template:1: unclosed action" },
			{ args: ["{{if .t}}x"], wantError: "eval_builtin_error: template: template:1: unexpected EOF" },
			{ args: ["{{end}}"], wantError: "eval_builtin_error: template: template:1: unexpected {{end}}" },
			{ args: ["{{else}}"], wantError: "eval_builtin_error: template: template:1: unexpected {{else}}" },
			{ args: ["{{.n}"], wantError: "eval_builtin_error: template: template:1: bad character U+007D '}'" },
			{ args: ["{{nope}}"], wantError: 'eval_builtin_error: template: template:1: function "nope" not defined' },
			{ args: ["{{$x}}"], wantError: 'eval_builtin_error: template: template:1: undefined variable "$x"' },
			{
				args: ["{{nil}}"],
				wantError: 'eval_builtin_error: template: template:1:2: executing "template" at <nil>: nil is not a command',
			},
			{ args: ["{{.n | }}"], want: '"5"' },
			{ args: ["{{| .n}}"], wantError: 'eval_builtin_error: template: template:1: unexpected "|" in command' },
			{
				args: ["{{.n .s}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <.n>: n is not a method but has arguments',
			},
			{ args: ['{{"abc}}'], wantError: "eval_builtin_error: template: template:1: unterminated quoted string" },
			{ args: ["{{`abc}}"], wantError: "eval_builtin_error: template: template:1: unterminated raw quoted string" },
			{ args: ["{{'ab'}}"], wantError: "eval_builtin_error: template: template:1: malformed character constant: 'ab'" },
			{ args: ["{{1x}}"], wantError: 'eval_builtin_error: template: template:1: bad number syntax: "1x"' },
			{ args: ["{{break}}"], wantError: "eval_builtin_error: template: template:1: {{break}} outside {{range}}" },
			{
				args: ['{{range .l}}{{define "q"}}{{break}}{{end}}{{end}}'],
				wantError: "eval_builtin_error: template: template:1: unexpected <define> in command",
			},
			{
				args: ["{{template x}}"],
				wantError: 'eval_builtin_error: template: template:1: unexpected "x" in template clause',
			},
			{
				args: ['{{template "x" .n .s}}'],
				wantError:
					'eval_builtin_error: template: template:1:11: executing "template" at <{{template "x" .n .s}}>: template "x" not defined',
			},
			{
				args: ["{{define x}}{{end}}"],
				wantError: 'eval_builtin_error: template: template:1: unexpected "x" in define clause',
			},
			{ args: ['{{define "x"}}'], wantError: "eval_builtin_error: template: template:1: unexpected EOF" },
			{ args: ["{{if}}x{{end}}"], wantError: "eval_builtin_error: template: template:1: missing value for if" },
			{
				args: ["{{range $a, $b, $c := .l}}{{end}}"],
				wantError: "eval_builtin_error: template: template:1: too many declarations in range",
			},
			{
				args: ["{{$a, $b := .m}}"],
				wantError: "eval_builtin_error: template: template:1: too many declarations in command",
			},
			{ args: ["{{/* x }}"], wantError: "eval_builtin_error: template: template:1: unclosed comment" },
			{
				args: ["{{/* x */ .n}}"],
				wantError: "eval_builtin_error: template: template:1: comment ends before closing delimiter",
			},
			{
				args: ["line\n\n{{.n\n.s.}}"],
				wantError: "eval_builtin_error: template: template:4: unexpected <.> in operand",
			},
			{ args: ["{{(.n}}"], wantError: "eval_builtin_error: template: template:1: unclosed left paren" },
			{ args: ["{{.n)}}"], wantError: "eval_builtin_error: template: template:1: unexpected right paren" },
			{
				args: ["{{99999999999999999999}}"],
				wantError: 'eval_builtin_error: template: template:1: integer overflow: "99999999999999999999"',
			},
			{ args: ["{{@}}"], wantError: 'eval_builtin_error: template: template:1: unexpected "@" in command' },
			{
				args: ["{{if .t}}{{else}}{{else}}{{end}}"],
				wantError: "eval_builtin_error: template: template:1: expected end; found {{else}}",
			},
			{
				args: ["{{1 | .n}}"],
				wantError:
					'eval_builtin_error: template: template:1:6: executing "template" at <.n>: n is not a method but has arguments',
			},
			{
				args: ["{{true | printf}}"],
				wantError:
					'eval_builtin_error: template: template:1:9: executing "template" at <printf>: wrong type for value; expected string; got bool',
			},
			{ args: ["{{ -}}"], wantError: "eval_builtin_error: template: template:1: missing value for command" },
			{ args: ["{{.n-}}"], wantError: "eval_builtin_error: template: template:1: bad character U+002D '-'" },
		]),
	);
});

describe("errors when executed", () => {
	table(
		renderTemplate,
		"strings.render_template",
		templates([
			{ args: ["{{.missing}}"], want: '"<undefined>"' },
			{ args: ["{{.m.missing.deep}}"], want: '"<undefined>"' },
			{
				args: ["{{.n.x}}"],
				wantError: `eval_builtin_error: template: template:1:4: executing "template" at <.n.x>: can't evaluate field x in type interface {}`,
			},
			{
				args: ["{{.s.x}}"],
				wantError: `eval_builtin_error: template: template:1:4: executing "template" at <.s.x>: can't evaluate field x in type interface {}`,
			},
			{
				args: ["{{.nil.x}}"],
				wantError:
					'eval_builtin_error: template: template:1:6: executing "template" at <.nil.x>: nil pointer evaluating interface {}.x',
			},
			{
				args: ["{{$.l.x}}"],
				wantError: `eval_builtin_error: template: template:1:3: executing "template" at <$.l.x>: can't evaluate field x in type interface {}`,
			},
			{
				args: ['{{template "nope"}}'],
				wantError:
					'eval_builtin_error: template: template:1:11: executing "template" at <{{template "nope"}}>: template "nope" not defined',
			},
			{
				args: ["{{index .l 9}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <index .l 9>: error calling index: index out of range: 9',
			},
			{
				args: ['{{index .l "a"}}'],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <index .l "a">: error calling index: cannot index slice/array with type string',
			},
			{
				args: ["{{index .m 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <index .m 1>: error calling index: value has type int; should be string',
			},
			{
				args: ["{{index .n 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <index .n 1>: error calling index: reflect: string index out of range',
			},
			{
				args: ["{{index .nil 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <index .nil 1>: error calling index: index of untyped nil',
			},
			{
				args: ["{{slice .l 3 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <slice .l 3 1>: error calling slice: invalid slice index: 3 > 1',
			},
			{
				args: ["{{slice .m 1}}"],
				wantError: `eval_builtin_error: template: template:1:2: executing "template" at <slice .m 1>: error calling slice: can't slice item of type map[string]interface {}`,
			},
			{
				args: ["{{slice .s 99}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <slice .s 99>: error calling slice: index out of range: 99',
			},
			{ args: ['{{lt .n "a"}}'], want: '"true"' },
			{
				args: ["{{lt .n 3.5}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <lt .n 3.5>: error calling lt: incompatible types for comparison: json.Number and float64',
			},
			{
				args: ["{{eq .l .l}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <eq .l .l>: error calling eq: non-comparable type [a b 3 <nil> [1 2]]: []interface {}',
			},
			{
				args: ["{{eq .m 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <eq .m 1>: error calling eq: incompatible types for comparison: map[string]interface {} and int',
			},
			{
				args: ["{{eq 1 1.0}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64',
			},
			{
				args: ["{{eq 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <eq 1>: error calling eq: missing argument for comparison',
			},
			{
				args: ["{{printf 3}}"],
				wantError: 'eval_builtin_error: template: template:1:9: executing "template" at <3>: expected string; found 3',
			},
			{ args: ['{{printf "%d" .s}}'], want: String.raw`"%!d(string=héllo <b>&'\"=\n)"` },
			{ args: ['{{printf "%z %d" 1}}'], want: '"%!z(int=1) %!d(MISSING)"' },
			{
				args: ["{{len}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <len>: wrong number of args for len: want 1 got 0',
			},
			{
				args: ["{{not 1 2}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <not>: wrong number of args for not: want 1 got 2',
			},
			{ args: ["{{1.n}}"], wantError: 'eval_builtin_error: template: template:1: bad number syntax: "1.n"' },
			{
				args: ['{{"a".b}}'],
				wantError: String.raw`eval_builtin_error: template: template:1: unexpected . after term "\"a\""`,
			},
			{
				args: ["{{range .t}}x{{end}}"],
				wantError: `eval_builtin_error: template: template:1:8: executing "template" at <.t>: range can't iterate over true`,
			},
			{
				args: ["{{range 1.5}}x{{end}}"],
				wantError: `eval_builtin_error: template: template:1:8: executing "template" at <1.5>: range can't iterate over 1.5`,
			},
			{
				args: ["{{.n 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:2: executing "template" at <.n>: n is not a method but has arguments',
			},
			{
				args: ["{{.m.k 1}}"],
				wantError:
					'eval_builtin_error: template: template:1:4: executing "template" at <.m.k>: k is not a method but has arguments',
			},
			{
				args: ["{{1 2}}"],
				wantError: `eval_builtin_error: template: template:1:2: executing "template" at <1>: can't give argument to non-function 1`,
			},
			{
				args: ["line 1\n{{with .m}}\n  {{.k.z}}{{end}}"],
				wantError: `eval_builtin_error: template: template:3:6: executing "template" at <.k.z>: can't evaluate field z in type interface {}`,
			},
			{ args: ['{{define "q"}}{{.x.y}}{{end}}{{template "q" .m}}'], want: '"<undefined>"' },
		]),
	);
});

describe("other variables", () => {
	table(renderTemplate, "strings.render_template", [
		{ args: ['"{{.big}} {{.x}} {{.y}}"', '{"big":1,"x":1e+21,"y":-0.0001}'], want: '"1 1e+21 -0.0001"' },
		{
			args: ['"{{.a}} {{.b}} {{lt .a .b}}"', '{"a": 12345678901234567890, "b": 1e3}'],
			want: '"12345678901234567890 1e3 true"',
		},
		{ args: ['"{{.a}} {{.b}}"', '{"a": 1.0, "b": 1e400}'], want: '"1.0 1e400"' },
		{
			args: ['"{{range $k, $v := .}}{{$k}}={{$v}} {{end}}"', '{"9":4,"10":3,"b":1,"a":2}'],
			want: '"10=3 9=4 a=2 b=1 "',
		},
		{ args: ['"{{.__proto__}} {{.constructor}}"', "{}"], want: '"<undefined> <undefined>"' },
		{ args: ['"{{.constructor}}"', "{}"], want: '"<undefined>"' },
		{ args: ['"{{.__proto__}}"', "{}"], want: '"<undefined>"' },
		{ args: ['"{{._x}}{{.é}}"', '{"_x":1,"é":2}'], want: '"12"' },
		{ args: ['"{{.a}}"', '{"a": "<b>"}'], want: '"<b>"' },
		{ args: ["1", "{}"], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ['"x"', "[]"], wantError: "eval_type_error: operand 2 must be object but got array" },
		{ args: ['"x"', "1"], wantError: "eval_type_error: operand 2 must be object but got number" },
		{ args: ['"x"', '{"__proto__": 1}'], want: '"x"' },
	]);
});

describe("hostile templates", () => {
	const nested = (n: number): string => `${"{{if .t}}".repeat(n)}${"{{end}}".repeat(n)}`;
	test.each([
		["nested parentheses", `{{${"(".repeat(100_000)}1${")".repeat(100_000)}}}`],
		["nested blocks", nested(100_000)],
		["a template that calls itself", '{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}'],
		["an endless range", "{{range 9223372036854775807}}{{end}}"],
		["ranges in ranges", `${"{{range 1000}}".repeat(6)}x${"{{end}}".repeat(6)}`],
		[
			"output that doubles",
			`${'{{define "0"}}xxxxxxxxxxxxxxxx{{end}}'}${Array.from({ length: 40 }, (_, i) => `{{define "${i + 1}"}}{{template "${i}"}}{{template "${i}"}}{{end}}`).join("")}{{template "40"}}`,
		],
		["a wide verb", '{{printf "%1000000000d" 1}}'],
		["repeated widths", `{{printf "${"%999999d".repeat(1000)}" 1}}`],
	])("%s: an answer or an error, soon", (_, template) => {
		const render = renderTemplate[0];
		const cost = startCost();
		const got = render === undefined ? {} : call(render, [template, { t: true }]);
		expect(got).toSatisfy((x: typeof got) => x.code !== undefined || x.value !== undefined);
		expect(cost()).toBeLessThan(5000);
	});

	test("names of JavaScript's own are missing", () => {
		const render = renderTemplate[0];
		for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty", "length"]) {
			const got = render === undefined ? {} : call(render, [`{{.${name}}}`, {}]);
			expect(shown(got.value)).toBe('"<undefined>"');
		}
	});
});
