/**
 * `npm run interop`: our ttRPC against the libraries that Kata is made with, both ways: containerd's in Go
 * (interop/) and in Rust (interop/rust), in the agent's place and in the shim's; between them our client,
 * our server and the gate. Each peer needs its toolchain and, the first time, a package registry; one that
 * is not here is left out and said. UPDATE_DOCS=1 writes the results to the docs.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Enforcer } from "../../../src/agent/decider/enforcer.ts";
import { localThread } from "../../../src/agent/decider/local-thread.ts";
import { Gate } from "../../../src/agent/gate/gate.ts";
import { sampleReply } from "../../../src/agent/kit/fake-agent.ts";
import { ScriptedShim } from "../../../src/agent/kit/scripted-shim.ts";
import { agentProto } from "../../../src/agent/protocol/agent-proto.ts";
import { decodeMessage } from "../../../src/agent/protocol/decode.ts";
import { emptyProto } from "../../../src/agent/protocol/empty-proto.ts";
import { encodeMessage } from "../../../src/agent/protocol/encode.ts";
import { healthProto } from "../../../src/agent/protocol/health-proto.ts";
import { ociProto } from "../../../src/agent/protocol/oci-proto.ts";
import { agentService, policyRequests, protocol } from "../../../src/agent/protocol/protocol.ts";
import { typesProto } from "../../../src/agent/protocol/types-proto.ts";
import { dial } from "../../../src/agent/transport/dial.ts";
import { listen } from "../../../src/agent/transport/listen.ts";
import { Code, TtrpcError } from "../../../src/agent/ttrpc/status.ts";
import { descriptorSet } from "../descriptor-set.ts";

interface Result {
	readonly run: string;
	readonly name: string;
	readonly why: string | undefined;
}

const results: Result[] = [];

async function check(run: string, name: string, body: () => Promise<void>): Promise<void> {
	try {
		await body();
		results.push({ run, name, why: undefined });
	} catch (e) {
		results.push({ run, name, why: e instanceof Error ? e.message : String(e) });
	}
}

function same(got: unknown, want: unknown): void {
	if (text(got) !== text(want)) throw new Error(`wanted ${text(want)}, got ${text(got)}`.slice(0, 500));
}

function text(v: unknown): string {
	if (v instanceof Uint8Array) return `bytes ${Buffer.from(v).toString("hex")}`;
	if (Array.isArray(v)) return `[${v.map(text).join(", ")}]`;
	if (typeof v !== "object" || v === null) return typeof v === "bigint" ? `${v}n` : JSON.stringify(v);
	return `{${Object.entries(v)
		.map(([k, x]) => `${k}: ${text(x)}`)
		.join(", ")}}`;
}

/** What the Go server takes for a full request: a sample, on container c1. */
function fullRequest(name: string): ReturnType<typeof sampleReply> {
	for (const s of protocol.services.values()) {
		const m = s.methods.get(name);
		if (m === undefined) continue;
		const sample = sampleReply(m.request);
		return { ...sample, ...("container_id" in sample ? { container_id: "c1" } : {}) };
	}
	throw new Error(name);
}

async function ourClient(path: string): Promise<void> {
	const run = "our client, Go server";
	const shim = new ScriptedShim(await dial({ kind: "unix", path }));
	for (const service of protocol.services.values()) {
		for (const m of service.methods.values()) {
			await check(run, `method ${m.name}`, async () => {
				const metadata = [{ key: "x-full", value: "1" }];
				const reply = await shim.client.call(service.name, m.name, encodeMessage(fullRequest(m.name), m.request), {
					metadata,
				});
				const sample = sampleReply(m.response);
				const want = "container_id" in sample ? { ...sample, container_id: "c1" } : sample;
				if (m.name !== "ReadStdout") same(decodeMessage(reply, m.response), want);
			});
		}
	}
	const read = async (metadata: readonly (readonly [string, string])[], timeoutNano = 0): Promise<string> => {
		const list = metadata.map(([key, value]) => ({ key, value }));
		const reply = await shim.call("ReadStdout", { container_id: "c7" }, { metadata: list, timeoutNano });
		return Buffer.from(reply["data"] as Uint8Array).toString();
	};
	await check(run, "metadata pass, repeated keys too", async () => {
		same(
			await read([
				["x-echo", "a"],
				["x-echo", "b"],
			]),
			"id=c7 echo=[a b] deadline=none",
		);
	});
	await check(run, "deadlines pass", async () =>
		same(await read([["x-echo", "t"]], 30e9), "id=c7 echo=[t] deadline=long"),
	);
	const failure = async (
		metadata: readonly (readonly [string, string])[],
		timeoutNano = 0,
		keepWaiting = false,
	): Promise<TtrpcError> => {
		const list = metadata.map(([key, value]) => ({ key, value }));
		try {
			await shim.call("StatsContainer", {}, { metadata: list, timeoutNano, keepWaiting });
		} catch (e) {
			if (e instanceof TtrpcError) return e;
			throw e;
		}
		throw new Error("no error");
	};
	await check(run, "deadlines are kept by the client", async () =>
		same((await failure([["x-sleep", "2000"]], 100e6)).code, Code.DEADLINE_EXCEEDED),
	);
	await check(run, "deadlines are kept by the server", async () =>
		same((await failure([["x-sleep", "2000"]], 100e6, true)).code, Code.DEADLINE_EXCEEDED),
	);
	for (let code = 1; code <= 16; code++) {
		await check(run, `status ${code} passes`, async () => {
			const e = await failure([["x-fail", String(code)]]);
			same([e.code, e.message], [code, "failed as asked"]);
		});
	}
	await check(run, "an error without a status", async () =>
		same((await failure([["x-fail", "-1"]])).code, Code.UNKNOWN),
	);
	const refused = async (service: string, method: string): Promise<number> =>
		shim.client.call(service, method, new Uint8Array(0)).then(
			() => 0,
			(e: TtrpcError) => e.code,
		);
	await check(run, "an unknown method", async () =>
		same(await refused(agentService, "NoSuchMethod"), Code.UNIMPLEMENTED),
	);
	await check(run, "an unknown service", async () =>
		same(await refused("grpc.NoSuchService", "X"), Code.UNIMPLEMENTED),
	);
	await check(run, "1,000 calls at once", async () => {
		const all = Array.from({ length: 1000 }, (_, i) =>
			read([
				["x-echo", `e${i}`],
				["x-sleep", String(i % 50)],
			]),
		);
		same(
			await Promise.all(all),
			Array.from({ length: 1000 }, (_, i) => `id=c7 echo=[e${i}] deadline=none`),
		);
	});
	await check(run, "an answer just below 4 MiB", async () =>
		same((await read([["x-size", String((4 << 20) - 64)]])).length, (4 << 20) - 64),
	);
	await check(run, "an answer above 4 MiB is an error", async () => {
		// The Go server closes the connection over it.
		const size = [{ key: "x-size", value: String(4 << 20) }];
		const answer = shim.call("ReadStdout", {}, { metadata: size, timeoutNano: 5e9 });
		same(
			await answer.then(
				() => "no error",
				(e: unknown) => (e instanceof TtrpcError ? "error" : "crash"),
			),
			"error",
		);
	});
	shim.close();
}

/** A policy that lets everything pass but one container's statistics. */
const policyText = `package agent_policy
${policyRequests
	.filter((r) => r.name !== "StatsContainerRequest")
	.map((r) => `${r.name} := true`)
	.join("\n")}
default StatsContainerRequest := false
StatsContainerRequest if input.container_id != "denied"
`;

/** What a client prints: `ok NAME` or `FAIL NAME: WHY`, a line for each check. */
async function client(command: readonly string[], run: string, last: string): Promise<void> {
	const [program = "", ...args] = command;
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
	let out = "";
	child.stdout.on("data", (d: Buffer) => (out += d.toString()));
	await new Promise((r) => child.on("close", r));
	for (const line of out.trim().split("\n")) {
		const match = /^(ok|FAIL) ([^:]*)(?:: (.*))?$/.exec(line);
		if (match !== null)
			results.push({ run, name: match[2] ?? "", why: match[1] === "ok" ? undefined : (match[3] ?? "") });
	}
	if (!out.includes(last)) results.push({ run, name: "the client finishes", why: out.slice(-300) });
}

/** The gate before a server, while `body` runs. */
async function behindGate(text: string, agentPath: string, gatePath: string, body: () => Promise<void>): Promise<void> {
	const policy = await Enforcer.load({ text }, { digest: "off", startThread: localThread });
	const gate = new Gate({ policy, connect: () => dial({ kind: "unix", path: agentPath }) });
	const listener = await listen({ kind: "unix", path: gatePath }, (socket) => gate.accept(socket));
	await body();
	const closed = listener.close();
	await gate.close(0);
	await closed;
	policy.close();
}

async function server(command: readonly string[], path: string): Promise<ChildProcess> {
	const [program = "", ...args] = command;
	const child = spawn(program, args, { stdio: "inherit" });
	while (!existsSync(path) && child.exitCode === null) await new Promise((r) => setTimeout(r, 20));
	return child;
}

async function goPeer(folder: string): Promise<boolean> {
	const binary = join(folder, "interop");
	if (spawnSync("go", ["build", "-o", binary, "."], { cwd: "interop", stdio: "inherit" }).status !== 0) return false;
	const descriptors = join(folder, "api.binpb");
	writeFileSync(descriptors, toBinary(FileDescriptorSetSchema, descriptorSet()));
	const [agentPath, gatePath] = [join(folder, "go-agent.sock"), join(folder, "go-gate.sock")];
	const agent = await server([binary, "server", agentPath, descriptors], agentPath);
	try {
		await ourClient(agentPath);
		await behindGate(policyText, agentPath, gatePath, () =>
			client([binary, "client", gatePath, descriptors], "Go client, gate, Go server", "an oversize frame"),
		);
	} finally {
		agent.kill("SIGKILL");
	}
	return true;
}

/** Allows one exec, once. */
const oncePolicy = `package agent_policy
WaitProcessRequest := true
StatsContainerRequest := true
GetMetricsRequest := true
ExecProcessRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/ran", "value": true}]} if not data.pstate.ran
`;

const protoTexts = { agent: agentProto, oci: ociProto, types: typesProto, health: healthProto, empty: emptyProto };

async function rustPeer(folder: string): Promise<boolean> {
	// The same texts that our own decoder reads.
	const protos = join("node_modules/.cache/regoplan/interop-protos");
	mkdirSync(protos, { recursive: true });
	for (const [name, text] of Object.entries(protoTexts)) {
		const path = join(protos, `${name}.proto`);
		const whole = text.trimStart();
		if (!existsSync(path) || readFileSync(path, "utf8") !== whole) writeFileSync(path, whole);
	}
	const target = resolve("node_modules/.cache/regoplan/interop-target");
	const env = { CARGO_TARGET_DIR: target, ...process.env, PROTO_DIR: resolve(protos) };
	const built = spawnSync("cargo", ["build", "--quiet", "--locked"], { cwd: "interop/rust", stdio: "inherit", env });
	if (built.status !== 0) return false;
	const binary = join(env.CARGO_TARGET_DIR, "debug/regoplan-interop");
	const [agentPath, gatePath] = [join(folder, "rust-agent.sock"), join(folder, "rust-gate.sock")];
	const agent = await server([binary, "server", agentPath], agentPath);
	try {
		await behindGate(oncePolicy, agentPath, gatePath, () =>
			client([binary, "client", gatePath], "Rust client, gate, Rust server", "the connection still serves"),
		);
	} finally {
		agent.kill("SIGKILL");
	}
	return true;
}

async function main(): Promise<number> {
	const peers = [
		{ name: "Go (https://go.dev)", command: ["go", "version"], run: goPeer },
		{ name: "Rust (https://rustup.rs)", command: ["cargo", "--version"], run: rustPeer },
	];
	const folder = mkdtempSync(join(tmpdir(), "rego-interop-"));
	let skipped = 0;
	try {
		for (const { name, command, run } of peers) {
			if (spawnSync(command[0] as string, command.slice(1)).status !== 0) {
				console.log(`skipped: the peer that needs ${name}, which is not here`);
				skipped++;
			} else if (!(await run(folder))) results.push({ run: name, name: "the peer is built", why: "see above" });
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
	return report(skipped);
}

function report(skipped: number): number {
	const failed = results.filter((r) => r.why !== undefined);
	for (const r of failed) console.log(`FAIL  ${r.run}: ${r.name}: ${r.why}`);
	const runs = [...new Set(results.map((r) => r.run))];
	const group = (name: string): string =>
		name
			.replace(/^method .*/, "every method of AgentService and Health")
			.replace(/^status .*/, "every status code")
			.replace(/, round .*/, "");
	const names = [...new Set(results.map((r) => group(r.name)))];
	const cell = (run: string, name: string): string => {
		const of = results.filter((r) => r.run === run && group(r.name) === name);
		if (of.length === 0) return "";
		const good = of.filter((r) => r.why === undefined).length;
		return of.length === 1 ? (good === 1 ? "ok" : "FAILED") : `${good} of ${of.length}`;
	};
	const table = [
		`| check | ${runs.join(" | ")} |`,
		`|---|${runs.map(() => "---|").join("")}`,
		...names.map((n) => `| ${n} | ${runs.map((r) => cell(r, n)).join(" | ")} |`),
	].join("\n");
	console.log(table);
	if (process.env["UPDATE_DOCS"] === "1" && skipped === 0) {
		const marks = /(<!-- interop: written by test\/agent\/interop\/run\.ts -->\n)[\s\S]*?(<!-- end of interop -->)/;
		const text = readFileSync("docs/agent.md", "utf8");
		writeFileSync(
			"docs/agent.md",
			text.replace(marks, (_, a: string, b: string) => `${a}\n${table}\n\n${b}`),
		);
	}
	console.log(`${results.length - failed.length} passed, ${failed.length} failed, ${skipped} skipped`);
	return failed.length === 0 ? 0 : 1;
}

process.exit(await main());
