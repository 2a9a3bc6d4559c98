/**
 * `rego coverage <document>...`: what a log of inputs made of a policy, and what it permits that nothing used. Exit
 * codes: 0, 1 below the threshold, 2 any error.
 */
import { Coverage } from "../explain/cover/coverage.ts";
import type { CoverageReport } from "../explain/cover/report.ts";
import { coverageHtml, coverageLcov, coverageText } from "../explain/cover/texts.ts";
import { messageOf } from "../thrown.ts";
import { assertNever } from "../value/value.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import { describeFlags, parseFlags } from "./flags.ts";
import { inputsFlag, readInputs } from "./input-logs.ts";
import { type CliIo, CommandError, writeText } from "./io.ts";
import { policyFlags, policyOfFlags } from "./policy-files.ts";

const formats = ["pretty", "json", "lcov", "html"] as const;

/** Shared with `rego agent coverage`. */
export const coverageFlags: readonly FlagSpec[] = [
	{ name: "all", kind: "bool", doc: "tell everything, however long it is" },
	{
		name: "format",
		short: "f",
		kind: "enum",
		values: formats,
		default: "pretty",
		doc: "output format",
	},
	{ name: "output", short: "o", kind: "string", doc: "file to write to in place of standard output" },
	{ name: "threshold", kind: "int", default: "0", doc: "exit with 1 when fewer percent of the lines were reached" },
];

const flagSpecs: readonly FlagSpec[] = [...policyFlags, ...coverageFlags, inputsFlag];

export function coverageHelp(): string {
	return describeFlags(flagSpecs);
}

export async function runCoverage(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(flagSpecs, argv);
	if (flags.args.length === 0) throw new CommandError("at least one document is wanted, such as data.authz.allow", 1);
	if (flags.list("inputs").length === 0) throw noInputs();
	const { policy, modules } = await policyOfFlags(flags, io);
	const coverage = new Coverage(policy);
	let asked = 0;
	try {
		// What is no document is a mistake in its path, and not a decision that nothing reaches.
		for (const path of flags.args) policy.rule(path);
		for await (const input of readInputs(flags, io)) {
			for (const path of flags.args) coverage.ask(path, input);
			asked++;
		}
	} catch (e) {
		throw e instanceof CommandError ? e : new CommandError(messageOf(e), 2);
	}
	if (asked === 0) throw noInputs();
	return writeCoverage(coverage.report(), new Map(modules.map((m) => [m.source.name, m.source.text])), flags, io);
}

function noInputs(): CommandError {
	return new CommandError("no inputs: name files with --inputs", 1);
}

export function writeCoverage(
	report: CoverageReport,
	sources: ReadonlyMap<string, string>,
	flags: ParsedFlags,
	io: CliIo,
): number {
	const text = coverageAs(report, sources, flags);
	if (flags.isSet("output")) writeText(io, flags.string("output"), text);
	else io.stdout(text);
	return report.coverage < flags.int("threshold") ? 1 : 0;
}

function coverageAs(report: CoverageReport, sources: ReadonlyMap<string, string>, flags: ParsedFlags): string {
	const format = flags.choice("format", formats);
	switch (format) {
		case "json":
			return `${JSON.stringify(report, null, 2)}\n`;
		case "lcov":
			return coverageLcov(report);
		case "html":
			return coverageHtml(report, sources);
		case "pretty":
			return `${coverageText(report, flags.bool("all"))}\n`;
		default:
			return assertNever(format, "format");
	}
}
