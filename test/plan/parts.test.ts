/** Small parts of plans, each by itself: constants and their JSON, base data, places, the tree, what rules are. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { compile, loadPlan, planFromJson, planToJson, RegoSet, Source, type Value } from "../../src/index.ts";
import { decodeData, withBaseData } from "../../src/plan/base-data.ts";
import { isScalar, Reads } from "../../src/plan/conditions.ts";
import { constantOf } from "../../src/plan/constant-rule.ts";
import { decode, encode, type Json } from "../../src/plan/constants.ts";
import { dataOnlyRules } from "../../src/plan/data-only.ts";
import { apart, branchesOf, chained } from "../../src/plan/else-chain.ts";
import { groupingAt } from "../../src/plan/groups.ts";
import { hashOf, sourcesOf } from "../../src/plan/hash.ts";
import { nodeKey } from "../../src/plan/node-key.ts";
import { pathText } from "../../src/plan/path-text.ts";
import { placesOfPlan } from "../../src/plan/places.ts";
import type { Block, Expression, Func, Stmt, TreeNode } from "../../src/plan/plan.ts";
import { nodeAt, ruleAt, rulesAt } from "../../src/plan/rule-at.ts";
import { placesOf } from "../../src/plan/sources.ts";
import { isStable, writtenFirst } from "../../src/plan/stable.ts";
import { RegoObject } from "../../src/value/collections.ts";
import { numberFromText } from "../../src/value/number.ts";
import { termText } from "../../src/value/term-text.ts";
import { array, definition, dot, equal, func, input, local, Parts, planOf, rule } from "./hand-made.ts";

const loc = -1;

describe("constants in JSON", () => {
	const object = new RegoObject();
	object.set(2, "b");
	object.set("a", RegoSet.of([2, 1]));
	const rows: readonly (readonly [Value, Json])[] = [
		[null, null],
		[true, true],
		["a", "a"],
		[1.5, 1.5],
		[-0, { $n: "0" }],
		[12345678901234567890n, { $n: "12345678901234567890" }],
		[numberFromText("1.50"), { $n: "1.50" }],
		[
			[1, [2]],
			[1, [2]],
		],
		[RegoSet.of([3, 1]), { $s: [1, 3] }],
		[
			object,
			{
				$o: [
					[2, "b"],
					["a", { $s: [1, 2] }],
				],
			},
		],
		[{ a: { b: 1 } }, { a: { b: 1 } }],
		[
			{ $a: RegoSet.of([1]), b: 1 },
			{
				$o: [
					["$a", { $s: [1] }],
					["b", 1],
				],
			},
		],
		[
			{ b: 1, ["__proto__"]: 2 },
			{
				$o: [
					["b", 1],
					["__proto__", 2],
				],
			},
		],
	];
	test.each(rows.map(([v, json]) => [JSON.stringify(json), v, json] as const))("%s", (_text, v, json) => {
		expect(encode(v)).toEqual(json);
		expect(termText(decode(json))).toBe(termText(v));
	});
	test("names that objects of JavaScript have are names", () => {
		const back = decode({ $o: [["__proto__", { x: 1 }]] });
		expect(Object.keys(back as object)).toEqual(["__proto__"]);
		expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
		// Of another kind than expected: objects as they are.
		expect([decode({ $n: 1 }), decode({ $s: 1 }), decode({ $o: 1 })]).toEqual([{ $n: 1 }, { $s: 1 }, { $o: 1 }]);
	});
});

describe("plans from JSON", () => {
	const plan = planOf(new Parts(), []);
	const text = (change: object): string => JSON.stringify({ ...plan, ...change });
	const rows = [
		["nothing", "", /^not a decision plan: /],
		["no object", "7", /^not a decision plan$/],
		["null", "null", /^not a decision plan$/],
		["without a version", JSON.stringify({ constants: [] }), /^not a decision plan$/],
		["without constants", JSON.stringify({ version: plan.version }), /^not a decision plan$/],
		["of another version", text({ version: 1 }), /^decision plan has version 1, want \d$/],
		...["constants", "funcs", "builtins", "sources", "queries"].map(
			(part) =>
				[
					`${part} of another kind`,
					text({ [part]: {} }),
					new RegExp(`^not a decision plan: ${part} is no list$`),
				] as const,
		),
		["data of another kind", text({ data: [] }), /^not a decision plan: data is no object$/],
	] as const;
	test.each(rows)("%s", (_note, json, want) => {
		const message = (() => {
			try {
				return `read: ${typeof planFromJson(json)}`;
			} catch (e) {
				return (
					(e as { readonly detail?: string }).detail ?? (e as Error).message.replace(/^.*?rego_compile_error: /, "")
				);
			}
		})();
		expect(message).toMatch(want);
	});
	test("with data, which are frozen all through", () => {
		const data = { a: [{ b: 1 }], c: null, s: "x" };
		const back = planFromJson(planToJson(withBaseData(plan, data)));
		expect(back.data).toEqual(data);
		const held = back.data as { readonly a: readonly [object] };
		expect([held, held.a, held.a[0]].map((x) => Object.isFrozen(x))).toEqual([true, true, true]);
		expect(Object.isFrozen(decodeData({ x: { y: {} } })["x"])).toBe(true);
	});
	test("without data, where there are none", () => {
		expect("data" in withBaseData({ ...plan, data: { a: 1 } }, {})).toBe(false);
		expect(withBaseData({ ...plan, data: { a: 1 } }, { b: 2 }).data).toEqual({ b: 2 });
		expect("data" in planFromJson(planToJson(plan))).toBe(false);
	});
	test("what is loaded decides over its data", () => {
		const p = new Parts();
		const read = func("x", [definition([{ op: "return", value: { op: "base", path: ["a"] }, loc }])]);
		const tree: TreeNode = { children: [["t", { children: [["x", { rule: 0 }]] }]] };
		expect(loadPlan(planToJson(planOf(p, [read], { tree, data: { a: 5 } }))).rule("data.t.x")()).toBe(5);
	});
});

test("scalars that can be compared as those of JavaScript", () => {
	const values: readonly Value[] = ["a", true, null, 1, 1.5, 2 ** 53, numberFromText("1.50"), 2n ** 60n, [], {}];
	expect(values.map(isScalar)).toEqual([true, true, true, true, true, false, false, false, false, false]);
});

test("reads are each there once, those of what is stored apart", () => {
	const reads = new Reads();
	const base = (...path: string[]) => ({ op: "base", path }) as const;
	const asked = () => [
		reads.root({ op: "input" }),
		reads.root({ op: "local", local: 0 }),
		reads.root({ op: "local", local: 1 }),
		reads.root(base("a", "b")),
		reads.root(base("a")),
		reads.key(0, "k", false, input),
		reads.key(0, "k", true),
		reads.key(0, "l", false),
		reads.key(0, 1, false),
		reads.key(1, "k", false),
		reads.each(0),
		reads.each(5),
	];
	expect(asked()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
	expect(asked()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
	expect(reads.list).toHaveLength(12);
	expect(reads.list[6]).toEqual({ from: 0, step: { op: "key", key: "k", stored: true } });
	// The first source stays.
	reads.key(0, "k", false, local(3));
	reads.key(0, "l", false, local(4));
	expect(reads.sources.get(5)).toBe(input);
	expect([...reads.sources.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 7]);
});

describe("rules that are constants", () => {
	const p = new Parts();
	const one: Stmt = { op: "return", value: p.constant(1), loc };
	const d = definition([one]);
	const rows: readonly (readonly [string, Func, number | undefined])[] = [
		["one definition", func("x", [d]), 0],
		["a default alone", func("x", [], { default: d }), 0],
		["a definition beside a default", func("x", [d], { default: definition([]) }), 0],
		["nothing", func("x", []), undefined],
		["two definitions", func("x", [d, d]), undefined],
		["else", func("x", [definition([one], d)]), undefined],
		["a body", func("x", [definition([{ op: "test", value: input, loc }, one])]), undefined],
		["what is read", func("x", [definition([{ op: "return", value: input, loc }])]), undefined],
		["no value", func("x", [definition([{ op: "test", value: p.constant(1), loc }])]), undefined],
		["a function", func("x", [d], { kind: "function", arity: 1 }), undefined],
		["a set", func("x", [d], { kind: "set" }), undefined],
	];
	test.each(rows)("%s", (_note, f, want) => expect(constantOf(f)).toBe(want));
});

describe("chains of else", () => {
	const list = [1, 2, 3].map((i) => ({ ...definition([]), location: i }));
	const [a, b, c] = list as [(typeof list)[0], (typeof list)[0], (typeof list)[0]];
	test("are lists and back", () => {
		const chain = chained(list);
		expect(chain).toEqual({ ...a, else: { ...b, else: c } });
		expect(chained([])).toBe(undefined);
		expect(branchesOf(chain ?? a).map((x) => x.location)).toEqual([1, 2, 3]);
		// What is a chain already stays.
		expect(chained(branchesOf(chain ?? a))).toBe(chain);
	});
	test("are taken apart", () => {
		const chain = chained(list) ?? a;
		expect(apart([undefined, c, chain]).map((x) => [x.location, x.else])).toEqual(
			[3, 1, 2, 3].map((i) => [i, undefined]),
		);
		expect(apart([c])[0]).toBe(c);
	});
});

describe("the tree", () => {
	const tree: TreeNode = {
		children: [
			[
				"a",
				{
					children: [
						["b", { rule: 1 }],
						[
							"c",
							{
								children: [
									[2, { rule: 2 }],
									["2", { rule: 3 }],
								],
							},
						],
					],
				},
			],
			["d", { rule: 4 }],
			["f", {}],
		],
	};
	test("rules at a path", () => {
		const at = (...path: readonly string[]) => ruleAt({ tree }, path);
		expect([at("a", "b"), at("d"), at("a", "c", "2")]).toEqual([1, 4, 3]);
		expect([at("a"), at("d", "e"), at("x"), at(), at("f")]).toEqual([
			undefined,
			undefined,
			undefined,
			undefined,
			undefined,
		]);
		expect(nodeAt({ tree }, ["f"])).toEqual({});
		expect(nodeAt({ tree }, ["f", "g"])).toBe(undefined);
		expect(nodeAt({ tree, node: () => ({ rule: 9 }) }, ["a"])).toEqual({ rule: 9 });
	});
	test("rules at or below a path, or the one it belongs to", () => {
		const at = (...path: readonly (string | number)[]) => [...rulesAt(tree, path)].sort();
		expect([at(), at("a"), at("a", "c"), at("a", "c", 2)]).toEqual([[1, 2, 3, 4], [1, 2, 3], [2, 3], [2]]);
		expect([at("d", "e", "f"), at("x"), at("f")]).toEqual([[4], [], []]);
	});
	test("keys of nodes", () => {
		const keys = ["a", "\u0000a", 1, numberFromText("1.0"), null, true, [1], {}].map((v) => nodeKey(v));
		expect(keys).toEqual([
			"a",
			"\u0000\u0000a",
			"\u0000#1",
			"\u0000#1.0",
			"\u0000=null",
			"\u0000=true",
			"\u0000-",
			"\u0000-",
		]);
	});
	test("paths as text", () => {
		expect(pathText(["a", "B_1", "c-d", "1e", "", 1, true, null, { $n: "1.0" }])).toBe(
			'data.a.B_1["c-d"]["1e"][""][1][true][null][1.0]',
		);
	});
});

describe("places", () => {
	const sources = ["a\nbc\n\nd", "x"].map((text, i) => new Source(`${i}.rego`, text));
	const placed = sources.map((source, i) => ({ source, base: 10 * i }));
	test("of sources, and of what plans keep of them", () => {
		const tables = [placesOf(placed), placesOfPlan(sourcesOf(placed))];
		for (const table of tables) {
			const text = (loc: number) => {
				const l = table.locate(loc);
				return l === undefined ? "" : `${l.file}:${l.row}:${l.col}`;
			};
			expect([0, 2, 3, 6].map(text)).toEqual(["0.rego:1:1", "0.rego:2:1", "0.rego:2:2", "0.rego:4:1"]);
			expect([9, 10, -1].map(text).slice(1)).toEqual(["1.rego:1:1", ""]);
		}
	});
	test("of one source are none of the next", () => {
		const { plan } = compile({ "a.rego": "package a", "b.rego": "package b\n", "c.rego": "package c" });
		expect(plan.sources.map((s) => s.base)).toEqual([0, 10, 21]);
	});
	test("the digest is of names and texts, in the order of names", () => {
		const of = (list: readonly (readonly [string, string])[]) =>
			hashOf(sourcesOf(list.map(([name, text]) => ({ source: new Source(name, text), base: 0 }))));
		const one = of([
			["a", "1"],
			["b", "2"],
			["c", "3"],
		]);
		expect(
			of([
				["c", "3"],
				["a", "1"],
				["b", "2"],
			]),
		).toBe(one);
		expect(
			of([
				["a", "2"],
				["b", "1"],
				["c", "3"],
			]),
		).not.toBe(one);
		const sha = (text: string) => createHash("sha256").update(text).digest("hex");
		expect(one).toBe(
			sha(
				JSON.stringify([
					["a", sha("1")],
					["b", sha("2")],
					["c", sha("3")],
				]),
			),
		);
	});
});

test("reads of what does not change", () => {
	const base: Expression = { op: "base", path: [] };
	const constant: Expression = { op: "const", index: 0 };
	expect([base, constant, dot(dot(base, input), input), dot(constant, input)].map(isStable)).toEqual([
		true,
		true,
		true,
		true,
	]);
	expect([input, dot(input, constant), array(constant)].map(isStable)).toEqual([false, false, false]);
	const object: Expression = { op: "object", entries: [] };
	const order = (a: Expression, b: Expression) => writtenFirst(a, b, ["a", "b"]).join("");
	expect([order(input, constant), order(input, object)]).toEqual(["ba", "ba"]);
	expect([order(constant, input), order(constant, object), order(object, constant), order(input, local(1))]).toEqual([
		"ab",
		"ab",
		"ab",
		"ab",
	]);
});

describe("rules of data only", () => {
	const p = new Parts();
	const base: Expression = { op: "base", path: ["a"] };
	const value = (e: Expression): Block => [{ op: "return", value: e, loc }];
	const scanned: Block = [{ op: "scan", source: base, key: -1, value: 1, loc }, ...value(local(1))];
	const document: Expression = { op: "document", path: ["t"], loc };
	const tree: TreeNode = { children: [["t", { children: [["r0", { rule: 0 }]] }]] };
	/** Whether the first of some rules is one; the second is read by it where it says so. */
	const rows: readonly (readonly [string, readonly Func[], boolean])[] = [
		["a scan", [func("x", [definition(scanned)])], true],
		["a read alone costs nothing", [func("x", [definition(value(base))])], false],
		["a set", [func("x", [definition(value(base))], { kind: "set" })], true],
		["an object", [func("x", [definition(value(base))], { kind: "object" })], true],
		["a call", [func("x", [definition(value(p.call("upper", base)))])], true],
		["a call that is not pure", [func("x", [definition(value(p.call("time.now_ns")))])], false],
		["a call of what is not known", [func("x", [definition(value(p.call("no.such")))])], false],
		["the input", [func("x", [definition([...scanned, { op: "test", value: input, loc }])])], false],
		["a replacement", [func("x", [definition([...scanned, { op: "with", replacements: [], body: [], loc }])])], false],
		["a print", [func("x", [definition([...scanned, { op: "print", args: [], loc }])])], false],
		["in a default", [func("x", [definition(scanned)], { default: definition(value(input)) })], false],
		["in an else", [func("x", [definition(scanned, definition(value(input)))])], false],
		["a function", [func("x", [definition(scanned)], { kind: "function", arity: 1 })], false],
		[
			"a rule",
			[
				func("x", [definition([...scanned, { op: "test", value: rule(1), loc }])]),
				func("y", [definition(value(base))]),
			],
			true,
		],
		[
			"a rule of the input",
			[
				func("x", [definition([...scanned, { op: "test", value: rule(1), loc }])]),
				func("y", [definition(value(input))]),
			],
			false,
		],
		[
			"through others, in a circle",
			[
				func("x", [definition([...scanned, { op: "test", value: rule(1), loc }])]),
				func("y", [
					definition([
						{ op: "test", value: rule(2), loc },
						{ op: "test", value: rule(1), loc },
					]),
				]),
				func("z", [definition(value(equal(rule(1), input)))]),
			],
			false,
		],
		["a document with itself in it", [func("x", [definition([...scanned, ...value(document)])])], true],
		[
			"a comprehension",
			[func("x", [definition(value({ op: "collect", into: "set", target: 1, body: [], loc }))])],
			true,
		],
		[
			"every",
			[func("x", [definition([{ op: "every", source: base, key: -1, value: 1, body: [], loc }, ...value(base)])])],
			true,
		],
	];
	test.each(rows)("%s", (_note, funcs, want) => {
		const found = dataOnlyRules({ funcs, tree, builtins: p.builtins }, builtins);
		expect(found.includes(0)).toBe(want);
	});
	test("through the rules of a document", () => {
		const funcs = [
			func("r0", [definition([...scanned, ...value(input)])]),
			func("x", [definition([...scanned, ...value(document)])]),
		];
		expect(dataOnlyRules({ funcs, tree, builtins: p.builtins }, builtins)).toEqual([]);
		const other = { ...document, path: ["u"] };
		expect(
			dataOnlyRules(
				{
					funcs: [func("r0", [definition(value(input))]), func("x", [definition([...scanned, ...value(other)])])],
					tree,
					builtins: p.builtins,
				},
				builtins,
			),
		).toEqual([1]);
	});
});

describe("groups of a scan's entries", () => {
	const p = new Parts();
	const a = p.constant("a");
	const is = (left: Expression, right: Expression): Stmt => ({ op: "test", value: equal(left, right), loc });
	const scan = (key: number, value: number): Stmt => ({ op: "scan", source: input, key, value, loc });
	const pure = p.builtin("lower");
	const lower = (e: Expression): Expression => p.call("lower", e);
	const of = (...block: Block) => groupingAt(block, 0, (b) => b === pure);
	const group = (inner: readonly Expression[], outer: readonly Expression[]) => ({ inner, outer });
	const entry = dot(local(2), a);
	const outside = dot(local(0), a);
	const rows: readonly (readonly [string, Block, ReturnType<typeof group> | undefined])[] = [
		["what is compared with something from outside", [scan(-1, 2), is(entry, outside)], group([entry], [outside])],
		["from the right", [scan(-1, 2), is(outside, entry)], group([entry], [outside])],
		["by the key", [scan(1, 2), is(local(1), outside)], group([local(1)], [outside])],
		["a value at 0", [scan(-1, 0), is(local(0), local(3))], group([local(0)], [local(3)])],
		["several", [scan(-1, 2), is(entry, outside), is(input, local(2))], group([entry, local(2)], [outside, input])],
		[
			"up to another statement",
			[scan(-1, 2), is(entry, outside), { op: "let", local: 5, value: input, loc }, is(entry, input)],
			group([entry], [outside]),
		],
		[
			"up to another test",
			[scan(-1, 2), is(entry, outside), { op: "test", value: local(2), loc }, is(entry, input)],
			group([entry], [outside]),
		],
		[
			"arrays of it",
			[scan(-1, 2), is(array(entry, a), array(outside, a))],
			group([array(entry, a)], [array(outside, a)]),
		],
		["calls that are pure", [scan(-1, 2), is(lower(entry), outside)], group([lower(entry)], [outside])],
		["base data", [scan(-1, 2), is(entry, { op: "base", path: ["k"] })], group([entry], [{ op: "base", path: ["k"] }])],
		["a constant", [scan(-1, 2), is(entry, a)], group([entry], [a])],
		["no value", [scan(1, -1), is(local(1), outside)], undefined],
		["no test", [scan(-1, 2)], undefined],
		["another first", [scan(-1, 2), { op: "test", value: local(2), loc }, is(entry, outside)], undefined],
		["calls from outside, which may fail", [scan(-1, 2), is(entry, lower(outside))], undefined],
		["calls that are not pure", [scan(-1, 2), is(p.call("upper", entry), outside)], undefined],
		["of a pure call one operand is not the entry's", [scan(-1, 2), is(lower(dot(entry, input)), outside)], undefined],
		["the entry with itself", [scan(-1, 2), is(entry, local(2))], undefined],
		["nothing of it", [scan(-1, 2), is(a, outside)], undefined],
		["the entry with something beside it", [scan(-1, 2), is(array(entry, input), outside)], undefined],
		["at a key of the input", [scan(-1, 2), is(dot(local(2), input), outside)], undefined],
		["rules", [scan(-1, 2), is(entry, rule(0))], undefined],
		["sets", [scan(-1, 2), is(entry, { op: "set", items: [outside] })], undefined],
	];
	test.each(rows)("%s", (_note, block, want) => expect(of(...block)).toEqual(want));
	test("of the scan that stands there", () => {
		const block = [scan(-1, 7), scan(-1, 2), is(entry, outside)];
		expect(groupingAt(block, 1, () => false)).toEqual(group([entry], [outside]));
		expect(groupingAt(block, 0, () => false)).toBe(undefined);
	});
});
