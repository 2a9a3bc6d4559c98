/**
 * Node's crypto module where the host has it: the only door to it, so that everything else stays
 * portable. Public key operations need it; digests only use it for speed.
 */
import { loadModule } from "#host";
import { Failure } from "../failure.ts";

/** Types only: nothing is imported. */
export type NodeCrypto = typeof import("node:crypto");

let loaded: NodeCrypto | undefined;
let looked = false;

export function nodeCrypto(): NodeCrypto | undefined {
	if (!looked) {
		looked = true;
		loaded = loadModule("node:crypto") as NodeCrypto | undefined;
	}
	return loaded;
}

/** For what cannot be done without it. */
export function requireNodeCrypto(): NodeCrypto {
	const c = nodeCrypto();
	if (c === undefined) throw new Failure("public key cryptography is not available on this host");
	return c;
}
