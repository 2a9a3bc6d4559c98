/**
 * `regoplan/plan`: decisions from plans that `rego build` wrote, with chosen builtins: no parser, no compiler.
 * A plan may call the operators and what is listed, and decides by closures unless a backend is given.
 */
import { internal } from "./builtins/internal.ts";
import { operators } from "./builtins/operators.ts";
import { closures } from "./eval/closures/closures.ts";
import { type ChosenBuiltins, chosenBuiltins } from "./face/chosen-builtins.ts";
import type { ExactJsonValue, JsonValue } from "./face/json-value.ts";
import { checkOptions } from "./face/options.ts";
import { type LoadOptions as AllOptions, loadOptions, loadPlanWith } from "./load-plan-with.ts";
import type { Plan } from "./plan/plan.ts";
import type { LoadedPolicy } from "./planned.ts";
import type { Value } from "./value/value.ts";

export { type Builtin, type BuiltinContext, define, t } from "./builtins/define.ts";
export { type ErrorCode, RegoError } from "./errors.ts";
export type { Backend } from "./eval/backend.ts";
export { closures } from "./eval/closures/closures.ts";
export { generated } from "./eval/generated/generated.ts";
export type { ChosenBuiltins } from "./face/chosen-builtins.ts";
export type { Plan } from "./plan/plan.ts";
export type { LoadedPolicy } from "./planned.ts";
export { RegoObject, RegoSet } from "./value/collections.ts";
export { RegoNumber } from "./value/number.ts";
export type { Value } from "./value/value.ts";

/** As of `regoplan`, with chosen builtins. */
export interface LoadOptions extends Omit<AllOptions, "builtins"> {
	/**
	 * What plans may call besides operators: categories from `regoplan/builtins/*`, and single builtins, such as
	 * those you make with define().
	 */
	readonly builtins?: ChosenBuiltins | undefined;
}

/**
 * As loadPlan() of `regoplan`, with chosen builtins.
 *
 *     import { loadPlan } from "regoplan/plan";
 *     import { strings } from "regoplan/builtins/strings";
 *     const policy = loadPlan(text, { builtins: [strings] });
 */
export function loadPlan(plan: Plan | string, options: LoadOptions & { readonly values: "rego" }): LoadedPolicy<Value>;
export function loadPlan(
	plan: Plan | string,
	options: LoadOptions & { readonly numbers: "exact" },
): LoadedPolicy<ExactJsonValue>;
export function loadPlan(plan: Plan | string, options?: LoadOptions): LoadedPolicy;
export function loadPlan(plan: Plan | string, options: LoadOptions = {}): LoadedPolicy<Value | JsonValue> {
	checkOptions("loadPlan", options, loadOptions);
	const { ours, own } = chosenBuiltins([operators, internal], options.builtins);
	return loadPlanWith({ builtins: ours, backend: () => closures }, plan, { ...options, builtins: own });
}
