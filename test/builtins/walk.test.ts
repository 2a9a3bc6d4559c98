/** walk, eagerly and as generators. */
import { describe, expect, test } from "vitest";
import { graph, walkPairs, walkValues } from "../../src/builtins/graph.ts";
import type { Value } from "../../src/value/value.ts";
import { shown, table, v } from "./support.ts";

describe("walk", () => {
	table(graph, "walk", [
		{ args: ["1"], want: "[[[], 1]]" },
		{
			args: ['{"b": [1, {}], "a": {"$set": [2, [3]]}}'],
			want:
				'[[[], {"a": {2, [3]}, "b": [1, {}]}], [["a"], {2, [3]}], [["a", 2], 2], [["a", [3]], [3]], ' +
				'[["a", [3], 0], 3], [["b"], [1, {}]], [["b", 0], 1], [["b", 1], {}]]',
		},
	]);

	test("the values alone come in the same order", () => {
		const doc = v('{"a": [1, {"b": {"$set": [2, "x"]}}], "__proto__": {"c": null}}');
		expect([...walkValues(doc)].map(shown)).toEqual([...walkPairs(doc)].map((p) => shown(p[1])));
	});

	test("deeper than the stack", () => {
		let doc: Value = [];
		for (let i = 0; i < 50_000; i++) doc = [doc];
		let n = 0;
		for (const _ of walkValues(doc)) n++;
		expect(n).toBe(50_001);
	});
});
