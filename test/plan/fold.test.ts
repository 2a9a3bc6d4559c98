/**
 * Folding, on plans made by hand: each kind of statement and expression over constants, and scans of constants whose
 * next statements are done ahead. `test/compiler/fold.test.ts` has what becomes of policies.
 */
import { describe, expect, test } from "vitest";
import { type Builtin, define, t } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { RegoSet, type Value } from "../../src/index.ts";
import { foldPlan } from "../../src/plan/fold.ts";
import type { Block, Definition, Expression, Func, Plan, Stmt } from "../../src/plan/plan.ts";
import { array, definition, dot, equal, firstBody, func, input, local, Parts, planOf, rule } from "./hand-made.ts";

const one = (name: string, more: Partial<Builtin>): [string, Builtin] => {
	const args = [["n", t.number]] as const;
	const b = define(name, { category: "my", args, result: t.number, doc: "", pure: true, eval: (_ctx, n) => n });
	return [name, { ...b, ...more }];
};
const known = new Map([
	...builtins,
	one("my.impure", { pure: false }),
	one("my.relation", { relation: true }),
	one("my.void", { result: undefined }),
	one("my.steps", {
		eval: (ctx, n = 0) => {
			ctx.step(Number(n));
			return n;
		},
	}),
]);

interface Row {
	readonly note: string;
	readonly body: (p: Parts) => Block;
	readonly want: string;
	readonly more?: (p: Parts) => Partial<Plan>;
	readonly others?: (p: Parts) => readonly Func[];
}

function folded({ body, more, others }: Omit<Row, "note" | "want">): Plan {
	const parts = new Parts();
	const first = func("x", [definition(body(parts))]);
	const rest = others?.(parts) ?? [];
	return foldPlan(planOf(parts, [first, ...rest], more?.(parts)), known);
}

const loc = 7;
const read = (p: Parts): Expression => dot(input, p.constant("a"));
/** An expression without a value, which only folding can tell. */
const nothing = (p: Parts): Expression => dot(p.constant([]), p.constant(0));
const let_ = (l: number, value: Expression): Stmt => ({ op: "let", local: l, value, loc });
const test_ = (value: Expression): Stmt => ({ op: "test", value, loc });
const return_ = (value: Expression): Stmt => ({ op: "return", value, loc });
const scan = (source: Expression, key: number, value: number): Stmt => ({ op: "scan", source, key, value, loc });
const not = (...body: Block): Stmt => ({ op: "not", body, loc });
const once = (...blocks: readonly Block[]): Stmt => ({ op: "once", blocks, loc });

/** Each with a constant in local 0; nothing is known of local 1. */
const statements: readonly Row[] = [
	{ note: "let of a constant", body: () => [return_(local(0))], want: 'return "c"' },
	{
		note: "let of what is not known",
		body: (p) => [let_(2, read(p)), return_(local(2))],
		want: '%2 := input["a"]; return %2',
	},
	{ note: "let of nothing", body: (p) => [let_(2, nothing(p)), return_(local(2))], want: "test false" },
	{
		note: "let of a local that is written twice",
		body: (p) => [let_(2, p.constant(1)), let_(2, p.constant(2)), return_(local(2))],
		want: "%2 := 1; %2 := 2; return %2",
	},
	{ note: "test of true", body: (p) => [test_(p.constant(true)), return_(local(0))], want: 'return "c"' },
	{ note: "test of what is not false", body: (p) => [test_(p.constant(null)), return_(local(0))], want: 'return "c"' },
	{
		note: "test of false",
		body: (p) => [test_(local(1)), test_(p.constant(false)), return_(local(0))],
		want: "test %1; test false",
	},
	{
		note: "test of nothing",
		body: (p) => [test_(local(1)), test_(nothing(p)), return_(local(0))],
		want: "test %1; test false",
	},
	{ note: "test of what is not known", body: () => [test_(equal(local(1), local(0)))], want: 'test (%1 == "c")' },
	{ note: "not of what succeeds", body: (p) => [not(test_(p.constant(1))), return_(local(0))], want: "test false" },
	{ note: "not of what fails", body: (p) => [not(test_(p.constant(false))), return_(local(0))], want: 'return "c"' },
	{
		note: "not of what may fail before it does",
		body: (p) => [not(test_(local(1)), test_(p.constant(false))), return_(local(0))],
		want: 'not; .test %1; .test false; return "c"',
	},
	{
		note: "not: constants of its own are known in it alone",
		body: (p) => [not(let_(2, p.constant(5)), test_(equal(local(1), local(2)))), return_(local(2))],
		want: "not; .test (%1 == 5); return %2",
	},
	{
		note: "scan of a constant",
		body: (p) => [scan(p.constant([1]), 2, 3), return_(local(3))],
		want: "scan %2, %3 in [1]; return %3",
	},
	{ note: "scan of no collection", body: () => [scan(local(0), 2, 3), return_(local(3))], want: "test false" },
	{ note: "scan of nothing", body: (p) => [scan(nothing(p), 2, 3), return_(local(3))], want: "test false" },
	{
		note: "relation",
		body: (p) => [{ op: "relation", builtin: p.builtin("walk"), args: [local(0)], value: 2, loc }, return_(local(2))],
		want: 'each %2 of walk("c"); return %2',
	},
	{
		note: "relation of nothing",
		body: (p) => [{ op: "relation", builtin: p.builtin("walk"), args: [nothing(p)], value: 2, loc }, return_(local(2))],
		want: "test false",
	},
	{
		note: "every",
		body: (p) => [
			{
				op: "every",
				source: array(local(0), local(1)),
				key: 2,
				value: 3,
				body: [let_(4, p.constant(5)), test_(equal(local(3), local(4)))],
				loc,
			},
			return_(local(4)),
		],
		want: 'every %2, %3 in ["c", %1]; .test (%3 == 5); return %4',
	},
	{
		note: "every of nothing",
		body: (p) => [{ op: "every", source: nothing(p), key: 2, value: 3, body: [], loc }, return_(local(0))],
		want: "test false",
	},
	{
		note: "with",
		body: (p) => [
			{
				op: "with",
				replacements: [
					{ target: "input", path: ["a"], value: local(0), shadows: [] },
					{ target: "data", path: [], value: nothing(p), shadows: [] },
					{ target: "nowhere", value: local(0), loc },
					{ target: "builtin", index: p.builtin("upper"), by: { value: local(0) } },
					{ target: "builtin", index: p.builtin("upper"), by: { value: nothing(p) } },
					{ target: "builtin", index: p.builtin("upper"), by: { builtin: p.builtin("lower") } },
				],
				body: [let_(2, p.constant(5)), test_(equal(local(1), local(2)))],
				loc,
			},
			return_(local(2)),
		],
		want: 'with input.a as "c", data as [][0], nowhere as "c", upper as "c", upper as [][0], upper as lower; .test (%1 == 5); return 5',
	},
	{
		note: "once: a block that fails is none",
		body: (p) => [once([test_(p.constant(false))], [test_(local(1))], [test_(nothing(p))]), return_(local(0))],
		want: 'once; .test %1; return "c"',
	},
	{
		note: "once of blocks that fail",
		body: (p) => [once([test_(p.constant(false))]), return_(local(0))],
		want: "test false",
	},
	{
		note: "once whose first block succeeds",
		body: (p) => [once([test_(p.constant(1))], [test_(local(1))]), return_(local(0))],
		want: 'return "c"',
	},
	{
		note: "once whose second block succeeds",
		body: (p) => [once([test_(local(1))], [test_(p.constant(1))]), return_(local(0))],
		want: 'once; .test %1; or once; return "c"',
	},
	{
		note: "once: constants of its own are known in it alone",
		body: (p) => [once([let_(2, p.constant(5)), test_(equal(local(1), local(2)))]), return_(local(2))],
		want: "once; .test (%1 == 5); return %2",
	},
	{
		note: "an array taken apart",
		body: () => [{ op: "unpack-array", value: array(local(0), local(1)), elements: [2, -1], loc }, return_(local(2))],
		want: '[%2, _] := ["c", %1]; return %2',
	},
	{
		note: "nothing taken apart as an array",
		body: (p) => [{ op: "unpack-array", value: nothing(p), elements: [2], loc }, return_(local(2))],
		want: "test false",
	},
	{
		note: "an object taken apart",
		body: (p) => [
			{
				op: "unpack-object",
				value: local(1),
				entries: [
					[local(0), 2],
					[nothing(p), 3],
				],
				loc,
			},
			return_(local(2)),
		],
		want: '{"c": %2, [][0]: %3} := %1; return %2',
	},
	{
		note: "an object taken apart, where it is a constant",
		body: (p) => [{ op: "unpack-object", value: local(0), entries: [[p.constant("k"), 2]], loc }, return_(local(2))],
		want: '{"k": %2} := "c"; return %2',
	},
	{
		note: "nothing taken apart as an object",
		body: (p) => [{ op: "unpack-object", value: nothing(p), entries: [], loc }, return_(local(0))],
		want: "test false",
	},
	{
		note: "print",
		body: (p) => [
			{
				op: "print",
				args: [{ target: 2, block: [let_(3, p.constant(5)), { op: "yield-member", into: 2, value: local(3), loc }] }],
				loc,
			},
			return_(local(3)),
		],
		want: "print; .%3 := 5; .yield %3 into %2; return %3",
	},
	{ note: "return of nothing", body: (p) => [return_(nothing(p))], want: "test false" },
	{
		note: "a member",
		body: () => [{ op: "yield-member", into: 19, value: local(0), loc }],
		want: 'yield "c" into %19',
	},
	{
		note: "a member that is nothing",
		body: (p) => [{ op: "yield-member", into: 19, value: nothing(p), loc }],
		want: "test false",
	},
	{
		note: "an entry",
		body: () => [{ op: "yield-entry", into: 19, path: [local(0), local(1)], value: local(0), member: false, loc }],
		want: 'yield ["c"][%1] := "c" into %19',
	},
	{
		note: "an entry at nothing",
		body: (p) => [{ op: "yield-entry", into: 19, path: [nothing(p)], value: local(0), member: false, loc }],
		want: "test false",
	},
	{
		note: "an entry that is nothing",
		body: (p) => [{ op: "yield-entry", into: 19, path: [local(0)], value: nothing(p), member: true, loc }],
		want: "test false",
	},
	{
		note: "a row",
		body: (p) => [{ op: "yield-row", values: [local(0), nothing(p)], bindings: [["v", 1]], loc }],
		want: 'row "c"; [][0] where v = %1',
	},
];

describe("statements", () => {
	for (const row of statements) {
		test(row.note, () => {
			// Behind something that may fail: a definition that must fail is none.
			const body = (p: Parts) => [let_(0, p.constant("c")), test_(input), ...row.body(p)];
			expect(firstBody(folded({ body }))).toBe(`test input; ${row.want}`);
		});
	}

	test("what fails keeps its place", () => {
		const bodyOf = (body: (p: Parts) => Block) => folded({ body }).funcs[0]?.definitions[0]?.body.at(-1);
		expect(bodyOf((p) => [test_(local(1)), test_(p.constant(false))])).toMatchObject({ op: "test", loc });
		expect(bodyOf((p) => [test_(local(1)), scan(nothing(p), 2, 3)])).toMatchObject({ op: "test", loc });
	});
});

/** What each becomes as the value of `return`. */
const expressions: readonly {
	readonly note: string;
	readonly value: (p: Parts) => Expression;
	readonly want: string;
}[] = [
	{ note: "input", value: () => input, want: "input" },
	{ note: "base data", value: () => ({ op: "base", path: ["a"] }), want: "base data.a" },
	{ note: "a document", value: () => ({ op: "document", path: ["a"], loc }), want: "document data.a" },
	{ note: "a step", value: (p) => dot(p.constant({ c: 1 }), local(0)), want: "1" },
	{ note: "a step into what is not known", value: () => dot(local(1), local(0)), want: '%1["c"]' },
	{ note: "a step to what is not known", value: (p) => dot(p.constant([]), local(1)), want: "[][%1]" },
	{ note: "a step into nothing", value: (p) => dot(nothing(p), local(1)), want: "" },
	{ note: "a step to nothing", value: (p) => dot(local(1), nothing(p)), want: "" },
	{ note: "a member of a set", value: (p) => dot(p.constant(RegoSet.of(["c"])), local(0)), want: '"c"' },
	...(["rule-at", "document-keys", "document-dot"] as const).flatMap((op) => {
		const of = (...keys: readonly Expression[]): Expression =>
			op === "rule-at" ? { op, func: 0, keys, loc } : { op, path: ["a"], keys, loc };
		const text = {
			"rule-at": 'data.t.x[at "c"][at %1]',
			"document-keys": 'names below data.a["c"][%1]',
			"document-dot": 'document data.a["c"][%1]',
		};
		return [
			{ note: `${op}`, value: () => of(local(0), local(1)), want: text[op] },
			{ note: `${op} nothing`, value: (p: Parts) => of(local(0), nothing(p)), want: "" },
		];
	}),
	{
		note: "a call",
		value: () => ({ op: "call", func: 0, args: [local(0), local(1)], loc }),
		want: 'data.t.x("c", %1)',
	},
	{ note: "a call with nothing", value: (p) => ({ op: "call", func: 0, args: [nothing(p)], loc }), want: "" },
	{ note: "a builtin", value: (p) => p.call("upper", local(0)), want: '"C"' },
	{
		note: "a builtin of what is not known",
		value: (p) => p.call("concat", local(0), local(1)),
		want: 'concat("c", %1)',
	},
	{ note: "a builtin of nothing", value: (p) => p.call("upper", nothing(p)), want: "" },
	{ note: "a builtin that is not there", value: (p) => p.call("no.such", local(0)), want: 'no.such("c")' },
	{ note: "equal", value: (p) => equal(local(0), p.constant("c")), want: "true" },
	{ note: "not equal", value: (p) => equal(local(0), p.constant("d")), want: "false" },
	{ note: "equal to what is not known", value: () => equal(local(0), local(1)), want: '("c" == %1)' },
	{ note: "what is not known equal", value: () => equal(local(1), local(0)), want: '(%1 == "c")' },
	{ note: "equal to nothing", value: (p) => equal(local(0), nothing(p)), want: "" },
	{ note: "nothing equal", value: (p) => equal(nothing(p), local(0)), want: "" },
	{ note: "an array", value: (p) => dot(array(local(0), local(0)), p.constant(1)), want: '"c"' },
	{ note: "an array of what is not known", value: () => array(local(0), local(1)), want: '["c", %1]' },
	{ note: "an array of nothing", value: (p) => array(nothing(p)), want: "" },
	{ note: "a set", value: () => ({ op: "set", items: [local(0), local(1)] }), want: '{"c", %1}' },
	{ note: "a set of nothing", value: (p) => ({ op: "set", items: [nothing(p)] }), want: "" },
	{
		note: "an object",
		value: () => ({
			op: "object",
			entries: [
				[local(0), local(0)],
				[local(1), local(1)],
			],
		}),
		want: '{"c": "c", %1: %1}',
	},
	{
		note: "an object with nothing as a key",
		value: (p) => ({ op: "object", entries: [[nothing(p), local(0)]] }),
		want: "",
	},
	{
		note: "an object with nothing as a value",
		value: (p) => ({ op: "object", entries: [[local(0), nothing(p)]] }),
		want: "",
	},
	{
		note: "a comprehension",
		value: (p) => ({
			op: "collect",
			into: "set",
			target: 2,
			body: [let_(3, p.constant(1)), { op: "yield-member", into: 2, value: array(local(0), local(3)), loc }],
			loc,
		}),
		// What it writes is its own, and is left.
		want: 'collect set %2; .%3 := 1; .yield ["c", %3] into %2; end',
	},
	{ note: "null", value: (p) => p.call("is_null", p.constant(null)), want: "true" },
	{ note: "what is not pure", value: (p) => p.call("my.impure", p.constant(1)), want: "my.impure(1)" },
	{ note: "a relation", value: (p) => p.call("my.relation", p.constant(1)), want: "my.relation(1)" },
	{ note: "without a result", value: (p) => p.call("my.void", p.constant(1)), want: "my.void(1)" },
	// Limits, at which the gain ends.
	{ note: "so much work", value: (p) => p.call("my.steps", p.constant(20_000)), want: "20000" },
	{ note: "no more work", value: (p) => p.call("my.steps", p.constant(20_001)), want: "my.steps(20001)" },
	{ note: "a list with a list", value: (p) => p.call("count", p.constant([1, [1]])), want: "count([1, [1]])" },
	{ note: "a list of so many", value: (p) => p.call("count", p.constant(Array(64).fill(1))), want: "64" },
	{
		note: "no more",
		value: (p) => dot(array(p.call("count", p.constant(Array(65).fill(1)))), p.constant(0)),
		want: `[count([${Array(65).fill(1).join(", ")}])][0]`,
	},
	{ note: "a text of so many", value: (p) => p.call("count", p.constant("a".repeat(4096))), want: "4096" },
	{
		note: "no longer",
		value: (p) => p.call("count", p.constant("a".repeat(4097))),
		want: `count("${"a".repeat(4097)}")`,
	},
	{
		note: "a list of a long text",
		value: (p) => p.call("count", p.constant(["a".repeat(4097)])),
		want: `count(["${"a".repeat(4097)}"])`,
	},
	{ note: "a list of lists", value: (p) => p.call("count", p.constant([[]])), want: "count([[]])" },
	{ note: "a set as an operand", value: (p) => p.call("count", p.constant(RegoSet.of([1]))), want: "count({1})" },
	{ note: "an object as an operand", value: (p) => p.call("count", p.constant({})), want: "count({})" },
	{
		note: "a large result",
		value: (p) => p.call("split", p.constant("a".repeat(70)), p.constant("")),
		want: `split("${"a".repeat(70)}", "")`,
	},
];

describe("expressions", () => {
	for (const { note, value, want } of expressions) {
		test(note, () => {
			const plan = folded({ body: (p) => [let_(0, p.constant("c")), return_(value(p))] });
			// A definition without a value is none.
			expect(firstBody(plan)).toBe(want === "" ? "" : `return ${want}`);
		});
	}

	test("values deep inside each other are written once, and no deeper", () => {
		const opOf = (depth: number) => {
			let deep: Value = 1;
			for (let i = 0; i < depth; i++) deep = [deep];
			const s = folded({ body: (p) => [return_(array(p.constant({ a: 1 }), p.constant(deep)))] }).funcs[0]
				?.definitions[0]?.body[0];
			return s?.op === "return" ? s.value.op : undefined;
		};
		expect([opOf(199), opOf(200)]).toEqual(["const", "array"]);
	});
});

const gt1 = (p: Parts, l: number): Stmt => test_(p.call("gt", local(l), p.constant(1)));
const plus1 = (p: Parts, to: number, from: number): Stmt => let_(to, p.call("plus", local(from), p.constant(1)));

/** Scans into local 2, done ahead as far as can be. */
const scans: readonly Row[] = [
	{
		note: "a computation",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), plus1(p, 3, 2), return_(local(3))],
		want: "scan _, %3 in [2, 3]; return %3",
	},
	{
		note: "a test",
		body: (p) => [scan(p.constant([1, 2, 3]), -1, 2), gt1(p, 2), return_(local(2))],
		want: "scan _, %2 in [2, 3]; return %2",
	},
	{
		note: "of a set in its order",
		body: (p) => [scan(p.constant(RegoSet.of([3, 1])), -1, 2), plus1(p, 3, 2), return_(local(3))],
		want: "scan _, %3 in [2, 4]; return %3",
	},
	{
		note: "of an object's values",
		body: (p) => [scan(p.constant({ b: 2, a: 5 }), -1, 2), plus1(p, 3, 2), return_(local(3))],
		want: "scan _, %3 in [6, 3]; return %3",
	},
	{
		note: "several steps",
		body: (p) => [scan(p.constant([0, 1, 2]), -1, 2), plus1(p, 3, 2), gt1(p, 3), plus1(p, 4, 3), return_(local(4))],
		want: "scan _, %4 in [3, 4]; return %4",
	},
	{
		note: "no more than can be handed on",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), plus1(p, 3, 2), return_(array(local(2), local(3)))],
		want: "scan _, %2 in [1, 2]; %3 := plus(%2, 1); return [%2, %3]",
	},
	{
		note: "as far as one result is enough",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), plus1(p, 3, 2), plus1(p, 4, 3), return_(array(local(3), local(4)))],
		want: "scan _, %3 in [2, 3]; %4 := plus(%3, 1); return [%3, %4]",
	},
	{
		note: "what is read again later, but inside",
		body: (p) => [
			scan(p.constant([1, 2]), -1, 2),
			plus1(p, 3, 2),
			let_(4, p.call("mul", local(2), local(3))),
			return_(local(4)),
		],
		want: "scan _, %4 in [2, 6]; return %4",
	},
	{
		note: "not where the key is wanted",
		body: (p) => [scan(p.constant([1, 2]), 5, 2), plus1(p, 3, 2), return_(local(3))],
		want: "scan %5, %2 in [1, 2]; %3 := plus(%2, 1); return %3",
	},
	{
		note: "not of a key at 0",
		body: (p) => [scan(p.constant([1, 2]), 0, 2), plus1(p, 3, 2), return_(local(3))],
		want: "scan %0, %2 in [1, 2]; %3 := plus(%2, 1); return %3",
	},
	{
		note: "a value at 0",
		body: (p) => [scan(p.constant([1, 2]), -1, 0), plus1(p, 3, 0), return_(local(3))],
		want: "scan _, %3 in [2, 3]; return %3",
	},
	{
		note: "not where the value is not wanted",
		body: (p) => [scan(p.constant([1, 2]), -1, -1), gt1(p, 1), return_(local(1))],
		want: "scan _, _ in [1, 2]; test gt(%1, 1); return %1",
	},
	{
		note: "not where the value is written twice",
		body: (p) => [let_(2, read(p)), scan(p.constant([1, 2]), -1, 2), plus1(p, 3, 2), return_(local(3))],
		want: '%2 := input["a"]; scan _, %2 in [1, 2]; %3 := plus(%2, 1); return %3',
	},
	{
		note: "not what is written twice",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), gt1(p, 2), plus1(p, 3, 2), let_(3, read(p)), return_(local(3))],
		want: 'scan _, %2 in [2]; %3 := plus(%2, 1); %3 := input["a"]; return %3',
	},
	{
		note: "not what is read of elsewhere",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), gt1(p, 2), test_(equal(local(2), read(p))), return_(local(2))],
		want: 'scan _, %2 in [2]; test (%2 == input["a"]); return %2',
	},
	{
		note: "up to another statement",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), not(test_(local(1))), plus1(p, 3, 2), return_(local(3))],
		want: "scan _, %2 in [1, 2]; not; .test %1; %3 := plus(%2, 1); return %3",
	},
	{
		note: "not where nothing is left",
		body: (p) => [scan(p.constant([1]), -1, 2), gt1(p, 2), return_(local(2))],
		want: "scan _, %2 in [1]; test gt(%2, 1); return %2",
	},
	{
		note: "undefined as it would be",
		body: (p) => [
			scan(p.constant([{ k: 1 }, {}, { k: false }]), -1, 2),
			let_(3, dot(local(2), p.constant("k"))),
			return_(local(3)),
		],
		want: "scan _, %3 in [1, false]; return %3",
	},
	{
		note: "false is no success of a test",
		body: (p) => [
			scan(p.constant([{ k: 1 }, {}, { k: false }]), -1, 2),
			test_(dot(local(2), p.constant("k"))),
			return_(local(2)),
		],
		want: 'scan _, %2 in [{"k": 1}]; return %2',
	},
	{
		note: "steps and equations that have no value",
		body: (p) => [
			scan(p.constant([{ k: "a" }, {}]), -1, 2),
			let_(3, equal(dot(local(2), p.constant("k")), p.constant("a"))),
			return_(local(3)),
		],
		want: "scan _, %3 in [true]; return %3",
	},
	{
		note: "a call of what has no value",
		body: (p) => [
			scan(p.constant([{ k: "a" }, {}]), -1, 2),
			let_(3, p.call("upper", dot(local(2), p.constant("k")))),
			return_(local(3)),
		],
		want: 'scan _, %3 in ["A"]; return %3',
	},
	{
		note: "a call that is an error for one of them",
		body: (p) => [scan(p.constant([1, "a"]), -1, 2), plus1(p, 3, 2), return_(local(3))],
		want: 'scan _, %2 in [1, "a"]; %3 := plus(%2, 1); return %3',
	},
	{
		note: "a call with a large operand",
		body: (p) => [scan(p.constant([[[1]]]), -1, 2), let_(3, p.call("count", local(2))), return_(local(3))],
		want: "scan _, %2 in [[[1]]]; %3 := count(%2); return %3",
	},
	{
		note: "a call with a large result",
		body: (p) => [
			scan(p.constant(["a".repeat(70)]), -1, 2),
			let_(3, p.call("split", local(2), p.constant(""))),
			return_(local(3)),
		],
		want: `scan _, %2 in ["${"a".repeat(70)}"]; %3 := split(%2, ""); return %3`,
	},
	{
		note: "a call that is not pure",
		body: (p) => [
			scan(p.constant([1]), -1, 2),
			let_(3, p.call("rand.intn", p.constant("a"), local(2))),
			return_(local(3)),
		],
		want: 'scan _, %2 in [1]; %3 := rand.intn("a", %2); return %3',
	},
	{
		note: "a call that is declared not to be pure",
		body: (p) => [scan(p.constant([1]), -1, 2), let_(3, p.call("my.impure", local(2))), return_(local(3))],
		want: "scan _, %2 in [1]; %3 := my.impure(%2); return %3",
	},
	{
		note: "a result that nobody reads",
		body: (p) => [
			scan(p.constant([1, 2]), -1, 2),
			plus1(p, 3, 2),
			let_(4, p.constant("c")),
			plus1(p, 5, 2),
			return_(local(5)),
		],
		want: "scan _, %5 in [2, 3]; return %5",
	},
	{
		note: "to the end of a block",
		body: (p) => [not(scan(p.constant([1, 2, 3]), -1, 2), gt1(p, 2)), return_(local(1))],
		want: "not; .scan _, %2 in [2, 3]; return %1",
	},
	{
		note: "a call of what is not there",
		body: (p) => [scan(p.constant([1]), -1, 2), let_(3, p.call("no.such", local(2))), return_(local(3))],
		want: "scan _, %2 in [1]; %3 := no.such(%2); return %3",
	},
	{
		note: "a call that some with replaces",
		body: (p) => [scan(p.constant([1]), -1, 2), plus1(p, 3, 2), return_(local(3))],
		more: (p) => ({ mockable: { funcs: [], builtins: [p.builtin("plus")], shadowed: [] } }),
		want: "scan _, %2 in [1]; %3 := plus(%2, 1); return %3",
	},
	{
		note: "constants of locals and rules",
		body: (p) => [
			let_(1, p.constant(5)),
			scan(p.constant([1, 2]), -1, 2),
			let_(3, p.call("plus", local(2), p.call("plus", local(1), rule(1)))),
			return_(local(3)),
		],
		others: (p) => [func("y", [definition([return_(p.constant(10))])])],
		want: "scan _, %3 in [16, 17]; return %3",
	},
	{
		note: "rules that are no constants",
		body: (p) => [scan(p.constant([1, 2]), -1, 2), let_(3, equal(local(2), rule(1))), return_(local(3))],
		others: () => [func("y", [definition([return_(input)])])],
		want: "scan _, %2 in [1, 2]; %3 := (%2 == data.t.y); return %3",
	},
	...(
		[
			["base data", (): Expression => ({ op: "base", path: [] }), "base data"],
			["composites", () => array(local(2)), "[%2]"],
			["a step to what is not known", () => dot(local(2), local(1)), "%2[%1]"],
			["what is not known equal", () => equal(local(1), local(2)), "(%1 == %2)"],
			["calls of functions", (): Expression => ({ op: "call", func: 0, args: [local(2)], loc }), "data.t.x(%2)"],
		] as const
	).map(([note, value, want]) => ({
		note: `not ${note}`,
		body: (p: Parts): Block => [scan(p.constant([[1]]), -1, 2), let_(3, value()), return_(local(3))],
		want: `scan _, %2 in [[1]]; %3 := ${want}; return %3`,
	})),
];

describe("scans of constants", () => {
	for (const row of scans) {
		test(row.note, () => {
			expect(firstBody(folded(row))).toBe(row.want);
		});
	}

	test("of no more than a few hundred", () => {
		const statementsOf = (n: number) =>
			folded({ body: (p) => [scan(p.constant(Array(n).fill(1)), -1, 2), plus1(p, 3, 2), return_(local(3))] }).funcs[0]
				?.definitions[0]?.body.length;
		expect([statementsOf(256), statementsOf(257)]).toEqual([2, 3]);
	});
});

/** Pairs of a relation, and what says that the first of each is not wanted. */
describe("walks without their paths", () => {
	const walk =
		(next: (p: Parts) => Stmt): Row["body"] =>
		(p) => [{ op: "relation", builtin: p.builtin("walk"), args: [input], value: 2, loc }, next(p), return_(local(4))];
	const apart = (from: number, elements: readonly number[]): Stmt => ({
		op: "unpack-array",
		value: local(from),
		elements,
		loc,
	});
	const rows: readonly Row[] = [
		{
			note: "the second alone",
			body: walk(() => apart(2, [-1, 4])),
			want: "each %2 of walk(input, true); [_, %4] := %2; return %4",
		},
		{ note: "both", body: walk(() => apart(2, [3, 4])), want: "each %2 of walk(input); [%3, %4] := %2; return %4" },
		{
			note: "a path in the first local",
			body: walk(() => apart(2, [0, 4])),
			want: "each %2 of walk(input); [%0, %4] := %2; return %4",
		},
		{
			note: "of another",
			body: walk(() => apart(1, [-1, 4])),
			want: "each %2 of walk(input); [_, %4] := %1; return %4",
		},
		{
			note: "of no local",
			body: walk(() => ({ ...apart(2, [-1, 4]), value: input }) as Stmt),
			want: "each %2 of walk(input); [_, %4] := input; return %4",
		},
		{
			note: "three",
			body: walk(() => apart(2, [-1, 4, 5])),
			want: "each %2 of walk(input); [_, %4, %5] := %2; return %4",
		},
		{
			note: "another statement",
			body: walk(() => let_(4, local(2))),
			want: "each %2 of walk(input); %4 := %2; return %4",
		},
		{
			note: "the last of a block",
			body: (p) => [
				not({ op: "relation", builtin: p.builtin("walk"), args: [input], value: 2, loc }),
				return_(local(4)),
			],
			want: "not; .each %2 of walk(input); return %4",
		},
		{
			note: "another pair is taken apart",
			body: (p) => [
				{ op: "relation", builtin: p.builtin("walk"), args: [input], value: 2, loc },
				apart(1, [-1, 4]),
				return_(local(2)),
			],
			want: "each %2 of walk(input); [_, %4] := %1; return %2",
		},
		{
			note: "the pair is read once more",
			body: (p) => [
				{ op: "relation", builtin: p.builtin("walk"), args: [input], value: 2, loc },
				apart(2, [-1, 4]),
				return_(array(local(2), local(4))),
			],
			want: "each %2 of walk(input); [_, %4] := %2; return [%2, %4]",
		},
	];
	for (const row of rows) test(row.note, () => expect(firstBody(folded(row))).toBe(row.want));
});

describe("rules", () => {
	const chain = (length: number): Plan => {
		const p = new Parts();
		const one = p.constant(1);
		const funcs = Array.from({ length }, (_, i) =>
			func(`r${i}`, [definition([return_(i === length - 1 ? one : array(rule(i + 1)))])]),
		);
		return foldPlan(planOf(p, funcs), builtins);
	};
	test("that read each other are constants, so far that it pays", () => {
		expect(firstBody(chain(2))).toBe("return [1]");
		expect(firstBody(chain(5))).toBe("return [[[[1]]]]");
		expect(firstBody(chain(6))).toBe("return [data.t.r1]");
	});

	test("scalars are among the constants once, those that were there included", () => {
		const p = new Parts();
		const sum = p.call("plus", p.constant(1), p.constant(2));
		const no = p.call("minus", p.constant(null), p.constant(3));
		const element = dot(p.constant([null]), p.constant(0));
		const body = [
			return_(
				array(
					sum,
					no,
					element,
					p.call("plus", p.constant(3), p.constant(1)),
					p.call("plus", p.constant(2), p.constant(2)),
					local(1),
				),
			),
		];
		const plan = foldPlan(planOf(p, [func("x", [definition(body)])]), builtins);
		const scalars = plan.constants.filter((v) => v === null || typeof v !== "object");
		expect(scalars).toEqual([1, 2, null, 3, 0, 3, 1, 2, 2, 4]);
	});

	test("definitions are folded each for itself", () => {
		const p = new Parts();
		const bodies: readonly Block[] = [
			[let_(2, p.constant(5)), scan(p.constant([1]), -1, 3), plus1(p, 4, 3), return_(local(4))],
			[let_(2, p.constant(6)), scan(p.constant([2]), -1, 3), plus1(p, 4, 3), return_(array(local(2), local(4)))],
		];
		const plan = foldPlan(
			planOf(p, [
				func(
					"x",
					bodies.map((b) => definition(b)),
				),
			]),
			builtins,
		);
		expect(firstBody(plan)).toBe("scan _, %4 in [2]; return %4; .when; scan _, %4 in [3]; return [6, %4]");
	});

	const branches = (...bodies: readonly ((p: Parts) => Block)[]) => {
		const p = new Parts();
		const chained = bodies
			.map((b) => b(p))
			.reduceRight<Definition | undefined>((rest, body) => definition(body, rest), undefined) as Definition;
		return firstBody(foldPlan(planOf(p, [func("x", [chained])]), builtins));
	};
	test("else branches are folded each for itself", () => {
		const text = branches(
			(p) => [let_(2, p.constant(1)), test_(equal(local(1), local(2))), return_(local(2))],
			() => [return_(local(2))],
		);
		expect(text).toBe("test (%1 == 1); return 1; .else; return %2");
	});
});
