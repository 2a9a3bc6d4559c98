/**
 * Flags of `rego eval`: all of `opa eval`'s, which combinations are errors, and which of them this
 * version refuses because it cannot honour them; those are known, so that the refusal can say so, but not
 * offered in the help.
 */

import type { FlagSpec, ParsedFlags } from "./flags.ts";
import { hintsFlag } from "./hints.ts";
import { CommandError } from "./io.ts";
import { schemaFlag } from "./load-schemas.ts";

export const evalFormats = ["json", "values", "bindings", "pretty", "source", "raw", "discard"] as const;
export type EvalFormat = (typeof evalFormats)[number];

/** The formats of `rego bench` and `rego test --bench`. */
export const benchFormats = ["pretty", "json", "gobench"] as const;

export const dataFlag: FlagSpec = {
	name: "data",
	short: "d",
	kind: "list",
	doc: "policy or data file or folder, optionally `path.in.data:` before it (repeatable)",
};
export const bundleFlag: FlagSpec = {
	name: "bundle",
	short: "b",
	kind: "list",
	doc: "bundle folder or .tar.gz file (repeatable)",
};
export const ignoreFlag: FlagSpec = {
	name: "ignore",
	kind: "words",
	doc: "patterns of file and folder names to leave out when loading",
};
export const strictFlag: FlagSpec = { name: "strict", short: "S", kind: "bool", doc: "compile in strict mode" };
export const v0Flag: FlagSpec = { name: "v0-compatible", kind: "bool", doc: "read modules and queries as Rego v0" };
export const v1Flag: FlagSpec = {
	name: "v1-compatible",
	kind: "bool",
	doc: "read modules and queries as Rego v1 (the default)",
	hidden: true,
};
export const capabilitiesFlag: FlagSpec = {
	name: "capabilities",
	kind: "string",
	doc: "capabilities.json file, or OPA version",
};

export const evalFlags: readonly FlagSpec[] = [
	bundleFlag,
	capabilitiesFlag,
	{ name: "count", kind: "int", default: "1", doc: "evaluate this many times" },
	{ name: "coverage", kind: "bool", doc: "report which expressions were evaluated" },
	{
		name: "coverage-runs",
		kind: "words",
		doc: "with --coverage: further runs that tell why something was not evaluated, index_excluded (the default) or early_exit",
	},
	dataFlag,
	{ name: "disable-early-exit", kind: "bool", doc: "go on after a match that is enough; seen in traces only" },
	{ name: "disable-indexing", kind: "bool", doc: "try rules that cannot match; seen in traces only" },
	{ name: "disable-inlining", kind: "list", doc: "only with --partial", hidden: true },
	{ name: "entrypoint", short: "e", kind: "list", doc: "only with --optimize", hidden: true },
	{
		name: "explain",
		kind: "enum",
		values: ["off", "full", "notes", "fails", "debug"],
		default: "off",
		doc: "show what happened: off, full, notes, fails or debug",
	},
	{ name: "fail", kind: "bool", doc: "exit with 1 when the result is undefined or empty" },
	{ name: "fail-defined", kind: "bool", doc: "exit with 1 when the result is defined" },
	{ name: "format", short: "f", kind: "enum", values: evalFormats, default: "json", doc: "output format" },
	ignoreFlag,
	hintsFlag,
	{ name: "import", kind: "list", doc: "import for the query, such as data.foo or input.user (repeatable)" },
	{ name: "input", short: "i", kind: "string", doc: "input document, JSON or YAML" },
	{ name: "instrument", kind: "bool", doc: "as --metrics: counters of the evaluation's operations are not kept" },
	{ name: "metrics", kind: "bool", doc: "report how long each stage took" },
	{ name: "nondeterminstic-builtins", kind: "bool", doc: "only with --partial", hidden: true },
	{ name: "optimize", short: "O", kind: "int", default: "0", doc: "optimisation level", hidden: true },
	{
		name: "optimize-store-for-read-speed",
		kind: "bool",
		doc: "no effect on answers: accepted for scripts written for opa",
	},
	{ name: "package", kind: "string", doc: "package the query is evaluated in" },
	{ name: "partial", short: "p", kind: "bool", doc: "partial evaluation", hidden: true },
	{
		name: "pretty-limit",
		kind: "int",
		default: "80",
		doc: "no effect on answers: accepted for scripts written for opa",
	},
	{ name: "profile", kind: "bool", doc: "report how long the expressions of each line took" },
	{ name: "profile-limit", kind: "int", default: "10", doc: "how many lines a profile has; 0 for all" },
	{
		name: "profile-sort",
		kind: "list",
		doc: "order of a profile: total_time_ns, num_eval, num_redo, num_gen_expr, file or line (repeatable)",
	},
	schemaFlag,
	{ name: "shallow-inlining", kind: "bool", doc: "only with --partial", hidden: true },
	{ name: "show-builtin-errors", kind: "bool", doc: "report every error of a builtin; none is fatal" },
	{ name: "stdin", kind: "bool", doc: "read the query from standard input" },
	{ name: "stdin-input", short: "I", kind: "bool", doc: "read the input document from standard input" },
	strictFlag,
	{ name: "strict-builtin-errors", kind: "bool", doc: "the first error of a builtin ends the evaluation" },
	{
		name: "target",
		short: "t",
		kind: "enum",
		values: ["rego", "wasm"],
		default: "rego",
		doc: "what evaluates",
		hidden: true,
	},
	{ name: "timeout", kind: "duration", doc: "time limit, such as 500ms or 2s" },
	{ name: "unknowns", short: "u", kind: "list", doc: "only with --partial", hidden: true },
	v0Flag,
	v1Flag,
	{ name: "var-values", kind: "bool", doc: "with --explain and --format pretty: show the values of variables" },
];

/** Kinds of further runs. */
export function coverageRuns(flags: ParsedFlags): readonly string[] {
	return flags.isSet("coverage-runs") ? flags.list("coverage-runs") : ["index_excluded"];
}

/** Combinations that `opa eval` refuses, in its order and words. */
export function checkEvalFlags(flags: ParsedFlags): void {
	const { args } = flags;
	const fail = (message: string): never => {
		throw new CommandError(message, 1);
	};
	const stdin = flags.bool("stdin");
	if (args.length > 0 && stdin) fail("specify query argument or --stdin but not both");
	if (args.length === 0 && !stdin) fail("specify query argument or --stdin");
	if (args.length > 1) fail("specify at most one query argument");
	if (stdin && flags.bool("stdin-input")) fail("specify --stdin or --stdin-input but not both");
	if (flags.bool("stdin-input") && flags.string("input") !== "") fail("specify --stdin-input or --input but not both");
	if (flags.bool("fail") && flags.bool("fail-defined")) fail("specify --fail or --fail-defined but not both");
	for (const run of coverageRuns(flags)) {
		if (run === "index_excluded" || run === "early_exit") continue;
		fail(`invalid --coverage-runs value ${JSON.stringify(run)} (expected "index_excluded" or "early_exit")`);
	}
	const format = flags.string("format");
	if (flags.bool("partial")) {
		if (!["pretty", "json", "source"].includes(format)) fail("invalid output format for partial evaluation");
	} else if (format === "source") fail("invalid output format for evaluation");
	if (flags.int("optimize") > 0 && flags.isSet("data") && flags.isSet("bundle")) {
		fail("specify either --data or --bundle flag with optimization level greater than 0");
	}
}

/** Flags of `opa eval` that would change the output and that are not there yet. */
export function refuseMissingFlags(flags: ParsedFlags): void {
	const missing = [
		flags.bool("partial") && "--partial",
		flags.int("optimize") > 0 && "--optimize",
		flags.string("target") === "wasm" && "--target wasm",
	].filter((f): f is string => f !== false);
	if (missing.length > 0) throw new CommandError(`not supported by this version of rego: ${missing.join(", ")}`, 1);
}
