/**
 * Sets and objects that are asked for single keys are planned by them, too: once more for one key, for
 * two in a row and so on, as functions of these keys. This keeps which of them a plan needs, and where
 * among its functions they are.
 */
import type { Builtin } from "../../builtins/define.ts";
import type { KeyedRule } from "../../plan/plan.ts";
import { type CheckedRule, type Knowledge, knowledge } from "../checked.ts";
import type { RuleGraph } from "../rule-dependencies.ts";
import type { CallSite, RuleState } from "../rule-state.ts";
import { internalPrintName, operatorName } from "../syntax/calls.ts";

/** What matters of a group of rules. */
export interface KeyedGroup {
	readonly rules: readonly CheckedRule[];
	/** The most keys that a definition of it has; 0 for what is no set or object. */
	readonly keys: number;
	readonly isObject: boolean;
	/** Definitions at other nodes of the tree than the group's are in it. */
	readonly isMixed: boolean;
}

/** A function that evaluates a group at some keys. */
export interface Keyed {
	readonly rule: number;
	readonly keys: number;
}

/** What is known of the rules of a policy. */
interface KnownRules {
	readonly [knowledge]: Pick<Knowledge, "graph" | "rules">;
}

export class KeyedRules {
	readonly #groups: readonly KeyedGroup[];
	readonly #set: KnownRules;
	readonly #prints: boolean;
	readonly #builtins: ReadonlyMap<string, Builtin>;
	readonly #functions: Keyed[] = [];
	readonly #by: Map<number, number[]> = new Map();
	/** As the plan has it. */
	readonly table: KeyedRule[] = [];
	#states: ReadonlyMap<CheckedRule, RuleState> | undefined;
	#impure: ReadonlySet<RuleState> | undefined;

	/** With prints, what prints does more than to give a value. */
	constructor(groups: readonly KeyedGroup[], set: KnownRules, builtins: ReadonlyMap<string, Builtin>, prints: boolean) {
		this.#groups = groups;
		this.#set = set;
		this.#builtins = builtins;
		this.#prints = prints;
	}

	/** Number of functions of the plan so far. */
	get count(): number {
		return this.#groups.length + this.#functions.length;
	}

	/** What a function beyond the groups is. */
	at(index: number): Keyed | undefined {
		return this.#functions[index - this.#groups.length];
	}

	/** How many of so many keys in a row may be handed to a rule at once. */
	keysOf(rule: number, available: number): number {
		return Math.min(this.#groups[rule]?.keys ?? 0, available);
	}

	/** Notes that objects may be asked for by a path of names, which nothing in the policy shows. */
	useObjects(): void {
		for (const [rule, group] of this.#groups.entries()) if (group.isObject) this.use(rule, group.keys);
	}

	/** Notes that a rule is asked for by so many keys. */
	use(rule: number, keys: number): void {
		let by = this.#by.get(rule);
		if (by === undefined) {
			by = [];
			this.#by.set(rule, by);
			this.table.push(new Entry(this, rule, by));
		}
		// Fewer keys, too: after many different last keys all of them are evaluated at once.
		while (by.length < keys) {
			by.push(this.count);
			this.#functions.push({ rule, keys: by.length });
		}
	}

	/** Whether nothing that a rule reaches is the rule itself, or does more than to give a value. */
	mayBeWhole(rule: number): boolean {
		const group = this.#groups[rule];
		if (group === undefined) return false;
		const own = new Set<RuleState>();
		for (const r of group.rules) for (let s = this.#stateOf(r); s !== undefined; s = s.else) own.add(s);
		const impure = this.#impureRules();
		for (const r of own) if (impure.has(r)) return false;
		// Definitions of one node are no use to each other: the check of recursion has seen to that.
		return !group.isMixed || !reachesItself(own, this.#set[knowledge].graph);
	}

	#stateOf(r: CheckedRule): RuleState | undefined {
		if (this.#states === undefined) {
			const states = new Map<CheckedRule, RuleState>();
			for (const [state, checked] of this.#set[knowledge].rules) states.set(checked, state);
			this.#states = states;
		}
		return this.#states.get(r);
	}

	/** Rules that call, or reach what calls, a builtin whose calls can be told from elsewhere. */
	#impureRules(): ReadonlySet<RuleState> {
		if (this.#impure !== undefined) return this.#impure;
		const { graph } = this.#set[knowledge];
		const users = new Map<RuleState, RuleState[]>();
		const impure = new Set<RuleState>();
		for (const [r, uses] of graph) {
			for (const used of uses) {
				const list = users.get(used);
				if (list === undefined) users.set(used, [r]);
				else list.push(r);
			}
			if (r.calls.some((c) => this.#isImpure(c))) impure.add(r);
		}
		// The set grows while it is gone through.
		for (const r of impure) for (const user of users.get(r) ?? []) impure.add(user);
		this.#impure = impure;
		return impure;
	}

	#isImpure({ call }: CallSite): boolean {
		const name = operatorName(call.operator);
		if (name === internalPrintName && !this.#prints) return false;
		const builtin = name === undefined ? undefined : this.#builtins.get(name);
		return builtin !== undefined && !builtin.pure;
	}
}

function reachesItself(own: ReadonlySet<RuleState>, graph: RuleGraph): boolean {
	const reached = new Set(own);
	for (const r of reached) {
		for (const d of graph.get(r) ?? []) {
			if (own.has(d)) return true;
			reached.add(d);
		}
	}
	return false;
}

/** Most are never asked for so many keys that it matters. */
class Entry implements KeyedRule {
	readonly rule: number;
	readonly by: readonly number[];
	readonly #rules: KeyedRules;
	#whole: boolean | undefined;

	constructor(rules: KeyedRules, rule: number, by: readonly number[]) {
		this.rule = rule;
		this.by = by;
		this.#rules = rules;
	}

	get whole(): boolean {
		this.#whole ??= this.#rules.mayBeWhole(this.rule);
		return this.#whole;
	}
}
