/**
 * Small policies of many styles, with the answer that a person would give: the place in the input that comes first,
 * and what is changed to be allowed.
 */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { explanationText } from "../../src/explain/text.ts";
import { people } from "./people/all.ts";

function explained(row: (typeof people)[number]): Explanation {
	const policy = compile({ "p.rego": `package p\n${row.policy}` }, { data: row.data ?? {} });
	return explain(policy, row.path ?? "data.p.allow", row.input, {
		timeMs: 60_000,
		...(row.want === undefined ? {} : { want: row.want }),
	});
}

test("there are enough of them", () => expect(people.length).toBeGreaterThanOrEqual(40));

for (const row of people) {
	describe(row.note, () => {
		const e = explained(row);
		const [first] = e.causes;
		const told = first?.input[0] ?? first?.policy[0]?.rule;
		if (row.known !== undefined) {
			// Whoever mends it takes the note away.
			test(`another place: ${row.known}`, () => expect(told).not.toBe(row.place));
			return;
		}
		test("the place", () => expect(told, explanationText(e)).toBe(row.place));
		if (row.says !== undefined) {
			const { says } = row;
			test("the words", () => expect(first?.message).toContain(says));
		}
		test("the fix", () => {
			const patch = e.fixes[0]?.patch;
			if (row.fix === undefined) return;
			expect(patch ?? null, explanationText(e)).toEqual(row.fix);
		});
	});
}
