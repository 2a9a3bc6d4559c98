/** A short run of the fuzzer; `npm run fuzz:agent` is the long one. */
import { expect, it } from "vitest";
import { fuzzGate } from "./fuzz/gate-fuzz.ts";

for (const seed of [1, 20_261_121]) {
	it(`hostile streams get nothing through, and an answer each (seed ${seed})`, async () => {
		const report = await fuzzGate(4000, seed);
		expect(report.failures).toEqual([]);
		expect(report.messages).toBe(4000);
		expect(report.forwarded).toBeGreaterThan(200);
		expect(report.answered).toBeGreaterThan(2000);
	});
}
