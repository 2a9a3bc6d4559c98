import { describe, expect, test } from "vitest";
import { closures, compile, define, generated, t } from "../../src/index.ts";

const never = define("regex.match", {
	category: "regex",
	args: [
		["pattern", t.string],
		["value", t.string],
	],
	result: t.boolean,
	doc: "Never matches.",
	eval: () => false,
});

describe("a builtin the embedder puts in place of ours", () => {
	for (const backend of [closures, generated]) {
		for (const fold of [true, false]) {
			test(`is the one called: ${backend.name}, folding ${fold}`, () => {
				const policy = compile(
					{ "a.rego": 'package a\nconstant if regex.match("a", "a")\ncomputed if regex.match(input.p, "a")\n' },
					{ backend, builtins: [never], optimize: { fold } },
				);
				expect(policy.rule("data.a.constant")({})).toBeUndefined();
				expect(policy.rule("data.a.computed")({ p: "a" })).toBeUndefined();
			});
		}
	}

	test("is called at every evaluation, not ahead of it", () => {
		let calls = 0;
		const counter = define("acme.next", {
			category: "acme",
			args: [["start", t.number]],
			result: t.number,
			doc: "Counts its calls.",
			eval: (_ctx, start) => Number(start) + ++calls,
		});
		const next = compile({ "a.rego": "package a\nx := acme.next(10)" }, { builtins: [counter] }).rule("data.a.x");
		expect([next(), next()]).toEqual([11, 12]);
	});
});
