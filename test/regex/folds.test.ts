/** Case folding of ranges: each range is as good as its characters one by one, wherever it begins and ends. */
import { describe, expect, test } from "vitest";
import type { Ranges } from "../../src/regex/ranges.ts";
import { foldRanges, minFold, simpleFold } from "../../src/regex/unicode.ts";

/** All that a character folds to. */
function cycle(c: number): readonly number[] {
	const out = [c];
	for (let f = simpleFold(c); f !== c; f = simpleFold(f)) out.push(f);
	return out;
}

const members = (r: Ranges): readonly number[] => {
	const out: number[] = [];
	for (let i = 0; i < r.length; i += 2) for (let c = r[i] as number; c <= (r[i + 1] as number); c++) out.push(c);
	return out;
};

/** First in the file: what folds to what is put together once, and all of it is looked at here. */
test("cycles end where they began, with the smallest of them known", () => {
	for (let c = 0; c < 0x1f000; c++) {
		let n = 1;
		let least = c;
		for (let f = simpleFold(c); f !== c && n < 5; f = simpleFold(f), n++) least = Math.min(least, f);
		if (n > 4) expect([c, n]).toEqual([c, "at most 4"]);
		if (minFold(c) !== least) expect([c, minFold(c)]).toEqual([c, least]);
	}
});

describe("a range is folded as its characters are", () => {
	// Letters that alternate in case begin a run anywhere in these.
	const blocks = [
		[0x41, 0x7a],
		[0xc0, 0xff],
		[0x100, 0x17f],
		[0x1c4, 0x220],
		[0x370, 0x3ff],
		[0x460, 0x481],
		[0x1e00, 0x1eff],
		[0x2c60, 0x2c80],
		[0xa640, 0xa66d],
		[0x10400, 0x1044f],
	] as const;
	test.each(blocks)("%i to %i", (first, last) => {
		for (let lo = first; lo <= last; lo++) {
			for (const hi of [lo, lo + 1, lo + 2, lo + 5, last]) {
				const want = new Set<number>();
				for (let c = lo; c <= hi; c++) for (const f of cycle(c)) want.add(f);
				expect([lo, hi, members(foldRanges([lo, hi]))]).toEqual([lo, hi, [...want].sort((a, b) => a - b)]);
			}
		}
	});
});
