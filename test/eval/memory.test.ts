/**
 * What evaluations remember, each piece by itself: what is asked again, what is made once, and where memory ends.
 * Counted in calls, passes and entries; where a clock decides, it is the test's.
 */
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { CallSite } from "../../src/eval/call-site.ts";
import { EvalContext, type QueryOptions, UNDEFINED } from "../../src/eval/context.ts";
import { DeepCalls } from "../../src/eval/deep-calls.ts";
import { GroupedScan } from "../../src/eval/grouped-scan.ts";
import { Groups } from "../../src/eval/groups.ts";
import { Kept } from "../../src/eval/kept.ts";
import { KnownByKey } from "../../src/eval/known-by-key.ts";
import { makeLayer } from "../../src/eval/layer.ts";
import { isEmptyObject, listed, namesOf, sizeOfPlain } from "../../src/eval/listings.ts";
import { MemberSite } from "../../src/eval/member-index.ts";
import { LastResults, PartResults } from "../../src/eval/part-results.ts";
import { remembering } from "../../src/eval/remember-calls.ts";
import { RulesByKey } from "../../src/eval/rules-by-key.ts";
import { Selector } from "../../src/eval/selector.ts";
import { RegoError, RegoSet, type Value } from "../../src/index.ts";
import type { Clause, Conditions, Read } from "../../src/plan/conditions.ts";
import { RegoObject } from "../../src/value/collections.ts";
import { numberFromText } from "../../src/value/number.ts";

const context = (options: Partial<QueryOptions> = {}, input?: Value): EvalContext =>
	new EvalContext(
		{ limits: undefined, strictBuiltinErrors: false, locate: () => undefined, ...options } as QueryOptions,
		input,
		{},
	);
const limited = { limits: { steps: 1e9 } };

/** The clock stands still, but for what a test adds. */
function clock(): { ms: number } {
	const at = { ms: 0 };
	vi.spyOn(performance, "now").mockImplementation(() => at.ms);
	return at;
}
afterEach(() => {
	vi.restoreAllMocks();
});

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const objectOf = (entries: readonly (readonly [Value, Value])[]): RegoObject => {
	const o = new RegoObject();
	for (const [k, v] of entries) o.set(k, v);
	return o;
};

describe("members of lists", () => {
	/** A list that counts how often it is gone through. */
	class Counted extends Array<Value> {
		passes = 0;
		override [Symbol.iterator]() {
			this.passes++;
			return super[Symbol.iterator]();
		}
	}
	const listOf = (values: readonly Value[]): Counted => {
		const list = new Counted();
		list.push(...values);
		list.passes = 0;
		return list;
	};

	test("of short ones are searched for each time", () => {
		const list = listOf(range(23));
		const site = new MemberSite();
		expect([site.has(list, 22), site.has(list, 23), site.has(list, 0)]).toEqual([true, false, true]);
		expect(list.passes).toBe(3);
	});
	test("of long ones are searched for once, then looked up, at each place", () => {
		const list = listOf(range(24));
		const site = new MemberSite();
		const asked = (s: MemberSite) => [s.has(list, 23), s.has(list, 24), s.has(list, 3)];
		expect(asked(site)).toEqual([true, false, true]);
		expect(list.passes).toBe(2);
		expect(asked(new MemberSite())).toEqual([true, false, true]);
		// Another list in between.
		site.has(listOf(range(30)), 1);
		site.has(listOf(range(5)), 1);
		expect(asked(site)).toEqual([true, false, true]);
		expect(list.passes).toBe(2);
	});
	test("of any kind", () => {
		const odd: readonly Value[] = [
			"\u0000a",
			"a",
			1,
			numberFromText("1.50"),
			null,
			true,
			[1],
			{ a: 1 },
			RegoSet.of([1]),
		];
		const absent: readonly Value[] = ["b", "\u0000b", 2, 1.25, false, [2], { a: 2 }, RegoSet.of([2])];
		for (const values of [odd, odd.slice(1)]) {
			const list = [...values, ...range(30).map((i) => `x${i}`)];
			const site = new MemberSite();
			for (let turn = 0; turn < 3; turn++) {
				expect(values.map((v) => site.has(list, v))).toEqual(values.map(() => true));
				expect(site.has(list, 1.5)).toBe(true);
				expect(absent.map((v) => site.has(list, v))).toEqual(absent.map(() => false));
			}
			expect(site.has(list, "\u0000a")).toBe(values === odd);
		}
	});
});

describe("calls of one function", () => {
	const calls = (c: EvalContext, site = new CallSite()) => {
		let runs = 0;
		const run = (_c: EvalContext, ...args: readonly Value[]): Value | undefined => {
			runs++;
			return [...args];
		};
		return { site, call: (...args: readonly Value[]) => site.call(c, run, args), runs: () => runs };
	};

	test("are made while nobody knows what they take, and then kept where they take long", () => {
		const at = clock();
		const c = context();
		const site = new CallSite();
		let runs = 0;
		const call = () =>
			site.call(
				c,
				(_c, x) => {
					runs++;
					at.ms += 0.002;
					return x;
				},
				[1],
			);
		for (let i = 0; i < 6; i++) expect(call()).toBe(1);
		expect(runs).toBe(6);
		expect(call()).toBe(1);
		expect([runs, site.calls]).toEqual([6, 0]);
	});
	test("are made each time where they are quick, and looked at again after many", () => {
		const at = clock();
		const c = context();
		const site = new CallSite();
		let runs = 0;
		const call = () =>
			site.call(c, () => {
				runs++;
				at.ms += 0.0019;
				return 1;
			}, [1]);
		for (let i = 0; i < 6; i++) call();
		expect([runs, site.calls]).toEqual([6, -20_000]);
		// Timed again.
		for (let i = 0; i < 4; i++) call();
		expect([runs, site.calls]).toEqual([10, -20_000]);
	});
	test("do not depend on the clock where steps are counted", () => {
		const { call, runs } = calls(context(limited));
		for (let i = 0; i < 5; i++) expect(call(1)).toEqual([1]);
		expect(runs()).toBe(2);
	});
	test("are another evaluation's in another", () => {
		const site = new CallSite();
		const first = calls(context(limited), site);
		const second = calls(context(limited), site);
		first.call(1);
		first.call(1);
		first.call(1);
		site.calls = 50;
		second.call(1);
		expect(site.calls).toBe(0);
		second.call(1);
		second.call(1);
		expect([first.runs(), second.runs()]).toEqual([2, 2]);
	});
	test("are equal where their operands are", () => {
		const { call, runs } = calls(context(limited));
		call();
		const rows: readonly (readonly Value[])[] = [
			[],
			[1],
			["1"],
			[null],
			[true],
			["\u0000a0,"],
			[1, 2],
			[2, 1],
			[12],
			[[1, 2]],
			[[1], 2],
			[{ a: 1 }],
			[RegoSet.of([1])],
		];
		for (const row of rows) call(...row);
		expect(runs()).toBe(1 + rows.length);
		for (const row of rows) expect(call(...row)).toEqual(row);
		for (const copy of [[[1, 2]], [{ a: 1 }], [RegoSet.of([1])]]) call(...(copy as Value[]));
		expect(runs()).toBe(1 + rows.length);
	});
	test("without a value are kept, those with errors are not", () => {
		const c = context(limited);
		const site = new CallSite();
		let runs = 0;
		const ask = (fails: boolean, x: Value) =>
			site.call(c, () => {
				runs++;
				if (fails) c.query.error("no");
				return undefined;
			}, [x]);
		ask(false, 0);
		for (let i = 0; i < 3; i++) expect(ask(false, 1)).toBe(undefined);
		expect(runs).toBe(2);
		for (let i = 0; i < 3; i++) ask(true, 2);
		expect(runs).toBe(5);
	});
	test("that are nearly always different are no longer kept", () => {
		const asks = (found: number): number => {
			const c = context(limited);
			const { site, call } = calls(c);
			call(0);
			let n = 0;
			for (let i = 0; site.calls === 0 && n < 2000; i++) {
				n++;
				call(i < 512 && i >= 512 - found ? 0 : i);
			}
			expect(c.query.resultsOf(c, site).size).toBe(0);
			return n;
		};
		// One in eight must be found, after 512.
		expect([asks(0), asks(64), asks(65), asks(70)]).toEqual([513, 513, 521, 561]);
	});
	test("have room for so many", () => {
		const c = context(limited);
		const { site, call } = calls(c);
		const kept = () => c.query.resultsOf(c, site).size;
		call(0);
		for (let i = 0; i < 20_000; i++) {
			call(i);
			call(i);
		}
		expect(kept()).toBe(20_000);
		call(-1);
		expect(kept()).toBe(1);
	});
});

describe("calls that are too deep for the stack", () => {
	/** Function n calls n - 1; `runs` is how often each has begun, `most` how many were in each other. */
	const chain = (deep: DeepCalls, c: EvalContext) => {
		const seen = { level: 0, most: 0, runs: 0 };
		const call = (n: number): Value | undefined =>
			deep.call(c, n, [n], () => {
				seen.runs++;
				seen.most = Math.max(seen.most, ++seen.level);
				try {
					return n === 0 ? 0 : Number(call(n - 1)) + 1;
				} finally {
					seen.level--;
				}
			});
		return { seen, call };
	};
	test("are a hundred in each other at most, and what is known is not called again", () => {
		const deep = new DeepCalls();
		const { seen, call } = chain(deep, context());
		expect(deep.run(() => call(1000))).toBe(1000);
		// All but the last 93 of the 1001 are begun again, once.
		expect([seen.most, seen.runs, seen.level]).toEqual([101, 1909, 0]);
	});
	test("are none where they follow each other", () => {
		const deep = new DeepCalls();
		const c = context();
		let runs = 0;
		const all = () => range(1000).map((i) => deep.call(c, i, [i], () => ++runs));
		expect(deep.run(all)).toEqual(range(1000).map((i) => i + 1));
		expect(runs).toBe(1000);
	});
	test("what is printed on the way is printed once", () => {
		const deep = new DeepCalls();
		const c = context();
		const call = (n: number): Value | undefined =>
			deep.call(c, n, [], () => {
				c.query.print(`at ${n}`);
				return n === 0 ? 0 : call(n - 1);
			});
		expect(deep.run(() => call(150))).toBe(0);
		expect(c.query.prints.filter((p) => p.text === "at 0")).toHaveLength(1);
	});
});

describe("results of parts", () => {
	test("are kept, and made again where there are too many", () => {
		const results = new PartResults();
		expect(results.get("a")).toBe(undefined);
		expect([results.put("a", 1), results.put("b", undefined), results.put("c", false)]).toEqual([1, undefined, false]);
		expect(["a", "b", "c"].map((p) => results.get(p))).toEqual([1, undefined, false]);
		for (let i = 0; i < 4094; i++) results.put(i, i);
		expect([results.get("a"), results.get(4093)]).toEqual([1, 4093]);
		results.put("last", 2);
		expect([results.get("a"), results.get(4093), results.get("last")]).toEqual([undefined, undefined, 2]);
	});
	test("of a part and another text: the last", () => {
		const results = new LastResults();
		expect([results.put("p", "a", "1"), results.put("q", "a", "2")]).toEqual(["1", "2"]);
		expect([results.get("p", "a"), results.get("q", "a"), results.get("p", "b")]).toEqual(["1", "2", undefined]);
		results.put("p", "b", "3");
		expect([results.get("p", "a"), results.get("p", "b"), results.get("q", "a")]).toEqual([undefined, "3", "2"]);
		// Only texts, and no long ones.
		const text = "x".repeat(1024);
		expect([results.put("r", text, text), results.get("r", text)]).toEqual([text, text]);
		for (const [other, result] of [
			[`${text}x`, "a"],
			["a", `${text}x`],
			[1, "a"],
			["a", 1],
			["a", undefined],
		] as const) {
			expect(results.put("s", other, result)).toBe(result);
			expect(results.get("s", other)).toBe(undefined);
		}
	});
	test("of a part and another text, made again where there are too many", () => {
		const results = new LastResults();
		for (let i = 0; i < 4096; i++) results.put(i, "a", "b");
		results.put(0, "b", "c");
		expect([results.get(0, "b"), results.get(4095, "a")]).toEqual(["c", "b"]);
		results.put(4096, "a", "b");
		expect([results.get(0, "b"), results.get(4095, "a"), results.get(4096, "a")]).toEqual([undefined, undefined, "b"]);
	});
});

describe("calls that are not made twice", () => {
	const counting = () => {
		let runs = 0;
		const run = remembering((_c, args) => {
			runs++;
			return args[0] === 0 ? undefined : [...args];
		});
		return { run, runs: () => runs };
	};
	test("in a context", () => {
		const { run, runs } = counting();
		const [c, d] = [context(), context()];
		for (const one of [c, c, d, d]) expect(run(one, [1, "a"])).toEqual([1, "a"]);
		expect(runs()).toBe(2);
		run(c, [11]);
		run(c, [1, 1]);
		run(c, [1, 1, "a"]);
		expect(runs()).toBe(5);
		run(c, [0]);
		run(c, [0]);
		expect(runs()).toBe(7);
	});
	/** Pairs that are equal and not the same: small ones are one operand, large ones two. */
	const words = (n: number) => "x".repeat(n);
	const rows: readonly (readonly [string, () => Value, isOne: boolean])[] = [
		["an array", () => [1, [2]], true],
		["a set", () => RegoSet.of([1, 2]), true],
		["an object", () => ({ a: { b: 1 } }), true],
		["an object of other keys", () => objectOf([[1, 2]]), true],
		["a decimal", () => numberFromText("1.50"), true],
		["numbers in an array", () => range(4094), true],
		["more numbers in an array", () => range(4095), false],
		["texts in an array", () => [words(4092), 1], true],
		["longer texts in an array", () => [words(4092), 1, 1], false],
		["a text in arrays", () => [[[words(4091)]]], true],
		["a longer text in arrays", () => [[[words(4092)]]], false],
		["members of a set", () => RegoSet.of(range(4094)), true],
		["more members of a set", () => RegoSet.of(range(4095)), false],
		["values of an object", () => ({ ab: words(4091), c: 1 }), false],
		["fewer values of an object", () => ({ ab: words(4089), c: 1 }), true],
		["a nested object", () => ({ a: { b: words(4090) } }), true],
		["a nested object with more", () => ({ a: { b: words(4091) } }), false],
		["entries of an object of other keys", () => objectOf(range(2047).map((i) => [i, 1])), true],
		["more entries of an object of other keys", () => objectOf(range(2048).map((i) => [i, 1])), false],
		["many entries of an object of other keys", () => objectOf(range(4096).map((i) => [i, 1])), false],
	];
	test.each(rows)("%s", (_note, make, isOne) => {
		const { run, runs } = counting();
		const c = context();
		const [one, other] = [make(), make()];
		for (const v of [one, other, one, other]) run(c, [v]);
		expect(runs()).toBe(isOne ? 1 : 2);
	});
});

describe("what is kept for other decisions", () => {
	const sizes: readonly (readonly [Value | typeof UNDEFINED, number])[] = [
		[UNDEFINED, 1],
		[1, 1],
		[null, 1],
		["a".repeat(31), 1],
		["a".repeat(32), 2],
		["a".repeat(100), 4],
		[numberFromText("1.50"), 1],
		[[1, [2, 3]], 5],
		[RegoSet.of([1, "a"]), 3],
		[{ a: 1, b: { c: 2 } }, 7],
		[
			objectOf([
				[1, 2],
				["a", [3]],
			]),
			6,
		],
		[{}, 1],
	];
	test("is counted in values", () => {
		const c = context();
		expect(sizes.map(([v]) => new Kept().take(v, 0, c))).toEqual(sizes.map(([, size]) => size));
	});
	test("has room for a million", () => {
		const c = context();
		const kept = new Kept();
		expect(kept.take(new Array(1_000_001), 0, c)).toBe(undefined);
		expect(kept.take(new Array(999_999).fill(1), 0, c)).toBe(1_000_000);
		expect(kept.take(1, 0, c)).toBe(undefined);
		kept.give(2);
		expect([kept.take([1, 2], 0, c), kept.take([1], 0, c), kept.take(UNDEFINED, 0, c)]).toEqual([
			undefined,
			2,
			undefined,
		]);
	});
	test("is evaluated once", () => {
		const c = context();
		const kept = new Kept();
		const runs: Value[] = [];
		const ask = (rule: number, v: Value | undefined, fails = false) =>
			kept.value(c, rule, () => {
				runs.push(rule);
				if (fails) c.query.error("no");
				return v;
			});
		for (let i = 0; i < 2; i++)
			expect([ask(1, "a"), ask(2, undefined), ask(3, false)]).toEqual(["a", undefined, false]);
		expect(runs).toEqual([1, 2, 3]);
		expect([1, 2, 3, 4].map((r) => kept.get(r))).toEqual(["a", UNDEFINED, false, undefined]);
		// What met an error is evaluated each time.
		for (let i = 0; i < 2; i++) expect(ask(5, 7, true)).toBe(7);
		expect(runs).toEqual([1, 2, 3, 5, 5]);
		expect([kept.get(5), kept.byKey(5)]).toEqual([undefined, undefined]);
	});
	test("by keys until all of it is", () => {
		const c = context();
		const kept = new Kept();
		const some = kept.byKey(1);
		expect([some?.isKept, kept.byKey(1) === some, kept.byKey(2) === some]).toEqual([true, true, false]);
		if (some === undefined) throw new Error("no values by keys");
		some.put(some.below(some.root, "a"), new Array(999_000).fill(1), 0, c);
		expect(kept.take(new Array(1000).fill(1), 0, c)).toBe(undefined);
		kept.value(c, 1, () => 7);
		// Their room is given back.
		expect(kept.take(new Array(999_000).fill(1), 0, c)).toBe(999_001);
		expect(kept.byKey(1) === some).toBe(false);
	});
	test("at so many keys", () => {
		const kept = new KnownByKey({ take: () => 3, give: (n) => given.push(n) });
		const given: number[] = [];
		const c = context();
		for (let i = 0; i < 10_000; i++) kept.below(kept.root, i);
		const place = kept.root.below?.get(5);
		if (place === undefined) throw new Error("not kept");
		kept.put(place, "v", 0, c);
		kept.put(kept.root, UNDEFINED, 0, c);
		expect([place.value, kept.root.value, kept.root.below?.size, given]).toEqual(["v", UNDEFINED, 10_000, []]);
		kept.below(kept.root, "more");
		expect([kept.root.value, kept.root.below?.size, given]).toEqual([undefined, 1, [6]]);
		kept.clear();
		expect([kept.root.below, given]).toEqual([undefined, [6, 0]]);
		// Within one evaluation there is no end.
		const own = new KnownByKey();
		for (let i = 0; i < 10_001; i++) own.below(own.root, i);
		expect([own.isKept, own.root.below?.size]).toEqual([false, 10_001]);
		const full = new KnownByKey({ take: () => undefined, give: () => {} });
		full.put(full.root, "v", 0, c);
		expect(full.root.value).toBe(undefined);
	});
});

describe("rules by their keys", () => {
	/** Rule 0 has `{i: {j: i + j}}`; functions 10 and 11 are it at one key and at two. Counts what is evaluated. */
	const program = (
		more: {
			readonly whole?: boolean;
			readonly mayBeWhole?: boolean;
			readonly fails?: string;
			readonly isKept?: boolean;
		} = {},
	) => {
		const asked = { all: 0, one: 0, two: 0 };
		const at = { ms: 0, eachMs: 0, allMs: 0 };
		let memo: Value | undefined;
		const rowOf = (i: Value | undefined): Value => ({ k1: `${i}1`, k2: `${i}2`, k2999: `${i}2999` });
		const by = new RulesByKey(
			{
				knownRule: () => memo,
				rule: () => {
					asked.all++;
					at.ms += at.allMs;
					if (more.fails !== undefined) throw new RegoError(more.fails as "eval_conflict_error", "no");
					memo = "all of it";
					return memo;
				},
				isKept: () => more.isKept === true,
				call: (_c, func, keys) => {
					at.ms += at.eachMs;
					if (func === 11) {
						asked.two++;
						return `${keys[0]}${keys[1]}`;
					}
					asked.one++;
					if (more.fails !== undefined && keys[0] === "whole")
						throw new RegoError(more.fails as "eval_conflict_error", "no");
					return keys[0] === "none" ? undefined : rowOf(keys[0]);
				},
			},
			[{ rule: 0, by: [10, 11], whole: more.whole !== false }],
			more.mayBeWhole,
		);
		return { by, asked, at, forget: () => (memo = undefined) };
	};
	const still = (at: { ms: number }) => vi.spyOn(performance, "now").mockImplementation(() => at.ms);

	test("are evaluated at each key once", () => {
		const { by, asked, at } = program();
		still(at);
		const c = context();
		for (let i = 0; i < 2; i++) {
			expect(by.value(c, 0, ["a", "k1"])).toBe("ak1");
			expect(by.value(c, 0, ["b"])).toMatchObject({ k1: "b1" });
			expect(by.value(c, 0, ["b", "k2"])).toBe("b2");
			expect(by.value(c, 0, ["none"])).toBe(undefined);
			expect(by.value(c, 0, ["none", "k"])).toBe(undefined);
			expect(by.value(c, 0, ["a", "k3", "x"])).toBe(undefined);
		}
		expect(asked).toEqual({ all: 0, one: 2, two: 2 });
	});
	test("without keys, or not known by keys, are evaluated as they are", () => {
		const { by, asked } = program();
		expect(by.value(context(), 0, [])).toBe("all of it");
		expect(by.value(context(), 7, ["a"])).toBe(undefined);
		expect(asked).toEqual({ all: 1, one: 0, two: 0 });
		const other = program();
		expect(other.by.value(context(), 7, ["a"])).toBe(undefined);
		expect(other.asked).toEqual({ all: 1, one: 0, two: 0 });
	});
	/** How many keys are asked for before all of it is evaluated. */
	const keysUntilAll = (c: EvalContext, p: ReturnType<typeof program>, most = 3000): number => {
		still(p.at);
		const before = p.asked.all;
		let n = 0;
		while (p.asked.all === before && n < most) p.by.value(c, 0, [`i${n++}`]);
		return n;
	};
	test("are evaluated at once where many keys are asked for", () => {
		expect(keysUntilAll(context(limited), program())).toBe(33);
		expect(keysUntilAll(context(), program())).toBe(2001);
		expect(keysUntilAll(context(limited), program({ whole: false }), 100)).toBe(100);
		expect(keysUntilAll(context(limited), program({ mayBeWhole: false }), 100)).toBe(100);
	});
	test("are evaluated at once where single keys have taken long", () => {
		const taking = (eachMs: number, more = {}) => {
			const p = program(more);
			p.at.eachMs = eachMs;
			return keysUntilAll(context(more === undefined ? {} : { kept: new Kept() }), p);
		};
		expect([taking(0.4), taking(0.5), taking(5), taking(0.1)]).toEqual([4, 4, 3, 12]);
		expect(taking(5, { isKept: true })).toBe(6);
	});
	test("are evaluated at once below a key, too", () => {
		const until = (c: EvalContext, eachMs: number): number => {
			const p = program();
			still(p.at);
			p.at.eachMs = eachMs;
			let n = 0;
			while (p.asked.one === 0 && n < 3000) p.by.value(c, 0, ["i", `k${n++}`]);
			expect(p.by.value(c, 0, ["i", "k2999"])).toBe("i2999");
			expect([p.asked.one, p.asked.two, p.asked.all]).toEqual([1, n - 1, 0]);
			return n;
		};
		expect([until(context(limited), 1), until(context(), 0), until(context(), 0.1), until(context(), 0.25)]).toEqual([
			33, 2001, 4, 3,
		]);
	});
	test("what all of it took is remembered: less and less patience where all is needed again", () => {
		const p = program();
		p.at.eachMs = 1;
		p.at.allMs = 16;
		const again = () => {
			p.forget();
			return keysUntilAll(context(), p);
		};
		// 1 ms at first; then a half of 16 ms, a quarter, an eighth …
		expect([again(), again(), again(), again(), again(), again(), again()]).toEqual([3, 10, 6, 4, 3, 3, 3]);
		// And more where it was not: one evaluation that asks for few.
		const few = () => {
			p.forget();
			const c = context();
			for (const k of ["a", "b"]) p.by.value(c, 0, [k]);
		};
		for (let i = 0; i < 3; i++) few();
		expect(again()).toBe(6);
	});
	test("single keys go on where all of it meets an error", () => {
		const p = program({ fails: "eval_conflict_error" });
		const c = context(limited);
		for (let i = 0; i < 40; i++) expect(p.by.value(c, 0, [`i${i}`])).toBeDefined();
		expect(p.asked).toEqual({ all: 1, one: 40, two: 0 });
		const cancelled = program({ fails: "eval_cancel_error" });
		for (let i = 0; i < 32; i++) cancelled.by.value(c, 0, [`j${i}`]);
		const fresh = context(limited);
		for (let i = 0; i < 32; i++) cancelled.by.value(fresh, 0, [`j${i}`]);
		expect(() => cancelled.by.value(fresh, 0, ["more"])).toThrow("no");
	});
});

describe("names of objects", () => {
	const named = (n: number): { [name: string]: Value } => Object.fromEntries(range(n).map((i) => [`k${n - i}`, i]));
	test("of large ones are listed once", () => {
		const [small, large] = [named(63), named(64)];
		expect(namesOf(small, false, true)).not.toBe(namesOf(small, false, true));
		expect(namesOf(large, false, true)).toBe(namesOf(large, false, true));
		expect(namesOf(large, true, true)).toBe(namesOf(large, true, true));
		expect(namesOf(large, false, true)).toEqual(Object.keys(large));
		expect(namesOf(large, true, true)).toEqual(Object.keys(large).sort());
		expect(namesOf(small, true, true)).toEqual(Object.keys(small).sort());
		expect(listed.used).toBe(true);
	});
	test("of inputs until the evaluation ends", () => {
		const [input, base] = [named(70), named(70)];
		const before = [namesOf(input, true, false), namesOf(base, true, true)];
		expect([namesOf(input, true, false), namesOf(base, true, true)].map((n, i) => n === before[i])).toEqual([
			true,
			true,
		]);
		context();
		expect([namesOf(input, true, false), namesOf(base, true, true)].map((n, i) => n === before[i])).toEqual([
			false,
			true,
		]);
	});
	test("that have no value are none", () => {
		const o = { ...named(70), none: undefined } as unknown as { [name: string]: Value };
		expect([namesOf(o, false, false).length, sizeOfPlain(o, false)]).toEqual([70, 70]);
		const few = { a: 1, none: undefined } as unknown as { [name: string]: Value };
		expect(sizeOfPlain(few, false)).toBe(1);
	});
	test("sizes are those of plain objects", () => {
		const others: readonly Value[] = [
			1,
			"a",
			null,
			true,
			[1],
			RegoSet.of([1]),
			objectOf([[1, 2]]),
			numberFromText("1.50"),
		];
		expect(others.map((v) => sizeOfPlain(v, false))).toEqual(others.map(() => undefined));
		expect([sizeOfPlain({}, false), sizeOfPlain({ a: 1 }, true)]).toEqual([0, 1]);
		expect([{}, { a: 1 }, [], null, RegoSet.of([])].map((v) => isEmptyObject(v, false))).toEqual([
			true,
			false,
			false,
			false,
			false,
		]);
	});
});

describe("groups of entries", () => {
	test("each has its entries in their order", () => {
		const groups = new Groups([]);
		const rows: readonly (readonly [Value, Value])[] = [
			["a", 0],
			[1, 1],
			["a", 2],
			[[1], 3],
			[numberFromText("1.0"), 4],
			[[1], 5],
			["\u0000", 6],
		];
		for (const [value, at] of rows) groups.add(value, at);
		expect(["a", 1, [1], "\u0000", "b", 2].map((v) => groups.get(v as Value))).toEqual([
			[0, 2],
			[1, 4],
			[3, 5],
			[6],
			[],
			[],
		]);
	});

	const keyOf = (_k: Value, v: Value): readonly Value[] | undefined =>
		v === "none" ? undefined : [(v as { g: Value }).g];
	const source = range(16).map((i) => ({ g: i % 3, i }));
	test("are made when a collection comes again", () => {
		const c = context();
		const site = new GroupedScan();
		let keys = 0;
		const ask = (of: Value, g: Value) =>
			site.entries(c, of, [g], (k, v) => {
				keys++;
				return keyOf(k, v);
			});
		expect(ask(source, 1)).toBe(undefined);
		expect(ask(source, 1)?.map(([k]) => k)).toEqual([1, 4, 7, 10, 13]);
		expect([ask(source, 2)?.length, ask(source, 3)]).toEqual([5, []]);
		expect(keys).toBe(16);
		const small = source.slice(0, 15);
		expect([ask(small, 1), ask(small, 1), ask("text", 1), ask(null, 1), ask(1, 1)]).toEqual(
			range(5).map(() => undefined),
		);
		// Another in between, and it is met anew.
		const other = [...source];
		expect([ask(other, 1), ask(source, 1), ask(source, 1)?.length]).toEqual([undefined, undefined, 5]);
		const object = { a: { g: 1 }, b: "none" };
		expect([ask(object, 1), ask(object, 1)]).toEqual([undefined, [["a", { g: 1 }]]]);
	});
	test("are another evaluation's in another, and of one place", () => {
		const site = new GroupedScan();
		for (const c of [context(), context()]) expect(site.entries(c, source, [1], keyOf)).toBe(undefined);
		const c = context();
		expect([site.entries(c, source, [1], keyOf), new GroupedScan().entries(c, source, [1], keyOf)]).toEqual([
			undefined,
			undefined,
		]);
	});
	test("have the entries of which nothing is known in each", () => {
		const c = context();
		const site = new GroupedScan();
		const odd = [{ g: "fails", i: -1 }, ...source, { g: "fails", i: -2 }];
		const fails = (_k: Value, v: Value): readonly Value[] | undefined =>
			(v as { g: Value }).g === "fails" ? c.query.error("no") : keyOf(_k, v);
		site.entries(c, odd, [1], fails);
		expect(site.entries(c, odd, [1], fails)?.map(([k]) => k)).toEqual([0, 2, 5, 8, 11, 14, 17]);
		expect(site.entries(c, odd, [9], fails)?.map(([k]) => k)).toEqual([0, 17]);
		expect(c.errorCount).toBe(0);
	});
	test("are not made where calls are replaced, and count their steps", () => {
		const c = context();
		const layer = makeLayer(c, [{ target: "builtin", index: 0, by: { builtin: 1 } }], [undefined]);
		const site = new GroupedScan();
		for (let i = 0; i < 3; i++) expect(site.entries(layer, source, [1], keyOf)).toBe(undefined);
		const counted = context({ limits: { steps: 15 } });
		site.entries(counted, source, [1], keyOf);
		expect(() => site.entries(counted, source, [1], keyOf)).toThrow("exceeded the limit of 15 steps");
		const enough = context({ limits: { steps: 16 } });
		site.entries(enough, source, [1], keyOf);
		expect(site.entries(enough, source, [1], keyOf)).toHaveLength(5);
	});
});

describe("definitions that are selected", () => {
	const reads: readonly Read[] = [
		{ from: -1, step: { op: "input" } },
		{ from: 0, step: { op: "key", key: "a", stored: false } },
		{ from: 0, step: { op: "key", key: "b", stored: false } },
		{ from: 2, step: { op: "each" } },
		{ from: -1, step: { op: "argument", local: 0 } },
		{ from: 3, step: { op: "key", key: "c", stored: false } },
	];
	const scalar = fc.constantFrom<string | number | null | boolean>("", "a", "ab", "abc", "b", 1, 2, null, true);
	const atom = fc
		.tuple(fc.constantFrom(0, 1, 3, 4, 5), fc.constantFrom("is" as const, "begins" as const, "ends" as const), scalar)
		.filter(([, test, what]) => test === "is" || (typeof what === "string" && what !== ""));
	const clause = fc.array(atom, { minLength: 1, maxLength: 2 });
	const definitions = fc.array(fc.array(clause, { maxLength: 3 }), { minLength: 1, maxLength: 60 });
	const element = fc.oneof(scalar, fc.record({ c: scalar }));
	const list = fc.oneof(
		fc.array(element, { maxLength: 4 }),
		fc.array(element, { maxLength: 4 }).map((l) => RegoSet.of(l as Value[])),
		fc.dictionary(fc.constantFrom("x", "y"), element),
		fc.array(element, { maxLength: 3 }).map((l) => objectOf(l.map((v, i) => [i, v as Value]))),
		scalar,
	);
	const input = fc.oneof(scalar, fc.record({ a: scalar, b: list }, { requiredKeys: [] }));

	/** The simplest there is: all values of a read. */
	function valuesOf(read: number, of: Value, arg: Value): readonly Value[] {
		const { from, step } = reads[read] as Read;
		const outer = from < 0 ? [] : valuesOf(from, of, arg);
		const isPlain = (v: Value): v is { readonly [k: string]: Value } =>
			typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof RegoSet) && !(v instanceof RegoObject);
		if (step.op === "input") return [of];
		if (step.op === "argument") return [arg];
		if (step.op === "key")
			return outer.flatMap((v) => (isPlain(v) && v[step.key] !== undefined ? [v[step.key] as Value] : []));
		return outer.flatMap((v): readonly Value[] => {
			if (Array.isArray(v)) return v as readonly Value[];
			if (v instanceof RegoSet) return v.sorted();
			if (v instanceof RegoObject) return v.sorted().map(([, x]) => x);
			return isPlain(v) ? Object.values(v) : [];
		});
	}
	function holds(c: Clause, of: Value, arg: Value): boolean {
		return c.some(([read, test, what]) =>
			valuesOf(read, of, arg).some((v) => {
				if (test === "is") return v === what;
				// What is no text may be an error of the builtin, which the definition reports.
				return typeof v !== "string" || (test === "begins" ? v.startsWith(what as string) : v.endsWith(what as string));
			}),
		);
	}

	test("are all that can succeed, in their order, and no others that one condition rules out", () => {
		fc.assert(
			fc.property(definitions, fc.array(fc.tuple(input, scalar), { minLength: 1, maxLength: 3 }), (list, questions) => {
				const conditions = { reads, definitions: list } as unknown as Conditions;
				const selector = new Selector(conditions);
				for (const [of, arg] of questions) {
					const selected = selector.select(context({}, of as Value), [arg]);
					const can = list.flatMap((clauses, i) =>
						clauses.every((c) => holds(c as unknown as Clause, of as Value, arg)) ? [i] : [],
					);
					expect(can.filter((i) => !selected.includes(i))).toEqual([]);
					expect(selected).toEqual([...new Set(selected)].sort((a, b) => a - b));
					const idle = selected.filter(
						(i) => list[i]?.length !== 0 && !list[i]?.some((c) => holds(c as unknown as Clause, of as Value, arg)),
					);
					expect(idle).toEqual([]);
				}
			}),
			{ numRuns: 150 },
		);
	});
	test("are tried once where their branches ask the same", () => {
		const clause: Clause = [
			[1, "ends", "a"],
			[1, "ends", "a"],
			[1, "is", 1],
			[1, "is", 1],
		];
		const selector = new Selector({ reads, definitions: [[clause], [clause]] });
		const select = (a: Value) => selector.select(context({}, { a }), []);
		expect([select("ba"), select(1), select([]), select("b")]).toEqual([[0, 1], [0, 1], [0, 1], []]);
	});
	test("of those that share a condition, by another of theirs", () => {
		const clauses = range(40).map((i): readonly Clause[] => [[[1, "is", "a"]], [[4, "is", i < 2 ? 0 : i]]]);
		const shared = range(40).map((): readonly Clause[] => [[[1, "is", "a"]]]);
		const select = (list: readonly (readonly Clause[])[], arg: Value, a: Value = "a") =>
			new Selector({ reads, definitions: list }).select(context({}, { a }), [arg]);
		expect([select(clauses, 5), select(clauses, 0), select(clauses, "x")]).toEqual([[5], [0, 1], []]);
		expect([select(shared, 5).length, select(shared, 5, "b")]).toEqual([40, []]);
		// Where most share what is left, too, it is not asked.
		const half = (n: number) =>
			range(40).map((i): readonly Clause[] => [
				[[1, "is", "a"]],
				[0, 10, 20].map((more) => [4, "is", (i < n ? 0 : 1) + more] as const),
			]);
		expect([20, 21].map((n) => [select(half(n), 0).length, select(half(n), 1).length])).toEqual([
			[20, 20],
			[40, 40],
		]);
	});
	test("of so many values that a look at each would take longer, all", () => {
		const clauses = range(10).map((i): readonly Clause[] => [[[3, "is", i]]]);
		const selector = new Selector({ reads, definitions: clauses });
		const select = (b: Value) => selector.select(context({}, { b }), []).length;
		const others = (n: number): Value[] => Array(n).fill("x");
		expect([select(others(104)), select(others(105))]).toEqual([0, 10]);
		const named = (n: number): Value => Object.fromEntries(range(n).map((i) => [`k${i}`, "x"]));
		expect([select(named(104)), select(named(105))]).toEqual([0, 10]);
		const set = (n: number): Value => RegoSet.of(range(n).map((i) => `x${i}`));
		expect([select(set(104)), select(set(105))]).toEqual([0, 10]);
		expect([
			select(objectOf(range(104).map((i) => [i, "x"]))),
			select(objectOf(range(105).map((i) => [i, "x"]))),
		]).toEqual([0, 10]);
	});
});
