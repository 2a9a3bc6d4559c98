/** `rego test`: runs the tests of policies. As `opa test`: which rules are tests, verdicts, texts, exit codes. */
import { compile } from "../compile.ts";
import { checkPathConflicts } from "../documents/path-conflicts.ts";
import { closures } from "../eval/closures/closures.ts";
import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import { discoverTests, type Test } from "../testing/discover.ts";
import { CaseReports, runTest, type TestResult } from "../testing/run.ts";
import { nameFilter } from "../testing/select.ts";
import { messageOf } from "../thrown.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { bundleFlag, capabilitiesFlag, ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { Network, runtimeValue } from "./eval-host.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { allCapabilities, type Capabilities, requireLanguage } from "./language-features.ts";
import { type LoadOptions, loadPaths } from "./load-data.ts";
import { loadSchemas, schemaFlag } from "./load-schemas.ts";
import { Stopwatch } from "./stopwatch.ts";
import { PrettyTests, testsJson } from "./test-output.ts";

const testFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "load the paths as bundles" },
	capabilitiesFlag,
	{ name: "count", kind: "int", default: "1", doc: "run the tests this many times" },
	{ name: "exit-zero-on-skipped", short: "z", kind: "bool", doc: "skipped tests are no reason for exit code 2" },
	{ name: "fail-on-empty", kind: "bool", doc: "exit with 1 when there is no test" },
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], default: "pretty", doc: "output format" },
	ignoreFlag,
	{ name: "max-errors", short: "m", kind: "int", default: "10", doc: "stop after this many compile errors" },
	{ name: "parallel", short: "p", kind: "int", doc: "accepted for scripts written for opa: tests run one by one" },
	{ name: "run", short: "r", kind: "string", doc: "run the tests whose full name this regular expression finds" },
	schemaFlag,
	{ name: "sort", kind: "enum", values: ["none", "duration"], default: "none", doc: "order of the results in JSON" },
	{ name: "target", short: "t", kind: "enum", values: ["rego"], default: "rego", doc: "accepted", hidden: true },
	{ name: "timeout", kind: "duration", default: "0", doc: "time a test may take (5s where nothing is given)" },
	v0Flag,
	v1Flag,
	{
		name: "why",
		kind: "bool",
		doc: "say on standard error which literal failed a test, and why; with -v the default on a terminal",
	},
	{ name: "verbose", short: "v", kind: "bool", doc: "list passed tests, and what failed once more at the end" },
];

export function testHelp(): string {
	return describeFlags(testFlags);
}

export async function runTests(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(testFlags, argv);
	if (parsed.args.length === 0) throw new CommandError("specify at least one file", 1);
	const flags = applyEnvironment(testFlags, parsed, "OPA_TEST", io.env);
	let suite: Suite;
	try {
		suite = await loadSuite(flags, io);
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		io.stderr(`${e.message}\n`);
		return 1;
	}
	for (let i = 0; i < flags.int("count"); i++) {
		const exit = await runOnce(suite, flags, io);
		if (exit !== 0) return exit;
	}
	return 0;
}

interface Suite {
	readonly policy: Policy<Value>;
	readonly tests: readonly Test[];
	readonly reports: CaseReports;
}

async function loadSuite(flags: ParsedFlags, io: CliIo): Promise<Suite> {
	const wanted = nameFilter(flags.string("run"));
	const capabilities = flags.isSet("capabilities")
		? await (await import("./capabilities.ts")).readCapabilities(flags.string("capabilities"), io)
		: allCapabilities;
	const { modules, data } = await load(flags, capabilities, io);
	const { tests, modules: rewritten } = discoverTests(modules);
	const reports = new CaseReports();
	const network = new Network(io.env);
	const policy = compile(rewritten, {
		data,
		maxErrors: flags.int("max-errors"),
		withoutBuiltins: capabilities.withoutBuiltins,
		builtins: [...capabilities.declared, reports.builtin],
		schemas: await loadSchemas(flags.string("schema"), io),
		prints: true,
		backend: closures,
		host: {
			runtime: runtimeValue(io.env),
			permissions: await network.permissions(modules.map((m) => m.source.text)),
		},
		values: "rego",
		inputs: "trusted",
	});
	checkPathConflicts(modules, data);
	return { policy, reports, tests: tests.filter((t) => wanted(`${t.package}.${t.name}`)) };
}

interface LoadedSuite {
	readonly modules: readonly Module[];
	readonly data: PlainObject;
}

async function load(flags: ParsedFlags, capabilities: Capabilities, io: CliIo): Promise<LoadedSuite> {
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	requireLanguage(capabilities, regoVersion);
	const options: LoadOptions = {
		io,
		regoVersion,
		language: capabilities.language,
		ignore: flags.list("ignore"),
		stopwatch: new Stopwatch(),
	};
	if (!flags.bool("bundle")) {
		const { modules, data } = await loadPaths(flags.args, options);
		return { modules: [...modules.values()], data };
	}
	const { activateBundles, loadBundle } = await import("./load-bundle.ts");
	const bundles = [];
	for (const path of flags.args) bundles.push(await loadBundle(path, options));
	return { modules: bundles.flatMap((b) => [...b.modules.values()]), data: activateBundles(bundles, {}) };
}

async function runOnce({ policy, tests, reports }: Suite, flags: ParsedFlags, io: CliIo): Promise<number> {
	const timeout = flags.duration("timeout");
	const timeMs = timeout === 0n ? 5_000 : Number(timeout) / 1e6;
	const pretty = flags.string("format") === "pretty" ? new PrettyTests(io, flags.bool("verbose")) : undefined;
	if (pretty !== undefined && flags.string("sort") !== "none") {
		io.stderr("warning: --sort is only supported with JSON format\n");
	}
	const results: TestResult[] = [];
	for (const test of tests) {
		const result = runTest(policy, test, reports, { limits: { timeMs } });
		pretty?.report(result);
		results.push(result);
	}
	const wantsWhy = flags.bool("why") || (flags.bool("verbose") && io.terminal === true);
	if (wantsWhy && pretty !== undefined) await tellWhy(policy, results, io);
	pretty?.end();
	if (pretty === undefined) io.stdout(testsJson(sorted(results, flags.string("sort"))));
	if (results.length === 0 && flags.bool("fail-on-empty")) {
		io.stderr("no tests were run\n");
		return 1;
	}
	const skippedIsFine = flags.bool("exit-zero-on-skipped");
	const bad = results.some((r) => r.outcome !== "pass" && !(r.outcome === "skip" && skippedIsFine));
	return bad ? 2 : 0;
}

/** Of each test that failed, the literal that did. */
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
