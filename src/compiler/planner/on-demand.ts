/**
 * Plans whose functions are planned when they are first asked for: for the first decisions of a policy, and for its
 * queries. Of a function with many definitions only those are planned that can succeed (syntax-conditions.ts).
 */
import { at } from "../../at.ts";
import { nodeKey } from "../../plan/node-key.ts";
import type { Definition, Func, OpenFunc, PlanOnDemand, TreeNode } from "../../plan/plan.ts";
import type { CheckedModuleSet, CheckedQuery } from "../checked.ts";
import type { PlanContext, PlanNode } from "./context.ts";
import { openPlan, type PlanOptions, type PolicyPlanner, paramsOf, planOf, treeOf } from "./policy.ts";
import { planQuery } from "./query.ts";
import { type Candidate, indexSyntax } from "./syntax-conditions.ts";

export interface OpenPlan {
	readonly plan: PlanOnDemand;
	readonly context: PlanContext;
}

/**
 * A plan for closures, which look for replacements when a call is made: each function is planned when it is
 * first asked for. Constants and builtins are numbered as they are met, so what has been asked for shows in
 * it; it is not for writing down. What depends on data only is known of a whole plan.
 */
export function planOnDemand(set: CheckedModuleSet, options: Omit<PlanOptions, "queries">): OpenPlan {
	const { context, planner } = openPlan(set, options);
	const length = context.keyed.count;
	const planned: (Func | undefined)[] = new Array(length);
	const func = (i: number): Func | undefined => {
		if (i >= 0 && i < context.keyed.count) planned[i] ??= planner.func(i);
		return planned[i];
	};
	const opened: (OpenFunc | null)[] = [];
	const open = (i: number): OpenFunc | undefined => {
		if (planned[i] !== undefined) return undefined;
		opened[i] ??= openFunc(planner, context, i) ?? null;
		return opened[i] ?? undefined;
	};
	let tree: TreeNode | undefined;
	const plan: PlanOnDemand = {
		...planOf(context, { length, at: func, open }, [], options),
		get tree(): TreeNode {
			tree ??= treeOf(context.root);
			return tree;
		},
		node: (path) => nodeOfTree(context.root, path),
	};
	return { plan, context };
}

/** A query of a policy that has a plan: only what it is itself is planned. */
export function planQueryOf(policy: OpenPlan, name: string, query: CheckedQuery): OpenPlan {
	const context = policy.context.forQuery();
	const queries = [planQuery(context, name, query)];
	const { funcs, regoplan, mockable } = policy.plan;
	const plan: PlanOnDemand = {
		...planOf(context, funcs, queries, { builtins: context.builtins, producer: regoplan }),
		mockable,
		get tree(): TreeNode {
			return policy.plan.tree;
		},
	};
	return { plan, context };
}

/** What treeOf makes of the node at a path, without what is below it. */
function nodeOfTree(root: PlanNode, path: readonly string[]): TreeNode | undefined {
	let node: PlanNode | undefined = root;
	for (const name of path) {
		if (node?.rule !== undefined) return undefined;
		node = node?.children.get(nodeKey(name));
	}
	if (node === undefined) return undefined;
	if (node.rule !== undefined) return { rule: node.rule };
	return node.children.size === 0 && node.func !== undefined ? {} : { children: [] };
}

/** Fewer definitions than this are planned together: looking through their syntax would take as long. */
const manyDefinitions = 64;

/** A function of many definitions, planned one by one: where their syntax tells them apart. */
function openFunc(planner: PolicyPlanner, context: PlanContext, func: number): OpenFunc | undefined {
	// What is printed on the way is seen, whatever the index says.
	if (context.prints) return undefined;
	const [g, arity] = planner.groupAt(func);
	if (g.rules.length < manyDefinitions) return undefined;
	const rules = g.rules.filter((r) => !r.rule.default);
	const candidate = (i: number): Candidate => {
		const r = at(rules, i);
		return { rule: r.rule, params: paramsOf(g, r, arity) };
	};
	const index = indexSyntax({ length: rules.length, at: candidate }, context);
	if (index === undefined) return undefined;
	const byDefault = g.kind === "object" ? undefined : g.rules.findLast((r) => r.rule.default);
	const fallback = byDefault === undefined ? undefined : planner.definition(g, byDefault, arity);
	const planned: (Definition | undefined)[] = [];
	const definition = (i: number): Definition | undefined => {
		const r = rules[i];
		if (r !== undefined) planned[i] ??= planner.definition(g, r, arity);
		return planned[i];
	};
	const definitions = { length: rules.length, at: definition };
	return { ...planner.functionOf(g, arity, definitions, fallback), index };
}
