/**
 * What the gate costs: StatsContainer through the gate against a direct connection to the agent, over
 * unix sockets, with a real policy. Agent and gate are processes of their own; the gate's share of the
 * processor comes from the kernel's accounting.
 *
 *     node scripts/run-ts.js bench/gate.ts [REQUESTS]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Enforcer } from "../src/agent/decider/enforcer.ts";
import { workerThreads } from "../src/agent/decider/thread.ts";
import { Gate } from "../src/agent/gate/gate.ts";
import { Metrics } from "../src/agent/gate/metrics.ts";
import { FakeAgent } from "../src/agent/kit/fake-agent.ts";
import { ScriptedShim } from "../src/agent/kit/scripted-shim.ts";
import { dial } from "../src/agent/transport/dial.ts";
import { listen } from "../src/agent/transport/listen.ts";

const containerId = "bd9d8a7145f3d1b1306dac8a6ea24d35010ba5c35122ffe1bd2f0cc1bf77298b";
const minute = 60_000_000_000;

async function runAgent(path: string): Promise<void> {
	await new FakeAgent({ record: false }).listen(path);
}

async function runGate(path: string, agentPath: string, policyFile: string): Promise<void> {
	const policy = await Enforcer.load(
		{ file: policyFile },
		{ digest: "off", startThread: workerThreads(resolve("dist/node/decider.cjs")) },
	);
	const gate = new Gate({ policy, connect: () => dial({ kind: "unix", path: agentPath }), metrics: new Metrics() });
	await listen({ kind: "unix", path }, (socket) => gate.accept(socket));
}

interface Measured {
	readonly p50: number;
	readonly p99: number;
	readonly perSecond: number;
	/** Microseconds of the measured process per request. */
	readonly cpu: number;
}

/** Processor time a process has used, in microseconds. */
function cpuOf(child: ChildProcess): number {
	const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
		.replace(/^.*\) /, "")
		.split(" ");
	return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function measure(path: string, requests: number, measured: ChildProcess): Promise<Measured> {
	const shim = new ScriptedShim(await dial({ kind: "unix", path }));
	const one = (): Promise<unknown> =>
		shim.call("StatsContainer", { container_id: containerId }, { timeoutNano: minute });
	for (let i = 0; i < 3000; i++) await one();
	const times = new Float64Array(requests / 2);
	for (let i = 0; i < times.length; i++) {
		const started = performance.now();
		await one();
		times[i] = (performance.now() - started) * 1000;
	}
	times.sort();
	const cpuBefore = cpuOf(measured);
	const started = performance.now();
	let left = requests;
	await Promise.all(
		Array.from({ length: 64 }, async () => {
			while (left-- > 0) await one();
		}),
	);
	const seconds = (performance.now() - started) / 1000;
	const cpu = (cpuOf(measured) - cpuBefore) / requests;
	shim.close();
	const at = (q: number): number => times[Math.floor(times.length * q)] ?? Number.NaN;
	return { p50: at(0.5), p99: at(0.99), perSecond: requests / seconds, cpu };
}

async function compare(requests: number): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "rego-bench-"));
	const agentPath = join(folder, "agent.sock");
	const gatePath = join(folder, "gate.sock");
	const recorded = resolve("../shared/kata/web/policy.rego");
	let policyFile = recorded;
	if (!existsSync(recorded)) {
		policyFile = join(folder, "policy.rego");
		writeFileSync(policyFile, "package agent_policy\n\ndefault StatsContainerRequest := true\n");
	}
	const start = async (path: string, ...args: readonly string[]): Promise<ChildProcess> => {
		const child = spawn(process.execPath, [process.argv[1] as string, ...args], { stdio: "inherit" });
		while (!existsSync(path)) await new Promise((r) => setTimeout(r, 20));
		return child;
	};
	const agent = await start(agentPath, "--agent", agentPath);
	const gate = await start(gatePath, "--gate", gatePath, agentPath, policyFile);
	try {
		const pinned = spawnSync("taskset", ["-cp", "0", String(gate.pid)]).status === 0;
		// The first round warms all three processes up.
		await measure(gatePath, 20_000, gate);
		const direct = await measure(agentPath, requests, agent);
		const through = await measure(gatePath, requests, gate);
		const row = (name: string, m: Measured): string =>
			`${name.padEnd(10)}${m.p50.toFixed(1).padStart(10)}${m.p99.toFixed(1).padStart(10)}${m.perSecond.toFixed(0).padStart(12)}${m.cpu.toFixed(1).padStart(14)}`;
		console.log(
			`StatsContainer over unix sockets, ${policyFile === recorded ? "policy of the web scenario" : "a one-rule policy"}`,
		);
		console.log("               p50 µs    p99 µs  requests/s  server µs/req");
		console.log(row("direct", direct));
		console.log(row("gate", through));
		console.log(`added at p50: ${(through.p50 - direct.p50).toFixed(1)} µs (wanted: at most 150)`);
		console.log(
			`one core of gate: ${(1e6 / through.cpu).toFixed(0)} requests/s (wanted: at least 10000)${pinned ? ", gate pinned to one core" : ""}`,
		);
		if (through.p50 - direct.p50 > 150 || 1e6 / through.cpu < 10_000) process.exitCode = 1;
	} finally {
		gate.kill("SIGKILL");
		agent.kill("SIGKILL");
		rmSync(folder, { recursive: true });
	}
}

const [role, ...args] = process.argv.slice(2);
if (role === "--agent") await runAgent(args[0] as string);
else if (role === "--gate") await runGate(args[0] as string, args[1] as string, args[2] as string);
else await compare(Number(role ?? 40_000));
