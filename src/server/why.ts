/**
 * `explain` beside a result: what happened in the evaluation, in OPA's ways (trace.ts), or `why`, which OPA's server
 * does not have: why the document is not one that allows. That takes the thread for as long as it takes, so its budget
 * is small. What either needs is loaded when somebody asks.
 */
import { isConflict } from "../topdown/met-conflict.ts";
import { fromJs } from "../value/json.ts";
import type { JsonNode } from "../value/ordered-json.ts";
import type { Value } from "../value/value.ts";
import type { Call } from "./call.ts";
import type { ServerContext } from "./context.ts";
import { pathSegments } from "./decisions.ts";
import type { Snapshot } from "./runtime.ts";

/** Milliseconds. */
const timeMs = 200;

const modes = ["notes", "fails", "full", "debug"] as const;

/** The way OPA knows; undefined where none of them is asked for. */
function modeOf(call: Call): (typeof modes)[number] | undefined {
	if (call.rawQuery === "") return undefined;
	for (const written of call.params.all("explain")) {
		const mode = modes.find((m) => m === written);
		if (mode !== undefined) return mode;
	}
	return undefined;
}

/** What happened in a query. `isDefined`: where there is no answer, OPA tells but of everything. */
export async function traceFor(
	{ runtime, onPrint }: ServerContext,
	call: Call,
	snapshot: Snapshot,
	query: { readonly text: string; readonly input: Value | undefined; readonly isDefined: boolean },
): Promise<JsonNode | undefined> {
	const mode = modeOf(call);
	if (mode === undefined || (!query.isDefined && mode !== "full")) return undefined;
	const { traceOf } = await import("./trace.ts");
	const { text, input } = query;
	return traceOf(runtime, snapshot, { text, input, mode, pretty: call.pretty, prints: onPrint !== undefined });
}

/** What a query ended with; the network is not asked once more. */
export async function asMet(
	{ runtime }: ServerContext,
	snapshot: Snapshot,
	e: unknown,
	text: string,
	input: Value | undefined,
): Promise<unknown> {
	if (!isConflict(e) || snapshot.waits) return e;
	const { conflictOf } = await import("./trace.ts");
	return conflictOf(runtime, snapshot, e, text, input);
}

/** Why a document does not allow: undefined where that is not asked for, and of a path that no policy can have. */
export async function whyNot(
	call: Call,
	snapshot: Snapshot,
	path: string,
	input: Value | undefined,
): Promise<JsonNode | undefined> {
	if (call.rawQuery === "" || call.params.last("explain") !== "why") return undefined;
	const segments = pathSegments(path);
	if (!segments.every((s) => typeof s === "string")) return undefined;
	const document = `data${segments.map((s) => `[${JSON.stringify(s)}]`).join("")}`;
	const { explain } = await import("../explain/explain.ts");
	return { value: fromJs(explain(snapshot.policy, document, input, { timeMs })) };
}
