/**
 * `regoplan/opa-wasm`: the API of the npm package @open-policy-agent/opa-wasm over this engine. A program
 * changes its import, and hands in Rego, a bundle or a plan in place of WebAssembly.
 *
 * As there: inputs and data are what JSON.stringify makes of them, or an ArrayBuffer of JSON text; a
 * result set is an empty list where the document is undefined; data takes the place of all data before.
 */
import { loadBundleWith } from "../bundle/load.ts";
import { compile } from "../compile.ts";
import { RegoErrors } from "../errors.ts";
import { isThenable } from "../eval/awaited.ts";
import type { JsonValue } from "../face/json-value.ts";
import { describe } from "../face/options.ts";
import type { BuiltinFunctions } from "../face/own-builtins.ts";
import { loadPlan } from "../load-plan.ts";
import { Source } from "../location.ts";
import { parseAnnotations } from "../parser/annotations.ts";
import { type Annotations, dottedName, type Module, type Ref } from "../parser/ast.ts";
import { parseModule } from "../parser/parser.ts";
import type { TreeNode } from "../plan/plan.ts";
import { PlannedPolicy } from "../planned.ts";
import { isForeign } from "../value/foreign.ts";
import type { WebResponse } from "../web-types.ts";

/**
 * A policy to load: Rego text, texts by file name, the JSON of a plan, the bytes of any of these or of a bundle
 * (.tar.gz), a response that has them, or a policy of this library.
 */
export type PolicySource =
	| string
	| { readonly [file: string]: string }
	| ArrayBuffer
	| Uint8Array
	| WebResponse
	| PromiseLike<WebResponse>
	| PlannedPolicy;

/** What loadPolicy() takes besides what the original takes. */
export interface LoadPolicyOptions {
	/** Names such as `authz/allow`, the first being the default. Else those that annotations mark, else all rules. */
	readonly entrypoints?: readonly string[] | undefined;
	/** Default "auto": v1, and v0 where only v0 parses. */
	readonly regoVersion?: "v0" | "v1" | "auto" | undefined;
}

/** A result set: one entry with the document's value, or none where it is undefined. */
export type ResultSet = { readonly result: JsonValue }[];

/**
 * Loads a policy. The second argument (the memory that WebAssembly gets) is taken and not needed.
 *
 *     const policy = await loadPolicy(readFileSync("bundle.tar.gz"));
 *     policy.setData({ roles });
 *     const [allow] = policy.evaluate(input, "authz/allow");
 */
export async function loadPolicy(
	source: PolicySource,
	_memory?: unknown,
	customBuiltins: BuiltinFunctions = {},
	options: LoadPolicyOptions = {},
): Promise<LoadedPolicy> {
	const settled = isThenable(source) ? await source : source;
	const fetched = isResponse(settled) ? await bytesOfResponse(settled) : settled;
	if (isBytes(fetched) && isGzip(bytesOf(fetched))) {
		let modules: readonly Module[] = [];
		const keeping: typeof compile = (read, compiling) => {
			modules = read as readonly Module[];
			return compile(read, compiling);
		};
		const policy = await loadBundleWith(keeping, bytesOf(fetched), {
			builtins: customBuiltins,
			regoVersion: options.regoVersion ?? "auto",
			inputs: "trusted",
		});
		return new LoadedPolicy(policy, entrypointNames(policy, options, modules));
	}
	return loadPolicySync(
		fetched as Exclude<typeof fetched, WebResponse | PromiseLike<WebResponse>>,
		_memory,
		customBuiltins,
		options,
	);
}

/** As loadPolicy, at once; bundles and responses take loadPolicy. */
export function loadPolicySync(
	source: Exclude<PolicySource, WebResponse | PromiseLike<WebResponse>>,
	_memory?: unknown,
	customBuiltins: BuiltinFunctions = {},
	options: LoadPolicyOptions = {},
): LoadedPolicy {
	if (source instanceof PlannedPolicy) return new LoadedPolicy(source, entrypointNames(source, options, []));
	const content = isBytes(source) ? textOf(bytesOf(source)) : source;
	if (typeof content === "string" && content.trimStart().startsWith("{")) {
		const policy = loadPlan(content, { builtins: customBuiltins, inputs: "trusted" });
		return new LoadedPolicy(policy, entrypointNames(policy, options, []));
	}
	if (typeof content !== "string" && !areTexts(content)) throw new TypeError(notAPolicy(content));
	const modules = parseAll(typeof content === "string" ? { "policy.rego": content } : content, options);
	const policy = compile(modules, { builtins: customBuiltins, inputs: "trusted" });
	return new LoadedPolicy(policy, entrypointNames(policy, options, modules));
}

function parseAll(texts: { readonly [file: string]: string }, options: LoadPolicyOptions): readonly Module[] {
	return Object.entries(texts).map(([file, text]) => {
		const { value, errors } = parseModule(new Source(file, text), {
			regoVersion: options.regoVersion ?? "auto",
			annotations: parseAnnotations,
		});
		if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
		return value;
	});
}

/** A policy, its data, and the documents it may be asked for by number or name. */
export class LoadedPolicy {
	/** Numbers of the entry points by their names. */
	readonly entrypoints: { readonly [name: string]: number };
	readonly #names: readonly string[];
	#policy: PlannedPolicy;

	/** Use loadPolicy(). */
	constructor(policy: PlannedPolicy, names: readonly string[]) {
		this.#policy = policy;
		this.#names = names;
		this.entrypoints = Object.fromEntries(names.map((name, i) => [name, i]));
	}

	/** Evaluates an entry point: its number or name, default the first. */
	evaluate(input?: unknown, entrypoint: number | string = 0): ResultSet {
		const name = this.#name(entrypoint);
		// As there: an input that is false, 0, "" or null is none.
		const value = this.#policy.evaluate(name, input ? jsonOf(input) : undefined, { optional: true }).value;
		return value === undefined ? [] : [{ result: value }];
	}

	/** @deprecated As there: use evaluate. */
	evalBool(input?: unknown): boolean {
		const results: readonly unknown[] = this.evaluate(input);
		return results.length === 1 && results[0] === true;
	}

	/** Base documents for the evaluations that follow. */
	setData(data: object | ArrayBuffer): void {
		this.#policy = this.#policy.withData(jsonOf(data) as object);
	}

	#name(entrypoint: unknown): string {
		if (typeof entrypoint === "number") {
			const name = this.#names[entrypoint];
			if (name === undefined) throw new Error(`entrypoint ${entrypoint} is not valid in this instance`);
			return name;
		}
		if (typeof entrypoint !== "string") {
			throw new Error("entrypoint value is an invalid type, must be either string or number");
		}
		if (!Object.hasOwn(this.entrypoints, entrypoint)) {
			throw new Error(`entrypoint ${entrypoint} is not valid in this instance`);
		}
		return entrypoint;
	}
}

/** What arrives in WebAssembly: JSON, once written and read. */
function jsonOf(v: unknown): unknown {
	if (v instanceof ArrayBuffer) return JSON.parse(new TextDecoder().decode(v));
	const text: string | undefined = JSON.stringify(v);
	return text === undefined ? undefined : JSON.parse(text);
}

/** Entry points in their order: those asked for, those that annotations mark, or every rule there is. */
function entrypointNames(
	policy: PlannedPolicy,
	options: LoadPolicyOptions,
	modules: readonly Module[],
): readonly string[] {
	if (options.entrypoints !== undefined) return options.entrypoints;
	const marked = modules.flatMap((m) => m.annotations.filter((a) => a.entrypoint).map((a) => markedPath(m, a)));
	if (marked.length > 0) return [...new Set(marked)].sort();
	const names: string[] = [];
	const visit = (node: TreeNode, path: readonly string[]): void => {
		if (node.rule !== undefined) names.push(path.join("/"));
		for (const [name, child] of node.children ?? []) if (typeof name === "string") visit(child, [...path, name]);
	};
	visit(policy.plan.tree, []);
	return names;
}

function markedPath(m: Module, a: Annotations): string {
	const text = (r: Ref): string => dottedName(r)?.replaceAll(".", "/") ?? "";
	const pkg = text(m.package.path).replace(/^data\/?/, "");
	const rule = m.rules.find((r) => r.start === a.target);
	return rule === undefined ? pkg : `${pkg}/${text(rule.head.ref)}`;
}

function isResponse(source: unknown): source is WebResponse {
	return typeof source === "object" && source !== null && "arrayBuffer" in source;
}

async function bytesOfResponse(response: WebResponse): Promise<Uint8Array> {
	// A Blob has neither.
	if (response.ok === false) {
		throw new Error(`loadPolicy: ${response.url}: the server answered ${response.status} ${response.statusText}`);
	}
	return new Uint8Array(await response.arrayBuffer());
}

function areTexts(source: unknown): source is { readonly [file: string]: string } {
	if (typeof source !== "object" || source === null || isForeign(source) || Array.isArray(source)) return false;
	return Object.values(source).every((text) => typeof text === "string");
}

function notAPolicy(source: unknown): string {
	if (Object.prototype.toString.call(source).startsWith("[object WebAssembly.")) return isWebAssembly;
	const what = isThenable(source) ? "a Promise: await loadPolicy" : describe(source);
	return `loadPolicy: a policy is Rego text, texts by file name, a bundle or a plan, not ${what}`;
}

const isWebAssembly =
	"loadPolicy: this is WebAssembly; give the policy itself: Rego, or what `opa build -b` makes of it";

function isBytes(source: unknown): source is ArrayBuffer | Uint8Array {
	return source instanceof ArrayBuffer || ArrayBuffer.isView(source);
}

function bytesOf(source: ArrayBuffer | Uint8Array): Uint8Array {
	return source instanceof ArrayBuffer ? new Uint8Array(source) : source;
}

function isGzip(bytes: Uint8Array): boolean {
	return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function textOf(bytes: Uint8Array): string {
	if (bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d) {
		throw new TypeError(isWebAssembly);
	}
	if (isGzip(bytes)) throw new TypeError("loadPolicySync: bundles take loadPolicy");
	return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** As `import opa from "@open-policy-agent/opa-wasm"` has them. */
const opa: { readonly loadPolicy: typeof loadPolicy; readonly loadPolicySync: typeof loadPolicySync } = {
	loadPolicy,
	loadPolicySync,
};
export default opa;
