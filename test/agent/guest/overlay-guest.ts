/**
 * Runs in the guests that boot an image's overlay: a stand-in for the agent, and the shim's part of the test. The
 * shim asks over vsock (or at GATE_ADDRESS), sets a policy, kills the gate, and watches what becomes of a request
 * that was denied. AGENT_FOLDER is where the agent's socket is.
 */
import { readdirSync, readFileSync, statSync, writeSync } from "node:fs";
import { FakeAgent } from "../../../src/agent/kit/fake-agent.ts";
import { ScriptedShim } from "../../../src/agent/kit/scripted-shim.ts";
import { type Address, parseAddress } from "../../../src/agent/transport/address.ts";
import { dial } from "../../../src/agent/transport/dial.ts";

const say = (line: string): void => void writeSync(1, `GUEST ${line}\n`);

export async function runAgent(): Promise<void> {
	const address = process.env["KATA_AGENT_SERVER_ADDR"] ?? "";
	await new FakeAgent({ record: false }).listen(address.replace("unix://", ""));
	say(`agent at ${address}`);
}

function check(name: string, good: boolean, more = ""): void {
	say(`${good ? "ok" : "FAIL"} ${name}${good ? "" : ` ${more}`}`);
}

/** A process by a part of its command line. */
function processOf(part: string): number | undefined {
	for (const pid of readdirSync("/proc")) {
		if (!/^\d+$/.test(pid)) continue;
		try {
			if (readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").includes(part)) return Number(pid);
		} catch {
			// It has ended.
		}
	}
	return undefined;
}

const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));

const gateAddress = (): Address => parseAddress(process.env["GATE_ADDRESS"] ?? "vsock://1:1024");

async function connect(): Promise<ScriptedShim> {
	for (let i = 0; ; i++) {
		try {
			return new ScriptedShim(await dial(gateAddress()));
		} catch (e) {
			if (i > 300) throw e;
			await pause(100);
		}
	}
}

export async function runShim(): Promise<void> {
	try {
		const shim = await connect();
		// One question, as a shim asks it, while the agent is not there yet.
		const health = await shim.call("Check", {}, { timeoutNano: 120e9 });
		check("the first health check is answered", health["status"] === 1);
		check("the policy it began with is in force", (await shim.send("StatsContainerRequest", {})).ok);
		const denied = await shim.send("ResumeContainerRequest", {});
		check("what it does not allow is denied", !denied.ok, "allowed");
		const folder = process.env["AGENT_FOLDER"] ?? "/run/kata-containers-private";
		check("the agent's folder is root's alone", (statSync(folder).mode & 0o777) === 0o700);
		const text = "package agent_policy\n\nStatsContainerRequest := true\n";
		check("SetPolicy", (await shim.send("SetPolicyRequest", { policy: text })).ok);
		check("the new policy denies", !(await shim.send("PauseContainerRequest", {})).ok, "allowed");
		const gate = processOf("agent serve");
		const score = readFileSync(`/proc/${gate}/oom_score_adj`, "latin1").trim();
		check("the kernel spares the gate", score === "-997", score);
		const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gate}/status`, "latin1"))?.[1];
		say(`the gate takes ${(Number(rss) / 1024).toFixed(0)} MiB`);
		process.kill(gate as number, "SIGKILL");
		say("killed");
	} catch (e) {
		say(`FAIL ${e instanceof Error ? e.message : String(e)}`);
	}
	// The guest should be gone. While it is not, nothing may be allowed.
	for (;;) {
		try {
			const shim = new ScriptedShim(await dial(gateAddress()));
			const r = await shim.send("PauseContainerRequest", {}, { timeoutNano: 5e9 });
			if (r.ok) say("FAIL what was denied is allowed after the gate's death");
			shim.close();
		} catch {
			// Nobody listens.
		}
		await pause(200);
	}
}
