import { describe, expect, test } from "vitest";
import * as Kind from "../../src/parser/kinds.ts";
import { tokenize } from "../../src/parser/lexer.ts";
import { keywordKinds, kindNames } from "../../src/parser/token.ts";
import { releaseTokens, type Tokens, TooManyTokens } from "../../src/parser/token-store.ts";

const shown = (t: Tokens): readonly string[] =>
	Array.from({ length: t.count - 1 }, (_, i) => {
		const problems = t.problems.get(i)?.join(", ") ?? "";
		return `${kindNames[t.kinds[i] as number]} ${t.text.slice(t.starts[i], t.ends[i])}${problems && ` (${problems})`}`;
	});

/** The tokens, their arrays given back at once for the next text. */
function lex(text: string): readonly string[] {
	const tokens = tokenize(text, 1000);
	expect(tokens.kinds[tokens.count - 1]).toBe(Kind.Eof);
	expect(tokens.starts[tokens.count - 1]).toBe(text.length);
	const out = shown(tokens);
	releaseTokens(tokens);
	return out;
}

describe("tokens", () => {
	test.each([...keywordKinds])("%s", (word, kind) => {
		for (const [text, want] of [
			[word, kind],
			[`${word}_`, Kind.Ident],
			[`_${word}`, Kind.Ident],
			[word.toUpperCase(), Kind.Ident],
		] as const) {
			expect(tokenize(text, 1).kinds[0], text).toBe(want);
		}
	});

	const cases: readonly (readonly [string, readonly string[]])[] = [
		[
			'"a" "b\\n"\n"c" "\n"d\\"" \'',
			[
				'string "a"',
				'string "b\\n"',
				'string "c"',
				'illegal " (non-terminated string)',
				'string "d\\""',
				"illegal ' ()",
			],
		],
		['"é" "😀\\u00e9" x\u0661 é', ['string "é"', 'string "😀\\u00e9"', "identifier x\u0661", "illegal é ()"]],
		[
			"1 1.5e-3 1. 1e 1.e+x",
			[
				"number 1",
				"number 1.5e-3",
				"illegal 1. (expected fraction)",
				"illegal 1e (expected exponent)",
				"illegal 1.e+x (expected fraction, expected exponent, illegal number format)",
			],
		],
		[
			"a:=b==c!=d! $",
			[
				"identifier a",
				"assign :=",
				"identifier b",
				"equal ==",
				"identifier c",
				"neq !=",
				"identifier d",
				"illegal ! (illegal ! character)",
				"illegal $ (illegal $ character)",
			],
		],
		[
			'$"a{ {"b": `}`} }c" } $`{',
			[
				'template-string-part $"a{',
				"{ {",
				'string "b"',
				": :",
				"string `}`",
				"} }",
				'} }c"',
				"} }",
				"raw-template-string-part $`{",
			],
		],
		["", []],
		["# only a comment", []],
	];
	test.each(cases.map(([text, want]) => ({ text, want })))("$text", ({ text, want }) => {
		expect(lex(text).map((s) => s.replace(/ \(\)$/, ""))).toEqual(want.map((s) => s.replace(/ \(\)$/, "")));
	});

	test("comments go to the line end", () => {
		expect(tokenize("# a\nx # b\r\n#", 10).comments).toEqual([
			{ start: 0, end: 3 },
			{ start: 6, end: 10 },
			{ start: 11, end: 12 },
		]);
	});
});

describe("the arrays of tokens", () => {
	test("are used again once they are released, not before", () => {
		const first = tokenize("a b c", 10);
		const second = tokenize("1 2 3", 10);
		expect(shown(first)).toEqual(["identifier a", "identifier b", "identifier c"]);
		releaseTokens(first);
		const third = tokenize(". .", 10);
		expect(third.kinds).toBe(first.kinds);
		expect(shown(second)).toEqual(["number 1", "number 2", "number 3"]);
		expect(shown(third)).toEqual([". .", ". ."]);
	});

	test("grow, and hold no more than is allowed", () => {
		const text = "[],".repeat(5000);
		releaseTokens(tokenize("x", 1));
		const tokens = tokenize(text, 15_000);
		expect(tokens.count).toBe(15_001);
		expect(shown(tokens).slice(-3)).toEqual(["[ [", "] ]", ", ,"]);
		releaseTokens(tokens);
		expect(() => tokenize(text, 14_999)).toThrow(TooManyTokens);
		expect(tokenize("x", 1).count).toBe(2);
	});
});
