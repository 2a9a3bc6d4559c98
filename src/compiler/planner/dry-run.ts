/**
 * Whether a body can be planned: asked of bodies whose order is not as written, by planning them. What binds
 * a variable is so decided in one place, the planner; what it cannot plan is an error of the policy, never of
 * an evaluation. Documents are all taken for base documents: that makes no difference to what is bound.
 */
import type { Builtin } from "../../builtins/define.ts";
import type { Body, Ref, Term } from "../../parser/ast.ts";
import { knowledge } from "../checked.ts";
import { allVars, allVarsInBody, type Names } from "../syntax/vars.ts";
import { BodyPlanner } from "./body.ts";
import { PlanContext, type PlanNode, planNode, UnplannedTerm } from "./context.ts";
import { KeyedRules } from "./keyed-rules.ts";

export interface DryRun {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** How many operands a function takes; -1 for what is no function. */
	readonly arity: (operator: Ref) => number;
	readonly isBound: (name: string) => boolean;
}

/** What stops a body, and the terms evaluated after it, from being planned; undefined: nothing. */
export function unplannedTerm(body: Body, heads: readonly Term[], run: DryRun): UnplannedTerm | undefined {
	const planner = new BodyPlanner(new DryContext(run), 0);
	const names: Names = new Set();
	allVarsInBody(body, names);
	for (const t of heads) allVars(t, names);
	for (const name of names) if (run.isBound(name)) planner.bindTo(name, planner.temp());
	try {
		planner.body(body);
		for (const t of heads) planner.term(t);
		return undefined;
	} catch (e) {
		if (e instanceof UnplannedTerm) return e;
		throw e;
	}
}

class DryContext extends PlanContext {
	readonly #arity: DryRun["arity"];
	readonly #counts: number[];

	constructor({ builtins, arity }: DryRun) {
		const counts: number[] = [];
		// No document is a rule here, so that nothing is asked of the rules.
		const rules = new KeyedRules([], { [knowledge]: { graph: new Map(), rules: new Map() } }, builtins, true);
		super(planNode([]), counts, rules, builtins, true);
		this.#arity = arity;
		this.#counts = counts;
	}

	override nodeOf(r: Ref): PlanNode | undefined {
		const arity = this.#arity(r);
		return arity < 1 ? undefined : { ...planNode([]), func: this.#counts.push(arity) - 1 };
	}
}
