/**
 * `explain=why`, which OPA's server does not have: why the document is not one that allows, beside the result. It takes
 * the thread for as long as it takes, so its budget is small.
 */
import { fromJs } from "../value/json.ts";
import type { JsonNode } from "../value/ordered-json.ts";
import type { Value } from "../value/value.ts";
import type { Call } from "./call.ts";
import { pathSegments } from "./decisions.ts";
import type { Snapshot } from "./runtime.ts";

/** Milliseconds. */
const timeMs = 200;

/** Undefined where it is not asked for, and of a path that no policy can have. */
export async function explanationOf(
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
