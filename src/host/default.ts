/** The world as evaluation sees it unless the embedder says otherwise: real time, real randomness, no permissions. */
import type { Host } from "../eval/context.ts";

/** Anchored once, so that consecutive instants never run backwards within a process. */
const origin: bigint = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n;

export const defaultHost: Host = {
	nowNs: () => origin + BigInt(Math.round(performance.now() * 1e6)),
	randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
	runtime: {},
	permissions: {},
};
