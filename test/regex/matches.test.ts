/** Every machine, and every engine that can take its place, finds the recorded matches. */

import { RE2 } from "re2-wasm";
import { RE2JS } from "re2js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileGeneral } from "../../src/regex/general.ts";
import { type LinearEngine, setLinearEngine } from "../../src/regex/linear-engine.ts";
import { printNode, re2Spelling } from "../../src/regex/print.ts";
import { compileProgram } from "../../src/regex/program.ts";
import { Re2Engine } from "../../src/regex/re2.ts";
import { compileUncached } from "../../src/regex/regex.ts";
import { findAll } from "../../src/regex/search.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { backtrack, simulate } from "../../src/regex/vm.ts";
import { matchRows } from "./match-rows.ts";

const ignore = (): void => {};

describe("all matches", () => {
	for (const [pattern, text, want] of matchRows) {
		test(`${JSON.stringify(pattern)} in ${JSON.stringify(text)}`, () => {
			const regex = compileUncached(pattern);
			expect(regex.test(text)).toBe(want.length > 0);
			expect(findAll(regex, text, -1, regex.groupCount, ignore).map((m) => [...m])).toEqual(want);
			expect(findAll(regex, text, -1, 0, ignore).map((m) => [...m])).toEqual(want.map((m) => m.slice(0, 2)));
			const p = compileProgram(parseRegex(pattern));
			const first = want[0];
			for (const machine of [backtrack, simulate]) {
				const m = machine(p, text, 0, p.groupCount);
				expect(m === undefined ? undefined : [...m]).toEqual(first);
			}
		});
	}
});

/** What a host without WebAssembly would bring. */
const re2js: LinearEngine = {
	name: "re2js",
	test: (pattern, s) => RE2JS.compile(pattern).matcher(s).find(),
};

for (const engine of [new Re2Engine({ load: () => ({ RE2 }) }), re2js]) {
	describe(`whether there is a match, asked of ${engine.name}`, () => {
		beforeAll(() => setLinearEngine(engine, { prefer: true }));
		afterAll(() => setLinearEngine(new Re2Engine({ load: () => ({ RE2 }) })));
		for (const [pattern, text, want] of matchRows) {
			test(`${JSON.stringify(pattern)} in ${JSON.stringify(text)}`, () => {
				const spelled = printNode(parseRegex(pattern).root, re2Spelling);
				expect(engine.test(spelled, text)).toBe(want.length > 0);
				expect(compileGeneral(pattern).test(text)).toBe(want.length > 0);
			});
		}
	});
}
