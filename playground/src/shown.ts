/** An answer as the page shows it. */
import { toJson } from "../../src/value/json.ts";
import type { Value } from "../../src/value/value.ts";
import type { Reply } from "./protocol.ts";

export type Shown = Pick<Extract<Reply, { kind: "answer" }>, "result" | "verdict">;

/** The value of a query that has one; undefined where the policy says nothing. */
export function shownValue(value: Value | undefined): Shown {
	if (value === undefined) return { result: undefined, verdict: "undefined" };
	const verdict = value === true ? "true" : value === false ? "false" : "value";
	return { result: toJson(value, { indent: "  " }), verdict };
}
