/**
 * Documents below `data` whose path is only known while evaluating, or that span rules and base
 * data: whole packages, `data.pkg[x]`, the root. Plain refs to rules or to base data never come here.
 */
import { at } from "../at.ts";
import { decode } from "../plan/constants.ts";
import { nodeKey } from "../plan/node-key.ts";
import type { TreeNode } from "../plan/plan.ts";
import { dot, storedDot } from "../value/access.ts";
import { ObjectBuilder } from "../value/collections.ts";
import { isObject, type PlainObject, type Value } from "../value/value.ts";
import type { EvalContext } from "./context.ts";
import { patched, whole } from "./overlay.ts";
import { mergeDocuments, scan } from "./runtime.ts";

/** How rules are evaluated. */
export interface RuleValues {
	rule(ctx: EvalContext, func: number): Value | undefined;
	/** The value at keys in a row; at none it is all of it. */
	ruleAt(ctx: EvalContext, func: number, keys: readonly Value[]): Value | undefined;
}

interface Node {
	readonly key: Value;
	readonly rule: number | undefined;
	/** By nodeKey. */
	readonly children: ReadonlyMap<string, Node> | undefined;
}

function toNode(key: Value, t: TreeNode): Node {
	if (t.children === undefined) return { key, rule: t.rule, children: undefined };
	const children = new Map<string, Node>();
	for (const [k, child] of t.children) {
		const node = toNode(decode(k), child);
		children.set(nodeKey(node.key), node);
	}
	return { key, rule: t.rule, children };
}

export class Documents {
	readonly #plan: { readonly tree: TreeNode };
	readonly #rules: RuleValues;
	#nodes: Node | undefined;

	constructor(plan: { readonly tree: TreeNode }, rules: RuleValues) {
		this.#plan = plan;
		this.#rules = rules;
	}

	/** Made when first needed: most decisions are one rule's. */
	get #root(): Node {
		this.#nodes ??= toNode("", this.#plan.tree);
		return this.#nodes;
	}

	/** The value at path, whatever it is made of. */
	value(ctx: EvalContext, path: readonly Value[]): Value | undefined {
		let node: Node | undefined = path.length > 0 && isTarget(ctx, path, 0) ? undefined : this.#root;
		let i = 0;
		for (; i < path.length && node !== undefined; i++) {
			if (node.rule !== undefined) break;
			const key: Value = at(path, i);
			const child: Node | undefined = node.children?.get(nodeKey(key));
			node = child === undefined || isTarget(ctx, path, i + 1) ? undefined : child;
		}
		if (node === undefined) return baseValue(ctx, path);
		if (node.rule !== undefined) return this.#rules.ruleAt(ctx, node.rule, path.slice(i));
		const base = path.length === 0 ? visible(ctx) : baseValue(ctx, path);
		if (node.children === undefined) return base;
		return mergeDocuments(base, this.#extent(ctx, node, path));
	}

	/** Names below the document at path: of base data first, then those only rules have. */
	keys(ctx: EvalContext, path: readonly Value[]): readonly Value[] {
		let node: Node | undefined = isTarget(ctx, path, 0) ? undefined : this.#root;
		for (let i = 0; i < path.length && node !== undefined; i++) {
			if (node.rule !== undefined) break;
			const key: Value = at(path, i);
			const child: Node | undefined = node.children?.get(nodeKey(key));
			node = child === undefined || isTarget(ctx, path, i + 1) ? undefined : child;
		}
		const out: Value[] = [];
		const collect = (k: Value): boolean => {
			out.push(k);
			return false;
		};
		// A rule's node has none below it.
		if (node?.children === undefined) {
			scan(this.value(ctx, path), collect);
			return out;
		}
		// Rules of `data.system` are gone through with the others; what is stored there is not.
		const base = path.length === 0 ? visible(ctx) : baseValue(ctx, path);
		scan(base, collect);
		for (const { key } of node.children.values()) {
			if (base === undefined || !isObject(base) || dot(base, key) === undefined) out.push(key);
		}
		return out;
	}

	#extent(ctx: EvalContext, node: Node, path: readonly Value[]): Value {
		const out = new ObjectBuilder();
		for (const child of (node.children as ReadonlyMap<string, Node>).values()) {
			const { key } = child;
			if (path.length === 0 && key === "system") continue;
			const below = [...path, key];
			if (isTarget(ctx, below, below.length)) continue;
			if (child.rule !== undefined) {
				const v = this.#rules.rule(ctx, child.rule);
				if (v !== undefined) out.set(key, v);
			} else if (child.children !== undefined) out.set(key, this.#extent(ctx, child, below));
		}
		return out.finish();
	}
}

/** All of data but `data.system`, which OPA shows only to those who name it. */
export function withoutSystem(base: PlainObject): PlainObject {
	const data = whole(base) as PlainObject;
	if (!Object.hasOwn(data, "system")) return data;
	const { system: _, ...rest } = data;
	return rest;
}

/** The same while evaluating: of `data.system` there is what a `with` has put there, and no more. */
function visible(ctx: EvalContext): PlainObject {
	let out: Value = withoutSystem(ctx.data);
	for (const t of ctx.targets) {
		if (t.length > 0 && t[0] !== "system") continue;
		const v = baseValue(ctx, t);
		if (v !== undefined) out = patched(out, t, v, new Set());
	}
	return whole(out) as PlainObject;
}

/** Whether some `with data… as` replaces exactly the first n names of path. */
function isTarget(ctx: EvalContext, path: readonly Value[], n: number): boolean {
	return ctx.targets.some((t) => t.length === n && t.every((name, i) => name === path[i]));
}

/** Base data at a path. */
function baseValue(ctx: EvalContext, path: readonly Value[]): Value | undefined {
	return whole(storedValue(ctx, path));
}

/** The same where it is only stepped into: in the store, until there is a value that a `with` has put there. */
export function storedValue(ctx: EvalContext, path: readonly Value[]): Value | undefined {
	let v: Value | undefined = ctx.data;
	let replaced = false;
	for (let i = 0; i < path.length && v !== undefined; i++) {
		replaced ||= isTarget(ctx, path, i);
		v = replaced ? dot(v, at(path, i)) : storedDot(v, at(path, i));
	}
	return v;
}
