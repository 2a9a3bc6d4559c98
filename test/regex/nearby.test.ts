/** In long texts a match is looked for close by first: what is found is what a search of all of the text finds. */
import { expect, test } from "vitest";
import { compileProgram } from "../../src/regex/program.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { execProgram, simulate } from "../../src/regex/vm.ts";

const filler = "x".repeat(300);

test.each([
	["a", `${filler}a${filler}`.repeat(4)],
	["q[a-z]+", "The quick brown fox. ".repeat(200)],
	["(a|ab)(c|bcd)", `abcd${filler}`.repeat(8)],
	["a.*b|a", `a${filler}b${filler}`.repeat(4)],
	["a.*z|a", `ab${filler}`.repeat(8)],
	["a(x*)y|a(x)", `a${filler}y${"x".repeat(2000)}`],
	["ax{200,290}", `a${filler}`.repeat(8)],
	["a[^b]*", `a${filler}b`.repeat(8)],
	["a*?$", `a${"a".repeat(3000)}`],
	["\\bx", `x${" x".repeat(2000)}`],
	["(?:é|😀)+", `${"é😀".repeat(100)}a`.repeat(20)],
	["[^x]", `${"x".repeat(255)}😀${"x".repeat(2000)}`],
	["x(😀)?", `${"x".repeat(254)}😀${"x".repeat(2000)}`],
	["", filler.repeat(5)],
])("%s", (pattern, text) => {
	const program = compileProgram(parseRegex(pattern));
	for (let from = 0; from < text.length; from += 37) {
		for (const groups of [0, program.groupCount]) {
			expect(execProgram(program, text, from, groups)).toEqual(simulate(program, text, from, groups));
		}
	}
});
