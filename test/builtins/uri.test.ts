/** uri.* Wanted values and messages are OPA's. */
import { describe, expect, test } from "vitest";
import { uri } from "../../src/builtins/uri.ts";
import { startCost } from "../cost.ts";
import { call, type Row, table } from "./support.ts";

/** Rows whose operands are all strings, written plainly. */
function texts(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: row.args.map((a) => JSON.stringify(a)) }));
}

describe("uri.parse", () => {
	table(
		uri,
		"uri.parse",
		texts([
			{
				args: ["https://user:pa%20ss@example.com:8080/a%2Fb/c?x=1&y=%41#frag%20ment"],
				want: '{"fragment": "frag ment", "hostname": "example.com", "path": "/a/b/c", "port": "8080", "raw_path": "/a%2Fb/c", "raw_query": "x=1&y=%41", "scheme": "https"}',
			},
			{ args: ["http://example.com"], want: '{"hostname": "example.com", "scheme": "http"}' },
			{
				args: ["HTTP://EXAMPLE.com/"],
				want: '{"hostname": "EXAMPLE.com", "path": "/", "raw_path": "/", "scheme": "http"}',
			},
			{ args: ["mailto:a@b.c"], want: '{"scheme": "mailto"}' },
			{ args: ["//host/path"], want: '{"hostname": "host", "path": "/path", "raw_path": "/path"}' },
			{ args: ["/only/path"], want: '{"path": "/only/path", "raw_path": "/only/path"}' },
			{ args: [""], want: "{}" },
			{ args: ["?q"], want: '{"raw_query": "q"}' },
			{ args: ["#f"], want: '{"fragment": "f"}' },
			{ args: ["?"], want: "{}" },
			{ args: ["http://h?"], want: '{"hostname": "h", "scheme": "http"}' },
			{ args: ["http://h/#"], want: '{"hostname": "h", "path": "/", "raw_path": "/", "scheme": "http"}' },
			{
				args: ["http://[::1]:80/"],
				want: '{"hostname": "::1", "path": "/", "port": "80", "raw_path": "/", "scheme": "http"}',
			},
			{
				args: ["http://[fe80::1%25en0]/"],
				want: '{"hostname": "fe80::1%en0", "path": "/", "raw_path": "/", "scheme": "http"}',
			},
			{ args: ["http://[::1"], wantError: `eval_builtin_error: parse "http://[::1": missing ']' in host` },
			{
				args: ["http://[zz]/"],
				wantError: 'eval_builtin_error: parse "http://[zz]/": invalid host: ParseAddr("zz"): unable to parse IP',
			},
			{
				args: ["http://h:port/"],
				wantError: 'eval_builtin_error: parse "http://h:port/": invalid port ":port" after host',
			},
			{ args: ["http://h:"], want: '{"hostname": "h", "scheme": "http"}' },
			{
				args: ["http://h:99999/"],
				want: '{"hostname": "h", "path": "/", "port": "99999", "raw_path": "/", "scheme": "http"}',
			},
			{
				args: ["http://a b/"],
				wantError: 'eval_builtin_error: parse "http://a b/": invalid character " " in host name',
			},
			{ args: ["http://h/a b"], want: '{"hostname": "h", "path": "/a b", "raw_path": "/a b", "scheme": "http"}' },
			{ args: ["http://h/%zz"], wantError: 'eval_builtin_error: parse "http://h/%zz": invalid URL escape "%zz"' },
			{ args: ["http://h/%4"], wantError: 'eval_builtin_error: parse "http://h/%4": invalid URL escape "%4"' },
			{ args: ["http://%41/"], wantError: 'eval_builtin_error: parse "http://%41/": invalid URL escape "%41"' },
			{ args: ["http://h%41/"], wantError: 'eval_builtin_error: parse "http://h%41/": invalid URL escape "%41"' },
			{
				args: ["1http://h"],
				wantError: 'eval_builtin_error: parse "1http://h": first path segment in URL cannot contain colon',
			},
			{ args: ["a:b:c"], want: '{"scheme": "a"}' },
			{ args: ["a/b:c"], want: '{"path": "a/b:c", "raw_path": "a/b:c"}' },
			{ args: [":foo"], wantError: 'eval_builtin_error: parse ":foo": missing protocol scheme' },
			{ args: ["http:"], want: '{"scheme": "http"}' },
			{ args: ["http://"], want: '{"scheme": "http"}' },
			{ args: ["http:///p"], want: '{"path": "/p", "raw_path": "/p", "scheme": "http"}' },
			{
				args: ["ht^tp://h"],
				wantError: 'eval_builtin_error: parse "ht^tp://h": first path segment in URL cannot contain colon',
			},
			{ args: ["http://u@h"], want: '{"hostname": "h", "scheme": "http"}' },
			{ args: ["http://u:@h"], want: '{"hostname": "h", "scheme": "http"}' },
			{ args: ["http://:p@h"], want: '{"hostname": "h", "scheme": "http"}' },
			{ args: ["http://u:p:q@h"], want: '{"hostname": "h", "scheme": "http"}' },
			{ args: ["http://u@v@h"], want: '{"hostname": "h", "scheme": "http"}' },
			{
				args: ["http://é.com/é?é#é"],
				want: '{"fragment": "é", "hostname": "é.com", "path": "/é", "raw_path": "/é", "raw_query": "é", "scheme": "http"}',
			},
			{
				args: ['http://h/<>"`{}|\\^'],
				want: '{"hostname": "h", "path": "/<>\\"`{}|\\\\^", "raw_path": "/<>\\"`{}|\\\\^", "scheme": "http"}',
			},
			{ args: ["*"], want: '{"path": "*", "raw_path": "*"}' },
			{
				args: ["http://h/\u0007"],
				wantError: String.raw`eval_builtin_error: parse "http://h/\a": net/url: invalid control character in URL`,
			},
			{
				args: ["http://h\u007f"],
				wantError: String.raw`eval_builtin_error: parse "http://h\x7f": net/url: invalid control character in URL`,
			},
			{ args: ["urn:isbn:0451450523"], want: '{"scheme": "urn"}' },
			{ args: ["file:///etc/passwd"], want: '{"path": "/etc/passwd", "raw_path": "/etc/passwd", "scheme": "file"}' },
			{
				args: ["http://h/a?b?c#d#e"],
				want: '{"fragment": "d#e", "hostname": "h", "path": "/a", "raw_path": "/a", "raw_query": "b?c", "scheme": "http"}',
			},
			{ args: ["http://h/;p=1"], want: '{"hostname": "h", "path": "/;p=1", "raw_path": "/;p=1", "scheme": "http"}' },
			{ args: ["http://h/%2f"], want: '{"hostname": "h", "path": "//", "raw_path": "/%2f", "scheme": "http"}' },
			{ args: ["http://h/.."], want: '{"hostname": "h", "path": "/..", "raw_path": "/..", "scheme": "http"}' },
			{ args: ["javascript:alert(1)"], want: '{"scheme": "javascript"}' },
			{ args: ["http://1.2.3.4:5"], want: '{"hostname": "1.2.3.4", "port": "5", "scheme": "http"}' },
			{
				args: [String.raw`http://h\x`],
				wantError: String.raw`eval_builtin_error: parse "http://h\\x": invalid character "\\" in host name`,
			},
			{ args: ["http://<x>/"], want: '{"hostname": "<x>", "path": "/", "raw_path": "/", "scheme": "http"}' },
			{ args: ["http://x_y/"], want: '{"hostname": "x_y", "path": "/", "raw_path": "/", "scheme": "http"}' },
			{
				args: ["a\nb"],
				wantError: String.raw`eval_builtin_error: parse "a\nb": net/url: invalid control character in URL`,
			},
		]),
	);
});

describe("uri.parse: operands", () => {
	table(uri, "uri.parse", [
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ["null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
});

describe("uri.is_valid", () => {
	table(
		uri,
		"uri.is_valid",
		texts([
			{ args: ["https://example.com"], want: "true" },
			{ args: ["a b"], want: "true" },
			{ args: ["http://h/%zz"], want: "false" },
			{ args: ["http://[::1"], want: "false" },
			{ args: [""], want: "false" },
			{ args: ["/p"], want: "true" },
			{ args: ["1http://h"], want: "false" },
		]),
	);
});

describe("uri.is_valid: operands", () => {
	table(uri, "uri.is_valid", [
		{ args: ["1"], want: "false" },
		{ args: ["{}"], want: "false" },
	]);
});

describe("hostile operands", () => {
	test.each([
		`http://${"a@".repeat(200_000)}h`,
		`http://[${":".repeat(200_000)}]/`,
		"%41".repeat(200_000),
		`http://h/${"%".repeat(200_000)}`,
		"\ud800",
	])("%.20s ends quickly", (text) => {
		for (const b of uri) {
			const cost = startCost();
			const got = call(b, [text]);
			expect(got).toSatisfy((x) => x.code !== undefined || x.value !== undefined);
			expect(cost()).toBeLessThan(2000);
		}
	});
});
