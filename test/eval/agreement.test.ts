/**
 * Closures, generated code and modules built ahead of time give the answer of the real OPA, with and
 * without folding, as prepared rules, as evaluations, and with prints.
 */
import { describe, expect, test } from "vitest";
import { agreementRows } from "./agreement-rows.ts";
import { everyWay } from "./backends.ts";

describe("every backend, folded or not", () => {
	for (const row of agreementRows) {
		test(row.note, () => {
			const others = Object.fromEntries((row.others ?? []).map((text, i) => [`other-${i}.rego`, text]));
			const modules = { "test.rego": `package test\n${row.rego}`, ...others };
			let answers: Readonly<Record<string, string>>;
			try {
				answers = everyWay(modules, "data.test.x", {
					input: row.input,
					data: row.data,
					strictBuiltinErrors: row.strict,
				});
			} catch (e) {
				answers = { compile: (e as Error).message };
			}
			const isError = /_error\b/.test(row.want);
			const wrong = Object.entries(answers).filter(([, got]) => (isError ? !got.includes(row.want) : got !== row.want));
			expect(Object.fromEntries(wrong), `want ${row.want}`).toEqual({});
		});
	}
});
