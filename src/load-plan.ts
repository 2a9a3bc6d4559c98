/** A policy from its plan, without parser or compiler. */
import { builtins as allBuiltins } from "./builtins/registry.ts";
import type { Backend } from "./eval/backend.ts";
import type { Host, Limits } from "./eval/context.ts";
import { defaultBackend } from "./eval/default-backend.ts";
import { type ExactJsonValue, type JsonValue, toCaller, type ValueOptions } from "./face/json-value.ts";
import { checkOptions, describe, type OptionChecks } from "./face/options.ts";
import { type OwnBuiltins, withOwn } from "./face/own-builtins.ts";
import type { InputMode } from "./face/plain-input.ts";
import { defaultHost } from "./host/default.ts";
import { planFromJson } from "./plan/json.ts";
import type { Plan } from "./plan/plan.ts";
import { LoadedPolicy, takeData } from "./planned.ts";
import type { Value } from "./value/value.ts";

export interface LoadOptions extends ValueOptions {
	/** Base documents below `data`; default {}. */
	readonly data?: object | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
	/** Builtins of the embedder that the plan calls. */
	readonly builtins?: OwnBuiltins | undefined;
	/** How inputs are taken, as for compile(). */
	readonly inputs?: InputMode | undefined;
	readonly host?: Partial<Host> | undefined;
	readonly limits?: Limits | undefined;
	readonly backend?: Backend | undefined;
}

const loadOptions: OptionChecks<LoadOptions> = {
	values: ["json", "rego"],
	numbers: ["double", "exact"],
	data: "object",
	strictBuiltinErrors: "boolean",
	builtins: "object",
	inputs: ["plain", "checked", "toJSON", "trusted"],
	host: "object",
	limits: "object",
	backend: "object",
};

/** Makes a plan ready: the JSON text `rego build -t plan` writes, or the plan itself. Throws RegoError. */
export function loadPlan(plan: Plan | string, options: LoadOptions & { readonly values: "rego" }): LoadedPolicy<Value>;
export function loadPlan(
	plan: Plan | string,
	options: LoadOptions & { readonly numbers: "exact" },
): LoadedPolicy<ExactJsonValue>;
export function loadPlan(plan: Plan | string, options?: LoadOptions): LoadedPolicy;
export function loadPlan(plan: Plan | string, options: LoadOptions = {}): LoadedPolicy<Value | JsonValue> {
	checkOptions("loadPlan", options, loadOptions);
	if (typeof plan !== "string" && (typeof plan !== "object" || plan === null || !("funcs" in plan))) {
		throw new TypeError(`loadPlan: a plan is what rego build -t plan writes, or policy.plan, not ${describe(plan)}`);
	}
	const toFunction = toCaller(options);
	const inputs = options.inputs ?? "plain";
	return new LoadedPolicy(typeof plan === "string" ? planFromJson(plan) : plan, {
		builtins: withOwn(allBuiltins, options.builtins, toFunction),
		backend: options.backend ?? defaultBackend(),
		host: { ...defaultHost, ...options.host },
		data: options.data === undefined ? {} : takeData(options.data, inputs),
		limits: options.limits,
		strictBuiltinErrors: options.strictBuiltinErrors ?? false,
		toCaller: toFunction,
		inputs,
	});
}
