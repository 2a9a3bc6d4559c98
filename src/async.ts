/**
 * Rego text to a Policy, with what it needs loaded while it waits: the builtins that the modules call, the reader of
 * annotations where there are some, code generation where the host allows it. For pages and workers, which should not
 * load all of OPA's builtins to call three of them. Any bundler makes the imports below files of their own.
 *
 * The build for Node has async-node.ts instead: there everything is loaded when it is first called.
 */

import { categoryOf, isBuiltinName } from "./builtins/category-names.ts";
import { nodeCrypto } from "./builtins/crypto/node-crypto.ts";
import type { Builtin } from "./builtins/define.ts";
import { internal } from "./builtins/internal.ts";
import { loadCategory } from "./builtins/late-categories.ts";
import { operators } from "./builtins/operators.ts";
import { calledNames } from "./called-names.ts";
import { type CompileOptions, checkModulesArgument, compileWith, type Modules, parseAll } from "./compile-with.ts";
import { RegoErrors } from "./errors.ts";
import type { Backend } from "./eval/backend.ts";
import { closures } from "./eval/closures/closures.ts";
import { canGenerate } from "./eval/generated/can-generate.ts";
import type { ExactJsonValue, JsonValue } from "./face/json-value.ts";
import type { Parts } from "./parts.ts";
import type { Policy } from "./policy.ts";
import type { Value } from "./value/value.ts";

export type { Modules } from "./compile-with.ts";
export { type ErrorCode, RegoError, RegoErrors } from "./errors.ts";
export type { Policy } from "./policy.ts";

/** As of `regoplan`, and what else to load. */
export interface AsyncCompileOptions extends CompileOptions {
	/** Names of builtins that only queries will call, or "all". */
	readonly load?: readonly string[] | "all" | undefined;
}

/**
 * As compile() of `regoplan`, when what the modules call is loaded.
 *
 *     import { compile } from "regoplan/async";
 *     const policy = await compile({ "authz.rego": text });
 */
export function compile(
	modules: Modules,
	options: AsyncCompileOptions & { readonly values: "rego" },
): Promise<Policy<Value>>;
export function compile(
	modules: Modules,
	options: AsyncCompileOptions & { readonly numbers: "exact" },
): Promise<Policy<ExactJsonValue>>;
export function compile(modules: Modules, options?: AsyncCompileOptions): Promise<Policy>;
export async function compile(
	modules: Modules,
	{ load = [], ...options }: AsyncCompileOptions = {},
): Promise<Policy<Value | JsonValue>> {
	if (load === "all") return whole(modules, options);
	try {
		return await compileFound(modules, load, options);
	} catch (e) {
		// What is wrong is said by all of it, which knows every name that may have been meant.
		if (e instanceof RegoErrors) return whole(modules, options);
		throw e;
	}
}

async function whole(modules: Modules, options: CompileOptions): Promise<Policy<Value | JsonValue>> {
	const { compile: compileWhole } = await import("./compile.ts");
	return compileWhole(modules, options);
}

async function compileFound(
	modules: Modules,
	load: readonly string[],
	options: CompileOptions,
): Promise<Policy<Value | JsonValue>> {
	checkModulesArgument(modules);
	const readers = await readersFor(modules, options);
	const parsed = parseAll(modules, { ...options, isBuiltin: isBuiltinName, parts: readers });
	const names = [...calledNames(parsed, isBuiltinName), ...load];
	const [builtins, backend, { folding, hints, plans, prints, queries }] = await Promise.all([
		builtinsOf(names),
		bestBackend(),
		import("./parts.ts"),
	]);
	const parts = { ...readers, folding, hints, plans, prints, queries };
	return compileWith({ builtins, backend: () => backend, parts }, parsed, options);
}

/** Loaded where modules have annotations, or words of future.keywords, or the caller has schemas. */
async function readersFor(modules: Modules, options: CompileOptions): Promise<Pick<Parts, "annotations" | "logical">> {
	const texts = Object.values(modules).filter((m) => typeof m === "string");
	const annotated = Object.values(modules).some((m) =>
		typeof m === "string" ? m.includes("METADATA") : m.annotations.length > 0,
	);
	const asksAnnotations = (annotated && options.annotations !== false) || options.schemas !== undefined;
	const asksLogical = texts.some((text) => text.includes("future.keywords"));
	if (!asksAnnotations && !asksLogical) return {};
	const { annotations, logical } = await import("./parts.ts");
	return { annotations: asksAnnotations ? annotations : undefined, logical };
}

/** Categories whose builtins may need public keys. */
const signing = ["tokens", "x509", "http"];

async function builtinsOf(names: readonly string[]): Promise<ReadonlyMap<string, Builtin>> {
	const categories = new Set<string>();
	for (const name of names) {
		const category = categoryOf.get(name);
		if (category === undefined) throw new TypeError(`compile: there is no builtin ${name} to load`);
		categories.add(category);
	}
	if (nodeCrypto() === undefined && signing.some((c) => categories.has(c))) {
		(await import("./signatures.ts")).usePortableSignatures();
	}
	const lists = await Promise.all([...categories].map((c) => loadCategory[c]?.() ?? []));
	return new Map([operators, internal, ...lists].flat().map((b) => [b.name, b]));
}

async function bestBackend(): Promise<Backend> {
	if (!canGenerate()) return closures;
	const { defaultBackend } = await import("./eval/default-backend.ts");
	return defaultBackend();
}
