/**
 * Node's crypto module where the host has it: the only door to it, so that everything else stays
 * portable. Public key operations need it; digests only use it for speed. It is asked for, not
 * imported: nothing has to be resolved, bundled or left out for hosts without it.
 */
import { Failure } from "../failure.ts";

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

/** For what cannot be done without it. */
export function requireNodeCrypto(): NodeCrypto {
	const c = nodeCrypto();
	if (c === undefined) throw new Failure("public key cryptography is not available on this host");
	return c;
}
