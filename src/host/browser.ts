/**
 * The twin of node.ts for hosts without Node's module loader. Dependencies that optional builtins
 * need are registered by the embedder (or its bundler entry) before the first evaluation.
 */
import * as hmac from "@noble/hashes/hmac.js";
import * as legacy from "@noble/hashes/legacy.js";
import * as sha2 from "@noble/hashes/sha2.js";

/** Small, and digests and HMAC tokens should simply work: these come with us. */
const registered = new Map<string, unknown>([
	["@noble/hashes/hmac.js", hmac],
	["@noble/hashes/legacy.js", legacy],
	["@noble/hashes/sha2.js", sha2],
]);

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
