/**
 * How many connections there are descriptors for. Who opens connections until none are left would keep the gate from
 * reaching the agent, from marking a change, and from starting a thread: it turns clients away before that.
 */
import { readFileSync } from "node:fs";

/** For threads, logs, listeners and what is read now and then. */
const reserved = 64;
/** The client's, and the agent's. */
const perConnection = 2;

/** The most connections that so many descriptors bear, and one at least. */
export function connectionsFor(descriptors: number): number {
	return Math.max(1, Math.floor((descriptors - reserved) / perConnection));
}

/** Descriptors that this process may have; no bound is known where the kernel does not say. */
export function mostDescriptors(file = "/proc/self/limits"): number {
	try {
		const soft = /^Max open files\s+([0-9]+)/m.exec(readFileSync(file, "latin1"))?.[1];
		return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
	} catch {
		return Number.POSITIVE_INFINITY;
	}
}
