/**
 * Outcomes against what is expected of them: which failures are on the list, and whether the run as
 * a whole is fine. The report lists every case, so that any engine can be compared with it.
 */
import { readFileSync } from "node:fs";
import { opaVersion, version } from "../src/version.ts";
import type { Case } from "./cases.ts";

export interface Outcome {
	readonly case: Case;
	/** What is wrong; undefined for a case that passed or was skipped. */
	readonly problem: string | undefined;
	/** Why it was not run. */
	readonly skipped: string | undefined;
	readonly ms: number;
}

export interface ExpectedFailure {
	readonly case: string;
	readonly reason: string;
}

export type Status = "passed" | "failed" | "skipped" | "failed as expected" | "passed unexpectedly";

export interface Summary {
	readonly statuses: readonly Status[];
	readonly topics: readonly (readonly [string, Counts])[];
	readonly total: Counts;
}

export interface Counts {
	passed: number;
	/** Unexpected failures, and expected ones that did not come. */
	failed: number;
	/** Not run, or failed as expected. */
	skipped: number;
	expected: number;
}

export function readExpectedFailures(file: string): ExpectedFailure[] {
	const list = JSON.parse(readFileSync(file, "utf8")) as ExpectedFailure[];
	for (const { case: id, reason } of list) {
		if (typeof id !== "string" || typeof reason !== "string" || reason.trim() === "") {
			throw new Error(`${file}: each entry needs a case and a reason`);
		}
	}
	const seen = new Set<string>();
	for (const { case: id } of list) {
		if (seen.has(id)) throw new Error(`${file}: ${id} is listed twice`);
		seen.add(id);
	}
	return list;
}

export function summarize(outcomes: readonly Outcome[], expected: readonly ExpectedFailure[]): Summary {
	const listed = new Set(expected.map((e) => e.case));
	const topics = new Map<string, Counts>();
	const total = noCounts();
	const statuses = outcomes.map((o) => {
		const status = statusOf(o, listed.has(o.case.id));
		const key = `${o.case.regoVersion}/${o.case.topic}`;
		const counts = topics.get(key) ?? noCounts();
		topics.set(key, counts);
		for (const c of [counts, total]) {
			if (status === "passed") c.passed++;
			else if (status === "failed" || status === "passed unexpectedly") c.failed++;
			else c.skipped++;
			if (status === "failed as expected") c.expected++;
		}
		return status;
	});
	return { statuses, topics: [...topics], total };
}

function statusOf(o: Outcome, listed: boolean): Status {
	if (o.skipped !== undefined) return "skipped";
	if (o.problem === undefined) return listed ? "passed unexpectedly" : "passed";
	return listed ? "failed as expected" : "failed";
}

function noCounts(): Counts {
	return { passed: 0, failed: 0, skipped: 0, expected: 0 };
}

/** The machine-readable report. */
export function reportJson(
	outcomes: readonly Outcome[],
	summary: Summary,
	expected: readonly ExpectedFailure[],
	backend: string,
): string {
	const reasons = new Map(expected.map((e) => [e.case, e.reason]));
	const report = {
		engine: "regoplan",
		version,
		opa: opaVersion,
		backend,
		total: summary.total,
		topics: Object.fromEntries(summary.topics),
		cases: outcomes.map((o, i) => ({
			id: o.case.id,
			status: summary.statuses[i],
			...(o.problem === undefined ? {} : { problem: o.problem }),
			...(o.skipped === undefined ? {} : { reason: o.skipped }),
			...(o.skipped === undefined && reasons.has(o.case.id) ? { reason: reasons.get(o.case.id) } : {}),
			ms: Math.round(o.ms * 100) / 100,
		})),
	};
	return `${JSON.stringify(report, null, "\t")}\n`;
}

export function totalLine({ passed, failed, skipped }: Counts): string {
	return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
