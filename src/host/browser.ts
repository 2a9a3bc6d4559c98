/**
 * The twin of node.ts for hosts without Node's module loader. Dependencies that optional builtins
 * need are registered by the embedder (or its bundler entry) before the first evaluation.
 */
const registered = new Map<string, unknown>();

/** Make a dependency available to builtins that ask for it by name. */
export function registerModule(name: string, module: unknown): void {
	registered.set(name, module);
}

export function loadModule(name: string): unknown {
	return registered.get(name);
}

/** As loadModule, but a new instance each time, where a function that makes them was registered. */
export function loadFreshModule(name: string): unknown {
	const m = registered.get(name);
	return typeof m === "function" ? (m as () => unknown)() : m;
}

export const hostName = "browser";
