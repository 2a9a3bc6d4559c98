/**
 * What goes wrong around the gate: the agent dies, shims vanish, policies change under load, disks
 * fill, readers stall, thousands connect. Nothing is lost, nothing is allowed that should not be.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { Question } from "../../src/agent/decider/messages.ts";
import type { StartThread } from "../../src/agent/decider/thread.ts";
import { policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { RequestLog } from "../../src/agent/policy/request-log.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { dial } from "../../src/agent/transport/dial.ts";
import { decodeResponse, encodeRequest } from "../../src/agent/ttrpc/envelope.ts";
import { encodeFrame, FrameReader } from "../../src/agent/ttrpc/frame.ts";
import { type ServerCall, ServerConnection } from "../../src/agent/ttrpc/server.ts";
import { Code, TtrpcError } from "../../src/agent/ttrpc/status.ts";
import { allowAll, eventually, policyOf, type Stage, startStage } from "./harness.ts";

/** Opens connections a few at a time, sends the header of a large frame on each, and stays. */
const tenThousandClients = `
const { connect } = require("node:net");
let left = 10_000;
const header = Buffer.from([0, 64, 0, 0, 0, 0, 0, 1, 1, 0]);
function next() {
	if (left-- <= 0) return;
	const one = () => {
		const socket = connect(process.argv[1]);
		socket.on("connect", () => { socket.write(header); next(); });
		socket.on("error", (e) => { if (e.code === "EAGAIN") setTimeout(one, 10); });
	};
	one();
}
for (let i = 0; i < 64; i++) next();
`;

let stage: Stage | undefined;
afterEach(async () => {
	await stage?.close();
	stage = undefined;
});

const request = (id: number, method: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array =>
	encodeFrame(id, 1, 0, encodeRequest({ service: "grpc.AgentService", method, payload, timeoutNano: 0, metadata: [] }));

describe("the agent", () => {
	it("that dies fails calls in progress and serves again when it is back", async () => {
		stage = await startStage({ policy: allowAll });
		const s = stage;
		const shim = await s.shim();
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
		const waiting = [1, 2, 3].map((i) => shim.send("WaitProcessRequest", { container_id: `c${i}` }));
		await eventually(() => s.agent.count("WaitProcess") === 3);
		await s.agent.kill();
		for (const w of waiting) expect(await w).toMatchObject({ ok: false, error: { code: Code.UNAVAILABLE } });
		const gone = await shim.send("StatsContainerRequest", {});
		expect(gone).toMatchObject({
			ok: false,
			error: { code: Code.UNAVAILABLE, message: expect.stringMatching(/agent cannot be reached/) },
		});
		await s.agent.listen(s.agentPath);
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
	});

	it("that is not there yet costs a denied request nothing", async () => {
		stage = await startStage({ policy: policyOf("StatsContainerRequest := true") });
		await stage.agent.kill();
		const shim = await stage.shim();
		expect(await shim.send("StartContainerRequest", {})).toMatchObject({
			ok: false,
			error: { code: Code.PERMISSION_DENIED },
		});
	});

	it("that does not read stops the gate from reading", async () => {
		const s = (stage = await startStage({ policy: allowAll }));
		let accepted: Socket | undefined;
		await s.agent.kill();
		const { createServer } = await import("node:net");
		const deaf = createServer((socket) => {
			accepted = socket;
			socket.pause();
		});
		await new Promise<void>((r) => deaf.listen(s.agentPath, r));
		const socket = await dial({ kind: "unix", path: s.gatePath });
		const payload = Buffer.concat([Buffer.from([0x1a, 0x80, 0x80, 0x40]), Buffer.alloc(1 << 20)]);
		const before = process.memoryUsage().rss;
		// 512 MiB that nobody wants to have.
		for (let i = 0; i < 512; i++) socket.write(request(i * 2 + 1, "WriteStdin", payload));
		await new Promise((r) => setTimeout(r, 400));
		expect(socket.writableLength).toBeGreaterThan(400 << 20);
		expect(s.gate.calls).toBeLessThan(64);
		expect(process.memoryUsage().rss - before).toBeLessThan(900 << 20);
		socket.destroy();
		accepted?.destroy();
		await new Promise((r) => deaf.close(r));
	});
});

describe("shims", () => {
	it("that vanish leave nothing behind", async () => {
		stage = await startStage({ policy: allowAll, gate: { limits: { halfCloseMs: 20 } } });
		const s = stage;
		for (let round = 0; round < 50; round++) {
			const socket = await dial({ kind: "unix", path: s.gatePath });
			socket.write(request(1, "WaitProcess"));
			socket.write(request(3, "StatsContainer").subarray(0, round % 30));
			if (round % 2 === 0) socket.destroy();
			else socket.end();
		}
		await eventually(() => s.gate.connections === 0 && s.agent.connections === 0);
		expect(s.gate.calls).toBe(0);
	});

	it("may be ten thousand at once", async () => {
		stage = await startStage({ policy: allowAll, agent: { record: false } });
		const s = stage;
		const before = process.memoryUsage().rss;
		// The clients live in a process of their own: descriptors are limited for each.
		const clients = spawn(process.execPath, ["-e", tenThousandClients, s.gatePath], { stdio: "ignore" });
		try {
			await eventually(() => s.gate.connections === 10_000);
			const shim = await s.shim();
			expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
			// Each has sent a header that promises 4 MiB: that takes nothing.
			expect(process.memoryUsage().rss - before).toBeLessThan(512 << 20);
		} finally {
			clients.kill("SIGKILL");
		}
		await eventually(() => s.gate.connections === 1);
	});

	it("beyond the limit are turned away, those within are served", async () => {
		stage = await startStage({ policy: allowAll, gate: { maxConnections: 2 } });
		const s = stage;
		const [a, b] = [await s.shim(), await s.shim()];
		expect((await a.send("StatsContainerRequest", {})).ok).toBe(true);
		expect((await b.send("StatsContainerRequest", {})).ok).toBe(true);
		const c = await s.shim();
		expect(await c.send("StatsContainerRequest", {})).toMatchObject({ ok: false, error: { code: Code.UNAVAILABLE } });
	});

	it("cannot fill memory with calls that are never answered", async () => {
		const s = (stage = await startStage({
			policy: allowAll,
			agent: { record: false },
			gate: { maxHeld: 2 << 20, limits: { halfCloseMs: 20 } },
		}));
		const socket = await dial({ kind: "unix", path: s.gatePath });
		const reader = new FrameReader({ frame: (_, data) => void answers.push(data), discarded: () => {} });
		const answers: Uint8Array[] = [];
		socket.on("data", (d: Uint8Array) => reader.push(d));
		for (let i = 0; i < 3000; i++) socket.write(request(2 * i + 1, "GetOOMEvent"));
		await eventually(() => answers.length + s.agent.count("GetOOMEvent") === 3000);
		expect(s.agent.count("GetOOMEvent")).toBeGreaterThan(500);
		expect(s.agent.count("GetOOMEvent")).toBeLessThan(1300);
		for (const a of answers) expect(() => decodeResponse(a)).toThrow(/too many unfinished messages/);
		// What they held is free again once they have ended.
		socket.destroy();
		await eventually(() => s.gate.calls === 0 && s.gate.connections === 0);
		expect(s.gate.held).toBe(0);
		const shim = await s.shim();
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
	});

	it("have what a call sent kept only until the agent has it", async () => {
		const s = (stage = await startStage({ policy: allowAll, agent: { record: false } }));
		const shim = await s.shim();
		const metadata = [{ key: "k", value: "x".repeat(1 << 20) }];
		const waiting = Array.from({ length: 8 }, () => shim.send("GetOOMEventRequest", {}, { metadata }));
		await eventually(() => s.agent.count("GetOOMEvent") === 8 && s.gate.held < 64 << 10);
		s.agent.outOfMemory("c1");
		for (const w of waiting) expect((await w).ok).toBe(true);
		await eventually(() => s.gate.held === 0);
	});

	it("give up calls that leave every budget, whatever the agent does", async () => {
		const s = (stage = await startStage({
			policy: allowAll,
			agent: { record: false },
			gate: { maxHeld: 1 << 20 },
		}));
		const shim = await s.shim();
		for (let round = 0; round < 20; round++) {
			const given = await Promise.all(
				Array.from({ length: 200 }, () => shim.send("GetOOMEventRequest", {}, { timeoutNano: 5e6 })),
			);
			for (const g of given) expect(g).toMatchObject({ ok: false, error: { code: Code.DEADLINE_EXCEEDED } });
		}
		await eventually(() => s.gate.held === 0 && s.gate.calls === 0);
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
	});

	it("cannot have more kept by giving up what waits for its turn", async () => {
		let stuck = true;
		const startThread: StartThread = (start) => {
			const thread = localThread(start);
			const post = thread.post.bind(thread);
			const waiting: Question[] = [];
			release = () => {
				stuck = false;
				for (const q of waiting) post(q);
			};
			return Object.assign(thread, { post: (q: Question) => void (stuck ? waiting.push(q) : post(q)) });
		};
		let release: () => void = () => {};
		// The thread that is stuck is not to be ended, however slow the machine is.
		const options = { startThread, hardMs: 600_000 };
		const s = (stage = await startStage({ policy: allowAll, options, gate: { maxHeld: 16 << 20 } }));
		const shim = await s.shim();
		const before = shim.send("StatsContainerRequest", {});
		await eventually(() => s.policy.waiting === 1);
		// Without a client that has a clock of its own: what counts is what the gate has heard.
		const socket = await dial({ kind: "unix", path: s.gatePath });
		const answers: Uint8Array[] = [];
		const reader = new FrameReader({ frame: (_, data) => void answers.push(data), discarded: () => {} });
		socket.on("data", (d: Uint8Array) => reader.push(d));
		const type = messageType("SetPolicyRequest");
		const payload = encodeMessage({ policy: `${allowAll}#${"x".repeat(2 << 20)}` }, type);
		const call = { service: "grpc.AgentService", method: "SetPolicy", payload, timeoutNano: 1e6, metadata: [] };
		for (let round = 0; round < 10; round++) {
			socket.write(encodeFrame(2 * round + 1, 1, 0, encodeRequest(call)));
			await eventually(() => answers.length > round);
			expect(() => decodeResponse(answers[round] ?? new Uint8Array(0))).toThrow(/^timeout$/);
		}
		// The last of them is let go after its answer.
		await eventually(() => s.policy.waiting === 1 && s.gate.held < 64 << 10);
		release();
		expect((await before).ok).toBe(true);
		expect(s.policy.digest).toBe(toHex(policyDigest(allowAll)));
	});

	it("cannot have more kept by giving up what waits for the agent", async () => {
		let most = 0;
		let connects = 0;
		const connect = (): Promise<never> => new Promise(() => connects++);
		const s = (stage = await startStage({ policy: allowAll, gate: { connect, maxHeld: 8 << 20 } }));
		const exec_id = "x".repeat(1 << 20);
		for (let i = 0; i < 40; i++) {
			const shim = await s.shim();
			const given = await shim.send("WriteStreamRequest", { exec_id }, { timeoutNano: 50e6 });
			expect(given.ok).toBe(false);
			most = Math.max(most, s.gate.held);
		}
		// Those that wait for a connection still have their megabyte: it counts, and more are refused.
		expect(connects).toBeLessThan(9);
		await eventually(() => s.gate.held > 4 << 20);
		expect(most).toBeLessThan(9 << 20);
	});

	it("that begin frames keep nobody out", async () => {
		const s = (stage = await startStage({ policy: allowAll, gate: { maxHeld: 2 << 20 } }));
		for (let i = 0; i < 8; i++) {
			const socket = await dial({ kind: "unix", path: s.gatePath });
			socket.write(request(1, "WriteStdin", Buffer.alloc(900_000)).subarray(0, 700_000));
		}
		await eventually(() => s.gate.held > 1 << 20);
		const shim = await s.shim();
		expect((await shim.send("WriteStreamRequest", { exec_id: "x".repeat(800_000) })).ok).toBe(true);
	});

	it("that do not read keep nobody out", async () => {
		const printed = policyOf(
			'CreateContainerRequest if { print(concat("", [x | some i in numbers.range(1, 20000); x := "0123456789"])); false }\nStartContainerRequest := true',
		);
		const limits = { unreadMs: 1 };
		const s = (stage = await startStage({ policy: printed, gate: { maxHeld: 4 << 20, limits } }));
		for (let i = 0; i < 60; i++) {
			const socket = await dial({ kind: "unix", path: s.gatePath });
			socket.pause();
			for (let k = 0; k < 2; k++) socket.write(request(2 * k + 1, "CreateContainer"));
		}
		await eventually(() => s.gate.held > 2 << 20 && s.gate.calls === 0);
		const shim = await s.shim();
		expect((await shim.send("StartContainerRequest", { container_id: "c".repeat(1000) })).ok).toBe(true);
		expect(s.gate.held).toBeLessThan(6 << 20);
	});

	it("that have all calls that there may be let others have one", async () => {
		const s = (stage = await startStage({ policy: allowAll, agent: { record: false }, gate: { maxHeld: 1 << 20 } }));
		const greedy = await s.shim();
		for (let i = 0; i < 800; i++) void greedy.send("GetOOMEventRequest", {});
		await eventually(() => s.gate.held > 1 << 20);
		const shim = await s.shim();
		for (let i = 0; i < 5; i++) expect(await shim.call("Check")).toEqual({ status: 1 });
		expect((await shim.send("StatsContainerRequest", { container_id: "c1" })).ok).toBe(true);
	});

	it("keep no more of a stream than the calls in progress need", async () => {
		const calls: ServerCall[] = [];
		const [a, b] = duplexPair();
		const server = new ServerConnection(a, (call) => {
			calls.push(call);
			return new Promise(() => {});
		});
		b.write(Buffer.concat([request(1, "WaitProcess", Buffer.alloc(10)), Buffer.alloc(1 << 16)]));
		await eventually(() => calls.length === 1);
		expect(calls[0]?.payload.buffer.byteLength).toBeLessThan(256);
		server.destroy();
	});

	it("that do not read get no more answers made than a few", async () => {
		let handled = 0;
		const [a, b] = duplexPair();
		const server = new ServerConnection(a, () => {
			handled++;
			throw new TtrpcError(Code.PERMISSION_DENIED, "x".repeat(100_000));
		});
		b.write(Buffer.concat(Array.from({ length: 500 }, (_, i) => request(2 * i + 1, "PauseContainer"))));
		await new Promise((r) => setTimeout(r, 50));
		expect(handled).toBeLessThan(100);
		let answers = 0;
		const reader = new FrameReader({ frame: () => answers++, discarded: () => {} });
		b.on("data", (d: Uint8Array) => reader.push(d));
		await eventually(() => answers === 500);
		expect(handled).toBe(500);
		server.destroy();
	});

	it("may hold a thousand calls open", async () => {
		stage = await startStage({ policy: allowAll, agent: { record: false } });
		const s = stage;
		const shim = await s.shim();
		const waiting = Array.from({ length: 1000 }, (_, i) => shim.call("WaitProcess", { container_id: `c${i}` }));
		await eventually(() => s.agent.count("WaitProcess") === 1000);
		for (let i = 0; i < 1000; i++) s.agent.exit(`c${i}`, "", i);
		expect((await Promise.all(waiting)).map((r) => r["status"])).toEqual(Array.from({ length: 1000 }, (_, i) => i));
	});
});

describe("policies replaced under load", () => {
	it("decide each request by one policy, old or new", async () => {
		const a = policyOf("SetPolicyRequest := true\nSignalProcessRequest if input.signal == 1");
		const b = policyOf("SetPolicyRequest := true\nSignalProcessRequest if input.signal == 2");
		stage = await startStage({ policy: a, agent: { record: false } });
		const s = stage;
		const [shim, admin] = [await s.shim(), await s.shim()];
		let running = true;
		let allowed = 0;
		let denied = 0;
		const load = Promise.all(
			Array.from({ length: 8 }, async () => {
				while (running) {
					const [one, two, never] = await Promise.all([
						shim.send("SignalProcessRequest", { signal: 1 }),
						shim.send("SignalProcessRequest", { signal: 2 }),
						shim.send("SignalProcessRequest", { signal: 3 }),
					]);
					for (const r of [one, two]) r.ok ? allowed++ : denied++;
					expect(never).toMatchObject({ ok: false, error: { code: Code.PERMISSION_DENIED } });
				}
			}),
		);
		for (let i = 0; i < 20; i++) {
			expect((await admin.send("SetPolicyRequest", { policy: i % 2 === 0 ? b : a })).ok).toBe(true);
			expect((await admin.send("SetPolicyRequest", { policy: "package agent_policy\nx := nope" })).ok).toBe(false);
			expect((await admin.send("SignalProcessRequest", { signal: i % 2 === 0 ? 1 : 2 })).ok).toBe(false);
			expect((await admin.send("SignalProcessRequest", { signal: i % 2 === 0 ? 2 : 1 })).ok).toBe(true);
		}
		running = false;
		await load;
		expect(allowed).toBeGreaterThan(10);
		expect(denied).toBeGreaterThan(10);
		expect(s.agent.count("SignalProcess")).toBe(allowed + 20);
	});
});

describe("the request log", () => {
	it.skipIf(!existsSync("/dev/full"))("on a full disk changes no decision", async () => {
		const log = new RequestLog("/dev/full");
		stage = await startStage({
			policy: policyOf("StartContainerRequest := true"),
			options: { onRequest: (name, line) => log.appendLine(name, line) },
		});
		const shim = await stage.shim();
		for (let i = 0; i < 50; i++) {
			expect((await shim.send("StartContainerRequest", {})).ok).toBe(true);
			expect((await shim.send("PauseContainerRequest", {})).ok).toBe(false);
		}
		await log.close();
		expect(log.lost).toBe(100);
	});

	it("that throws changes no decision", async () => {
		const warnings: string[] = [];
		stage = await startStage({
			policy: policyOf("StartContainerRequest := true"),
			options: {
				onRequest: () => {
					throw new Error("broken");
				},
				onWarning: (m) => warnings.push(m),
			},
		});
		const shim = await stage.shim();
		expect((await shim.send("StartContainerRequest", {})).ok).toBe(true);
		expect((await shim.send("PauseContainerRequest", {})).ok).toBe(false);
		expect(warnings).toHaveLength(2);
	});
});

describe("a log of the gate", () => {
	it("that throws changes no answer and leaves no change of state behind", async () => {
		stage = await startStage({
			policy: policyOf(
				'CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": 1}]}',
			),
			gate: {
				log: () => {
					throw new Error("no space left");
				},
			},
		});
		const shim = await stage.shim();
		for (const container_id of ["a", "b"]) {
			expect((await shim.send("CreateContainerRequest", { container_id })).ok).toBe(true);
		}
		expect(await shim.send("PauseContainerRequest", {})).toMatchObject({
			ok: false,
			error: { code: Code.PERMISSION_DENIED },
		});
		expect(stage.policy.data).toEqual({ pstate: { a: 1, b: 1 } });
	});
});

describe("a stop", () => {
	it("lets calls in progress finish and takes no new ones", async () => {
		let release = (): void => {};
		stage = await startStage({
			policy: allowAll,
			agent: { before: (m) => (m === "StartContainer" ? new Promise((r) => (release = r)) : undefined) },
		});
		const s = stage;
		const shim = await s.shim();
		const starting = shim.send("StartContainerRequest", {});
		await eventually(() => s.agent.count("StartContainer") === 1);
		const closed = s.gate.close(5000);
		expect(await shim.send("StatsContainerRequest", {})).toMatchObject({
			ok: false,
			error: { code: Code.UNAVAILABLE },
		});
		release();
		expect((await starting).ok).toBe(true);
		await closed;
		expect(existsSync(join(s.folder, "gate.sock"))).toBe(true);
	});

	it("waits for blocked calls only so long", async () => {
		stage = await startStage({ policy: allowAll });
		const s = stage;
		const shim = await s.shim();
		const waiting = shim.send("WaitProcessRequest", {});
		await eventually(() => s.agent.count("WaitProcess") === 1);
		await s.gate.close(50);
		expect(await waiting).toMatchObject({ ok: false, error: { code: Code.UNAVAILABLE } });
	});
});
