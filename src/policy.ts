/**
 * A compiled policy, Ajv-like: compile once, call often, synchronously. It holds a plan and a
 * prepared program; the syntax trees are kept only for queries and for plans with prints, which are
 * made when first asked for.
 */
import type { Builtin } from "./builtins/define.ts";
import { checkModules, checkQuery } from "./compiler/check.ts";
import type { CheckedModuleSet } from "./compiler/checked.ts";
import { constantOf, foldPlan } from "./compiler/fold.ts";
import type { Plan } from "./compiler/plan.ts";
import { planToJson } from "./compiler/plan-json.ts";
import type { PlaceTable } from "./compiler/plan-places.ts";
import { type PlannedPolicy, planPolicy } from "./compiler/plan-policy.ts";
import { hashOf, placesOf, sourcesOf } from "./compiler/plan-sources.ts";
import { RegoError, RegoErrors } from "./errors.ts";
import type { Backend, ExecutablePlan, Program } from "./eval/backend.ts";
import { closures } from "./eval/closures.ts";
import { EvalContext, type Host, type Limits, type PrintLine, QueryState } from "./eval/context.ts";
import { internalError } from "./eval/runtime.ts";
import { type Location, Source } from "./location.ts";
import type { Import, Module, Ref } from "./parser/ast.ts";
import { parseModule, parseQuery, parseRef } from "./parser/parser.ts";
import type { PlainObject, Value } from "./value/value.ts";
import { version } from "./version.ts";

export interface PolicySettings {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly backend: Backend;
	readonly host: Host;
	readonly data: PlainObject;
	readonly limits: Limits | undefined;
	readonly strictBuiltinErrors: boolean;
	readonly strict: boolean;
	readonly maxErrors: number;
	/** Fold constants in the plan. */
	readonly fold: boolean;
}

export interface EvaluateOptions {
	/** Undefined: the input document is undefined. */
	readonly input?: Value | undefined;
	readonly limits?: Limits | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
	/** Evaluate with prints: in OPA's order, at the cost of speed. */
	readonly prints?: boolean | undefined;
}

export interface Evaluation {
	readonly value: Value | undefined;
	readonly prints: readonly PrintLine[];
	/** Builtin errors that made something undefined (non-strict mode). */
	readonly builtinErrors: readonly RegoError[];
}

export interface QueryOptions extends EvaluateOptions {
	/** Package the query is asked in, e.g. `data.foo` or `foo`. */
	readonly package?: string | undefined;
	readonly imports?: readonly string[] | undefined;
	readonly regoVersion?: "v0" | "v1" | undefined;
	/** Told when a stage of the query begins: for measuring. */
	readonly onStage?: ((stage: "parse" | "compile" | "eval") => void) | undefined;
	/** Handed what was printed, also when the evaluation then fails. */
	readonly onPrints?: ((lines: readonly PrintLine[]) => void) | undefined;
}

export interface QueryResult {
	readonly rows: readonly QueryRow[];
	readonly prints: readonly PrintLine[];
	readonly builtinErrors: readonly RegoError[];
}

export interface QueryRow {
	readonly expressions: readonly {
		readonly value: Value;
		readonly text: string;
		readonly location: { readonly row: number; readonly col: number };
	}[];
	readonly bindings: { readonly [name: string]: Value };
}

interface Prepared {
	readonly planned: PlannedPolicy;
	readonly program: Program;
	readonly places: PlaceTable;
	/** The closure backend's program, where the program is not one. */
	reference?: Program;
}

/** What a policy shares with its copies over other data. */
interface Shared {
	readonly modules: readonly Module[];
	plain: Prepared | undefined;
	prints: Prepared | undefined;
	checked: CheckedModuleSet;
	checkedPrints: CheckedModuleSet | undefined;
}

export class Policy {
	readonly #settings: PolicySettings;
	readonly #shared: Shared;

	/** Use compile(). */
	constructor(modules: readonly Module[], checked: CheckedModuleSet, settings: PolicySettings, shared?: Shared) {
		this.#settings = settings;
		this.#shared = shared ?? { modules, plain: undefined, prints: undefined, checked, checkedPrints: undefined };
	}

	/** The same policy over other base data. Costs nothing: the plan is shared. */
	withData(data: PlainObject): Policy {
		return new Policy(this.#shared.modules, this.#shared.checked, { ...this.#settings, data }, this.#shared);
	}

	/**
	 * A function of the input that answers one document, e.g. `data.authz.allow`: its value, or
	 * undefined. Throws RegoError when evaluation fails.
	 */
	rule<In = unknown, Out = Value>(path: string): (input?: In) => Out | undefined {
		const names = documentPath(path);
		const prepared = this.#prepared(false);
		const { program, places, planned } = prepared;
		const { host, limits, strictBuiltinErrors, data } = this.#settings;
		const options = { host, limits, strictBuiltinErrors, locate: (loc: number) => places.locate(loc) };
		const func = planned.context.node(names)?.rule;
		const constant = func === undefined ? undefined : constantRule(planned.plan, func);
		if (constant !== undefined) return () => constant as Out;
		const run = func === undefined ? (ctx: EvalContext) => program.document(ctx, names) : program.entry(func);
		return (input) => {
			const ctx = new EvalContext(new QueryState(options), input as Value | undefined, data, []);
			try {
				return run(ctx) as Out | undefined;
			} catch (e) {
				throw this.#explained(prepared, internalError(e), () => {
					const again = new EvalContext(new QueryState(options), input as Value | undefined, data, []);
					return this.#reference(prepared).document(again, names);
				});
			}
		};
	}

	/** Whether the document is exactly true. Undefined, false and any other value deny; errors throw. */
	allows(path: string, input?: unknown): boolean {
		return this.rule(path)(input) === true;
	}

	/** One document with everything that happened on the way. */
	evaluate(path: string, options: EvaluateOptions = {}): Evaluation {
		const names = documentPath(path);
		const { program, places } = this.#prepared(options.prints === true);
		const query = this.#query(options, places);
		const ctx = new EvalContext(query, options.input, this.#settings.data, []);
		try {
			const value = program.document(ctx, names);
			return { value, prints: query.prints, builtinErrors: query.builtinErrors };
		} catch (e) {
			throw internalError(e);
		}
	}

	/** What `opa eval` answers to a query: a row per solution. Throws RegoErrors or RegoError. */
	query(text: string, options: QueryOptions = {}): QueryResult {
		const { settings, planned, source } = this.#planQuery(text, options);
		const places = placesOf(planned.context.sources);
		const state = this.#query(options, places);
		const ctx = new EvalContext(state, options.input, this.#settings.data, []);
		const rows: QueryRow[] = [];
		try {
			const program = settings.backend.prepare(planned.plan, settings.builtins);
			options.onStage?.("eval");
			const spans = planned.plan.queries[0]?.spans ?? [];
			program.query(ctx, 0, (row) => {
				rows.push({
					expressions: row.values.map((value, i) => {
						const [start, end] = spans[i] ?? [0, 0];
						const { row: r, col } = source.location(start);
						return { value, text: source.text.slice(start, end), location: { row: r, col } };
					}),
					bindings: Object.fromEntries(row.bindings),
				});
			});
		} catch (e) {
			throw internalError(e);
		} finally {
			options.onPrints?.(state.prints);
		}
		return { rows, prints: state.prints, builtinErrors: state.builtinErrors };
	}

	#planQuery(text: string, options: QueryOptions) {
		const settings = this.#settings;
		const source = new Source("", text);
		options.onStage?.("parse");
		const parsed = parseQuery(source, { regoVersion: options.regoVersion ?? "v1" });
		if (parsed.value === undefined || parsed.errors.length > 0) throw new RegoErrors(parsed.errors);
		options.onStage?.("compile");
		const set = this.#checked(options.prints === true);
		const checked = checkQuery(set, parsed.value.body, source, {
			package: options.package === undefined ? undefined : packageRef(options.package),
			imports: parseImports(options.imports ?? []),
		});
		if (checked.value === undefined || checked.errors.length > 0) throw new RegoErrors(checked.errors);
		const planned = planPolicy(set, {
			builtins: settings.builtins,
			producer: version,
			queries: [{ name: text, query: checked.value }],
		});
		return { settings, planned, source };
	}

	/**
	 * The reference backend's account of an error: generated code does not keep track of the rules it
	 * is in. Evaluation is pure but for time and chance, so the same error comes again; if not, the
	 * first one stands.
	 */
	#explained(prepared: Prepared, error: RegoError, again: () => unknown): RegoError {
		if (prepared.program === this.#reference(prepared) || error.code === "eval_cancel_error") return error;
		try {
			again();
		} catch (e) {
			if (e instanceof RegoError && e.code === error.code && e.reason === error.reason) return e;
		}
		return error;
	}

	#reference(prepared: Prepared): Program {
		const s = this.#settings;
		if (s.backend.name === closures.name) return prepared.program;
		prepared.reference ??= closures.prepare(prepared.planned.plan, s.builtins);
		return prepared.reference;
	}

	/** The decision plan: what evaluation runs, serialisable with planToJson. */
	get plan(): Plan {
		const { planned } = this.#prepared(false);
		const sources = sourcesOf(planned.context.sources);
		return { ...planned.plan, sources, hash: hashOf(sources) };
	}

	/** The plan as canonical JSON. */
	toJSON(): string {
		return planToJson(this.plan);
	}

	/** SHA-256 (hex) over the names and texts of the sources. */
	get hash(): string {
		return this.plan.hash;
	}

	#query(options: EvaluateOptions, places: PlaceTable): QueryState {
		const s = this.#settings;
		return new QueryState({
			host: s.host,
			limits: options.limits ?? s.limits,
			strictBuiltinErrors: options.strictBuiltinErrors ?? s.strictBuiltinErrors,
			locate: (loc): Location | undefined => places.locate(loc),
		});
	}

	#checked(prints: boolean): CheckedModuleSet {
		if (!prints) return this.#shared.checked;
		if (this.#shared.checkedPrints === undefined) {
			const s = this.#settings;
			const { value, errors } = checkModules(this.#shared.modules, {
				builtins: s.builtins,
				strict: s.strict,
				prints: true,
				maxErrors: s.maxErrors,
			});
			if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
			this.#shared.checkedPrints = value;
		}
		return this.#shared.checkedPrints;
	}

	#prepared(prints: boolean): Prepared {
		const known = prints ? this.#shared.prints : this.#shared.plain;
		if (known !== undefined) return known;
		const s = this.#settings;
		const unfolded = planPolicy(this.#checked(prints), { builtins: s.builtins, producer: version });
		const planned = prints || !s.fold ? unfolded : { ...unfolded, plan: foldPlan(unfolded.plan, s.builtins) };
		const prepared: Prepared = {
			planned,
			// Prints come from the reference backend: it evaluates in OPA's order.
			program: (prints ? closures : s.backend).prepare(planned.plan, s.builtins),
			places: placesOf(planned.context.sources),
		};
		if (prints) this.#shared.prints = prepared;
		else this.#shared.plain = prepared;
		return prepared;
	}
}

/** `data.foo` or `foo` as the path of a package. */
function packageRef(text: string): Ref {
	const source = /^data\b/.test(text) ? text : `data.${text}`;
	const { value, errors } = parseRef(source);
	if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
	return value;
}

/** Imports as they stand after `import`. */
function parseImports(list: readonly string[]): readonly Import[] {
	if (list.length === 0) return [];
	const text = `package query\n${list.map((i) => `import ${i}`).join("\n")}`;
	const { value, errors } = parseModule(new Source("", text));
	if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
	return value.imports;
}

/** Value of a rule that is a constant and that nothing replaces. */
function constantRule(plan: ExecutablePlan, index: number): Value | undefined {
	const func = plan.funcs[index];
	const constant = func === undefined ? undefined : constantOf(func);
	return constant === undefined ? undefined : plan.constants[constant];
}

/** `data.a.b` or `data.a["b-c"]` as names below data. */
export function documentPath(path: string): readonly string[] {
	if (/^data(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(path)) return path.split(".").slice(1);
	const parsed = parseQuery(new Source("", path), { regoVersion: "v1" });
	const what = parsed.value?.body.length === 1 ? parsed.value.body[0]?.what : undefined;
	const term = what?.kind === "term-expr" ? what.term : undefined;
	const names: string[] = [];
	if (term?.kind === "ref") {
		const [head, ...rest] = term.terms;
		if (head?.kind === "var" && head.name === "data") {
			for (const t of rest) if (t.kind === "scalar" && typeof t.value === "string") names.push(t.value);
			if (names.length === rest.length) return names;
		}
	}
	throw new RegoError("rego_compile_error", `not the path of a document: ${path}`);
}
