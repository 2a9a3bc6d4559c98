/** Which events `--explain` shows. Source: OPA v1/topdown/lineage. */

import type { TraceEvent } from "../topdown/events.ts";

export const explainModes = ["off", "full", "notes", "fails", "debug"] as const;
export type ExplainMode = (typeof explainModes)[number];

export function explained(trace: readonly TraceEvent[], mode: ExplainMode): readonly TraceEvent[] {
	switch (mode) {
		case "debug":
			return trace;
		case "full":
			return trace.filter((e) => e.op !== "Unify");
		case "notes":
			return leadingTo(trace, (e) => e.op === "Note");
		case "fails":
			return leadingTo(trace, (e) => e.op === "Fail");
		default:
			return [];
	}
}

/** What `opa test --verbose` shows where nothing else is asked for. */
export function notesAndFails(trace: readonly TraceEvent[]): readonly TraceEvent[] {
	return leadingTo(trace, (e) => e.op === "Note" || e.op === "Fail");
}

/** Events of a kind, each after the queries that led to it. */
function leadingTo(trace: readonly TraceEvent[], isOf: (e: TraceEvent) => boolean): TraceEvent[] {
	const out: TraceEvent[] = [];
	let entered = new Map<number, TraceEvent>();
	for (const e of trace) {
		if (isOf(e)) {
			const path = [e];
			let previous: TraceEvent | undefined;
			for (let q = entered.get(e.queryId); q !== undefined && q !== previous; q = entered.get(q.parentId)) {
				path.push(q);
				previous = q;
			}
			out.push(...path.reverse());
			entered = new Map();
		}
		if ((e.op === "Enter" || e.op === "Redo") && (e.node?.kind === "rule" || e.node?.kind === "body")) {
			entered.set(e.queryId, e);
		}
	}
	return out;
}
