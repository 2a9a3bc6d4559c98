import { internal } from "./builtins/internal.ts";
import { operators } from "./builtins/operators.ts";
import { type CompileOptions as AllOptions, compileWith, type Modules } from "./compile-with.ts";
import { closures } from "./eval/closures/closures.ts";
import { type ChosenBuiltins, chosenBuiltins } from "./face/chosen-builtins.ts";
import type { ExactJsonValue, JsonValue } from "./face/json-value.ts";
import type { Policy } from "./policy.ts";
import type { Value } from "./value/value.ts";

export { type Builtin, type BuiltinContext, define, t } from "./builtins/define.ts";
export type { Modules } from "./compile-with.ts";
export { type ErrorCode, RegoError, RegoErrors } from "./errors.ts";
export type { Backend } from "./eval/backend.ts";
export { closures } from "./eval/closures/closures.ts";
export { generated } from "./eval/generated/generated.ts";
export type { ChosenBuiltins } from "./face/chosen-builtins.ts";
export type { Policy } from "./policy.ts";
export { RegoObject, RegoSet } from "./value/collections.ts";
export { RegoNumber } from "./value/number.ts";
export type { Value } from "./value/value.ts";

/** As of `regoplan`, with chosen builtins. */
export interface CompileOptions extends Omit<AllOptions, "builtins" | "withoutBuiltins"> {
	/**
	 * What policies may call besides operators: categories from `regoplan/builtins/*`, and single builtins, such as
	 * those you make with define().
	 */
	readonly builtins?: ChosenBuiltins | undefined;
}

/**
 * As compile() of `regoplan`, with chosen builtins.
 *
 *     import { compile } from "regoplan/core";
 *     import { strings } from "regoplan/builtins/strings";
 *     const policy = compile({ "authz.rego": text }, { builtins: [strings] });
 */
export function compile(modules: Modules, options: CompileOptions & { readonly values: "rego" }): Policy<Value>;
export function compile(
	modules: Modules,
	options: CompileOptions & { readonly numbers: "exact" },
): Policy<ExactJsonValue>;
export function compile(modules: Modules, options?: CompileOptions): Policy;
export function compile(modules: Modules, options: CompileOptions = {}): Policy<Value | JsonValue> {
	const { ours, own } = chosenBuiltins([operators, internal], options.builtins);
	return compileWith({ builtins: ours, backend: () => closures }, modules, { ...options, builtins: own });
}
