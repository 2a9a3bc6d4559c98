/**
 * What evaluations remember, each thing by itself: names of large objects, members of arrays, groups, values that are
 * kept. That it is remembered changes no answer, so it is counted how often a collection is gone through.
 */
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { type EvalContext, UNDEFINED } from "../../src/eval/context.ts";
import { isPureOwn } from "../../src/eval/grouped-scan.ts";
import { Groups } from "../../src/eval/groups.ts";
import { Kept } from "../../src/eval/kept.ts";
import { KnownByKey } from "../../src/eval/known-by-key.ts";
import { isEmptyObject, listed, namesOf, sizeOfPlain } from "../../src/eval/listings.ts";
import { MemberSite } from "../../src/eval/member-index.ts";
import { RegoObject, RegoSet } from "../../src/index.ts";
import { parseJson } from "../../src/value/json.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";

const sized = (n: number): PlainObject => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${n - i}`, i]));

/** An object that counts how often its names are listed. */
function counted(n: number): { readonly o: PlainObject; readonly listings: () => number } {
	let count = 0;
	const o = new Proxy(sized(n) as object, {
		ownKeys: (target) => {
			count++;
			return Reflect.ownKeys(target);
		},
	}) as PlainObject;
	return { o, listings: () => count };
}

describe("names of an object", () => {
	/** How often it is listed for three questions, the last of which another evaluation asks. */
	const rows: readonly (readonly [note: string, size: number, stable: boolean, listings: number])[] = [
		["of few are listed each time", 63, false, 3],
		["of many are listed once for an evaluation", 64, false, 2],
		["of many that never change are listed once", 64, true, 1],
	];
	for (const [note, size, stable, want] of rows) {
		test(note, () => {
			const { o, listings } = counted(size);
			expect(namesOf(o, false, stable)).toEqual(Object.keys(sized(size)));
			expect(namesOf(o, false, stable)).toHaveLength(size);
			listed.evaluation++;
			expect(namesOf(o, false, stable)).toHaveLength(size);
			expect(listings()).toBe(want);
		});
	}
	test("come in order, which is made once", () => {
		const { o } = counted(64);
		const names = Object.keys(sized(64)).sort();
		expect(namesOf(counted(63).o, true, false)).toEqual(Object.keys(sized(63)).sort());
		expect(namesOf(o, true, true)).toEqual(names);
		expect(namesOf(o, true, true)).toBe(namesOf(o, true, true));
		expect(namesOf(o, false, true)[0]).toBe("k64");
		const other = counted(64).o;
		expect(namesOf(other, false, true)[0]).toBe("k64");
		expect(namesOf(other, true, true)).toEqual(names);
		expect(namesOf(other, true, true)).toBe(namesOf(other, true, true));
	});
	const sizes: readonly (readonly [note: string, v: Value, size: number | undefined])[] = [
		["an object", { a: 1, b: 2 }, 2],
		["none", {}, 0],
		["entries that are undefined", { a: 1, b: undefined } as unknown as Value, 1],
		["many, some of them undefined", { ...sized(70), k1: undefined } as unknown as Value, 69],
		["an array", [], undefined],
		["null", null, undefined],
		["a text", "", undefined],
		["a set", RegoSet.of([]), undefined],
		["an object with other keys", new RegoObject(), undefined],
		["a number", parseJson("1e400"), undefined],
	];
	for (const [note, v, size] of sizes) {
		test(`as many as there are: ${note}`, () => {
			expect(sizeOfPlain(v, false)).toBe(size);
			expect(sizeOfPlain(v, true)).toBe(size);
			expect(isEmptyObject(v, false)).toBe(size === 0);
		});
	}
});

describe("members of an array", () => {
	/** An array that counts how often it is gone through. */
	function list(items: readonly Value[]): { readonly of: readonly Value[]; readonly turns: () => number } {
		let count = 0;
		const of = new Proxy([...items], {
			get: (target, key, receiver) => {
				if (key === Symbol.iterator) count++;
				return Reflect.get(target, key, receiver) as unknown;
			},
		});
		return { of, turns: () => count };
	}
	const texts = (n: number): Value[] => Array.from({ length: n }, (_, i) => `m${i}`);

	test("of few are searched each time, of many once and then hashed", () => {
		const few = list(texts(23));
		const many = list(texts(24));
		const site = new MemberSite();
		for (let i = 0; i < 4; i++) {
			expect([site.has(few.of, "m22"), site.has(few.of, "x")]).toEqual([true, false]);
			expect([site.has(many.of, "m23"), site.has(many.of, "x")]).toEqual([true, false]);
		}
		expect([few.turns(), many.turns()]).toEqual([8, 2]);
		// Another place asks the same array.
		expect([new MemberSite().has(many.of, "m0"), many.turns()]).toEqual([true, 2]);
	});
	test("are told apart by what they are", () => {
		const odd: Value[] = [
			[],
			{ a: 1 },
			null,
			true,
			1,
			1.5,
			parseJson("1e400"),
			RegoSet.of([1]),
			"\u0000c[]",
			"\u0000x",
		];
		const none: Value[] = [[1], {}, false, "true", "1", 2, "", "c[]", RegoSet.of([]), "null"];
		for (const more of [odd, odd.slice(0, 8)]) {
			const site = new MemberSite();
			const all = [...texts(24), ...more];
			for (let i = 0; i < 3; i++) {
				for (const v of more) expect([v, site.has(all, v)]).toEqual([v, true]);
				for (const v of none) expect([v, site.has(all, v)]).toEqual([v, false]);
			}
			expect(site.has(all, "\u0000c[]")).toBe(more.length > 8);
		}
	});
	test("of one array after another", () => {
		const site = new MemberSite();
		const [a, b] = [texts(30), [...texts(29), "z"]];
		for (let i = 0; i < 3; i++) {
			expect([site.has(a, "m29"), site.has(b, "m29"), site.has(a, "z"), site.has(b, "z")]).toEqual([
				true,
				false,
				false,
				true,
			]);
		}
	});
});

test("groups have what was added under a value, in its order", () => {
	const source: Value = [];
	const groups = new Groups(source);
	expect(groups.source).toBe(source);
	const values: readonly Value[] = ["a", 1, "1", [], "\u0000c[]", "a", null, "null", 1, { k: [1] }];
	for (const [i, v] of values.entries()) groups.add(v, i);
	expect(values.map((v) => groups.get(v))).toEqual([[0, 5], [1, 8], [2], [3], [4], [0, 5], [6], [7], [1, 8], [9]]);
	expect([groups.get("b"), groups.get(2), groups.get([1])]).toEqual([[], [], []]);
});

test("only pure builtins of ours, with one result, make keys of groups", () => {
	const pure = builtins.get("lower") as Builtin;
	expect(
		[pure, undefined, { ...pure, module: "" }, { ...pure, pure: false }, { ...pure, relation: true }].map(isPureOwn),
	).toEqual([true, false, false, false, false]);
});

describe("values that are kept", () => {
	const c = { errorCount: 0 } as EvalContext;
	const room = 1_000_000;
	/** A value of this size, which takes no time to make. */
	const large = (size: number): Value => "x".repeat(32 * (size - 1));
	const sizes: readonly (readonly [note: string, v: Value | typeof UNDEFINED, size: number | undefined])[] = [
		["nothing", UNDEFINED, 1],
		["a scalar", 1, 1],
		["null", null, 1],
		["a short text", "x".repeat(31), 1],
		["a text of thirty-two", "x".repeat(32), 2],
		["a number", parseJson("1e400"), 1],
		["an array", [1, [2, 3]], 5],
		["a set", RegoSet.of([1, "a"]), 3],
		["an object, its names too", { a: 1, b: [2] }, 6],
		["an object with undefined entries", { a: undefined } as unknown as Value, 1],
		["as much as there is room", large(room), room],
		["one more", large(room + 1), undefined],
		["more than can be looked through", new Array<Value>(room + 1).fill(0), undefined],
	];
	for (const [note, v, size] of sizes) test(`take room: ${note}`, () => expect(new Kept().take(v, 0, c)).toBe(size));

	test("share one room, and give theirs back", () => {
		const kept = new Kept();
		const half = large(room / 2);
		expect([kept.take(half, 0, c), kept.take(half, 0, c), kept.take(1, 0, c)]).toEqual([room / 2, room / 2, undefined]);
		kept.give(1);
		expect([kept.take(1, 0, c), kept.take(1, 0, c)]).toEqual([1, undefined]);
	});
	test("are not kept where an error was met", () => {
		expect(new Kept().take(1, 1, c)).toBeUndefined();
		let calls = 0;
		const kept = new Kept();
		const failing = { errorCount: 0 };
		const evaluate = (): Value => {
			calls++;
			failing.errorCount++;
			return 1;
		};
		for (let i = 0; i < 3; i++) expect(kept.value(failing as EvalContext, 0, evaluate)).toBe(1);
		expect([calls, kept.get(0), kept.byKey(0)]).toEqual([3, undefined, undefined]);
	});
	test("are evaluated once, undefined or not", () => {
		const kept = new Kept();
		const values = [undefined, 7];
		for (const [rule, v] of values.entries()) {
			let calls = 0;
			for (let i = 0; i < 3; i++) {
				expect(
					kept.value(c, rule, () => {
						calls++;
						return v;
					}),
				).toBe(v);
			}
			expect([calls, kept.get(rule)]).toEqual([1, v ?? UNDEFINED]);
		}
		expect(kept.get(2)).toBeUndefined();
	});
	test("by keys, as long as the rule as a whole is not known", () => {
		const kept = new Kept();
		const known = kept.byKey(0) as KnownByKey;
		expect(kept.byKey(0)).toBe(known);
		expect([known.isKept, new KnownByKey().isKept]).toEqual([true, false]);
		const place = known.below(known.root, "a");
		known.put(place, [1, 2], 0, c);
		expect([known.root.below?.get("a"), place.value]).toEqual([place, [1, 2]]);
		const left = large(room - 2);
		expect(kept.take(left, 0, c)).toBeUndefined();
		kept.value(c, 0, () => 1);
		// What was known by keys has given its room back; the whole takes one.
		expect([known.root.below, kept.byKey(0) === known]).toEqual([undefined, false]);
		expect(kept.take(left, 0, c)).toBe(room - 2);
	});
	test("by keys, with errors and without room, are not", () => {
		const kept = new Kept();
		const known = kept.byKey(0) as KnownByKey;
		known.put(known.root, 1, 1, c);
		expect(known.root.value).toBeUndefined();
		const own = new KnownByKey();
		own.put(own.root, 1, 1, c);
		expect(own.root.value).toBe(1);
	});
	test("by keys are forgotten when there are too many", () => {
		const kept = new Kept();
		const known = kept.byKey(0) as KnownByKey;
		const own = new KnownByKey();
		for (let i = 0; i < 10_000; i++) {
			known.put(known.below(known.root, i), i, 0, c);
			own.below(own.root, i);
		}
		expect(known.root.below?.size).toBe(10_000);
		known.below(known.root, "one more");
		own.below(own.root, "one more");
		expect([known.root.below?.size, own.root.below?.size]).toEqual([1, 10_001]);
		expect(kept.take(large(room), 0, c)).toBe(room);
	});
});
