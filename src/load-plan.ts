/** A policy from its plan, without parser or compiler. */
import type { Builtin } from "./builtins/define.ts";
import { builtins as allBuiltins } from "./builtins/registry.ts";
import type { Backend } from "./eval/backend.ts";
import type { Host, Limits } from "./eval/context.ts";
import { defaultBackend } from "./eval/default-backend.ts";
import { defaultHost } from "./host/default.ts";
import { planFromJson } from "./plan/json.ts";
import type { Plan } from "./plan/plan.ts";
import { LoadedPolicy } from "./planned.ts";
import type { PlainObject } from "./value/value.ts";

export interface LoadOptions {
	/** Base documents below `data`; default {}. */
	readonly data?: PlainObject | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
	/** Builtins of the embedder that the plan calls. */
	readonly builtins?: readonly Builtin[] | undefined;
	readonly host?: Partial<Host> | undefined;
	readonly limits?: Limits | undefined;
	readonly backend?: Backend | undefined;
}

/** Makes a plan ready: the JSON text `rego build -t plan` writes, or the plan itself. Throws RegoError. */
export function loadPlan(plan: Plan | string, options: LoadOptions = {}): LoadedPolicy {
	const builtins = new Map(allBuiltins);
	for (const b of options.builtins ?? []) builtins.set(b.name, b);
	return new LoadedPolicy(typeof plan === "string" ? planFromJson(plan) : plan, {
		builtins,
		backend: options.backend ?? defaultBackend(),
		host: { ...defaultHost, ...options.host },
		data: options.data ?? {},
		limits: options.limits,
		strictBuiltinErrors: options.strictBuiltinErrors ?? false,
	});
}
