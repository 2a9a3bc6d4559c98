import { describe, expect, test } from "vitest";
import { Source } from "../../src/location.ts";
import { parseQuery, parseRef, parseTerm } from "../../src/parser/parser.ts";
import { formatBody, printBody, printRef, printTerm } from "../../src/parser/print.ts";

/** Expected texts are OPA's: operators appear as the calls they are. */
function parsed(text: string, futureKeywords: readonly string[] = []): string {
	const { value, errors } = parseQuery(new Source("", text), { futureKeywords });
	return value === undefined ? errors.map((e) => e.message).join("\n") : printBody(value.body);
}

describe("expressions", () => {
	const rows = [
		{ note: "product before sum", text: "a + b * c", want: "plus(a, mul(b, c))" },
		{ note: "sum to the left", text: "a - b - c", want: "minus(minus(a, b), c)" },
		{ note: "product to the left", text: "a / b % c", want: "rem(div(a, b), c)" },
		{ note: "parentheses", text: "a - (b - c)", want: "minus(a, minus(b, c))" },
		{ note: "intersection before union", text: "a | b & c", want: "or(a, and(b, c))" },
		{ note: "sum before intersection", text: "a & b + c", want: "and(a, plus(b, c))" },
		{ note: "union before comparison", text: "a | b == c", want: "equal(or(a, b), c)" },
		{ note: "comparisons to the left", text: "a < b == c", want: "equal(lt(a, b), c)" },
		{ note: "comparison before membership", text: "a == b in c", want: "internal.member_2(equal(a, b), c)" },
		{
			note: "membership to the left",
			text: "a in b in c",
			want: "internal.member_2(internal.member_2(a, b), c)",
		},
		{ note: "membership with key", text: "k, v in xs", want: "internal.member_3(k, v, xs)" },
		{ note: "no keyed membership in lists", text: "[k, v in xs]", want: "[k, internal.member_2(v, xs)]" },
		{ note: "unless in parentheses", text: "f((k, v in xs))", want: "f(internal.member_3(k, v, xs))" },
		{ note: "keyed membership in brackets", text: "x[k, v in xs]", want: "x[internal.member_3(k, v, xs)]" },
		{ note: "assignment", text: "x := a + 1", want: "assign(x, plus(a, 1))" },
		{ note: "unification is the one infix", text: "x = a + 1", want: "x = plus(a, 1)" },
		{ note: "negative number", text: "1 - -1", want: "minus(1, -1)" },
		{ note: "blank after the sign", text: "- 1", want: "-1" },
		{ note: "negated reference", text: "-x.y[0] + 1", want: "plus(minus(0, x.y[0]), 1)" },
		{ note: "fraction without digits before", text: ".5", want: "0.5" },
		{
			note: "number spellings are kept",
			text: "[1.0, 1e3, 0.10, 12345678901234567890]",
			want: "[1.0, 1e3, 0.10, 12345678901234567890]",
		},
		{ note: "not", text: "not x.y", want: "not x.y" },
		{ note: "with", text: "x with input.a as 1 with f as g", want: "x with input.a as 1 with f as g" },
		{ note: "some", text: "some x, y", want: "some x, y" },
		{ note: "some in", text: 'some k, {"a": v} in xs', want: 'some k, {"a": v} in xs' },
		{ note: "every", text: "every k, v in xs { k; v }", want: "every k, v in xs { k; v }" },
		{ note: "semicolons and line ends", text: "a; b\nc", want: "a; b; c" },
		{ note: "an operator continues on the next line", text: "a\n- b", want: "minus(a, b)" },
		{ note: "a query may go on without a separator", text: "a b", want: "a; b" },
		{ note: "strings as Go quotes them", text: '"\\u0001\\u00e9\\t"', want: '"\\x01é\\t"' },
		{ note: "surrogate pair", text: '"\\ud83d\\ude00"', want: '"😀"' },
		{ note: "half a pair", text: '"\\ud83d-"', want: '"\ufffd-"' },
		{ note: "raw string", text: "`a\\nb`", want: '"a\\\\nb"' },
		{ note: "and binds tighter than or", text: "a or b and c", want: "a or b and c", keywords: ["and", "or"] },
		{ note: "group", text: "(a or b) and c", want: "(a or b) and c", keywords: ["and", "or"] },
		{ note: "not and a group", text: "not (a and b)", want: "not (a and b)", keywords: ["and", "not"] },
		{ note: "not and a body", text: "not { a; b }", want: "not {a; b}", keywords: ["not"] },
		{ note: "operands in braces", text: "{ a; b } or c", want: "{ a; b } or c", keywords: ["or"] },
		{ note: "the functions named as operators", text: "and(a, b)", want: "and(a, b)", keywords: ["and", "or"] },
	];
	test.each(rows)("$note: $text", ({ text, want, keywords }) => {
		expect(parsed(text, keywords)).toBe(want);
	});
});

describe("references, calls and collections", () => {
	const rows = [
		{ note: "dots and brackets", text: 'data.a["b-c"][x].d', want: 'data.a["b-c"][x].d' },
		{ note: "keywords after dots", text: "input.if.package", want: 'input["if"]["package"]' },
		{ note: "keyword before a dot", text: "every.x", want: "every.x" },
		{ note: "call and reference into its result", text: "f(x)[0].a", want: "f(x)[0].a" },
		{ note: "method-like call", text: "a.b.c(1, 2,)", want: "a.b.c(1, 2)" },
		{ note: "no arguments", text: "time.now_ns()", want: "time.now_ns()" },
		{ note: "reference into a literal", text: '{"a": 1}.a', want: '{"a": 1}.a' },
		{ note: "empty set", text: "set()", want: "set()" },
		{ note: "empty object", text: "{}", want: "{}" },
		{ note: "sets are ordered", text: "{3, 1, 2}", want: "{1, 2, 3}" },
		{ note: "objects are ordered", text: '{"b": 1, "a": 2,}', want: '{"a": 2, "b": 1}' },
		{ note: "leading comma", text: "[, 1]", want: "[1]" },
		{ note: "array comprehension", text: "[x | x := 1]", want: "[x | assign(x, 1)]" },
		{ note: "set comprehension", text: "{x | x := 1; y}", want: "{x | assign(x, 1); y}" },
		{ note: "object comprehension", text: "{k: v | some k, v in o}", want: "{k: v | some k, v in o}" },
		{ note: "union in a list", text: "[a | b, c]", want: "[or(a, b), c]" },
		{ note: "union in a set", text: "{a | b, c}", want: "{c, or(a, b)}" },
		{ note: "union as a value", text: '{"x": a | b}', want: '{"x": a | b}' },
		{ note: "operators in a comprehension's head", text: "{(a + 1): (b | c) | d}", want: "{(a + 1): (b | c) | d}" },
		{ note: "wildcards", text: "x[_][_]", want: "x[_][_]" },
		{ note: "template string", text: '$"a{x + 1}\\{b}"', want: '$"a{plus(x, 1)}\\{b}"' },
		{ note: "constants in holes", text: '$"{1}{"a"}"', want: '$"1"a""' },
		{ note: "raw template string", text: "$`a\\n{x}`", want: '$"a\\\\n{x}"' },
		{ note: "nested template strings", text: '$"{$"{x}"}"', want: '$"{$"{x}"}"' },
	];
	test.each(rows)("$note: $text", ({ text, want }) => {
		expect(parsed(text)).toBe(want);
	});

	test("wildcards are numbered apart", () => {
		const { value } = parseTerm("f(_, x[_])");
		const names = JSON.stringify(value).match(/\$\d+/g);
		expect(names).toEqual(["$0", "$1"]);
	});

	test("a term and a reference on their own", () => {
		const term = parseTerm('{"a": {1, 2}}').value;
		expect(term && printTerm(term)).toBe('{"a": {1, 2}}');
		expect(parseTerm("1 1").value).toBeUndefined();
		const ref = parseRef("data.a[0]").value;
		expect(ref && printRef(ref)).toBe("data.a[0]");
		expect(parseRef("a").errors[0]?.reason).toBe("expected ref");
	});

	test("spans cover the text", () => {
		const text = "f(x)[0] + {1: [2]}";
		const { value } = parseTerm(text);
		if (value?.kind !== "call") throw new Error("not a call");
		expect(value.args.map((a) => text.slice(a.start, a.end))).toEqual(["f(x)[0]", "{1: [2]}"]);
		expect(text.slice(value.operator.start, value.operator.end)).toBe("+");
	});

	test("one-line Rego of a body", () => {
		const { value } = parseQuery(new Source("", "x := a|b; not k, v in {1}"));
		expect(value && formatBody(value.body)).toBe("x := (a | b); not k, v in {1}");
	});
});
