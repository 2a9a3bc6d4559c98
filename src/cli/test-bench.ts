/** `rego test --bench`: each test that passes is evaluated for about a second. One that is marked to be done later fails. */
import { RegoErrors } from "../errors.ts";
import { pathText } from "../face/documents.ts";
import type { Policy } from "../policy.ts";
import type { Test } from "../testing/discover.ts";
import { type CaseReports, type RunOptions, runTest, type TestResult } from "../testing/run.ts";
import { type JsonNode, record, writeJson } from "../value/ordered-json.ts";
import type { Value } from "../value/value.ts";
import type { ParsedFlags } from "./flags.ts";
import type { CliIo } from "./io.ts";
import { benchLine, type Measured, measure, measuredFields, wantedNs } from "./measure.ts";
import { PrettyTests, resultNode } from "./test-output.ts";

const evaluation = "timer_rego_query_eval_ns/op";

export function benchTests(
	policy: Policy<Value>,
	tests: readonly Test[],
	reports: CaseReports,
	{ limits }: RunOptions,
	flags: ParsedFlags,
	io: CliIo,
): number {
	const format = flags.string("format");
	const pretty = format === "json" ? undefined : new PrettyTests(io, false);
	const nodes: JsonNode[] = [];
	let failed = false;
	for (const test of tests) {
		const ran = runTest(policy, { ...test, todo: false }, reports, { limits });
		// As opa: a function that is called like a test fails, and is not asked why.
		const result = ran.error instanceof RegoErrors ? { ...ran, outcome: "fail" as const, error: undefined } : ran;
		const measured = result.outcome === "pass" ? measureTest(policy, test, reports, limits) : undefined;
		failed ||= measured === undefined;
		if (measured === undefined) pretty?.report(result);
		else {
			const name = format === "gobench" ? goName(test) : `${test.package}.${test.name}`;
			pretty?.passed(benchLine(name, measured, [[evaluation, measured.evaluation.mean]]));
		}
		if (pretty === undefined) nodes.push(resultNode(withTime(result, measured), undefined, benchmarkNode(measured)));
	}
	pretty?.end();
	if (pretty === undefined) io.stdout(writeJson({ list: nodes }));
	return failed ? 2 : 0;
}

function measureTest(policy: Policy<Value>, test: Test, reports: CaseReports, limits: RunOptions["limits"]): Measured {
	const query = pathText(test.path);
	let begun = 0n;
	const onStage = (stage: string): void => {
		if (stage === "eval") begun = process.hrtime.bigint();
	};
	const run = (): number => {
		policy.query(query, undefined, { limits, onStage });
		const took = Number(process.hrtime.bigint() - begun);
		reports.take();
		return took;
	};
	// Code is generated and compiled while it is asked for the first times.
	measure(run, wantedNs / 10);
	return measure(run, wantedNs);
}

function withTime(result: TestResult, measured: Measured | undefined): TestResult {
	return measured === undefined ? result : { ...result, duration: BigInt(Math.round(measured.total)) };
}

function benchmarkNode(measured: Measured | undefined): JsonNode {
	const extra = measured === undefined ? { value: null } : record([[evaluation, measured.evaluation.mean]]);
	return record([...measuredFields(measured), ["Extra", extra]]);
}

/** `data.authz_test.test_admin` as `BenchmarkDataAuthzTestTestAdmin`. */
function goName(test: Test): string {
	const words = `${test.package}.${test.name}`.split(/[._]/);
	return `Benchmark${words.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("")}`;
}
