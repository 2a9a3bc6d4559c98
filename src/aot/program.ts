/**
 * The program around functions built ahead of time: what the generated backend has from its plan, an
 * AOT module brings along. Needs neither the parser nor the compiler, nor any code from strings.
 */

import { at } from "../at.ts";
import { type Builtin, define } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import type { Entry } from "../eval/backend.ts";
import {
	EvalContext,
	type Host,
	type Limits,
	orUndefined,
	type QueryOptions,
	type UNDEFINED,
} from "../eval/context.ts";
import type { DeepCalls } from "../eval/deep-calls.ts";
import { Documents } from "../eval/documents.ts";
import { filledRows, type RowTable } from "../eval/generated/emit-shapes.ts";
import {
	type CompilePattern,
	type Emitted,
	type EmittedHost,
	emittedRuntime,
	type Selection,
} from "../eval/generated/emitted-runtime.ts";
import { Kept } from "../eval/kept.ts";
import { type Callees, callMock } from "../eval/mocks.ts";
import { whole } from "../eval/overlay.ts";
import { RulesByKey } from "../eval/rules-by-key.ts";
import { Selector } from "../eval/selector.ts";
import { evaluationError, takeData, takeInput } from "../face/inputs.ts";
import { type JsonValue, jsonValue, toCaller, type ValueOptions } from "../face/json-value.ts";
import { checkOptions, hostChecks, limitChecks, type OptionChecks } from "../face/options.ts";
import { type OwnBuiltins, ownBuiltins } from "../face/own-builtins.ts";
import type { InputMode } from "../face/plain-input.ts";
import { defaultHost } from "../host/default.ts";
import { decodeData } from "../plan/base-data.ts";
import type { Conditions, Scalar } from "../plan/conditions.ts";
import { decode, decodeConstants, type Json } from "../plan/constants.ts";
import { type PlaceTable, placesOfPlan } from "../plan/places.ts";
import type { KeyedRule, NodeKey, PlanSource, Replacement, TreeNode } from "../plan/plan.ts";
import { ruleAt } from "../plan/rule-at.ts";
import { isOverflow } from "../stack.ts";
import { dot } from "../value/access.ts";
import { canonicalKey } from "../value/key.ts";
import type { PlainObject, Value } from "../value/value.ts";

/** What `rego build -t js` writes, as data. */
export interface AotModule {
	/** Format of this object. */
	readonly format: 3;
	/** Digest of the sources, as Policy.hash. */
	readonly hash: string;
	/** Constants in the plan's JSON form, as text. */
	readonly constants: string;
	readonly builtins: readonly string[];
	readonly tree: TreeNode;
	readonly keyed: readonly KeyedRule[];
	/** The base data it was built with, in the plan's JSON form, as text. Absent where there were none. */
	readonly data?: string;
	readonly dataOnly: readonly number[];
	/** Paths of the functions and rules, by index. */
	readonly paths: readonly (readonly NodeKey[])[];
	readonly replacements: readonly (readonly Replacement[])[];
	readonly sources: readonly PlanSource[];
	/** Rule indexes: what is looked up is in the emitted text; here, which definitions it selects. */
	readonly indexes: readonly {
		readonly func: number;
		readonly byValue?: readonly (readonly [value: Scalar, definitions: readonly number[]])[];
		readonly rest?: readonly number[];
		/** In the place of a table. */
		readonly conditions?: Conditions;
		readonly table?: RowTable | undefined;
		/** Place of each definition. */
		readonly locations: readonly number[];
	}[];
	/** How functions are called where the stack has not sufficed; only modules with long chains of calls have it. */
	readonly deep?: () => DeepCalls;
	/** The emitted functions. */
	readonly emit: (constants: readonly Value[], builtins: readonly Builtin[], runtime: object) => Emitted;
}

/** For one decision of a module built ahead of time. */
export interface AotOptions extends ValueOptions {
	/** Base documents below `data`, in the place of those the module was built with; default those. */
	readonly data?: object | undefined;
	readonly host?: Partial<Host> | undefined;
	readonly limits?: Limits | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
	/** How the input is taken, as for compile(). */
	readonly inputs?: InputMode | undefined;
}

const aotOptions: OptionChecks<AotOptions> = {
	values: ["json", "rego"],
	numbers: ["double", "exact"],
	data: "record",
	host: hostChecks,
	limits: limitChecks,
	strictBuiltinErrors: "boolean",
	inputs: ["checked", "toJSON", "trusted"],
};

/** A decision: the value of its document for an input, undefined where there is none. */
export type AotDecision = <Out = JsonValue, In = unknown>(input?: In, options?: AotOptions) => Out | undefined;

const unused: Builtin = define("", { category: "", args: [], result: undefined, doc: "", eval: () => undefined });

const embedderBuiltins: Builtin[] = [];

/** Builtins of the embedder's own, for the modules loaded from now on. */
export function useBuiltins(own: OwnBuiltins): void {
	embedderBuiltins.push(...ownBuiltins(own, jsonValue));
}

const usually = toCaller({});

/** Links an AOT module; entry() gives its decisions. */
export class AotProgram implements EmittedHost {
	readonly hash: string;
	readonly documents: Documents;
	readonly byKey: RulesByKey;
	readonly replacements: readonly (readonly Replacement[])[];
	readonly #module: AotModule;
	readonly #builtins: readonly Builtin[];
	readonly #constants: readonly Value[];
	readonly #data: PlainObject;
	readonly #places: PlaceTable;
	readonly #entries: ReadonlyMap<number, Entry>;
	/** Values of the entries that are constants. */
	readonly #values: ReadonlyMap<number, Value | undefined>;
	readonly #rules: ReadonlyMap<number, (c: EvalContext) => Value | undefined>;
	readonly #slots: ReadonlyMap<number, number>;
	readonly #dataOnly: ReadonlySet<number>;
	/** What is kept for the data of the last decision. */
	#kept: { readonly data: PlainObject; readonly values: Kept } | undefined;
	readonly #funcs: ReadonlyMap<number, (c: EvalContext, ...args: readonly Value[]) => Value | undefined>;

	constructor(module: AotModule, available: readonly (readonly Builtin[])[], compilePattern?: CompilePattern) {
		if (module.format !== 3) {
			const built = `the module has format ${String(module.format)}, want 3: build it with this version of regoplan`;
			throw new RegoError("eval_internal_error", built);
		}
		this.#module = module;
		this.#data = module.data === undefined ? {} : decodeData(JSON.parse(module.data) as Json);
		this.hash = module.hash;
		this.replacements = module.replacements;
		const table = new Map([...available.flat(), ...embedderBuiltins].map((b) => [b.name, b]));
		this.#builtins = module.builtins.map((name) => {
			const b = table.get(name);
			// An empty name: a builtin of the policy that these entry points do not call.
			if (name === "") return unused;
			if (b === undefined) {
				const how = "useBuiltins of regoplan/runtime brings those of your own, before the module is imported";
				throw new RegoError("eval_internal_error", `unsupported built-in: ${name}: ${how}`);
			}
			return b;
		});
		this.#places = placesOfPlan(module.sources);
		this.byKey = new RulesByKey(this, module.keyed);
		this.documents = new Documents(module, this);
		this.#dataOnly = new Set(module.dataOnly);
		this.#constants = decodeConstants(module.constants);
		const emitted = module.emit(this.#constants, this.#builtins, emittedRuntime(this, compilePattern));
		this.#rules = new Map(emitted.rules.map(([i, rule]) => [i, rule]));
		this.#slots = new Map(emitted.rules.map(([i, , slot]) => [i, slot]));
		this.#funcs = new Map(emitted.funcs);
		this.#entries = new Map(emitted.entries.map(([i, entry]) => [i, entry]));
		this.#values = new Map(emitted.entries.map(([i, , value]) => [i, value]));
	}

	/** The decision at a path of names below data. */
	entry(...path: readonly string[]): AotDecision {
		const own = { data: this.#data, values: new Kept() };
		const usual: QueryOptions = {
			host: defaultHost,
			limits: undefined,
			strictBuiltinErrors: false,
			locate: this.#places.locate,
			kept: own.values,
		};
		const noOptions: AotOptions = {};
		const index = ruleAt(this.#module, path);
		const constant = index === undefined ? undefined : this.#values.get(index);
		const run = this.#deeply(
			(index === undefined ? undefined : this.#entries.get(index)) ??
				((o, input, data) => this.documents.value(new EvalContext(o, input, data), path)),
		);
		// Most callers hand in the same object again and again.
		let known: AotOptions | undefined;
		const evaluate = (input: unknown, callOptions: AotOptions | undefined): Value | undefined => {
			if (callOptions !== known) {
				checkOptions("a decision", callOptions, aotOptions);
				known = callOptions;
			}
			try {
				if (constant !== undefined) return constant;
				const mode = callOptions?.inputs ?? "checked";
				const checkedInput = takeInput(input, mode);
				const { host, limits, strictBuiltinErrors, data } = callOptions ?? noOptions;
				if (data === undefined && host === undefined && limits === undefined && strictBuiltinErrors === undefined)
					return run(usual, checkedInput, own.data);
				const { data: base, values: kept } = data === undefined ? own : this.#keptFor(data, mode);
				const options: QueryOptions = {
					...usual,
					host: { ...defaultHost, ...host },
					limits,
					strictBuiltinErrors: strictBuiltinErrors ?? false,
					kept,
				};
				return run(options, checkedInput, base);
			} catch (e) {
				throw evaluationError(e, input);
			}
		};
		// Out is what the caller says the policy answers.
		return <Out>(input?: unknown, callOptions?: AotOptions): Out | undefined => {
			const answer = evaluate(input, callOptions);
			if (answer === undefined || typeof answer === "boolean") return answer as Out | undefined;
			return (callOptions === undefined ? usually : toCaller(callOptions))(answer) as Out;
		};
	}

	/** Base data that are given for a decision, looked through when they are new, and what is kept for them. */
	#keptFor(data: object, mode: InputMode): { readonly data: PlainObject; readonly values: Kept } {
		if (this.#kept?.data !== data) this.#kept = { data: takeData(data, mode), values: new Kept() };
		return this.#kept;
	}

	/** A rule group as the whole of an evaluation, where the module was built for it. */
	start(index: number): Entry | undefined {
		const entry = this.#entries.get(index);
		return entry === undefined ? undefined : this.#deeply(entry);
	}

	/** An evaluation that is begun again in parts where the stack does not suffice. */
	#deeply(entry: Entry): Entry {
		const make = this.#module.deep;
		if (make === undefined) return entry;
		return (options, input, data) => {
			try {
				return entry(options, input, data);
			} catch (e) {
				if (!isOverflow(e)) throw e;
				const deep = make();
				return deep.run(() => entry({ ...options, deep }, input, data));
			}
		};
	}

	/** Value of a rule group. */
	rule(c: EvalContext, index: number): Value | undefined {
		if (c.shadowed?.has(index) === true) return this.shadow(c, index);
		const f = this.#rules.get(index);
		if (f === undefined) throw new RegoError("eval_internal_error", `no rule ${index} in this module`);
		return f(c);
	}

	/** The value of a rule at keys in a row. */
	ruleAt(c: EvalContext, index: number, keys: readonly Value[]): Value | undefined {
		return keys.length === 0 ? this.rule(c, index) : this.byKey.value(c, index, keys);
	}

	knownRule(c: EvalContext, index: number): Value | typeof UNDEFINED | undefined {
		if (c.shadowed?.has(index) === true) return orUndefined(this.shadow(c, index));
		const known = c.memo[this.#slots.get(index) ?? -1];
		return known === undefined && this.isKept(index) ? c.kept?.get(index) : known;
	}

	isKept(index: number): boolean {
		return this.#dataOnly.has(index);
	}

	call(c: EvalContext, index: number, keys: readonly Value[]): Value | undefined {
		return this.#callees.func(c, index, keys);
	}

	shadow(c: EvalContext, index: number): Value | undefined {
		let v: Value | undefined = c.data;
		for (const key of this.#module.paths[index] ?? []) v = dot(v, decode(key));
		return whole(v);
	}

	index(func: number): Selection {
		const found = this.#module.indexes.find((i) => i.func === func);
		if (found?.conditions !== undefined) return new Selector(found.conditions);
		const lists = (found?.byValue ?? []).map(([value, list]) => [canonicalKey(value), list] as const);
		return { byKey: new Map(lists), rest: found?.rest ?? [] };
	}

	rows(func: number): readonly (readonly Value[])[] {
		const table = this.#module.indexes.find((i) => i.func === func)?.table;
		return table === undefined ? [] : filledRows(table, this.#constants);
	}

	definitionOf(func: number): unknown {
		throw new RegoError("eval_internal_error", `definitions of function ${func} were not built`);
	}

	locationOf(func: number, definition: number): number {
		return this.#module.indexes.find((i) => i.func === func)?.locations[definition] ?? -1;
	}

	interpret(_c: EvalContext, index: number): Value | undefined {
		throw new RegoError("eval_internal_error", `function ${index} was not built`);
	}

	/** Value of a function for arguments. */
	func(c: EvalContext, index: number, args: readonly Value[]): Value | undefined {
		return this.#callees.func(c, index, args);
	}

	callFunc(c: EvalContext, index: number, args: readonly Value[], loc: number): Value | undefined {
		const mock = c.funcMocks?.get(index);
		return mock === undefined ? this.#callees.func(c, index, args) : callMock(this.#callees, c, mock, args, loc);
	}

	callBuiltin(c: EvalContext, index: number, args: readonly Value[], loc: number): Value | undefined {
		const mock = c.builtinMocks?.get(index);
		if (mock !== undefined) return callMock(this.#callees, c, mock, args, loc);
		const b = at(this.#builtins, index);
		return b.eval(c.calling(b.name, loc), ...args);
	}

	readonly #callees: Callees = {
		func: (c, index, args) => {
			const f = this.#funcs.get(index);
			if (f === undefined) throw new RegoError("eval_internal_error", `no function ${index} in this module`);
			return f(c, ...args);
		},
		builtin: (c, index, args, loc) => this.callBuiltin(c, index, args, loc),
	};
}
