/**
 * `rego agent manifest create|verify`: Contrast's manifest.json and the workloads whose policies it lists. Everything
 * is read from files; whether a workload runs as they say is for attestation to prove.
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createPolicies } from "../agent/manifests/create.ts";
import {
	emptyManifest,
	hasReferenceValues,
	ManifestError,
	type ManifestPolicies,
	manifestPolicies,
	withPolicies,
	withReferenceValues,
} from "../agent/manifests/manifest.ts";
import { readTeeReport, type TeeReport } from "../agent/manifests/report.ts";
import { entryTitle, type Finding, findingTitle, isVerified, verifyPolicies } from "../agent/manifests/verify.ts";
import { type Workload, workloadTitle } from "../agent/manifests/workloads.ts";
import { teeValue, toHex } from "../agent/policy/digest.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import { codeOf, messageOf } from "../thrown.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { inputFiles, workloadsIn } from "./agent-inputs.ts";
import { type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, namedFile } from "./io.ts";
import { replaceFile } from "./replace-file.ts";
import { formatTable } from "./table.ts";

const flags: readonly FlagSpec[] = [
	{ name: "manifest", short: "m", kind: "string", doc: "Contrast's manifest", default: "manifest.json" },
	{
		name: "reference-values",
		kind: "string",
		doc: "create: a file of JSON with the platforms' reference values, which are put into the manifest",
	},
	{ name: "report", kind: "string", doc: "verify: an SNP report, or a TDX quote, whose host's field is to be matched" },
	{
		name: "old",
		kind: "list",
		doc: "verify: files and folders as they were when the manifest was made: policies that changed are compared (repeatable)",
	},
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], doc: "output of verify", default: "pretty" },
];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	const [verb, ...paths] = parsed.args;
	if (verb === "create") return create(parsed, paths, io);
	if (verb === "verify") return await verify(parsed, paths, io);
	throw new CommandError(
		`${verb === undefined ? "one" : `not ${JSON.stringify(verb)} but one`} of create and verify is wanted`,
		1,
	);
}

function workloadsFrom(io: CliIo, paths: readonly string[]): readonly Workload[] {
	return inputFiles(io, paths).flatMap((file) => workloadsIn(file));
}

function create(parsed: ParsedFlags, paths: readonly string[], io: CliIo): number {
	if (paths.length === 0) throw new CommandError("files with workloads are wanted", 1);
	if (parsed.isSet("report") || parsed.isSet("old")) throw new CommandError("--report and --old are for verify", 1);
	const path = parsed.string("manifest");
	const before = existing(io, path);
	const { policies, errors, warnings } = createPolicies(
		workloadsFrom(io, paths),
		before === undefined ? new Map() : inManifest(path, () => manifestPolicies(before)),
	);
	for (const warning of warnings) io.stderr(`warning: ${warning}\n`);
	for (const error of errors) io.stderr(`error: ${error}\n`);
	if (policies.size === 0 && errors.length === 0) io.stderr("error: no workload with a policy\n");
	if (errors.length > 0 || policies.size === 0) return 1;
	const text = inManifest(path, () => {
		const made = withPolicies(before ?? emptyManifest, policies);
		if (!parsed.isSet("reference-values")) return made;
		const values = parsed.string("reference-values");
		return inManifest(values, () => withReferenceValues(made, decodeUtf8(namedFile(io, values))));
	});
	if (!hasReferenceValues(text))
		io.stderr(`warning: ${path}: no reference values: nothing can be attested with it (--reference-values FILE)\n`);
	replaceFile(io, path, text);
	io.stdout(`${path}: ${policies.size} ${policies.size === 1 ? "policy" : "policies"}\n`);
	return 0;
}

async function verify(parsed: ParsedFlags, paths: readonly string[], io: CliIo): Promise<number> {
	if (parsed.isSet("reference-values")) throw new CommandError("--reference-values is for create", 1);
	if (paths.length === 0 && !parsed.isSet("report")) throw new CommandError("files with workloads are wanted", 1);
	const path = parsed.string("manifest");
	const policies = inManifest(path, () => manifestPolicies(decodeUtf8(namedFile(io, path))));
	const workloads = workloadsFrom(io, paths);
	const report = parsed.isSet("report") ? matchReport(io, parsed.string("report"), workloads, policies) : undefined;
	const findings = paths.length === 0 ? [] : verifyPolicies(workloads, policies);
	const ok = isVerified(findings) && report?.ok !== false;
	const changes = await policyChanges(findings, workloadsFrom(io, parsed.list("old")));
	if (parsed.string("format") === "json")
		io.stdout(`${JSON.stringify(jsonOf(findings, changes, report, ok), null, 2)}\n`);
	else print(io, findings, report, ok, paths.includes("-"));
	if (parsed.string("format") !== "json")
		for (const [f, text] of changes) io.stdout(`${findingTitle(f)}, its policy: ${text}\n`);
	return ok ? 0 : 1;
}

interface ReportMatch {
	readonly report: TeeReport;
	readonly ok: boolean;
	/** Names of the manifest's entries and of the workloads that the report is of. */
	readonly matches: readonly string[];
}

/** With files, the report is of one of the manifest's policies that is also one of the files'. */
function matchReport(io: CliIo, path: string, workloads: readonly Workload[], policies: ManifestPolicies): ReportMatch {
	const report = readTeeReport(namedFile(io, path));
	if (report === undefined) throw new CommandError(`${path}: neither an SNP report nor a TDX quote`, 2);
	const wanted = toHex(report.value);
	const isValue = (digest: string): boolean => toHex(teeValue(Buffer.from(digest, "hex"), report.tee)) === wanted;
	const entries = [...policies]
		.filter(([digest]) => isValue(digest))
		.map(([, e]) => `${entryTitle(e)} in the manifest`);
	const found = workloads.filter((w) => w.digest !== undefined && isValue(w.digest));
	const ok = entries.length > 0 && (workloads.length === 0 || found.length > 0);
	return { report, ok, matches: [...entries, ...found.map((w) => `${workloadTitle(w)} in ${w.file}`)] };
}

function print(
	io: CliIo,
	findings: readonly Finding[],
	match: ReportMatch | undefined,
	ok: boolean,
	live: boolean,
): void {
	if (match !== undefined) {
		const { report, matches } = match;
		io.stdout(`${report.kind}: ${report.field} ${toHex(report.value)}\n`);
		io.stdout(
			matches.length === 0 ? "  of no policy of the manifest\n" : matches.map((m) => `  is of ${m}\n`).join(""),
		);
		if (report.debug)
			io.stdout("It is of a guest that may be debugged: its host can read and change it, whatever it says.\n");
		io.stdout("Its signature is not verified: what it says counts only if it is known to be the TEE's.\n");
	}
	if (findings.length > 0) {
		const rows = findings.map((f) => [f.status, findingTitle(f), f.digest?.slice(0, 16) ?? "-", f.detail]);
		io.stdout(formatTable(["status", "workload", "digest", "detail"], rows));
		const told = live ? "as far as the API server tells the truth" : "as files say it";
		io.stdout(
			`${ok ? "Workloads and manifest agree" : "Workloads and manifest differ"}, ${told}; only attestation proves what runs.\n`,
		);
	}
}

/** Comparing takes seconds. */
const mostCompared = 10;

/** What changed in the policies whose digest did, where the old one is at hand. */
async function policyChanges(
	findings: readonly Finding[],
	old: readonly Workload[],
): Promise<ReadonlyMap<Finding, string>> {
	const out = new Map<Finding, string>();
	const known = new Map<string, string>();
	for (const finding of findings) {
		const { wanted, workload } = finding;
		const before = old.find((w) => w.digest !== undefined && w.digest === wanted)?.policy;
		const after = workload?.policy;
		if (before === undefined || after === undefined || known.size >= mostCompared) continue;
		// Replicas of one workload have one policy.
		const key = `${wanted} ${finding.digest}`;
		const text = known.get(key) ?? (await comparedPolicies(before, after));
		known.set(key, text);
		out.set(finding, text);
	}
	return out;
}

async function comparedPolicies(before: string, after: string): Promise<string> {
	if (before === after) return "the same; what else is in the initdata changed";
	const { comparePolicies } = await import("./agent-policy-diff.ts");
	return comparePolicies(before, after);
}

function jsonOf(
	findings: readonly Finding[],
	changes: ReadonlyMap<Finding, string>,
	match: ReportMatch | undefined,
	ok: boolean,
): object {
	return {
		ok,
		report:
			match === undefined
				? undefined
				: {
						kind: match.report.kind,
						field: match.report.field,
						value: toHex(match.report.value),
						matches: match.matches,
						debug: match.report.debug,
						signatureVerified: false,
					},
		findings: findings.map((finding) => ({
			status: finding.status,
			digest: finding.digest,
			wanted: finding.wanted,
			detail: finding.detail,
			policyChanges: changes.get(finding),
			workload: shownWorkload(finding.workload),
		})),
	};
}

function shownWorkload(w: Workload | undefined): object | undefined {
	if (w === undefined) return undefined;
	return { file: w.file, kind: w.kind, namespace: w.namespace, name: w.name, owner: w.owner };
}

function existing(io: CliIo, path: string): string | undefined {
	try {
		return readFileSync(resolve(io.cwd, path), "utf8");
	} catch (e) {
		if (codeOf(e) === "ENOENT") return undefined;
		throw new CommandError(messageOf(e), 2);
	}
}

/** Errors of a file's content, with its name. */
function inManifest<T>(path: string, work: () => T): T {
	try {
		return work();
	} catch (e) {
		if (e instanceof ManifestError) throw new CommandError(`${path}: ${e.message}`, 2);
		throw e;
	}
}

export const manifestCommand: AgentSubcommand = { flags, run };
