/**
 * Guards that a rule index has proven: a definition that is only tried where `input.key` is "a" need
 * not compare `input.key` with "a" again.
 */

import { at } from "../../at.ts";
import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Definition, Expression, Stmt } from "../../plan/plan.ts";
import { canonicalKey } from "../../value/key.ts";
import type { Value } from "../../value/value.ts";

/** The definitions without the tests that the index makes for them. */
export function withoutProven(
	definitions: readonly Definition[],
	index: Extract<RuleIndex, { kind: "table" }>,
	constants: readonly Value[],
): readonly Definition[] {
	const always = new Set(index.rest);
	const keys = new Map<number, unknown>();
	for (const [key, list] of index.byKey) {
		for (const i of list) {
			if (always.has(i)) continue;
			// Under several keys, none of them is proven.
			if (keys.has(i)) always.add(i);
			keys.set(i, key);
		}
	}
	for (const i of always) keys.delete(i);
	const on = JSON.stringify(index.on);
	return definitions.map((d, i) => {
		// A definition with else branches may have been selected for one of those.
		if (!keys.has(i) || d.else !== undefined) return d;
		const key = keys.get(i);
		const isProven = (s: Stmt): boolean => {
			if (s.op !== "test" || s.value.op !== "equal") return false;
			const { left, right } = s.value;
			const proves = (read: Expression, constant: Expression): boolean =>
				constant.op === "const" && canonicalKey(at(constants, constant.index)) === key && JSON.stringify(read) === on;
			return proves(left, right) || proves(right, left);
		};
		// Under a `with`, which encloses its body, the read may give another value; before it, it does not.
		return { ...d, body: d.body.filter((s) => !isProven(s)) };
	});
}
