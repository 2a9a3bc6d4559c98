import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RegoError } from "../../src/errors.ts";
import { Source } from "../../src/location.ts";
import { parseAnnotations } from "../../src/parser/annotations.ts";
import { parseModule, parseQuery } from "../../src/parser/parser.ts";
import { printModule } from "../../src/parser/print.ts";

/** Whatever the text: a module, or located errors. */
function checkParses(text: string): void {
	for (const regoVersion of ["v0", "v1"] as const) {
		const { value, errors } = parseModule(new Source("m.rego", text), { regoVersion, annotations: parseAnnotations });
		expect(value === undefined).toBe(errors.length > 0);
		for (const e of errors) {
			expect(e).toBeInstanceOf(RegoError);
			expect(e.location).toBeDefined();
			expect(e.location?.row).toBeLessThanOrEqual(text.split("\n").length);
		}
		if (value === undefined) continue;
		const again = parseModule(new Source("", printModule(value)), { regoVersion });
		expect(again.errors.map((e) => e.message)).toEqual([]);
	}
	const query = parseQuery(new Source("", text), { futureKeywords: ["and", "or", "not"] });
	expect(query.value === undefined).toBe(query.errors.length > 0);
}

const words =
	'p q f x _ 1 -1 1.5 "a" `b` $"c" $"{ {x} }" $`{ } { [ ] ( ) , ; : . := = == != < > <= >= + - * / % & | if else default not some every in contains with as import package data input future.keywords rego.v1 true null and or set() # \n'.split(
		" ",
	);

describe("any text gives a module or located errors", () => {
	test("random characters", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => checkParses(text)),
			{ numRuns: 500 },
		);
	});

	test("random UTF-16 units, surrogates among them", () => {
		const unit = fc.oneof(
			fc.integer({ min: 0, max: 0xffff }),
			fc.constantFrom(0, 10, 34, 92, 96, 123, 0xd800, 0xdc00, 0xfeff),
		);
		fc.assert(
			fc.property(fc.array(unit, { maxLength: 60 }), (units) => checkParses(String.fromCharCode(...units))),
			{ numRuns: 500 },
		);
	});

	test("token soup", () => {
		const soup = fc.array(fc.tuple(fc.constantFrom(...words), fc.constantFrom("", " ", "\n")), { maxLength: 40 });
		fc.assert(
			fc.property(
				soup,
				fc.constantFrom("", "package a\n", "package a\nimport future.keywords\np if {"),
				(tokens, start) => checkParses(start + tokens.map(([word, gap]) => word + gap).join("")),
			),
			{ numRuns: 1500 },
		);
	});

	test("no character is passed over", () => {
		for (let c = 0x80; c < 0xd800; c += 51) {
			const { errors } = parseModule(new Source("", `package a\n\np := 1 ${String.fromCharCode(c)}`), {
				regoVersion: "v1",
			});
			expect(errors.length, `U+${c.toString(16)}`).toBeGreaterThan(0);
		}
	});

	test("a valid module with one character changed", () => {
		const module = `package a.b
import data.x as y
# METADATA
# title: t
default p := false
p := $"a{x}" if { some k, v in y; not f(k)[0].z; every w in v { w > 1 } } else := {"a": [1, {2}]}
q contains [x | x := input.if[_]] if x == {a: b | c[a] = b}
`;
		const at = fc.integer({ min: 0, max: module.length - 1 });
		const other = fc.constantFrom(...'{}[]()"`$\\|,.;:=#\n ax1\0\ufeff', "");
		fc.assert(
			fc.property(at, other, (i, c) => checkParses(module.slice(0, i) + c + module.slice(i + 1))),
			{ numRuns: 800 },
		);
	});

	const cases = [
		{ note: "NUL", text: "package a\np := 1\0", want: "2:6 illegal null character" },
		{ note: "NUL in a blank", text: "package a\np \0:= 1", want: "2:2 illegal null character" },
		{ note: "NUL in a comment", text: "package a\n# \0\np := 1", want: "2:1 illegal null character" },
		{ note: "byte order mark inside", text: "package a\np := \ufeff1", want: "2:5 illegal byte-order mark" },
		{ note: "half a surrogate pair", text: 'package a\np := "\ud800"', want: "2:6 illegal utf-8 character" },
		{ note: "unknown character", text: "package a\np := é", want: "2:6 illegal token" },
		{ note: "unknown character near the end of the plane", text: "package a\np := 1\n￮", want: "3:1 illegal token" },
		{ note: "unterminated string", text: 'package a\np := "a', want: "2:6 non-terminated string" },
		{ note: "unterminated raw string", text: "package a\np := `a\n\n", want: "2:6 non-terminated string" },
		{ note: "columns count code points", text: 'package a\np := "😀é" + ]', want: "2:13 unexpected ] token" },
	];
	test.each(cases)("$note", ({ text, want }) => {
		const [first] = parseModule(new Source("", text)).errors;
		expect(`${first?.location?.row}:${first?.location?.col} ${first?.reason}`).toBe(want);
	});

	test("a byte order mark at the start is skipped, and digits of any script end names", () => {
		const { value, errors } = parseModule(new Source("", "\ufeffpackage a\np\u0661\u{1d7d9} := x\u0662y\n"));
		expect(errors).toEqual([]);
		expect(value && printModule(value)).toContain("p\u0661\u{1d7d9} := x\u0662y");
	});
});
