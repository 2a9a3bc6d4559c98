/** RFC 6902 on documents, one row per operation and per way to go wrong. */
import { describe, expect, it } from "vitest";
import { applyPatch } from "../../src/agent/policy/json-patch.ts";
import type { ArrayValue, Value } from "../../src/value/value.ts";

const good: readonly { readonly note: string; readonly doc: Value; readonly ops: ArrayValue; readonly want: Value }[] =
	[
		{ note: "add member", doc: { a: 1 }, ops: [{ op: "add", path: "/b", value: 2 }], want: { a: 1, b: 2 } },
		{ note: "add replaces", doc: { a: 1 }, ops: [{ op: "add", path: "/a", value: null }], want: { a: null } },
		{ note: "add to array", doc: { a: [1, 3] }, ops: [{ op: "add", path: "/a/1", value: 2 }], want: { a: [1, 2, 3] } },
		{
			note: "add at end",
			doc: { a: [1] },
			ops: [
				{ op: "add", path: "/a/-", value: 2 },
				{ op: "add", path: "/a/2", value: 3 },
			],
			want: { a: [1, 2, 3] },
		},
		{ note: "add whole document", doc: { a: 1 }, ops: [{ op: "add", path: "", value: { b: 2 } }], want: { b: 2 } },
		{ note: "remove member", doc: { a: { b: 1, c: 2 } }, ops: [{ op: "remove", path: "/a/b" }], want: { a: { c: 2 } } },
		{ note: "remove element", doc: { a: [1, 2] }, ops: [{ op: "remove", path: "/a/0" }], want: { a: [2] } },
		{ note: "replace", doc: { a: [1, 2] }, ops: [{ op: "replace", path: "/a/1", value: 9 }], want: { a: [1, 9] } },
		{ note: "replace whole document", doc: { a: 1 }, ops: [{ op: "replace", path: "", value: {} }], want: {} },
		{ note: "move", doc: { a: { b: 1 } }, ops: [{ op: "move", from: "/a/b", path: "/c" }], want: { a: {}, c: 1 } },
		{ note: "move to where it is", doc: { a: 1 }, ops: [{ op: "move", from: "/a", path: "/a" }], want: { a: 1 } },
		{
			note: "move below a neighbour at the same depth",
			doc: { a: { b: 1 }, c: { d: {} } },
			ops: [{ op: "move", from: "/a/b", path: "/c/d/e" }],
			want: { a: {}, c: { d: { e: 1 } } },
		},
		{
			note: "move below a neighbour whose step has the same name",
			doc: { a: { b: 1 }, c: { b: {} } },
			ops: [{ op: "move", from: "/a/b", path: "/c/b/e" }],
			want: { a: {}, c: { b: { e: 1 } } },
		},
		{
			note: "move the whole document to itself",
			doc: { a: 1 },
			ops: [{ op: "move", from: "", path: "" }],
			want: { a: 1 },
		},
		{ note: "copy", doc: { a: 1 }, ops: [{ op: "copy", from: "/a", path: "/b" }], want: { a: 1, b: 1 } },
		{
			note: "test",
			doc: { a: { b: [1] } },
			ops: [{ op: "test", path: "/a", value: { b: [1] } }],
			want: { a: { b: [1] } },
		},
		{ note: "escapes", doc: {}, ops: [{ op: "add", path: "/a~1b~0c", value: 1 }], want: { "a/b~c": 1 } },
		{ note: "~01 is ~1", doc: {}, ops: [{ op: "add", path: "/~01", value: 1 }], want: { "~1": 1 } },
		{ note: "empty key", doc: {}, ops: [{ op: "add", path: "/", value: 1 }], want: { "": 1 } },
		{ note: "null is a value", doc: { a: null }, ops: [{ op: "test", path: "/a", value: null }], want: { a: null } },
		{ note: "unknown members are ignored", doc: {}, ops: [{ op: "add", path: "/a", value: 1, x: 1 }], want: { a: 1 } },
	];

const bad: readonly { readonly note: string; readonly doc: Value; readonly ops: ArrayValue; readonly why: RegExp }[] = [
	{ note: "parent missing", doc: {}, ops: [{ op: "add", path: "/a/b", value: 1 }], why: /nothing at \/a\/b/ },
	{ note: "parent is a scalar", doc: { a: 1 }, ops: [{ op: "add", path: "/a/b", value: 1 }], why: /nothing at/ },
	{ note: "remove what is missing", doc: {}, ops: [{ op: "remove", path: "/a" }], why: /nothing at \/a/ },
	{ note: "remove everything", doc: {}, ops: [{ op: "remove", path: "" }], why: /whole document/ },
	{ note: "replace what is missing", doc: {}, ops: [{ op: "replace", path: "/a", value: 1 }], why: /nothing at/ },
	{ note: "index past the end", doc: { a: [1] }, ops: [{ op: "add", path: "/a/3", value: 1 }], why: /nothing at/ },
	{ note: "leading zero", doc: { a: [1, 2] }, ops: [{ op: "remove", path: "/a/01" }], why: /nothing at/ },
	{ note: "- is no element", doc: { a: [1] }, ops: [{ op: "remove", path: "/a/-" }], why: /nothing at/ },
	{ note: "test differs", doc: { a: 1 }, ops: [{ op: "test", path: "/a", value: 2 }], why: /differs/ },
	{ note: "unknown operation", doc: {}, ops: [{ op: "merge", path: "/a" }], why: /unknown operation/ },
	{ note: "no operation", doc: {}, ops: [{ path: "/a" }], why: /unknown operation null/ },
	{ note: "unknown operation, by name", doc: {}, ops: [{ op: "x", path: "/a" }], why: /unknown operation "x"/ },
	{ note: "index at the end", doc: { a: [1] }, ops: [{ op: "remove", path: "/a/1" }], why: /nothing at \/a\/1/ },
	{
		note: "below a text",
		doc: { a: { b: "t" } },
		ops: [{ op: "add", path: "/a/b/c/d", value: 1 }],
		why: /nothing at \/a\/b\/c\/d/,
	},
	{
		note: "add below a text",
		doc: { a: { b: "t" } },
		ops: [{ op: "add", path: "/a/b/length", value: 1 }],
		why: /nothing at \/a\/b$/,
	},
	{
		note: "a text has no members",
		doc: { a: "t" },
		ops: [{ op: "copy", from: "/a/length", path: "/c" }],
		why: /nothing at \/a\/length/,
	},
	{ note: "no value", doc: {}, ops: [{ op: "add", path: "/a" }], why: /no value/ },
	{ note: "no path", doc: {}, ops: [{ op: "remove" }], why: /no path/ },
	{ note: "bad pointer", doc: {}, ops: [{ op: "remove", path: "a" }], why: /does not start/ },
	{ note: "bad escape", doc: {}, ops: [{ op: "remove", path: "/~2" }], why: /escapes nothing/ },
	{
		note: "move into itself",
		doc: { a: { b: 1 } },
		ops: [{ op: "move", from: "/a", path: "/a/b/c" }],
		why: /into itself/,
	},
	{ note: "not an object", doc: {}, ops: ["add"], why: /must be an object/ },
];

describe("JSON patch", () => {
	for (const c of good) {
		it(c.note, () => {
			const before = JSON.stringify(c.doc);
			expect(applyPatch(c.doc, c.ops)).toEqual(c.want);
			expect(JSON.stringify(c.doc)).toBe(before);
		});
	}
	for (const c of bad) it(c.note, () => expect(() => applyPatch(c.doc, c.ops)).toThrow(c.why));

	it("applies wholly or not at all", () => {
		const doc = { pstate: { a: 1 } };
		expect(() =>
			applyPatch(doc, [
				{ op: "add", path: "/pstate/b", value: 1 },
				{ op: "remove", path: "/pstate/x" },
			]),
		).toThrow(/operation 1/);
		expect(doc).toEqual({ pstate: { a: 1 } });
	});

	it("treats __proto__ as a key", () => {
		const doc = applyPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
		expect(Object.keys(doc as object)).toEqual(["__proto__"]);
		expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
		expect(() => applyPatch({}, [{ op: "remove", path: "/constructor" }])).toThrow(/nothing at/);
	});
});
