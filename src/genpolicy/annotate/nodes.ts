/** Questions about the nodes of a YAML document, for who edits its text. */
import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from "yaml";
import type { Path } from "../problem.ts";

export type Pair = YAMLMap.Parsed["items"][number];

/** The entry of a key; the last one, where it stands twice. */
export function pairOf(map: YAMLMap.Parsed, key: string): Pair | undefined {
	return map.items.findLast((pair) => isScalar(pair.key) && pair.key.source === key);
}

/** Nothing is written there, or null. */
export function isNull(node: ParsedNode | null): boolean {
	return node === null || (isScalar(node) && node.type === "PLAIN" && ["", "~", "null"].includes(node.source));
}

/** Offset of a node's end: of a block, of its last line's. */
export function endOf(node: ParsedNode): number {
	if ((isMap(node) || isSeq(node)) && node.flow !== true) {
		const last = node.items.at(-1);
		if (last === undefined) return node.range[1];
		if (!("key" in last)) return endOf(last);
		return last.value === null || last.value.range[1] <= last.key.range[1] ? last.key.range[1] : endOf(last.value);
	}
	return node.range[1];
}

const aliased = new WeakMap<ParsedNode, ReadonlyMap<string, ParsedNode[]>>();

/** The aliases of the document by their anchors. Looked for once: a List may have thousands of workloads. */
export function aliasesOf(root: ParsedNode): ReadonlyMap<string, readonly ParsedNode[]> {
	const known = aliased.get(root);
	if (known !== undefined) return known;
	const found = new Map<string, ParsedNode[]>();
	aliased.set(root, found);
	const waiting: (ParsedNode | null)[] = [root];
	for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
		if (node === null) continue;
		if (isAlias(node)) {
			const others = found.get(node.source);
			if (others === undefined) found.set(node.source, [node]);
			else others.push(node);
		} else if (isMap(node)) for (const pair of node.items) waiting.push(pair.key, pair.value);
		else if (isSeq(node)) waiting.push(...node.items);
	}
	return found;
}

/** The first alias on the way of a path. */
export function aliasOn(root: ParsedNode, path: Path): ParsedNode | undefined {
	let node: ParsedNode | null | undefined = root;
	for (const step of path) {
		if (node === undefined || node === null) return undefined;
		if (isAlias(node)) return node;
		if (typeof step === "number") node = isSeq(node) ? node.items[step] : undefined;
		else node = isMap(node) ? pairOf(node, step)?.value : undefined;
	}
	return node !== undefined && node !== null && isAlias(node) ? node : undefined;
}

/** The node at a path; undefined where there is none, or an alias on the way. */
export function nodeAt(root: ParsedNode, path: Path): ParsedNode | undefined {
	let node: ParsedNode | null | undefined = root;
	for (const step of path) {
		if (typeof step === "number")
			node = node !== undefined && node !== null && isSeq(node) ? node.items[step] : undefined;
		else node = node !== undefined && node !== null && isMap(node) ? pairOf(node, step)?.value : undefined;
	}
	return node ?? undefined;
}
