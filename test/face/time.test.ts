/** The time that policies see is the one that tests set. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { compile } from "../../src/index.ts";

const policy = compile({ "a.rego": "package a\nnow := time.now_ns()" }, { numbers: "exact" });
const now = (): number => Number(BigInt(policy.evaluate("data.a.now").value as bigint) / 1_000_000n);

describe("the time", () => {
	afterEach(() => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	});
	test("is the real one, and never goes back", () => {
		const before = Date.now();
		const times = Array.from({ length: 100 }, () => policy.evaluate("data.a.now").value as bigint);
		expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
		expect(now()).toBeGreaterThanOrEqual(before - 1000);
		expect(now()).toBeLessThanOrEqual(Date.now() + 1000);
	});
	test("is the one that vi.setSystemTime set", () => {
		vi.setSystemTime("2030-01-02T03:04:05.678Z");
		expect(now()).toBe(Date.parse("2030-01-02T03:04:05.678Z"));
	});
	test("is the one of fake timers, which take the fine clock's origin away", () => {
		vi.useFakeTimers({ now: 1234567890123 });
		expect(now()).toBe(1234567890123);
		vi.advanceTimersByTime(1500);
		expect(now()).toBe(1234567891623);
		// As Jest's.
		vi.stubGlobal("performance", { now: () => 0 });
		expect(now()).toBe(1234567891623);
	});
});
