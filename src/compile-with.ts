/** Rego text to a Policy, with given builtins: parse, check, plan. The only place where all the stages meet. */
import type { Builtin } from "./builtins/define.ts";
import type { SchemaSet } from "./compiler/typecheck/schemas.ts";
import { type RegoError, RegoErrors } from "./errors.ts";
import type { Backend } from "./eval/backend.ts";
import type { Host, Limits } from "./eval/context.ts";
import { hinted } from "./face/hints.ts";
import { takeData } from "./face/inputs.ts";
import { type JsonValue, toCaller, type ValueOptions } from "./face/json-value.ts";
import { checkOptions, describe, hostChecks, limitChecks, type OptionChecks } from "./face/options.ts";
import { type OwnBuiltins, withOwn } from "./face/own-builtins.ts";
import type { InputMode } from "./face/plain-input.ts";
import { defaultHost } from "./host/default.ts";
import { Source } from "./location.ts";
import type { Module } from "./parser/ast.ts";
import { parseModule } from "./parser/parse-with.ts";
import type { Parts } from "./parts.ts";
import { Policy } from "./policy.ts";
import type { PolicySettings } from "./policy-plans.ts";
import type { Value } from "./value/value.ts";

/** What compile() takes besides modules. */
export interface CompileOptions extends ValueOptions {
	/** How to read the modules; default "v1". "auto": v1, and v0 where only v0 parses. */
	readonly regoVersion?: "v0" | "v1" | "auto" | undefined;
	/** Base documents below `data`; default {}. Used as they are, never changed. */
	readonly data?: object | undefined;
	/** OPA's strict mode (-S). */
	readonly strict?: boolean | undefined;
	/** Builtin errors abort evaluation instead of being undefined. */
	readonly strictBuiltinErrors?: boolean | undefined;
	/**
	 * Builtins of your own: functions by name, `{ "acme.member": (user, group) => … }`, or what define() makes.
	 * They replace ours of the same name.
	 */
	readonly builtins?: OwnBuiltins | undefined;
	/**
	 * How inputs are taken; default "checked": as they are, each of them looked through, and what is no JSON (a Map, a
	 * Date …) refused. "toJSON" converts it as JSON.stringify does, "trusted" never looks.
	 */
	readonly inputs?: InputMode | undefined;
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
	/** Evaluations with prints will be asked for: one check of the policy then serves them as well. Default false. */
	readonly prints?: boolean | undefined;
	/** Optimisations of the plan; each can be switched off. Default all on. */
	readonly optimize?: { readonly fold?: boolean } | undefined;
	/**
	 * JSON schemas that types are checked with, a Map by the names annotations use: `schema` describes `input`,
	 * `schema.acl` what annotations say.
	 */
	readonly schemas?: SchemaSet | undefined;
	/** Parse `# METADATA` blocks: needed by rego.metadata.*; default true. */
	readonly annotations?: boolean | undefined;
}

const valueOptions: OptionChecks<ValueOptions> = { values: ["json", "rego"], numbers: ["double", "exact"] };

export const compileOptions: OptionChecks<CompileOptions> = {
	...valueOptions,
	regoVersion: ["v0", "v1", "auto"],
	data: "object",
	strict: "boolean",
	strictBuiltinErrors: "boolean",
	builtins: "object",
	inputs: ["checked", "toJSON", "trusted"],
	withoutBuiltins: "strings",
	host: hostChecks,
	limits: limitChecks,
	maxErrors: "number",
	backend: "backend",
	optimize: { fold: "boolean" },
	prints: "boolean",
	schemas: "map",
	annotations: "boolean",
};

/** Texts by file name, or parsed modules. */
export type Modules = { readonly [file: string]: string } | readonly Module[];

/** What a compilation knows of without being told. */
export interface Known {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** The caller has chosen the builtins: an error about one that is missing says so. */
	readonly chosen?: boolean;
	readonly backend: () => Backend;
	readonly parts: Parts;
}

/** As compile(), with what is known. */
export function compileWith(known: Known, modules: Modules, options: CompileOptions): Policy<Value | JsonValue> {
	checkOptions("compile", options, compileOptions);
	checkModulesArgument(modules);
	const builtins = builtinTable(known.builtins, options);
	const isBuiltin = (name: string): boolean => known.builtins.has(name);
	const parsed = parseAll(modules, { ...options, isBuiltin, parts: known.parts });
	const inputs = options.inputs ?? "checked";
	const settings: PolicySettings = {
		builtins,
		chosen: known.chosen,
		backend: options.backend ?? known.backend(),
		host: { ...defaultHost, ...options.host },
		data: options.data === undefined ? {} : takeData(options.data, inputs),
		limits: options.limits,
		strictBuiltinErrors: options.strictBuiltinErrors ?? false,
		strict: options.strict ?? false,
		maxErrors: options.maxErrors ?? 10,
		schemas: options.schemas,
		fold: options.optimize?.fold ?? true,
		prints: options.prints ?? false,
		parts: known.parts,
		toCaller: toCaller(options),
		inputs,
	};
	return hinted(
		known.parts.hints,
		() => new Policy(parsed, settings),
		() => ({ modules: parsed, builtins, chosen: known.chosen }),
	);
}

/** What modules are read with. */
interface ReadOptions extends Pick<CompileOptions, "annotations" | "regoVersion"> {
	readonly isBuiltin: (name: string) => boolean;
	readonly parts: Parts;
}

/** Modules of texts; those that are parsed stay as they are. */
export function parseAll(modules: Modules, options: ReadOptions): readonly Module[] {
	if (isParsed(modules)) return modules;
	const errors: RegoError[] = [];
	const parsed: Module[] = [];
	const sources: Source[] = [];
	for (const [file, text] of Object.entries(modules)) {
		const source = new Source(file, text);
		sources.push(source);
		const result = parseModule(source, {
			regoVersion: options.regoVersion ?? "v1",
			annotations: options.annotations === false ? undefined : options.parts.annotations?.read,
			isBuiltin: options.isBuiltin,
			logical: options.parts.logical?.reader,
		});
		errors.push(...result.errors);
		if (result.value !== undefined) parsed.push(result.value);
	}
	if (errors.length === 0) return parsed;
	return hinted(
		options.parts.hints,
		() => {
			throw new RegoErrors(errors);
		},
		() => ({ sources }),
	);
}

function isParsed(modules: Modules): modules is readonly Module[] {
	return Array.isArray(modules);
}

/** Mistakes that would otherwise show as errors of a policy nobody wrote. */
export function checkModulesArgument(modules: unknown): void {
	const call = 'compile({ "policy.rego": text })';
	if (typeof modules !== "object" || modules === null) {
		throw new TypeError(`compile: modules are texts by file name, as in ${call}, not ${describe(modules)}`);
	}
	if (Array.isArray(modules)) {
		const wrong: unknown = modules.find((m) => typeof m !== "object" || m === null || !("package" in m));
		if (modules.length === 0 || wrong === undefined) return;
		throw new TypeError(`compile: a list holds what parseModule gives; texts go by file name, as in ${call}`);
	}
	if (modules instanceof Map)
		throw new TypeError(`compile: use Object.fromEntries(map): modules are an object, as in ${call}`);
	for (const [file, text] of Object.entries(modules)) {
		if (typeof text === "string") continue;
		throw new TypeError(`compile: the text of ${file} must be a string, not ${describe(text)}`);
	}
}

/** Those that a policy compiled so may call. */
export function builtinTable(
	ours: ReadonlyMap<string, Builtin>,
	options: CompileOptions,
): ReadonlyMap<string, Builtin> {
	// What functions are given follows the answers: JSON, or Rego's values.
	const table = withOwn(ours, options.builtins, toCaller(options));
	if (options.withoutBuiltins === undefined) return table;
	const fewer = new Map(table);
	for (const name of options.withoutBuiltins) fewer.delete(name);
	return fewer;
}
