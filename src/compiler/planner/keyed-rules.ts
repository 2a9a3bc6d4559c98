/**
 * Sets and objects that are asked for single keys are planned by them, too: once more for one key, for
 * two in a row and so on, as functions of these keys. This keeps which of them a plan needs, and where
 * among its functions they are.
 */
import type { Builtin } from "../../builtins/define.ts";
import type { KeyedRule } from "../../plan/plan.ts";
import { type CheckedRule, type Knowledge, knowledge } from "../checked.ts";
import type { RuleState } from "../rule-state.ts";
import { internalPrintName, operatorName } from "../syntax/calls.ts";

/** What matters of a group of rules. */
export interface KeyedGroup {
	readonly rules: readonly CheckedRule[];
	/** The most keys that a definition of it has; 0 for what is no set or object. */
	readonly keys: number;
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
	keysOf(rule: number, given: number): number {
		return Math.min(this.#groups[rule]?.keys ?? 0, given);
	}

	/** Notes that a rule is asked for by so many keys. */
	use(rule: number, keys: number): void {
		let by = this.#by.get(rule);
		if (by === undefined) {
			by = [];
			this.#by.set(rule, by);
			this.table.push({ rule, by, whole: this.#mayBeWhole(rule) });
		}
		// Fewer keys, too: after many different last keys all of them are evaluated at once.
		while (by.length < keys) {
			by.push(this.count);
			this.#functions.push({ rule, keys: by.length });
		}
	}

	/** Whether nothing that a rule reaches is the rule itself, or does more than to give a value. */
	#mayBeWhole(rule: number): boolean {
		const { graph, rules } = this.#set[knowledge];
		if (this.#states === undefined) {
			const states = new Map<CheckedRule, RuleState>();
			for (const [state, checked] of rules) states.set(checked, state);
			this.#states = states;
		}
		const own = new Set<RuleState>();
		for (const r of this.#groups[rule]?.rules ?? []) {
			for (let s = this.#states.get(r); s !== undefined; s = s.else) own.add(s);
		}
		const reached = new Set(own);
		// The set grows while it is gone through.
		for (const r of reached) {
			for (const { call } of r.calls) {
				const name = operatorName(call.operator);
				if (name === internalPrintName && !this.#prints) continue;
				const builtin = name === undefined ? undefined : this.#builtins.get(name);
				if (builtin !== undefined && !builtin.pure) return false;
			}
			for (const d of graph.get(r) ?? []) {
				if (own.has(d)) return false;
				reached.add(d);
			}
		}
		return true;
	}
}
