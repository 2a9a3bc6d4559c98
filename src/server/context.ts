/** What all handlers of one server share. */
import type { PrintLine } from "../eval/context.ts";
import type { PlainObject } from "../value/value.ts";
import type { Call } from "./call.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { Runtime, Snapshot } from "./runtime.ts";

export interface ServerContext {
	readonly runtime: Runtime;
	/** Path of the default decision, such as `system/main`. */
	readonly defaultDecision: string;
	/** Reference of the decision that authorizes requests. */
	readonly authorizationDecision: string;
	/** Absent where decisions are not logged. */
	readonly decisionLog: DecisionLog | undefined;
	/** Told what policies print; absent where nobody listens. */
	readonly onPrint: ((line: PrintLine, call: Call) => void) | undefined;
	/** What `GET /v1/config` shows. */
	readonly config: () => PlainObject;
	/** What `GET /v1/status` shows; undefined where status is not on. */
	readonly status: (() => PlainObject) | undefined;
	/** Further lines of `GET /metrics`. */
	readonly hostMetrics: () => string;
}

/** Prints cost nothing where there are none. */
export function printsIn(
	context: ServerContext,
	snapshot: Snapshot,
	call: Call,
): ((line: PrintLine) => void) | undefined {
	const { onPrint } = context;
	if (onPrint === undefined || !snapshot.prints) return undefined;
	return (line) => onPrint(line, call);
}
