/** The definitions of a rule with one value, one after the other. */

import type { Value } from "../value/value.ts";
import type { Rule } from "./nodes.ts";
import type { IndexResult } from "./rule-index.ts";
import type { EarlyExit, Exit } from "./state.ts";

/** Evaluates one, given what those before it have answered. */
export type EvalDefinition = (
	rule: Rule,
	before: Value | undefined,
	findOne: boolean,
) => readonly [Exit, Value | undefined];

/**
 * Each definition, an `else` branch where what is before it has no value, and the default where nothing has. `none` is
 * told where there is no value at all. An exit that is for a query farther out waits until all have been evaluated:
 * they may conflict.
 */
export function evalDefinitions(found: IndexResult, definition: EvalDefinition, none?: () => void): Exit {
	const { rules, otherwise, default: fallback, earlyExit } = found;
	let deferred: EarlyExit | undefined;
	let before: Value | undefined;
	for (const rule of rules) {
		for (const r of [rule, ...(otherwise.get(rule) ?? [])]) {
			const [exit, value] = definition(r, before, earlyExit);
			if (exit !== undefined) {
				if (!exit.deferred) return exit;
				deferred ??= exit;
			}
			if (value === undefined) continue;
			before = value;
			break;
		}
	}
	if (before !== undefined) return deferred;
	if (fallback !== undefined) return definition(fallback, before, earlyExit)[0];
	none?.();
	return deferred;
}
