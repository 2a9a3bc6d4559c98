/**
 * The results of an evaluation in `opa eval`'s output formats. Standard output takes the results,
 * and errors when the format is JSON; standard error takes the errors of the other formats.
 */

import { at } from "../at.ts";
import { compareStrings } from "../value/compare.ts";
import { toJson } from "../value/json.ts";
import { type JsonNode, leaf, positionNode, record, sortRecords, writeJson } from "../value/ordered-json.ts";
import { assertNever, type Value } from "../value/value.ts";
import type { EvalFormat } from "./eval-flags.ts";
import type { WatchedOutput } from "./eval-watched-flags.ts";
import type { CliIo } from "./io.ts";
import { aggregateMetrics, type MetricSummary, summaryNode } from "./metrics.ts";
import { errorNode, formatOutputErrors, type OutputError } from "./output-error.ts";
import { formatTable } from "./table.ts";

export interface OutputRow {
	readonly expressions: readonly {
		readonly value: Value;
		readonly text: string;
		readonly location: { readonly row: number; readonly col: number };
	}[];
	readonly bindings: Readonly<Record<string, Value>>;
}

export interface EvalOutput {
	readonly errors: readonly OutputError[];
	readonly rows: readonly OutputRow[];
	/** Timers of one run … */
	readonly metrics: readonly (readonly [string, number])[] | undefined;
	/** … or of each of several. */
	readonly runs: readonly (readonly (readonly [string, number])[])[] | undefined;
	/** What was watched. */
	readonly watched?: WatchedOutput | undefined;
}

export function writeEvalOutput(output: EvalOutput, format: EvalFormat, io: CliIo): void {
	switch (format) {
		case "json":
			io.stdout(writeJson(outputNode(output, true)));
			return;
		case "discard":
			io.stdout(writeJson(sortRecords(outputNode(output, false))));
			return;
		case "pretty":
			writePretty(output, io);
			return;
		case "values":
			writeRows(output, (row) => writeJson(leaf(valuesOf(row))), io);
			return;
		case "bindings":
			writeRows(output, (row) => writeJson(bindingsNode(row)), io);
			return;
		case "raw":
			writeRows(output, (row) => `${valuesOf(row).map(rawText).join(" ")}\n`, io);
			return;
		case "source":
			// The flags are checked before: this is how partial evaluation is shown.
			throw new Error("no evaluation is shown as source");
		default:
			assertNever(format, "format");
	}
}

function writeRows(output: EvalOutput, textOf: (row: OutputRow) => string, io: CliIo): void {
	if (output.errors.length > 0) io.stderr(`${formatOutputErrors(output.errors)}\n`);
	else for (const row of output.rows) io.stdout(textOf(row));
}

function valuesOf(row: OutputRow): readonly Value[] {
	return row.expressions.map((e) => e.value);
}

function rawText(v: Value): string {
	return typeof v === "string" ? v : compactJson(v);
}

function compactJson(v: Value): string {
	return toJson(v, { escapeHtml: true });
}

function outputNode(output: EvalOutput, withResult: boolean): JsonNode {
	const { errors, rows, metrics, runs } = output;
	const watched = output.watched?.nodes();
	return record([
		["errors", errors.length === 0 ? undefined : { list: errors.map(errorNode) }],
		["result", rows.length === 0 ? undefined : withResult ? { list: rows.map(rowNode) } : "discarded"],
		["metrics", metrics && record(metrics)],
		[
			"aggregated_metrics",
			runs && record(aggregateMetrics(runs).map(([name, s]): [string, JsonNode] => [name, summaryNode(s)])),
		],
		["explanation", watched?.explanation],
		["profile", watched?.profile],
		["aggregated_profile", watched?.aggregatedProfile],
		["coverage", watched?.coverage],
	]);
}

function rowNode(row: OutputRow): JsonNode {
	const expressions = row.expressions.map(({ value, text, location }) =>
		record([
			["value", leaf(value)],
			["text", text],
			["location", positionNode(location)],
		]),
	);
	const bindings = Object.keys(row.bindings).length === 0 ? undefined : bindingsNode(row);
	return record([
		["expressions", { list: expressions }],
		["bindings", bindings],
	]);
}

function bindingsNode(row: OutputRow): JsonNode {
	return leaf(row.bindings);
}

function writePretty(output: EvalOutput, io: CliIo): void {
	const { errors, rows, metrics, runs, watched } = output;
	if (watched !== undefined) io.stdout(watched.explanation());
	if (errors.length > 0) io.stderr(`${formatOutputErrors(errors)}\n`);
	else if (rows.length === 0) io.stdout("undefined\n");
	else io.stdout(prettyRows(rows));
	if (metrics !== undefined && metrics.length > 0) {
		io.stdout(
			formatTable(
				["Metric", "Value"],
				metrics.map(([name, ns]) => [name, String(ns)]),
			),
		);
	}
	if (runs === undefined && watched !== undefined) io.stdout(watched.profile());
	if (runs !== undefined) {
		const keys: readonly (keyof MetricSummary)[] = ["min", "max", "mean", "90%", "99%"];
		const table = aggregateMetrics(runs).map(([name, s]) => [name, ...keys.map((k) => String(s[k]))]);
		if (table.length > 0) io.stdout(formatTable(["Metric", "Min", "Max", "Mean", "90%", "99%"], table));
	}
	if (runs !== undefined && watched !== undefined) io.stdout(watched.profile());
	if (watched !== undefined) io.stdout(watched.coverage());
}

/** A lone value as JSON, anything else as a table: columns for variables, and for expressions that are not mere conditions. */
function prettyRows(rows: readonly OutputRow[]): string {
	const first = at(rows, 0);
	const names = Object.keys(first.bindings).sort(compareStrings);
	const { expressions } = first;
	if (rows.length === 1 && names.length === 0) {
		const lone = expressions[0];
		if (lone !== undefined && (expressions.length === 1 || expressions.every((e) => typeof e.value === "boolean"))) {
			return writeJson(leaf(lone.value));
		}
	}
	const shown = expressions.flatMap((e, i) => (typeof e.value !== "boolean" || names.length === 0 ? [i] : []));
	const header = [...shown.map((i) => at(expressions, i).text), ...names];
	const cells = rows.map((row) => [
		...shown.map((i) => compactJson(row.expressions[i]?.value ?? null)),
		...names.map((n) => compactJson(row.bindings[n] ?? null)),
	]);
	return formatTable(header, cells);
}
