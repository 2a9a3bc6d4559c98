/**
 * From samples to rows: each row is one line of the table, with the ratio of every peer's time to
 * ours in the same round (median over the rounds, and the spread), and the goals it is held to.
 */
import type { Decisions } from "./decisions.ts";
import { mean, median } from "./statistics.ts";

export interface Cell {
	/** Median time of a decision, in nanoseconds. */
	readonly ns: number;
	/** Its time divided by ours: median of the rounds, least and greatest. Absent for ours. */
	readonly ratio?: number;
	readonly spread?: readonly [number, number];
	readonly p50?: number;
	readonly p99?: number;
}

export interface Row {
	readonly name: string;
	readonly group: string;
	readonly cells: { readonly [engine: string]: Cell };
}

/** Least ratio wanted; for hand-written code the greatest of ours to theirs. */
export interface Goals {
	readonly [engine: string]: number;
}

export const goals: { readonly [group: string]: Goals } = {
	"kata CreateContainer": { "regorus (kata)": 80, "regorus (best)": 20, opa: 30, "opa-wasm": 50, "hand-written": 2 },
	"kata CopyFile": { "regorus (kata)": 100, "regorus (best)": 50, opa: 50, "opa-wasm": 50, "hand-written": 2 },
	"kata default-only": { "regorus (kata)": 100, "regorus (best)": 10, opa: 20, "opa-wasm": 20, "hand-written": 2 },
	"kata trace with JSON": { "regorus (kata)": 60, "regorus (best)": 20, opa: 30, "opa-wasm": 30 },
	small: { "regorus (best)": 5, opa: 10, "opa-wasm": 10, "hand-written": 2 },
	load: { "regorus (best)": 0.5, opa: 5 },
};

/** Rows by the kind of their samples; `only`: of this workload. */
const kataRows: readonly (readonly [name: string, kind: string, group: string, only?: string])[] = [
	["Kata CreateContainer", "kata CreateContainer", "kata CreateContainer"],
	["Kata CreateContainer, new ids", "kata CreateContainer, new ids", "other"],
	["Kata CreateContainer, denied", "kata deny CreateContainer", "other"],
	["Kata CopyFile", "kata CopyFile", "kata CopyFile"],
	["Kata CopyFile, new ids", "kata CopyFile, new ids", "other"],
	["Kata CopyFile, denied", "kata deny CopyFile", "other"],
	["Kata ExecProcess", "kata ExecProcess", "other"],
	["Kata CreateSandbox", "kata CreateSandbox", "other"],
	["Kata default-only requests", "kata default-only", "kata default-only"],
	["Kata whole trace, per request", "kata trace", "other"],
	["Kata whole trace with JSON.parse", "kata trace with JSON", "kata trace with JSON"],
	["Kata policy load, 86 KB (text to first CreateContainer)", "load", "load", "kata/pod-many-layers"],
	["Kata policy load, all policies (48 to 86 KB)", "load", "other"],
];

export function rowsOf(d: Decisions): Row[] {
	const kinds = new Set(d.samples.map((s) => s.kind));
	const rows = kataRows
		.map(([name, kind, group, only]) => {
			const samples = d.samples.filter((s) => s.kind === kind && (only ?? s.workload) === s.workload);
			return samples.length === 0 ? undefined : rowOf({ ...d, samples }, name, kind, group);
		})
		.filter((row) => row !== undefined);
	for (const kind of kinds) {
		if (kataRows.some(([, k]) => k === kind)) continue;
		rows.push(rowOf(d, kind, kind, "small"));
	}
	return rows;
}

/** A row over all the workloads that have the kind: ratios of sums over the workloads both can run. */
function rowOf(d: Decisions, name: string, kind: string, group: string): Row {
	const samples = d.samples.filter((s) => s.kind === kind);
	const times = new Map<string, Map<string, number[]>>();
	for (const s of samples) {
		const byWorkload = times.get(s.engine) ?? new Map<string, number[]>();
		times.set(s.engine, byWorkload);
		const list = byWorkload.get(s.workload) ?? [];
		byWorkload.set(s.workload, list);
		list[s.round] = s.ns;
	}
	const ours = times.get("regoplan");
	const cells: Record<string, Cell> = {};
	for (const [engine, byWorkload] of times) {
		const latencies = d.latencies.filter((l) => l.kind === kind && l.engine === engine);
		const tail =
			latencies.length === 0 ? {} : { p50: mean(latencies.map((l) => l.p50)), p99: mean(latencies.map((l) => l.p99)) };
		const ns = mean([...byWorkload.values()].map(median));
		if (engine === "regoplan" || ours === undefined) {
			cells[engine] = { ns, ...tail };
			continue;
		}
		const common = [...byWorkload.keys()].filter((w) => ours.has(w));
		const rounds = Math.min(...common.map((w) => Math.min(byWorkload.get(w)?.length ?? 0, ours.get(w)?.length ?? 0)));
		const ratios = Array.from({ length: Math.max(0, Number.isFinite(rounds) ? rounds : 0) }, (_, r) => {
			const sum = (of: ReadonlyMap<string, readonly number[]>): number =>
				common.reduce((t, w) => t + (of.get(w)?.[r] as number), 0);
			return sum(byWorkload) / sum(ours);
		});
		if (ratios.length === 0) continue;
		cells[engine] = { ns, ratio: median(ratios), spread: [Math.min(...ratios), Math.max(...ratios)], ...tail };
	}
	return { name, group, cells };
}

export interface Miss {
	readonly row: string;
	readonly engine: string;
	readonly got: number;
	readonly goal: number;
}

/** Goals that were measured and missed. */
export function missesOf(rows: readonly Row[]): Miss[] {
	const out: Miss[] = [];
	for (const row of rows) {
		for (const [engine, goal] of Object.entries(goals[row.group] ?? {})) {
			const ratio = row.cells[engine]?.ratio;
			if (ratio === undefined) continue;
			// Hand-written code is the limit: our time over theirs.
			const got = engine === "hand-written" ? 1 / ratio : ratio;
			if (engine === "hand-written" ? got > goal : got < goal) out.push({ row: row.name, engine, got, goal });
		}
	}
	return out;
}
