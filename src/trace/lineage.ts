/** Which events `--explain` shows. Source: OPA v1/topdown/lineage. */

import type { TraceEvent } from "../topdown/events.ts";

export const explainModes = ["off", "full", "notes", "fails", "debug"] as const;
/** Notes and fails together are what `opa test --verbose` shows where nothing else is asked for. */
export type ExplainMode = (typeof explainModes)[number] | "notes and fails";

/** Picks events, as they come. Of notes and fails, each is shown after the queries that led to it. */
export class Lineage {
	readonly #mode: ExplainMode;
	/** Queries that were entered since something was shown. */
	#entered = new Map<number, TraceEvent>();

	constructor(mode: ExplainMode) {
		this.#mode = mode;
	}

	/** How many events it keeps, to be shown if something follows. */
	get waiting(): number {
		return this.#entered.size;
	}

	/** What is to be shown now that this has happened. */
	shown(e: TraceEvent): readonly TraceEvent[] {
		switch (this.#mode) {
			case "off":
				return [];
			case "debug":
				return [e];
			case "full":
				return e.op === "Unify" ? [] : [e];
			default:
				return this.#leadingTo(e);
		}
	}

	#leadingTo(e: TraceEvent): readonly TraceEvent[] {
		const path: TraceEvent[] = [];
		if ((e.op === "Note" && this.#mode !== "fails") || (e.op === "Fail" && this.#mode !== "notes")) {
			path.push(e);
			for (const q of this.#around(e.queryId)) path.push(q);
			this.#entered = new Map();
		}
		if ((e.op === "Enter" || e.op === "Redo") && (e.node?.kind === "rule" || e.node?.kind === "body")) {
			if (this.#entered.size >= manyEntered) this.#forget(e);
			this.#entered.set(e.queryId, e);
		}
		return path.reverse();
	}

	/** A query and those it is in, as far as they were entered, from the inside. */
	*#around(queryId: number): Generator<TraceEvent> {
		let previous: TraceEvent | undefined;
		for (let q = this.#entered.get(queryId); q !== undefined && q !== previous; q = this.#entered.get(q.parentId)) {
			yield q;
			previous = q;
		}
	}

	/** Queries that are over: one that goes on says so by `Redo`. */
	#forget(e: TraceEvent): void {
		const around = [...this.#around(e.parentId)];
		this.#entered = new Map(around.reverse().map((q) => [q.queryId, q]));
	}
}

const manyEntered = 100_000;
