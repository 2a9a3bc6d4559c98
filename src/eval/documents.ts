/**
 * Documents below `data` whose path is only known while evaluating, or that span rules and base
 * data: whole packages, `data.pkg[x]`, the root. Plain refs to rules or to base data never come here.
 */
import type { TreeNode } from "../plan/plan.ts";
import { dot, storedDot } from "../value/access.ts";
import { ObjectBuilder } from "../value/collections.ts";
import { isObject, type PlainObject, type Value } from "../value/value.ts";
import type { EvalContext } from "./context.ts";
import { mergeDocuments, scan } from "./runtime.ts";

/** Evaluates one rule group. */
export type RuleValue = (ctx: EvalContext, func: number) => Value | undefined;

interface Node {
	readonly rule: number | undefined;
	readonly children: ReadonlyMap<string, Node> | undefined;
}

function toNode(t: TreeNode): Node {
	return {
		rule: t.rule,
		children: t.children === undefined ? undefined : new Map(t.children.map(([name, c]) => [name, toNode(c)])),
	};
}

export class Documents {
	readonly #tree: TreeNode;
	readonly #rule: RuleValue;
	#nodes: Node | undefined;

	constructor(tree: TreeNode, rule: RuleValue) {
		this.#tree = tree;
		this.#rule = rule;
	}

	/** Made when first needed: most decisions are one rule's. */
	get #root(): Node {
		this.#nodes ??= toNode(this.#tree);
		return this.#nodes;
	}

	/** The value at path, whatever it is made of. */
	value(ctx: EvalContext, path: readonly Value[]): Value | undefined {
		let node: Node | undefined = this.#root;
		let i = 0;
		for (; i < path.length && node !== undefined; i++) {
			if (node.rule !== undefined) break;
			const key: Value = path[i] as Value;
			const child: Node | undefined = typeof key === "string" ? node.children?.get(key) : undefined;
			node = child === undefined || isTarget(ctx, path, i + 1) ? undefined : child;
			if (node === undefined) break;
		}
		if (node === undefined) return baseValue(ctx, path);
		if (node.rule !== undefined) {
			let v: Value | undefined = this.#rule(ctx, node.rule);
			for (; i < path.length && v !== undefined; i++) v = dot(v, path[i] as Value);
			return v;
		}
		const base = path.length === 0 ? withoutSystem(ctx.data) : baseValue(ctx, path);
		if (node.children === undefined) return base;
		return mergeDocuments(base, this.#extent(ctx, node, path as readonly string[]));
	}

	/** Names below the document at path: of base data first, then those only rules have. */
	keys(ctx: EvalContext, path: readonly Value[]): readonly Value[] {
		let node: Node | undefined = this.#root;
		for (let i = 0; i < path.length && node !== undefined; i++) {
			if (node.rule !== undefined) break;
			const key: Value = path[i] as Value;
			const child: Node | undefined = typeof key === "string" ? node.children?.get(key) : undefined;
			node = child === undefined || isTarget(ctx, path, i + 1) ? undefined : child;
		}
		const out: Value[] = [];
		const collect = (k: Value): boolean => {
			out.push(k);
			return false;
		};
		if (node === undefined || node.rule !== undefined || node.children === undefined) {
			scan(this.value(ctx, path), collect);
			return out;
		}
		const base = path.length === 0 ? withoutSystem(ctx.data) : baseValue(ctx, path);
		scan(base, collect);
		for (const name of node.children.keys()) {
			if (path.length === 0 && name === "system") continue;
			if (base === undefined || !isObject(base) || dot(base, name) === undefined) out.push(name);
		}
		return out;
	}

	#extent(ctx: EvalContext, node: Node, path: readonly string[]): Value {
		const out = new ObjectBuilder();
		for (const [name, child] of node.children as ReadonlyMap<string, Node>) {
			if (path.length === 0 && name === "system") continue;
			const below = [...path, name];
			if (isTarget(ctx, below, below.length)) continue;
			if (child.rule !== undefined) {
				const v = this.#rule(ctx, child.rule);
				if (v !== undefined) out.set(name, v);
			} else if (child.children !== undefined) out.set(name, this.#extent(ctx, child, below));
		}
		return out.finish();
	}
}

/** All of data but `data.system`, which OPA shows only to those who name it. */
function withoutSystem(data: PlainObject): PlainObject {
	if (!Object.hasOwn(data, "system")) return data;
	const { system: _, ...rest } = data;
	return rest;
}

/** Whether some `with data… as` replaces exactly the first n names of path. */
function isTarget(ctx: EvalContext, path: readonly Value[], n: number): boolean {
	return ctx.targets.some((t) => t.length === n && t.every((name, i) => name === path[i]));
}

/** Base data at a path: in the store, until there is a value that a `with` has put there. */
export function baseValue(ctx: EvalContext, path: readonly Value[]): Value | undefined {
	let v: Value | undefined = ctx.data;
	let replaced = false;
	for (let i = 0; i < path.length && v !== undefined; i++) {
		replaced ||= isTarget(ctx, path, i);
		v = replaced ? dot(v, path[i] as Value) : storedDot(v, path[i] as Value);
	}
	return v;
}
