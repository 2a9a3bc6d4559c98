/** The world as evaluation sees it unless the embedder says otherwise: real time, real randomness, no permissions. */
import type { Host } from "../eval/context.ts";

/**
 * Anchored once, so that consecutive instants never run backwards within a process; and only when asked
 * for: Node loads its clock's module at the first use.
 */
let origin: bigint | undefined;

function nowNs(): bigint {
	origin ??= BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n;
	return origin + BigInt(Math.round(performance.now() * 1e6));
}

export const defaultHost: Host = {
	nowNs,
	randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
	runtime: {},
	permissions: {},
};
