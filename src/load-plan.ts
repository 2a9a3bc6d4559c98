/** A policy from its plan that may call every builtin, without parser or compiler. */
import { builtins } from "./builtins/registry.ts";
import { defaultBackend } from "./eval/default-backend.ts";
import type { ExactJsonValue, JsonValue } from "./face/json-value.ts";
import { type LoadOptions, loadPlanWith } from "./load-plan-with.ts";
import type { Plan } from "./plan/plan.ts";
import type { LoadedPolicy } from "./planned.ts";
import type { Value } from "./value/value.ts";

/** Makes a plan ready: the JSON text `rego build -t plan` writes, or the plan itself. Throws RegoError. */
export function loadPlan(plan: Plan | string, options: LoadOptions & { readonly values: "rego" }): LoadedPolicy<Value>;
export function loadPlan(
	plan: Plan | string,
	options: LoadOptions & { readonly numbers: "exact" },
): LoadedPolicy<ExactJsonValue>;
export function loadPlan(plan: Plan | string, options?: LoadOptions): LoadedPolicy;
export function loadPlan(plan: Plan | string, options: LoadOptions = {}): LoadedPolicy<Value | JsonValue> {
	return loadPlanWith({ builtins, backend: defaultBackend }, plan, options);
}
