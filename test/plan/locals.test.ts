/** Reads and writes of locals: each statement and expression, with another local in each of its places. */
import { describe, expect, test } from "vitest";
import { type Counts, countReads, countWrites, readsOf } from "../../src/plan/locals.ts";
import type { Block, Expression, Stmt } from "../../src/plan/plan.ts";
import { array, dot, equal, input, local, rule } from "./hand-made.ts";

const loc = -1;
const read = (l: number): Stmt => ({ op: "test", value: local(l), loc });
const write = (l: number): Stmt => ({ op: "let", local: l, value: input, loc });
/** Reads the first, writes the second. */
const both = (r: number, w: number): Block => [read(r), write(w)];

const statements: { readonly [op in Stmt["op"]]: readonly [Stmt, reads: string, writes: string] } = {
	let: [{ op: "let", local: 1, value: local(2), loc }, "2", "1"],
	test: [read(1), "1", ""],
	not: [{ op: "not", body: both(1, 2), loc }, "1", "2"],
	scan: [{ op: "scan", source: local(1), key: 2, value: 3, loc }, "1", "2 3"],
	relation: [{ op: "relation", builtin: 0, args: [local(1), local(2)], value: 3, loc }, "1 2", "3"],
	every: [{ op: "every", source: local(1), key: 2, value: 3, body: both(4, 5), loc }, "1 4", "2 3 5"],
	with: [
		{
			op: "with",
			replacements: [
				{ target: "input", path: [], value: local(1), shadows: [] },
				{ target: "nowhere", value: local(2), loc },
				{ target: "func", index: 0, by: { value: local(3) } },
				{ target: "builtin", index: 0, by: { builtin: 1 } },
			],
			body: both(4, 5),
			loc,
		},
		"1 2 3 4",
		"5",
	],
	once: [{ op: "once", blocks: [both(1, 2), both(3, 4)], loc }, "1 3", "2 4"],
	"unpack-array": [{ op: "unpack-array", value: local(1), elements: [2, -1, 3], loc }, "1", "2 3"],
	"unpack-object": [
		{
			op: "unpack-object",
			value: local(1),
			entries: [
				[local(2), 3],
				[local(4), -1],
			],
			loc,
		},
		"1 2 4",
		"3",
	],
	// What prints write is their own.
	print: [{ op: "print", args: [{ target: 1, block: both(2, 3) }], loc }, "2", ""],
	return: [{ op: "return", value: local(1), loc }, "1", ""],
	"yield-member": [{ op: "yield-member", into: 1, value: local(2), loc }, "1 2", ""],
	"yield-entry": [
		{ op: "yield-entry", into: 1, path: [local(2), local(3)], value: local(4), member: false, loc },
		"1 2 3 4",
		"",
	],
	"yield-row": [{ op: "yield-row", values: [local(1), local(2)], bindings: [["v", 3]], loc }, "1 2 3", ""],
};

const expressions: { readonly [op in Expression["op"]]: readonly [Expression, reads: string] } = {
	const: [{ op: "const", index: 1 }, ""],
	local: [local(1), "1"],
	input: [input, ""],
	base: [{ op: "base", path: ["a"] }, ""],
	dot: [dot(local(1), local(2)), "1 2"],
	rule: [rule(1), ""],
	"rule-at": [{ op: "rule-at", func: 3, keys: [local(1), local(2)], loc }, "1 2"],
	document: [{ op: "document", path: [], loc }, ""],
	"document-keys": [{ op: "document-keys", path: [], keys: [local(1), local(2)], loc }, "1 2"],
	"document-dot": [{ op: "document-dot", path: [], keys: [local(1), local(2)], loc }, "1 2"],
	call: [{ op: "call", func: 3, args: [local(1), local(2)], loc }, "1 2"],
	builtin: [{ op: "builtin", builtin: 3, args: [local(1), local(2)], loc }, "1 2"],
	equal: [equal(local(1), local(2)), "1 2"],
	array: [array(local(1), local(2)), "1 2"],
	set: [{ op: "set", items: [local(1), local(2)] }, "1 2"],
	object: [{ op: "object", entries: [[local(1), local(2)]] }, "1 2"],
	collect: [{ op: "collect", into: "set", target: 3, body: both(1, 2), loc }, "1"],
};

function text(fill: (out: Counts) => void): string {
	const out: Counts = new Map();
	fill(out);
	expect([...out.values()].every((n) => n === 1)).toBe(true);
	return [...out.keys()].sort((a, b) => a - b).join(" ");
}

describe("of statements", () => {
	test.each(Object.entries(statements))("%s", (_op, [stmt, reads, writes]) => {
		expect(text((out) => countReads([stmt], out))).toBe(reads);
		expect(text((out) => countWrites([stmt], out))).toBe(writes);
	});
});

describe("of expressions", () => {
	test.each(Object.entries(expressions))("%s", (_op, [e, reads]) => {
		expect(text((out) => readsOf(e, out))).toBe(reads);
	});
});

test("each time counts, and none where nothing is written", () => {
	const reads: Counts = new Map();
	const writes: Counts = new Map();
	const block = [write(0), { op: "scan", source: local(0), key: -1, value: 0, loc } as const, read(0)];
	countReads(block, reads);
	countWrites(block, writes);
	expect([[...reads], [...writes]]).toEqual([[[0, 2]], [[0, 2]]]);
});
