/** How many calls a call comes to, counted by paths, and where chains of calls are cut, with an end for any plan. */
import { describe, expect, test } from "vitest";
import { CallPaths } from "../../src/eval/generated/emit-call-paths.ts";
import { cutsOf } from "../../src/eval/generated/emit-deep.ts";
import type { Func, Plan } from "../../src/plan/plan.ts";

/** Functions that call others, by their numbers; nothing else of them is looked at. */
function funcsOf(calls: readonly (readonly number[])[], op = "call"): readonly Func[] {
	return calls.map((called) => {
		const body = called.map((func) => ({ op, func, args: [] }));
		return { definitions: [{ body }], default: undefined } as unknown as Func;
	});
}

const rows: readonly {
	readonly note: string;
	readonly calls: readonly (readonly number[])[];
	readonly want: number;
	readonly op?: string;
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
	{ note: "rules that are read are evaluated once, and no calls", calls: [[1, 1], [2, 2], []], want: 1, op: "rule" },
	{ note: "three hundred in a row", calls: [...Array.from({ length: 300 }, (_, i) => [i + 1]), []], want: 301 },
	{ note: "one more than that", calls: [...Array.from({ length: 301 }, (_, i) => [i + 1]), []], want: 1e9 },
	{
		note: "a chain too long for the stack",
		calls: [...Array.from({ length: 50_000 }, (_, i) => [i + 1]), []],
		want: 1e9,
	},
];

test.each(rows)("$note", ({ calls, want, op }) => {
	const paths = new CallPaths(funcsOf(calls, op));
	expect(paths.from(0)).toBe(want);
	// It is remembered.
	expect(paths.from(0)).toBe(want);
});

describe("cuts", () => {
	type Cut = Pick<Plan, "funcs" | "tree" | "keyed">;
	const plan = (funcs: readonly Func[], more: Partial<Cut> = {}): Cut => ({ funcs, tree: {}, keyed: [], ...more });
	const chain = (n: number): number[][] => [...Array.from({ length: n }, (_, i) => [i + 1]), []];
	/** A function whose body is one expression. */
	const asking = (value: object): Func =>
		({ definitions: [{ body: [{ op: "test", value }] }], default: undefined }) as unknown as Func;
	const every8 = (n: number): number[] => Array.from({ length: Math.floor(n / 8) }, (_, i) => n - 8 * (i + 1));

	const cuts: readonly { readonly note: string; readonly of: Cut; readonly want: readonly number[] }[] = [
		{ note: "two hundred calls in a row fit any stack", of: plan(funcsOf(chain(200))), want: [] },
		// Eight calls from the last function of the chain, and from one to the next.
		{ note: "one more is cut at each eighth", of: plan(funcsOf(chain(201))), want: every8(201) },
		{
			note: "calls of one height are no chain",
			of: plan(funcsOf([Array.from({ length: 300 }, (_, i) => i + 1)])),
			want: [],
		},
		{
			note: "the longest way counts, whichever is first",
			of: plan(funcsOf([[1, 202], ...chain(200).map((c) => c.map((i) => i + 1)), []])),
			want: every8(201),
		},
		{
			note: "what several call is cut once",
			of: plan(funcsOf(Array.from({ length: 202 }, (_, i) => (i < 201 ? [i + 1, i + 1] : [])))),
			want: every8(201),
		},
		{
			note: "what is not in the plan, and circles, which only a plan from elsewhere has",
			of: plan(funcsOf([[1, 900], [0], [2]])),
			want: [],
		},
		{
			note: "a rule at keys calls the functions of its keys",
			of: plan(funcsOf([[1], [], ...chain(200).map((c) => c.map((i) => i + 2))]), {
				keyed: [{ rule: 1, by: [2], whole: false }],
			}),
			want: every8(201)
				.map((i) => (i < 1 ? i : i + 1))
				.filter((i) => i > 1),
		},
	];
	for (const { note, of, want } of cuts) {
		test(note, () => expect([...cutsOf(of)].sort((a, b) => b - a)).toEqual(want));
	}

	const tree = { children: [["a", { children: [["b", { rule: 1 }]] }]] } as const;
	const documents: readonly (readonly [note: string, read: object, cut: boolean])[] = [
		["a document", { op: "document", path: ["a"] }, true],
		["a document that is stepped into", { op: "document-dot", path: ["a"], keys: [] }, true],
		["keys of a document", { op: "document-keys", path: ["a"], keys: [] }, false],
		["another document", { op: "document", path: ["c"] }, false],
		["no path of names", { op: "document", path: ["a", 1] }, false],
		["no path", { op: "document" }, false],
		["a rule", { op: "rule", func: 1 }, true],
	];
	for (const [note, read, cut] of documents) {
		test(`${note} ${cut ? "is" : "is not"} read through its rules`, () => {
			const below = funcsOf(chain(200).map((c) => c.map((i) => i + 1)));
			const found = cutsOf(plan([asking(read), ...below], { tree }));
			expect(found.size > 0).toBe(cut);
		});
	}
});
