/** What happened in a test, as far as `rego test` shows it, picked from the events as they come. */

import { caseName } from "../testing/run.ts";
import type { TraceEvent, Tracer } from "../topdown/events.ts";
import type { SourceName } from "../trace/pretty.ts";
import { isArray } from "../value/value.ts";

/** What happened in one test. */
export interface TestTrace {
	/** Events that were asked for. */
	readonly shown: readonly TraceEvent[];
	/** The last expression that failed. */
	readonly lastFail: TraceEvent | undefined;
	/** The last Fail event of each case before the next one began, by its names as a JSON list. */
	readonly lastFails: ReadonlyMap<string, TraceEvent | undefined>;
	readonly sourceName: SourceName;
}

/** Which expression failed last, in the test and in each of its cases; of an `every`, the one inside. */
export class LastFails implements Tracer {
	readonly wantsLocals = true;
	readonly wantsUnify = false;
	readonly #cases = new Map<string, TraceEvent | undefined>();
	#current: string | undefined;
	last: TraceEvent | undefined;

	event(e: TraceEvent): void {
		if (e.op === "Fail") {
			const isEvery = e.node?.kind === "expr" && e.node.expr.what.kind === "every";
			if (e.place !== undefined && e.queryId !== 0 && !isEvery) this.last = e;
			return;
		}
		if (e.op !== "TestCase" || e.node?.kind !== "expr" || e.node.expr.what.kind !== "call") return;
		this.#end();
		const [keys] = e.node.expr.what.args;
		const named = keys?.kind === "value" && isArray(keys.value);
		this.#current = named ? JSON.stringify(keys.value.map(caseName)) : undefined;
	}

	/** The last events of all cases, when the test is over. */
	cases(): ReadonlyMap<string, TraceEvent | undefined> {
		this.#end();
		return this.#cases;
	}

	#end(): void {
		if (this.#current !== undefined) this.#cases.set(this.#current, this.last);
	}
}
