/** Explanations, profiles and coverage in the output formats of `opa eval` and `opa test`. */

import { durationText } from "../go/duration.ts";
import { formatLocation } from "../location.ts";
import type { CoverageReport, FileCoverage, Range } from "../trace/coverage.ts";
import { eventNodes, placeJson } from "../trace/event-json.ts";
import { prettyTrace } from "../trace/pretty.ts";
import type { LineProfile } from "../trace/profile.ts";
import { type JsonNode, leaf, positionNode, record } from "../value/ordered-json.ts";
import type { WatchedOutput, WatchReport } from "./eval-watched-flags.ts";
import { summarize, summaryNode } from "./metrics.ts";
import { formatTable } from "./table.ts";

/** The output for one run or several; `varValues`: with the values of variables in explanations. */
export function watchedOutput(reports: readonly WatchReport[], varValues: boolean): WatchedOutput | undefined {
	const [first] = reports;
	if (first === undefined) return undefined;
	return {
		nodes: () => watchNodes(reports),
		explanation: () => prettyTrace(first.explanation, first.sourceName, { values: varValues }),
		profile: () => profileTable(reports, lineText),
		coverage: () => (first.coverage === undefined ? "" : coverageTable(first.coverage)),
	};
}

/** Members of the JSON output. */
function watchNodes(reports: readonly WatchReport[]): ReturnType<WatchedOutput["nodes"]> {
	const [first] = reports;
	const none = { explanation: undefined, profile: undefined, aggregatedProfile: undefined, coverage: undefined };
	if (first === undefined) return none;
	const { explanation, sourceName, profile, coverage } = first;
	const one = reports.length === 1;
	return {
		explanation: explanation.length === 0 ? undefined : { list: eventNodes(explanation, sourceName) },
		profile: one && profile !== undefined && profile.length > 0 ? { list: profile.map(profileNode) } : undefined,
		aggregatedProfile: one || profile === undefined ? undefined : { list: aggregated(reports).map(aggregatedNode) },
		coverage: coverage === undefined ? undefined : coverageNode(coverage),
	};
}

function profileNode(p: LineProfile): JsonNode {
	return record([
		["total_time_ns", p.totalTime],
		["num_eval", p.evals],
		["num_redo", p.redos],
		["num_gen_expr", p.expressions],
		["location", leaf(placeJson(p.place))],
	]);
}

interface Aggregated {
	readonly line: LineProfile;
	readonly times: readonly number[];
}

/** Lines of the first run, with the times of the lines at the same positions of the others. */
function aggregated(reports: readonly WatchReport[]): readonly Aggregated[] {
	return (reports[0]?.profile ?? []).map((line, i) => ({
		line,
		times: reports.map((r) => r.profile?.[i]?.totalTime ?? 0),
	}));
}

function aggregatedNode({ line, times }: Aggregated): JsonNode {
	return record([
		["total_time_ns_stats", summaryNode(summarize(times))],
		["num_eval", line.evals],
		["num_redo", line.redos],
		["num_gen_expr", line.expressions],
		["location", leaf(placeJson(line.place))],
	]);
}

/** A share of lines, where OPA leaves out what is zero. */
function optional(n: number): number | undefined {
	return n === 0 ? undefined : n;
}

export function coverageNode(c: CoverageReport): JsonNode {
	return record([
		["files", record([...c.files].map(([file, f]) => [file, fileNode(f)] as const))],
		["covered_lines", c.coveredLines],
		["not_covered_lines", c.notCoveredLines],
		["coverage", c.coverage],
	]);
}

function fileNode(f: FileCoverage): JsonNode {
	return record([
		["covered", f.covered.length === 0 ? undefined : { list: f.covered.map(rangeNode) }],
		["not_covered", f.notCovered.length === 0 ? undefined : { list: f.notCovered.map(rangeNode) }],
		["covered_lines", optional(f.coveredLines)],
		["not_covered_lines", optional(f.notCoveredLines)],
		["coverage", optional(f.coverage)],
	]);
}

function rangeNode(r: Range): JsonNode {
	return record([
		["start", positionNode(r.start)],
		["end", positionNode(r.end)],
		["kinds", r.kinds === undefined ? undefined : leaf(r.kinds)],
	]);
}

/** Tables of a profile, of one run or several. */
function profileTable(reports: readonly WatchReport[], texts: (line: LineProfile) => string): string {
	const lines = reports[0]?.profile;
	if (lines === undefined || lines.length === 0) return "";
	const counts = (p: LineProfile): string[] => [String(p.evals), String(p.redos), String(p.expressions), texts(p)];
	const time = (ns: number): string => durationText(BigInt(Math.trunc(ns)));
	const header = ["Num Eval", "Num Redo", "Num Gen Expr", "Location"];
	if (reports.length === 1) {
		return formatTable(
			["Time", ...header],
			lines.map((p) => [time(p.totalTime), ...counts(p)]),
		);
	}
	const rows = aggregated(reports).map(({ line, times }) => {
		const s = summarize(times);
		return [s.min, s.max, s.mean, s["90%"], s["99%"]].map(time).concat(counts(line));
	});
	return formatTable(["Min", "Max", "Mean", "90%", "99%", ...header], rows);
}

/** Where a line is: a file and its row, or the text of a query. */
function lineText(p: LineProfile): string {
	if (p.place === undefined) return "???";
	const { source, start, end } = p.place;
	return source.name === "" ? source.text.slice(start, end) : formatLocation(source.location(start));
}

function coverageTable(c: CoverageReport): string {
	return formatTable(undefined, [["Overall Coverage", c.coverage.toFixed(2)]]);
}

/** What is not covered enough; with lines, which are not covered at all. */
export function thresholdText(c: CoverageReport, threshold: number, lines: boolean): string {
	const head = `Code coverage threshold not met: got ${c.coverage.toFixed(2)} instead of ${threshold.toFixed(2)}`;
	if (!lines || c.files.size === 0) return head;
	const spans = [...c.files].flatMap(([file, f]) =>
		rowSpans(f.notCovered).map(([from, to]) => `\n\t${file}:${from === to ? from : `${from}-${to}`}`),
	);
	return `${head}\nLines not covered:${spans.join("")}`;
}

/** Rows of ranges, neighbours together. */
function rowSpans(ranges: readonly Range[]): readonly (readonly [number, number])[] {
	const rows = new Set<number>();
	for (const r of ranges) for (let row = r.start.row; row <= r.end.row; row++) rows.add(row);
	const out: [number, number][] = [];
	for (const row of [...rows].sort((a, b) => a - b)) {
		const last = out.at(-1);
		if (last !== undefined && row === last[1] + 1) last[1] = row;
		else out.push([row, row]);
	}
	return out;
}
