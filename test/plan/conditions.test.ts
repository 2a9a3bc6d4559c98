/**
 * Conditions of definitions, from plans made by hand, and the index made of conditions: each kind of statement and
 * expression as what may end in an error, prints, and the sizes at which a table is no use. What policies give is in
 * test/compiler/rule-conditions.test.ts and test/compiler/index-rules.test.ts.
 */
import { describe, expect, test } from "vitest";
import { RegoSet, type Value } from "../../src/index.ts";
import { type Clause, type Read, Reads } from "../../src/plan/conditions.ts";
import { indexConditions, indexRules } from "../../src/plan/index-rules.ts";
import type { Block, Definition, Expression, Stmt } from "../../src/plan/plan.ts";
import { conditionsOf } from "../../src/plan/rule-conditions.ts";
import { array, definition, dot, equal, func, input, local, Parts, rule } from "./hand-made.ts";

const loc = -1;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const parts = new Parts();
const c = parts.constant;
const test_ = (value: Expression): Stmt => ({ op: "test", value, loc });
const key = (e: Expression, ...path: readonly Value[]): Expression =>
	path.reduce<Expression>((x, k) => dot(x, c(k)), e);
const is = (e: Expression, v: Value): Stmt => test_(equal(e, c(v)));
const begins = test_(parts.call("startswith", key(input, "t"), c("x")));
const total = (e: Expression): Expression => parts.call("is_number", e);
const risky = (e: Expression): Expression => parts.call("to_number", e);

const plan = {
	constants: parts.constants,
	builtin: (i: number) => {
		const name = parts.builtins[i] ?? "";
		return { name, total: name === "is_number" };
	},
};

/** As `a.b is 1 | c[_] begins "d" & …`. */
function shown(list: readonly (readonly Clause[])[], reads: readonly Read[]): string {
	const path = (i: number): string => {
		const { from, step } = reads[i] as Read;
		const outer = from < 0 ? "" : path(from);
		if (step.op === "key") return `${outer}${step.stored ? "!" : "."}${step.key}`;
		if (step.op === "each") return `${outer}[_]`;
		return step.op === "argument" ? `%${step.local}` : step.op === "base" ? `data/${step.path.join("/")}` : "";
	};
	const atom = ([read, op, what]: Clause[number]): string => `${path(read)} ${op} ${JSON.stringify(what)}`;
	return list.map((clauses) => clauses.map((x) => x.map(atom).join(" | ")).join(" & ")).join("; ");
}

function conditions(d: Definition, arity = 0): string {
	const found = conditionsOf(func("x", [d], { arity }), plan);
	return shown(found.definitions, found.reads);
}
const of = (...body: Block): string => conditions(definition(body));

describe("what is read and compared", () => {
	const apart = (elements: readonly number[]): Stmt => ({ op: "unpack-array", value: key(input, "l"), elements, loc });
	const object = (entries: readonly (readonly [Expression, number])[]): Stmt => ({
		op: "unpack-object",
		value: key(input, "o"),
		entries,
		loc,
	});
	const once = (...blocks: readonly Block[]): Stmt => ({ op: "once", blocks, loc });
	const member = (x: Expression, list: Expression): Stmt => test_(parts.call("internal.member_2", x, list));
	const rows: readonly (readonly [string, Block, string])[] = [
		[
			"elements of an array, the first local too",
			[apart([-1, 0, 3]), is(local(0), 1), is(local(3), 2)],
			".l.1 is 1 & .l.2 is 2",
		],
		[
			"values of an object",
			[
				object([
					[c("a"), 0],
					[c("b"), -1],
					[c(1), 4],
					[input, 5],
				]),
				...range(6).map((l) => is(local(l), 1)),
			],
			".o.a is 1",
		],
		[
			"values of a loop, in the first local",
			[{ op: "scan", source: key(input, "l"), key: 1, value: 0, loc }, is(local(0), 1)],
			".l[_] is 1",
		],
		["keys of a loop", [{ op: "scan", source: key(input, "l"), key: 1, value: 0, loc }, is(local(1), 1)], ""],
		[
			"what is stored",
			[is({ op: "dot", value: { op: "base", path: ["b"] }, key: c(1), stored: true }, 1)],
			"data/b!1 is 1",
		],
		[
			"positions",
			[is(key(input, 0), 1), is(key(input, -1), 1), is(key(input, 1.5), 1), is(key(input, 2 ** 53), 1)],
			".0 is 1",
		],
		["other keys", [is(key(input, null), 1), is(key(input, true), 1), is(dot(input, input), 1)], ""],
		["one of blocks", [once([is(key(input, "a"), 1)], [is(key(input, "b"), 2)])], ".a is 1 | .b is 2"],
		["one of blocks, of which one says nothing", [once([is(key(input, "a"), 1)], [test_(input)])], ""],
		["one block", [once([is(key(input, "a"), 1), is(key(input, "b"), 2)])], ".a is 1 & .b is 2"],
		["locals of one block", [once([{ op: "let", local: 3, value: key(input, "a"), loc }], []), is(local(3), 1)], ""],
		["no blocks", [once()], ""],
		[
			"behind a replacement nothing",
			[is(key(input, "a"), 1), { op: "with", replacements: [], body: [], loc }, is(key(input, "b"), 1)],
			".a is 1",
		],
		[
			"behind a relation nothing",
			[{ op: "relation", builtin: 0, args: [], value: 1, loc }, is(key(input, "b"), 1)],
			"",
		],
		[
			"members of many",
			[member(key(input, "a"), c(range(256)))],
			range(256)
				.map((i) => `.a is ${i}`)
				.join(" | "),
		],
		["members of too many", [member(key(input, "a"), c(range(257)))], ""],
		["members of nothing", [member(key(input, "a"), c([])), is(key(input, "b"), 1)], " & .b is 1"],
		["members of a set", [member(key(input, "a"), c(RegoSet.of([1, "b"])))], '.a is 1 | .a is "b"'],
		[
			"members of what has none",
			[member(key(input, "a"), c(1)), member(key(input, "a"), c(null)), member(key(input, "a"), c("text"))],
			"",
		],
		["members that are not read", [member(risky(input), c([1]))], ""],
		[
			"a constant among what is read",
			[member(c(1), key(input, "l")), member(c([]), key(input, "l")), member(c(1), risky(input))],
			".l[_] is 1",
		],
	];
	test.each(rows)("%s", (_note, body, want) => expect(of(...body)).toBe(want));

	test("nothing is read for what has no local", () => {
		const readsOf = (s: Stmt) => conditionsOf(func("x", [definition([s])]), plan).reads.length;
		const loop: Stmt = { op: "scan", source: key(input, "l"), key: 1, value: -1, loc };
		expect([apart([-1]), object([[c("a"), -1]]), loop].map(readsOf)).toEqual([2, 2, 2]);
	});
	test("arguments are those below the arity", () => {
		expect(conditions(definition([is(local(0), 1), is(local(1), 2), is(local(2), 3)]), 2)).toBe("%0 is 1 & %1 is 2");
	});

	const globs: readonly (readonly [string, string])[] = [
		["ab*cd", '.a begins "ab" & .a ends "cd"'],
		["ab?", '.a begins "ab"'],
		["*cd", '.a ends "cd"'],
		["?*cd", '.a ends "cd"'],
		["ab?cd", '.a begins "ab"'],
		["?cd", ""],
		["abc", '.a begins "abc" & .a ends "abc"'],
		["*", ""],
		...["[a]b", "a]b", "{a}b", "a}b", "a\\b", "a\u0000b", "a\ud800b", "a\udfffb", "a\ufffdb"].map(
			(g) => [g, ""] as const,
		),
	];
	test.each(globs)("glob %j", (pattern, want) => {
		expect(of(test_(parts.call("glob.match", c(pattern), c([]), key(input, "a"))))).toBe(want);
	});
	test("globs that are not known", () => {
		const a = key(input, "a");
		expect(
			of(test_(parts.call("glob.match", input, c([]), a)), test_(parts.call("glob.match", c("a*"), input, a))),
		).toBe("");
		expect(of(test_(parts.call("glob.match", c(1), c([]), a)))).toBe("");
	});
	const expressions: readonly (readonly [string, string])[] = [
		["^ab", '.a begins "ab"'],
		["^ab.c", '.a begins "ab"'],
		["^abc*", '.a begins "ab"'],
		["^abc?d", '.a begins "ab"'],
		["^abc{2}", '.a begins "ab"'],
		["^abc+", '.a begins "abc"'],
		["^a/b_c:d@e -", '.a begins "a/b_c:d@e -"'],
		["^a*", ""],
		["ab", ""],
		["^ab|c", ""],
		["^ab(?i)c", ""],
		["^", ""],
	];
	test.each(expressions)("expression %j", (pattern, want) => {
		expect(of(test_(parts.call("regex.match", c(pattern), key(input, "a"))))).toBe(want);
	});
});

describe("else branches", () => {
	const chain = (...bodies: readonly Block[]): Definition =>
		bodies.reduceRight<Definition | undefined>((rest, body) => definition(body, rest), undefined) as Definition;
	const one = (k: string): Stmt => is(key(input, k), 1);
	test("one of them has to hold", () => {
		expect(conditions(chain([one("a")], [one("b")], [one("c")]))).toBe(".a is 1 | .b is 1 | .c is 1");
		expect(conditions(chain([one("a")], [], [one("c")]))).toBe("");
	});
	test("so many together, and so long", () => {
		const all = conditions(
			chain(
				range(4).map((i) => one(`a${i}`)),
				range(4).map((i) => one(`b${i}`)),
			),
		);
		expect(all.split(" & ")).toHaveLength(8);
		const member = (k: string, n: number): Stmt => test_(parts.call("internal.member_2", key(input, k), c(range(n))));
		const atoms = (a: number, b: number) => conditions(chain([member("a", a)], [member("b", b)])).split(" | ").length;
		expect([atoms(128, 128), atoms(128, 129), atoms(255, 1)]).toEqual([256, 1, 256]);
	});
});

describe("prints", () => {
	const print: Stmt = { op: "print", args: [], loc };
	const first = is(key(input, "a"), 1);
	const every = (...body: Block): Stmt => ({ op: "every", source: input, key: -1, value: 1, body, loc });
	const rows: readonly (readonly [string, Block, boolean])[] = [
		["nowhere", [first, { op: "not", body: [first], loc }, every(first)], false],
		["beside", [first, print], true],
		["under not", [first, { op: "not", body: [first, print], loc }], true],
		["under every", [first, every(first, print)], true],
		["under with", [first, { op: "with", replacements: [], body: [first, print], loc }], true],
		["in one of blocks", [first, { op: "once", blocks: [[first], [first, print]], loc }], true],
		["in none of blocks", [first, { op: "once", blocks: [[first], [first]], loc }], false],
	];
	test.each(rows)("%s", (_note, body, isSeen) => expect(of(...body) === "").toBe(isSeen));
});

/** A text is compared behind each: that says something only where nothing before can end in an error. */
describe("what cannot end in an error", () => {
	const fails = risky(input);
	const isHarmless = (s: Stmt): boolean => of(s, begins).endsWith('.t begins "x"');
	const ofValue = (e: Expression): Stmt => test_(e);
	const expressions: readonly (readonly [string, Expression, boolean])[] = [
		["a constant", c(1), true],
		["a local", local(3), true],
		["input", input, true],
		["base data", { op: "base", path: [] }, true],
		["a step", dot(input, local(1)), true],
		["a step of what may", dot(fails, local(1)), false],
		["a step to what may", dot(input, fails), false],
		["equal", equal(input, local(1)), true],
		["equal to what may", equal(input, fails), false],
		["what may, equal", equal(fails, input), false],
		["an array", array(input, local(1)), true],
		["an array with what may", array(input, fails), false],
		["a set", { op: "set", items: [input] }, true],
		["a set with what may", { op: "set", items: [fails, input] }, false],
		["a call", total(input), true],
		["a call of what may", total(fails), false],
		["a call of several, of which one may", parts.call("is_number", input, fails), false],
		["a call that may", fails, false],
		["a rule", rule(0), false],
		["a rule at keys", { op: "rule-at", func: 0, keys: [], loc }, false],
		["a document", { op: "document", path: [], loc }, false],
		["names of a document", { op: "document-keys", path: [], keys: [], loc }, false],
		["a document at keys", { op: "document-dot", path: [], keys: [], loc }, false],
		["a call of a function", { op: "call", func: 0, args: [], loc }, false],
		["an object", { op: "object", entries: [] }, false],
		["a comprehension", { op: "collect", into: "set", target: 1, body: [], loc }, false],
	];
	test.each(expressions)("%s", (_note, e, want) => expect(isHarmless(ofValue(e))).toBe(want));

	const good = test_(local(1));
	const bad = test_(fails);
	const statements: readonly (readonly [string, Stmt, boolean])[] = [
		["let", { op: "let", local: 2, value: input, loc }, true],
		["let of what may", { op: "let", local: 2, value: fails, loc }, false],
		["scan", { op: "scan", source: input, key: -1, value: 2, loc }, true],
		["scan of what may", { op: "scan", source: fails, key: -1, value: 2, loc }, false],
		["an array taken apart", { op: "unpack-array", value: input, elements: [], loc }, true],
		["what may, taken apart", { op: "unpack-array", value: fails, elements: [], loc }, false],
		["an object taken apart", { op: "unpack-object", value: input, entries: [[c("a"), 1]], loc }, true],
		["an object that may, taken apart", { op: "unpack-object", value: fails, entries: [[c("a"), 1]], loc }, false],
		[
			"an object taken apart at what may",
			{
				op: "unpack-object",
				value: input,
				entries: [
					[c("a"), 1],
					[fails, 2],
				],
				loc,
			},
			false,
		],
		["not", { op: "not", body: [good, good], loc }, true],
		["not of what may", { op: "not", body: [good, bad], loc }, false],
		["every", { op: "every", source: input, key: -1, value: 1, body: [good], loc }, true],
		["every of what may", { op: "every", source: fails, key: -1, value: 1, body: [good], loc }, false],
		["every with what may", { op: "every", source: input, key: -1, value: 1, body: [good, bad], loc }, false],
		["blocks", { op: "once", blocks: [[good], [good]], loc }, true],
		["blocks of which one may", { op: "once", blocks: [[good], [good, bad]], loc }, false],
		["return", { op: "return", value: input, loc }, false],
		["a member", { op: "yield-member", into: 1, value: input, loc }, false],
	];
	test.each(statements)("%s", (_note, s, want) => expect(isHarmless(s)).toBe(want));

	test("says nothing of what is before it, and all that follows is behind it", () => {
		expect(of(begins, bad)).toBe('.t begins "x"');
		expect(of(bad, good, begins)).toBe("");
		expect(of(bad, { op: "scan", source: input, key: -1, value: 2, loc }, is(local(2), 1))).toBe("");
		expect(of(bad, is(key(input, "a"), 1))).toBe(".a is 1");
		expect(of(bad, { op: "once", blocks: [[begins]], loc })).toBe("");
	});
});

describe("the index that conditions make", () => {
	const reads = new Reads();
	const root = reads.root({ op: "input" });
	const [a, b] = [reads.key(root, "a", false, key(input, "a")), reads.key(root, "b", false, key(input, "b"))];
	/** Without an expression that the plan could evaluate. */
	const each = reads.each(root);
	const one = (read: number, v: string | number): Clause => [[read, "is", v]];
	const made = (definitions: readonly (readonly Clause[])[]) =>
		indexConditions({ reads: reads.list, definitions, sources: reads.sources });
	const many = (n: number, clauses: (i: number) => readonly Clause[]) => made(range(n).map(clauses));
	const table = (index: ReturnType<typeof made>) => {
		if (index?.kind !== "table") return index?.kind;
		return { on: index.on, values: index.values, lists: [...index.byKey.values()], rest: index.rest };
	};

	test("is of the read that most compare", () => {
		const index = table(many(7, (i) => (i === 6 ? [one(b, 6)] : [one(b, 0), one(a, i)])));
		expect(index).toMatchObject({ on: key(input, "b") === undefined ? {} : { op: "dot" }, values: [0, 6] });
		// Of two that as many compare, the first.
		const first = table(many(6, (i) => [one(b, i), one(a, i)]));
		expect(first).toMatchObject({ on: reads.sources.get(a), values: range(6) });
	});
	test("counts a definition once", () => {
		const index = table(many(6, (i) => (i < 3 ? [one(a, 1), one(a, 2), one(a, 3)] : [one(b, i)])));
		expect(index).toBe(undefined);
	});
	test("needs six definitions, and an expression", () => {
		expect([5, 6].map((n) => typeof table(many(n, (i) => [one(a, i)])))).toEqual(["undefined", "object"]);
		expect(table(many(6, (i) => [one(each, i)]))).toBe(undefined);
		expect(table(many(6, (i) => (i === 5 ? [] : [one(a, i)])))).toBe(undefined);
		const body = (i: number) => definition([is(key(input, "a"), i)]);
		expect([5, 6].map((n) => indexRules(func("x", range(n).map(body)), plan)?.kind)).toEqual([undefined, "table"]);
	});
	test("is of clauses about one read, by equality", () => {
		const text: Clause = [[a, "begins", "x"]];
		const mixed: Clause = [
			[a, "is", 1],
			[b, "is", 2],
		];
		for (const clause of [text, mixed]) expect(table(many(6, () => [clause]))).toBe(undefined);
		expect(table(many(7, (i) => [i === 3 ? mixed : one(a, i)]))).toMatchObject({
			rest: [3],
			values: [0, 1, 2, 4, 5, 6],
		});
	});
	test("has a list for each value, with those always tried, in order", () => {
		const index = table(
			many(9, (i) =>
				i === 1 || i === 7
					? []
					: [
							i === 4
								? [
										[a, "is", 0],
										[a, "is", 0],
										[a, "is", 9],
									]
								: one(a, i % 3),
						],
			),
		);
		expect(index).toEqual({
			on: reads.sources.get(a),
			values: [0, 2, 9],
			lists: [
				[0, 1, 3, 4, 6, 7],
				[1, 2, 5, 7, 8],
				[1, 4, 7],
			],
			rest: [1, 7],
		});
	});
	test("is of all conditions, where a table would hold too many that are always tried", () => {
		const always = (n: number, all: number) => {
			const index = table(many(all, (i) => (i < n ? [[[b, "begins", "x"]]] : [one(a, i)])));
			return typeof index === "object" ? "table" : index;
		};
		expect([always(16, 30), always(17, 30), always(16, 24), always(17, 24), always(17, 23)]).toEqual([
			"table",
			"conditions",
			"table",
			"conditions",
			"table",
		]);
	});
	test("is of all conditions, where too many share a value and have others", () => {
		const sharing = (n: number, all: number, others: readonly Clause[]) => {
			const index = table(many(all, (i) => (i < n ? [one(a, "shared"), ...others] : [one(a, i)])));
			return typeof index === "object" ? "table" : index;
		};
		const more: readonly Clause[] = [[[b, "begins", "x"]]];
		expect([
			sharing(16, 30, more),
			sharing(17, 30, more),
			sharing(17, 30, []),
			sharing(17, 24, more),
			sharing(17, 23, more),
		]).toEqual(["table", "conditions", "table", "conditions", "table"]);
	});
	test("is of conditions of any kind where there are many", () => {
		const text = (n: number, without: number) => many(n, (i) => (i < without ? [] : [[[each, "ends", `${i}`]]]))?.kind;
		expect([text(23, 0), text(24, 0), text(25, 1), text(24, 1)]).toEqual([
			undefined,
			"conditions",
			"conditions",
			undefined,
		]);
	});
});
