/** Doing something again and again for about a second, as Go's benchmarks do. */
import { type MetricSummary, summarize } from "./metrics.ts";

export interface Measured {
	/** Evaluations. */
	readonly n: number;
	/** Nanoseconds of all of them. */
	readonly total: number;
	readonly evaluation: MetricSummary;
}

/** How long a benchmark takes; few policies need a thousandth of it for one evaluation. */
export const wantedNs = 1e9;

/** Evaluates once; nanoseconds of the evaluation alone. Throws where the answer is undefined and must not be. */
export type Run = () => number;

/** Times of more evaluations than this are left out of the statistics. */
const maxSamples = 1_000_000;

export function measure(run: Run, wanted: number): Measured {
	const samples: number[] = [];
	const begun = process.hrtime.bigint();
	let n = 0;
	let total = 0;
	while (total < wanted) {
		const took = run();
		if (n < maxSamples) samples.push(took);
		n++;
		total = Number(process.hrtime.bigint() - begun);
	}
	return { n, total, evaluation: summarize(samples) };
}

/** Name and count of a benchmark, and the times of one evaluation, in columns as Go writes them. */
export function benchLine(name: string, { n, total }: Measured, more: readonly (readonly [string, number])[]): string {
	const cells = [`${n}`.padStart(8), `${String(Math.round(total / n)).padStart(10)} ns/op`];
	for (const [unit, v] of more) cells.push(`${String(Math.round(v)).padStart(10)} ${unit}`);
	return `${name}\t${cells.join("\t")}`;
}

/** Go's result of a benchmark; allocations cannot be counted here. */
export function measuredFields(m: Measured | undefined): readonly (readonly [string, number])[] {
	return [
		["N", m?.n ?? 0],
		["T", m?.total ?? 0],
		["Bytes", 0],
		["MemAllocs", 0],
		["MemBytes", 0],
	];
}
