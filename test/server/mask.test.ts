/** What masks do to what is logged, as the real decision log does it. */
import { describe, expect, test } from "vitest";
import { applyMask, maskRules } from "../../src/server/mask.ts";
import type { Value } from "../../src/value/value.ts";

interface Row {
	readonly note: string;
	readonly mask: Value;
	readonly input?: Value;
	readonly result?: Value;
	readonly want: {
		readonly input?: Value | undefined;
		readonly result?: Value | undefined;
		readonly erased?: readonly string[];
		readonly masked?: readonly string[];
	};
}

const rows: readonly Row[] = [
	{
		note: "a member",
		mask: ["/input/password"],
		input: { password: "x", user: "a" },
		want: { input: { user: "a" }, erased: ["/input/password"] },
	},
	{ note: "all of the input", mask: ["/input"], input: { a: 1 }, want: { input: undefined, erased: ["/input"] } },
	{
		note: "an element",
		mask: ["/input/l/1"],
		input: { l: [1, 2, 3] },
		want: { input: { l: [1, 3] }, erased: ["/input/l/1"] },
	},
	{ note: "an element of what is masked itself", mask: ["/input/0"], input: [1, 2], want: { input: [1, 2] } },
	{ note: "what is not there", mask: ["/input/z/y"], input: { a: 1 }, want: { input: { a: 1 } } },
	{ note: "there is no result", mask: ["/result/x"], input: 1, want: { input: 1 } },
	{
		note: "the result",
		mask: ["/result/x"],
		result: { x: 1, y: 2 },
		want: { result: { y: 2 }, erased: ["/result/x"] },
	},
	{
		note: "another value",
		mask: [{ op: "upsert", path: "/input/a/b", value: "***" }],
		input: { a: { b: 1, c: 2 } },
		want: { input: { a: { b: "***", c: 2 } }, masked: ["/input/a/b"] },
	},
	{
		note: "another value where there was none",
		mask: [{ op: "upsert", path: "/input/a/b", value: 1 }],
		input: {},
		want: { input: { a: { b: 1 } }, masked: ["/input/a/b"] },
	},
	{
		note: "another value for all",
		mask: [{ op: "upsert", path: "/input", value: 1 }],
		input: {},
		want: { input: 1, masked: ["/input"] },
	},
	{
		note: "below a text",
		mask: [{ op: "upsert", path: "/input/a/b", value: 1 }],
		input: { a: "x" },
		want: { input: { a: "x" } },
	},
	{
		note: "one after the other",
		mask: ["/input/a", { op: "upsert", path: "/input/a", value: 2 }],
		input: { a: 1 },
		want: { input: { a: 2 }, erased: ["/input/a"], masked: ["/input/a"] },
	},
	{
		note: "names of JavaScript's own",
		mask: ["/input/__proto__/x", "/input/constructor"],
		input: { a: 1 },
		want: { input: { a: 1 } },
	},
];

describe("masks", () => {
	for (const { note, mask, input, result, want } of rows) {
		test(note, () => {
			const before = JSON.stringify([input, result]);
			const got = applyMask(maskRules(mask), { input, result });
			expect(got).toEqual({ input: undefined, result: undefined, erased: [], masked: [], ...want });
			expect(JSON.stringify([input, result])).toBe(before);
		});
	}
	const refused: readonly Value[] = [
		"/input",
		["input"],
		["/other"],
		[""],
		[1],
		[{ op: "move", path: "/input" }],
		[{ op: "remove" }],
	];
	for (const mask of refused) {
		test(`no mask: ${JSON.stringify(mask)}`, () => {
			expect(() => maskRules(mask)).toThrow();
		});
	}
});
