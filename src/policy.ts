/**
 * A compiled policy, Ajv-like: compile once, call often, synchronously. It holds a plan and a
 * prepared program; the syntax trees are kept only for queries and for plans with prints, which are
 * made when first asked for (policy-plans.ts).
 */

import type { RegoError } from "./errors.ts";
import type { PrintLine } from "./eval/context.ts";
import { takeData } from "./face/inputs.ts";
import type { JsonValue } from "./face/json-value.ts";
import { checkSelf } from "./face/options.ts";
import type { Module } from "./parser/ast.ts";
import type { PlanPart } from "./parts.ts";
import { withBaseData } from "./plan/base-data.ts";
import type { Plan } from "./plan/plan.ts";
import { type DecideOptions, type Explainable, PlannedPolicy } from "./planned.ts";
import { missingPart, PolicyPlans, type PolicySettings } from "./policy-plans.ts";
import type { Asked } from "./policy-queries.ts";

/** For a query. */
export interface QueryOptions extends Omit<DecideOptions, "optional"> {
	/** Evaluate with prints: in OPA's order, at the cost of speed. */
	readonly prints?: boolean | undefined;
	/** Package the query is asked in, e.g. `data.foo` or `foo`. */
	readonly package?: string | undefined;
	readonly imports?: readonly string[] | undefined;
	readonly regoVersion?: "v0" | "v1" | undefined;
	/** Told when a stage of the query begins: for measuring. */
	readonly onStage?: ((stage: "parse" | "compile" | "eval") => void) | undefined;
	/** Handed what was printed, also when the evaluation then fails. */
	readonly onPrints?: ((lines: readonly PrintLine[]) => void) | undefined;
}

/** What query() answers. */
export interface QueryResult<V = JsonValue> {
	/** A row for each solution; none is undefined. */
	readonly rows: readonly QueryRow<V>[];
	readonly prints: readonly PrintLine[];
	readonly builtinErrors: readonly RegoError[];
}

/** One solution of a query. */
export interface QueryRow<V = JsonValue> {
	/** The value, text and place of each expression. */
	readonly expressions: readonly {
		readonly value: V;
		readonly text: string;
		readonly location: { readonly row: number; readonly col: number };
	}[];
	/** The query's variables. */
	readonly bindings: { readonly [name: string]: V };
}

/** A compiled policy. Prepare its rules once, and call them often. */
export class Policy<V = JsonValue> extends PlannedPolicy<V> {
	declare protected readonly settings: PolicySettings;
	readonly #plans: PolicyPlans;

	/** Use compile(). Throws RegoErrors where the modules do not compile. */
	constructor(modules: readonly Module[], settings: PolicySettings, shared?: PolicyPlans) {
		const plans = shared ?? new PolicyPlans(modules, settings);
		super(settings, plans.lifecycle);
		this.#plans = plans;
	}

	/** The same policy over other base data: the plan is shared. */
	withData(data: object): Policy<V> {
		const checkedData = takeData(data, this.settings.inputs);
		return new Policy(this.#plans.modules, { ...this.settings, data: checkedData }, this.#plans);
	}

	/** What `opa eval` answers to a query: a row per solution. Throws RegoErrors or RegoError. */
	query(text: string, input?: unknown, options: QueryOptions = {}): QueryResult<V> {
		checkSelf(this, "query");
		const newState: Asked["newState"] = (...args) => this.newState(...args);
		return this.#plans.queries("query").ask({ data: this.settings.data, newState }, text, input, options);
	}

	/** Parses and checks a query without asking it. Throws RegoErrors, as query() would. */
	checkQuery(text: string, options: QueryOptions = {}): void {
		this.#plans.queries("checkQuery").check(text, options);
	}

	protected unfolded(): Pick<Explainable, "plan" | "text"> {
		const { plan, context } = this.#plans.unfolded;
		const text: Explainable["text"] = (loc) => {
			const placed = context.sources.findLast((s) => s.base <= loc);
			return placed === undefined ? undefined : { text: placed.source.text, offset: loc - placed.base };
		};
		return { plan, text };
	}

	get plan(): Plan {
		const { plan } = this.lifecycle.plain;
		const { sourcesOf, hashOf } = this.#plansPart("plan");
		const kept = sourcesOf(this.#plans.sources);
		return withBaseData({ ...plan, sources: kept, hash: hashOf(kept) }, this.settings.data);
	}

	/** The plan that prints, for loadPlan's `printing`; undefined where the policy prints nothing. */
	get printingPlan(): Plan | undefined {
		const { plan, context } = this.#plans.planWithPrints();
		if (!context.printsSomething) return undefined;
		const { sourcesOf, hashOf } = this.#plansPart("printingPlan");
		return { ...plan, sources: sourcesOf(context.sources), hash: hashOf(sourcesOf(this.#plans.sources)) };
	}

	override get hash(): string {
		const { sourcesOf, hashOf } = this.#plansPart("hash");
		return hashOf(sourcesOf(this.#plans.sources));
	}

	/** The plan as canonical JSON. */
	toJSON(): string {
		return this.#plansPart("toJSON").toJson(this.plan);
	}

	#plansPart(what: string): PlanPart {
		return this.settings.parts.plans ?? missingPart(what, "plans");
	}
}
