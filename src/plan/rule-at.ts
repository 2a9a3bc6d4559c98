/** Which rules a document is made of. */
import type { NodeKey, TreeNode } from "./plan.ts";

/** Index of the rule that is exactly the document at a path. */
export function ruleAt(tree: TreeNode, path: readonly string[]): number | undefined {
	let node: TreeNode | undefined = tree;
	for (const name of path) {
		if (node?.rule !== undefined) return undefined;
		node = node?.children?.find(([n]) => n === name)?.[1];
	}
	return node?.rule;
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
