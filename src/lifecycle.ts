/**
 * From when a policy is made to when it is dropped: its plans, and the programs that run them, each made when it is
 * first needed.
 *
 *     made ──▶ planned on demand: functions when they are called, run by closures, which are ready at once
 *                 │                            │
 *                 │ 100 decisions, or 40 ms,   │ prints are asked for
 *                 │ of documents asked for     │
 *                 │ before, and more for a     │
 *                 ▼ large policy               ▼
 *              whole: all of it, folded,    with prints: all of it, as OPA orders it, run by closures
 *              run by the chosen backend       (a plan of its own, beside the others)
 *                 │
 *                 │ an error in generated code
 *                 ▼
 *              reference: closures over the whole plan, which know where the error is
 *
 * A decision that takes long ends the first state at once and is begun again in the second; so does a backend that
 * is chosen by name. Copies of a policy over other data share all of this. Queries are planned on demand, in a plan of
 * their own (policy-plans.ts).
 */

import type { Builtin } from "./builtins/define.ts";
import type { Backend, ExecutablePlan, Program } from "./eval/backend.ts";
import { closureProgram, closures } from "./eval/closures/closures.ts";
import { DeepCalls } from "./eval/deep-calls.ts";
import { TakesLong } from "./eval/patience.ts";
import type { PlaceTable } from "./plan/places.ts";
import type { PlanOnDemand } from "./plan/plan.ts";
import { isOverflow } from "./stack.ts";

/** What makes the plans of a policy. */
export interface Planner {
	/** Planned as it is needed, or planned already; and how many definitions it has. */
	first(): { readonly plan: PlanOnDemand; readonly places: PlaceTable; readonly definitions: number };
	/** The plan to keep: all of it, with its constants folded. */
	whole(): ExecutablePlan;
	/** All of it with its prints, and what runs it. Throws where the policy's text is not at hand. */
	printing(): { readonly plan: ExecutablePlan; readonly places: PlaceTable; readonly backend: Backend };
}

/** All that is made of a policy in its time. */
export class Lifecycle {
	readonly #planner: Planner;
	readonly #backend: Backend;
	readonly #builtins: ReadonlyMap<string, Builtin>;
	#plain: Prepared | undefined;
	#printing: Prepared | undefined;

	constructor(planner: Planner, backend: Backend, builtins: ReadonlyMap<string, Builtin>) {
		this.#planner = planner;
		this.#backend = backend;
		this.#builtins = builtins;
	}

	/** What decides. */
	get plain(): Prepared {
		if (this.#plain === undefined) {
			const { plan, places, definitions } = this.#planner.first();
			const whole = (): ExecutablePlan => this.#planner.whole();
			this.#plain = new Prepared(plan, whole, places, this.#backend, this.#builtins, definitions);
		}
		return this.#plain;
	}

	/** What prints on its way. */
	get printing(): Prepared {
		if (this.#printing === undefined) {
			const { plan, places, backend } = this.#planner.printing();
			this.#printing = new Prepared(plan, () => plan, places, backend, this.#builtins, plan.funcs.length);
		}
		return this.#printing;
	}
}

/**
 * What closures may take before a patient backend makes its program: about what that takes in a process
 * that has just started, so that many a short-lived one never pays for it, and more for each definition of a
 * large policy. In decisions, too, for hosts whose clocks stand still while they work. The first decision of each
 * document does not count: much of it is planning, and where many are asked for once a program would not pay.
 */
const patience = { milliseconds: 40, decisions: 100, perDefinition: { milliseconds: 0.05, decisions: 1 } };

/** So many documents are kept in mind. */
const maxAsked = 10_000;

/** A plan and the programs that run it, each made when it is first needed. */
export class Prepared {
	readonly places: PlaceTable;
	readonly #whole: () => ExecutablePlan;
	readonly #backend: Backend;
	readonly #builtins: ReadonlyMap<string, Builtin>;
	#first: PlanOnDemand;
	#plan: ExecutablePlan | undefined;
	#program: Program | undefined;
	#reference: Program | undefined;
	/** Milliseconds and decisions that are left to closures; one decision may take all of this time. */
	readonly #earlyTime: number;
	readonly #earlyDecisions: number;
	#spent = 0;
	#decisions = 0;
	/** Documents that have been asked for. */
	readonly #asked: Set<string> = new Set();

	/** `whole` gives the plan to keep: all of it, with its constants folded. */
	constructor(
		first: PlanOnDemand,
		whole: () => ExecutablePlan,
		places: PlaceTable,
		backend: Backend,
		builtins: ReadonlyMap<string, Builtin>,
		definitions: number,
	) {
		this.#first = first;
		this.places = places;
		this.#whole = whole;
		this.#backend = backend;
		this.#builtins = builtins;
		const { milliseconds, decisions, perDefinition } = patience;
		this.#earlyTime = milliseconds + definitions * perDefinition.milliseconds;
		this.#earlyDecisions = decisions + definitions * perDefinition.decisions;
	}

	get plan(): ExecutablePlan {
		this.#plan ??= this.#whole();
		return this.#plan;
	}

	/** As it was planned, or is planned as it is needed: what the first decisions are made from. */
	get first(): PlanOnDemand {
		return this.#first;
	}

	get program(): Program {
		if (this.#program === undefined) {
			this.#program = this.#backend.prepare(this.plan, this.#builtins);
			// One plan in memory is enough.
			this.#first = this.plan;
			this.#reference = undefined;
			this.#asked.clear();
		}
		return this.#program;
	}

	/** Whether decisions are still left to closures, which are ready at once. */
	get early(): boolean {
		if (this.#backend.patient !== true || this.#program !== undefined) return false;
		return this.#spent < this.#earlyTime && this.#decisions < this.#earlyDecisions;
	}

	/** An evaluation of a document, by closures while it is early. It may have to be begun again. */
	decide<T>(
		path: string,
		evaluate: (program: Program, of: { readonly patience?: number; readonly deep?: DeepCalls }) => T,
	): T {
		if (this.early) {
			const isFirst = !this.#asked.has(path) && this.#asked.size < maxAsked;
			if (isFirst) this.#asked.add(path);
			else this.#decisions++;
			const start = performance.now();
			try {
				return evaluate(this.reference, { patience: this.#earlyTime });
			} catch (e) {
				// Closures take more of the stack than a program: a long chain of rules may be too much for them alone.
				if (!(isOverflow(e) || e instanceof TakesLong)) throw e;
			} finally {
				if (!isFirst) this.#spent += performance.now() - start;
			}
		}
		return this.deeply((program, deep) => evaluate(program, deep === undefined ? {} : { deep }));
	}

	/** An evaluation that may be too deep for the stack. It may have to be begun again. */
	deeply<T>(evaluate: (program: Program, deep: DeepCalls | undefined) => T): T {
		try {
			return evaluate(this.program, undefined);
		} catch (e) {
			if (!isOverflow(e)) throw e;
			return this.deep(evaluate);
		}
	}

	/** An evaluation for which the stack did not suffice. */
	deep<T>(evaluate: (program: Program, deep: DeepCalls) => T): T {
		const deep = new DeepCalls();
		return deep.run(() => evaluate(this.reference, deep));
	}

	/** The closure backend's, for the first decisions, or when an error needs explaining. */
	get reference(): Program {
		if (this.#backend.name === closures.name) return this.program;
		this.#reference ??= closureProgram(this.first, this.#builtins);
		return this.#reference;
	}
}
