/**
 * Node's crypto module where the host has it: the only door to it, so that everything else stays
 * portable (public-key.ts, hash.ts). It is asked for, not imported: nothing has to be resolved, bundled or
 * left out for hosts without it.
 */

/** Types only: nothing is imported. */
export type NodeCrypto = typeof import("node:crypto");

let loaded: NodeCrypto | undefined;
let looked = false;

export function nodeCrypto(): NodeCrypto | undefined {
	if (!looked) {
		looked = true;
		const host = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
		loaded = host.process?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined;
	}
	return loaded;
}
