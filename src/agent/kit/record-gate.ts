/**
 * A gate at work, so that V8 compiles what a gate needs: started with a policy's plan, then with its text, and
 * asked the demo's requests. For scripts/bundle-gate.js, which keeps what was compiled.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Value } from "../../value/value.ts";
import { mallocVariables, nodeFlags } from "../image/overlay.ts";
import { writePlan } from "../policy/write-plan.ts";
import { dial } from "../transport/dial.ts";
import { FakeAgent } from "./fake-agent.ts";
import { ScriptedShim } from "./scripted-shim.ts";

/** `program`: the gate; `demo`: a folder with policy.rego and requests.jsonl. */
export async function recordGate([program = "", demo = ""]: readonly string[]): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "rego-record-"));
	const at = (name: string): string => join(folder, name);
	const agent = new FakeAgent({ record: false });
	await agent.listen(at("agent.sock"));
	for (const name of ["plans", "none"]) mkdirSync(at(name));
	const file = join(demo, "policy.rego");
	const plan = writePlan(file, readFileSync(file, "utf8"), "auto");
	writeFileSync(at(`plans/${plan.name}`), plan.text);
	for (const plans of ["plans", "none"]) {
		const flags = ["--upstream", `unix://${at("agent.sock")}`, "--listen", `unix://${at("gate.sock")}`];
		const policy = ["--policy", file, "--plans", at(plans), "--expect-digest", "off", "--runtime-dir", "none"];
		const argv = [...nodeFlags, program, "agent", "serve", ...flags, ...policy];
		const env = Object.fromEntries(mallocVariables.map((v) => v.split("=")));
		const gate = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"], env });
		const ended = new Promise((resolve) => gate.on("exit", resolve));
		await listening(gate);
		await ask(at("gate.sock"), readFileSync(join(demo, "requests.jsonl"), "utf8"));
		await pause(2500);
		gate.kill("SIGTERM");
		await ended;
	}
	await agent.kill();
	rmSync(folder, { recursive: true });
}

function listening(gate: ChildProcess): Promise<void> {
	return new Promise((resolve, reject) => {
		let log = "";
		gate.stderr?.on("data", (text) => {
			log += String(text);
			if (log.includes('"listening"')) resolve();
		});
		gate.on("exit", () => reject(new Error(log)));
	});
}

async function ask(socket: string, requests: string): Promise<void> {
	const shim = new ScriptedShim(await dial({ kind: "unix", path: socket }));
	await shim.call("Check");
	for (const line of requests.trim().split("\n")) {
		const { request, input }: { readonly request: string; readonly input: Value } = JSON.parse(line);
		if (request !== "SetPolicyRequest") await shim.send(request, input, { timeoutNano: 500_000_000 });
	}
	shim.close();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
