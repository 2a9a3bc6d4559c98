/**
 * What all bodies of one plan share while it is made: the constant pool, the indexes of functions
 * and builtins, the virtual document tree, and the places of the sources.
 */

import { at } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { RegoError } from "../../errors.ts";
import type { Source } from "../../location.ts";
import type { Ref, Term } from "../../parser/ast.ts";
import { nodeKey } from "../../plan/node-key.ts";
import type { Block, Expression, PlanLocation, Stmt } from "../../plan/plan.ts";
import type { Value } from "../../value/value.ts";
import { constantValue } from "../syntax/constant-value.ts";
import type { KeyedRules } from "./keyed-rules.ts";

/** The document tree while planning: as TreeNode, with children by nodeKey. */
export interface PlanNode {
	readonly path: readonly Value[];
	/** Function index of the rule group here; its subtree is the group's. */
	rule: number | undefined;
	/** Function index of a Rego function here: callable, but no document. */
	func: number | undefined;
	/** Written by addChild only: most nodes have none, and share one empty map. */
	children: ReadonlyMap<string, PlanNode>;
}

const noChildren: ReadonlyMap<string, PlanNode> = new Map();

export function planNode(path: readonly Value[]): PlanNode {
	return { path, rule: undefined, func: undefined, children: noChildren };
}

/** The node below at a key. */
export function addChild(to: PlanNode, key: Value): PlanNode {
	const child = planNode([...to.path, key]);
	if (to.children === noChildren) to.children = new Map();
	(to.children as Map<string, PlanNode>).set(nodeKey(key), child);
	return child;
}

export class PlanContext {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly prints: boolean;
	readonly root: PlanNode;
	/**
	 * Numbers of parameters, by index of a function. A list: V8 keeps a function that is put into a field,
	 * and what it closes over, until the next major collection.
	 */
	readonly arities: readonly number[];
	readonly keyed: KeyedRules;
	readonly constants: Value[] = [];
	readonly builtinNames: string[];
	readonly mockedFuncs: Set<number> = new Set();
	readonly mockedBuiltins: Set<number> = new Set();
	readonly shadowed: Set<number> = new Set();
	readonly sources: { readonly source: Source; readonly base: number }[] = [];
	readonly #scalars: Map<unknown, number> = new Map();
	readonly #builtinIndex: Map<string, number>;
	readonly #bases: Map<Source, number> = new Map();
	/** Values of literals asked for before: the value of a large rule is asked for several times. */
	readonly #ground: Map<Term, Value | undefined> = new Map();
	#end = 0;
	/** Statements of the blocks being planned, innermost last: the first `top` of these. */
	readonly #stack: Stmt[] = [];
	#top = 0;
	/** Whether anything planned so far prints. */
	printsSomething = false;

	constructor(
		root: PlanNode,
		arities: readonly number[],
		keyed: KeyedRules,
		builtins: ReadonlyMap<string, Builtin>,
		prints: boolean,
		like?: PlanContext,
	) {
		this.builtinNames = like?.builtinNames ?? [];
		this.#builtinIndex = like === undefined ? new Map() : like.#builtinIndex;
		this.root = root;
		this.arities = arities;
		this.keyed = keyed;
		this.builtins = builtins;
		this.prints = prints;
	}

	/**
	 * For a query of the same policy: what is planned with it refers to functions and builtins as this one
	 * does, and has constants of its own, so that nothing of a query is kept.
	 */
	forQuery(): PlanContext {
		const out = new PlanContext(this.root, this.arities, this.keyed, this.builtins, this.prints, this);
		out.sources.push(...this.sources);
		out.#end = this.#end;
		return out;
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

	/** Begins a block of statements; what it gives is for close(). Blocks nest. */
	open(): number {
		return this.#top;
	}

	emit(stmt: Stmt): void {
		this.#stack[this.#top++] = stmt;
	}

	/** The statements since open(), in a list of just their size. */
	close(start: number): Block {
		const block = this.#stack.slice(start, this.#top);
		this.#top = start;
		return block;
	}

	/** The node at a path of names below data, or undefined. */
	node(path: readonly string[]): PlanNode | undefined {
		let node: PlanNode | undefined = this.root;
		for (const name of path) node = node?.children.get(nodeKey(name));
		return node;
	}

	/** The node that a ref to data names, or undefined. */
	nodeOf(r: Ref): PlanNode | undefined {
		let node: PlanNode | undefined = this.root;
		for (let i = 1; i < r.terms.length && node !== undefined; i++) {
			const t = at(r.terms, i);
			node = t.kind === "scalar" ? node.children.get(nodeKey(t.value)) : undefined;
		}
		return node;
	}

	/** Notes that documents up to so many keys below a node are asked for: rules there by the keys that are left. */
	useKeyedBelow(node: PlanNode, keys: number): void {
		if (keys === 0) return;
		for (const child of node.children.values()) {
			if (child.rule === undefined) this.useKeyedBelow(child, keys - 1);
			else {
				const count = this.keyed.keysOf(child.rule, keys - 1);
				if (count > 0) this.keyed.use(child.rule, count);
			}
		}
	}

	/** As constantValue; the answer for a composite is kept, so that it is one value wherever it is asked for. */
	ground(t: Term): Value | undefined {
		if (t.kind === "scalar") return t.value;
		if (t.kind !== "array" && t.kind !== "object" && t.kind !== "set") return undefined;
		let value = this.#ground.get(t);
		if (value === undefined && !this.#ground.has(t)) {
			value = constantValue(t);
			this.#ground.set(t, value);
		}
		return value;
	}
}

/** A place is a source's base plus an offset. */
export function locate(base: number, node: { readonly start: number }): PlanLocation {
	return base + node.start;
}

/** Names of a ref below `data` as long as they are strings; undefined where one is not. */
export function dataPath(r: Ref): readonly string[] | undefined {
	const path: string[] = [];
	for (let i = 1; i < r.terms.length; i++) {
		const t = at(r.terms, i);
		if (t.kind !== "scalar" || typeof t.value !== "string") return undefined;
		path.push(t.value);
	}
	return path;
}

/** A term whose variable has no value where it is needed; the checks of the policy report it. */
export class UnplannedTerm extends Error {
	readonly variable: string;
	readonly at: number;

	constructor(variable: string, at: number) {
		super(`var ${variable} is unsafe`);
		this.variable = variable;
		this.at = at;
	}
}

/** A fault of ours, not of the policy: the checking stages let something through. */
export function planningError(message: string): RegoError {
	return new RegoError("rego_compile_error", `internal: ${message}`);
}
