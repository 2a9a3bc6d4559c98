/** Whether a manifest says after its annotation what it said before, and the annotations besides. */
import type { Path } from "../problem.ts";
import type { Tree } from "../tree/tree.ts";
import { textTree, withValue } from "./flow.ts";

export interface Written {
	/** Which of the documents. */
	readonly document: number;
	readonly path: Path;
	readonly key: string;
	readonly value: string;
}

interface Document {
	readonly tree: Tree;
}

export function isAnnotated(
	before: readonly Document[],
	after: readonly Document[],
	annotations: readonly Written[],
): boolean {
	if (before.length !== after.length) return false;
	return before.every(({ tree }, i) => {
		const wanted = annotations
			.filter(({ document }) => document === i)
			.reduce(
				(t, { path, key, value }) => withValue(t, [...path, "metadata", "annotations", key], textTree(value)),
				tree,
			);
		const have = after[i];
		return have !== undefined && same(wanted, have.tree, new Map());
	});
}

/** The order of fields is none of what is said. `seen`: trees that are used in several places are compared once. */
function same(a: Tree, b: Tree, seen: Map<Tree, Tree>): boolean {
	if (seen.get(a) === b) return true;
	seen.set(a, b);
	if (a.kind === "scalar") return b.kind === "scalar" && a.text === b.text && a.type === b.type;
	if (a.kind === "list")
		return (
			b.kind === "list" &&
			a.items.length === b.items.length &&
			a.items.every((item, i) => {
				const other = b.items[i];
				return other !== undefined && same(item, other, seen);
			})
		);
	if (b.kind !== "fields" || a.entries.length !== b.entries.length) return false;
	const others = new Map(b.entries.map((e) => [e.key, e.value]));
	return a.entries.every(({ key, value }) => {
		const other = others.get(key);
		return other !== undefined && same(value, other, seen);
	});
}
