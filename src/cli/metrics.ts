/** Statistics over the timers of repeated evaluations (`--count`), under OPA's names. */

import { at as elementAt } from "../at.ts";
import { type JsonNode, record } from "../value/ordered-json.ts";

const percentiles = [75, 90, 95, 99, 99.9, 99.99] as const;

export interface MetricSummary {
	readonly count: number;
	readonly min: number;
	readonly max: number;
	readonly mean: number;
	readonly median: number;
	readonly stddev: number;
	readonly "75%": number;
	readonly "90%": number;
	readonly "95%": number;
	readonly "99%": number;
	readonly "99.9%": number;
	readonly "99.99%": number;
}

type Timers = readonly (readonly [string, number])[];

/** One summary per timer of the first run. */
export function aggregateMetrics(runs: readonly Timers[]): [string, MetricSummary][] {
	return (runs[0] ?? []).map(([name]) => [name, summarize(runs.map((r) => new Map(r).get(name) ?? 0))]);
}

export function summarize(samples: readonly number[]): MetricSummary {
	const sorted = [...samples].sort((a, b) => a - b);
	const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
	const variance = sorted.reduce((a, b) => a + (b - mean) ** 2, 0) / sorted.length;
	const at = (percent: number): number => percentile(sorted, percent / 100);
	return {
		count: sorted.length,
		min: sorted[0] ?? 0,
		max: sorted.at(-1) ?? 0,
		mean,
		median: at(50),
		stddev: Math.sqrt(variance),
		"75%": at(percentiles[0]),
		"90%": at(percentiles[1]),
		"95%": at(percentiles[2]),
		"99%": at(percentiles[3]),
		"99.9%": at(percentiles[4]),
		"99.99%": at(percentiles[5]),
	};
}

/** Interpolated between the two nearest samples. */
function percentile(sorted: readonly number[], p: number): number {
	const at = p * (sorted.length + 1);
	if (at < 1) return sorted[0] ?? 0;
	if (at >= sorted.length) return sorted.at(-1) ?? 0;
	const lower = elementAt(sorted, Math.floor(at) - 1);
	const upper = elementAt(sorted, Math.floor(at));
	return lower + (at - Math.floor(at)) * (upper - lower);
}

export function summaryNode(s: MetricSummary): JsonNode {
	const entries = Object.entries(s);
	return record(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
