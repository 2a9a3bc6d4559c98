/** `rego test`: runs the tests of policies. As `opa test`: which rules are tests, verdicts, texts, exit codes. */

import { compile } from "../compile.ts";
import { builtinTable } from "../compile-with.ts";
import { checkPathConflicts } from "../documents/path-conflicts.ts";
import { RegoError } from "../errors.ts";
import { closures } from "../eval/closures/closures.ts";
import { pathText } from "../face/documents.ts";
import { defaultHost } from "../host/default.ts";
import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import { discoverTests, type Test } from "../testing/discover.ts";
import { type Asked, CaseReports, runTest, type TestResult } from "../testing/run.ts";
import { nameFilter } from "../testing/select.ts";
import { messageOf } from "../thrown.ts";
import type { CoverageReport } from "../trace/coverage.ts";
import type { ExplainMode } from "../trace/lineage.ts";
import { type JsonNode, writeJson } from "../value/ordered-json.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { benchFormats, bundleFlag, capabilitiesFlag, ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { Network, runtimeValue } from "./eval-host.ts";
import type { WatchedPolicy } from "./eval-watched-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { allCapabilities, type Capabilities } from "./language-features.ts";
import { loadOptionsOf } from "./load-data.ts";
import { loadPolicies } from "./load-policies.ts";
import { loadSchemas, schemaFlag } from "./load-schemas.ts";
import { asMet } from "./met-conflict.ts";
import { type FailureText, failedTest, PrettyTests, testsJson } from "./test-output.ts";
import type { WatchedTests } from "./test-watched.ts";

const explains = ["fails", "full", "notes", "debug"] as const;

const testFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "load the paths as bundles" },
	capabilitiesFlag,
	{ name: "coverage", short: "c", kind: "bool", doc: "report coverage, as JSON, instead of results" },
	{
		name: "coverage-runs",
		kind: "words",
		doc: "with --coverage: further runs that tell why something was not evaluated, index_excluded and early_exit (the default)",
	},
	{ name: "bench", kind: "bool", doc: "measure how long tests that pass take" },
	{ name: "benchmem", kind: "bool", default: "true", doc: "accepted: allocations cannot be counted", hidden: true },
	{ name: "count", kind: "int", default: "1", doc: "run the tests this many times" },
	{ name: "exit-zero-on-skipped", short: "z", kind: "bool", doc: "skipped tests are no reason for exit code 2" },
	{ name: "fail-on-empty", kind: "bool", doc: "exit with 1 when there is no test" },
	{
		name: "format",
		short: "f",
		kind: "enum",
		values: benchFormats,
		default: "pretty",
		doc: "output format; gobench with --bench",
	},
	{
		name: "explain",
		kind: "enum",
		values: explains,
		default: "fails",
		doc: "which events of failed tests are shown",
	},
	ignoreFlag,
	{ name: "max-errors", short: "m", kind: "int", default: "10", doc: "stop after this many compile errors" },
	{ name: "parallel", short: "p", kind: "int", doc: "accepted for scripts written for opa: tests run one by one" },
	{ name: "run", short: "r", kind: "string", doc: "run the tests whose full name this regular expression finds" },
	schemaFlag,
	{ name: "sort", kind: "enum", values: ["none", "duration"], default: "none", doc: "order of the results in JSON" },
	{ name: "target", short: "t", kind: "enum", values: ["rego"], default: "rego", doc: "accepted", hidden: true },
	{ name: "threshold", kind: "string", default: "0", doc: "per cent that must be covered (implies --coverage)" },
	{ name: "timeout", kind: "duration", default: "0", doc: "time a test may take (5s where nothing is given)" },
	v0Flag,
	v1Flag,
	{ name: "var-values", kind: "bool", doc: "show the expression that failed, and the values in it" },
	{ name: "verbose", short: "v", kind: "bool", doc: "list passed tests, and what happened in failed ones" },
	{ name: "watch", short: "w", kind: "bool", doc: "run the tests again when files change" },
	{
		name: "why",
		kind: "bool",
		doc: "say on standard error which literal failed a test, and why; with -v the default on a terminal",
	},
];

export function testHelp(): string {
	return describeFlags(testFlags);
}

export async function runTests(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(testFlags, argv);
	if (parsed.args.length === 0) throw new CommandError("specify at least one file", 1);
	const flags = applyEnvironment(testFlags, parsed, "OPA_TEST", io.env);
	checkTestFlags(flags);
	const threshold = thresholdOf(flags);
	if (threshold < 0 || threshold > 100) {
		io.stderr("Code coverage threshold must be between 0 and 100\n");
		return 1;
	}
	if (flags.bool("bench") && coverageWanted(flags)) {
		// Said twice, as opa does.
		io.stderr("coverage reporting is not supported when benchmarking tests\n".repeat(2));
		return 1;
	}
	if (flags.string("format") === "gobench" && !flags.bool("bench")) {
		io.stderr("cannot use output format gobench without running benchmarks (--bench)\n");
		return 0;
	}
	if (!flags.bool("watch")) return runAll(flags, io);
	const { againAndAgain } = await import("./test-again.ts");
	return againAndAgain(flags.args, () => runAll(flags, io), io);
}

/** Loads, and runs as often as is wanted; the exit code. */
async function runAll(flags: ParsedFlags, io: CliIo): Promise<number> {
	let suite: Suite;
	try {
		suite = await loadSuite(flags, io);
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		io.stderr(`${e.message.replace(/^bundle activation failed: /, "")}\n`);
		return 1;
	}
	for (let i = 0; i < flags.int("count"); i++) {
		const exit = await runOnce(suite, flags, io);
		if (exit !== 0) return exit;
	}
	return 0;
}

function checkTestFlags(flags: ParsedFlags): void {
	const threshold = flags.string("threshold");
	if (threshold.trim() === "" || Number.isNaN(Number(threshold))) {
		const reason = `strconv.ParseFloat: parsing ${JSON.stringify(threshold)}: invalid syntax`;
		throw new CommandError(`invalid argument ${JSON.stringify(threshold)} for "--threshold" flag: ${reason}`, 1);
	}
	for (const run of flags.list("coverage-runs")) {
		if (run === "index_excluded" || run === "early_exit") continue;
		const message = `invalid --coverage-runs value ${JSON.stringify(run)} (expected "index_excluded" or "early_exit")`;
		throw new CommandError(message, 1);
	}
}

interface Suite {
	readonly policy: Policy<Value>;
	readonly tests: readonly Test[];
	readonly reports: CaseReports;
	readonly watched: WatchedPolicy;
	/** As they are written. */
	readonly modules: readonly Module[];
}

async function loadSuite(flags: ParsedFlags, io: CliIo): Promise<Suite> {
	const wanted = nameFilter(flags.string("run"));
	const capabilities = flags.isSet("capabilities")
		? await (await import("./capabilities.ts")).readCapabilities(flags.string("capabilities"), io)
		: allCapabilities;
	const { modules, data } = await load(flags, capabilities, io);
	const { tests, modules: rewritten } = discoverTests(modules);
	const reports = new CaseReports();
	const network = new Network(io.env, capabilities.allowedHosts);
	const builtins = [...capabilities.declared, reports.builtin];
	const { withoutBuiltins } = capabilities;
	const host = {
		runtime: runtimeValue(io.env),
		permissions: await network.permissions(modules.map((m) => m.source.text)),
	};
	const policy = compile(rewritten, {
		data,
		maxErrors: Math.max(0, flags.int("max-errors")),
		withoutBuiltins,
		builtins,
		schemas: await loadSchemas(flags.string("schema"), io),
		prints: true,
		backend: closures,
		host,
		values: "rego",
		inputs: "trusted",
	});
	checkPathConflicts(modules, data);
	const ours = await import("../builtins/registry.ts");
	const watched: WatchedPolicy = {
		modules: rewritten,
		builtins: builtinTable(ours.builtins, { builtins, withoutBuiltins, values: "rego" }),
		data,
		host: { ...defaultHost, ...host },
	};
	return { policy, reports, watched, modules, tests: tests.filter((t) => wanted(`${t.package}.${t.name}`)) };
}

/** As opa, which tells of a test that took too long by its deadline alone. */
function lateError(e: TestResult["error"]): TestResult["error"] {
	const isLate = e instanceof RegoError && e.code === "eval_cancel_error" && e.reason.endsWith(": timeout");
	return isLate ? new RegoError("eval_cancel_error", "context deadline exceeded") : e;
}

interface LoadedSuite {
	readonly modules: readonly Module[];
	readonly data: PlainObject;
}

async function load(flags: ParsedFlags, capabilities: Capabilities, io: CliIo): Promise<LoadedSuite> {
	const options = { ...loadOptionsOf(flags, io), language: capabilities.language };
	const [paths, bundles] = flags.bool("bundle") ? [[], flags.args] : [flags.args, []];
	const { modules, data } = await loadPolicies(paths, bundles, options, (path, e) => {
		return new Error(`unable to load bundle ${path}: ${messageOf(e)}`, { cause: e });
	});
	return { modules: [...modules.values()], data };
}

async function runOnce(suite: Suite, flags: ParsedFlags, io: CliIo): Promise<number> {
	const { policy, tests, reports } = suite;
	const timeout = flags.duration("timeout");
	const limits = { timeMs: timeout === 0n ? 5_000 : Number(timeout) / 1e6 };
	if (flags.bool("bench")) {
		return (await import("./test-bench.ts")).benchTests(policy, tests, reports, { limits }, flags, io);
	}
	const verbose = isVerbose(flags);
	const covers = coverageWanted(flags);
	const pretty =
		!covers && flags.string("format") === "pretty"
			? new PrettyTests(io, verbose, verbose || flags.bool("var-values"))
			: undefined;
	if (pretty !== undefined && flags.string("sort") !== "none") {
		io.stderr("warning: --sort is only supported with JSON format\n");
	}
	const watched = verbose || covers || flags.bool("var-values") ? await watchTests(suite, flags, io) : undefined;
	const told = watched === undefined ? undefined : await import("./test-failure.ts");
	const ask = watched === undefined ? undefined : { ask: (query: string): Asked => watched.ask(query, limits) };
	const results: TestResult[] = [];
	const failures = new Map<TestResult, FailureText>();
	const traces = new Map<TestResult, JsonNode | undefined>();
	for (const test of tests) {
		const ended = runTest(policy, test, reports, { limits, ...ask });
		const error = lateError(ended.error);
		const result = { ...ended, error: await asMet(error, suite.watched, pathText(ended.path), {}, undefined) };
		results.push(result);
		const trace = result.outcome === "skip" ? undefined : watched?.takeTrace();
		const failure =
			trace === undefined || told === undefined || result.outcome !== "fail"
				? undefined
				: (): string => told.failureText(result, trace, verbose, flags);
		pretty?.report(result, failure);
		if (pretty !== undefined || !verbose || trace === undefined || told === undefined) continue;
		if (!covers) traces.set(result, told.traceNode(trace));
		else if (failure !== undefined) failures.set(result, failure);
	}
	if (covers && watched?.coverage !== undefined) {
		return reportCoverage(results, failures, watched.coverage.report(suite.modules), flags, io);
	}
	const wantsWhy = flags.bool("why") || (flags.bool("verbose") && io.terminal === true);
	if (wantsWhy && pretty !== undefined) await tellWhy(policy, results, io);
	pretty?.end();
	if (pretty === undefined) io.stdout(testsJson(sorted(results, flags.string("sort")), traces));
	if (results.length === 0 && flags.bool("fail-on-empty")) {
		io.stderr("no tests were run\n");
		return 1;
	}
	const skippedIsFine = flags.bool("exit-zero-on-skipped");
	const bad = results.some((r) => r.outcome !== "pass" && !(r.outcome === "skip" && skippedIsFine));
	return bad ? 2 : 0;
}

/** Whoever wants an explanation wants to see it. */
function isVerbose(flags: ParsedFlags): boolean {
	return flags.bool("verbose") || flags.isSet("explain");
}

function coverageWanted(flags: ParsedFlags): boolean {
	return flags.bool("coverage") || flags.isSet("coverage-runs") || thresholdOf(flags) > 0;
}

function thresholdOf(flags: ParsedFlags): number {
	return Number(flags.string("threshold"));
}

async function watchTests(suite: Suite, flags: ParsedFlags, io: CliIo): Promise<WatchedTests> {
	const { WatchedTests: Watched } = await import("./test-watched.ts");
	const varValues = flags.bool("var-values");
	const kinds = ["index_excluded", "early_exit"] as const;
	return new Watched(suite.watched, {
		explain: shownEvents(flags),
		coverage: coverageWanted(flags),
		runs: flags.isSet("coverage-runs") ? kinds.filter((k) => flags.list("coverage-runs").includes(k)) : kinds,
		varValues,
		throwsOverflow: io.beginsAgain === true,
	});
}

/** Events that were asked for; notes and fails where nothing was. */
function shownEvents(flags: ParsedFlags): ExplainMode {
	if (!isVerbose(flags)) return "off";
	if (!flags.isSet("explain")) return "notes and fails";
	return explains.find((m) => m === flags.string("explain")) ?? "fails";
}

/** As opa: failed tests, or the first error, take the place of the report. */
async function reportCoverage(
	results: readonly TestResult[],
	failures: ReadonlyMap<TestResult, FailureText>,
	report: CoverageReport,
	flags: ParsedFlags,
	io: CliIo,
): Promise<number> {
	const broken = results.find((r) => r.error !== undefined);
	if (broken?.error !== undefined) {
		io.stderr(`${broken.error.message}\n`);
		return 1;
	}
	const failed = results.filter((r) => r.outcome === "fail");
	const [first] = failed;
	if (first !== undefined) {
		const pretty = new PrettyTests(io, flags.bool("verbose"));
		for (const r of failed) pretty.report(r, failures.get(r));
		pretty.end();
		io.stderr(`${failedTest(first)}\n`);
		return 1;
	}
	const { coverageNode, thresholdText } = await import("./watch-output.ts");
	const threshold = thresholdOf(flags);
	if (report.coverage < threshold) {
		io.stderr(`${thresholdText(report, threshold, flags.bool("verbose"))}\n`);
		return 2;
	}
	io.stdout(writeJson(coverageNode(report)));
	const skippedIsFine = flags.bool("exit-zero-on-skipped");
	return results.some((r) => r.outcome === "skip") && !skippedIsFine ? 2 : 0;
}

/** Tells the literal that failed, for each test that did. */
async function tellWhy(policy: Policy<Value>, results: readonly TestResult[], io: CliIo): Promise<void> {
	const failed = results.filter((r) => r.outcome === "fail" && r.cases.size === 0);
	if (failed.length === 0) return;
	const { explain } = await import("../explain/explain.ts");
	const { firstLine } = await import("../explain/text.ts");
	for (const r of failed) {
		try {
			const e = explain(policy, `${r.package}.${r.name}`, undefined, { timeMs: 2000, fixes: "none" });
			const [cause] = e.causes;
			const at = cause === undefined ? "" : `${cause.file}:${cause.row}: ${cause.text}: `;
			io.stderr(`why: ${at}${firstLine(e)}\n`);
		} catch (e) {
			io.stderr(`why: ${r.package}.${r.name}: ${messageOf(e)}\n`);
		}
	}
}

function sorted(results: readonly TestResult[], order: string): readonly TestResult[] {
	if (order !== "duration") return results;
	return [...results].sort((a, b) => Number(b.duration - a.duration));
}
