/**
 * `rego agent digest`: what a TEE's report must say for a policy to be accepted. Of a policy or initdata one digest; of
 * manifests one for each workload, with all that Contrast and others know it by.
 */
import { annotationLimit } from "../agent/manifests/names.ts";
import { type Workload, workloadTitle } from "../agent/manifests/workloads.ts";
import { policyDigest, type Tee, teeValue, toHex } from "../agent/policy/digest.ts";
import type { Initdata } from "../agent/policy/initdata.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";
import { readPolicySource } from "../agent/policy/source.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { type InputFile, inputFiles, workloadsIn } from "./agent-inputs.ts";
import { policySourceIn } from "./agent-policy-file.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

const flags: readonly FlagSpec[] = [
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], doc: "output format", default: "pretty" },
];

/** What is known of one policy; the same for files and workloads. */
interface Row {
	readonly file: string;
	readonly workload: Workload | undefined;
	readonly policy: string | undefined;
	readonly initdata: Initdata | undefined;
	readonly problem: string | undefined;
}

/** The fields of reports, and their names. */
const fields: readonly (readonly [name: string, tee: Exclude<Tee, "none">, title: string])[] = [
	["snpHostData", "snp", "SNP HOSTDATA"],
	["tdxMrConfigId", "tdx", "TDX MRCONFIGID"],
	["ccaRpv", "cca", "CCA RPV"],
	["seUserData", "se", "SE"],
];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	if (parsed.args.length === 0) throw new CommandError("a file is wanted, with a policy or with workloads", 1);
	const files = inputFiles(io, parsed.args);
	const rows = files.flatMap((file) => rowsOf(file, files.length === 1));
	if (rows.length === 0) throw new CommandError(`no policy in ${files.length} files`, 2);
	const json = parsed.string("format") === "json";
	if (json) io.stdout(`${JSON.stringify(rows.map(jsonOf), null, 2)}\n`);
	else io.stdout(rows.map((row) => prettyOf(row, rows.length === 1)).join("\n"));
	for (const row of rows) {
		if (row.problem !== undefined && !json) io.stderr(`${titleOf(row)}: ${row.problem}\n`);
	}
	return rows.some((row) => row.problem !== undefined) ? 2 : 0;
}

/** A manifest without workloads of interest is nothing among others; by itself it is looked through. */
function rowsOf(file: InputFile, only: boolean): readonly Row[] {
	if (!isManifest(file)) return [policyRow(file)];
	const rows = workloadsIn(file).filter((w) => w.digest !== undefined || w.problem !== undefined || w.contrast);
	// Objects of other kinds may carry the annotation, too.
	if (rows.length === 0 && only) return [policyRow(file)];
	return rows.map((w) => {
		const problem = w.problem ?? (w.digest === undefined ? "it has no policy: run rego agent genpolicy" : undefined);
		return { file: w.file, workload: w, policy: w.policy, initdata: w.initdata, problem };
	});
}

function isManifest({ name, bytes }: InputFile): boolean {
	if (name !== "-") return /\.(?:ya?ml|json)$/i.test(name);
	const head = Buffer.from(bytes.subarray(0, 64 << 10)).toString("latin1");
	return /^[^\S\n]*\{|^(?:apiVersion|kind):/m.test(head) && !/^package\s/m.test(head);
}

function policyRow({ name, bytes }: InputFile): Row {
	try {
		const { text, initdata } = readPolicySource(policySourceIn(bytes, name));
		return { file: name, workload: undefined, policy: text, initdata, problem: undefined };
	} catch (e) {
		if (e instanceof PolicyLoadError) throw new CommandError(`${name}: ${e.message}`, 2);
		throw e;
	}
}

function titleOf({ file, workload }: Row): string {
	return workload === undefined ? file : `${file}: ${workloadTitle(workload)}`;
}

function prettyOf(row: Row, single: boolean): string {
	const { workload, policy, initdata } = row;
	const lines: string[] = single && workload === undefined ? [] : [titleOf(row)];
	const line = (title: string, value: string): void => {
		lines.push(`${title.padEnd(19)}${value}`);
	};
	if (workload !== undefined) {
		if (workload.runtimeClass !== undefined) line("runtime class", workload.runtimeClass);
		if (workload.role !== undefined) line("role", workload.role);
		line("workload secret id", workload.secretId);
	}
	if (policy !== undefined) line("policy (sha256)", toHex(policyDigest(policy)));
	if (initdata !== undefined) {
		const { algorithm, digest } = initdata;
		line(`initdata (${algorithm})`, toHex(digest));
		for (const [, tee, title] of fields) line(`  ${title}`, shown(teeValue(digest, tee)));
		line("data", [...initdata.data.keys()].map((name) => JSON.stringify(name)).join(", "));
	}
	if (workload !== undefined && workload.annotationBytes > 0) {
		const over = workload.annotationBytes > annotationLimit ? ": more than Kubernetes takes" : "";
		line("annotations", `${workload.annotationBytes} of ${annotationLimit} bytes${over}`);
	}
	return lines.map((l) => `${l.trimEnd()}\n`).join("");
}

/** The long fields are nearly all zeros. */
function shown(value: Uint8Array): string {
	const hex = toHex(value);
	const zeros = value.length > 48 ? (/(?:00)*$/.exec(hex)?.[0].length ?? 0) / 2 : 0;
	return zeros < 8 ? hex : `${hex.slice(0, hex.length - 2 * zeros)} and ${zeros} bytes of zeros`;
}

function jsonOf({ file, workload, policy, initdata, problem }: Row): object {
	return {
		file,
		kind: workload?.kind,
		namespace: workload?.namespace,
		name: workload?.name,
		owner: workload?.owner,
		runtimeClass: workload?.runtimeClass,
		role: workload?.role,
		workloadSecretId: workload?.secretId,
		algorithm: initdata?.algorithm,
		digest: workload?.digest ?? (initdata === undefined ? undefined : toHex(initdata.digest)),
		...Object.fromEntries(
			initdata === undefined ? [] : fields.map(([name, tee]) => [name, toHex(teeValue(initdata.digest, tee))]),
		),
		policySha256: policy === undefined ? undefined : toHex(policyDigest(policy)),
		data: initdata === undefined ? undefined : [...initdata.data.keys()],
		annotationBytes: workload?.annotationBytes,
		annotationLimit: workload === undefined ? undefined : annotationLimit,
		problem,
	};
}

export const digestCommand: AgentSubcommand = { flags, run };
