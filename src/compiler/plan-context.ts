/**
 * What all bodies of one plan share while it is made: the constant pool, the indexes of functions
 * and builtins, the virtual document tree, and the places of the sources.
 */
import type { Builtin } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Ref, Term } from "../parser/ast.ts";
import { ObjectBuilder, RegoSet } from "../value/collections.ts";
import type { Value } from "../value/value.ts";
import type { Expression, PlanLocation } from "./plan.ts";

/** The document tree while planning: as TreeNode, with children by name. */
export interface PlanNode {
	readonly path: readonly string[];
	/** Function index of the rule group here; its subtree is the group's. */
	rule: number | undefined;
	/** Function index of a Rego function here: callable, but no document. */
	func: number | undefined;
	readonly children: Map<string, PlanNode>;
}

export function planNode(path: readonly string[]): PlanNode {
	return { path, rule: undefined, func: undefined, children: new Map() };
}

export class PlanContext {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly prints: boolean;
	readonly root: PlanNode = planNode([]);
	readonly constants: Value[] = [];
	readonly builtinNames: string[] = [];
	readonly mockedFuncs: Set<number> = new Set();
	readonly mockedBuiltins: Set<number> = new Set();
	readonly shadowed: Set<number> = new Set();
	readonly sources: { readonly source: Source; readonly base: number }[] = [];
	readonly #scalars: Map<unknown, number> = new Map();
	readonly #builtinIndex: Map<string, number> = new Map();
	readonly #bases: Map<Source, number> = new Map();
	#end = 0;
	/** Whether anything planned so far prints. */
	printsSomething = false;

	constructor(builtins: ReadonlyMap<string, Builtin>, prints: boolean) {
		this.builtins = builtins;
		this.prints = prints;
	}

	/** First PlanLocation of a source; registers it on first use. */
	base(source: Source): number {
		let base = this.#bases.get(source);
		if (base === undefined) {
			base = this.#end;
			this.#bases.set(source, base);
			this.sources.push({ source, base });
			this.#end += source.text.length + 1;
		}
		return base;
	}

	constant(value: Value): Expression {
		return { op: "const", index: this.constantIndex(value) };
	}

	constantIndex(value: Value): number {
		const scalar = value === null || typeof value !== "object";
		if (scalar) {
			const known = this.#scalars.get(value);
			if (known !== undefined) return known;
		}
		const index = this.constants.push(value) - 1;
		if (scalar) this.#scalars.set(value, index);
		return index;
	}

	builtin(name: string): number {
		let index = this.#builtinIndex.get(name);
		if (index === undefined) {
			index = this.builtinNames.push(name) - 1;
			this.#builtinIndex.set(name, index);
		}
		return index;
	}

	/** The node at a path of names below data, or undefined. */
	node(path: readonly string[]): PlanNode | undefined {
		let node: PlanNode | undefined = this.root;
		for (const name of path) node = node?.children.get(name);
		return node;
	}
}

/** A place is a source's base plus an offset. */
export function locate(base: number, node: { readonly start: number }): PlanLocation {
	return base + node.start;
}

/** Names of a ref below `data` as long as they are strings; undefined where one is not. */
export function dataPath(r: Ref): readonly string[] | undefined {
	const path: string[] = [];
	for (const t of r.terms.slice(1)) {
		if (t.kind !== "scalar" || typeof t.value !== "string") return undefined;
		path.push(t.value);
	}
	return path;
}

/** The value of a literal without variables, refs, calls or comprehensions; undefined for others. */
export function groundValue(t: Term): Value | undefined {
	switch (t.kind) {
		case "scalar":
			return t.value;
		case "array": {
			const out: Value[] = new Array(t.items.length);
			for (let i = 0; i < out.length; i++) {
				const v = groundValue(t.items[i] as Term);
				if (v === undefined) return undefined;
				out[i] = v;
			}
			return out;
		}
		case "set": {
			const out = new RegoSet();
			for (const item of t.items) {
				const v = groundValue(item);
				if (v === undefined) return undefined;
				out.add(v);
			}
			return out;
		}
		case "object": {
			const out = new ObjectBuilder();
			for (const [key, value] of t.entries) {
				const k = groundValue(key);
				if (k === undefined) return undefined;
				const v = groundValue(value);
				if (v === undefined) return undefined;
				out.set(k, v);
			}
			return out.finish();
		}
		default:
			return undefined;
	}
}

/** A fault of ours, not of the policy: the checking stages let something through. */
export function planningError(message: string): RegoError {
	return new RegoError("rego_compile_error", `internal: ${message}`);
}
