/** Sets and objects with composite members and keys: what is found is what is equal, whatever hashes they have. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { membersIn, RegoObject, RegoSet, setOwn, united } from "../../src/value/collections.ts";
import { equal } from "../../src/value/compare.ts";
import { hashOf } from "../../src/value/hash.ts";
import { numberFromText } from "../../src/value/number.ts";
import { isArray, isPlainObject, isSet, type Value } from "../../src/value/value.ts";
import { regoValue } from "./arbitrary.ts";

const value = regoValue();
const many = fc.array(value, { maxLength: 40 });

/** An equal value: keys and members in another order, integers in another spelling. */
function respelled(v: Value): Value {
	if (typeof v === "number" && Number.isSafeInteger(v)) return numberFromText(`${v}.0`);
	if (isArray(v)) return v.map(respelled);
	if (isSet(v)) return RegoSet.of([...v.sorted()].reverse().map(respelled));
	if (!isPlainObject(v)) return v;
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(v).reverse()) setOwn(out, k, respelled(v[k] as Value));
	return out;
}

/** Without any hash. */
function distinct(values: readonly Value[]): readonly Value[] {
	const out: Value[] = [];
	for (const v of values) if (!out.some((o) => equal(o, v))) out.push(v);
	return out;
}

/** 2^n different strings that have one hash: "Aa" and "BB" add up to the same. */
function meeting(n: number): string[] {
	let out = [""];
	for (let i = 0; i < n; i++) out = out.flatMap((s) => [`${s}Aa`, `${s}BB`]);
	return out;
}

describe("hashes", () => {
	test("of equal values are equal", () => {
		fc.assert(
			fc.property(value, (v) => hashOf(v) === hashOf(respelled(v))),
			{ numRuns: 500 },
		);
	});
	test("of a value that holds another many times over come at once", () => {
		let v: Value = [1, "x"];
		for (let i = 0; i < 60; i++) v = { a: [v, v, v], b: v };
		expect(hashOf(v)).toBe(hashOf(v));
	});
});

describe("sets", () => {
	test("have what is equal to a member, and nothing else", () => {
		fc.assert(
			fc.property(many, value, (values, other) => {
				const set = RegoSet.of(values);
				expect(set.size).toBe(distinct(values).length);
				for (const v of values) expect(set.has(respelled(v))).toBe(true);
				expect(set.has(other)).toBe(values.some((v) => equal(v, other)));
			}),
			{ numRuns: 300 },
		);
	});
	test("are united, intersected and subtracted member by member", () => {
		fc.assert(
			fc.property(many, many, many, (a, b, both) => {
				const [x, y] = [RegoSet.of([...a, ...both]), RegoSet.of([...both, ...b].map(respelled))];
				expect([...united([x, y])]).toEqual([...RegoSet.of([...x.sorted(), ...y.sorted()])]);
				expect([...membersIn(x, y, true)]).toEqual(x.sorted().filter((v) => y.has(v)));
				expect([...membersIn(x, y, false)]).toEqual(x.sorted().filter((v) => !y.has(v)));
			}),
			{ numRuns: 300 },
		);
	});
	test("find members whose hashes meet", () => {
		const members = meeting(9).map((s): Value => ({ name: [s] }));
		expect(new Set(members.map(hashOf)).size).toBe(1);
		const set = RegoSet.of([...members, ...members]);
		expect(set.size).toBe(512);
		for (const m of meeting(9)) expect(set.get({ name: [m] })).toEqual({ name: [m] });
		expect(set.has({ name: ["Aa"] })).toBe(false);
		expect(membersIn(set, RegoSet.of(members.slice(7)), false).size).toBe(7);
	});
});

test("objects find composite keys, and keep the spelling of the first", () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(value, value), { maxLength: 30 }), (entries) => {
			const o = new RegoObject();
			for (const [k, v] of entries) o.set(k, v);
			const keys = distinct(entries.map(([k]) => k));
			expect(o.size).toBe(keys.length);
			for (const k of keys) {
				expect(o.get(respelled(k))).toEqual(entries.findLast(([other]) => equal(k, other))?.[1]);
			}
			expect(RegoSet.of(o.sorted().map((e) => e[0])).sorted()).toEqual(RegoSet.of(keys).sorted());
		}),
		{ numRuns: 300 },
	);
});
