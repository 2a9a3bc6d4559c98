/**
 * A checked module set to a decision plan: groups rule definitions by the document they define,
 * lays out the virtual document tree, and plans each definition's body (body.ts).
 */
import type { Builtin } from "../../builtins/define.ts";
import type { Head, Rule, Term, Var } from "../../parser/ast.ts";
import {
	type Definition,
	type Expression,
	type Func,
	type Plan,
	type PlanOnDemand,
	planVersion,
	type TreeNode,
} from "../../plan/plan.ts";
import { equal } from "../../value/compare.ts";
import type { Value } from "../../value/value.ts";
import { type CheckedModuleSet, type CheckedQuery, type CheckedRule, knowledge, type RuleTree } from "../checked.ts";
import type { RuleState } from "../rule-state.ts";
import { BodyPlanner } from "./body.ts";
import { addChild, locate, PlanContext, type PlanNode, planNode } from "./context.ts";
import { planGuards } from "./guards.ts";
import { isGenerated } from "./names.ts";
import { planQuery } from "./query.ts";
import { skeletonOf } from "./skeleton.ts";
import { isOpen, matchValue } from "./unification.ts";

export interface PlanOptions {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Ad-hoc queries to plan with the policy. */
	readonly queries?: readonly { readonly name: string; readonly query: CheckedQuery }[];
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
interface Group {
	readonly path: readonly string[];
	readonly kind: Func["kind"];
	readonly rules: readonly CheckedRule[];
	readonly index: number;
}

/** Plans all of it. The same modules always give the same plan. */
export function planPolicy(set: CheckedModuleSet, options: PlanOptions): PlannedPolicy {
	const { context, count, func } = openPlan(set, options);
	const funcs = Array.from({ length: count }, (_, i) => func(i));
	return { plan: planOf(context, funcs, options), context };
}

/**
 * A plan for a few evaluations: each function is planned when it is first asked for. Constants and
 * builtins are numbered as they are met, so what has been asked for shows in it; it is not for keeping.
 * Undefined where `with` replaces something: what may be replaced is known of a whole plan only.
 */
export function planOnDemand(
	set: CheckedModuleSet,
	options: PlanOptions,
): { readonly plan: PlanOnDemand; readonly context: PlanContext } | undefined {
	if (anyRule(set, (r) => r.has.withs)) return undefined;
	const { context, count, func } = openPlan(set, options);
	const planned: (Func | undefined)[] = new Array(count);
	const at = (i: number): Func | undefined => {
		if (i >= 0 && i < count) planned[i] ??= func(i);
		return planned[i];
	};
	const plan = planOf(context, { length: count, at }, options);
	const { funcs, builtins, shadowed } = plan.mockable;
	return funcs.length + builtins.length + shadowed.length > 0 ? undefined : { plan, context };
}

/** Whether a rule or one of its branches is such. */
export function anyRule(set: CheckedModuleSet, such: (r: RuleState) => boolean): boolean {
	return set[knowledge].compilation.modules.some((m) => m.all.some(such));
}

/** The layout of a plan, and what plans the functions that are in it. */
function openPlan(
	set: CheckedModuleSet,
	options: PlanOptions,
): { readonly context: PlanContext; readonly count: number; readonly func: (index: number) => Func } {
	const groups: Group[] = [];
	const root = planNode([]);
	const data = set.tree.children.get("data");
	if (data !== undefined) layOut(data, root, groups);
	const context = new PlanContext(root, groups.map(arityOf), options.builtins, options.prints === true);
	for (const m of set.modules) context.base(m.source);
	const planner = new PolicyPlanner(context, set.localNames);
	return { context, count: groups.length, func: (i) => planner.group(groups[i] as Group) };
}

function planOf<F>(
	context: PlanContext,
	funcs: F,
	options: PlanOptions,
): Omit<PlannedPolicy["plan"], "funcs"> & { readonly funcs: F } {
	const queries = (options.queries ?? []).map(({ name, query }) => planQuery(context, name, query));
	return {
		version: planVersion,
		regoplan: options.producer,
		constants: context.constants,
		funcs,
		tree: treeOf(context.root),
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
	for (const [name, child] of from.children) {
		const node = planNode([...to.path, name]);
		addChild(to, name, node);
		layOut(child, node, groups);
	}
}

/** `f() := 1` is a rule like `f := 1`, as in OPA. */
function isFunction(r: CheckedRule): boolean {
	return (r.rule.head.args?.length ?? 0) > 0;
}

/** Makes the group of a node; true when the group owns the subtree. */
function addGroup(from: RuleTree, to: PlanNode, groups: Group[]): boolean {
	const depth = to.path.length + 1;
	const general = from.rules.some((r) => r.ref.terms.length > depth);
	// Nearly always one or the other: then the lists are the tree's own.
	const functions = from.rules.every(isFunction) ? from.rules : from.rules.filter(isFunction);
	if (functions.length > 0) {
		to.func = groups.push({ path: to.path, kind: "function", rules: functions, index: groups.length }) - 1;
		if (functions.length === from.rules.length) return false;
	}
	const documents = functions.length === 0 ? from.rules : from.rules.filter((r) => !isFunction(r));
	if (general) {
		const all = [...documents, ...rulesBelow(from)];
		to.rule = groups.push({ path: to.path, kind: "object", rules: all, index: groups.length }) - 1;
		for (const [name, child] of from.children) layOutFunctions(child, to, name, groups);
		return true;
	}
	const kind = documents.some((r) => r.rule.head.key !== undefined) ? "set" : "complete";
	to.rule = groups.push({ path: to.path, kind, rules: documents, index: groups.length }) - 1;
	return from.children.size === 0;
}

function rulesBelow(from: RuleTree): CheckedRule[] {
	const out: CheckedRule[] = [];
	for (const child of from.children.values()) {
		for (const r of child.rules) if (!isFunction(r)) out.push(r);
		out.push(...rulesBelow(child));
	}
	return out;
}

/** Functions below a group stay callable. */
function layOutFunctions(from: RuleTree, parent: PlanNode, name: string, groups: Group[]): void {
	const functions = from.rules.filter(isFunction);
	const node = planNode([...parent.path, name]);
	if (functions.length > 0) {
		node.func = groups.push({ path: node.path, kind: "function", rules: functions, index: groups.length }) - 1;
		addChild(parent, name, node);
	}
	for (const [n, child] of from.children) layOutFunctions(child, node, n, groups);
	if (node.children.size > 0) addChild(parent, name, node);
}

function treeOf(node: PlanNode): TreeNode {
	if (node.rule !== undefined) return { rule: node.rule };
	if (node.children.size === 0) return node.func === undefined ? { children: [] } : {};
	const names = [...node.children.keys()].sort();
	return { children: names.map((name) => [name, treeOf(node.children.get(name) as PlanNode)] as const) };
}

class PolicyPlanner {
	readonly #context: PlanContext;
	readonly #localNames: ReadonlyMap<string, string>;
	/** The names of one definition while they are gathered. */
	readonly #shown: (readonly [number, string])[] = [];

	constructor(context: PlanContext, localNames: ReadonlyMap<string, string>) {
		this.#context = context;
		this.#localNames = localNames;
	}

	group(g: Group): Func {
		const first = g.rules[0] as CheckedRule;
		const arity = arityOf(g);
		let count = 0;
		for (const r of g.rules) if (!r.rule.default) count++;
		const definitions: Definition[] = new Array(count);
		count = 0;
		let fallback: Definition | undefined;
		for (const r of g.rules) {
			const d = this.#definition(g, r, r.rule, arity, undefined);
			// OPA: a default below a general ref head is never used
			if (r.rule.default) fallback = g.kind === "object" ? undefined : d;
			else definitions[count++] = d;
		}
		const same = g.kind === "complete" || g.kind === "function" ? this.#sameValue(g.rules) : false;
		const skeleton = g.kind === "object" ? skeletonOf(g.rules, g.path.length + 1) : undefined;
		const { path, kind } = g;
		const location = locate(this.#context.base(first.module.source), first.rule);
		if (same) return { path, kind, arity, definitions, default: fallback, sameValue: true, location };
		const func = { path, kind, arity, definitions, default: fallback, location };
		return skeleton === undefined ? func : { ...func, skeleton: this.#context.constantIndex(skeleton) };
	}

	#definition(g: Group, r: CheckedRule, rule: Rule, arity: number, args: readonly Term[] | undefined): Definition {
		const p = new BodyPlanner(this.#context, this.#context.base(r.module.source));
		const params = rule.head.args ?? args;
		const start = this.#context.open();
		for (let i = 0; i < arity; i++) p.temp();
		const result = p.temp();
		if (params !== undefined) planParams(p, params);
		if (!rule.default) planGuards(p, rule);
		if (!rule.default || g.kind === "function") p.body(rule.body);
		this.#yield(p, g, r, rule, result);
		const body = this.#context.close(start);
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
			else: rule.else === undefined ? undefined : this.#definition(g, r, rule.else, arity, params),
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

	#yield(p: BodyPlanner, g: Group, r: CheckedRule, rule: Rule, result: number): void {
		const head: Head = rule.head;
		const loc = p.loc(head);
		if (g.kind === "complete" || g.kind === "function") {
			p.emit({ op: "return", value: p.term(head.value as Term), loc });
			return;
		}
		if (g.kind === "set") {
			p.emit({ op: "yield-member", into: result, value: p.term(head.key as Term), loc });
			return;
		}
		const path: Expression[] = [];
		for (const t of r.ref.terms.slice(g.path.length + 1)) path.push(p.term(t));
		const member = head.key !== undefined;
		const value = p.term((member ? head.key : head.value) as Term);
		p.emit({ op: "yield-entry", into: result, path, value, member, loc });
	}
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
		const t = params[i] as Term;
		if (t.kind !== "var" || !isOpen(p, t)) return false;
		for (let j = 0; j < i; j++) if ((params[j] as Var).name === t.name) return false;
	}
	return true;
}
