/**
 * Inputs made to be too much: many elements, deep nesting, huge texts, names of prototypes. An explanation ends by its
 * steps, says that it is not whole, and throws nothing.
 */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { explain } from "../../src/explain/explain.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { Value } from "../../src/value/value.ts";
import { people } from "./people/all.ts";

const many = (n: number, of: Value): readonly Value[] => new Array<Value>(n).fill(of);
const deep = (n: number, key: string | undefined): Value => {
	let v: Value = "x";
	for (let i = 0; i < n; i++) v = key === undefined ? [v] : { [key]: v };
	return v;
};

const hostile: readonly (readonly [note: string, value: Value])[] = [
	["a hundred thousand texts", many(100_000, "x")],
	["a hundred thousand objects", many(100_000, { source: "/x", name: "a", type: "t" })],
	["lists in lists", deep(2000, undefined)],
	["objects in objects", deep(2000, "a")],
	["a text of a million characters", "a".repeat(1_000_000)],
	["many names", Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]))],
	[
		"names of prototypes",
		JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "toString": null, "hasOwnProperty": []}'),
	],
	["numbers past all doubles", [9007199254740993n, -0, 1e308]],
	["lone surrogates", "\ud800\udfff\udc00"],
];

/** The given input with a hostile value in place of each of its fields. */
function* variants(input: unknown): Generator<readonly [string, Value]> {
	for (const [note, value] of hostile) yield [note, value];
	if (typeof input !== "object" || input === null || Array.isArray(input)) return;
	for (const key of Object.keys(input)) {
		for (const [note, value] of hostile)
			yield [`${note} as ${key}`, { ...(input as { [k: string]: Value }), [key]: value }];
	}
}

describe("hostile inputs", () => {
	let count = 0;
	for (const row of people.slice(0, 12)) {
		test(row.note, () => {
			const policy = compile({ "p.rego": `package p\n${row.policy}` }, { data: row.data ?? {}, values: "rego" });
			for (const [note, input] of variants(row.input)) {
				count++;
				const e = explain(policy, row.path ?? "data.p.allow", input, { steps: 20_000, timeMs: 60_000 });
				expect(e.stats.steps, note).toBeLessThanOrEqual(20_001);
				const text = explanationText(e, { all: true });
				expect(text.length, note).toBeLessThan(8000);
				expect(text.split("\n").length, note).toBeLessThanOrEqual(20);
				expect(JSON.stringify(e).length, note).toBeLessThan(400_000);
			}
		});
	}
	test("there are two hundred", () => expect(count).toBeGreaterThanOrEqual(200));
});

test("a million mounts: the budget ends it, and what was met deepest is told", () => {
	const policy = compile({
		"p.rego": `package p
default allow := false
wanted := [{"source": "/a", "options": ["ro"]}, {"source": "/b", "options": ["rw"]}]
allow if {
	every m in input.mounts { some w in wanted; w.source == m.source; w.options == m.options }
}`,
	});
	const e = explain(
		policy,
		"data.p.allow",
		{ mounts: many(1_000_000, { source: "/a", options: ["rw"] }) },
		{ steps: 10_000 },
	);
	expect(e.complete).toBe(false);
	expect(explanationText(e)).toContain("there was no time for more");
});
