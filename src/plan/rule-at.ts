/** Which rule a document is. */
import type { PlanOnDemand, TreeNode } from "./plan.ts";

/** What paths are looked up in. */
export type DocumentTree = Pick<PlanOnDemand, "tree" | "node">;

/** Index of the rule that is exactly the document at a path. */
export function ruleAt(plan: DocumentTree, path: readonly string[]): number | undefined {
	return nodeAt(plan, path)?.rule;
}

/** The node at a path; nodes below it may be left out. */
export function nodeAt(plan: DocumentTree, path: readonly string[]): TreeNode | undefined {
	if (plan.node !== undefined) return plan.node(path);
	let node: TreeNode | undefined = plan.tree;
	for (const name of path) {
		if (node?.rule !== undefined) return undefined;
		node = node?.children?.find(([n]) => n === name)?.[1];
	}
	return node;
}
