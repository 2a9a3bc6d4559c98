/** What rules refer to, as the graph stage (stages/rule-graph.ts) finds it. */
import type { RuleState } from "./rule-state.ts";

/** Dependencies of rules and else branches, in the order their references are met. */
export type RuleGraph = ReadonlyMap<RuleState, readonly RuleState[]>;

const none: readonly RuleState[] = [];

/** What a rule refers to, its else branches included. */
export function allDependencies(graph: RuleGraph, rule: RuleState): readonly RuleState[] {
	if (rule.else === undefined) return graph.get(rule) ?? none;
	const out: RuleState[] = [];
	for (let r: RuleState | undefined = rule; r !== undefined; r = r.else) {
		for (const d of graph.get(r) ?? none) out.push(d);
	}
	return out;
}
