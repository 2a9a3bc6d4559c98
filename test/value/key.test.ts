/** Keys of hash tables: one for equal values, and of numbers none that whoever writes a document can foresee. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalKey, integerKey } from "../../src/value/key.ts";

/** What V8 makes of an integer of 32 bits to find its place in a Map: no secret is in it. */
function hostHash(n: number): number {
	let h = n >>> 0;
	h = (~h + (h << 15)) >>> 0;
	h = (h ^ (h >>> 12)) >>> 0;
	h = (h + (h << 2)) >>> 0;
	h = (h ^ (h >>> 4)) >>> 0;
	h = Math.imul(h, 2057) >>> 0;
	return (h ^ (h >>> 16)) & 0x3fffffff;
}

const buckets = 1 << 15;
const placesOf = (keys: readonly number[]): number => new Set(keys.map((k) => hostHash(k) % buckets)).size;

describe("keys of numbers", () => {
	it("spread integers that were chosen to meet", () => {
		const chosen: number[] = [];
		for (let n = 0; chosen.length < 1000; n++) if (hostHash(n) % buckets === 5) chosen.push(n);
		expect(placesOf(chosen)).toBe(1);
		expect(placesOf(chosen.map(integerKey))).toBeGreaterThan(500);
	});

	it("are texts where hosts hash by a part of the number alone", () => {
		for (const v of [0.5, 1e300, 2n ** 64n + 5n, -(2n ** 53n)]) expect(canonicalKey(v)).toBeTypeOf("string");
	});

	it("are as many as there are integers, and as small", () => {
		const edges = [0, 29, 30, 31, 32, 33, 52].flatMap((bit) => [-1, 0, 1].map((d) => 2 ** bit + d));
		const all = [...edges, ...edges.map((n) => -n), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
		const different = new Set(all.map((n) => n + 0));
		expect(new Set([...different].map(integerKey)).size).toBe(different.size);
		fc.assert(
			fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (x, y) => {
				expect(Number.isSafeInteger(integerKey(x))).toBe(true);
				expect((integerKey(x) | 0) === integerKey(x)).toBe((x | 0) === x);
				expect(integerKey(x) === integerKey(y)).toBe(x === y);
			}),
		);
		expect(integerKey(-0)).toBe(integerKey(0));
	});
});
