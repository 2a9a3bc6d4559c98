/** regex.*, as OPA 1.20.2 answers. */
import { regex } from "../../src/builtins/regex.ts";
import { table } from "./support.ts";

table(regex, "regex.match", [
	{ args: ['"^[a-z]+\\\\[[0-9]+\\\\]$"', '"foo[1]"'], want: "true" },
	{ args: ['""', '""'], want: "true" },
	{ args: ['"a"', '""'], want: "false" },
	{ args: ['"^$"', '"x"'], want: "false" },
	// Only what must begin at the beginning is looked for nowhere else.
	{ args: ['"(?:^a)*b"', '"xb"'], want: "true" },
	{ args: ['"(?:^a){0,2}b"', '"xb"'], want: "true" },
	{ args: ['"(?:^a)+b"', '"xab"'], want: "false" },
	{ args: ['"(?:^a|b)c"', '"xbc"'], want: "true" },
	{ args: ['"é😀"', '"xé😀y"'], want: "true" },
	{ args: ['"["', '"x"'], wantError: "eval_builtin_error: error parsing regexp: missing closing ]: `[`" },
	{
		args: ['"(?=a)"', '"a"'],
		wantError: "eval_builtin_error: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
	},
	{ args: ['"a\\\\-b"', '"a-b"'], want: "true" },
	{ args: ['"\\\\z"', '"a"'], want: "true" },
	{ args: ['"\\\\Z"', '"a"'], wantError: "eval_builtin_error: error parsing regexp: invalid escape sequence: `\\Z`" },
	{ args: ['"(?i)\\\\bK\\\\b"', '"k"'], want: "true" },
	{
		args: [
			'"^/run/kata-containers/shared/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef-[a-z0-9]{16}-resolv\\\\.conf$"',
			'"/run/kata-containers/shared/containers/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef-abcdef0123456789-resolv.conf"',
		],
		want: "true",
	},
	{ args: ['"^/run/[a-f0-9]{8}\\\\-[a-z0-9]{4}\\\\-hosts$"', '"/run/0123abcd-xyz9-hosts"'], want: "true" },
	{ args: ['"^/run/[a-f0-9]{8}\\\\-[a-z0-9]{4}\\\\-hosts$"', '"/run/0123abcd-xyz9-hosts/"'], want: "false" },
	{ args: ['"^/run/[a-f0-9]{8}\\\\-[a-z0-9]{4}\\\\-hosts$"', '"/run/0123abcd-xyz9-hosts\\n"'], want: "false" },
]);

table(regex, "re_match", [
	{ args: ['"a+"', '"baac"'], want: "true" },
	{ args: ['"("', '"x"'], wantError: "eval_builtin_error: error parsing regexp: missing closing ): `(`" },
]);

table(regex, "regex.is_valid", [
	{ args: ['"a(b"'], want: "false" },
	{ args: ['"a(b)"'], want: "true" },
	{ args: ['"\\\\p{Greek}"'], want: "true" },
	{ args: ['"\\\\C"'], want: "false" },
	{ args: ['"(?<n>a)"'], want: "true" },
	{ note: "not a string", args: ["1"], want: "false" },
	{ args: ["null"], want: "false" },
	{ args: ['"a{1001}"'], want: "false" },
]);

table(regex, "regex.find_n", [
	{ args: ['"a."', '"paranormal"', "2"], want: '["ar", "an"]' },
	{ args: ['"a."', '"paranormal"', "0"], want: "[]" },
	{ args: ['"a."', '"paranormal"', "-1"], want: '["ar", "an", "al"]' },
	{ args: ['"a."', '"paranormal"', "-7"], want: '["ar", "an", "al"]' },
	{ args: ['"a."', '"paranormal"', "1000000000000"], want: '["ar", "an", "al"]' },
	{ args: ['"x*"', '"axxb"', "-1"], want: '["", "xx", ""]' },
	{ args: ['""', '"é😀"', "-1"], want: '["", "", ""]' },
	{ args: ['"z"', '"abc"', "-1"], want: "[]" },
	{ args: ['"a"', '"aaa"', "2.0"], want: '["a", "a"]' },
	{
		args: ['"a"', '"aaa"', "2.5"],
		wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
	},
	{
		args: ['"a"', '"aaa"', "1e1"],
		wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
	},
	{
		args: ['"a"', '"aaa"', "99999999999999999999"],
		wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
	},
	{ args: ['"["', '"a"', "1"], wantError: "eval_builtin_error: error parsing regexp: missing closing ]: `[`" },
	{
		note: "the number is checked first",
		args: ['"["', '"a"', "1.5"],
		wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
	},
]);

table(regex, "regex.find_all_string_submatch_n", [
	{ args: ['"a(x*)b"', '"-axxb-ab-"', "-1"], want: '[["axxb", "xx"], ["ab", ""]]' },
	{ args: ['"a(x*)b"', '"-axxb-ab-"', "1"], want: '[["axxb", "xx"]]' },
	{ args: ['"a(x)?b"', '"ab"', "-1"], want: '[["ab", ""]]' },
	{
		args: ['"(?P<y>\\\\d+)-(?P<m>\\\\d+)"', '"2024-05, 1999-12"', "-1"],
		want: '[["2024-05", "2024", "05"], ["1999-12", "1999", "12"]]',
	},
	{ args: ['"q"', '"abc"', "-1"], want: "[]" },
	{ args: ['"("', '"abc"', "-1"], wantError: "eval_builtin_error: error parsing regexp: missing closing ): `(`" },
	{ args: ['"()"', '"ab"', "-1"], want: '[["", ""], ["", ""], ["", ""]]' },
]);

table(regex, "regex.replace", [
	{ args: ['"-wy-wxxy-"', '"w(x*)y"', '"0"'], want: '"-0-0-"' },
	{ args: ['"foo"', '"(foo)"', '"$1$1"'], want: '"foofoo"' },
	{ args: ['"foo"', '"(?P<n>o)"', '"<$\\u007bn}>"'], want: '"f<o><o>"' },
	{ args: ['"foo"', '"(o)"', '"$1x"'], want: '"f"' },
	{ args: ['"foo"', '"(o)"', '"$\\u007b1}x"'], want: '"foxox"' },
	{ args: ['"foo"', '"o"', '"$$"'], want: '"f$$"' },
	{ args: ['"foo"', '"o"', '"$"'], want: '"f$$"' },
	{ args: ['"foo"', '"o"', '"$\\u007b"'], want: '"f${${"' },
	{ args: ['"foo"', '"o"', '"$\\u007b1"'], want: '"f${1${1"' },
	{ args: ['"foo"', '"o"', '"$9"'], want: '"f"' },
	{ args: ['"foo"', '"o"', '"$0$0"'], want: '"foooo"' },
	{ args: ['"foo"', '"x*"', '"-"'], want: '"-f-o-o-"' },
	{ args: ['""', '"^"', '"-"'], want: '"-"' },
	{ args: ['"abc"', '""', '"-"'], want: '"-a-b-c-"' },
	{ args: ['"é😀"', '""', '"-"'], want: '"-é-😀-"' },
	{ args: ['"foo"', '"(o)"', '"$é"'], want: '"f"' },
	{ args: ['"foo"', '"(o)"', '"$1é"'], want: '"f"' },
	{ args: ['"foo"', '"(o)"', '"$01"'], want: '"f"' },
	{ args: ['"foo"', '"(o)"', '"$-1"'], want: '"f$-1$-1"' },
	{ args: ['"foo"', '"["', '"x"'], wantError: "eval_builtin_error: error parsing regexp: missing closing ]: `[`" },
	{ args: ['"foo"', '"z"', '"x"'], want: '"foo"' },
	{ note: "two groups of one name", args: ['"aXbX"', '"(?P<x>a)|(?P<x>b)"', '"[$x]"'], want: '"[a]X[b]X"' },
]);

table(regex, "regex.split", [
	{ args: ['"a"', '"banana"'], want: '["b", "n", "n", ""]' },
	{ args: ['"z+"', '"pizza"'], want: '["pi", "a"]' },
	{ args: ['""', '"abc"'], want: '["a", "b", "c"]' },
	{ args: ['"x*"', '"axbc"'], want: '["a", "b", "c"]' },
	{ args: ['"a"', '""'], want: '[""]' },
	{ args: ['""', '""'], want: "[]" },
	{ args: ['"^"', '"abc"'], want: '["abc"]' },
	{ args: ['"$"', '"abc"'], want: '["abc"]' },
	{ args: ['","', '"a,,b,"'], want: '["a", "", "b", ""]' },
	{ args: ['"["', '"a"'], wantError: "eval_builtin_error: error parsing regexp: missing closing ]: `[`" },
	{ args: ['"(b)"', '"abc"'], want: '["a", "c"]' },
	{ args: ['""', '"é😀x"'], want: '["é", "😀", "x"]' },
]);

table(regex, "regex.template_match", [
	{ args: ['"urn:foo:{.*}"', '"urn:foo:bar:baz"', '"{"', '"}"'], want: "true" },
	{ args: ['"urn:foo:<.*>"', '"urn:foo:bar:baz"', '"<"', '">"'], want: "true" },
	{ args: ['"a.b{[0-9]+}"', '"axb1"', '"{"', '"}"'], want: "false" },
	{ args: ['"a.b{[0-9]+}"', '"a.b1"', '"{"', '"}"'], want: "true" },
	{ note: "nested delimiters", args: ['"a{[0-9]{2}}b"', '"a12b"', '"{"', '"}"'], want: "true" },
	{ args: ['"a{b"', '"x"', '"{"', '"}"'], wantError: 'eval_builtin_error: unbalanced braces in "a{b"' },
	{ args: ['"a}b"', '"x"', '"{"', '"}"'], wantError: 'eval_builtin_error: unbalanced braces in "a}b"' },
	{ args: ['"a\\"é{"', '"x"', '"{"', '"}"'], wantError: 'eval_builtin_error: unbalanced braces in "a\\"é{"' },
	{
		args: ['"a"', '"a"', '"{{"', '"}"'],
		wantError: "eval_builtin_error: start delimiter has to be exactly one character long but is 2 long",
	},
	{
		args: ['"a"', '"a"', '""', '"}"'],
		wantError: "eval_builtin_error: start delimiter has to be exactly one character long but is 0 long",
	},
	{
		args: ['"a"', '"a"', '"{"', '""'],
		wantError: "eval_builtin_error: end delimiter has to be exactly one character long but is 1 long",
	},
	{
		args: ['"a"', '"a"', '"é"', '"}"'],
		wantError: "eval_builtin_error: start delimiter has to be exactly one character long but is 2 long",
	},
	{
		args: ['"a{[}"', '"a"', '"{"', '"}"'],
		wantError: "eval_builtin_error: error parsing regexp: missing closing ]: `[$`",
	},
	{
		args: ['"a{b)(c}"', '"a"', '"{"', '"}"'],
		wantError: "eval_builtin_error: error parsing regexp: unexpected ): `^b)(c$`",
	},
	{ args: ['"{a|b}c"', '"bc"', '"{"', '"}"'], want: "true" },
	{ args: ['""', '""', '"{"', '"}"'], want: "true" },
	{ args: ['"a{x}"', '"ax"', '"{"', '"{"'], wantError: 'eval_builtin_error: unbalanced braces in "a{x}"' },
]);

table(regex, "regex.globs_match", [
	{ args: ['"a.a."', '"a.a."'], want: "true" },
	{ args: ['"a.a."', '"[0-9]*"'], want: "false" },
	{ args: ['"a.a."', '"ab+c"'], want: "false" },
	{
		args: ['"a.a."', '"a**"'],
		wantError:
			"eval_builtin_error: input:a**, pos:3, flag '*' must be preceded by a non-flag: the input provided is invalid",
	},
	{ args: ['"a.a."', '"x[a-z]*z"'], want: "false" },
	{ args: ['"a.a."', '"é*"'], want: "false" },
	{ args: ['"a.a."', '"[bc]+"'], want: "false" },
	{ args: ['".b.b"', '".b.b"'], want: "true" },
	{ args: ['".b.b"', '"a*"'], want: "false" },
	{
		args: ['".b.b"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['".b.b"', '"[a\\\\]b]+"'], want: "true" },
	{ args: ['".b.b"', '"[]"'], want: "false" },
	{ args: ['".b.b"', '"a*b*c*"'], want: "false" },
	{ args: ['".b.b"', '"(a)"'], want: "false" },
	{ args: ['"[a-z]+"', '"[a-z]+"'], want: "true" },
	{ args: ['"[a-z]+"', '""'], want: "false" },
	{ args: ['"[a-z]+"', '"ab+c"'], want: "true" },
	{
		args: ['"[a-z]+"', '"[a-]"'],
		wantError:
			"eval_builtin_error: input:[a-], pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{ args: ['"[a-z]+"', '"[]*"'], want: "false" },
	{ args: ['"[a-z]+"', '"a\\\\*"'], want: "false" },
	{ args: ['"[a-z]+"', '"[bc]+"'], want: "true" },
	{ args: ['"[0-9]*"', '"[0-9]*"'], want: "true" },
	{ args: ['"[0-9]*"', '"[a-c]x*"'], want: "false" },
	{
		args: ['"[0-9]*"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[0-9]*"', '"+a"'],
		wantError:
			"eval_builtin_error: input:+a, pos:1, flag '+' must be preceded by a non-flag: the input provided is invalid",
	},
	{ args: ['"[0-9]*"', '"é*"'], want: "false" },
	{
		args: ['"[0-9]*"', '"[a-c-e]"'],
		wantError:
			"eval_builtin_error: input:[a-c-e], pos:5, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"[0-9]*"', '"(a)"'], want: "false" },
	{
		args: ['"pqrs]"', '"pqrs]"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{
		args: ['"pqrs]"', '"ab+c"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{
		args: ['"pqrs]"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{
		args: ['"pqrs]"', '"x.*y.*z"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{
		args: ['"pqrs]"', '"[é-ü]+"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{
		args: ['"pqrs]"', '"[bc]+"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{
		args: ['"pqrs]"', '"(a)"'],
		wantError:
			"eval_builtin_error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
	},
	{ args: ['"a+"', '"a+"'], want: "true" },
	{ args: ['"a+"', '"abc"'], want: "false" },
	{
		args: ['"a+"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"a+"', '"[]"'], want: "false" },
	{
		args: ['"a+"', '"a["'],
		wantError: "eval_builtin_error: input:a[, pos:2, found [ without matching ]: the input provided is invalid",
	},
	{ args: ['"a+"', '"[ab]+c"'], want: "false" },
	{ args: ['"a+"', '"(a)"'], want: "false" },
	{ args: ['""', '""'], want: "true" },
	{
		args: ['""', '"[z-a]"'],
		wantError:
			"eval_builtin_error: input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode: the input provided is invalid",
	},
	{ args: ['""', '"x.*y.*z"'], want: "false" },
	{ args: ['""', '"é*"'], want: "false" },
	{ args: ['""', '"a\\\\*"'], want: "false" },
	{
		args: ['""', '"[a--]"'],
		wantError:
			"eval_builtin_error: input:[a--], pos:4, range character '-' cannot be followed by a special symbol: the input provided is invalid",
	},
	{ args: ['"a*"', '"a*"'], want: "true" },
	{
		args: ['"a*"', '"a\\\\"'],
		wantError:
			"eval_builtin_error: input:a\\, pos:1, input ends with a \\ (escape) character: the input provided is invalid",
	},
	{
		args: ['"a*"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"a*"', '"x[a-z]*z"'], want: "false" },
	{ args: ['"a*"', '"a*b*c*"'], want: "false" },
	{
		args: ['"a*"', '"[--a]"'],
		wantError:
			"eval_builtin_error: input:[--a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"a*"', '"(a)"'], want: "false" },
	{ args: ['"abc"', '"abc"'], want: "true" },
	{
		args: ['"abc"', '"[a-]"'],
		wantError:
			"eval_builtin_error: input:[a-], pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{ args: ['"abc"', '"x.*y.*z"'], want: "false" },
	{ args: ['"abc"', '"[]*"'], want: "false" },
	{ args: ['"abc"', '"[ab]+c"'], want: "true" },
	{ args: ['"ab+c"', '"ab+c"'], want: "true" },
	{
		args: ['"ab+c"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"ab+c"', '"x.*y.*z"'], want: "false" },
	{ args: ['"ab+c"', '"[é-ü]+"'], want: "false" },
	{ args: ['"ab+c"', '"[bc]+"'], want: "false" },
	{ args: ['"ab+c"', '"(a)"'], want: "false" },
	{ args: ['"[a-c]x*"', '"[a-c]x*"'], want: "true" },
	{
		args: ['"[a-c]x*"', '"[a-"'],
		wantError:
			"eval_builtin_error: input:[a-, pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{ args: ['"[a-c]x*"', '"x.*y.*z"'], want: "false" },
	{ args: ['"[a-c]x*"', '"a\\\\*"'], want: "false" },
	{
		args: ['"[a-c]x*"', '"[a-c-e]"'],
		wantError:
			"eval_builtin_error: input:[a-c-e], pos:5, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"[a-c]x*"', '".*.*"'], want: "true" },
	{
		args: ['"a\\\\"', '"a\\\\"'],
		wantError:
			"eval_builtin_error: input:a\\, pos:1, input ends with a \\ (escape) character: the input provided is invalid",
	},
	{
		args: ['"a\\\\"', '"+a"'],
		wantError:
			"eval_builtin_error: input:a\\, pos:1, input ends with a \\ (escape) character: the input provided is invalid",
	},
	{
		args: ['"a\\\\"', '"[é-ü]+"'],
		wantError:
			"eval_builtin_error: input:a\\, pos:1, input ends with a \\ (escape) character: the input provided is invalid",
	},
	{
		args: ['"a\\\\"', '"[ab]+c"'],
		wantError:
			"eval_builtin_error: input:a\\, pos:1, input ends with a \\ (escape) character: the input provided is invalid",
	},
	{
		args: ['"a\\\\"', '"[--a]"'],
		wantError:
			"eval_builtin_error: input:a\\, pos:1, input ends with a \\ (escape) character: the input provided is invalid",
	},
	{
		args: ['"[z-a]"', '"[z-a]"'],
		wantError:
			"eval_builtin_error: input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode: the input provided is invalid",
	},
	{
		args: ['"[z-a]"', '"a**"'],
		wantError:
			"eval_builtin_error: input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode: the input provided is invalid",
	},
	{
		args: ['"[z-a]"', '"x.*y.*z"'],
		wantError:
			"eval_builtin_error: input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode: the input provided is invalid",
	},
	{
		args: ['"[z-a]"', '"a["'],
		wantError:
			"eval_builtin_error: input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode: the input provided is invalid",
	},
	{
		args: ['"[z-a]"', '"[a--]"'],
		wantError:
			"eval_builtin_error: input:[z-a], pos:4, range is out of order: 'a' comes before 'z' in Unicode: the input provided is invalid",
	},
	{
		args: ['"[a-"', '"[a-"'],
		wantError:
			"eval_builtin_error: input:[a-, pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-"', '"x[a-z]*z"'],
		wantError:
			"eval_builtin_error: input:[a-, pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-"', '"[é-ü]+"'],
		wantError:
			"eval_builtin_error: input:[a-, pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-"', '"a*b*c*"'],
		wantError:
			"eval_builtin_error: input:[a-, pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-"', '".*.*"'],
		wantError:
			"eval_builtin_error: input:[a-, pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[-a]"', '"[-a]"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[-a]"', '"x.*y.*z"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[-a]"', '"[é-ü]+"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[-a]"', '"[bc]+"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[-a]"', '"(a)"'],
		wantError:
			"eval_builtin_error: input:[-a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-]"', '"[a-]"'],
		wantError:
			"eval_builtin_error: input:[a-], pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-]"', '"[a\\\\]b]+"'],
		wantError:
			"eval_builtin_error: input:[a-], pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-]"', '"[é-ü]+"'],
		wantError:
			"eval_builtin_error: input:[a-], pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-]"', '"[--a]"'],
		wantError:
			"eval_builtin_error: input:[a-], pos:3, range character '-' must be followed by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"a**"', '"a**"'],
		wantError:
			"eval_builtin_error: input:a**, pos:3, flag '*' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"a**"', '"[]*"'],
		wantError:
			"eval_builtin_error: input:a**, pos:3, flag '*' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"a**"', '"[bc]+"'],
		wantError:
			"eval_builtin_error: input:a**, pos:3, flag '*' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"a**"', '".*.*"'],
		wantError:
			"eval_builtin_error: input:a**, pos:3, flag '*' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"+a"', '"+a"'],
		wantError:
			"eval_builtin_error: input:+a, pos:1, flag '+' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"+a"', '"[]"'],
		wantError:
			"eval_builtin_error: input:+a, pos:1, flag '+' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"+a"', '"[é-ü]+"'],
		wantError:
			"eval_builtin_error: input:+a, pos:1, flag '+' must be preceded by a non-flag: the input provided is invalid",
	},
	{
		args: ['"+a"', '"[a-c-e]"'],
		wantError:
			"eval_builtin_error: input:+a, pos:1, flag '+' must be preceded by a non-flag: the input provided is invalid",
	},
	{ args: ['"[a\\\\]b]+"', '"[a\\\\]b]+"'], want: "true" },
	{
		args: ['"[a\\\\]b]+"', '"a["'],
		wantError: "eval_builtin_error: input:a[, pos:2, found [ without matching ]: the input provided is invalid",
	},
	{ args: ['"[a\\\\]b]+"', '"[bc]+"'], want: "true" },
	{
		args: ['"[a\\\\]b]+"', '"[a--]"'],
		wantError:
			"eval_builtin_error: input:[a--], pos:4, range character '-' cannot be followed by a special symbol: the input provided is invalid",
	},
	{ args: ['"x.*y.*z"', '"x.*y.*z"'], want: "true" },
	{ args: ['"x.*y.*z"', '"[é-ü]+"'], want: "false" },
	{ args: ['"x.*y.*z"', '"[bc]+"'], want: "false" },
	{ args: ['"x.*y.*z"', '"(a)"'], want: "false" },
	{ args: ['"x[a-z]*z"', '"x[a-z]*z"'], want: "true" },
	{ args: ['"x[a-z]*z"', '"é*"'], want: "false" },
	{ args: ['"x[a-z]*z"', '"[bc]+"'], want: "false" },
	{ args: ['"[]"', '"[]"'], want: "false" },
	{ args: ['"[]"', '"a*b*c*"'], want: "false" },
	{ args: ['"[]"', '"(a)"'], want: "false" },
	{ args: ['"[]*"', '"[]*"'], want: "false" },
	{ args: ['"[]*"', '"a\\\\*"'], want: "false" },
	{ args: ['"[]*"', '"[bc]+"'], want: "false" },
	{ args: ['"é*"', '"é*"'], want: "true" },
	{
		args: ['"é*"', '"[a-c-e]"'],
		wantError:
			"eval_builtin_error: input:[a-c-e], pos:5, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"é*"', '"(a)"'], want: "false" },
	{ args: ['"[é-ü]+"', '"[é-ü]+"'], want: "true" },
	{ args: ['"[é-ü]+"', '"[bc]+"'], want: "false" },
	{ args: ['"[é-ü]+"', '"(a)"'], want: "false" },
	{
		args: ['"a["', '"a["'],
		wantError: "eval_builtin_error: input:a[, pos:2, found [ without matching ]: the input provided is invalid",
	},
	{
		args: ['"a["', '"[ab]+c"'],
		wantError: "eval_builtin_error: input:a[, pos:2, found [ without matching ]: the input provided is invalid",
	},
	{
		args: ['"a["', '"(a)"'],
		wantError: "eval_builtin_error: input:a[, pos:2, found [ without matching ]: the input provided is invalid",
	},
	{ args: ['"a\\\\*"', '"a\\\\*"'], want: "true" },
	{
		args: ['"a\\\\*"', '"[a--]"'],
		wantError:
			"eval_builtin_error: input:[a--], pos:4, range character '-' cannot be followed by a special symbol: the input provided is invalid",
	},
	{ args: ['"a*b*c*"', '"a*b*c*"'], want: "true" },
	{
		args: ['"a*b*c*"', '"[--a]"'],
		wantError:
			"eval_builtin_error: input:[--a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{ args: ['"a*b*c*"', '"(a)"'], want: "false" },
	{ args: ['"[ab]+c"', '"[ab]+c"'], want: "true" },
	{ args: ['"[bc]+"', '"[bc]+"'], want: "true" },
	{ args: ['"[bc]+"', '"(a)"'], want: "false" },
	{
		args: ['"[a-c-e]"', '"[a-c-e]"'],
		wantError:
			"eval_builtin_error: input:[a-c-e], pos:5, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a-c-e]"', '".*.*"'],
		wantError:
			"eval_builtin_error: input:[a-c-e], pos:5, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[--a]"', '"[--a]"'],
		wantError:
			"eval_builtin_error: input:[--a], pos:2, range character '-' must be preceded by a Unicode character: the input provided is invalid",
	},
	{
		args: ['"[a--]"', '"[a--]"'],
		wantError:
			"eval_builtin_error: input:[a--], pos:4, range character '-' cannot be followed by a special symbol: the input provided is invalid",
	},
	{ args: ['".*.*"', '".*.*"'], want: "true" },
	{ args: ['"(a)"', '"(a)"'], want: "true" },
]);
