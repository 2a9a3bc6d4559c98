/** A gate between a fake agent and scripted shims, on unix sockets in a folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Enforcer, type EnforcerOptions } from "../../src/agent/decider/enforcer.ts";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { DeciderStart } from "../../src/agent/decider/messages.ts";
import { Gate, type GateOptions } from "../../src/agent/gate/gate.ts";
import { type Gauges, Metrics } from "../../src/agent/gate/metrics.ts";
import { FakeAgent, type FakeAgentOptions } from "../../src/agent/kit/fake-agent.ts";
import { ScriptedShim } from "../../src/agent/kit/scripted-shim.ts";
import { policyRequests } from "../../src/agent/protocol/protocol.ts";
import { dial } from "../../src/agent/transport/dial.ts";
import { listen } from "../../src/agent/transport/listen.ts";

export interface Stage {
	readonly agent: FakeAgent;
	readonly policy: Enforcer;
	readonly gate: Gate;
	readonly metrics: Metrics;
	readonly folder: string;
	readonly gatePath: string;
	readonly agentPath: string;
	/** A new client. */
	shim(): Promise<ScriptedShim>;
	close(): Promise<void>;
}

export interface StageOptions {
	readonly policy: string;
	readonly agent?: FakeAgentOptions;
	readonly gate?: Partial<GateOptions>;
	readonly options?: Partial<EnforcerOptions>;
}

export async function startStage(o: StageOptions): Promise<Stage> {
	const folder = mkdtempSync(join(tmpdir(), "rego-agent-"));
	const agentPath = join(folder, "agent.sock");
	const gatePath = join(folder, "gate.sock");
	const agent = new FakeAgent(o.agent);
	await agent.listen(agentPath);
	const policy = await Enforcer.load({ text: o.policy }, { digest: "off", startThread: localThread, ...o.options });
	const metrics = new Metrics();
	const gate = new Gate({ policy, connect: () => dial({ kind: "unix", path: agentPath }), metrics, ...o.gate });
	const listener = await listen({ kind: "unix", path: gatePath }, (socket) => gate.accept(socket));
	const shims: ScriptedShim[] = [];
	return {
		agent,
		policy,
		gate,
		metrics,
		folder,
		gatePath,
		agentPath,
		shim: async () => {
			const shim = new ScriptedShim(await dial({ kind: "unix", path: gatePath }));
			shims.push(shim);
			return shim;
		},
		close: async () => {
			for (const s of shims) s.close();
			const closed = listener.close();
			await gate.close(0);
			await closed;
			policy.close();
			await agent.kill();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

/** What a decider begins with: this policy, and nothing out of the ordinary. */
export function deciderStart(name: string, text: string): DeciderStart {
	return {
		name,
		text,
		denyMessage: "",
		regoVersion: "auto",
		state: undefined,
		limits: undefined,
		unknownFields: "reject",
		logRequests: false,
		progress: new SharedArrayBuffer(4),
	};
}

/** What is measured of a gate that has nothing to do. */
export const idle: Gauges = {
	connections: 0,
	calls: 0,
	policyDigest: "",
	allowsFailing: false,
	logLinesLost: 0,
	held: 0,
	waiting: 0,
	restarts: 0,
};

/** A policy that allows every request. */
export const allowAll: string = `package agent_policy\n\n${policyRequests.map((r) => `${r.name} := true\n`).join("")}`;

/** A policy with rules of its own for some requests, every other denied. */
export function policyOf(rules: string): string {
	return `package agent_policy\n\n${rules}\n`;
}

export async function eventually(what: () => boolean, ms = 250_000): Promise<void> {
	const end = performance.now() + ms;
	while (!what()) {
		if (performance.now() > end) throw new Error("it did not happen in time");
		await new Promise((r) => setTimeout(r, 2));
	}
}
