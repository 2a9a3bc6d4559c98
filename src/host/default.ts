/** The world as evaluation sees it unless the embedder says otherwise: real time, real randomness, no permissions. */
import type { Host } from "../eval/context.ts";

/**
 * Anchored once, so that consecutive instants never run backwards within a process; and only when asked
 * for: Node loads its clock's module at the first use.
 */
let origin: { readonly milliseconds: number; readonly nanoseconds: bigint } | undefined;

/** Milliseconds by which the two clocks of a host may differ. */
const tolerated = 1000;

/**
 * Instants of the fine clock; those of Date where the two disagree, since the fine one is not set: by a test that fakes
 * the time (some take the fine clock away), by a machine that slept, by whoever sets the time of day.
 */
function nowNs(): bigint {
	const day = Date.now();
	const { timeOrigin } = performance;
	const since = performance.now();
	const fine = timeOrigin + since;
	// Also where there is none: it is no number then.
	if (!(Math.abs(fine - day) <= tolerated)) return BigInt(Math.floor(day)) * 1_000_000n;
	if (origin?.milliseconds !== timeOrigin) {
		origin = { milliseconds: timeOrigin, nanoseconds: BigInt(Math.round(timeOrigin * 1000)) * 1000n };
	}
	return origin.nanoseconds + BigInt(Math.round(since * 1e6));
}

export const defaultHost: Host = {
	nowNs,
	randomBytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
	runtime: {},
	permissions: {},
};
