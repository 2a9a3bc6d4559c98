/**
 * A compiled policy, Ajv-like: compile once, call often, synchronously. It holds a plan and a
 * prepared program; the syntax trees are kept only for queries and for plans with prints, which are
 * made when first asked for (policy-plans.ts).
 */

import { checkQuery } from "./compiler/check.ts";
import type { CheckedQuery } from "./compiler/checked.ts";
import { type OpenPlan, planPolicy, planQueryOf } from "./compiler/planner/policy.ts";
import { type RegoError, RegoErrors } from "./errors.ts";
import type { Program } from "./eval/backend.ts";
import { closures, printing, queryProgram } from "./eval/closures/closures.ts";
import { EvalContext, type PrintLine } from "./eval/context.ts";
import { DeepCall, DeepCalls } from "./eval/deep-calls.ts";
import { TakesLong } from "./eval/patience.ts";
import { hinted } from "./face/hints.ts";
import { evaluationError, takeData, takeInput } from "./face/inputs.ts";
import type { JsonValue } from "./face/json-value.ts";
import { checkOptions, checkSelf, limitChecks, type OptionChecks } from "./face/options.ts";
import type { Source } from "./location.ts";
import type { Module } from "./parser/ast.ts";
import type { PlanPart } from "./parts.ts";
import { withBaseData } from "./plan/base-data.ts";
import type { Plan } from "./plan/plan.ts";
import { placesOf } from "./plan/sources.ts";
import { type DecideOptions, type Explainable, PlannedPolicy } from "./planned.ts";
import { PolicyPlans, type PolicySettings } from "./policy-plans.ts";
import { parsedQuery } from "./query-text.ts";
import { isOverflow } from "./stack.ts";
import type { Value } from "./value/value.ts";
import { version } from "./version.ts";

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

const queryOptions: OptionChecks<QueryOptions> = {
	prints: "boolean",
	limits: limitChecks,
	strictBuiltinErrors: "boolean",
	package: "string",
	imports: "strings",
	regoVersion: ["v0", "v1"],
	onStage: "function",
	onPrints: "function",
};

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

/** A query that is ready to run. */
interface MadeQuery {
	readonly planned: Pick<OpenPlan, "context"> & { readonly plan: Pick<OpenPlan["plan"], "queries"> };
	readonly prepare: () => Program;
	readonly source: Source;
	/** The same for evaluations that take long. */
	readonly otherwise?: () => MadeQuery;
}

/** Milliseconds of a query's evaluation until a program is made for it. */
const queryPatience = 100;

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
		if (typeof text !== "string") throw new TypeError('query: the first argument is a query such as "x := data.a.b"');
		checkOptions("query", options, queryOptions);
		const checkedInput = takeInput(input, this.settings.inputs);
		const made = hinted(
			this.settings.parts.hints,
			() => this.#planQuery(text, options),
			() => ({ modules: this.#plans.modules, builtins: this.settings.builtins, query: text }),
		);
		const { otherwise } = made;
		try {
			if (otherwise === undefined) return this.#rows(made, checkedInput, options, {});
			try {
				return this.#rows(made, checkedInput, options, { patience: queryPatience });
			} catch (e) {
				if (!(e instanceof TakesLong)) throw e;
			}
			return this.#rows(otherwise(), checkedInput, options, {});
		} catch (e) {
			if (!isOverflow(e)) throw evaluationError(e, input);
		}
		try {
			const deep = new DeepCalls();
			return deep.run(() => this.#rows(made, checkedInput, options, { deep }));
		} catch (e) {
			throw evaluationError(e, input);
		}
	}

	/** Parses and checks a query without asking it. Throws RegoErrors, as query() would. */
	checkQuery(text: string, options: QueryOptions = {}): void {
		checkOptions("checkQuery", options, queryOptions);
		hinted(
			this.settings.parts.hints,
			() => this.#parseAndCheck(text, options),
			() => ({ modules: this.#plans.modules, builtins: this.settings.builtins, query: text }),
		);
	}

	/** Evaluates a query. */
	#rows(
		{ planned, prepare, source }: MadeQuery,
		checkedInput: Value | undefined,
		options: QueryOptions,
		of: { readonly patience?: number; readonly deep?: DeepCalls },
	): QueryResult<V> {
		const { toCaller } = this.settings;
		const places = placesOf(planned.context.sources);
		const state = this.newState(options, places, of);
		const ctx = new EvalContext(state.options, checkedInput, this.settings.data, state);
		const rows: QueryRow<V>[] = [];
		try {
			const program = prepare();
			options.onStage?.("eval");
			const spans = planned.plan.queries[0]?.spans ?? [];
			program.query(ctx, 0, (row) => {
				rows.push({
					expressions: row.values.map((value, i) => {
						const [start, end] = spans[i] ?? [0, 0];
						const { row: r, col } = source.location(start);
						return { value: toCaller(value) as V, text: source.text.slice(start, end), location: { row: r, col } };
					}),
					bindings: Object.fromEntries(row.bindings.map(([name, v]) => [name, toCaller(v) as V])),
				});
			});
		} catch (e) {
			// Anything else and it is begun again.
			if (!(isOverflow(e) || e instanceof DeepCall || e instanceof TakesLong)) options.onPrints?.(state.prints);
			throw e;
		}
		options.onPrints?.(state.prints);
		return { rows, prints: state.prints, builtinErrors: state.builtinErrors };
	}

	#parseAndCheck(text: string, options: QueryOptions): { readonly source: Source; readonly query: CheckedQuery } {
		options.onStage?.("parse");
		const { body, source, imports, package: inPackage } = parsedQuery(text, options);
		options.onStage?.("compile");
		const set = this.#plans.checked(options.prints === true);
		const checked = checkQuery(set, body, source, {
			package: inPackage,
			imports,
			captured: true,
			types: true,
		});
		if (checked.value === undefined || checked.errors.length > 0) throw new RegoErrors(checked.errors);
		return { source, query: checked.value };
	}

	#planQuery(text: string, options: QueryOptions): MadeQuery {
		const { source, query } = this.#parseAndCheck(text, options);
		const prints = options.prints === true;
		const set = this.#plans.checked(prints);
		const { builtins, backend } = this.settings;
		const whole = (): MadeQuery => {
			const planned = planPolicy(set, { builtins, producer: version, prints, queries: [{ name: text, query }] });
			const prepare = (): Program =>
				(planned.context.printsSomething ? printing : backend).prepare(planned.plan, builtins);
			return { planned, prepare, source };
		};
		// The plan of a query runs once, with closures if the choice is ours: these are made from what it reaches.
		if (backend.name === closures.name || backend.patient === true) {
			const kept = this.#plans.forQueries(prints);
			const planned = planQueryOf(kept, text, query);
			const prepare = (): Program => queryProgram(planned.plan, builtins, kept.program);
			if (backend.patient !== true || prints) return { planned, prepare, source };
			return { planned, prepare, source, otherwise: whole };
		}
		return whole();
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
		const { plans } = this.settings.parts;
		if (plans === undefined) throw new TypeError(`${what}: compile with { parts: { plans } }, from regoplan/parts`);
		return plans;
	}
}
