/**
 * What a group of general refs holds before any rule of it succeeds. In OPA's rule tree every constant
 * of a rule's ref is a node, and reading a document shows its nodes: `r[0].a.b := 1 if false` leaves
 * `{0: {"a": {}}}`. Nodes named by strings are the plan's own tree; this is about what lies below the
 * first constant of another type, which belongs to one group.
 */
import type { Term } from "../../parser/ast.ts";
import { ObjectBuilder, RegoSet } from "../../value/collections.ts";
import { canonicalKey } from "../../value/key.ts";
import type { Value } from "../../value/value.ts";
import type { CheckedRule } from "../checked.ts";
import { groundValue } from "./context.ts";

interface Node {
	readonly key: Value;
	readonly children: Map<unknown, Node>;
	/** A rule answers for all that is below. */
	ends: "value" | "set" | "rule" | undefined;
}

/** Empty objects and sets at the places of the rules' refs past `depth` terms; undefined: nothing. */
export function skeletonOf(rules: readonly CheckedRule[], depth: number): Value | undefined {
	const root: Node = { key: null, children: new Map(), ends: undefined };
	for (const r of rules) {
		const terms = r.ref.terms.slice(depth);
		let node = root;
		for (const t of terms) {
			const key = constantKey(t);
			if (key === undefined) break;
			const id = canonicalKey(key);
			let child = node.children.get(id);
			if (child === undefined) {
				child = { key, children: new Map(), ends: undefined };
				node.children.set(id, child);
			}
			node = child;
		}
		const ground = terms.every((t) => constantKey(t) !== undefined);
		if (!ground) node.ends = "rule";
		else if (node.ends !== "rule") node.ends = r.rule.head.key === undefined ? "value" : "set";
	}
	if (root.ends !== undefined) return undefined;
	const out = documentOf(root) as Value;
	return root.children.size === 0 ? undefined : out;
}

function constantKey(t: Term): Value | undefined {
	return t.kind === "scalar" ? groundValue(t) : undefined;
}

function documentOf(node: Node): Value | undefined {
	if (node.ends === "set") return RegoSet.of([]);
	if (node.ends === "value") return undefined;
	const out = new ObjectBuilder();
	if (node.ends === undefined) {
		for (const child of node.children.values()) {
			const v = documentOf(child);
			if (v !== undefined) out.set(child.key, v);
		}
	}
	return out.finish();
}
