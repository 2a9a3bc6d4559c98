/**
 * The tree of packages and rules by the ground prefix of their paths, with OPA's ways of finding the
 * rules a reference may mean. A node for each scalar of a path: `1` is not `"1"`, and not `1.0` either,
 * because OPA finds nodes by how a number is written.
 */

import { at, at as elementAt } from "../at.ts";
import type { Ref, Term } from "../parser/ast.ts";
import { nodeKey } from "../plan/node-key.ts";
import { compare } from "../value/compare.ts";
import type { Value } from "../value/value.ts";
import type { CheckedRule, RuleTree } from "./checked.ts";
import type { ModuleState, RuleState } from "./rule-state.ts";
import { isGround } from "./syntax/constant-value.ts";

/** Most nodes have no children; they share this map. */
const noChildren: ReadonlyMap<string, RuleNode> = new Map();
const noNodes: readonly RuleNode[] = [];

export class RuleNode {
	/** The scalar it is at. */
	readonly key: Value;
	/** Written by `add` only. */
	children: ReadonlyMap<string, RuleNode> = noChildren;
	readonly rules: RuleState[] = [];
	#sorted: readonly RuleNode[] | undefined;

	constructor(key: Value) {
		this.key = key;
	}

	child(t: Term): RuleNode | undefined {
		const key = treeKey(t);
		return key === undefined ? undefined : this.children.get(key);
	}

	/** The node exactly at this path. */
	find(path: readonly Term[]): RuleNode | undefined {
		let node: RuleNode | undefined = this;
		for (const t of path) {
			node = node.child(t);
			if (node === undefined) return undefined;
		}
		return node;
	}

	add(path: readonly Term[], length: number, rule: RuleState | undefined): void {
		let node: RuleNode = this;
		for (let i = 0; i < length; i++) {
			const t = at(path, i);
			const key = treeKey(t) ?? "";
			let next = node.children.get(key);
			if (next === undefined) {
				next = new RuleNode(t.kind === "scalar" ? t.value : key);
				if (node.children === noChildren) node.children = new Map();
				(node.children as Map<string, RuleNode>).set(key, next);
			}
			node = next;
		}
		if (rule !== undefined) node.rules.push(rule);
	}

	/** Children in the order of their keys. */
	sorted(): readonly RuleNode[] {
		if (this.children.size === 0) return noNodes;
		if (this.#sorted?.length !== this.children.size) {
			this.#sorted = [...this.children.values()].sort((a, b) => compare(a.key, b.key));
		}
		return this.#sorted;
	}

	/** Every node, parents first; visit returns true to leave out what is below. */
	walk(visit: (node: RuleNode) => boolean): void {
		const stack: RuleNode[] = [this];
		for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
			if (visit(node)) continue;
			const children = node.sorted();
			for (let i = children.length - 1; i >= 0; i--) stack.push(at(children, i));
		}
	}
}

/** Key of a path element; undefined for what is not a scalar. */
function treeKey(t: Term): string | undefined {
	if (t.kind === "scalar") return nodeKey(t.value);
	return t.kind === "var" && t.name === "data" ? t.name : undefined;
}

export function buildRuleTree(modules: readonly ModuleState[]): RuleNode {
	const root = new RuleNode("");
	for (const m of modules) {
		root.add(m.packagePath, m.packagePath.length, undefined);
		for (const r of m.rules) root.add(r.path, r.prefixLength, r);
	}
	return root;
}

/** Every rule a reference could mean, some more than once; variables in it match anything. */
export function rulesForRef(tree: RuleNode, ref: Ref, visit: (rule: RuleState) => void): void {
	const terms = ref.terms;
	const head = at(terms, 0);
	if (head.kind !== "var" || head.name !== "data") return;
	rulesAlong(tree, terms, 0, visit);
}

function rulesAlong(from: RuleNode, terms: readonly Term[], start: number, visit: (rule: RuleState) => void): void {
	let node = from;
	for (let i = start; i < terms.length; i++) {
		const t = at(terms, i);
		if (i > 0 && !isGround(t)) {
			for (const next of node.children.values()) {
				for (const r of next.rules) visit(r);
				rulesAlong(next, terms, i + 1, visit);
			}
			return;
		}
		const next = node.child(t);
		if (next === undefined) return;
		for (const r of next.rules) visit(r);
		node = next;
	}
	if (node.children.size === 0) return;
	node.walk((n) => {
		for (const r of n.rules) visit(r);
		return false;
	});
}

/**
 * Whether a reference is to a document that is always defined: a rule with a default, a partial
 * rule, or a constant. Such a part of a template string cannot be undefined.
 */
export function isKnownDefined(tree: RuleNode, ref: Ref): boolean {
	if (ref.terms.length < 2) return false;
	const rules = tree.find(ref.terms)?.rules;
	if (rules === undefined || rules.length === 0) return false;
	const first = at(rules, 0);
	if (first.isFunction) return false;
	if (first.rule.default || first.head.key !== undefined) return true;
	if (rules.length > 1) return rules.some((r) => r.rule.default);
	const value = first.head.value;
	return value !== undefined && isTrueBody(first) && (value.kind === "var" || isGround(value));
}

function isTrueBody(r: RuleState): boolean {
	const only = r.body.length === 1 ? r.body[0] : undefined;
	return only?.what.kind === "term-expr" && only.what.term.kind === "scalar" && only.what.term.value === true;
}

/** The planner's tree. */
export function publicTree(modules: readonly ModuleState[], checked: (r: RuleState) => CheckedRule): RuleTree {
	interface Node {
		readonly key: Value;
		readonly children: Map<string, Node>;
		readonly rules: CheckedRule[];
	}
	const root: Node = { key: "", children: new Map(), rules: [] };
	const at = (path: readonly Term[], length: number): Node => {
		let node = root;
		for (let i = 0; i < length; i++) {
			const t = elementAt(path, i);
			const key = treeKey(t) ?? "";
			let next = node.children.get(key);
			if (next === undefined) {
				next = { key: t.kind === "scalar" ? t.value : key, children: new Map(), rules: [] };
				node.children.set(key, next);
			}
			node = next;
		}
		return node;
	};
	for (const m of modules) {
		at(m.packagePath, m.packagePath.length);
		for (const r of m.rules) at(r.path, r.prefixLength).rules.push(checked(r));
	}
	return root;
}
