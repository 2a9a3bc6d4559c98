/**
 * `rego test` with --verbose, --var-values or --coverage: tests are evaluated by the evaluator that tells what happens
 * (src/topdown), instead of the fast one.
 */

import { RegoError } from "../errors.ts";
import type { Limits } from "../eval/context.ts";
import { parsedQuery } from "../query-text.ts";
import type { Asked } from "../testing/run.ts";
import type { TraceEvent, Tracer } from "../topdown/events.ts";
import { type TracedPolicy, tracedPolicy, type WatchOptions, watchQuery } from "../topdown/query.ts";
import { Coverage, type Kind } from "../trace/coverage.ts";
import type { SourceName } from "../trace/pretty.ts";
import { isArray, type Value } from "../value/value.ts";
import type { WatchedPolicy } from "./eval-watched-flags.ts";

/** What happened in one test. */
export interface TestTrace {
	readonly events: readonly TraceEvent[];
	readonly sourceName: SourceName;
}

export interface TestWatchOptions {
	readonly traces: boolean;
	readonly coverage: boolean;
	/** Further runs that tell why something was not covered. */
	readonly runs: readonly Kind[];
	/** Values of both sides of an equation in a test. */
	readonly varValues: boolean;
}

export class WatchedTests {
	readonly #policy: WatchedPolicy;
	readonly #traced: TracedPolicy;
	readonly #options: TestWatchOptions;
	readonly coverage: Coverage | undefined;
	readonly #further: readonly { readonly kind: Kind; readonly coverage: Coverage }[];
	/** Of the last test. */
	trace: TestTrace | undefined;

	constructor(policy: WatchedPolicy, options: TestWatchOptions) {
		this.#policy = policy;
		this.#options = options;
		this.#traced = tracedPolicy(policy.modules, { builtins: policy.builtins, tests: options.varValues });
		this.coverage = options.coverage ? new Coverage() : undefined;
		this.#further = options.coverage ? options.runs.map((kind) => ({ kind, coverage: new Coverage() })) : [];
		for (const { kind, coverage } of this.#further) this.coverage?.addRun(kind, coverage);
	}

	ask(query: string, limits: Limits | undefined): Asked {
		const { host, data } = this.#policy;
		const { body, source } = parsedQuery(query);
		const events: TraceEvent[] = [];
		const recorder: Tracer = { wantsLocals: true, wantsUnify: true, event: (e) => events.push(e) };
		const tracers = [this.#options.traces ? recorder : undefined, this.coverage].filter((t) => t !== undefined);
		const options: WatchOptions = { tracers, host, data, limits };
		const watched = watchQuery(this.#traced, body, source, undefined, options);
		this.trace = { events, sourceName: watched.sourceName };
		if (watched.error === undefined) {
			for (const { kind, coverage } of this.#further) {
				const change = kind === "early_exit" ? { earlyExit: false } : { indexing: false };
				watchQuery(this.#traced, body, source, undefined, { ...options, ...change, tracers: [coverage] });
			}
		}
		if (watched.error !== undefined && !(watched.error instanceof RegoError)) throw watched.error;
		return { value: watched.rows[0]?.values[0], prints: watched.prints, error: watched.error };
	}
}

/** Each case's events: those up to where the next one begins. */
export function caseTraces(
	events: readonly TraceEvent[],
	name: (key: Value) => string,
): ReadonlyMap<string, readonly TraceEvent[]> {
	const out = new Map<string, readonly TraceEvent[]>();
	let current: string | undefined;
	for (const [i, e] of events.entries()) {
		if (e.op !== "TestCase" || e.node?.kind !== "expr" || e.node.expr.what.kind !== "call") continue;
		if (current !== undefined) out.set(current, events.slice(0, i));
		const [keys] = e.node.expr.what.args;
		current = keys?.kind === "value" && isArray(keys.value) ? JSON.stringify(keys.value.map(name)) : undefined;
	}
	if (current !== undefined) out.set(current, events);
	return out;
}
