/** How many calls a call comes to: counted by paths, with an end for any plan. */
import { expect, test } from "vitest";
import { CallPaths } from "../../src/eval/generated/emit-call-paths.ts";
import type { Func } from "../../src/plan/plan.ts";

/** Functions that call others, by their numbers; nothing else of them is looked at. */
function funcsOf(calls: readonly (readonly number[])[]): readonly Func[] {
	return calls.map((called) => {
		const body = called.map((func) => ({ op: "call", func, args: [] }));
		return { definitions: [{ body }], default: undefined } as unknown as Func;
	});
}

const rows: readonly {
	readonly note: string;
	readonly calls: readonly (readonly number[])[];
	readonly want: number;
}[] = [
	{ note: "nothing called", calls: [[]], want: 1 },
	{ note: "one after the other", calls: [[1], [2], []], want: 3 },
	{ note: "each path by itself", calls: [[1, 1], [2, 2], []], want: 7 },
	{ note: "two that call the same", calls: [[1, 2], [3], [3], []], want: 5 },
	{ note: "what is not in the plan", calls: [[5]], want: 1 },
	{ note: "a circle, which only a plan from elsewhere has", calls: [[1], [0]], want: 3 },
	{
		note: "more than are worth counting",
		calls: [...Array.from({ length: 60 }, (_, i) => [i + 1, i + 1]), []],
		want: 1e9,
	},
	{ note: "three hundred in a row", calls: [...Array.from({ length: 300 }, (_, i) => [i + 1]), []], want: 301 },
	{ note: "one more than that", calls: [...Array.from({ length: 301 }, (_, i) => [i + 1]), []], want: 1e9 },
	{
		note: "a chain too long for the stack",
		calls: [...Array.from({ length: 50_000 }, (_, i) => [i + 1]), []],
		want: 1e9,
	},
];

test.each(rows)("$note", ({ calls, want }) => {
	const paths = new CallPaths(funcsOf(calls));
	expect(paths.from(0)).toBe(want);
	// It is remembered.
	expect(paths.from(0)).toBe(want);
});
