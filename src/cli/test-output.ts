/** Results of tests as `opa test` prints them: a line each for people, or an array of JSON objects. */
import type { RegoError } from "../errors.ts";
import { durationText } from "../go/duration.ts";
import { byName, type CaseResult, type Cases, eachCase, type TestResult } from "../testing/run.ts";
import type { TraceEvent } from "../topdown/events.ts";
import { type SourceName, traceCells } from "../trace/pretty.ts";
import { prettyEvent } from "../trace/pretty-event.ts";
import type { PlainObject } from "../value/value.ts";
import type { CliIo } from "./io.ts";
import { type JsonNode, leaf, record, writeJson } from "./json-output.ts";

const words: Readonly<Record<TestResult["outcome"], string>> = {
	pass: "PASS",
	fail: "FAIL",
	error: "ERROR",
	skip: "SKIPPED",
};

/** What happened in a test that failed. */
export interface FailureTrace {
	/** Those to be shown. */
	readonly events: readonly TraceEvent[];
	/** All that happened until the end of each case, by its names as a JSON list. */
	readonly cases: ReadonlyMap<string, readonly TraceEvent[]>;
	readonly sourceName: SourceName;
}

/** Prints each result when it is there, and the totals at the end. */
export class PrettyTests {
	readonly #io: CliIo;
	readonly #verbose: boolean;
	readonly #varValues: boolean;
	readonly #totals = { pass: 0, fail: 0, skip: 0, error: 0 };
	readonly #failures: (readonly [TestResult, FailureTrace | undefined])[] = [];
	#lastFile = "";
	#printed = false;

	/** With `varValues`, the expression at which a test failed is shown with the values in it. */
	constructor(io: CliIo, verbose: boolean, varValues = false) {
		this.#io = io;
		this.#verbose = verbose;
		this.#varValues = varValues;
	}

	report(r: TestResult, trace?: FailureTrace): void {
		this.#count(r, trace);
		if (!this.#verbose && r.outcome === "pass") return;
		this.#printed = true;
		const { file, row } = r.location;
		if (this.#lastFile !== "" && this.#lastFile !== file) this.#line("");
		this.#line(`${file}:${row}:`);
		this.#lastFile = file;
		this.#line(headline(r));
		for (const { names, entry } of eachCase(r.cases, [])) {
			if (entry.fail || this.#verbose) this.#line(`  ${"  ".repeat(names.length - 1)}${caseLine(entry)}`);
		}
		if (r.output !== "") {
			this.#line("");
			this.#line(indented(r.output.trim(), "  "));
			this.#line("");
		}
		if (r.error !== undefined) this.#line(`  ${r.error.message}`);
	}

	/** Cases count each for themselves. */
	#count(r: TestResult, trace: FailureTrace | undefined): void {
		if (r.outcome === "fail") this.#failures.push([r, trace]);
		const leaves = [...eachCase(r.cases, [])].filter(({ entry }) => entry.cases.size === 0);
		if (leaves.length === 0) this.#totals[r.outcome]++;
		else for (const { entry } of leaves) this.#totals[entry.fail ? "fail" : "pass"]++;
	}

	end(): void {
		const { pass, fail, skip, error } = this.#totals;
		if (fail > 0 && (this.#verbose || this.#varValues)) this.#listFailures();
		if (this.#printed) this.#rule();
		const total = pass + fail + skip + error;
		if (pass > 0) this.#line(`PASS: ${pass}/${total}`);
		if (fail > 0) this.#line(`FAIL: ${fail}/${total}`);
		if (skip > 0) this.#line(`SKIPPED: ${skip}/${total}`);
		if (error > 0) this.#line(`ERROR: ${error}/${total}`);
	}

	#listFailures(): void {
		this.#rule();
		this.#line("FAILURES");
		this.#rule();
		for (const [failure, trace] of this.#failures) {
			this.#line(headline(failure));
			if (failure.cases.size === 0) {
				if (trace !== undefined) {
					this.#events(trace);
					this.#failureLine(trace.events, trace.sourceName, 2);
				}
			} else {
				if (trace !== undefined) this.#events(trace);
				this.#line("");
				for (const { names, entry } of eachCase(failure.cases, [])) {
					if (!entry.fail || entry.cases.size > 0) continue;
					for (const [i, name] of names.entries()) this.#line(`${"  ".repeat(i + 1)}${name}: FAIL`);
					const own = trace?.cases.get(JSON.stringify(names));
					if (trace !== undefined && own !== undefined) {
						this.#failureLine(own, trace.sourceName, 2 * names.length + 4);
					}
				}
			}
			this.#line("");
		}
	}

	#events({ events, sourceName }: FailureTrace): void {
		if (!this.#verbose) return;
		this.#line("");
		for (const cells of traceCells(events, sourceName, { values: this.#varValues })) {
			// OPA indents what it writes piece by piece.
			this.#line(`${cells.map((c) => `  ${c}`).join("")}  `);
		}
	}

	/** The last expression that failed; of an `every`, the one inside. */
	#failureLine(events: readonly TraceEvent[], sourceName: SourceName, indent: number): void {
		if (!this.#varValues) return;
		this.#line(indent > 2 ? " ".repeat(indent - 2) : "");
		const last = events.findLast(
			(e) =>
				e.op === "Fail" &&
				e.place !== undefined &&
				e.queryId !== 0 &&
				!(e.node?.kind === "expr" && e.node.expr.what.kind === "every"),
		);
		if (last?.place === undefined) return;
		const { source, start } = last.place;
		this.#line(`${" ".repeat(indent)}${source.name}:${source.row(start)}:`);
		const text = indented(prettyEvent(last, sourceName, this.#varValues), " ".repeat(indent + 2));
		this.#line(text + " ".repeat(indent - 2));
	}

	#rule(): void {
		this.#line("-".repeat(80));
	}

	#line(text: string): void {
		this.#io.stdout(`${text}\n`);
	}
}

export function headline(r: TestResult): string {
	const text = `${r.package}.${r.name}: ${words[r.outcome]}`;
	return r.outcome === "skip" ? text : `${text} (${durationText(r.duration)})`;
}

function caseLine(c: CaseResult): string {
	return `${c.name}: ${c.fail ? "FAIL" : "PASS"}`;
}

function indented(text: string, by: string): string {
	return text
		.split("\n")
		.map((l) => by + l)
		.join("\n");
}

export function testsJson(
	results: readonly TestResult[],
	traces: ReadonlyMap<TestResult, readonly PlainObject[]> = new Map(),
): string {
	return writeJson({ list: results.map((r) => resultNode(r, traces.get(r))) });
}

function resultNode(r: TestResult, trace: readonly PlainObject[] | undefined): JsonNode {
	return record([
		["location", placeNode(r.location)],
		["package", r.package],
		["name", r.name],
		["fail", r.outcome === "fail" ? leaf(true) : undefined],
		["error", r.error === undefined ? undefined : errorNode(r.error)],
		["skip", r.outcome === "skip" ? leaf(true) : undefined],
		["duration", Number(r.duration)],
		["trace", trace === undefined || trace.length === 0 ? undefined : leaf(trace)],
		["output", r.output === "" ? undefined : Buffer.from(r.output, "utf8").toString("base64")],
		["sub_results", r.cases.size === 0 ? undefined : casesNode(r.cases)],
	]);
}

/** As Go writes an error of the evaluation. */
function errorNode(e: RegoError): JsonNode {
	return record([
		["code", e.code],
		["message", e.reason],
		["location", e.location === undefined ? undefined : placeNode(e.location)],
	]);
}

function placeNode({ file, row, col }: TestResult["location"]): JsonNode {
	return record([
		["file", file],
		["row", row],
		["col", col],
	]);
}

function casesNode(cases: Cases): JsonNode {
	return record(
		byName(cases).map((c) => [
			c.name,
			record([
				["name", c.name],
				["fail", c.fail ? leaf(true) : undefined],
				["sub_results", c.cases.size === 0 ? undefined : casesNode(c.cases)],
			]),
		]),
	);
}
