/**
 * What only some hosts have, for Node. Selected by the package's `#host` import; browser.ts is its
 * twin elsewhere. Optional dependencies are loaded here, synchronously and only when first needed,
 * so that importing the library costs nothing for builtins a policy never calls.
 */
import { createRequire } from "node:module";

const require: NodeJS.Require = createRequire(import.meta.url);

/** A CommonJS-loadable dependency or Node builtin, or undefined where it cannot be had. */
export function loadModule(name: string): unknown {
	try {
		return require(name);
	} catch (e) {
		if ((e as { code?: string }).code === "MODULE_NOT_FOUND") return undefined;
		throw e;
	}
}

/**
 * As loadModule, but never an instance that was handed out before: for a module that can break beyond
 * repair. The caller owns the instance alone; dropping it frees it.
 */
export function loadFreshModule(name: string): unknown {
	let path: string;
	try {
		path = require.resolve(name);
	} catch {
		return undefined;
	}
	delete require.cache[path];
	const loaded: unknown = require(path);
	// Node would keep it alive through its cache and through the list of what we have loaded.
	const record = require.cache[path];
	delete require.cache[path];
	for (const parent of [record?.parent, require.main]) {
		const at = record === undefined ? -1 : (parent?.children.indexOf(record) ?? -1);
		if (at >= 0) parent?.children.splice(at, 1);
	}
	return loaded;
}

export const hostName = "node";
