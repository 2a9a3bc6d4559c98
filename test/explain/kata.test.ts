/** The small form of `npm run why:bar`: real requests that are denied for one known change. */
import { expect, test } from "vitest";
import { kataDenials } from "../../bench/why/kata.ts";
import { type Measured, measure, summed } from "../../bench/why/measure.ts";
import { applyPatch } from "../../src/agent/policy/json-patch.ts";
import type { Operation } from "../../src/explain/explanation.ts";
import type { Value } from "../../src/value/value.ts";
import { sharedFolder } from "../agent/shared.ts";

const kata = sharedFolder("kata");

function patched(input: Value, patch: readonly Operation[]): Value {
	return applyPatch(
		input,
		patch.map(({ op, path, value }): Value => (value === undefined ? { op, path } : { op, path, value })),
	);
}

if (kata === undefined) test.skip("skipped: ../shared/kata is absent", () => {});
else {
	const said = (m: Measured): string => `${m.denied.name} ${m.denied.change.path}: ${m.explanation.causes[0]?.message}`;
	const denials = kataDenials(kata, (i) => i % 16 === 3);
	const all = denials.map((d) => measure(d, { timeMs: 60_000 }));
	const bars = summed(all);

	test("there are enough of them", () => expect(bars.count).toBeGreaterThanOrEqual(50));
	test("the changed place is in the first line", () => {
		expect(all.filter((m) => !m.inLine1).map(said)).toEqual([]);
	});
	test("it is the first place, where it is there", () => expect(bars.firstExact).toBeGreaterThanOrEqual(92));
	test("a fix is found, and it is no larger than taking the change back", () => {
		expect(bars.fixed).toBeGreaterThanOrEqual(95);
		expect(bars.smallFix).toBeGreaterThanOrEqual(90);
	});
	test("every fix that is shown holds", () => {
		const wrong = all.filter((m, i) => {
			const [fix] = m.explanation.fixes;
			const denied = denials[i];
			if (fix === undefined || denied === undefined) return false;
			return denied.policy.rule<unknown>(denied.path)(patched(denied.input, fix.patch)) !== true;
		});
		expect(wrong.map(said)).toEqual([]);
	});
}
