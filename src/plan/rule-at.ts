/** Which rules a document is made of. */
import type { NodeKey, PlanOnDemand, TreeNode } from "./plan.ts";

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

/** Rules at or below a path, or the one that owns it. */
export function rulesAt(tree: TreeNode, path: readonly NodeKey[]): readonly number[] {
	let node: TreeNode | undefined = tree;
	for (const key of path) {
		if (node?.rule !== undefined) break;
		node = node?.children?.find(([k]) => k === key)?.[1];
	}
	const out: number[] = [];
	const stack = node === undefined ? [] : [node];
	for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
		if (n.rule !== undefined) out.push(n.rule);
		for (const [, child] of n.children ?? []) stack.push(child);
	}
	return out;
}
