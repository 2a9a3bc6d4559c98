/**
 * A checked module set to a decision plan: groups rule definitions by the document they define,
 * lays out the virtual document tree, and plans each definition's body (body.ts).
 */

import { at, pop } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { type Head, isRegoV1Import, type Rule, type Term, type Var } from "../../parser/ast.ts";
import { encode } from "../../plan/constants.ts";
import { dataOnlyRules } from "../../plan/data-only.ts";
import { chained } from "../../plan/else-chain.ts";
import {
	type Definition,
	type Expression,
	type Func,
	type NodeKey,
	type Plan,
	planVersion,
	type Query,
	type TreeNode,
} from "../../plan/plan.ts";
import { compare, equal } from "../../value/compare.ts";
import type { Value } from "../../value/value.ts";
import { type CheckedModuleSet, type CheckedRule, knowledge, type RuleTree } from "../checked.ts";
import type { RuleState } from "../rule-state.ts";
import { BodyPlanner } from "./body.ts";
import { addChild, locate, PlanContext, type PlanNode, planNode } from "./context.ts";
import { isIndexed, planGuards } from "./guards.ts";
import { type Keyed, type KeyedGroup, KeyedRules } from "./keyed-rules.ts";
import { isGenerated } from "./names.ts";
import { isOpen, matchValue } from "./unification.ts";

export interface PlanOptions {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Plans queries with the policy: plannedQueries() of query.ts. */
	readonly queries?: ((context: PlanContext) => readonly Query[]) | undefined;
	/** Plan what was kept of prints. Default false. */
	readonly prints?: boolean | undefined;
	/** Identifies this version of the product in the plan. */
	readonly producer: string;
}

/** A plan without the digests of its sources, which serialising adds. */
export interface PlannedPolicy {
	readonly plan: Omit<Plan, "sources" | "hash">;
	readonly context: PlanContext;
}

/** One rule group before its bodies are planned. */
export interface Group extends KeyedGroup {
	readonly path: readonly Value[];
	readonly kind: Func["kind"];
}

/** Plans all of it. The same modules always give the same plan. */
export function planPolicy(set: CheckedModuleSet, options: PlanOptions): PlannedPolicy {
	const { context, planner } = openPlan(set, options);
	const funcs: Func[] = [];
	// Planning one may ask for more.
	const planAll = (): void => {
		while (funcs.length < context.keyed.count) funcs.push(planner.func(funcs.length));
	};
	planAll();
	const queries = options.queries?.(context) ?? [];
	planAll();
	const plan = { ...planOf(context, funcs, queries, options), tree: treeOf(context.root) };
	const keyed = plan.keyed.map(({ rule, by, whole }) => ({ rule, by, whole }));
	return { plan: { ...plan, keyed, dataOnly: dataOnlyRules(plan, options.builtins) }, context };
}

/** Whether a rule or one of its branches is such. */
export function anyRule(set: CheckedModuleSet, holds: (r: RuleState) => boolean): boolean {
	return set[knowledge].compilation.modules.some((m) => m.all.some(holds));
}

/** The layout of a plan, and what plans the functions that are in it. */
export function openPlan(
	set: CheckedModuleSet,
	options: PlanOptions,
): { readonly context: PlanContext; readonly planner: PolicyPlanner } {
	const groups: Group[] = [];
	const root = planNode([]);
	const data = set.tree.children.get("data");
	if (data !== undefined) layOut(data, root, groups);
	const keyed = new KeyedRules(groups, set, options.builtins, options.prints === true);
	keyed.useObjects();
	const context = new PlanContext(root, groups.map(arityOf), keyed, options.builtins, options.prints === true);
	for (const m of set.modules) context.base(m.source);
	return { context, planner: new PolicyPlanner(context, groups, set.localNames) };
}

export function planOf<F>(
	context: PlanContext,
	funcs: F,
	queries: readonly Query[],
	options: PlanOptions,
): Omit<PlannedPolicy["plan"], "funcs" | "tree"> & { readonly funcs: F } {
	return {
		version: planVersion,
		regoplan: options.producer,
		constants: context.constants,
		funcs,
		keyed: context.keyed.table,
		dataOnly: [],
		builtins: context.builtinNames,
		mockable: {
			funcs: [...context.mockedFuncs],
			builtins: [...context.mockedBuiltins],
			shadowed: [...context.shadowed],
		},
		queries,
	};
}

function arityOf(g: Group): number {
	return g.rules[0]?.rule.head.args?.length ?? 0;
}

/** Copies the rule tree to plan nodes; a node with rules becomes a group. */
function layOut(from: RuleTree, to: PlanNode, groups: Group[]): void {
	if (from.rules.length > 0 && addGroup(from, to, groups)) return;
	for (const child of from.children.values()) layOut(child, addChild(to, child.key), groups);
}

/** `f() := 1` is a rule like `f := 1`, as in OPA. */
function isFunction(r: CheckedRule): boolean {
	return (r.rule.head.args?.length ?? 0) > 0;
}

/** Makes the group of a node; true when the group owns the subtree. */
function addGroup(from: RuleTree, to: PlanNode, groups: Group[]): boolean {
	const { path } = to;
	const first = at(from.rules, 0);
	if (isFunction(first)) {
		to.func = groups.push({ path, kind: "function", rules: from.rules, keys: 0, isObject: false, isMixed: false }) - 1;
		return false;
	}
	const depth = path.length + 1;
	// A variable is asked for any key: as in OPA, its rules answer together with those below, at any key.
	const hasVariables = from.rules.some((r) => r.ref.terms.length > depth);
	const isSet = first.rule.head.key !== undefined;
	const kind = hasVariables ? "object" : isSet ? "set" : "complete";
	const isMixed = hasVariables && from.children.size > 0;
	const rules = isMixed ? [...from.rules, ...rulesBelow(from)] : from.rules;
	const keys = kind === "complete" ? 0 : Math.max(...rules.map((r) => keysOf(r, depth)));
	to.rule = groups.push({ path, kind, rules, keys, isObject: hasVariables, isMixed }) - 1;
	return hasVariables || from.children.size === 0;
}

/** Keys of a definition below a node: of its ref, and its member. */
function keysOf({ ref, rule }: CheckedRule, depth: number): number {
	return ref.terms.length - depth + (rule.head.key === undefined ? 0 : 1);
}

function rulesBelow(from: RuleTree): CheckedRule[] {
	const out: CheckedRule[] = [];
	for (const child of from.children.values()) out.push(...child.rules, ...rulesBelow(child));
	return out;
}

export function treeOf(node: PlanNode): TreeNode {
	if (node.rule !== undefined) return { rule: node.rule };
	if (node.children.size === 0) return node.func === undefined ? { children: [] } : {};
	const children = [...node.children.values()].map((child) => [at(child.path, node.path.length), child] as const);
	children.sort((a, b) => compare(a[0], b[0]));
	return { children: children.map(([key, child]) => [toNodeKey(key), treeOf(child)] as const) };
}

/** The scalars of a path in the plan's form. */
function toNodeKey(key: Value): NodeKey {
	return encode(key) as NodeKey;
}

export class PolicyPlanner {
	readonly #context: PlanContext;
	readonly #groups: readonly Group[];
	readonly #localNames: ReadonlyMap<string, string>;
	/** The names of one definition while they are gathered. */
	readonly #shown: (readonly [number, string])[] = [];

	constructor(context: PlanContext, groups: readonly Group[], localNames: ReadonlyMap<string, string>) {
		this.#context = context;
		this.#groups = groups;
		this.#localNames = localNames;
	}

	/** A function of the plan: a group, or a group at some keys. */
	func(index: number): Func {
		const [g, arity] = this.groupAt(index);
		let count = 0;
		for (const r of g.rules) if (!r.rule.default) count++;
		const definitions: Definition[] = new Array(count);
		count = 0;
		let fallback: Definition | undefined;
		for (const r of this.#context.prints ? this.#inOrder(g) : g.rules) {
			const d = this.definition(g, r, arity);
			// OPA: a default below a ref head with variables is never used
			if (r.rule.default) fallback = g.kind === "object" ? undefined : d;
			else definitions[count++] = d;
		}
		return this.functionOf(g, arity, definitions, fallback);
	}

	/** The group of a function and the number of its parameters, which are keys where it is asked for by them. */
	groupAt(index: number): readonly [Group, number] {
		const group = this.#groups[index];
		if (group !== undefined) return [group, arityOf(group)];
		const { rule, keys } = this.#context.keyed.at(index) as Keyed;
		return [at(this.#groups, rule), keys];
	}

	functionOf<D>(
		g: Group,
		arity: number,
		definitions: D,
		fallback: Definition | undefined,
	): Omit<Func, "definitions"> & { readonly definitions: D } {
		const first = at(g.rules, 0);
		const oneValue = (g.kind === "complete" || g.kind === "function") && !(this.#context.prints && goesOn(g));
		const same = oneValue ? this.#sameValue(g.rules) : false;
		const { kind } = g;
		const path = g.path.map(toNodeKey);
		const location = locate(this.#context.base(first.module.source), first.rule);
		if (same) return { path, kind, arity, definitions, default: fallback, sameValue: true, location };
		return { path, kind, arity, definitions, default: fallback, location };
	}

	/** Where one definition is enough, what is printed depends on which is asked first. */
	#inOrder(g: Group): readonly CheckedRule[] {
		const later = (r: CheckedRule): boolean =>
			isIndexed(new BodyPlanner(this.#context, this.#context.base(r.module.source)), r.rule);
		const last = g.rules.filter(later);
		return last.length === 0 ? g.rules : [...g.rules.filter((r) => !last.includes(r)), ...last];
	}

	/** A definition and its branches, each of which is planned for itself. */
	definition(g: Group, r: CheckedRule, arity: number): Definition {
		const first = this.#branch(g, r, r.rule, arity, undefined);
		const branches = [first];
		let args = r.rule.head.args;
		for (let rule: Rule | undefined = r.rule.else; rule !== undefined; rule = rule.else) {
			branches.push(this.#branch(g, r, rule, arity, args));
			args = rule.head.args ?? args;
		}
		return chained(branches) ?? first;
	}

	#branch(g: Group, r: CheckedRule, rule: Rule, arity: number, args: readonly Term[] | undefined): Definition {
		const p = new BodyPlanner(this.#context, this.#context.base(r.module.source));
		const params = rule.head.args ?? args;
		const start = this.#context.open();
		for (let i = 0; i < arity; i++) p.temp();
		const result = p.temp();
		if (params !== undefined) planParams(p, params);
		const collects = g.kind === "set" || g.kind === "object";
		const heads = collects ? headsOf(r.ref.terms.slice(g.path.length + 1), rule.head) : [];
		const later = heads.slice(0, arity).map((t, i) => planKey(p, t, i));
		if (!rule.default) {
			planGuards(p, rule);
			p.body(rule.body);
		}
		if (collects) this.#yield(p, g, heads, later, rule, result);
		else p.emit({ op: "return", value: p.term(rule.head.value as Term), loc: p.loc(rule.head) });
		const body = p.close(start);
		let count = 0;
		p.eachVariable((name, slot) => {
			const shown = this.#localNames.get(name) ?? name;
			if (!isGenerated(shown)) this.#shown[count++] = [slot, shown];
		});
		// A list that grew by itself has room for more than most definitions name.
		const names = this.#shown.slice(0, count);
		return {
			location: p.loc(rule),
			locals: p.locals,
			result,
			body,
			names,
			else: undefined,
		};
	}

	/** Whether every definition and else branch yields one and the same constant. */
	#sameValue(rules: readonly CheckedRule[]): boolean {
		let value: Value | undefined;
		for (const r of rules) {
			if (r.rule.default) continue;
			for (let rule: Rule | undefined = r.rule; rule !== undefined; rule = rule.else) {
				const v = rule.head.value === undefined ? undefined : this.#context.ground(rule.head.value);
				if (v === undefined) return false;
				if (value === undefined) value = v;
				else if (!equal(value, v)) return false;
			}
		}
		return value !== undefined;
	}

	/** `later`: of keys that are given, whether they have to be compared now. */
	#yield(
		p: BodyPlanner,
		g: Group,
		heads: readonly Term[],
		later: readonly boolean[],
		{ head }: Rule,
		result: number,
	): void {
		const loc = p.loc(head);
		const keys = heads.map((t, i): Expression => {
			const isBound = later[i];
			if (isBound === undefined) return p.term(t);
			const param: Expression = { op: "local", local: i };
			if (isBound) p.emit({ op: "test", value: { op: "equal", left: param, right: p.term(t) }, loc });
			return param;
		});
		if (g.kind === "set") {
			p.emit({ op: "yield-member", into: result, value: at(keys, 0), loc });
			return;
		}
		const member = head.key !== undefined;
		const value = member ? pop(keys) : p.term(head.value as Term);
		p.emit({ op: "yield-entry", into: result, path: keys, value, member, loc });
	}
}

const noTerms: readonly Term[] = [];

/** What is compared with each parameter: arguments of a function, and terms of a head that is asked for by keys. */
export function paramsOf(g: Group, r: CheckedRule, arity: number): readonly Term[] {
	if (g.kind === "function") return r.rule.head.args ?? noTerms;
	return arity === 0 ? noTerms : headsOf(r.ref.terms.slice(g.path.length + 1), r.rule.head).slice(0, arity);
}

/** The keys of a definition: those of its ref below the group, and the member it adds. */
function headsOf(path: readonly Term[], head: Head): readonly Term[] {
	return head.key === undefined ? path : [...path, head.key];
}

/**
 * Plans what a given key says about a head's term, before the body; true where it has to be compared after
 * it. Patterns are taken apart as OPA unifies a reference with a head.
 */
function planKey(p: BodyPlanner, t: Term, param: number): boolean {
	if (t.kind === "var" && isOpen(p, t)) {
		p.bindTo(t.name, param);
		return false;
	}
	if (t.kind !== "scalar" && t.kind !== "var") return true;
	const left: Expression = { op: "local", local: param };
	p.emit({ op: "test", value: { op: "equal", left, right: p.term(t) }, loc: p.loc(t) });
	return false;
}

/** Parameters arrive in locals 0 … n-1; plain variables live there, patterns are taken apart. */
function planParams(p: BodyPlanner, params: readonly Term[]): void {
	if (areNewVariables(p, params)) {
		for (let i = 0; i < params.length; i++) p.bindTo((params[i] as Var).name, i);
		return;
	}
	params.forEach((t, i) => {
		if (t.kind === "var" && isOpen(p, t)) p.bindTo(t.name, i);
		else matchValue(p, t, { op: "local", local: i }, p.loc(t));
	});
}

/** Whether each parameter is a variable of its own: nearly always so. */
function areNewVariables(p: BodyPlanner, params: readonly Term[]): boolean {
	for (let i = 0; i < params.length; i++) {
		const t = at(params, i);
		if (t.kind !== "var" || !isOpen(p, t)) return false;
		for (let j = 0; j < i; j++) if ((params[j] as Var).name === t.name) return false;
	}
	return true;
}

/** `p.a = 1 { … }` of v0 is an object's entry for OPA: it is not left at the first value, as what it prints shows. */
function goesOn(g: Group): boolean {
	return g.rules.some(
		({ rule: { head }, module }) =>
			module.regoVersion === "v0" &&
			!module.imports.some(isRegoV1Import) &&
			head.ref.terms.length === 2 &&
			head.args === undefined,
	);
}
