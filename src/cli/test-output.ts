/** Results of tests as `opa test` prints them: a line each for people, or an array of JSON objects. */
import { type RegoError, RegoErrors } from "../errors.ts";
import { durationText } from "../go/duration.ts";
import { byName, type CaseResult, type Cases, eachCase, type TestResult } from "../testing/run.ts";
import { type JsonNode, leaf, locationNode, record, writeJson } from "../value/ordered-json.ts";
import { indented } from "./indented.ts";
import type { CliIo } from "./io.ts";
import { evaluationErrorNode } from "./output-error.ts";

const words: Readonly<Record<TestResult["outcome"], string>> = {
	pass: "PASS",
	fail: "FAIL",
	error: "ERROR",
	skip: "SKIPPED",
};

/** What `--verbose` and `--var-values` tell of a test that failed, made when it is printed. */
export type FailureText = () => string;

/** Prints each result when it is there, and the totals at the end. */
export class PrettyTests {
	readonly #io: CliIo;
	readonly #verbose: boolean;
	readonly #listsFailures: boolean;
	readonly #totals = { pass: 0, fail: 0, skip: 0, error: 0 };
	readonly #failures: (readonly [TestResult, FailureText | undefined])[] = [];
	#lastFile = "";
	#printed = false;

	/** With `failures`, what made tests fail is listed at the end. */
	constructor(io: CliIo, verbose: boolean, failures: boolean = verbose) {
		this.#io = io;
		this.#verbose = verbose;
		this.#listsFailures = failures;
	}

	report(r: TestResult, failure?: FailureText): void {
		this.#count(r, failure);
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

	/** A test that passed, in a line of its own. */
	passed(line: string): void {
		this.#totals.pass++;
		this.#printed = true;
		this.#line(line);
	}

	/** Cases count each for themselves. */
	#count(r: TestResult, failure: FailureText | undefined): void {
		if (r.outcome === "fail") this.#failures.push([r, failure]);
		const leaves = [...eachCase(r.cases, [])].filter(({ entry }) => entry.cases.size === 0);
		if (leaves.length === 0) this.#totals[r.outcome]++;
		else for (const { entry } of leaves) this.#totals[entry.fail ? "fail" : "pass"]++;
	}

	end(): void {
		const { pass, fail, skip, error } = this.#totals;
		if (fail > 0 && this.#listsFailures) this.#listFailures();
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
		for (const [failure, text] of this.#failures) {
			this.#line(headline(failure));
			this.#io.stdout(text?.() ?? "");
			this.#line("");
		}
	}

	#rule(): void {
		this.#line("-".repeat(80));
	}

	#line(text: string): void {
		this.#io.stdout(`${text}\n`);
	}
}

function headline(r: TestResult): string {
	const text = `${r.package}.${r.name}: ${words[r.outcome]}`;
	return r.outcome === "skip" ? text : `${text} (${durationText(r.duration)})`;
}

/** The error of a run with `--coverage` that a test made fail: the test, and how each of its cases ended. */
export function failedTest(r: TestResult): string {
	const cases = [...eachCase(r.cases, [])].map(
		({ names, entry }) => `${"  ".repeat(names.length - 1)}${caseLine(entry)}\n`,
	);
	return `${headline(r)}\n${cases.join("")}`;
}

function caseLine(c: CaseResult): string {
	return `${c.name}: ${c.fail ? "FAIL" : "PASS"}`;
}

export function testsJson(
	results: readonly TestResult[],
	traces: ReadonlyMap<TestResult, JsonNode | undefined>,
): string {
	return writeJson({ list: results.map((r) => resultNode(r, traces.get(r))) });
}

export function resultNode(r: TestResult, trace: JsonNode | undefined, benchmark?: JsonNode): JsonNode {
	return record([
		["location", locationNode(r.location)],
		["package", r.package],
		["name", r.name],
		["fail", r.outcome === "fail" ? leaf(true) : undefined],
		["error", r.error === undefined ? undefined : errorsNode(r.error)],
		["skip", r.outcome === "skip" ? leaf(true) : undefined],
		["duration", Number(r.duration)],
		["trace", trace],
		["benchmark_result", benchmark],
		["output", r.output === "" ? undefined : Buffer.from(r.output, "utf8").toString("base64")],
		["sub_results", r.cases.size === 0 ? undefined : casesNode(r.cases)],
	]);
}

function errorsNode(e: RegoError | RegoErrors): JsonNode {
	return e instanceof RegoErrors ? { list: e.errors.map(evaluationErrorNode) } : evaluationErrorNode(e);
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
