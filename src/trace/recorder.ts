/** Keeps the events that are to be shown, as long as there are not more than memory bears. */

import { RegoError } from "../errors.ts";
import type { TraceEvent, Tracer } from "../topdown/events.ts";
import { type ExplainMode, Lineage } from "./lineage.ts";

/** Events, with the values of variables that each tells. */
const maxRecorded = 4_000_000;

export class Recorder implements Tracer {
	readonly wantsLocals = true;
	readonly wantsUnify: boolean;
	readonly #lineage: Lineage;
	readonly #most: number;
	#events: TraceEvent[] = [];
	#size = 0;

	constructor(mode: ExplainMode, most: number = maxRecorded) {
		this.wantsUnify = mode === "debug";
		this.#lineage = new Lineage(mode);
		this.#most = most;
	}

	get events(): readonly TraceEvent[] {
		return this.#events;
	}

	event(e: TraceEvent): void {
		for (const kept of this.#lineage.shown(e)) {
			this.#size += sizeOf(kept);
			this.#events.push(kept);
		}
		if (this.#size + this.#lineage.waiting <= this.#most) return;
		// Nobody reads so much, and what comes now would be lost.
		this.#events = [];
		throw new RegoError("eval_cancel_error", `the evaluation has more events than can be kept (${this.#most})`);
	}
}

function sizeOf({ locals, documents }: TraceEvent): number {
	return 1 + (locals?.size ?? 0) + documents.length;
}
