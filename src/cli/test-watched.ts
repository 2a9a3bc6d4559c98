/**
 * `rego test` with --verbose, --var-values or --coverage: tests are evaluated by the evaluator that tells what happens
 * (src/topdown), instead of the fast one.
 */

import { RegoError } from "../errors.ts";
import type { Limits } from "../eval/context.ts";
import { parsedQuery } from "../query-text.ts";
import type { Asked } from "../testing/run.ts";
import { type TracedPolicy, tracedPolicy, type WatchOptions, watchQuery } from "../topdown/query.ts";
import { Coverage, type Kind } from "../trace/coverage.ts";
import type { ExplainMode } from "../trace/lineage.ts";
import { Recorder } from "../trace/recorder.ts";
import type { WatchedPolicy } from "./eval-watched-flags.ts";
import { LastFails, type TestTrace } from "./test-trace.ts";

export interface TestWatchOptions {
	/** Events that are shown. */
	readonly explain: ExplainMode;
	readonly coverage: boolean;
	/** Further runs that tell why something was not covered. */
	readonly runs: readonly Kind[];
	/** Values of both sides of an equation in a test, and the expression that failed. */
	readonly varValues: boolean;
	readonly throwsOverflow: boolean;
}

export class WatchedTests {
	readonly #policy: WatchedPolicy;
	readonly #traced: TracedPolicy;
	readonly #options: TestWatchOptions;
	readonly coverage: Coverage | undefined;
	readonly #further: readonly { readonly kind: Kind; readonly coverage: Coverage }[];
	#trace: TestTrace | undefined;

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
		const { explain, varValues, throwsOverflow } = this.#options;
		const recorder = explain === "off" ? undefined : new Recorder(explain);
		const fails = varValues ? new LastFails() : undefined;
		const tracers = [recorder, fails, this.coverage].filter((t) => t !== undefined);
		const options: WatchOptions = { tracers, host, data, limits, throwsOverflow };
		const watched = watchQuery(this.#traced, body, source, undefined, options);
		this.#trace = {
			shown: recorder?.events ?? [],
			lastFail: fails?.last,
			lastFails: fails?.cases() ?? new Map(),
			sourceName: watched.sourceName,
		};
		if (watched.error === undefined) {
			for (const { kind, coverage } of this.#further) {
				const change = kind === "early_exit" ? { earlyExit: false } : { indexing: false };
				watchQuery(this.#traced, body, source, undefined, { ...options, ...change, tracers: [coverage] });
			}
		}
		if (watched.error !== undefined && !(watched.error instanceof RegoError)) throw watched.error;
		return { value: watched.rows[0]?.values[0], prints: watched.prints, error: watched.error };
	}

	/** What happened in the last test, to be kept or forgotten. */
	takeTrace(): TestTrace | undefined {
		const trace = this.#trace;
		this.#trace = undefined;
		return trace;
	}
}
