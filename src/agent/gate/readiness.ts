/**
 * Waits for the agent. A shim asks once whether the agent is well and gives the pod up when it is not, so
 * nobody is let in before the agent answers `Check` itself. In: how to reach it. Out: nothing, or an
 * error when it did not answer in time.
 */

import { messageOf } from "../../thrown.ts";
import { healthService } from "../protocol/protocol.ts";
import { TtrpcClient } from "../ttrpc/client.ts";
import type { Log } from "./log.ts";
import type { Connect } from "./upstream.ts";

export interface ReadinessOptions {
	readonly waitMs: number;
	readonly log: Log;
	/** True ends the waiting. */
	readonly isCancelled?: () => boolean;
}

const tryMs = 1000;
const firstPauseMs = 10;
const longestPauseMs = 250;

/** Rejects with the last failure when `waitMs` are over. */
export async function waitForAgent(connect: Connect, { waitMs, log, isCancelled }: ReadinessOptions): Promise<void> {
	const started = performance.now();
	let said = false;
	for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
		let why: string;
		try {
			await check(connect);
			if (said) log("info", "the agent answers", { afterMs: Math.round(performance.now() - started) });
			return;
		} catch (e) {
			why = messageOf(e);
		}
		if (isCancelled?.() === true) throw new Error("stopped while waiting for the agent");
		if (performance.now() - started >= waitMs) throw new Error(`the agent does not answer: ${why}`);
		if (!said) log("info", "waiting for the agent", { why });
		said = true;
		await new Promise((r) => setTimeout(r, pause));
	}
}

async function check(connect: Connect): Promise<void> {
	const client = new TtrpcClient(await connect());
	try {
		await client.call(healthService, "Check", new Uint8Array(0), { timeoutNano: tryMs * 1e6 });
	} finally {
		client.close();
	}
}
