/** Rego text to a Policy that may call every builtin. */
import { builtins } from "./builtins/registry.ts";
import { type CompileOptions, compileWith, type Modules } from "./compile-with.ts";
import { defaultBackend } from "./eval/default-backend.ts";
import type { ExactJsonValue, JsonValue } from "./face/json-value.ts";
import { annotations, folding, hints, logical, plans, prints, queries } from "./parts.ts";
import type { Policy } from "./policy.ts";
import type { Value } from "./value/value.ts";

/**
 * Compile modules given as texts by file name, or parsed. Throws RegoErrors holding every error.
 *
 *     const policy = compile({ "authz.rego": text });
 *     const allow = policy.rule("data.authz.allow");
 *     allow({ user: "alice" }); // true | false | … | undefined
 */
export function compile(modules: Modules, options: CompileOptions & { readonly values: "rego" }): Policy<Value>;
export function compile(
	modules: Modules,
	options: CompileOptions & { readonly numbers: "exact" },
): Policy<ExactJsonValue>;
export function compile(modules: Modules, options?: CompileOptions): Policy;
export function compile(modules: Modules, options: CompileOptions = {}): Policy<Value | JsonValue> {
	return compileWith(
		{ builtins, backend: defaultBackend, parts: { annotations, hints, folding, logical, plans, prints, queries } },
		modules,
		options,
	);
}
