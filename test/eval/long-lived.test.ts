/** Policies that are asked many times, over other inputs and data, answer as one that was compiled for each decision alone. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { diceOf } from "../../conformance/differential/dice.ts";
import { longLived } from "../../conformance/differential/long-lived.ts";
import { programs, programTexts } from "../../conformance/differential/program.ts";

test("random programs (more: conformance/differential/long-lived-run.ts)", () => {
	let taken = 0;
	fc.assert(
		fc.property(programs("all", false), fc.integer(), (program, n) => {
			const difference = longLived(programTexts(program), diceOf(n), false);
			if (difference === null) return;
			taken++;
			expect(difference).toBeUndefined();
		}),
		{ seed: 26, numRuns: 12 },
	);
	// Most programs are refused: enough must be left.
	expect(taken).toBeGreaterThan(2);
});
