import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { Source } from "../../src/location.ts";
import { parseAnnotations } from "../../src/parser/annotations.ts";
import { parseModule } from "../../src/parser/parser.ts";

/**
 * Wrong (and some surprisingly right) modules with the first error OPA 1.20 reports for each:
 * `[version, text, [row, column, message, source line, index in it]?]`. Without the last, OPA parses it.
 */
type Row = readonly ["v0" | "v1", string, (readonly [number, number, string, string?, number?])?];
const rows = JSON.parse(readFileSync(new URL("errors.json", import.meta.url), "utf8")) as readonly Row[];

const parse = (version: "v0" | "v1", text: string) =>
	parseModule(new Source("m.rego", text), {
		regoVersion: version,
		annotations: parseAnnotations,
		isBuiltin: (name) => name === "count",
	});

describe("the first error of a wrong module is OPA's", () => {
	test.each(rows.map(([version, text, want]) => ({ note: `${version} ${JSON.stringify(text)}`, version, text, want })))(
		"$note",
		({ version, text, want }) => {
			const { value, errors } = parse(version, text);
			const first = errors[0];
			if (want === undefined) {
				expect(errors).toEqual([]);
				expect(value).toBeDefined();
				return;
			}
			const [row, col, message, line, idx] = want;
			expect(value).toBeUndefined();
			expect(first).toMatchObject({ code: "rego_parse_error" satisfies ErrorCode, reason: message });
			expect(first?.location).toEqual({ file: "m.rego", row, col });
			expect(first?.details?.json).toEqual(line === undefined ? undefined : { line, idx });
		},
	);
});

describe("errors after the first", () => {
	const lines = (text: string): readonly string[] =>
		parse("v1", text).errors.map((e) => `${e.location?.row}:${e.location?.col} ${e.reason}`);
	const cases = [
		{
			note: "every statement's mistake is reported",
			text: "package a\np := ]\nq := 1\nr if {\n\tx y\n}\ns := 2\nt if { 1 + }\n",
			want: [
				"2:6 unexpected ] token",
				"2:6 unexpected ] token: expected rule value term (e.g., p := <VALUE> { ... })",
				"5:4 unexpected identifier token: expected \\n or ; or }",
				"8:12 unexpected } token",
			],
		},
		{
			note: "a blank after a dot is what every error at that place names",
			text: 'package a\np := input. x\nq. a := 1\nimport data. a\nr := $"{input. a}"\n',
			want: [
				"2:12 unexpected whitespace token: expected identifier",
				"2:12 unexpected whitespace token: expected rule value term (e.g., p := <VALUE> { ... })",
				"3:3 unexpected whitespace token: expected identifier",
				"3:3 unexpected whitespace token: expected rule head name",
				"4:13 unexpected whitespace token: expected identifier",
				"4:13 expected path",
				"5:15 unexpected whitespace token: expected identifier",
				"5:15 invalid template-string expression",
				"5:15 unexpected whitespace token: expected rule value term (e.g., r := <VALUE> { ... })",
			],
		},
		{
			note: "an unclosed bracket does not swallow the next rule's mistake",
			text: "package a\np := [1,\n\t2\n\nq := 1\nr := 1 +\n",
			want: [
				'5:1 unexpected identifier token: expected "," or "]"',
				"5:1 unexpected identifier token: expected rule value term (e.g., p := <VALUE> { ... })",
				"7:0 unexpected eof token",
			],
		},
		{
			note: "a mistake deep in an object is located besides OPA's blame of the first value",
			text: 'package a\np := {\n\t"a": 1,\n\t"b": 2\n\t"c": 3\n}\n',
			want: [
				"3:7 unexpected number token: non-terminated object",
				'5:2 unexpected string token: expected "," or "}"',
				"3:7 unexpected number token: expected rule value term (e.g., p := <VALUE> { ... })",
			],
		},
		{
			note: "checks of whole modules report every rule",
			text: "package a\np { true }\nq[x] { x := 1 }\nr.a.b\n",
			want: [
				"2:1 `if` keyword is required before rule body",
				"3:1 `if` keyword is required before rule body",
				"3:1 `contains` keyword is required for partial set rules",
				"4:1 rule must have value assignment and/or body declaration",
			],
		},
	];
	test.each(cases)("$note", ({ text, want }) => {
		expect(lines(text)).toEqual(want);
	});

	test("no more than maxErrors", () => {
		const text = `package a\n${"p := ]\n".repeat(50)}`;
		const count = (maxErrors: number) => parseModule(new Source("", text), { limits: { maxErrors } }).errors.length;
		expect([count(1), count(3), count(7)]).toEqual([1, 3, 7]);
	});

	test("the source line and a caret", () => {
		const { errors } = parse("v1", "package a\n\tp := é x y\n");
		expect(errors[0]?.details?.lines).toEqual(["p := é x y", "     ^"]);
	});
});
