/**
 * `rego eval` with --explain, --profile or --coverage: the query is evaluated by the evaluator that tells what
 * happens (src/topdown), instead of the fast one.
 */

import type { Location } from "../location.ts";
import { parsedQuery, type QueryText } from "../query-text.ts";
import { tracedPolicy, type Watched, type WatchOptions, watchQuery } from "../topdown/query.ts";
import { Coverage } from "../trace/coverage.ts";
import { type ExplainMode, explainModes } from "../trace/lineage.ts";
import { defaultOrder, type ProfileOrder, Profiler, profileOrders } from "../trace/profile.ts";
import { Recorder } from "../trace/recorder.ts";
import type { Value } from "../value/value.ts";
import { coverageRuns } from "./eval-flags.ts";
import type { OutputRow } from "./eval-output.ts";
import { type WatchedPolicy, type WatchReport, wantsProfile } from "./eval-watched-flags.ts";
import type { ParsedFlags } from "./flags.ts";

export interface WatchedRun extends Watched {
	readonly outputRows: readonly OutputRow[];
	readonly report: WatchReport;
}

/** What is to be watched. */
export interface EvalWatch {
	readonly explain: ExplainMode;
	readonly profile?: boolean | undefined;
	readonly coverage?: boolean | undefined;
	readonly coverageRuns?: readonly string[] | undefined;
	readonly profileOrder?: readonly ProfileOrder[] | undefined;
	readonly profileLimit?: number | undefined;
	readonly strictBuiltinErrors?: boolean | undefined;
	readonly indexing?: boolean | undefined;
	readonly earlyExit?: boolean | undefined;
	readonly timeMs?: number | undefined;
	readonly throwsOverflow?: boolean | undefined;
}

/** As the flags of `rego eval` say. */
export function evalWatched(
	policy: WatchedPolicy,
	query: string,
	text: QueryText,
	input: Value | undefined,
	flags: ParsedFlags,
	timeMs: number | undefined,
	beginsAgain: boolean,
): WatchedRun {
	return watchEval(policy, query, text, input, {
		explain: explainModes.find((m) => m === flags.string("explain")) ?? "off",
		profile: wantsProfile(flags),
		coverage: flags.bool("coverage"),
		coverageRuns: coverageRuns(flags),
		profileOrder: profileOrder(flags),
		profileLimit: flags.int("profile-limit"),
		strictBuiltinErrors: flags.bool("strict-builtin-errors"),
		indexing: !flags.bool("disable-indexing"),
		earlyExit: !flags.bool("disable-early-exit"),
		timeMs,
		throwsOverflow: beginsAgain,
	});
}

export function watchEval(
	policy: WatchedPolicy,
	query: string,
	text: QueryText,
	input: Value | undefined,
	watch: EvalWatch,
): WatchedRun {
	const { explain, timeMs } = watch;
	const traced = tracedPolicy(policy.modules, { builtins: policy.builtins });
	const parsed = parsedQuery(query, text);
	const recorder = explain === "off" ? undefined : new Recorder(explain);
	const profiler = watch.profile === true ? new Profiler() : undefined;
	const coverage = watch.coverage === true ? new Coverage() : undefined;
	const options: WatchOptions = {
		tracers: [recorder, profiler, coverage].filter((t) => t !== undefined),
		host: policy.host,
		data: policy.data,
		limits: timeMs === undefined ? undefined : { timeMs },
		strictBuiltinErrors: watch.strictBuiltinErrors ?? false,
		indexing: watch.indexing ?? true,
		earlyExit: watch.earlyExit ?? true,
		throwsOverflow: watch.throwsOverflow ?? false,
		query: { package: parsed.package, imports: parsed.imports },
	};
	const watched = watchQuery(traced, parsed.body, parsed.source, input, options);
	if (coverage !== undefined && watched.error === undefined) {
		const again = (kind: "index_excluded" | "early_exit", change: Partial<WatchOptions>): void => {
			if (watch.coverageRuns?.includes(kind) !== true) return;
			const further = new Coverage();
			watchQuery(traced, parsed.body, parsed.source, input, { ...options, ...change, tracers: [further] });
			coverage.addRun(kind, further);
		};
		again("index_excluded", { indexing: false });
		again("early_exit", { earlyExit: false });
	}
	return {
		...watched,
		outputRows: watched.rows.map((row) => ({
			expressions: row.values.map((value, i) => {
				const e = parsed.body[i];
				const [start, end] = e === undefined ? [0, 0] : [e.start, e.end];
				const { row: r, col }: Location = parsed.source.location(start);
				return { value, text: query.slice(start, end), location: { row: r, col } };
			}),
			bindings: Object.fromEntries(row.bindings),
		})),
		report: {
			explanation: recorder?.events ?? [],
			sourceName: watched.sourceName,
			profile: profiler?.report(watch.profileOrder ?? defaultOrder, watch.profileLimit ?? 10),
			coverage: coverage?.report(policy.modules),
		},
	};
}

/** As asked for, then by what else there is. */
function profileOrder(flags: ParsedFlags): readonly ProfileOrder[] {
	const names = flags.list("profile-sort").flatMap((s) => s.split(","));
	const known = names.filter((s): s is ProfileOrder => (profileOrders as readonly string[]).includes(s));
	return [...known, ...defaultOrder.filter((s) => !known.includes(s))];
}
