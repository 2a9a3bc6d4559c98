/**
 * Whole attacks on the gate as it is shipped: a process with its worker, an agent, and a host that sends
 * what it likes, kills, and starts again. What is asserted is what happens, never how fast.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodeMessage } from "../../../src/agent/protocol/encode.ts";
import { emptyMessage } from "../../../src/agent/protocol/message.ts";
import { agentService, messageType } from "../../../src/agent/protocol/protocol.ts";
import { dial } from "../../../src/agent/transport/dial.ts";
import { decodeResponse, encodeRequest } from "../../../src/agent/ttrpc/envelope.ts";
import { encodeFrame, FrameReader } from "../../../src/agent/ttrpc/frame.ts";
import { Code, TtrpcError } from "../../../src/agent/ttrpc/status.ts";
import { allowAll, eventually, policyOf } from "../harness.ts";
import { bundle, type GateProcess, type GateProcessOptions, startGate } from "./gate-process.ts";

let file = "";
beforeAll(() => {
	file = bundle();
});
afterAll(() => rmSync(dirname(file), { recursive: true }));

let gate: GateProcess | undefined;
afterEach(async () => {
	await gate?.stop();
	gate = undefined;
});

async function start(o: GateProcessOptions): Promise<GateProcess> {
	gate = await startGate(file, o);
	return gate;
}

/** Allows once; everything that it looks at it prints. */
const strict = `package agent_policy

import rego.v1

default CreateContainerRequest := false

CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/made", "value": true}]} if {
	not data.pstate.made
	print("request", input)
	every env in input.OCI.Process.Env {
		print("env", env, "of", input.OCI.Process.Env)
		allowed_env(env, input.OCI.Process.Env)
	}
}

allowed_env(env, all) if {
	print("of all", all)
	startswith(env, "HOSTNAME=")
}

ExecProcessRequest if data.pstate.made
`;

const image = policyOf("SetPolicyRequest := true\nCreateContainerRequest := true\nExecProcessRequest := true");

function container(
	env: readonly string[],
	id = "c1",
): { container_id: string; OCI: { Process: { Env: readonly string[] } } } {
	return { container_id: id, OCI: { Process: { Env: env } } };
}

function varint(n: number): Buffer {
	const bytes: number[] = [];
	let left = n;
	for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
	return Buffer.from([...bytes, left]);
}

const healthCheck = {
	service: "grpc.Health",
	method: "Check",
	payload: new Uint8Array(0),
	timeoutNano: 0,
	metadata: [],
};

const manyNames = (n: number): string[] => Array.from({ length: n }, (_, i) => `HOSTNAME=a${i}`);
/** Texts that are six times as long when they are printed. */
const costly = `HOSTNAME=€${"\u0001".repeat(3_400_000)}`;

describe("a host that would rather have the image's policy", () => {
	it("does not get it by a request whose prints take all memory, nor by a kill", async () => {
		const g = await start({ policy: image });
		let shim = await g.shim();
		expect((await shim.send("CreateContainerRequest", container(["BAD=1"]))).ok).toBe(true);
		expect((await shim.send("SetPolicyRequest", { policy: strict })).ok).toBe(true);
		const attack = await shim.send("CreateContainerRequest", container([...manyNames(3000), costly, "BAD=1"]));
		expect(attack).toMatchObject({ ok: false, error: { code: Code.PERMISSION_DENIED } });
		expect(g.alive()).toBe(true);
		expect((await shim.send("CreateContainerRequest", container(["HOSTNAME=a"], "c2"))).ok).toBe(true);
		expect((await shim.send("CreateContainerRequest", container(["HOSTNAME=a"], "c3"))).ok).toBe(false);
		const reached = g.agent.count("CreateContainer");
		for (let round = 0; round < 3; round++) {
			await g.restart();
			shim = await g.shim();
			const denied = await shim.send("CreateContainerRequest", container(["BAD=1"]));
			expect(denied).toMatchObject({
				ok: false,
				error: { code: Code.PERMISSION_DENIED, message: expect.stringMatching(/was started again/) },
			});
			expect((await shim.send("SetPolicyRequest", { policy: image })).ok).toBe(false);
			expect(await shim.call("Check")).toEqual({ status: 1 });
		}
		expect(g.agent.count("CreateContainer")).toBe(reached);
	});

	it("does not get it by a kill after a change of state alone", async () => {
		const g = await start({ policy: strict });
		expect((await (await g.shim()).send("CreateContainerRequest", container(["HOSTNAME=a"]))).ok).toBe(true);
		await g.restart();
		expect((await (await g.shim()).send("CreateContainerRequest", container(["HOSTNAME=a"]))).ok).toBe(false);
		expect(g.agent.count("CreateContainer")).toBe(1);
	});

	it("costs a gate that had changed nothing nothing", async () => {
		const g = await start({ policy: strict });
		expect((await (await g.shim()).send("PauseContainerRequest", {})).ok).toBe(false);
		await g.restart();
		expect((await (await g.shim()).send("CreateContainerRequest", container(["HOSTNAME=a"]))).ok).toBe(true);
	});

	it("gets no change of state where it cannot be marked", async () => {
		const g = await start({ policy: strict });
		// The mark's place is taken by a folder.
		mkdirSync(join(g.folder, "run", "policy-changed"));
		const shim = await g.shim();
		for (let i = 0; i < 2; i++) {
			expect((await shim.send("CreateContainerRequest", container(["HOSTNAME=a"]))).ok).toBe(false);
		}
		expect((await shim.send("ExecProcessRequest", { container_id: "c1" })).ok).toBe(false);
		expect(g.agent.count()).toBe(1); // The gate's own Check.
	});

	it("does not get it by opening connections until there are no descriptors left", async () => {
		const g = await start({ policy: strict, descriptors: 128 });
		const shim = await g.shim();
		expect(await shim.call("Check")).toEqual({ status: 1 });
		const sockets: Socket[] = [];
		for (let i = 0; i < 150; i++) {
			const socket = await dial({ kind: "unix", path: join(g.folder, "gate.sock") });
			socket.write(encodeFrame(1, 1, 0, encodeRequest(healthCheck)));
			sockets.push(socket);
		}
		await eventually(() => sockets.filter((s) => s.closed || s.readableEnded).length >= 100);
		// There are descriptors left to mark the change with, and to start another thread.
		expect((await shim.send("CreateContainerRequest", container(["HOSTNAME=a"]))).ok).toBe(true);
		for (const s of sockets) s.destroy();
		await g.restart();
		const again = await (await g.shim()).send("CreateContainerRequest", container(["HOSTNAME=a"]));
		expect(again).toMatchObject({ ok: false, error: { message: expect.stringMatching(/was started again/) } });
		expect(g.agent.count("CreateContainer")).toBe(1);
	});

	it("is denied what a policy takes too much memory to decide, and others are served on", async () => {
		const hungry = policyOf(
			[
				"SetPolicyRequest := true",
				"StartContainerRequest := true",
				'CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/made", "value": true}]} if not data.pstate.made',
				"PauseContainerRequest if { xs := [s | some i in numbers.range(1, 9000); some j in numbers.range(1, 9000); s := [i, j, i, j]]; count(xs) > 1 }",
			].join("\n"),
		);
		const g = await start({ policy: hungry });
		const shim = await g.shim();
		expect((await shim.send("CreateContainerRequest", {})).ok).toBe(true);
		const [pausing, starting, again] = await Promise.all([
			shim.send("PauseContainerRequest", {}),
			shim.send("StartContainerRequest", {}),
			shim.send("CreateContainerRequest", {}),
		]);
		expect(pausing).toMatchObject({ ok: false, error: { code: Code.PERMISSION_DENIED } });
		expect(starting.ok).toBe(true);
		expect(g.log()).toMatch(/the decider was replaced: it (?:took too much|ran out of) memory/);
		// The state is as it was.
		expect(again).toMatchObject({ ok: false, error: { code: Code.PERMISSION_DENIED } });
		expect(g.alive()).toBe(true);
	});

	it("gets few errors, and the policy in force, for a policy of nothing but errors", async () => {
		const g = await start({ policy: image });
		const shim = await g.shim();
		const lines = Array.from({ length: 120_000 }, (_, i) => `x${i} := nope${i}`);
		const bad = `package agent_policy\n\nimport rego.v1\n\n${lines.join("\n")}\n`;
		const refused = await shim.send("SetPolicyRequest", { policy: bad });
		expect(refused.ok).toBe(false);
		if (!refused.ok) expect(refused.error.message.length).toBeLessThan(80 << 10);
		expect((await shim.send("ExecProcessRequest", {})).ok).toBe(true);
		expect(g.alive()).toBe(true);
		expect(g.log().length).toBeLessThan(20_000);
	});
});

describe("a host that gives up early", () => {
	it("does not get a once-only exec twice, though the agent carries it out", async () => {
		const once = policyOf(
			'ExecProcessRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/ran", "value": true}]} if not data.pstate.ran',
		);
		const waiting: (() => void)[] = [];
		const g = await start({
			policy: once,
			agent: {
				before: (m) => (m === "ExecProcess" ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined),
			},
		});
		const codes: unknown[] = [];
		for (let i = 0; i < 5; i++) {
			const shim = await g.shim();
			const r = await shim.send("ExecProcessRequest", { container_id: "c1", exec_id: "e" }, { timeoutNano: 400e6 });
			codes.push(r.ok ? "ok" : r.error.code);
			shim.close();
		}
		for (const w of waiting) w();
		expect(codes).toEqual([Code.DEADLINE_EXCEEDED, ...Array.from({ length: 4 }, () => Code.PERMISSION_DENIED)]);
		expect(g.agent.count("ExecProcess")).toBe(1);
	});

	it("ends a read that is withheld by leaving", async () => {
		const g = await start({ policy: policyOf("default ReadStreamRequest := false") });
		const shim = await g.shim();
		const reading = shim.send("ReadStreamRequest", { container_id: "c1", exec_id: "e" });
		await eventually(() => g.agent.count("ReadStdout") === 1);
		shim.close();
		await reading;
		await eventually(() => g.agent.connections === 0);
		// Nobody drains the pipe for a client that has gone.
		g.agent.write("c1", "e", Buffer.from("later"));
		await new Promise((r) => setTimeout(r, 300));
		expect(g.agent.count("ReadStdout")).toBe(1);
	});
});

describe("a shim whose calls are written out of order", () => {
	it("has a thousand of them answered", async () => {
		const g = await start({ policy: allowAll });
		const socket = await dial({ kind: "unix", path: join(g.folder, "gate.sock") });
		const answers = new Map<number, boolean>();
		const reader = new FrameReader({
			frame: (h, data) => {
				try {
					decodeResponse(data);
					answers.set(h.streamId, true);
				} catch {
					answers.set(h.streamId, false);
				}
			},
			discarded: () => {},
		});
		socket.on("data", (d: Uint8Array) => reader.push(d));
		const request = { service: agentService, method: "StatsContainer", timeoutNano: 0, metadata: [] };
		const data = encodeRequest({ ...request, payload: new Uint8Array(0) });
		// As several threads of a client do it: numbered here, written there.
		const ids = Array.from({ length: 1000 }, (_, i) => 2 * ((i * 397) % 1000) + 1);
		for (const id of ids) socket.write(encodeFrame(id, 1, 0, data));
		await eventually(() => answers.size === 1000);
		expect([...answers.values()].filter((ok) => !ok)).toEqual([]);
		socket.destroy();
	});
});

describe("a gate that is up before the agent", () => {
	it("accepts nobody until the agent answers, and then is well at once", async () => {
		const g = await start({ policy: allowAll, withoutAgent: true, early: true });
		await eventually(() => g.log().includes("waiting for the agent"));
		expect(existsSync(join(g.folder, "gate.sock"))).toBe(false);
		await g.agent.listen(join(g.folder, "agent.sock"));
		await eventually(() => g.log().includes('"listening"'));
		expect(await (await g.shim()).call("Check")).toEqual({ status: 1 });
	});

	it("ends with the reason when the agent does not come", async () => {
		const args = ["--agent-timeout", "300ms"];
		const g = await start({ policy: allowAll, withoutAgent: true, early: true, args });
		await eventually(() => !g.alive());
		expect(g.child.exitCode).toBe(2);
		expect(g.log()).toMatch(/the agent at unix:.*the agent does not answer: .*ENOENT/);
	});
});

describe("a host that fills things", () => {
	it("has messages of tiny parts refused, those allowed held as bytes", async () => {
		const waiting: (() => void)[] = [];
		const g = await start({
			policy: allowAll,
			agent: { before: (m) => (m === "CreateSandbox" ? new Promise<void>((r) => waiting.push(r)) : undefined) },
		});
		const type = messageType("CreateSandboxRequest");
		const sandbox = (n: number): Uint8Array => {
			const one = emptyMessage(messageType("Storage"));
			return encodeMessage({ ...emptyMessage(type), storages: Array.from({ length: n }, () => one) }, type);
		};
		const shim = await g.shim();
		const error = await shim.client
			.call(agentService, "CreateSandbox", sandbox(99_990))
			.catch((e: unknown) => (e instanceof TtrpcError ? e.code : 0));
		expect(error).toBe(Code.INVALID_ARGUMENT);
		const before = g.rss();
		const large = sandbox(4_900);
		const sent = Array.from({ length: 200 }, () => shim.client.call(agentService, "CreateSandbox", large));
		await eventually(() => waiting.length === 200);
		// A million storages, which as objects would take hundreds of megabytes until the agent answers.
		expect(g.rss() - before).toBeLessThan(200 << 20);
		for (const w of waiting) w();
		await Promise.all(sent);
	});

	it("has nothing of a request held that the agent has", async () => {
		const waiting: (() => void)[] = [];
		const g = await start({
			policy: allowAll,
			agent: { before: (m) => (m === "CreateContainer" ? new Promise<void>((r) => waiting.push(r)) : undefined) },
		});
		const shim = await g.shim();
		const before = g.rss();
		const sent: ReturnType<typeof shim.send>[] = [];
		while (sent.length < 130) {
			// A few at a time: a busy machine would deny what waits for long.
			for (let i = 0; i < 5; i++)
				sent.push(shim.send("CreateContainerRequest", container(["x".repeat(2 << 20)], `c${sent.length}`)));
			await eventually(() => waiting.length === sent.length);
		}
		// 260 MiB have passed.
		expect(g.rss() - before).toBeLessThan(250 << 20);
		for (const w of waiting) w();
		for (const s of sent) expect((await s).ok).toBe(true);
	});

	it("does not fill the log with names, keys and errors", async () => {
		const g = await start({ policy: policyOf("SetPolicyRequest := true") });
		const shim = await g.shim();
		const long = "x".repeat(1 << 20);
		const type = messageType("CreateContainerRequest");
		const spec = { ...emptyMessage(messageType("Spec")), Annotations: { [long]: "a" } };
		const once = encodeMessage({ ...emptyMessage(type), OCI: spec }, type);
		// The bytes of its one field, given twice in that field: one key twice.
		const inner = encodeMessage(spec, messageType("Spec"));
		const head = once.subarray(0, 1);
		const annotated = Buffer.concat([head, varint(2 * inner.length), inner, inner]);
		const twice = await shim.client.call(agentService, "CreateContainer", annotated).catch((e: unknown) => e);
		expect((twice as TtrpcError).message).toMatch(/two entries for "x{100}"$/);
		for (let i = 0; i < 10; i++) {
			await shim.client.call(agentService, long, new Uint8Array(0)).catch(() => {});
			await shim.client.call(long, "x", new Uint8Array(0)).catch(() => {});
			await shim.client.call(agentService, "CreateContainer", annotated).catch(() => {});
			await shim.send("SetPolicyRequest", { policy: `package agent_policy\n\n${long} := ${long}2` });
		}
		expect(g.alive()).toBe(true);
		const longest = Math.max(
			...g
				.log()
				.split("\n")
				.map((l) => l.length),
		);
		expect(longest).toBeLessThan(4096);
	});

	it("stops nothing by not reading the log", async () => {
		const g = await start({ policy: policyOf("x := 1"), unread: true, args: ["--log-level", "debug"] });
		const shim = await g.shim();
		const id = "c".repeat(1000);
		for (let i = 0; i < 600; i++) {
			const r = await shim.send("StartContainerRequest", { container_id: id });
			expect(r.ok).toBe(false);
			// 200 lines a second are written, of more than a kilobyte: three seconds' worth fills the pipe.
			if (i % 200 === 199) await new Promise((done) => setTimeout(done, 1000));
		}
		expect(await shim.call("Check")).toEqual({ status: 1 });
	});

	it("does not get another file emptied through the policy log", async () => {
		const g = await start({ policy: allowAll });
		const target = join(g.folder, "target");
		writeFileSync(target, "precious");
		symlinkSync(target, join(g.folder, "log.jsonl"));
		const args = ["--policy-log", join(g.folder, "log.jsonl")];
		await expect(startGate(file, { policy: allowAll, args })).rejects.toThrow(/the policy log: ELOOP/);
		expect(readFileSync(target, "utf8")).toBe("precious");
		expect(statSync(target).size).toBe(8);
	});

	it("is denied a pattern that takes for ever, and others are served on", async () => {
		const g = await start({
			policy: policyOf(
				'PauseContainerRequest if glob.match(input.container_id, [], "a")\nCreateSandboxRequest if glob.match(input.hostname, ["."], input.sandbox_id)\nStartContainerRequest := true',
			),
		});
		const [a, b] = [await g.shim(), await g.shim()];
		const pattern = "{a,b}*[!c]".repeat(360_000);
		const slow = a.send("CreateSandboxRequest", { hostname: pattern, sandbox_id: "a".repeat(1000) });
		expect(await b.call("Check")).toEqual({ status: 1 });
		expect((await slow).ok).toBe(false);
		expect((await b.send("StartContainerRequest", {})).ok).toBe(true);
		expect(g.alive()).toBe(true);
	});
});

/** Code from V8's cache has no `import()`: this is what the gate imports when it is asked for it. */
describe("a gate in a folder", () => {
	it("serves metrics", async () => {
		const socketPath = join(dirname(file), "metrics.sock");
		await start({ policy: allowAll, args: ["--metrics", socketPath] });
		const text = await new Promise<string>((resolve, reject) => {
			const asked = request({ socketPath, path: "/metrics" }, (response) => {
				let body = "";
				response.setEncoding("utf8").on("data", (part: string) => {
					body += part;
				});
				response.on("end", () => resolve(body));
			});
			asked.on("error", reject).end();
		});
		expect(text).toMatch(/^# HELP /);
	});

	it("looks for the package that makes AF_VSOCK sockets", async () => {
		const g = await start({ policy: allowAll, args: ["--listen", "vsock://-1:1"], early: true });
		expect(await new Promise((resolve) => g.child.on("exit", resolve))).toBe(2);
		expect(g.log()).toMatch(/cannot listen on vsock:\/\/-1:1: .*optional package koffi/);
	});
});
