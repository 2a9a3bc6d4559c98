/** A policy from its plan, with given builtins, without parser or compiler. */
import type { Builtin } from "./builtins/define.ts";
import { RegoError } from "./errors.ts";
import type { Backend } from "./eval/backend.ts";
import type { Host, Limits } from "./eval/context.ts";
import { takeData } from "./face/inputs.ts";
import { type JsonValue, toCaller, type ValueOptions } from "./face/json-value.ts";
import { checkOptions, describe, hostChecks, limitChecks, type OptionChecks } from "./face/options.ts";
import { type OwnBuiltins, withOwn } from "./face/own-builtins.ts";
import type { InputMode } from "./face/plain-input.ts";
import { defaultHost } from "./host/default.ts";
import { withBaseData } from "./plan/base-data.ts";
import { planFromJson } from "./plan/json.ts";
import type { Plan } from "./plan/plan.ts";
import { LoadedPolicy } from "./planned.ts";
import type { Value } from "./value/value.ts";

/** What loadPlan() takes besides the plan. */
export interface LoadOptions extends ValueOptions {
	/** Base documents below `data`, in the place of those the plan was made with; default those. */
	readonly data?: object | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
	/** Builtins of the embedder that the plan calls. */
	readonly builtins?: OwnBuiltins | undefined;
	/** How inputs are taken, as for compile(). */
	readonly inputs?: InputMode | undefined;
	readonly host?: Partial<Host> | undefined;
	readonly limits?: Limits | undefined;
	readonly backend?: Backend | undefined;
	/**
	 * The plan that prints (`policy.printingPlan`), or its JSON text, which is read when prints are first asked for;
	 * null: nothing prints. Without it, asking for prints is an error.
	 */
	readonly printing?: Plan | string | null | undefined;
}

export const loadOptions: OptionChecks<LoadOptions> = {
	values: ["json", "rego"],
	numbers: ["double", "exact"],
	data: "object",
	strictBuiltinErrors: "boolean",
	builtins: "object",
	inputs: ["checked", "toJSON", "trusted"],
	host: hostChecks,
	limits: limitChecks,
	backend: "backend",
	printing: "plan",
};

/** What the loading of a plan knows of without being told. */
export interface Known {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly backend: () => Backend;
}

/** As loadPlan(), with what is known. */
export function loadPlanWith(known: Known, plan: Plan | string, options: LoadOptions): LoadedPolicy<Value | JsonValue> {
	checkOptions("loadPlan", options, loadOptions);
	if (typeof plan !== "string" && (typeof plan !== "object" || plan === null || !("funcs" in plan))) {
		throw new TypeError(`loadPlan: a plan is what rego build -t plan writes, or policy.plan, not ${describe(plan)}`);
	}
	const loaded = typeof plan === "string" ? planFromJson(plan) : plan;
	const toFunction = toCaller(options);
	const inputs = options.inputs ?? "checked";
	const settings = {
		builtins: withOwn(known.builtins, options.builtins, toFunction),
		backend: options.backend ?? known.backend(),
		host: { ...defaultHost, ...options.host },
		data: takeData(options.data ?? loaded.data ?? {}, inputs),
		limits: options.limits,
		strictBuiltinErrors: options.strictBuiltinErrors ?? false,
		toCaller: toFunction,
		inputs,
	};
	const decides = options.data === undefined ? loaded : withBaseData(loaded, settings.data);
	return new LoadedPolicy(decides, settings, printingOf(loaded, options.printing));
}

function printingOf({ hash }: Plan, printing: LoadOptions["printing"]): () => Plan | undefined {
	return () => {
		if (printing === null) return undefined;
		if (printing === undefined) {
			const why = "a loaded plan has no prints: load it with { printing: policy.printingPlan }";
			throw new RegoError("eval_internal_error", why);
		}
		const plan = typeof printing === "string" ? planFromJson(printing) : printing;
		if (plan.hash !== hash) throw new RegoError("eval_internal_error", "the plan that prints is of another policy");
		return plan;
	};
}
