/**
 * Guards that a rule index has proven: a definition that is only tried where `input.key` is "a" need
 * not compare `input.key` with "a" again.
 */
import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Definition, Expression, Stmt } from "../../plan/plan.ts";
import { canonicalKey } from "../../value/key.ts";
import type { Value } from "../../value/value.ts";

/** The definitions without the tests that the index makes for them. */
export function withoutProven(
	definitions: readonly Definition[],
	index: RuleIndex,
	constants: readonly Value[],
): readonly Definition[] {
	const always = new Set(index.rest);
	const keys = new Map<number, unknown>();
	for (const [key, list] of index.byKey) for (const i of list) if (!always.has(i)) keys.set(i, key);
	const on = JSON.stringify(index.on);
	return definitions.map((d, i) => {
		if (!keys.has(i)) return d;
		const key = keys.get(i);
		const isProven = (s: Stmt): boolean => {
			if (s.op !== "test" || s.value.op !== "equal") return false;
			const { left, right } = s.value;
			const proves = (read: Expression, constant: Expression): boolean =>
				constant.op === "const" &&
				canonicalKey(constants[constant.index] as Value) === key &&
				JSON.stringify(read) === on;
			return proves(left, right) || proves(right, left);
		};
		// Under a `with`, which encloses its body, the read may give another value; before it, it does not.
		return { ...d, body: d.body.filter((s) => !isProven(s)) };
	});
}
