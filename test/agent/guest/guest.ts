/**
 * Runs inside the test guest: a fake agent on a unix socket, `rego agent serve` on vsock port 1024,
 * and a shim that reaches it through AF_VSOCK's loopback. Three ways to the listening socket: made by
 * the daemon, inherited by number, inherited as systemd hands it over. Prints lines with `GUEST`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { FakeAgent } from "../../../src/agent/kit/fake-agent.ts";
import { methodOf, ScriptedShim } from "../../../src/agent/kit/scripted-shim.ts";
import { anyCid } from "../../../src/agent/transport/address.ts";
import { dial } from "../../../src/agent/transport/dial.ts";
import { vsockListener } from "../../../src/agent/transport/vsock-socket.ts";
import { Code } from "../../../src/agent/ttrpc/status.ts";
import { parseJson } from "../../../src/value/json.ts";
import type { Value } from "../../../src/value/value.ts";

const port = 1024;
/** The guest's own CID on the loopback transport. */
const local = 1;
let passed = 0;
let failed = 0;

function say(line: string): void {
	process.stdout.write(`GUEST ${line}\n`);
}

async function check(name: string, body: () => Promise<string | undefined>): Promise<void> {
	try {
		const note = await body();
		passed++;
		say(`ok ${name}${note === undefined ? "" : `: ${note}`}`);
	} catch (e) {
		failed++;
		say(`FAIL ${name}: ${e instanceof Error ? e.message : String(e)}`);
	}
}

function wanted(got: unknown, want: unknown): void {
	if (JSON.stringify(got) !== JSON.stringify(want))
		throw new Error(`wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
}

interface Scenario {
	readonly policy: string;
	readonly flags: readonly string[];
	readonly requests: readonly (readonly [string, Value])[];
	readonly wanted: readonly boolean[];
}

/** The recorded web scenario, or requests of our own where it was not packed. */
function scenario(): Scenario {
	if (existsSync("/scenario/policy.rego")) {
		const lines = readFileSync("/scenario/requests.jsonl", "utf8").trim().split("\n");
		return {
			policy: "/scenario/policy.rego",
			flags: ["--v0-compatible"],
			requests: lines.map((l) => parseJson(l) as [string, Value]),
			wanted: JSON.parse(readFileSync("/scenario/outputs.json", "utf8")) as boolean[],
		};
	}
	writeFileSync("/run/policy.rego", 'package agent_policy\nStartContainerRequest if input.container_id == "a"\n');
	const requests: readonly (readonly [string, Value])[] = [
		["StartContainerRequest", { container_id: "a" }],
		["StartContainerRequest", { container_id: "b" }],
	];
	return { policy: "/run/policy.rego", flags: [], requests, wanted: [true, false] };
}

const agentPath = "/run/agent.sock";
const agent = new FakeAgent({ record: false });
const s = scenario();

async function serve(listen: string, fd: number | undefined, systemd: boolean): Promise<ChildProcess> {
	const flags = ["agent", "serve", "--listen", listen, "--upstream", `unix://${agentPath}`, "--policy", s.policy];
	const command = ["/bin/node", "/app/rego.cjs", ...flags, "--expect-digest", "off", ...s.flags];
	const shell = `LISTEN_PID=$$ LISTEN_FDS=1 exec ${command.join(" ")}`;
	const [program = "", ...args] = systemd ? ["/bin/sh", "-c", shell] : command;
	const child = spawn(program, args, {
		stdio: fd === undefined ? ["ignore", "inherit", "pipe"] : ["ignore", "inherit", "pipe", fd],
	});
	let log = "";
	await new Promise<void>((resolve, reject) => {
		child.stderr?.on("data", (d: Buffer) => {
			log += d.toString();
			if (log.includes('"listening"')) resolve();
		});
		child.on("exit", () => reject(new Error(`the daemon ended: ${log.trim()}`)));
	});
	return child;
}

async function stop(child: ChildProcess): Promise<void> {
	const code = new Promise((r) => child.on("exit", r));
	child.kill("SIGTERM");
	wanted(await code, 0);
}

/** Health, the scenario with its decisions, and a denial. */
async function converse(shim: ScriptedShim): Promise<string> {
	wanted(await shim.call("Check"), { status: 1 });
	let allowed = 0;
	let denied = 0;
	for (const [i, [kind, request]] of s.requests.entries()) {
		const method = methodOf(kind);
		if (method === undefined) continue;
		const { container_id = "", exec_id = "" } = request as { container_id?: string; exec_id?: string };
		if (kind === "WaitProcessRequest") agent.exit(container_id, exec_id, 0);
		if (kind === "ReadStreamRequest") agent.write(container_id, exec_id, Buffer.from("x"));
		const before = agent.count(method.name);
		const answer = shim.send(kind, request);
		if (kind === "GetOOMEventRequest") {
			while (agent.count(method.name) === before) await new Promise((r) => setTimeout(r, 5));
			agent.outOfMemory("c");
		}
		const got = await answer;
		const decision = got.ok || got.error.code !== Code.PERMISSION_DENIED;
		if (decision !== s.wanted[i]) throw new Error(`request ${i} (${kind}): wanted ${s.wanted[i]}, got ${decision}`);
		if (decision) allowed++;
		else denied++;
	}
	const before = agent.count();
	const refused = await shim.send("SetGuestDateTimeRequest", { Sec: 1, Usec: 1 });
	if (refused.ok) throw new Error("a request that must be denied was answered");
	wanted([refused.error.code, agent.count()], [Code.PERMISSION_DENIED, before]);
	return `${allowed} requests allowed, ${denied + 1} denied (${refused.error.message.split("\n")[0]})`;
}

async function shim(): Promise<ScriptedShim> {
	return new ScriptedShim(await dial({ kind: "vsock", cid: local, port }));
}

/** Run every check; the process ends with the verdict. */
export async function runGuest(): Promise<void> {
	await agent.listen(agentPath);
	await check("the daemon makes its own AF_VSOCK socket", async () => {
		const daemon = await serve(`vsock://-1:${port}`, undefined, false);
		const client = await shim();
		const said = await converse(client);
		const rounds = 1000;
		const started = performance.now();
		for (let i = 0; i < rounds; i++) await client.call("Check");
		const each = ((performance.now() - started) / rounds).toFixed(2);
		const big = await client.send("WriteStreamRequest", { data: [] });
		if (!big.ok && big.error.code !== Code.PERMISSION_DENIED) throw big.error;
		client.close();
		await stop(daemon);
		return `${said}; ${rounds} more calls at ${each} ms`;
	});

	for (const [name, listen, systemd] of [
		["the daemon inherits a descriptor by number", "fd://3", false],
		["the daemon inherits a descriptor as from systemd", `vsock://-1:${port}`, true],
	] as const) {
		await check(name, async () => {
			const fd = await vsockListener(anyCid, port, 128);
			const daemon = await serve(listen, fd, systemd);
			const client = await shim();
			const said = await converse(client);
			client.close();
			await stop(daemon);
			const { closeSync } = await import("node:fs");
			closeSync(fd);
			return said;
		});
	}

	await check("nobody listens once the daemon has stopped", async () => {
		const lost = await shim().then(
			() => "connected",
			() => "refused",
		);
		wanted(lost, "refused");
		return undefined;
	});

	say(`verdict ${passed} passed, ${failed} failed`);
	process.exit(failed === 0 ? 0 : 1);
}
