/** What `rego test` shows of what happened in a test: in words, and as JSON. Loaded where that is asked for. */

import { type CaseResult, eachCase, type TestResult } from "../testing/run.ts";
import type { TraceEvent } from "../topdown/events.ts";
import { eventNodes } from "../trace/event-json.ts";
import { traceCells } from "../trace/pretty.ts";
import { prettyEvent } from "../trace/pretty-event.ts";
import type { JsonNode } from "../value/ordered-json.ts";
import type { ParsedFlags } from "./flags.ts";
import { indented } from "./indented.ts";
import type { TestTrace } from "./test-trace.ts";

export function traceNode({ shown, sourceName }: TestTrace): JsonNode | undefined {
	return shown.length === 0 ? undefined : { list: eventNodes(shown, sourceName) };
}

/** What stands below the headline of a test that failed. */
export function failureText(r: TestResult, trace: TestTrace, verbose: boolean, flags: ParsedFlags): string {
	const varValues = flags.bool("var-values");
	const lines = verbose ? eventLines(trace, varValues) : [];
	const failing = (last: TraceEvent | undefined, indent: number): void => {
		if (varValues) lines.push(...failingExpression(last, trace, indent));
	};
	if (r.cases.size === 0) failing(trace.lastFail, 2);
	else {
		lines.push("");
		for (const { names, entry } of eachCase(r.cases, [])) {
			if (!isFailedLeaf(entry)) continue;
			for (const [i, name] of names.entries()) lines.push(`${"  ".repeat(i + 1)}${name}: FAIL`);
			const key = JSON.stringify(names);
			if (trace.lastFails.has(key)) failing(trace.lastFails.get(key), 2 * names.length + 4);
		}
	}
	return lines.map((l) => `${l}\n`).join("");
}

function isFailedLeaf({ fail, cases }: CaseResult): boolean {
	return fail && cases.size === 0;
}

function eventLines({ shown, sourceName }: TestTrace, values: boolean): string[] {
	const cells = traceCells(shown, sourceName, { values });
	// OPA indents what it writes piece by piece.
	return ["", ...cells.map((row) => `${row.map((c) => `  ${c}`).join("")}  `)];
}

function failingExpression(last: TraceEvent | undefined, { sourceName }: TestTrace, indent: number): readonly string[] {
	const before = indent > 2 ? " ".repeat(indent - 2) : "";
	if (last?.place === undefined) return [before];
	const { source, start } = last.place;
	const text = indented(prettyEvent(last, sourceName, true), " ".repeat(indent + 2));
	return [before, `${" ".repeat(indent)}${source.name}:${source.row(start)}:`, text + before];
}
