/**
 * `regoplan/core`: compile with the builtins and parts that the caller hands in, for programs that count bytes. Policies
 * may call the operators and what is listed, and run as closures unless a backend is given.
 */
import type { Builtin } from "./builtins/define.ts";
import { internal } from "./builtins/internal.ts";
import { operators } from "./builtins/operators.ts";
import { type CompileOptions as AllOptions, compileOptions, compileWith, type Modules } from "./compile-with.ts";
import { closures } from "./eval/closures/closures.ts";
import { type ChosenBuiltins, chosenBuiltins } from "./face/chosen-builtins.ts";
import type { ExactJsonValue, JsonValue } from "./face/json-value.ts";
import { checkOptions, type OptionChecks } from "./face/options.ts";
import type { Parts } from "./parts.ts";
import type { Policy } from "./policy.ts";
import { missingPart } from "./policy-plans.ts";
import type { Value } from "./value/value.ts";

export { type Builtin, type BuiltinContext, define, t } from "./builtins/define.ts";
export type { Modules } from "./compile-with.ts";
export { type ErrorCode, RegoError, RegoErrors } from "./errors.ts";
export type { Backend } from "./eval/backend.ts";
export { closures } from "./eval/closures/closures.ts";
export { generated } from "./eval/generated/generated.ts";
export type { ChosenBuiltins } from "./face/chosen-builtins.ts";
export type { Parts } from "./parts.ts";
export type { Policy } from "./policy.ts";
export { RegoObject, RegoSet } from "./value/collections.ts";
export { RegoNumber } from "./value/number.ts";
export type { Value } from "./value/value.ts";

/** As of `regoplan`, with chosen builtins. */
export interface CompileOptions extends Omit<AllOptions, "annotations" | "builtins" | "withoutBuiltins"> {
	/**
	 * What policies may call besides operators: categories from `regoplan/builtins/*`, and single builtins, such as
	 * those you make with define().
	 */
	readonly builtins?: ChosenBuiltins | undefined;
	/**
	 * What is used of `regoplan/parts`: queries, prints, annotations and schemas, hints … Default none of them.
	 */
	readonly parts?: Parts | undefined;
}

const { annotations: _a, withoutBuiltins: _w, ...common } = compileOptions;
const coreParts: OptionChecks<Parts & { readonly default?: unknown }> = {
	annotations: "part",
	folding: "part",
	hints: "part",
	logical: "part",
	plans: "part",
	prints: "part",
	queries: "part",
	// What TypeScript adds to `import * as parts` for CommonJS.
	default: "anything",
};
// What builtins are is told where they are taken.
const coreOptions: OptionChecks<CompileOptions> = { ...common, builtins: "anything", parts: coreParts };

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
	checkOptions("compile", options, coreOptions);
	const { parts = {}, ...others } = options;
	const { schemas, prints, optimize } = others;
	if (schemas !== undefined && parts.annotations === undefined) missingPart("schemas", "annotations");
	if (prints === true && parts.prints === undefined) missingPart("option prints", "prints");
	if (optimize?.fold === true && parts.folding === undefined) missingPart("option optimize.fold", "folding");
	const chosen = chosenBuiltins([operators, internal], options.builtins);
	const ours = parts.annotations === undefined ? withoutMetadata(chosen.ours) : chosen.ours;
	return compileWith({ builtins: ours, chosen: true, backend: () => closures, parts }, modules, {
		...others,
		builtins: chosen.own,
	});
}

/** A policy that asks for annotations, where none are read, must not be told that there are none. */
function withoutMetadata(builtins: ReadonlyMap<string, Builtin>): ReadonlyMap<string, Builtin> {
	return new Map([...builtins].filter(([name]) => !name.startsWith("rego.metadata.")));
}
