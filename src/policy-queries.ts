/**
 * Queries of a compiled policy: parsed, checked against its modules, planned and asked. A part that programs which only
 * decide go without (parts.ts); its state is shared by the copies of a policy over other data.
 */
import { checkQuery } from "./compiler/check-query.ts";
import type { CheckedQuery } from "./compiler/checked.ts";
import { type OpenPlan, planOnDemand, planQueryOf } from "./compiler/planner/on-demand.ts";
import { anyRule, planPolicy } from "./compiler/planner/policy.ts";
import { plannedQueries } from "./compiler/planner/query.ts";
import { RegoErrors } from "./errors.ts";
import type { Program } from "./eval/backend.ts";
import { closureProgram, closures, queryProgram } from "./eval/closures/closures.ts";
import { printing, printRuns } from "./eval/closures/prints.ts";
import { EvalContext, type QueryState, type QueryOptions as StateOptions } from "./eval/context.ts";
import { DeepCall, DeepCalls } from "./eval/deep-calls.ts";
import { TakesLong } from "./eval/patience.ts";
import { hinted } from "./face/hints.ts";
import { evaluationError, takeInput } from "./face/inputs.ts";
import { checkOptions, limitChecks, type OptionChecks } from "./face/options.ts";
import type { Source } from "./location.ts";
import type { PlaceTable } from "./plan/places.ts";
import { placesOf } from "./plan/sources.ts";
import type { QueryOptions, QueryResult, QueryRow } from "./policy.ts";
import type { PolicyPlans, PolicySettings } from "./policy-plans.ts";
import { parsedQuery } from "./query-text.ts";
import { isOverflow } from "./stack.ts";
import type { PlainObject, Value } from "./value/value.ts";
import { version } from "./version.ts";

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

/** A query that is ready to run. */
interface MadeQuery {
	readonly planned: Pick<OpenPlan, "context"> & { readonly plan: Pick<OpenPlan["plan"], "queries"> };
	readonly prepare: () => Program;
	readonly source: Source;
	/** The same for evaluations that take long. */
	readonly otherwise?: () => MadeQuery;
}

/** What a query is asked of: a policy over its data. */
export interface Asked {
	readonly data: PlainObject;
	readonly newState: (
		options: QueryOptions,
		places: PlaceTable,
		of: Pick<StateOptions, "patience" | "deep">,
	) => QueryState;
}

/** The layout and the functions that queries share, planned and made as queries need them. */
interface Kept extends OpenPlan {
	readonly program: Program;
}

/** Milliseconds of a query's evaluation until a program is made for it. */
const queryPatience = 100;

export class PolicyQueries {
	readonly #plans: PolicyPlans;
	readonly #settings: PolicySettings;
	/** What queries share, without prints and with them. */
	#plain: Kept | undefined;
	#printing: Kept | undefined;

	constructor(plans: PolicyPlans, settings: PolicySettings) {
		this.#plans = plans;
		this.#settings = settings;
	}

	/** As Policy.query. */
	ask<V>(of: Asked, text: string, input: unknown, options: QueryOptions): QueryResult<V> {
		if (typeof text !== "string") throw new TypeError('query: the first argument is a query such as "x := data.a.b"');
		checkOptions("query", options, queryOptions);
		const checkedInput = takeInput(input, this.#settings.inputs);
		const made = this.#hinted(text, () => this.#plan(text, options));
		const { otherwise } = made;
		try {
			if (otherwise === undefined) return this.#rows(of, made, checkedInput, options, {});
			try {
				return this.#rows(of, made, checkedInput, options, { patience: queryPatience });
			} catch (e) {
				if (!(e instanceof TakesLong)) throw e;
			}
			return this.#rows(of, otherwise(), checkedInput, options, {});
		} catch (e) {
			if (!isOverflow(e)) throw evaluationError(e, input);
		}
		try {
			const deep = new DeepCalls();
			return deep.run(() => this.#rows(of, made, checkedInput, options, { deep }));
		} catch (e) {
			throw evaluationError(e, input);
		}
	}

	/** As Policy.checkQuery. */
	check(text: string, options: QueryOptions): void {
		checkOptions("checkQuery", options, queryOptions);
		this.#hinted(text, () => this.#parseAndCheck(text, options));
	}

	#hinted<T>(text: string, f: () => T): T {
		const { parts, builtins, chosen } = this.#settings;
		return hinted(parts.hints, f, () => ({ modules: this.#plans.modules, builtins, chosen, query: text }));
	}

	/** Evaluates a query. */
	#rows<V>(
		{ data, newState }: Asked,
		{ planned, prepare, source }: MadeQuery,
		checkedInput: Value | undefined,
		options: QueryOptions,
		of: Pick<StateOptions, "patience" | "deep">,
	): QueryResult<V> {
		const { toCaller } = this.#settings;
		const places = placesOf(planned.context.sources);
		const state = newState(options, places, of);
		const ctx = new EvalContext(state.options, checkedInput, data, state);
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

	#plan(text: string, options: QueryOptions): MadeQuery {
		const { source, query } = this.#parseAndCheck(text, options);
		const prints = options.prints === true;
		const set = this.#plans.checked(prints);
		const { builtins, backend } = this.#settings;
		const whole = (): MadeQuery => {
			const queries = plannedQueries([{ name: text, query }]);
			const planned = planPolicy(set, { builtins, producer: version, prints, queries });
			const prepare = (): Program =>
				(planned.context.printsSomething ? printing : backend).prepare(planned.plan, builtins);
			return { planned, prepare, source };
		};
		// The plan of a query runs once, with closures if the choice is ours: these are made from what it reaches.
		if (backend.name === closures.name || backend.patient === true) {
			const kept = this.#kept(prints);
			const planned = planQueryOf(kept, text, query);
			const prepare = (): Program => queryProgram(planned.plan, builtins, kept.program);
			if (backend.patient !== true || prints) return { planned, prepare, source };
			return { planned, prepare, source, otherwise: whole };
		}
		return whole();
	}

	/** What queries are planned and run with. */
	#kept(prints: boolean): Kept {
		const known = prints ? this.#printing : this.#plain;
		if (known !== undefined) return known;
		const set = this.#plans.checked(prints);
		const { builtins } = this.#settings;
		const { plan, context } = planOnDemand(set, { builtins, producer: version, prints });
		const runs = prints ? printRuns(anyRule(set, (r) => r.has.prints)) : undefined;
		const program = closureProgram(plan, builtins, runs);
		const kept = { plan, context, program };
		if (prints) this.#printing = kept;
		else this.#plain = kept;
		return kept;
	}
}
