/** What few manifests say: versions for the files of a pattern, and modules of WebAssembly. Loaded where one says it. */
import { valueAt } from "../at.ts";
import { lookUp } from "../documents/merge-data.ts";
import { compileGlob } from "../regex/glob.ts";
import { messageOf } from "../thrown.ts";
import { isArray, type PlainObject, type Value } from "../value/value.ts";
import { requireRules } from "./activate.ts";
import { covers } from "./manifest.ts";

interface Resolver {
	readonly entrypoint: string;
	readonly module: string;
}

/** What `file_rego_versions` says of a path. The patterns are looked at when the first module is. */
export function versionsOf(perFile: PlainObject): (path: string) => Value | undefined {
	let patterns: (readonly [{ match(s: string): boolean }, Value])[] | undefined;
	const compile = (pattern: string): { match(s: string): boolean } => {
		try {
			return compileGlob(pattern, []);
		} catch (e) {
			throw new Error(`failed to compile glob pattern ${pattern}: ${messageOf(e)}`, { cause: e });
		}
	};
	return (path) => {
		patterns ??= Object.keys(perFile)
			.sort()
			.map((p) => [compile(p), valueAt(perFile, p)] as const);
		return patterns.find(([p]) => p.match(path))?.[1];
	};
}

/** What modules of WebAssembly decide, for who knows what to do about it. Throws where one is not there, or decides what is not the bundle's. */
export function checkWasm(
	wasm: Value,
	roots: readonly string[],
	files: ReadonlySet<string>,
	onlyRules: boolean | undefined,
): readonly string[] {
	const seen = new Set<string>();
	for (const { entrypoint, module } of resolversOf(wasm)) {
		if (!files.has(module)) {
			throw new Error(`manifest references wasm module '${module}' but the module file does not exist`);
		}
		if (!roots.some((root) => covers(root, entrypoint.split("/")))) {
			const list = roots.join(" ");
			throw new Error(`manifest roots [${list}] do not permit '${entrypoint}' entrypoint for wasm module '${module}'`);
		}
		if (seen.has(entrypoint)) {
			throw new Error(`entrypoint '${entrypoint}' cannot be used by more than one wasm module`);
		}
		seen.add(entrypoint);
	}
	const wasmEntrypoints = [...seen];
	if (onlyRules === true) requireRules([{ wasmEntrypoints }]);
	return wasmEntrypoints;
}

function resolversOf(v: Value): readonly Resolver[] {
	const text = (r: Value, field: string): string => String((r === null ? null : lookUp(r, [field])) ?? "");
	return isArray(v) ? v.map((r) => ({ entrypoint: text(r, "entrypoint"), module: text(r, "module") })) : [];
}
