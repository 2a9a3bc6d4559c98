/**
 * Patterns by chance and what the real OPA answers to them (conformance/tools/record-patterns.js): matches with their
 * groups, replacements, splits, globs, and whether two globs of regex.globs_match meet. Some fifty to a test.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { glob } from "../../src/builtins/glob.ts";
import { regex } from "../../src/builtins/regex.ts";
import { compileProgram } from "../../src/regex/program.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { backtrack, simulate } from "../../src/regex/vm.ts";
import type { Value } from "../../src/value/value.ts";
import { testContext } from "../builtins/support.ts";

type Matches = readonly (readonly string[])[];

const recorded = JSON.parse(readFileSync(new URL("recorded.json", import.meta.url), "utf8")) as {
	readonly matches: readonly (readonly [
		pattern: string,
		text: string,
		want: readonly [Matches, string, string[]] | null,
	])[];
	readonly globs: readonly (readonly [
		pattern: string,
		delimiters: string[] | null,
		text: string,
		want: boolean | null,
	])[];
	readonly meetings: readonly (readonly [left: string, right: string, want: boolean])[];
};

const builtins: ReadonlyMap<string, Builtin> = new Map([...regex, ...glob].map((b) => [b.name, b]));

function call(name: string, ...args: readonly Value[]): Value | undefined {
	const b = builtins.get(name);
	if (b === undefined) throw new Error(`no ${name}`);
	return b.eval(testContext(), ...args);
}

/** Fifty rows to a test, by what they begin with. */
function inTests<Row>(rows: readonly Row[], check: (row: Row) => readonly [got: unknown, want: unknown]): void {
	for (let from = 0; from < rows.length; from += 50) {
		test(`from row ${from}`, () => {
			const wrong = rows.slice(from, from + 50).flatMap((row) => {
				const [got, want] = check(row);
				return JSON.stringify(got) === JSON.stringify(want) ? [] : [{ row, got }];
			});
			expect(wrong).toEqual([]);
		});
	}
}

describe("matches, replacements and splits", () => {
	inTests(recorded.matches, ([pattern, text, want]) => {
		const all = call("regex.find_all_string_submatch_n", pattern, text, -1);
		if (all === undefined) return [null, want];
		const got = [all, call("regex.replace", text, pattern, "<$1>"), call("regex.split", pattern, text)];
		const isMatch = call("regex.match", pattern, text);
		return [
			[got, isMatch],
			[want, (want?.[0].length ?? 0) > 0],
		];
	});
});

describe("both machines find the same first match", () => {
	inTests(
		recorded.matches.filter(([, , want]) => want !== null),
		([pattern, text, want]) => {
			const program = compileProgram(parseRegex(pattern));
			const [one, other] = [backtrack, simulate].map((machine) => machine(program, text, 0, program.groupCount));
			const first = one === undefined ? undefined : text.slice(one[0], one[1]);
			return [
				[one === undefined ? null : [...one], first],
				[other === undefined ? null : [...other], want?.[0][0]?.[0]],
			];
		},
	);
});

describe("globs", () => {
	inTests(recorded.globs, ([pattern, delimiters, text, want]) => [
		call("glob.match", pattern, delimiters, text) ?? null,
		want,
	]);
});

/** Each short sequence of a glob's parts, asked of texts (conformance/tools/record-glob-grid.js). */
describe("globs of a few parts", () => {
	const grid = JSON.parse(readFileSync(new URL("glob-grid.json", import.meta.url), "utf8")) as {
		readonly texts: readonly string[];
		readonly rows: readonly (readonly [pattern: string, delimiters: string[], digits: string])[];
	};
	inTests(grid.rows, ([pattern, delimiters, digits]) => [
		grid.texts.map((text) => Number(call("glob.match", pattern, delimiters, text))).join(""),
		digits,
	]);
});

describe("globs that meet", () => {
	inTests(recorded.meetings, ([left, right, want]) => [call("regex.globs_match", left, right) ?? null, want]);
});
