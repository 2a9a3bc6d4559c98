/**
 * The gate as it is shipped, in a process of its own, with an agent and clients around it: what the
 * attacks of this folder are made on.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeAgent, type FakeAgentOptions } from "../../../src/agent/kit/fake-agent.ts";
import { ScriptedShim } from "../../../src/agent/kit/scripted-shim.ts";
import { dial } from "../../../src/agent/transport/dial.ts";
import { eventually } from "../harness.ts";

const root = join(import.meta.dirname, "../../..");

/** What goes into a guest image; made once for a folder of tests. */
export function bundle(): string {
	const folder = mkdtempSync(join(tmpdir(), "rego-hostile-"));
	execFileSync(process.execPath, ["scripts/bundle-gate.js", folder], { cwd: root });
	return join(folder, "rego.cjs");
}

export interface GateProcess {
	readonly agent: FakeAgent;
	readonly folder: string;
	readonly child: ChildProcess;
	/** What it wrote to stderr. */
	log(): string;
	shim(): Promise<ScriptedShim>;
	/** Bytes of memory it has now. */
	rss(): number;
	alive(): boolean;
	/** Kill it and start it again, as a supervisor would. */
	restart(): Promise<void>;
	stop(): Promise<void>;
}

export interface GateProcessOptions {
	readonly policy: string;
	readonly agent?: FakeAgentOptions;
	readonly args?: readonly string[];
	/** Nobody reads its stderr. */
	readonly unread?: boolean;
	/** Do not wait until it listens. */
	readonly early?: boolean;
	readonly withoutAgent?: boolean;
	/** Most descriptors that the process may have. */
	readonly descriptors?: number;
}

export async function startGate(file: string, o: GateProcessOptions): Promise<GateProcess> {
	const folder = mkdtempSync(join(tmpdir(), "rego-hostile-"));
	const path = (name: string): string => join(folder, name);
	const agent = new FakeAgent({ record: false, ...o.agent });
	if (o.withoutAgent !== true) await agent.listen(path("agent.sock"));
	writeFileSync(path("policy.rego"), o.policy);
	const argv = [
		"agent",
		"serve",
		"--upstream",
		`unix://${path("agent.sock")}`,
		"--listen",
		`unix://${path("gate.sock")}`,
	];
	const flags = ["--policy", path("policy.rego"), "--expect-digest", "off", "--runtime-dir", path("run")];
	const shims: ScriptedShim[] = [];
	let log = "";
	let child: ChildProcess;
	const start = async (): Promise<void> => {
		const all = [file, ...argv, ...flags, ...(o.args ?? [])];
		const limited = o.descriptors === undefined ? [] : ["sh", "-c", `ulimit -n ${o.descriptors}; exec "$@"`, "sh"];
		const [program = process.execPath, ...argvOfAll] = [...limited, process.execPath, ...all];
		child = spawn(program, argvOfAll, { stdio: ["ignore", "ignore", "pipe"] });
		const own = child;
		let said = "";
		const listening = new Promise<void>((resolve) => {
			child.stderr?.on("data", (d: Buffer) => {
				log += d.toString();
				said += d.toString();
				if (!said.includes('"listening"')) return;
				if (o.unread === true) own.stderr?.pause();
				resolve();
			});
			child.on("exit", () => resolve());
		});
		if (o.early !== true) await listening;
		if (child.exitCode !== null) throw new Error(log);
	};
	await start();
	const kill = async (): Promise<void> => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		const gone = new Promise((r) => child.on("exit", r));
		child.kill("SIGKILL");
		await gone;
	};
	return {
		agent,
		folder,
		get child() {
			return child;
		},
		log: () => log,
		shim: async () => {
			const shim = new ScriptedShim(await dial({ kind: "unix", path: path("gate.sock") }));
			shims.push(shim);
			return shim;
		},
		rss: () => {
			const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
			return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
		},
		alive: () => child.exitCode === null && child.signalCode === null,
		restart: async () => {
			await kill();
			await start();
		},
		stop: async () => {
			for (const s of shims) s.close();
			await kill();
			await agent.kill();
			await eventually(() => true);
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
