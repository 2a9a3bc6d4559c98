/** Changes of documents by path: what comes of them, and that the old document is as it was. */
import { describe, expect, test } from "vitest";
import { insert, makeDir, type Path, read, storagePath, type WriteOp, write } from "../../src/server/store.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";

const data: PlainObject = { a: { list: [1, 2, 3], o: { k: "v" } }, n: 1 };

interface Row {
	readonly note: string;
	readonly op: WriteOp | "insert";
	readonly path: Path;
	readonly value?: Value;
	readonly want?: Value;
	readonly error?: string;
}

const missing = "storage_not_found_error: document does not exist";
const rows: readonly Row[] = [
	{ note: "a member", op: "add", path: ["n"], value: 2, want: { ...data, n: 2 } },
	{
		note: "before an element",
		op: "add",
		path: ["a", "list", "0"],
		value: 9,
		want: { a: { list: [9, 1, 2, 3], o: { k: "v" } }, n: 1 },
	},
	{
		note: "at the end",
		op: "add",
		path: ["a", "list", "-"],
		value: 9,
		want: { a: { list: [1, 2, 3, 9], o: { k: "v" } }, n: 1 },
	},
	{
		note: "at the end, by number",
		op: "add",
		path: ["a", "list", "3"],
		value: 9,
		want: { a: { list: [1, 2, 3, 9], o: { k: "v" } }, n: 1 },
	},
	{
		note: "beyond the end",
		op: "add",
		path: ["a", "list", "4"],
		value: 9,
		error: "/a/list/4: array index out of range",
	},
	{ note: "no index", op: "add", path: ["a", "list", "x"], value: 9, error: "/a/list/x: array index must be integer" },
	{
		note: "another element",
		op: "replace",
		path: ["a", "list", "1"],
		value: 9,
		want: { a: { list: [1, 9, 3], o: { k: "v" } }, n: 1 },
	},
	{
		note: "no element there",
		op: "replace",
		path: ["a", "list", "-"],
		value: 9,
		error: "storage_invalid_patch_error: /a/list/-: invalid patch path",
	},
	{
		note: "an element less",
		op: "remove",
		path: ["a", "list", "1"],
		want: { a: { list: [1, 3], o: { k: "v" } }, n: 1 },
	},
	{ note: "a member less", op: "remove", path: ["a", "o", "k"], want: { a: { list: [1, 2, 3], o: {} }, n: 1 } },
	{ note: "nothing to remove", op: "remove", path: ["a", "o", "z"], error: missing },
	{ note: "nothing to replace", op: "replace", path: ["z"], value: 1, error: missing },
	{ note: "below nothing", op: "add", path: ["z", "y"], value: 1, error: missing },
	{ note: "below a number", op: "add", path: ["n", "y"], value: 1, error: missing },
	{ note: "everything", op: "add", path: [], value: { fresh: true }, want: { fresh: true } },
	{
		note: "everything, by a number",
		op: "add",
		path: [],
		value: 1,
		error: "storage_invalid_patch_error: root must be object",
	},
	{ note: "nothing is left", op: "remove", path: [], error: "storage_invalid_patch_error: root cannot be removed" },
	{
		note: "names of JavaScript's own",
		op: "add",
		path: ["__proto__"],
		value: 1,
		want: JSON.parse('{"a":{"list":[1,2,3],"o":{"k":"v"}},"n":1,"__proto__":1}'),
	},
	{ note: "below such a name", op: "add", path: ["constructor", "name"], value: 1, error: missing },
	{
		note: "with folders on the way",
		op: "insert",
		path: ["x", "y", "z"],
		value: 1,
		want: { ...data, x: { y: { z: 1 } } },
	},
	{
		note: "a number in the way",
		op: "insert",
		path: ["n", "y", "z"],
		value: 1,
		error: "storage_write_conflict_error: /n",
	},
	{
		note: "a list in the way",
		op: "insert",
		path: ["a", "list", "7"],
		value: 1,
		error: "storage_write_conflict_error: /a/list",
	},
	{
		note: "an encoded name in an error",
		op: "insert",
		path: ["a", "list", "x/y", "z"],
		value: 1,
		error: "storage_write_conflict_error: /a/list",
	},
];

describe("changes", () => {
	const before = JSON.stringify(data);
	for (const { note, op, path, value = null, want, error } of rows) {
		test(note, () => {
			const change = (): PlainObject => (op === "insert" ? insert(data, path, value) : write(data, op, path, value));
			if (error === undefined) {
				const made = change();
				expect(JSON.stringify(made)).toEqual(JSON.stringify(want));
				expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
			} else expect(change).toThrow(error);
			expect(JSON.stringify(data)).toBe(before);
		});
	}
	test("what is not touched is shared", () => {
		expect(write(data, "add", ["n"], 2)["a"]).toBe(data["a"]);
		expect(makeDir(data, ["a", "o"])).toBe(data);
	});
});

test("paths of URLs", () => {
	expect(storagePath("a/b%2Fc//d")).toEqual(["a", "b/c", "", "d"]);
	expect(storagePath("/")).toEqual([]);
	expect(storagePath("a/%zz")).toBe(undefined);
	expect(read(data, ["a", "list", "2"])).toBe(3);
	expect(() => read(data, ["a", "list", "3"])).toThrow("array index out of range");
});
