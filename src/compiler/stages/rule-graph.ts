/** SetGraph and CheckRecursion: which rules each rule refers to, and that none reaches itself. */

import { at, at as elementAt, got, pop } from "../../at.ts";
import type { Body, Call, Expr, Ref, Term } from "../../parser/ast.ts";
import { assertNever } from "../../value/value.ts";
import type { Compilation } from "../compilation.ts";
import { allDependencies, type RuleGraph } from "../rule-dependencies.ts";
import type { CallSite, RuleState } from "../rule-state.ts";
import { rulesForRef } from "../rule-tree.ts";
import { callOf } from "../syntax/calls.ts";
import { showPath } from "../syntax/show.ts";
import { headTerms } from "./prints.ts";

/** Notes each rule's references to data and its calls. Closures and heads are included. */
export function collectReferences(c: Compilation): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			const found = new References(c);
			for (const t of headTerms(r)) found.term(t);
			for (const a of r.head.args ?? []) found.term(a);
			found.body(r.body);
			r.refs = found.refs;
			r.calls = found.calls;
		}
	}
}

/** Calls of a body, as collectReferences notes them for rules. */
export function bodyCalls(c: Compilation, b: Body): readonly CallSite[] {
	const found = new References(c);
	found.body(b);
	return found.calls;
}

class References {
	readonly #c: Compilation;
	readonly refs: Ref[] = [];
	readonly calls: CallSite[] = [];
	/** Stretches of `calls` in comprehensions among the operands being visited, those of the innermost call last. */
	readonly #closures: (readonly [from: number, to: number])[] = [];
	/** Whether the operands of a call are being visited, and no comprehension among them. */
	#inOperands = false;

	constructor(c: Compilation) {
		this.#c = c;
	}

	body(b: Body): void {
		for (const e of b) this.#expr(e);
	}

	#expr(e: Expr): void {
		const w = e.what;
		switch (w.kind) {
			case "term-expr": {
				const call = callOf(e);
				if (call === undefined) this.term(w.term);
				else this.#call(call, e.start, true);
				break;
			}
			case "some": {
				const member = w.symbols[0];
				if (member?.kind === "call") for (const a of member.args) this.term(a);
				break;
			}
			case "every":
				this.term(w.domain);
				this.body(w.body);
				break;
			case "logical":
				this.body(w.left);
				this.body(w.right);
				break;
			case "block":
				this.body(w.body);
				break;
			default:
				assertNever(w, "expression");
		}
		for (const x of e.with) {
			this.term(x.target);
			this.term(x.value);
		}
	}

	/**
	 * In OPA's order: calls within the operands are moved before the call, what is in comprehensions among
	 * them comes after it.
	 */
	#call(t: Call, at: number | undefined, top: boolean): void {
		const from = this.calls.length;
		const outer = this.#inOperands;
		const earlier = this.#closures.length;
		this.#inOperands = true;
		this.#ref(t.operator);
		for (const a of t.args) this.term(a);
		this.#inOperands = outer;
		const own: CallSite = { call: t, at, top };
		if (this.#closures.length === earlier) {
			this.calls.push(own);
			return;
		}
		const closures = this.#closures.splice(earlier);
		const within = this.calls.splice(from);
		const inClosure = (i: number): boolean => closures.some(([a, b]) => i >= a && i < b);
		const before = within.filter((_, i) => !inClosure(from + i));
		const after = within.filter((_, i) => inClosure(from + i));
		this.calls.push(...before, own, ...after);
	}

	/** Visits a comprehension; notes which calls are in it. */
	#closure(visit: () => void): void {
		const from = this.calls.length;
		const outer = this.#inOperands;
		this.#inOperands = false;
		visit();
		this.#inOperands = outer;
		if (outer) this.#closures.push([from, this.calls.length]);
	}

	#ref(t: Ref): void {
		const head = at(t.terms, 0);
		if (head.kind === "var") {
			if (head.name === "data") this.refs.push(t);
		} else this.term(head);
		for (let i = 1; i < t.terms.length; i++) {
			const x = at(t.terms, i);
			if (x.kind !== "scalar") this.term(x);
		}
	}

	term(t: Term): void {
		switch (t.kind) {
			case "scalar":
				return;
			case "var":
				return;
			case "ref":
				this.#ref(t);
				return;
			case "call":
				this.#call(t, t.start, false);
				return;
			case "array":
			case "set":
				if (!this.#c.constants.has(t)) for (const x of t.items) this.term(x);
				return;
			case "object":
				if (this.#c.constants.has(t)) return;
				for (const [k, v] of t.entries) {
					this.term(k);
					this.term(v);
				}
				return;
			case "array-comprehension":
			case "set-comprehension":
				this.#closure(() => {
					this.term(t.term);
					this.body(t.body);
				});
				return;
			case "object-comprehension":
				this.#closure(() => {
					this.term(t.key);
					this.term(t.value);
					this.body(t.body);
				});
				return;
			case "template-string":
				for (const p of t.parts) {
					if (typeof p === "string") continue;
					// A call that is a part is an operand of the template string; OPA does not know its place.
					const call = callOf(p);
					if (call === undefined) this.#expr(p);
					else {
						this.#call(call, undefined, false);
						for (const x of p.with) this.term(x.value);
					}
				}
				return;
			default:
				assertNever(t, "term");
		}
	}
}

const noRules: readonly RuleState[] = [];

export function ruleGraph(c: Compilation): RuleGraph {
	const graph = new Map<RuleState, readonly RuleState[]>();
	/** The rule that last referred to a rule: one map tells repetitions apart in all lists. */
	const lastOf = new Map<RuleState, RuleState>();
	for (const m of c.modules) {
		for (const r of m.all) {
			let targets: RuleState[] | undefined;
			const add = (found: RuleState): void => {
				for (let x: RuleState | undefined = found; x !== undefined; x = x.else) {
					if (lastOf.get(x) === r) continue;
					lastOf.set(x, r);
					targets ??= [];
					targets.push(x);
				}
			};
			for (const ref of r.refs) rulesForRef(c.tree, ref, add);
			graph.set(r, targets ?? noRules);
		}
	}
	return graph;
}

/** Reports, for each rule that reaches itself, one way it does. Gives the rules, each after those it refers to. */
export function checkRecursion(c: Compilation, graph: RuleGraph): readonly RuleState[] {
	const { order, isCyclic } = inDependencyOrder(c, graph);
	if (isCyclic) reportRecursion(c, graph);
	return order;
}

function reportRecursion(c: Compilation, graph: RuleGraph): void {
	const cyclic = rulesOnCycles(graph);
	// OPA shows the names it gave to locals here.
	const show = (r: RuleState): string => showPath(r.path);
	c.tree.walk((node) => {
		for (const rule of node.rules) {
			for (let r: RuleState | undefined = rule; r !== undefined; r = r.else) {
				if (!cyclic.has(r)) continue;
				const path = pathToSelf(graph, r, cyclic);
				if (path === undefined) continue;
				const message = `rule ${show(r)} is recursive: ${path.map(show).join(" -> ")}`;
				c.fail("rego_recursion_error", message, r.module.source, r.rule.start);
			}
		}
		return false;
	});
}

/** Depth first; a rule is on a cycle where the walk meets it while still in the middle of it. */
function inDependencyOrder(
	c: Compilation,
	graph: RuleGraph,
): { readonly order: readonly RuleState[]; readonly isCyclic: boolean } {
	const order: RuleState[] = [];
	let isCyclic = false;
	/** Whether all that a rule reaches has been walked. */
	const done = new Map<RuleState, boolean>();
	/** From the root to the rule at hand, each with its dependencies and the number of those gone into. */
	const path: RuleState[] = [];
	const lists: (readonly RuleState[])[] = [];
	const next: number[] = [];
	const enter = (rule: RuleState): void => {
		done.set(rule, false);
		path.push(rule);
		const dependencies = allDependencies(graph, rule);
		// As OPA goes through them: types depend on which rule is checked first.
		lists.push(dependencies.every(isInPlace) ? dependencies : [...dependencies].sort(bySource));
		next.push(0);
	};
	for (const m of c.modules) {
		for (const root of m.rules) {
			if (!done.has(root)) enter(root);
			while (path.length > 0) {
				const last = path.length - 1;
				const target = elementAt(lists, last)[(next[last] as number)++];
				if (target === undefined) {
					const rule = pop(path);
					done.set(rule, true);
					order.push(rule);
					lists.pop();
					next.pop();
				} else if (!target.isElse) {
					// Whoever refers to an else branch refers to its rule.
					const isDone = done.get(target);
					if (isDone === undefined) enter(target);
					else if (!isDone) isCyclic = true;
				}
			}
		}
	}
	return { order, isCyclic };
}

/** Whether an element of a list is not before its predecessor, as in lists that are in order already. */
function isInPlace(r: RuleState, i: number, all: readonly RuleState[]): boolean {
	return i === 0 || bySource(at(all, i - 1), r) <= 0;
}

function bySource(a: RuleState, b: RuleState): number {
	const x = a.module.source.name;
	const y = b.module.source.name;
	return x < y ? -1 : x > y ? 1 : a.rule.start - b.rule.start;
}

/** Members of strongly connected components with an edge inside: Tarjan's algorithm, without recursion. */
function rulesOnCycles(graph: RuleGraph): Set<RuleState> {
	const index = new Map<RuleState, number>();
	const low = new Map<RuleState, number>();
	const onStack = new Set<RuleState>();
	const stack: RuleState[] = [];
	const out = new Set<RuleState>();
	for (const root of graph.keys()) {
		if (index.has(root)) continue;
		const frames: { readonly rule: RuleState; next: number }[] = [];
		const enter = (r: RuleState): void => {
			index.set(r, index.size);
			low.set(r, index.size - 1);
			stack.push(r);
			onStack.add(r);
			frames.push({ rule: r, next: 0 });
		};
		enter(root);
		for (let f = frames.at(-1); f !== undefined; f = frames.at(-1)) {
			const edges = graph.get(f.rule) ?? [];
			const target = edges[f.next++];
			if (target !== undefined) {
				if (target === f.rule) out.add(target);
				if (!index.has(target)) enter(target);
				else if (onStack.has(target)) lower(low, f.rule, got(index, target));
				continue;
			}
			frames.pop();
			const parent = frames.at(-1);
			if (parent !== undefined) lower(low, parent.rule, got(low, f.rule));
			if (low.get(f.rule) !== index.get(f.rule)) continue;
			const component: RuleState[] = [];
			for (;;) {
				const r = pop(stack);
				onStack.delete(r);
				component.push(r);
				if (r === f.rule) break;
			}
			if (component.length > 1) for (const r of component) out.add(r);
		}
	}
	return out;
}

function lower(low: Map<RuleState, number>, r: RuleState, to: number): void {
	if (to < got(low, r)) low.set(r, to);
}

/** The first path found depth first from a rule back to itself. */
function pathToSelf(graph: RuleGraph, start: RuleState, within: ReadonlySet<RuleState>): RuleState[] | undefined {
	const visited = new Set<RuleState>([start]);
	const path: { readonly rule: RuleState; next: number }[] = [{ rule: start, next: 0 }];
	for (let f = path.at(-1); f !== undefined; f = path.at(-1)) {
		const edges = graph.get(f.rule) ?? [];
		const target = edges[f.next++];
		if (target === undefined) {
			path.pop();
			continue;
		}
		if (target === start) return [...path.map((p) => p.rule), start];
		if (visited.has(target) || !within.has(target)) continue;
		visited.add(target);
		path.push({ rule: target, next: 0 });
	}
	return undefined;
}
