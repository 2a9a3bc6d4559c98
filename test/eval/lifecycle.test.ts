/** From closures to the chosen backend: what is asked for again and again gets a program, what is asked for once does not. */
import { expect, test } from "vitest";
import { type Backend, closures, compile, type Policy } from "../../src/index.ts";

const names = Array.from({ length: 300 }, (_, i) => `k${i}`);

/** A policy, and how many programs its backend has made. */
function make(): { readonly policy: Policy; readonly programs: () => number } {
	let made = 0;
	const backend: Backend = {
		name: "interpreted",
		patient: true,
		prepare: (...args) => {
			made++;
			return closures.prepare(...args);
		},
	};
	const data = { n: Object.fromEntries(names.map((n) => [n, n])) };
	const policy = compile({ "t.rego": "package t\nallow if input.x == data.n.k7" }, { data, backend });
	return { policy, programs: () => made };
}

test("many documents, each asked for once, are left to closures", () => {
	const { policy, programs } = make();
	for (const n of names) expect(policy.rule(`data.n.${n}`)()).toBe(n);
	for (const n of names) expect(policy.evaluate(`data.t.${n}`, {}, { optional: true }).value).toBeUndefined();
	expect(programs()).toBe(0);
});

test("one that is asked for again and again is not", () => {
	const { policy, programs } = make();
	const allow = policy.rule("data.t.allow");
	for (const n of names) expect(allow({ x: n })).toBe(n === "k7" ? true : undefined);
	expect(programs()).toBe(1);
});

test("nor are documents that are all asked for many times", () => {
	const { policy, programs } = make();
	for (let i = 0; i < 5; i++) for (const n of names) policy.decide(`data.n.${n}`);
	expect(programs()).toBe(1);
});
