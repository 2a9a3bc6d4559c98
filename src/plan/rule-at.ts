/** Which rule a document is. */
import type { TreeNode } from "./plan.ts";

/** Index of the rule that is exactly the document at a path. */
export function ruleAt(tree: TreeNode, path: readonly string[]): number | undefined {
	let node: TreeNode | undefined = tree;
	for (const name of path) {
		if (node?.rule !== undefined) return undefined;
		node = node?.children?.find(([n]) => n === name)?.[1];
	}
	return node?.rule;
}
