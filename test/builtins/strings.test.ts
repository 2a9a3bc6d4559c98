/** Strings, by code points. Wanted values are OPA's. */
import { describe } from "vitest";
import { strings } from "../../src/builtins/strings.ts";
import { table } from "./support.ts";

describe("strings", () => {
	table(strings, "concat", [
		{ args: ['","', '["a","b"]'], want: '"a,b"' },
		{ args: ['""', '{"$set": ["b", "a"]}'], want: '"ab"' },
		{ args: ['"-"', "[]"], want: '""' },
		{ args: ['"-"', '["x"]'], want: '"x"' },
		{
			args: ['"-"', "[1]"],
			wantError: "eval_type_error: operand 2 must be array of strings but got array containing number",
		},
		{ args: ['"-"', '"ab"'], wantError: "eval_type_error: operand 2 must be one of {set, array} but got string" },
		{ args: ["1", "[]"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "contains", [
		{ args: ['"abc"', '"bc"'], want: "true" },
		{ args: ['"abc"', '""'], want: "true" },
		{ args: ['"abc"', '"x"'], want: "false" },
		{ args: ["1", '"a"'], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "startswith", [
		{ args: ['"abc"', '"ab"'], want: "true" },
		{ args: ['"abc"', '"b"'], want: "false" },
		{ args: ['"a"', "1"], wantError: "eval_type_error: operand 2 must be string but got number" },
	]);
	table(strings, "endswith", [
		{ args: ['"abc"', '"bc"'], want: "true" },
		{ args: ['"abc"', '""'], want: "true" },
	]);
	table(strings, "format_int", [
		{ args: ["255", "16"], want: '"ff"' },
		{ args: ["-255", "2"], want: '"-11111111"' },
		{ args: ["8", "8"], want: '"10"' },
		{ args: ["15.9", "16"], want: '"f"' },
		{ args: ["-0.5", "10"], want: '"0"' },
		{ args: ["18446744073709551617", "16"], want: '"10000000000000001"' },
		{ args: ["1e30", "10"], want: '"1000000000000000000024696061952"' },
		{ args: ["10.0", "10"], want: '"10"' },
		{ args: ["1", "3"], wantError: "eval_type_error: operand 2 must be one of {2, 8, 10, 16}" },
		{ args: ["1", "2.0"], wantError: "eval_type_error: operand 2 must be one of {2, 8, 10, 16}" },
		{ args: ['"1"', "10"], wantError: "eval_type_error: operand 1 must be number but got string" },
	]);
	table(strings, "indexof", [
		{ args: ['"abcabc"', '"c"'], want: "2" },
		{ args: ['"a\ud83d\ude00b"', '"b"'], want: "2" },
		{ args: ['"abc"', '"x"'], want: "-1" },
		{ args: ['"abc"', '""'], wantError: "eval_builtin_error: empty search character" },
	]);
	table(strings, "indexof_n", [
		{ args: ['"aaaa"', '"aa"'], want: "[0, 1, 2]" },
		{ args: ['"\ud83d\ude00a\ud83d\ude00a"', '"a"'], want: "[1, 3]" },
		{ args: ['"abc"', '"x"'], want: "[]" },
		{ args: ['"abc"', '""'], wantError: "eval_builtin_error: empty search character" },
	]);
	table(strings, "lower", [
		{ args: ['"ABC"'], want: '"abc"' },
		{ args: ['"\u0130\u03a3 A\u03a3"'], want: '"i\u03c3 a\u03c3"' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "upper", [
		{ args: ['"abc"'], want: '"ABC"' },
		{ args: ['"\u00df\ufb01\u01c6\u1f80"'], want: '"\u00df\ufb01\u01c4\u1f88"' },
		{ args: ["null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
	table(strings, "replace", [
		{ args: ['"abcabc"', '"b"', '"xx"'], want: '"axxcaxxc"' },
		{ args: ['"aaa"', '"aa"', '"b"'], want: '"ba"' },
		{ args: ['"\u00e9"', '""', '"x"'], want: '"x\\xc3x\\xa9x"' },
		{ args: ['"ab"', '""', '"-"'], want: '"-a-b-"' },
		{ args: ['"$&"', '"&"', '"$&"'], want: '"$$&"' },
		{ args: ['"a"', '"a"', "1"], wantError: "eval_type_error: operand 3 must be string but got number" },
	]);
	table(strings, "strings.replace_n", [
		{ args: ['{"a":"1","ab":"2"}', '"abab"'], want: '"1b1b"' },
		{ args: ['{"":"x","a":"y"}', '"a\u00e9a"'], want: '"xyx\\xc3x\\xa9xyx"' },
		{ args: ['{"<":"&lt;","&":"&amp;"}', '"<&>"'], want: '"&lt;&amp;>"' },
		{ args: ["{}", '"abc"'], want: '"abc"' },
		{ args: ['{"a":1}', '"a"'], wantError: "eval_type_error: operand 1 non-string value found in pattern object" },
		{
			args: ['{"$object": [[1, "a"]]}', '"a"'],
			wantError: "eval_type_error: operand 1 non-string key found in pattern object",
		},
	]);
	table(strings, "strings.reverse", [
		{ args: ['"abc"'], want: '"cba"' },
		{ args: ['"a\ud83d\ude00\u00e9"'], want: '"\u00e9\ud83d\ude00a"' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "split", [
		{ args: ['"a,b,,c"', '","'], want: '["a", "b", "", "c"]' },
		{ args: ['"a\u00e9\ud83d\ude00"', '""'], want: '["a", "\u00e9", "\ud83d\ude00"]' },
		{ args: ['""', '""'], want: "[]" },
		{ args: ['""', '","'], want: '[""]' },
		{ args: ["1", '""'], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "strings.split_n", [
		{ args: ['"a,b,c"', '","', "2"], want: '["a", "b"]' },
		{ args: ['"a,b,c"', '","', "-2"], want: '["b", "c"]' },
		{ args: ['"a,b,c"', '","', "0"], want: "[]" },
		{ args: ['"a,b,c"', '","', "9223372036854775807"], want: '["a", "b", "c"]' },
		{ args: ['"abc"', '""', "2"], want: '["a", "b"]' },
		{
			args: ['"a"', '","', "0.5"],
			wantError: "eval_type_error: operand 3 must be integer number but got floating-point number",
		},
		{ args: ['"a"', '","', '"1"'], wantError: "eval_type_error: operand 3 must be number but got string" },
	]);
	table(strings, "strings.count", [
		{ args: ['"aaaa"', '"aa"'], want: "2" },
		{ args: ['"a\ud83d\ude00"', '""'], want: "3" },
		{ args: ['"abc"', '"x"'], want: "0" },
		{ args: ["1", '"a"'], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "substring", [
		{ args: ['"abcde"', "1", "3"], want: '"bcd"' },
		{ args: ['"abcde"', "2", "-1"], want: '"cde"' },
		{ args: ['"a\ud83d\ude00\u00e9b"', "1", "2"], want: '"\ud83d\ude00\u00e9"' },
		{ args: ['"abc"', "5", "1"], want: '""' },
		{ args: ['"abc"', "0", "100"], want: '"abc"' },
		{ args: ['"abc"', "1", "0"], want: '""' },
		{ args: ['"abc"', "-1", "2"], wantError: "eval_builtin_error: negative offset" },
		{
			args: ['"abc"', "0.5", "2"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
		{ args: ["1", "0", "1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "trim", [
		{ args: ['"xxabcxy"', '"xy"'], want: '"abc"' },
		{ args: ['"\u00e9\ud83d\ude00a\ud83d\ude00"', '"\ud83d\ude00\u00e9"'], want: '"a"' },
		{ args: ['"\ud83d\ude00\u00e9x\ud83d\ude01"', '"\ud83d\ude00\ud83d\ude02"'], want: '"\u00e9x\ud83d\ude01"' },
		{ args: ['"\ud83d\ude00\ud83d\ude00"', '"\ud83d\ude00"'], want: '""' },
		{ args: ['"abc"', '""'], want: '"abc"' },
		{ args: ['"aaa"', '"a"'], want: '""' },
		{ args: ["1", '""'], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(strings, "trim_left", [{ args: ['"xxabx"', '"x"'], want: '"abx"' }]);
	table(strings, "trim_right", [{ args: ['"xxabx"', '"bx"'], want: '"xxa"' }]);
	table(strings, "trim_prefix", [
		{ args: ['"aab"', '"a"'], want: '"ab"' },
		{ args: ['"b"', '"a"'], want: '"b"' },
	]);
	table(strings, "trim_suffix", [
		{ args: ['"abb"', '"b"'], want: '"ab"' },
		{ args: ['"a"', '"b"'], want: '"a"' },
	]);
	table(strings, "trim_space", [
		{ args: ['" \\t\\n\u0085\u00a0a b\u3000\u2028"'], want: '"a b"' },
		{ args: ['""'], want: '""' },
	]);
	table(strings, "strings.any_prefix_match", [
		{ args: ['["foo","bar"]', '{"$set": ["ba"]}'], want: "true" },
		{ args: ['"abc"', '["x",""]'], want: "true" },
		{ args: ["[]", '""'], want: "false" },
		{ args: ['[""]', '["x"]'], want: "false" },
		{ args: ["1", '"a"'], wantError: "eval_type_error: operand 1 must be one of {string, set, array} but got number" },
		{
			args: ['["a"]', "[1]"],
			wantError: "eval_type_error: operand 2 must be array of strings but got array containing number",
		},
	]);
	table(strings, "strings.any_suffix_match", [
		{ args: ['["foo","b\u00e9"]', '"\u00e9"'], want: "true" },
		{ args: ['"abc"', '["b"]'], want: "false" },
		{ args: ['"a"', "null"], wantError: "eval_type_error: operand 2 must be one of {string, set, array} but got null" },
	]);
});
