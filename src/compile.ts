/** Rego text to a Policy: parse, check, plan. The only place where all the stages meet. */
import type { Builtin } from "./builtins/define.ts";
import { builtins as allBuiltins } from "./builtins/registry.ts";
import type { SchemaSet } from "./compiler/typecheck/schemas.ts";
import { type RegoError, RegoErrors } from "./errors.ts";
import type { Backend } from "./eval/backend.ts";
import type { Host, Limits } from "./eval/context.ts";
import { defaultBackend } from "./eval/default-backend.ts";
import { defaultHost } from "./host/default.ts";
import { Source } from "./location.ts";
import type { Module } from "./parser/ast.ts";
import { parseModule } from "./parser/parser.ts";
import { Policy, type PolicySettings } from "./policy.ts";
import type { PlainObject } from "./value/value.ts";

export interface CompileOptions {
	/** How to read the modules; default "v1". "auto": v1, and v0 where only v0 parses. */
	readonly regoVersion?: "v0" | "v1" | "auto" | undefined;
	/** Base documents below `data`; default {}. Used as they are, never changed. */
	readonly data?: PlainObject | undefined;
	/** OPA's strict mode (-S). */
	readonly strict?: boolean | undefined;
	/** Builtin errors abort evaluation instead of being undefined. */
	readonly strictBuiltinErrors?: boolean | undefined;
	/** Builtins of your own, made with define(); they replace ours of the same name. */
	readonly builtins?: readonly Builtin[] | undefined;
	/** Names of builtins to leave out: a policy that calls one does not compile. */
	readonly withoutBuiltins?: readonly string[] | undefined;
	/** Clock, randomness, permissions (http.send …); defaults are the real clock and no permissions. */
	readonly host?: Partial<Host> | undefined;
	/** For every evaluation, unless the call gives its own. */
	readonly limits?: Limits | undefined;
	/** Compilation stops after so many errors; default 10, as OPA. 0 is no limit. */
	readonly maxErrors?: number | undefined;
	/** What executes plans; default generated JavaScript where the host allows it, else closures. */
	readonly backend?: Backend | undefined;
	/** Optimisations of the plan; each can be switched off. Default all on. */
	readonly optimize?: { readonly fold?: boolean } | undefined;
	/**
	 * JSON schemas that types are checked with, by the names annotations use: `schema` describes `input`,
	 * `schema.acl` what annotations say.
	 */
	readonly schemas?: SchemaSet | undefined;
	/** Parse `# METADATA` blocks: needed by rego.metadata.*; default true. */
	readonly annotations?: boolean | undefined;
}

/**
 * Compile modules given as texts by file name, or parsed. Throws RegoErrors holding every error.
 *
 *     const policy = compile({ "authz.rego": text });
 *     const allow = policy.rule("data.authz.allow");
 *     allow({ user: "alice" }); // true | false | … | undefined
 */
export function compile(
	modules: { readonly [file: string]: string } | readonly Module[],
	options: CompileOptions = {},
): Policy {
	const builtins = builtinTable(options);
	const maxErrors = options.maxErrors ?? 10;
	const errors: RegoError[] = [];
	const parsed: Module[] = [];
	if (Array.isArray(modules)) parsed.push(...(modules as readonly Module[]));
	else {
		for (const [file, text] of Object.entries(modules as { readonly [file: string]: string })) {
			const result = parseModule(new Source(file, text), {
				regoVersion: options.regoVersion ?? "v1",
				annotations: options.annotations ?? true,
				isBuiltin: (name) => allBuiltins.has(name),
			});
			errors.push(...result.errors);
			if (result.value !== undefined) parsed.push(result.value);
		}
	}
	if (errors.length > 0) throw new RegoErrors(errors);
	const settings: PolicySettings = {
		builtins,
		backend: options.backend ?? defaultBackend(),
		host: { ...defaultHost, ...options.host },
		data: options.data ?? {},
		limits: options.limits,
		strictBuiltinErrors: options.strictBuiltinErrors ?? false,
		strict: options.strict ?? false,
		maxErrors,
		schemas: options.schemas,
		fold: options.optimize?.fold ?? true,
	};
	return new Policy(parsed, settings);
}

function builtinTable(options: CompileOptions): ReadonlyMap<string, Builtin> {
	if (options.builtins === undefined && options.withoutBuiltins === undefined) return allBuiltins;
	const table = new Map(allBuiltins);
	for (const b of options.builtins ?? []) table.set(b.name, b);
	for (const name of options.withoutBuiltins ?? []) table.delete(name);
	return table;
}
