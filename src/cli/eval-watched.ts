/**
 * `rego eval` with --explain, --profile or --coverage: the query is evaluated by the evaluator that tells what
 * happens (src/topdown), instead of the fast one.
 */

import type { Location } from "../location.ts";
import { parsedQuery, type QueryText } from "../query-text.ts";
import { tracedPolicy, type Watched, type WatchOptions, watchQuery } from "../topdown/query.ts";
import { Coverage } from "../trace/coverage.ts";
import { explainModes } from "../trace/lineage.ts";
import { defaultOrder, type ProfileOrder, Profiler, profileOrders } from "../trace/profile.ts";
import { Recorder } from "../trace/recorder.ts";
import type { Value } from "../value/value.ts";
import { coverageRuns } from "./eval-flags.ts";
import type { OutputRow } from "./eval-output.ts";
import type { WatchedPolicy, WatchReport } from "./eval-watched-flags.ts";
import type { ParsedFlags } from "./flags.ts";

export interface WatchedRun extends Watched {
	readonly outputRows: readonly OutputRow[];
	readonly report: WatchReport;
}

export function evalWatched(
	policy: WatchedPolicy,
	query: string,
	text: QueryText,
	input: Value | undefined,
	flags: ParsedFlags,
	timeMs: number | undefined,
	beginsAgain: boolean,
): WatchedRun {
	const traced = tracedPolicy(policy.modules, { builtins: policy.builtins });
	const parsed = parsedQuery(query, text);
	const mode = explainModes.find((m) => m === flags.string("explain")) ?? "off";
	const recorder = mode === "off" ? undefined : new Recorder(mode);
	const profiler = flags.bool("profile") ? new Profiler() : undefined;
	const coverage = flags.bool("coverage") ? new Coverage() : undefined;
	const tracers = [recorder, profiler, coverage].filter((t) => t !== undefined);
	const options: WatchOptions = {
		tracers,
		host: policy.host,
		data: policy.data,
		limits: timeMs === undefined ? undefined : { timeMs },
		strictBuiltinErrors: flags.bool("strict-builtin-errors"),
		indexing: !flags.bool("disable-indexing"),
		earlyExit: !flags.bool("disable-early-exit"),
		throwsOverflow: beginsAgain,
		query: { package: parsed.package, imports: parsed.imports },
	};
	const watched = watchQuery(traced, parsed.body, parsed.source, input, options);
	if (coverage !== undefined && watched.error === undefined) {
		const again = (kind: "index_excluded" | "early_exit", change: Partial<WatchOptions>): void => {
			if (!coverageRuns(flags).includes(kind)) return;
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
			profile: profiler?.report(profileOrder(flags), flags.int("profile-limit")),
			coverage: coverage?.report(policy.modules),
		},
	};
}

/** As asked for, then by what else there is. */
function profileOrder(flags: ParsedFlags): readonly ProfileOrder[] {
	const given = flags.list("profile-sort").flatMap((s) => s.split(","));
	const known = given.filter((s): s is ProfileOrder => (profileOrders as readonly string[]).includes(s));
	return [...known, ...defaultOrder.filter((s) => !known.includes(s))];
}
