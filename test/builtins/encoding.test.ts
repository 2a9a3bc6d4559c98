/** JSON, base64, hexadecimal and URL queries. Wanted values are OPA's. */
import { describe } from "vitest";
import { encoding } from "../../src/builtins/encoding.ts";
import { table } from "./support.ts";

describe("encoding", () => {
	table(encoding, "json.marshal", [
		{ args: ['{"b":[1.0,2],"a":null}'], want: '"{\\"a\\":null,\\"b\\":[1.0,2]}"' },
		{ args: ['{"$set": [2, 1]}'], want: '"[1,2]"' },
		{
			args: ['{"$object": [[1, "x"], ["1", "y"], [[1, "<"], "z"]]}'],
			want: '"{\\"1\\":\\"y\\",\\"[1,\\\\\\"\\\\\\\\u003c\\\\\\"]\\":\\"z\\"}"',
		},
		{
			args: ["\"<a href='x'>&\u2028\\u0001\\b\\f\\u007f\""],
			want: '"\\"\\\\u003ca href=\'x\'\\\\u003e\\\\u0026\\\\u2028\\\\u0001\\\\b\\\\f\\x7f\\""',
		},
		{ args: ["1e30000"], want: '"1e30000"' },
		{ args: ['"\ud83d\ude00\u00e9"'], want: '"\\"\ud83d\ude00\u00e9\\""' },
	]);
	table(encoding, "json.marshal_with_options", [
		{
			args: ['{"a":[1,{},[]]}', '{"pretty":true}'],
			want: '"{\\n\\t\\"a\\": [\\n\\t\\t1,\\n\\t\\t{},\\n\\t\\t[]\\n\\t]\\n}"',
		},
		{ args: ['{"a":[1]}', '{"indent":"  ","prefix":">"}'], want: '">{\\n>  \\"a\\": [\\n>    1\\n>  ]\\n>}"' },
		{ args: ["[1]", '{"pretty":false,"prefix":"--"}'], want: '"[1]"' },
		{ args: ["[1]", "{}"], want: '"[1]"' },
		{
			args: ["[1]", '{"indent":1}'],
			wantError:
				'eval_type_error: operand 2 key "indent" failed cast to string: operand 0 must be string but got number',
		},
		{ args: ["[1]", '{"pretty":1}'], wantError: 'eval_type_error: operand 2 key "pretty" failed cast to bool' },
		{ args: ["[1]", '{"foo":1}'], wantError: 'eval_type_error: operand 2 object contained unknown key "foo"' },
		{
			args: ["[1]", '{"$object": [[1, 1]]}'],
			wantError:
				"eval_type_error: operand 2 failed to stringify key 1 at index 0: operand 0 must be string but got number",
		},
		{ args: ["1", "[]"], wantError: "eval_type_error: operand 2 must be object but got array" },
	]);
	table(encoding, "json.unmarshal", [
		{
			args: ['"{\\"a\\": [1.0, 1e3, -0, 123456789012345678901234567890]}"'],
			want: '{"a": [1.0, 1e3, -0, 123456789012345678901234567890]}',
		},
		{ args: ['"{\\"a\\": 1, \\"a\\": 2, \\"__proto__\\": 3}"'], want: '{"__proto__": 3, "a": 2}' },
		{ args: ['"\\"\\\\ud83d\\\\ude00 \\\\ud800\\""'], want: '"\ud83d\ude00 \ufffd"' },
		{ args: ['" null "'], want: "null" },
		{ args: ['"1 null"'], want: "1" },
		{ args: ['""'], wantError: "eval_builtin_error: EOF" },
		{ args: ['"{"'], wantError: "eval_builtin_error: unexpected EOF" },
		{ args: ['"[1,]"'], wantError: "eval_builtin_error: invalid character ']' looking for beginning of value" },
		{ args: ['"{\\"a\\" 1}"'], wantError: "eval_builtin_error: invalid character '1' after object key" },
		{ args: ['"1 2"'], wantError: "eval_builtin_error: error: invalid character '2' after top-level value" },
		{ args: ['"1 x"'], wantError: "eval_builtin_error: invalid character 'x' looking for beginning of value" },
		{ args: ['"tru"'], wantError: "eval_builtin_error: unexpected EOF" },
		{ args: ['"01"'], wantError: "eval_builtin_error: error: invalid character '1' after top-level value" },
		{ args: ['"1."'], wantError: "eval_builtin_error: unexpected EOF" },
		{ args: ['"\\"\\\\x\\""'], wantError: "eval_builtin_error: invalid character 'x' in string escape code" },
		{ args: ['"\u00e9"'], wantError: "eval_builtin_error: invalid character '\u00c3' looking for beginning of value" },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(encoding, "json.is_valid", [
		{ args: ['"{}"'], want: "true" },
		{ args: ['"1 null"'], want: "false" },
		{ args: ['"{"'], want: "false" },
		{ args: ['" [1, {\\"a\\": [], \\"b\\": {}}, -0.5, true, null] "'], want: "true" },
		{ args: ['"[1,]"'], want: "false" },
		{ args: ['"{\\"a\\":1,}"'], want: "false" },
		{ args: ['"{\\"a\\" 1}"'], want: "false" },
		{ args: ['"{a:1}"'], want: "false" },
		{ args: ['"[1}"'], want: "false" },
		{ args: ['"01"'], want: "false" },
		{ args: ['"-"'], want: "false" },
		{ args: ['"1."'], want: "false" },
		{ args: ['"1e5"'], want: "true" },
		{ args: ['"1e"'], want: "false" },
		{ args: ['"\\"a"'], want: "false" },
		{ args: ['"\\"\\\\x\\""'], want: "false" },
		{ args: ['"\\"\\\\u00g0\\""'], want: "false" },
		{ args: ['"\\"\\\\ud800\\""'], want: "true" },
		{ args: ['"\\"\\t\\""'], want: "false" },
		{ args: ['"truex"'], want: "false" },
		{ args: ['"[] []"'], want: "false" },
		{ args: ['""'], want: "false" },
		{ args: ["1"], want: "false" },
	]);
	table(encoding, "base64.encode", [
		{ args: ['"ab"'], want: '"YWI="' },
		{ args: ['""'], want: '""' },
		{ args: ['"\u00e9\ud83d\ude00?"'], want: '"w6nwn5iAPw=="' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(encoding, "base64.decode", [
		{ args: ['"YWI="'], want: '"ab"' },
		{ args: ['"/w=="'], want: '"\\xff"' },
		{ args: ['"YW\\nI="'], want: '"ab"' },
		{ args: ['"YR=="'], want: '"a"' },
		{ args: ['"YWI"'], wantError: "eval_builtin_error: illegal base64 data at input byte 0" },
		{ args: ['"YW=I"'], wantError: "eval_builtin_error: illegal base64 data at input byte 2" },
		{ args: ['"YQ==YQ=="'], wantError: "eval_builtin_error: illegal base64 data at input byte 4" },
		{ args: ['"-_-_"'], wantError: "eval_builtin_error: illegal base64 data at input byte 0" },
		{ args: ['"Y"'], wantError: "eval_builtin_error: illegal base64 data at input byte 0" },
		{ args: ['""'], want: '""' },
		{ args: ["null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
	table(encoding, "base64.is_valid", [
		{ args: ['"YWI="'], want: "true" },
		{ args: ['"YWI"'], want: "false" },
		{ args: ["1"], want: "false" },
	]);
	table(encoding, "base64url.encode", [
		{ args: ['"\u00ff\u00fe?>"'], want: '"w7_Dvj8-"' },
		{ args: ['"a"'], want: '"YQ=="' },
	]);
	table(encoding, "base64url.encode_no_pad", [
		{ args: ['"a"'], want: '"YQ"' },
		{ args: ['"ab?"'], want: '"YWI_"' },
	]);
	table(encoding, "base64url.decode", [
		{ args: ['"YQ"'], want: '"a"' },
		{ args: ['"YQ=="'], want: '"a"' },
		{ args: ['"-_-_"'], want: '"\\xfb\\xff\\xbf"' },
		{ args: ['"+/+/"'], wantError: "eval_builtin_error: illegal base64 data at input byte 0" },
		{ args: ['"Y"'], wantError: "eval_builtin_error: illegal base64url string: Y" },
		{ args: ['"YQ="'], wantError: "eval_builtin_error: illegal base64 data at input byte 3" },
	]);
	table(encoding, "hex.encode", [
		{ args: ['"a\u00e9"'], want: '"61c3a9"' },
		{ args: ['""'], want: '""' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(encoding, "hex.decode", [
		{ args: ['"61c3A9"'], want: '"a\u00e9"' },
		{ args: ['"ff"'], want: '"\\xff"' },
		{ args: ['""'], want: '""' },
		{ args: ['"abc"'], wantError: "eval_builtin_error: encoding/hex: odd length hex string" },
		{ args: ['"zz"'], wantError: "eval_builtin_error: encoding/hex: invalid byte: U+007A 'z'" },
		{ args: ['"6\u00e9"'], wantError: "eval_builtin_error: encoding/hex: invalid byte: U+00C3 '\u00c3'" },
		{ args: ['"6z6"'], wantError: "eval_builtin_error: encoding/hex: invalid byte: U+007A 'z'" },
	]);
	table(encoding, "urlquery.encode", [
		{ args: ['"a b&c=\u00e9~*"'], want: '"a+b%26c%3D%C3%A9~%2A"' },
		{ args: ['""'], want: '""' },
	]);
	table(encoding, "urlquery.decode", [
		{ args: ['"a+b%20c%C3%A9"'], want: '"a b c\u00e9"' },
		{ args: ['"%ff"'], want: '"\\xff"' },
		{ args: ['"%zz"'], wantError: 'eval_builtin_error: invalid URL escape "%zz"' },
		{ args: ['"a%4"'], wantError: 'eval_builtin_error: invalid URL escape "%4"' },
	]);
	table(encoding, "urlquery.encode_object", [
		{ args: ['{"b":"x y","a":["2","1"],"c":{"$set": ["z", "y"]}}'], want: '"a=2&a=1&b=x+y&c=y&c=z"' },
		{ args: ['{"$object": [[1, "a"]]}'], want: '"1=a"' },
		{ args: ['{"$object": [[["<"], "a"]]}'], want: '"%5B%22%5Cu003c%22%5D=a"' },
		{ args: ['{"a":[]}'], want: '""' },
		{ args: ['{"a":1}'], wantError: "eval_type_error: operand 1 values must be string, array[string], or set[string]" },
		{
			args: ['{"a":[1]}'],
			wantError: "eval_type_error: operand 1 values must be string, array[string], or set[string]",
		},
		{ args: ["[]"], wantError: "eval_type_error: operand 1 must be object but got array" },
	]);
	table(encoding, "urlquery.decode_object", [
		{ args: ['"a=1&b=2&a=3&c&=x&&d=%20+"'], want: '{"": ["x"], "a": ["1", "3"], "b": ["2"], "c": [""], "d": ["  "]}' },
		{ args: ['""'], want: "{}" },
		{ args: ['"a=1;b=2"'], wantError: "eval_builtin_error: invalid semicolon separator in query" },
		{ args: ['"a=%zz&;&b=%f"'], wantError: "eval_builtin_error: invalid semicolon separator in query" },
		{ args: ['"a=%zz"'], wantError: 'eval_builtin_error: invalid URL escape "%zz"' },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
});
