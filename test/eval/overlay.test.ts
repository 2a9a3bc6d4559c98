/**
 * Objects of which a `with` replaces a part: small ones are copied, of large ones only what is replaced is made; whoever
 * sees one as a value sees all of it. What is there before is never changed.
 */
import { describe, expect, test } from "vitest";
import { patched, whole, without } from "../../src/eval/overlay.ts";
import { RegoObject } from "../../src/index.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";

const sized = (n: number, more: PlainObject = {}): PlainObject => ({
	...Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i])),
	...more,
});
const isOverlay = (v: Value | undefined): boolean => v instanceof RegoObject;
const keyed = (...entries: readonly (readonly [Value, Value])[]): RegoObject => {
	const out = new RegoObject();
	for (const [k, v] of entries) out.set(k, v);
	return out;
};

describe("a value in the place of another", () => {
	const rows: readonly {
		readonly note: string;
		readonly doc: Value | undefined;
		readonly path: readonly string[];
		readonly want: Value;
	}[] = [
		{ note: "of all", doc: { a: 1 }, path: [], want: 9 },
		{ note: "of an entry", doc: { a: 1, b: 2 }, path: ["a"], want: { b: 2, a: 9 } },
		{ note: "of what is not there", doc: { a: 1 }, path: ["b"], want: { a: 1, b: 9 } },
		{ note: "on a way that is not there", doc: undefined, path: ["a", "b"], want: { a: { b: 9 } } },
		{ note: "below what is no object", doc: { a: [1] }, path: ["a", "b"], want: { a: { b: 9 } } },
		{ note: "deeper", doc: { a: { b: { c: 1, d: 2 } } }, path: ["a", "b", "c"], want: { a: { b: { d: 2, c: 9 } } } },
		{
			note: "of a name that objects inherit",
			doc: JSON.parse('{"__proto__": {"a": 1}}') as Value,
			path: ["__proto__", "b"],
			want: JSON.parse('{"__proto__": {"a": 1, "b": 9}}') as Value,
		},
		{ note: "below a name that is inherited only", doc: {}, path: ["toString", "a"], want: { toString: { a: 9 } } },
		{ note: "in a large object", doc: sized(33), path: ["k1"], want: sized(33, { k1: 9 }) },
		{
			note: "in a large one, on a way that is not there",
			doc: sized(33),
			path: ["x", "y"],
			want: sized(33, { x: { y: 9 } }),
		},
		{
			note: "below a large one",
			doc: sized(33, { x: { a: 1 } }),
			path: ["x", "y"],
			want: sized(33, { x: { a: 1, y: 9 } }),
		},
		{
			note: "in a large one below another",
			doc: sized(33, { x: sized(40) }),
			path: ["x", "k2"],
			want: sized(33, { x: sized(40, { k2: 9 }) }),
		},
		{ note: "in an object with other keys", doc: keyed([1, 2], ["a", 3]), path: ["a"], want: keyed([1, 2], ["a", 9]) },
		{
			note: "in one, of what is not there",
			doc: keyed([1, 2]),
			path: ["b", "c"],
			want: keyed([1, 2], ["b", { c: 9 }]),
		},
	];
	for (const { note, doc, path, want } of rows) {
		test(note, () => {
			const before = JSON.stringify(doc);
			const got = whole(patched(doc, path, 9, new Set()));
			if (want instanceof RegoObject) expect([...(got as RegoObject).sorted()]).toEqual([...want.sorted()]);
			else expect(JSON.stringify(sortedKeys(got))).toBe(JSON.stringify(sortedKeys(want)));
			expect(JSON.stringify(doc)).toBe(before);
		});
	}

	test("copies no more than thirty-two entries, and counts them once", () => {
		expect(isOverlay(patched(sized(32), ["a"], 9, new Set()))).toBe(false);
		const large = sized(33);
		expect(isOverlay(patched(large, ["a"], 9, new Set()))).toBe(true);
		// It is known to be large: nobody counts again, though by now it is not.
		delete (large as { k1?: Value }).k1;
		expect(isOverlay(patched(large, ["a"], 9, new Set()))).toBe(true);
	});
	test("is made whole once", () => {
		const made = patched(sized(33), ["a"], 9, new Set());
		expect(whole(made)).toBe(whole(made));
		expect(whole(7)).toBe(7);
		expect(whole(undefined)).toBeUndefined();
	});
});

/** In the order of their names, at every depth. */
function sortedKeys(v: Value | undefined): unknown {
	if (typeof v !== "object" || v === null || Array.isArray(v)) return v;
	const o = v as PlainObject;
	return Object.keys(o)
		.sort()
		.map((k) => [k, sortedKeys(o[k])]);
}

describe("several of one expression", () => {
	test("are made on one way, and of another's overlay another is made", () => {
		const fresh: Parameters<typeof patched>[3] = new Set();
		const first = patched(sized(33), ["a"], 1, fresh);
		const second = patched(first, ["b"], 2, fresh);
		expect(second).toBe(first);
		const third = patched(second, ["a"], 3, new Set());
		expect(third).not.toBe(second);
		expect(whole(second)).toMatchObject({ a: 1, b: 2, k0: 0 });
		expect(whole(third)).toMatchObject({ a: 3, b: 2, k0: 0 });
	});
});

describe("steps into an object of which a part is replaced", () => {
	const over = patched(sized(33, { x: { y: 1 } }), ["k1"], 9, new Set()) as RegoObject;
	const gone = without(sized(33), ["k1"], new Set()) as unknown as RegoObject;
	const other = patched(keyed([1, 2], ["a", 3]), ["a"], 9, new Set()) as RegoObject;
	test("find what is replaced, and what is there", () => {
		expect([over.get("k1"), over.get("k2"), over.get("none"), over.get(1), over.get("toString")]).toEqual([
			9,
			2,
			undefined,
			undefined,
			undefined,
		]);
		expect([over.has("k1"), over.has("k2"), over.has("none"), gone.has("k1"), gone.has("k2")]).toEqual([
			true,
			true,
			false,
			false,
			true,
		]);
		expect([other.get(1), other.get("a"), other.get("1")]).toEqual([2, 9, undefined]);
	});
	test("by names that are stored find nothing in objects with other keys", () => {
		expect([over.stored("k1"), over.stored("k2"), over.stored("none")]).toEqual([9, 2, undefined]);
		expect([other.stored("a")]).toEqual([undefined]);
	});
	test("see all of it where they go through it", () => {
		expect([over.size, gone.size, other.size]).toEqual([34, 32, 2]);
		expect(new Map([...over.unordered()] as [Value, Value][]).get("k1")).toBe(9);
		expect(gone.sorted().map(([k]) => k)).toEqual(
			Object.keys(sized(33))
				.filter((k) => k !== "k1")
				.sort(),
		);
		expect([...other.sorted()]).toEqual([
			[1, 2],
			["a", 9],
		]);
	});
});

describe("data without what is at a path", () => {
	const rows: readonly (readonly [note: string, data: PlainObject, path: readonly string[], want: PlainObject])[] = [
		["all of them", { a: 1 }, [], {}],
		["an entry", { a: 1, b: 2 }, ["a"], { b: 2 }],
		["deeper", { a: { b: 1, c: 2 } }, ["a", "b"], { a: { c: 2 } }],
		["a large one", sized(33), ["k1"], Object.fromEntries(Object.entries(sized(33)).filter(([k]) => k !== "k1"))],
		["below a large one", sized(33, { x: { y: 1, z: 2 } }), ["x", "y"], sized(33, { x: { z: 2 } })],
	];
	for (const [note, data, path, want] of rows) {
		test(note, () => {
			const got = whole(without(data, path, new Set()));
			expect(sortedKeys(got)).toEqual(sortedKeys(want));
		});
	}
	test("stay as they are where nothing is there", () => {
		const data = { a: { b: 1 }, c: [1] };
		for (const path of [["x"], ["a", "x"], ["a", "b", "c"], ["c", "0"], ["toString"]])
			expect(without(data, path, new Set())).toBe(data);
	});
});
