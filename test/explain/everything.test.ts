/** Whatever a policy is and does, explaining it throws nothing: the conformance cases of our own, each asked why. */
import { expect, test } from "vitest";
import { readCases } from "../../conformance/cases.ts";
import { compile } from "../../src/compile.ts";
import { explain } from "../../src/explain/explain.ts";
import { sarifOf } from "../../src/explain/sarif.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { JsonValue } from "../../src/index.ts";

const wants: readonly (JsonValue | undefined)[] = [undefined, true, "zzz"];

test("of every eighth case, for several wants", () => {
	let count = 0;
	for (const [i, c] of readCases(["conformance/cases"], undefined).entries()) {
		const path = /(data(?:\.[a-zA-Z_]\w*)+)/.exec(c.query)?.[1];
		if (i % 8 !== 0 || c.skip !== undefined || path === undefined) continue;
		let policy: Parameters<typeof explain>[0];
		try {
			const modules = Object.fromEntries(c.modules.map((text, n) => [`m${n}.rego`, text]));
			policy = compile(modules, { regoVersion: c.regoVersion, values: "rego", inputs: "trusted" }).withData(c.data);
		} catch {
			continue;
		}
		for (const want of wants) {
			count++;
			const e = explain(policy, path, c.input, {
				timeMs: 60_000,
				steps: 5000,
				fixes: "both",
				...(want === undefined ? {} : { want }),
			});
			expect(explanationText(e, { all: true }).split("\n").length, c.id).toBeLessThanOrEqual(20);
			expect(JSON.stringify([e, sarifOf([e])]).length, c.id).toBeGreaterThan(100);
		}
	}
	expect(count).toBeGreaterThan(200);
});
