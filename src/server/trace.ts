/**
 * `explain=notes|fails|full|debug`: what happened in an evaluation, as OPA's evaluator would tell it. The query is
 * evaluated once more for it, by the evaluator that is for watching (src/topdown); loaded where somebody asks.
 */
import type { RegoError } from "../errors.ts";
import { parsedQuery } from "../query-text.ts";
import { conflictAsMet, conflictTimeMs } from "../topdown/met-conflict.ts";
import { tracedPolicy, watchQuery } from "../topdown/query.ts";
import { serverEventNodes } from "../trace/event-json.ts";
import type { ExplainMode } from "../trace/lineage.ts";
import { prettyTrace } from "../trace/pretty.ts";
import { Recorder } from "../trace/recorder.ts";
import type { JsonNode } from "../value/ordered-json.ts";
import type { Value } from "../value/value.ts";
import { modulesOf, type Runtime, type Snapshot } from "./runtime.ts";

/** What is watched. */
export interface TracedQuery {
	readonly text: string;
	readonly input: Value | undefined;
	readonly mode: ExplainMode;
	/** Lines of text, instead of events. */
	readonly pretty: boolean;
	/** Somebody listens to prints. */
	readonly prints: boolean;
}

/** A conflict that a query ended with, as OPA would have met it. */
export function conflictOf(
	{ options }: Runtime,
	snapshot: Snapshot,
	e: RegoError,
	text: string,
	input: Value | undefined,
): RegoError {
	return conflictAsMet(e, () => {
		const { builtins, data, host } = snapshot.policy.explainable();
		const traced = tracedPolicy(modulesOf(snapshot), { builtins, prints: "erased" });
		const { body, source } = parsedQuery(text, { regoVersion: options.regoVersion });
		const limits = { ...options.limits, timeMs: Math.min(options.limits?.timeMs ?? conflictTimeMs, conflictTimeMs) };
		return watchQuery(traced, body, source, input, { tracers: [], host, data, limits });
	});
}

export function traceOf({ options }: Runtime, snapshot: Snapshot, asked: TracedQuery): JsonNode {
	const { builtins, data, host } = snapshot.policy.explainable();
	const traced = tracedPolicy(modulesOf(snapshot), { builtins, prints: asked.prints ? "kept" : "erased" });
	const { body, source } = parsedQuery(asked.text, { regoVersion: options.regoVersion });
	const recorder = new Recorder(asked.mode);
	const { limits } = options;
	const { sourceName } = watchQuery(traced, body, source, asked.input, { tracers: [recorder], host, data, limits });
	if (!asked.pretty) return { list: serverEventNodes(recorder.events) };
	const text = prettyTrace(recorder.events, sourceName);
	// Go splits what is empty into one empty line.
	return { list: text.replace(/\n$/, "").split("\n") };
}
