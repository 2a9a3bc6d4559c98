/** Trees as YAML on one line, which is JSON where the tree could have been. */
import { entryOf, type Fields, type Tree } from "../tree/tree.ts";

export function flowText(tree: Tree): string {
	switch (tree.kind) {
		case "scalar":
			return tree.type === "text" ? JSON.stringify(tree.text) : tree.type === "null" ? "null" : tree.text;
		case "list":
			return `[${tree.items.map(flowText).join(", ")}]`;
		default:
			return `{${tree.entries.map((e) => `${JSON.stringify(e.key)}: ${flowText(e.value)}`).join(", ")}}`;
	}
}

const noFields: Fields = { kind: "fields", entries: [], start: -1 };

export function textTree(text: string): Tree {
	return { kind: "scalar", type: "text", text, start: -1 };
}

export function numberTree(n: number): Tree {
	return { kind: "scalar", type: "int", text: String(n), start: -1 };
}

/** With another value at a path of fields and items; fields that are missing are made. */
export function withValue(tree: Tree | undefined, path: readonly (string | number)[], value: Tree): Tree {
	const [step, ...rest] = path;
	if (step === undefined) return value;
	if (typeof step === "number")
		return tree?.kind === "list"
			? { ...tree, items: tree.items.map((item, i) => (i === step ? withValue(item, rest, value) : item)) }
			: noFields;
	const fields = tree?.kind === "fields" ? tree : noFields;
	const made = withValue(entryOf(fields, step)?.value, rest, value);
	const entries = fields.entries.some((e) => e.key === step)
		? fields.entries.map((e) => (e.key === step ? { ...e, value: made } : e))
		: [...fields.entries, { key: step, start: -1, value: made }];
	return { ...fields, entries };
}
