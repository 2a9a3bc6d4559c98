/**
 * Decisions from a plan: what a compiled policy and a plan loaded from JSON have in common. Needs
 * neither the parser nor the compiler's checks.
 */

import type { Builtin } from "./builtins/define.ts";
import { RegoError } from "./errors.ts";
import { Answers, cancelled, Suspension } from "./eval/awaited.ts";
import type { Backend, Entry, Program } from "./eval/backend.ts";
import { closures } from "./eval/closures/closures.ts";
import { printing } from "./eval/closures/prints.ts";
import { EvalContext, type Host, type Limits, type PrintLine, type QueryOptions, QueryState } from "./eval/context.ts";
import type { DeepCalls } from "./eval/deep-calls.ts";
import { Kept } from "./eval/kept.ts";
import type { ExplainOptions, Explanation } from "./explain/explanation.ts";
import { requireDocument, rulePaths } from "./face/documents.ts";
import { evaluationError, takeData, takeInput } from "./face/inputs.ts";
import type { JsonValue, ToCaller } from "./face/json-value.ts";
import { checkOptions, checkPath, checkSelf, limitChecks, type OptionChecks } from "./face/options.ts";
import type { InputMode } from "./face/plain-input.ts";
import { Lifecycle, type Planner, type Prepared } from "./lifecycle.ts";
import type { Location } from "./location.ts";
import { withBaseData } from "./plan/base-data.ts";
import { constantOf } from "./plan/constant-rule.ts";
import { type PlaceTable, placesOfPlan } from "./plan/places.ts";
import type { Plan, PlanLocation, PlanOnDemand } from "./plan/plan.ts";
import { ruleAt } from "./plan/rule-at.ts";
import { isOverflow } from "./stack.ts";
import { shownAs } from "./value/inspect.ts";
import type { PlainObject, Value } from "./value/value.ts";
import type { WebSignal } from "./web-types.ts";

export interface PlannedSettings {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly backend: Backend;
	readonly host: Host;
	readonly data: PlainObject;
	readonly limits: Limits | undefined;
	readonly strictBuiltinErrors: boolean;
	/** Makes answers the caller's own. */
	readonly toCaller: ToCaller;
	readonly inputs: InputMode;
}

/** For a path. */
export interface RuleOptions {
	/** A path that is no document is undefined instead of an error. */
	readonly optional?: boolean | undefined;
}

/** For one question. */
export interface DecideOptions extends RuleOptions {
	readonly limits?: Limits | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
}

/** For one question, with what happens on the way to its answer. */
export interface EvaluateOptions extends DecideOptions {
	/** Evaluate with prints: in OPA's order, at the cost of speed. */
	readonly prints?: boolean | undefined;
}

/** For questions that may wait. */
export interface AsyncOptions extends DecideOptions {
	/** Gives up waiting. */
	readonly signal?: WebSignal | undefined;
}

const noOptions: RuleOptions = {};

const ruleOptions: OptionChecks<RuleOptions> = { optional: "boolean" };
const decideOptions: OptionChecks<DecideOptions> = {
	...ruleOptions,
	limits: limitChecks,
	strictBuiltinErrors: "boolean",
};
const evaluateOptions: OptionChecks<EvaluateOptions> = { ...decideOptions, prints: "boolean" };
const asyncOptions: OptionChecks<AsyncOptions> = { ...decideOptions, signal: "signal" };

/** What evaluate() answers. */
export interface Evaluation<Out = JsonValue> {
	/** Undefined where the policy says nothing. */
	readonly value: Out | undefined;
	/** What the policy printed, where prints were asked for. */
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
export interface Decision<Out = JsonValue> {
	/** Undefined where the policy says nothing. */
	readonly value: Out | undefined;
	/** The value is exactly true. */
	readonly allowed: boolean;
	/** What the policy prints on the way to this value, in OPA's order. */
	prints(): readonly PrintLine[];
}

/** What decideAsync() answers. */
export interface AsyncDecision<Out = JsonValue> {
	/** Undefined where the policy says nothing. */
	readonly value: Out | undefined;
	/** The value is exactly true. */
	readonly allowed: boolean;
	/** What the policy prints on the way to this value, in OPA's order. */
	prints(): Promise<readonly PrintLine[]>;
}

/** What explanations are made of: a policy as it stands, before anything is folded. */
export interface Explainable {
	readonly plan: PlanOnDemand;
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly places: PlaceTable;
	/** The text of the source that a place is in, where it is at hand, and the place's offset in it. */
	readonly text: (loc: PlanLocation) => { readonly text: string; readonly offset: number } | undefined;
	readonly data: PlainObject;
	readonly host: Host;
	readonly inputs: InputMode;
	/** The document at a path, as the policy decides. */
	readonly decide: (
		names: readonly string[],
		input: Value | undefined,
		limits: Limits | undefined,
	) => Value | undefined;
}

/** What explains decisions: `explain` of `regoplan/explain`, which is no part of a program that does not ask for it. */
type Explain = (
	policy: { readonly explainable: () => Explainable },
	path: string,
	input?: unknown,
	options?: ExplainOptions,
) => Explanation;

let explaining: Explain | undefined;

/** Gives policies their explain(). */
export function provideExplain(explain: Explain): void {
	explaining = explain;
}

/** Prepared paths of allows(): enough for any program, and a bound where paths are made of what users send. */
const maxKept = 1000;

/** Decisions from one plan over base data. V is what answers are unless a call says otherwise. */
export abstract class PlannedPolicy<V = JsonValue> {
	protected readonly settings: PlannedSettings;
	/** The plans, and what runs them. */
	protected readonly lifecycle: Lifecycle;
	/** Values that depend on these data only. */
	readonly #values: Kept = new Kept();
	readonly #kept: Map<string, (input?: unknown) => unknown> = new Map();

	static {
		// Not the builtins, the data and what is made of the text.
		shownAs<PlannedPolicy<unknown>>(PlannedPolicy, ({ lifecycle }, inspect) => {
			return `Policy { rules: ${inspect(rulePaths(lifecycle.plain.first.tree))} }`;
		});
	}

	constructor(settings: PlannedSettings, lifecycle: Lifecycle) {
		this.settings = settings;
		this.lifecycle = lifecycle;
	}

	/**
	 * Why the policy decides as it does, and what is the least that would have to change. In Node it is loaded when
	 * first called; elsewhere `regoplan/explain` has to be imported, whose `explain(policy, …)` is the same.
	 */
	explain(path: string, input?: unknown, options: ExplainOptions = {}): Explanation {
		checkSelf(this, "explain");
		if (explaining === undefined) throw new TypeError("explain: use explain(policy, path, input) of regoplan/explain");
		return explaining(this, path, input, options);
	}

	/** The plan as written, unfolded, and its sources where they are at hand. */
	protected abstract unfolded(): Pick<Explainable, "plan" | "text">;

	/**
	 * What `explain` of `regoplan/explain` reads.
	 *
	 * @internal
	 */
	explainable(): Explainable {
		const { builtins, data, host, inputs } = this.settings;
		const prepared = this.lifecycle.plain;
		const decide: Explainable["decide"] = (names, input, limits) =>
			prepared.decide(names.join("."), (program, of) => {
				const query = this.newState({ limits, strictBuiltinErrors: false }, prepared.places, {
					kept: this.#values,
					...of,
				});
				return program.document(new EvalContext(query.options, input, data, query), names);
			});
		return { ...this.unfolded(), places: prepared.places, builtins, data, host, inputs, decide };
	}

	/** The decision plan: what evaluation runs, serialisable with planToJson. */
	abstract get plan(): Plan;

	/** The same policy over other base data. */
	abstract withData(data: object): PlannedPolicy<V>;

	/** SHA-256 (hex) over the names and texts of the sources. */
	get hash(): string {
		return this.plan.hash;
	}

	/**
	 * A function of the input that answers one document, e.g. `data.authz.allow`: its value, or
	 * undefined. The path must be a rule, a package or base data, unless it is optional. Throws
	 * RegoError when evaluation fails, TypeError for an input that is no JSON. Answers are the caller's own.
	 */
	rule<Out = V, In = unknown>(path: string, ruling: RuleOptions = {}): (input?: In) => Out | undefined {
		checkPath(this, "rule", path);
		checkOptions("rule", ruling, ruleOptions);
		const prepared = this.lifecycle.plain;
		const names = this.#known(path, prepared, ruling);
		const { places, first } = prepared;
		const { host, limits, strictBuiltinErrors, data, toCaller, inputs } = this.settings;
		const locate = (loc: PlanLocation): Location | undefined => places.locate(loc);
		const options: QueryOptions = { host, limits, strictBuiltinErrors, locate, kept: this.#values };
		const func = ruleAt(first, names);
		const constant = func === undefined ? undefined : constantRule(first, func);
		if (constant !== undefined) return () => toCaller(constant) as Out;
		const entry = (program: Program): Entry =>
			func === undefined ? (o, input, d) => program.document(new EvalContext(o, input, d), names) : program.entry(func);
		// Undefined while calls are left to closures.
		let run: Entry | undefined;
		const begin = (raw: unknown): Value | undefined => {
			const input = takeInput(raw, inputs);
			if (prepared.early) {
				return prepared.decide(path, (program, of) => entry(program)({ ...options, ...of }, input, data));
			}
			// Folding may have made it a constant.
			const folded = func === undefined ? undefined : constantRule(prepared.plan, func);
			const usual: Entry = folded === undefined ? entry(prepared.program) : () => folded;
			run = inputs === "trusted" ? usual : (o, raw, d) => usual(o, takeInput(raw, inputs), d);
			return usual(options, input, data);
		};
		// A function of its own: what it closes over must not cost the calls that need no explanation.
		const explained = (e: unknown, input: unknown): Error =>
			this.#explained(evaluationError(e, input), () =>
				prepared.reference.document(new EvalContext(options, takeInput(input, inputs), data), names),
			);
		const deep = (input: unknown): Out | undefined => {
			try {
				const answer = prepared.deep((program, d) =>
					entry(program)({ ...options, deep: d }, takeInput(input, inputs), data),
				);
				return answer === undefined ? undefined : (toCaller(answer) as Out);
			} catch (e) {
				throw evaluationError(e, input);
			}
		};
		return (input) => {
			try {
				const answer = run === undefined ? begin(input) : run(options, input as Value | undefined, data);
				if (answer === undefined || typeof answer === "boolean") return answer as Out | undefined;
				return toCaller(answer) as Out;
			} catch (e) {
				if (isOverflow(e)) return deep(input);
				throw explained(e, input);
			}
		};
	}

	/** Whether the document is exactly true. Undefined, false and any other value deny; errors throw. */
	allows(path: string, input?: unknown, options: RuleOptions = noOptions): boolean {
		checkPath(this, "allows", path);
		if (options !== noOptions) checkOptions("allows", options, ruleOptions);
		const key = options.optional === true ? `?${path}` : path;
		let rule = this.#kept.get(key);
		if (rule === undefined) {
			rule = this.rule<unknown>(path, options);
			if (this.#kept.size >= maxKept) this.#kept.clear();
			this.#kept.set(key, rule);
		}
		return rule(input) === true;
	}

	/** One document with everything that happened on the way. */
	evaluate<Out = V>(path: string, input?: unknown, options: EvaluateOptions = {}): Evaluation<Out> {
		checkPath(this, "evaluate", path);
		checkOptions("evaluate", options, evaluateOptions);
		const prepared = options.prints === true ? this.lifecycle.printing : this.lifecycle.plain;
		const names = this.#known(path, prepared, options);
		// What is kept would not print.
		const kept = options.prints === true ? undefined : this.#values;
		const checkedInput = takeInput(input, this.settings.inputs);
		try {
			return prepared.decide(path, (program, of) => {
				const query = this.newState(options, prepared.places, { kept, ...of });
				const value = this.#answer<Out>(program, names, checkedInput, query);
				return { value, prints: query.prints, builtinErrors: query.builtinErrors };
			});
		} catch (e) {
			throw evaluationError(e, input);
		}
	}

	/**
	 * One decision, without prints; they are made when asked for, by evaluating again with the same
	 * time, randomness and fetched documents. Throws RegoError when evaluation fails.
	 */
	decide<Out = V>(path: string, input?: unknown, options: DecideOptions = {}): Decision<Out> {
		checkPath(this, "decide", path);
		checkOptions("decide", options, decideOptions);
		const prepared = this.lifecycle.plain;
		const names = this.#known(path, prepared, options);
		const checkedInput = takeInput(input, this.settings.inputs);
		try {
			return prepared.decide(path, (program, of) => {
				const query = this.newState(options, prepared.places, { kept: this.#values, ...of });
				const value = this.#answer<Out>(program, names, checkedInput, query);
				const prints = (): readonly PrintLine[] => this.#prints(names, checkedInput, options, query);
				return { value, allowed: value === true, prints };
			});
		} catch (e) {
			throw evaluationError(e, input);
		}
	}

	/**
	 * As evaluate, for policies that call builtins of your own that return promises, or http.send with an
	 * asynchronous transport. The thread is never blocked: the evaluation stops where it needs an answer and
	 * is begun again when that is there, with the same time and randomness.
	 */
	async evaluateAsync<Out = V>(path: string, input?: unknown, options: AsyncOptions = {}): Promise<Evaluation<Out>> {
		checkSelf(this, "evaluateAsync");
		const { value, query } = await this.#waiting<Out>("evaluateAsync", path, input, options);
		return { value, prints: query.prints, builtinErrors: query.builtinErrors };
	}

	/** As decide, and as evaluateAsync. */
	async decideAsync<Out = V>(path: string, input?: unknown, options: AsyncOptions = {}): Promise<AsyncDecision<Out>> {
		checkSelf(this, "decideAsync");
		const { value, query, asked } = await this.#waiting<Out>("decideAsync", path, input, options);
		const prints = async (): Promise<readonly PrintLine[]> => {
			const { program, places } = this.lifecycle.printing;
			return (await this.#restarted<Out>({ ...asked, program, places, pinned: query })).query.prints;
		};
		return { value, allowed: value === true, prints };
	}

	async #waiting<Out>(call: string, path: string, input: unknown, options: AsyncOptions) {
		checkPath(this, call, path);
		checkOptions(call, options, asyncOptions);
		const prepared = this.lifecycle.plain;
		const names = this.#known(path, prepared, options);
		const checkedInput = takeInput(input, this.settings.inputs);
		const { program, places } = prepared;
		const asked = { ...options, program, places, names, checkedInput, answers: new Answers(), pinned: undefined };
		return { ...(await this.#restarted<Out>(asked)), asked };
	}

	/** Evaluates until no answer is missing. Time spent waiting counts against no limit. */
	async #restarted<Out>(
		q: AsyncOptions & {
			readonly program: Program;
			readonly places: PlaceTable;
			readonly names: readonly string[];
			readonly checkedInput: Value | undefined;
			readonly answers: Answers;
			readonly pinned: QueryState | undefined;
		},
	): Promise<{ readonly value: Out | undefined; readonly query: QueryState }> {
		const limits = q.limits ?? this.settings.limits;
		let left = limits?.timeMs;
		let pinned = q.pinned;
		// Prints are asked for with what was pinned: what is kept would not print.
		const kept = pinned === undefined ? this.#values : undefined;
		if (q.signal?.aborted === true) throw cancelled(q.signal);
		for (;;) {
			const bounds = left === undefined ? limits : { ...limits, timeMs: left };
			const query = this.newState({ ...q, limits: bounds }, q.places, { pinned, kept, answers: q.answers });
			const start = performance.now();
			try {
				return { value: this.#answer<Out>(q.program, q.names, q.checkedInput, query), query };
			} catch (e) {
				if (!(e instanceof Suspension)) throw evaluationError(e, q.checkedInput);
			}
			// What is kept of the first beginning holds for all that follow.
			pinned ??= query;
			if (left !== undefined) left = Math.max(0, left - (performance.now() - start));
			await q.answers.settled(q.signal);
		}
	}

	/** The names of a path, once it is known to lead somewhere. */
	#known(path: string, prepared: Prepared, options: RuleOptions): readonly string[] {
		const names = documentPath(path);
		if (options.optional !== true) requireDocument(names, prepared.first, this.settings.data);
		return names;
	}

	/** The document as the caller gets it. */
	#answer<Out>(
		program: Program,
		names: readonly string[],
		input: Value | undefined,
		query: QueryState,
	): Out | undefined {
		const v = program.document(new EvalContext(query.options, input, this.settings.data, query), names);
		return v === undefined ? undefined : (this.settings.toCaller(v) as Out);
	}

	/**
	 * What a decision prints on its way, up to so much text. Unlike evaluate() it answers also where the
	 * evaluation fails or reaches a limit: with what was printed until then.
	 */
	printed(
		path: string,
		input: unknown,
		options: Pick<DecideOptions, "limits"> & { readonly maxText: number },
	): Printed {
		const names = documentPath(path);
		const checkedInput = takeInput(input, this.settings.inputs);
		const prepared = this.lifecycle.printing;
		const begin = (deep?: DeepCalls): QueryState =>
			this.newState({ ...options, maxPrintText: options.maxText }, prepared.places, { deep });
		let state = begin();
		try {
			prepared.deeply((program, deep) => {
				if (deep !== undefined) state = begin(deep);
				return program.document(new EvalContext(state.options, checkedInput, this.settings.data, state), names);
			});
		} catch (e) {
			const error = evaluationError(e, input);
			if (!(error instanceof RegoError)) throw error;
			return { prints: state.prints, whole: false, error };
		}
		return { prints: state.prints, whole: true };
	}

	/** What the decision that `pinned` was the state of prints on its way. */
	#prints(
		names: readonly string[],
		input: Value | undefined,
		options: DecideOptions,
		pinned: QueryState,
	): readonly PrintLine[] {
		const prepared = this.lifecycle.printing;
		try {
			return prepared.deeply((program, deep) => {
				const state = this.newState(options, prepared.places, { pinned, deep });
				program.document(new EvalContext(state.options, input, this.settings.data, state), names);
				return state.prints;
			});
		} catch (e) {
			throw evaluationError(e, input);
		}
	}

	/** The state of one evaluation. */
	protected newState(
		options: DecideOptions & { readonly maxPrintText?: number },
		places: PlaceTable,
		of?: Pick<QueryOptions, "pinned" | "kept" | "answers" | "patience" | "deep">,
	): QueryState {
		const s = this.settings;
		// Each by its name: a literal that begins with a spread takes the host microseconds.
		return new QueryState({
			pinned: of?.pinned,
			kept: of?.kept,
			answers: of?.answers,
			patience: of?.patience,
			deep: of?.deep,
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
	#explained(error: Error, again: () => unknown): Error {
		if (!(error instanceof RegoError)) return error;
		if (this.settings.backend.name === closures.name || error.code === "eval_cancel_error") return error;
		try {
			again();
		} catch (e) {
			if (e instanceof RegoError && e.code === error.code && e.reason === error.reason) return e;
		}
		return error;
	}
}

/** A policy loaded from a plan: decisions, but no queries, which need the sources. */
export class LoadedPolicy<V = JsonValue> extends PlannedPolicy<V> {
	readonly plan: Plan;

	/** Use loadPlan(). `of` gives the plan that prints when it is first needed, or is what another copy runs. */
	constructor(plan: Plan, settings: PlannedSettings, of: Lifecycle | (() => Plan | undefined)) {
		super(
			settings,
			of instanceof Lifecycle ? of : new Lifecycle(loaded(plan, of), settings.backend, settings.builtins),
		);
		this.plan = plan;
	}

	protected unfolded(): Pick<Explainable, "plan" | "text"> {
		return { plan: this.plan, text: () => undefined };
	}

	/** The same policy over other base data: the program is shared. */
	withData(data: object): LoadedPolicy<V> {
		const settings = { ...this.settings, data: takeData(data, this.settings.inputs) };
		return new LoadedPolicy(withBaseData(this.plan, settings.data), settings, this.lifecycle);
	}
}

/** There is but the one plan, and maybe the one that prints: undefined where the policy prints nothing. */
function loaded(plan: Plan, printingPlan: () => Plan | undefined): Planner {
	const places = placesOfPlan(plan.sources);
	return {
		first: () => {
			const definitions = plan.funcs.reduce((n, f) => n + f.definitions.length, 0);
			return { plan, places, definitions };
		},
		whole: () => plan,
		printing: () => {
			const prints = printingPlan();
			if (prints === undefined) return { plan, places, backend: closures };
			return { plan: prints, places: placesOfPlan(prints.sources), backend: printing };
		},
	};
}

/** Value of a rule that is a constant. */
function constantRule(plan: PlanOnDemand, index: number): Value | undefined {
	// One of many definitions is no constant, and is better not planned to find that out.
	const func = plan.funcs.open?.(index) === undefined ? plan.funcs.at(index) : undefined;
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
	const dotted = /^[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+$/.test(path) && !path.startsWith("input.");
	const hint = dotted ? `did you mean data.${path}?` : 'paths look like data.authz.allow or data.a["b-c"]';
	return new RegoError("rego_compile_error", `not the path of a document: ${path}: ${hint}`, undefined, { hint });
}
