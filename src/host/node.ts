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

export const hostName = "node";
