/**
 * The limits of patterns, asked on both sides: each row has the largest number of its repeated part that is valid,
 * recorded from OPA 1.20.2 (regex.is_valid, and the errors of regex.match under strict builtin errors).
 */
import { describe, expect, test } from "vitest";
import { parseRegex } from "../../src/regex/syntax.ts";

type Repeated = readonly [before: string, part: string, after: string, most: number];

/** What is wrong with a pattern, without the pattern. */
function problem(pattern: string): string | undefined {
	try {
		parseRegex(pattern);
		return undefined;
	} catch (e) {
		return /^error parsing regexp: ([a-z ]+): /.exec((e as Error).message)?.[1];
	}
}

function checkRow(pattern: (n: number) => string, most: number, error: string): void {
	expect([problem(pattern(most)), problem(pattern(most + 1))]).toEqual([undefined, error]);
}

/** N is the number; repetitions in each other multiply. */
const counts: readonly (readonly [pattern: string, most: number])[] = [
	["a{N}", 1000],
	["a{N,}", 1000],
	["a{1,N}", 1000],
	["a{0,N}", 1000],
	["(?:a{10}){N}", 100],
	["(?:a{3}){N}", 333],
	["(?:a{30,}){N}", 33],
	["(?:a{2,30}){N}", 33],
	["(?:a{7}){N,}", 142],
	["(?:(?:a{7})*){N}", 142],
	["(?:a{1}){N}", 1000],
	["((b|a{9}c){11}){N}", 10],
	["(?:a{2}b{250}){N}", 4],
	["(?:a{250}b{2}){N}", 4],
	["(?:a{N}){1}", 1000],
	["(?:a{N}){2}", 500],
	["(?:a{N}){0,1}", 1000],
	["(?:a{N}){1,}", 1000],
	["(?:a{N}){0,}", 1000],
	["(?:a{501}){0,N}", 1],
];

test.each(counts)("%s up to %i", (pattern, most) => {
	checkRow((n) => pattern.replace("N", String(n)), most, "invalid repeat count");
});

const nested: readonly (readonly [open: string, inner: string, close: string, most: number])[] = [
	["(", "a", ")", 999],
	["(", "", ")", 999],
	["(?:", "a", ")*", 999],
	["(?:", "a", "){0,1}", 999],
	["(", "a", ")*", 499],
	["(b|", "a", ")", 500],
	["(bc|", "ad", ")", 499],
	["(b", "a", ")", 500],
	["(", "a", "b)", 500],
	["(.", "a", "$)", 499],
	["(.|", "a", ")", 500],
	["([ab]|", "c", ")", 500],
	["((?i)", "a", ")", 999],
];

test.each(nested)("%s…%s…%s nested up to %i", (open, inner, close, most) => {
	checkRow((n) => `${open.repeat(n)}${inner}${close.repeat(n)}`, most, "expression nests too deeply");
});

/** How many instructions each node is. */
const sizes: readonly Repeated[] = [
	["(?:", "a", "){1000}", 3355],
	["(?:", "a", "){1000,}", 3355],
	["(?:", "a", "){0,1000}", 3354],
	["(?:", "a", "){500,1000}", 3354],
	["(?:", "a", "){999,1000}", 3355],
	["(?:(?:", "ab", ")+){1000}", 1677],
	["(?:(?:", "ab", ")*){1000}", 1676],
	["(?:(?:", "ab", ")?){1000}", 1677],
	["(?:", "a*", "){1000}", 1118],
	["(?:", "a+", "){1000}", 1677],
	["(?:", "a?", "){1000}", 1677],
	["(?:", "(a)", "){1000}", 1118],
	["(", "a", "){1000}", 3353],
	["(?:", "[ab]", "){1000}", 3355],
	["(?:", ".", "){1000}", 3355],
	["(?:", "^", "){1000}", 3355],
	["(?i)(?:", "a", "){1000}", 3355],
	["(?:(?:", "a", "){10}){100}", 3355],
];

test.each(sizes)("%s%s…%s of up to %i", (before, part, after, most) => {
	checkRow((n) => `${before}${part.repeat(n)}${after}`, most, "expression too large");
});

/**
 * Beside something large, which is with the letters at the end too large from the first: Go measures only what has
 * so many nodes that it might be, so that the bound tells how many nodes each part is.
 */
const nodes: readonly (readonly [part: string, most: number])[] = [
	[".", 3348],
	["b*", 1674],
	["b?", 1674],
	["(b)", 1674],
	["()", 1674],
	["(?:.|a)", 1116],
	["(?:[ab]|c)", 1116],
	["(?s:.|a)", 1116],
	["(?:a|b)", 1116],
	["(?:a|b|c)", 1116],
	["(?:ab|c)", 669],
	["(?:a|bc|.|d)", 558],
	["(?:ab|cd)", 669],
	["[ab]", 3348],
	["[a]", 3350],
	["[aA]", 3349],
	["(?i:k)", 3347],
	["^", 3348],
	["(?:)", 1674],
	["abc.", 1674],
	["abcd.*", 1116],
	["x{1}", 1674],
	["(?:a.)", 837],
	["(?:a|b.)", 478],
	["(ab|.c)", 478],
	["(.|a|b)", 1116],
	["(?:(?:.)*)", 837],
	["(|a)", 669],
	["(?:|.)", 669],
	["(?:ab|)", 669],
];

describe("beside 3355000 instructions", () => {
	const large = `(?:${"a".repeat(3355)}){1000}`;
	const letters = "b".repeat(500);
	test.each(nodes)("%s up to %i times", (part, most) => {
		checkRow((n) => `${large}${part.repeat(n)}${letters}`, most, "expression too large");
	});
	test("parts that are no nodes", () => expect(problem(`${large}${"(?i)".repeat(4000)}${letters}`)).toBe(undefined));
});
