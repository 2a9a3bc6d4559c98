/**
 * The engines measured, each a child process behind a line protocol: it reads a workload's file, says
 * `{"ready":true,"version":…}`, and answers a line to each command. All times are in nanoseconds.
 *
 *   run N     mean of N decisions on parsed input, per case
 *   each N    median and 99th percentile of N decisions timed one by one, per case
 *   text N    as run, from the input's JSON text
 *   fresh N   mean of N decisions, each on an input whose ids nobody has seen before
 *   load N    N times from the policy's text to its first decision
 *
 * The answer names the cases whose decision was wrong. What is not built or does not work is reported,
 * never guessed.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Workload, withoutPrints, workloadJson } from "./workloads/workload.ts";

export interface Pass {
	readonly ns: readonly number[];
	readonly p99?: readonly number[];
	readonly wrong: readonly number[];
}

export type Command = "run" | "each" | "text" | "fresh" | "load";

export interface EngineSpec {
	readonly name: string;
	/** Program and arguments before the workload's file. */
	readonly command: readonly [string, ...string[]];
	/** Whether it gets the policy without prints. */
	readonly plain: boolean;
	/** What it cannot do by design. */
	readonly without?: readonly Command[];
}

export const peersDir = "bench/peers/bin";
const nodePeer = "dist/dev/bench-peer.js";
const node = (engine: string): [string, ...string[]] => [process.execPath, nodePeer, engine];

export const engineSpecs: readonly EngineSpec[] = [
	{ name: "regoplan", command: node("regoplan"), plain: false },
	{ name: "closures", command: node("closures"), plain: false },
	{ name: "aot", command: node("aot"), plain: false, without: ["load"] },
	{ name: "hand-written", command: node("handwritten"), plain: true, without: ["load"] },
	{ name: "regorus (kata)", command: [`${peersDir}/regorus-peer`, "kata"], plain: false },
	{ name: "regorus (best)", command: [`${peersDir}/regorus-peer`, "best"], plain: true },
	{ name: "opa", command: [`${peersDir}/opa-peer`], plain: true },
	{ name: "opa-wasm", command: node("opa-wasm"), plain: true, without: ["load"] },
];

/** Why an engine cannot be measured at all; undefined where it can. */
export function missing(spec: EngineSpec): string | undefined {
	const [program] = spec.command;
	if (!existsSync(program)) return `${program} is not built (npm run bench:peers)`;
	if (spec.name !== "opa-wasm") return undefined;
	if (!existsSync("node_modules/@open-policy-agent/opa-wasm")) return "npm package not installed";
	return existsSync(`${peersDir}/opa-peer`) ? undefined : "needs opa-peer to compile policies";
}

export class Engine {
	readonly name: string;
	readonly version: string;
	readonly #child: ChildProcessWithoutNullStreams;
	readonly #lines: AsyncIterator<string>;
	readonly #dir: string;
	readonly #complaint: () => string;

	constructor(
		name: string,
		version: string,
		child: ChildProcessWithoutNullStreams,
		lines: AsyncIterator<string>,
		dir: string,
		complaint: () => string,
	) {
		this.name = name;
		this.version = version;
		this.#child = child;
		this.#lines = lines;
		this.#dir = dir;
		this.#complaint = complaint;
	}

	async ask(command: Command, n: number): Promise<Pass> {
		this.#child.stdin.write(`${command} ${n}\n`);
		return JSON.parse(await nextLine(this.#lines, 120_000, this.#complaint)) as Pass;
	}

	close(): void {
		this.#child.kill("SIGKILL");
		rmSync(this.#dir, { recursive: true, force: true });
	}
}

/** Starts an engine on a workload. Throws where it cannot load it within the time. */
export async function start(spec: EngineSpec, workload: Workload, loadMs: number): Promise<Engine> {
	const dir = mkdtempSync(join(tmpdir(), "regoplan-bench-"));
	const file = join(dir, "workload.json");
	writeFileSync(file, workloadJson(spec.plain ? withoutPrints(workload) : workload));
	let complaint = "";
	if (spec.name === "opa-wasm") {
		const wasm = join(dir, "workload.wasm");
		const made = spawnSync(`${peersDir}/opa-peer`, ["wasm", file, wasm], { timeout: loadMs });
		if (made.status !== 0) {
			rmSync(dir, { recursive: true });
			throw new Error(made.status === null ? "compiling takes too long" : made.stderr.toString().trim());
		}
	}
	const [program, ...args] = spec.command;
	const child = spawn(program, [...args, file]);
	child.stdin.on("error", () => {});
	child.stderr.on("data", (d: Buffer) => {
		if (complaint.length < 4000) complaint += d.toString();
	});
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	try {
		const ready = JSON.parse(await nextLine(lines, loadMs, () => complaint)) as { version: string };
		return new Engine(spec.name, ready.version, child, lines, dir, () => complaint);
	} catch (e) {
		child.kill("SIGKILL");
		rmSync(dir, { recursive: true, force: true });
		throw e;
	}
}

async function nextLine(lines: AsyncIterator<string>, ms: number, complaint: () => string): Promise<string> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
	});
	try {
		const { value, done } = await Promise.race([lines.next(), late]);
		if (done === true) {
			const text = complaint();
			const line = /^\w*Error: .*|^error.*|not implemented.*/m.exec(text)?.[0];
			throw new Error(line ?? text.split("\n").find((l) => l.trim() !== "") ?? "stopped");
		}
		return value as string;
	} finally {
		clearTimeout(timer);
	}
}
