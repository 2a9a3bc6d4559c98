/**
 * A compiled policy, Ajv-like: compile once, call often, synchronously. It holds a plan and a
 * prepared program; the syntax trees are kept only for queries and for plans with prints, which are
 * made when first asked for.
 */

import { checkModules, checkQuery } from "./compiler/check.ts";
import type { CheckedModuleSet } from "./compiler/checked.ts";
import type { PlanContext } from "./compiler/planner/context.ts";
import { anyRule, type OpenPlan, planOnDemand, planPolicy, planQueryOf } from "./compiler/planner/policy.ts";
import { pathsOf } from "./compiler/stages/data-paths.ts";
import type { SchemaSet } from "./compiler/typecheck/schemas.ts";
import { checkQueryTypes, checkTypes, ruleFunctionType } from "./compiler/typecheck/typecheck.ts";
import { RegoError, RegoErrors } from "./errors.ts";
import type { ExecutablePlan, Program } from "./eval/backend.ts";
import { closureProgram, closures, printing, queryProgram } from "./eval/closures/closures.ts";
import { EvalContext, type PrintLine } from "./eval/context.ts";
import { DeepCall, DeepCalls } from "./eval/deep-calls.ts";
import { TakesLong } from "./eval/patience.ts";
import { hinted } from "./face/hints.ts";
import { evaluationError, takeInput } from "./face/inputs.ts";
import type { JsonValue } from "./face/json-value.ts";
import { checkOptions, type OptionChecks } from "./face/options.ts";
import { Source } from "./location.ts";
import { dottedName, type Import, type Module, type Ref } from "./parser/ast.ts";
import { parseModule, parseQuery } from "./parser/parser.ts";
import { foldPlan } from "./plan/fold.ts";
import { planToJson } from "./plan/json.ts";
import type { Plan } from "./plan/plan.ts";
import { hashOf, placesOf, sourcesOf } from "./plan/sources.ts";
import { type DecideOptions, PlannedPolicy, type PlannedSettings, Prepared, takeData } from "./planned.ts";
import { isOverflow } from "./stack.ts";
import type { Value } from "./value/value.ts";
import { version } from "./version.ts";

export interface PolicySettings extends PlannedSettings {
	readonly strict: boolean;
	readonly maxErrors: number;
	readonly schemas: SchemaSet | undefined;
	/** Fold constants in the plan. */
	readonly fold: boolean;
}

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
	limits: "object",
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

/** With the sources its places are in. */
class PreparedSources extends Prepared {
	readonly sources: PlanContext["sources"];

	constructor(sources: PlanContext["sources"], ...of: ConstructorParameters<typeof Prepared>) {
		super(...of);
		this.sources = sources;
	}
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

interface KeptForQueries extends OpenPlan {
	readonly program: Program;
}

/** What a policy shares with its copies over other data. */
interface Shared {
	readonly modules: readonly Module[];
	plain: PreparedSources | undefined;
	prints: PreparedSources | undefined;
	checked: CheckedModuleSet | undefined;
	/** What its queries share, without prints and with them. */
	queries: KeptForQueries | undefined;
	printingQueries: KeptForQueries | undefined;
}

/** A compiled policy. Prepare its rules once, and call them often. */
export class Policy<V = JsonValue> extends PlannedPolicy<V> {
	declare protected readonly settings: PolicySettings;
	readonly #shared: Shared;

	/** Use compile(). Throws RegoErrors where the modules do not compile. */
	constructor(modules: readonly Module[], settings: PolicySettings, shared?: Shared) {
		super(settings);
		const none = {
			plain: undefined,
			prints: undefined,
			checked: undefined,
			queries: undefined,
			printingQueries: undefined,
		};
		this.#shared = shared ?? { modules, ...none };
		this.#checked();
	}

	/** The same policy over other base data: the plan is shared. */
	withData(data: object): Policy<V> {
		const taken = takeData(data, this.settings.inputs);
		return new Policy(this.#shared.modules, { ...this.settings, data: taken }, this.#shared);
	}

	/** What `opa eval` answers to a query: a row per solution. Throws RegoErrors or RegoError. */
	query(text: string, input?: unknown, options: QueryOptions = {}): QueryResult<V> {
		if (typeof text !== "string") throw new TypeError('query: the first argument is a query such as "x := data.a.b"');
		checkOptions("query", options, queryOptions);
		const taken = takeInput(input, this.settings.inputs);
		const made = hinted(
			() => this.#planQuery(text, options),
			() => ({ modules: this.#shared.modules, builtins: this.settings.builtins, query: text }),
		);
		const { otherwise } = made;
		try {
			if (otherwise === undefined) return this.#rows(made, taken, options, {});
			try {
				return this.#rows(made, taken, options, { patience: queryPatience });
			} catch (e) {
				if (!(e instanceof TakesLong)) throw e;
			}
			return this.#rows(otherwise(), taken, options, {});
		} catch (e) {
			if (!isOverflow(e)) throw evaluationError(e, input);
		}
		try {
			const deep = new DeepCalls();
			return deep.run(() => this.#rows(made, taken, options, { deep }));
		} catch (e) {
			throw evaluationError(e, input);
		}
	}

	/** Evaluates a query. */
	#rows(
		{ planned, prepare, source }: MadeQuery,
		taken: Value | undefined,
		options: QueryOptions,
		of: { readonly patience?: number; readonly deep?: DeepCalls },
	): QueryResult<V> {
		const { toCaller } = this.settings;
		const places = placesOf(planned.context.sources);
		const state = this.query_(options, places, of);
		const ctx = new EvalContext(state.options, taken, this.settings.data, state);
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

	#planQuery(text: string, options: QueryOptions): MadeQuery {
		const settings = this.settings;
		const source = new Source("", text);
		options.onStage?.("parse");
		const imports = parseImports(options.imports ?? []);
		const parsed = parseQuery(source, {
			regoVersion: imports.some((i) => importPath(i) === "rego.v1") ? "v1" : (options.regoVersion ?? "v1"),
			futureKeywords: futureKeywordsOf(imports),
		});
		if (parsed.value === undefined || parsed.errors.length > 0) throw new RegoErrors(parsed.errors);
		options.onStage?.("compile");
		const prints = options.prints === true;
		const set = this.#checked();
		const checked = checkQuery(set, parsed.value.body, source, {
			package: options.package === undefined ? undefined : packageRef(options.package),
			imports,
			captured: true,
			functionType: (operator) => ruleFunctionType(set, operator),
			checkTypes: (query) => checkQueryTypes(set, query, settings.builtins, true),
		});
		if (checked.value === undefined || checked.errors.length > 0) throw new RegoErrors(checked.errors);
		const { builtins, backend } = settings;
		const query = checked.value;
		const whole = (): MadeQuery => {
			const planned = planPolicy(set, { builtins, producer: version, prints, queries: [{ name: text, query }] });
			const prepare = (): Program =>
				(planned.context.printsSomething ? printing : backend).prepare(planned.plan, builtins);
			return { planned, prepare, source };
		};
		// The plan of a query runs once, with closures if the choice is ours: these are made from what it reaches.
		if (backend.name === closures.name || backend.patient === true) {
			const kept = this.#forQueries(set, prints);
			const planned = planQueryOf(kept, text, query);
			const prepare = (): Program => queryProgram(planned.plan, builtins, kept.program);
			if (backend.patient !== true || prints) return { planned, prepare, source };
			return { planned, prepare, source, otherwise: whole };
		}
		return whole();
	}

	/** The layout and the functions that queries share, planned and made as queries need them. */
	#forQueries(set: CheckedModuleSet, prints: boolean): KeptForQueries {
		const shared = this.#shared;
		const known = prints ? shared.printingQueries : shared.queries;
		if (known !== undefined) return known;
		const { builtins } = this.settings;
		const { plan, context } = planOnDemand(set, { builtins, producer: version, prints });
		const rememberCalls = prints && anyRule(set, (r) => r.has.prints);
		const kept = { plan, context, program: closureProgram(plan, builtins, { rememberCalls }) };
		if (prints) shared.printingQueries = kept;
		else shared.queries = kept;
		return kept;
	}

	get plan(): Plan {
		const { plan, sources } = this.prepared(false);
		const kept = sourcesOf(sources);
		return { ...plan, sources: kept, hash: hashOf(kept) };
	}

	override get hash(): string {
		return hashOf(sourcesOf(this.prepared(false).sources));
	}

	/** The plan as canonical JSON. */
	toJSON(): string {
		return planToJson(this.plan);
	}

	/** Prints are checked like everything else; a plan may be made without them. */
	#checked(): CheckedModuleSet {
		const shared = this.#shared;
		if (shared.checked !== undefined) return shared.checked;
		const s = this.settings;
		const { value, errors } = checkModules(shared.modules, {
			builtins: s.builtins,
			strict: s.strict,
			prints: true,
			maxErrors: s.maxErrors,
			dataPaths: pathsOf(s.data),
			checkTypes: (set) => checkTypes(set, s.builtins, { schemas: s.schemas }).errors,
		});
		if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
		shared.checked = value;
		return value;
	}

	protected prepared(prints: boolean): PreparedSources {
		const known = prints ? this.#shared.prints : this.#shared.plain;
		if (known !== undefined) return known;
		const s = this.settings;
		const set = this.#checked();
		const options = { builtins: s.builtins, producer: version, prints };
		if (prints) {
			const { plan, context } = planPolicy(set, options);
			// Prints come from the reference backend: it evaluates in OPA's order.
			const backend = context.printsSomething ? printing : closures;
			const places = placesOf(context.sources);
			this.#shared.prints = new PreparedSources(context.sources, plan, () => plan, places, backend, s.builtins);
			return this.#shared.prints;
		}
		const whole = (): ExecutablePlan => planPolicy(set, options).plan;
		const first = planOnDemand(set, options);
		const kept = (): ExecutablePlan => (s.fold ? foldPlan(whole(), s.builtins) : whole());
		const { sources } = first.context;
		this.#shared.plain = new PreparedSources(sources, first.plan, kept, placesOf(sources), s.backend, s.builtins);
		return this.#shared.plain;
	}
}

function importPath(i: Import): string | undefined {
	return i.path.kind === "ref" ? dottedName(i.path) : undefined;
}

/** Keywords that imports of a query bring into force. */
function futureKeywordsOf(imports: readonly Import[]): readonly string[] {
	const out: string[] = [];
	for (const i of imports) {
		const path = importPath(i);
		if (path === "future.keywords") out.push("contains", "every", "if", "in", "and", "or", "not");
		else if (path?.startsWith("future.keywords.") === true) out.push(path.slice("future.keywords.".length));
	}
	return out;
}

/** `data.foo` or `foo` as the path of a package. */
function packageRef(text: string): Ref {
	const source = new Source("", `package ${text.replace(/^data\.(?=.)/, "")}`);
	const { value, errors } = parseModule(source);
	if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
	return value.package.path;
}

/** Imports as they stand after `import`. */
function parseImports(list: readonly string[]): readonly Import[] {
	return list.flatMap((text) => {
		const { value, errors } = parseModule(new Source("", `package query\nimport ${text}\n`));
		if (value !== undefined && errors.length === 0) return value.imports;
		// Places as if the import stood alone.
		throw new RegoErrors(
			errors.map((e) => {
				const at = e.location === undefined ? undefined : { ...e.location, row: e.location.row - 1 };
				return new RegoError(e.code, e.reason, at, { details: e.details });
			}),
		);
	});
}
