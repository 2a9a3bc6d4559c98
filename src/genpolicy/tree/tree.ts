/**
 * A document as a tree of what Kubernetes' files are made of: scalars, lists, and fields in order. Made from YAML
 * (yaml.ts) and from JSON (json.ts), so that one reader (read.ts) serves both. Aliases share their tree.
 */

export interface Scalar {
	readonly kind: "scalar";
	/** What it says: of quoted text the text, of a plain scalar the way Kata's generator prints it again. */
	readonly text: string;
	readonly type: "null" | "bool" | "int" | "float" | "text" | "huge";
	/** Offset in the file; -1 where there is none. */
	readonly start: number;
}

export interface List {
	readonly kind: "list";
	readonly items: readonly Tree[];
	readonly start: number;
}

export interface Entry {
	readonly key: string;
	/** Offset of the key. */
	readonly start: number;
	readonly value: Tree;
}

export interface Fields {
	readonly kind: "fields";
	readonly entries: readonly Entry[];
	readonly start: number;
}

export type Tree = Scalar | List | Fields;

/** The entry of a name. */
export function entryOf(tree: Tree | undefined, key: string): Entry | undefined {
	return tree?.kind === "fields" ? tree.entries.find((e) => e.key === key) : undefined;
}

export function childOf(tree: Tree | undefined, key: string): Tree | undefined {
	return entryOf(tree, key)?.value;
}

/** The text of a field that is a scalar and not null. */
export function textOf(tree: Tree | undefined, key: string): string | undefined {
	const value = childOf(tree, key);
	return value?.kind === "scalar" && value.type !== "null" ? value.text : undefined;
}

/** Offset of what a path leads to: a field's key, an item's start. Where it ends early, of the last that is there. */
export function startOf(tree: Tree, path: readonly (string | number)[]): number {
	let here: Tree = tree;
	let start = tree.start;
	for (const step of path) {
		if (typeof step === "number") {
			const item: Tree | undefined = here.kind === "list" ? here.items[step] : undefined;
			if (item === undefined) break;
			here = item;
			start = item.start;
		} else {
			const entry = entryOf(here, step);
			if (entry === undefined) break;
			here = entry.value;
			start = entry.start;
		}
	}
	return start;
}
