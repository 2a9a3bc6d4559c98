/**
 * Decisions from a plan: what a compiled policy and a plan loaded from JSON have in common. Needs
 * neither the parser nor the compiler's checks.
 */

import type { Builtin } from "./builtins/define.ts";
import { RegoError } from "./errors.ts";
import type { Backend, Entry, ExecutablePlan, Program } from "./eval/backend.ts";
import { closureProgram, closures } from "./eval/closures/closures.ts";
import { EvalContext, type Host, type Limits, type PrintLine, type QueryOptions, QueryState } from "./eval/context.ts";
import { Kept } from "./eval/kept.ts";
import { internalError } from "./eval/runtime.ts";
import type { Location } from "./location.ts";
import { constantOf } from "./plan/constant-rule.ts";
import { type PlaceTable, placesOfPlan } from "./plan/places.ts";
import type { Plan, PlanLocation, PlanOnDemand } from "./plan/plan.ts";
import type { PlainObject, Value } from "./value/value.ts";

export interface PlannedSettings {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly backend: Backend;
	readonly host: Host;
	readonly data: PlainObject;
	readonly limits: Limits | undefined;
	readonly strictBuiltinErrors: boolean;
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

/** What printed() answers. */
export interface Printed {
	readonly prints: readonly PrintLine[];
	/** The evaluation came to its end. */
	readonly whole: boolean;
	/** Why it did not. */
	readonly error?: RegoError;
}

/** What decide() answers. */
export interface Decision {
	readonly value: Value | undefined;
	/** The value is exactly true. */
	readonly allowed: boolean;
	/** What the policy prints on the way to this value, in OPA's order. */
	prints(): readonly PrintLine[];
}

/**
 * What closures may take before a patient backend makes its program: about what that takes in a process
 * that has just started, so that many a short-lived one never pays for it. In decisions, too, for hosts whose
 * clocks stand still while they work.
 */
const patience = { milliseconds: 40, decisions: 100 };

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
	#spent = 0;
	#decisions = 0;

	/** `whole` gives the plan to keep: all of it, with its constants folded. */
	constructor(
		first: PlanOnDemand,
		whole: () => ExecutablePlan,
		places: PlaceTable,
		backend: Backend,
		builtins: ReadonlyMap<string, Builtin>,
	) {
		this.#first = first;
		this.places = places;
		this.#whole = whole;
		this.#backend = backend;
		this.#builtins = builtins;
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
		}
		return this.#program;
	}

	/** Whether decisions are still left to closures, which are ready at once. */
	get early(): boolean {
		const { milliseconds, decisions } = patience;
		return this.#backend.patient === true && this.#spent < milliseconds && this.#decisions < decisions;
	}

	/** An evaluation, by closures while it is early. It may have to be begun again. */
	decide<T>(evaluate: (program: Program) => T): T {
		if (this.early) {
			this.#decisions++;
			const start = performance.now();
			try {
				return evaluate(this.reference);
			} catch (e) {
				// Closures take more of the stack than a program: a long chain of rules may be too much for them alone.
				if (!(e instanceof RangeError)) throw e;
			} finally {
				this.#spent += performance.now() - start;
			}
		}
		return evaluate(this.program);
	}

	/** The closure backend's, for the first decisions, or when an error needs explaining. */
	get reference(): Program {
		if (this.#backend.name === closures.name) return this.program;
		this.#reference ??= closureProgram(this.first, this.#builtins);
		return this.#reference;
	}
}

/** Decisions from one plan over base data. */
export abstract class PlannedPolicy {
	protected readonly settings: PlannedSettings;
	/** Values that depend on these data only. */
	readonly #kept: Kept = new Kept();

	constructor(settings: PlannedSettings) {
		this.settings = settings;
	}

	/** The plan to run; with prints, one that has them. */
	protected abstract prepared(prints: boolean): Prepared;

	/** The decision plan: what evaluation runs, serialisable with planToJson. */
	abstract get plan(): Plan;

	/** SHA-256 (hex) over the names and texts of the sources. */
	get hash(): string {
		return this.plan.hash;
	}

	/**
	 * A function of the input that answers one document, e.g. `data.authz.allow`: its value, or
	 * undefined. Throws RegoError when evaluation fails. Values are shared with the policy and its
	 * data: never change them.
	 */
	rule<Out = Value, In = unknown>(path: string): (input?: In) => Out | undefined {
		const names = documentPath(path);
		const prepared = this.prepared(false);
		const { places, first } = prepared;
		const { host, limits, strictBuiltinErrors, data } = this.settings;
		const locate = (loc: PlanLocation): Location | undefined => places.locate(loc);
		const options: QueryOptions = { host, limits, strictBuiltinErrors, locate, kept: this.#kept };
		const func = ruleAt(first, names);
		const constant = func === undefined ? undefined : constantRule(first, func);
		if (constant !== undefined) return () => constant as Out;
		const entry = (program: Program): Entry =>
			func === undefined ? (o, input, d) => program.document(new EvalContext(o, input, d), names) : program.entry(func);
		let run = this.settings.backend.patient === true ? undefined : entry(prepared.program);
		const early = (input: unknown): Value | undefined => {
			const value = input as Value | undefined;
			if (prepared.early) return prepared.decide((program) => entry(program)(options, value, data));
			// Folding may have made it a constant.
			const folded = func === undefined ? undefined : constantRule(prepared.plan, func);
			run = folded === undefined ? entry(prepared.program) : () => folded;
			return run(options, value, data);
		};
		// A function of its own: what it closes over must not cost the calls that need no explanation.
		const explained = (e: unknown, input: unknown): RegoError =>
			this.#explained(internalError(e), () =>
				prepared.reference.document(new EvalContext(options, input as Value | undefined, data), names),
			);
		return (input) => {
			try {
				const answer = run === undefined ? early(input) : run(options, input as Value | undefined, data);
				return answer as Out | undefined;
			} catch (e) {
				throw explained(e, input);
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
		const prepared = this.prepared(options.prints === true);
		// What is kept would not print.
		const kept = options.prints === true ? undefined : this.#kept;
		try {
			return prepared.decide((program) => {
				const query = this.query_(options, prepared.places, undefined, kept);
				const value = this.#document(program, names, options.input, query);
				return { value, prints: query.prints, builtinErrors: query.builtinErrors };
			});
		} catch (e) {
			throw internalError(e);
		}
	}

	/**
	 * One decision, without prints; they are made when asked for, by evaluating again with the same
	 * time, randomness and fetched documents. Throws RegoError when evaluation fails.
	 */
	decide(path: string, input?: unknown, options: Omit<EvaluateOptions, "input" | "prints"> = {}): Decision {
		const names = documentPath(path);
		const prepared = this.prepared(false);
		const given = input as Value | undefined;
		try {
			return prepared.decide((program) => {
				const query = this.query_(options, prepared.places, undefined, this.#kept);
				const value = this.#document(program, names, given, query);
				const prints = (): readonly PrintLine[] => this.#prints(names, given, options, query);
				return { value, allowed: value === true, prints };
			});
		} catch (e) {
			throw internalError(e);
		}
	}

	#document(
		program: Program,
		names: readonly string[],
		input: Value | undefined,
		query: QueryState,
	): Value | undefined {
		return program.document(new EvalContext(query.options, input, this.settings.data, query), names);
	}

	/**
	 * What a decision prints on its way, up to so much text. Unlike evaluate() it answers also where the
	 * evaluation fails or reaches a limit: with what was printed until then.
	 */
	printed(path: string, options: Pick<EvaluateOptions, "input" | "limits"> & { readonly maxText: number }): Printed {
		const names = documentPath(path);
		const { program, places } = this.prepared(true);
		const state = this.query_({ ...options, maxPrintText: options.maxText }, places);
		try {
			this.#document(program, names, options.input, state);
		} catch (e) {
			return { prints: state.prints, whole: false, error: internalError(e) };
		}
		return { prints: state.prints, whole: true };
	}

	/** What the decision that `pinned` was the state of prints on its way. */
	#prints(
		names: readonly string[],
		input: Value | undefined,
		options: EvaluateOptions,
		pinned: QueryState,
	): readonly PrintLine[] {
		const { program, places } = this.prepared(true);
		const state = this.query_(options, places, pinned);
		try {
			this.#document(program, names, input, state);
		} catch (e) {
			throw internalError(e);
		}
		return state.prints;
	}

	/** The state of one evaluation. */
	protected query_(
		options: EvaluateOptions & { readonly maxPrintText?: number },
		places: PlaceTable,
		pinned?: QueryState,
		kept?: Kept,
	): QueryState {
		const s = this.settings;
		return new QueryState({
			pinned,
			kept,
			maxPrintText: options.maxPrintText,
			host: s.host,
			limits: options.limits ?? s.limits,
			strictBuiltinErrors: options.strictBuiltinErrors ?? s.strictBuiltinErrors,
			locate: (loc) => places.locate(loc),
		});
	}

	/**
	 * The reference backend's account of an error: generated code does not keep track of the rules it
	 * is in. Evaluation is pure but for time and chance, so the same error comes again; if not, the
	 * first one stands.
	 */
	#explained(error: RegoError, again: () => unknown): RegoError {
		if (this.settings.backend.name === closures.name || error.code === "eval_cancel_error") return error;
		try {
			again();
		} catch (e) {
			if (e instanceof RegoError && e.code === error.code && e.reason === error.reason) return e;
		}
		return error;
	}
}

/** A policy loaded from a plan: decisions, but no queries and no prints, which need the sources. */
export class LoadedPolicy extends PlannedPolicy {
	readonly plan: Plan;
	readonly #shared: { prepared: Prepared | undefined };

	/** Use loadPlan(). */
	constructor(plan: Plan, settings: PlannedSettings, shared?: { prepared: Prepared | undefined }) {
		super(settings);
		this.plan = plan;
		this.#shared = shared ?? { prepared: undefined };
	}

	/** The same policy over other base data. Costs nothing: the program is shared. */
	withData(data: PlainObject): LoadedPolicy {
		return new LoadedPolicy(this.plan, { ...this.settings, data }, this.#shared);
	}

	protected prepared(prints: boolean): Prepared {
		if (prints) throw new RegoError("eval_internal_error", "a loaded plan has no prints: they need the policy's text");
		const { backend, builtins } = this.settings;
		const { plan } = this;
		this.#shared.prepared ??= new Prepared(plan, () => plan, placesOfPlan(plan.sources), backend, builtins);
		return this.#shared.prepared;
	}
}

/** Index of the rule group that is exactly the document at a path. */
function ruleAt(plan: PlanOnDemand, names: readonly string[]): number | undefined {
	let node: PlanOnDemand["tree"] | undefined = plan.tree;
	for (const name of names) {
		if (node?.rule !== undefined) return undefined;
		node = node?.children?.find(([n]) => n === name)?.[1];
	}
	return node?.rule;
}

/** Value of a rule that is a constant. */
function constantRule(plan: PlanOnDemand, index: number): Value | undefined {
	const func = plan.funcs.at(index);
	const constant = func === undefined ? undefined : constantOf(func);
	return constant === undefined ? undefined : plan.constants[constant];
}

/** `data.a.b`, `data.a["b-c"]` or OPA's `a/b` for entry points, as names below data. */
export function documentPath(path: string): readonly string[] {
	if (/^[^\s"[\].]+(?:\/[^\s"[\].]+)*$/.test(path) && !/^data(?:\.|$)/.test(path)) return path.split("/");
	const head = /^data(?=[.[]|$)/.exec(path);
	const names: string[] = [];
	let at = head === null ? -1 : 4;
	while (at >= 0 && at < path.length) {
		const rest = path.slice(at);
		const step = /^\.([A-Za-z_][A-Za-z0-9_]*)|^\[("(?:[^"\\]|\\.)*")\]/.exec(rest);
		if (step === null) at = -1;
		else {
			names.push(step[1] ?? unquote(step[2] as string, path));
			at += step[0].length;
		}
	}
	if (at < 0) throw notAPath(path);
	return names;
}

function unquote(text: string, path: string): string {
	try {
		return JSON.parse(text) as string;
	} catch {
		throw notAPath(path);
	}
}

function notAPath(path: string): RegoError {
	return new RegoError("rego_compile_error", `not the path of a document: ${path}`);
}
