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

export const hostName = "browser";
