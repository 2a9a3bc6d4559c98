/** Runs of Kata's own generator, recorded beside the project, and ours of the same manifests. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAgentCommand } from "../../src/cli/agent.ts";
import { type CliIo, CommandError } from "../../src/cli/io.ts";
import { sharedFolder } from "../agent/shared.ts";

export const recordings: string | undefined = sharedFolder("genpolicy");

export interface Recording {
	readonly name: string;
	readonly folder: string;
	readonly settings: string;
	readonly args: readonly string[];
	readonly stdin: boolean;
	readonly rc: number;
	/** What was printed, with stand-ins for long texts. */
	readonly stdoutShape: string | undefined;
	/** Of each policy the initdata, with stand-ins. */
	readonly initdata: readonly string[];
	/** `policy_data.0.json`, … */
	readonly policyData: readonly string[];
	/** With `<initdata 0>` for annotations. */
	readonly out: string | undefined;
}

export function recordingsOf(kind: "cases" | "workloads"): readonly Recording[] {
	if (recordings === undefined) return [];
	const folder = join(recordings, kind);
	return readdirSync(folder).map((name) => readRecording(join(folder, name), name));
}

function readRecording(folder: string, name: string): Recording {
	const run = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
	const files = readdirSync(folder);
	const data = files.filter((f) => /^policy_data\.\d+\.json$/.test(f)).sort();
	const out = join(folder, "out.yaml");
	return {
		name,
		folder,
		settings: run.settings ?? "noncoco",
		args: run.args ?? ["-y", "in.yaml", "-j", "settings"],
		stdin: run.stdin === true,
		rc: run.rc,
		stdoutShape: run.stdoutShape,
		initdata: Array.isArray(run.policies) ? run.policies.map((p: { initdata: string }) => p.initdata) : [],
		policyData: data.map((f) => readFileSync(join(folder, f), "utf8")),
		out: existsSync(out) ? readFileSync(out, "utf8") : undefined,
	};
}

export interface Ran {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
	/** in.yaml afterwards. */
	readonly file: string;
}

/** Runs our command on a copy of a recording. */
export async function runRecording({ folder, settings, args, stdin }: Recording): Promise<Ran> {
	if (recordings === undefined) throw new Error("there are no recordings");
	const cwd = mkdtempSync(join(tmpdir(), "genpolicy-"));
	try {
		cpSync(folder, cwd, { recursive: true });
		cpSync(join(recordings, "settings", settings), join(cwd, "settings"), { recursive: true });
		cpSync(join(recordings, "rules.rego"), join(cwd, "rules.rego"));
		const input = readFileSync(join(cwd, "in.yaml"));
		const ran = await genpolicy(
			[...args, "--images", join(recordings, "images"), "--offline"],
			cwd,
			stdin ? input : undefined,
		);
		return { ...ran, file: readFileSync(join(cwd, "in.yaml"), "utf8") };
	} finally {
		rmSync(cwd, { recursive: true });
	}
}

export async function genpolicy(
	args: readonly string[],
	cwd: string,
	stdin: Uint8Array = new Uint8Array(0),
): Promise<Omit<Ran, "file">> {
	let stdout = "";
	let stderr = "";
	const io: CliIo = {
		stdout: (t) => (stdout += t),
		stderr: (t) => (stderr += t),
		stdin: () => stdin,
		cwd,
		env: {},
	};
	try {
		return { code: await runAgentCommand(["genpolicy", ...args], io), stdout, stderr };
	} catch (e) {
		if (!(e instanceof CommandError)) throw e;
		return { code: e.exitCode, stdout, stderr: `${stderr}${e.message}\n` };
	}
}
