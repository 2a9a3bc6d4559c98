/**
 * Hostile clients against a gate, reproducible by seed. Each connection sends a script of frames,
 * good and mutated (message bytes, envelopes, headers), whole or cut into 1-3 byte pieces, truncated
 * or interleaved. Checked: nothing crashes, every stream that was properly opened is answered exactly
 * once, and the fake agent receives nothing the policy does not allow.
 */
import { Duplex } from "node:stream";
import { Enforcer } from "../../../src/agent/decider/enforcer.ts";
import { localThread } from "../../../src/agent/decider/local-thread.ts";
import { Gate } from "../../../src/agent/gate/gate.ts";
import { FakeAgent, sampleReply } from "../../../src/agent/kit/fake-agent.ts";
import { encodeMessage } from "../../../src/agent/protocol/encode.ts";
import type { MessageObject } from "../../../src/agent/protocol/message.ts";
import { agentService, protocol } from "../../../src/agent/protocol/protocol.ts";
import { encodeRequest } from "../../../src/agent/ttrpc/envelope.ts";
import { encodeFrame, FrameReader, FrameType } from "../../../src/agent/ttrpc/frame.ts";

export interface FuzzReport {
	readonly messages: number;
	readonly connections: number;
	readonly answered: number;
	/** Requests that reached the agent: all of them allowed. */
	readonly forwarded: number;
	readonly failures: readonly string[];
}

/** What the policy below allows, said a second time in another language. */
function isAllowed(method: string, m: MessageObject): boolean {
	switch (method) {
		case "Check":
		case "Version":
			return true;
		case "StartContainer":
		case "StatsContainer":
			return m["container_id"] === "ok";
		case "SignalProcess":
			return m["signal"] === 9;
		case "CopyFile":
			return String(m["path"]).startsWith("/run/ok/") && (Number(m["file_mode"]) & 0o170000) === 0o100000;
		case "WriteStdin": {
			const data = m["data"] as Uint8Array;
			return data.length === 3 && data[0] === 1;
		}
		case "CreateContainer":
			return (
				m["OCI"] !== null &&
				(m["OCI"] as { Version: string }).Version === "1.1.0" &&
				(m["devices"] as unknown[]).length === 0
			);
		case "UpdateRoutes":
			return (
				m["routes"] !== null && (m["routes"] as { Routes: { device: string }[] }).Routes.every((r) => r.device !== "lo")
			);
		default:
			return false;
	}
}

const rules = `package agent_policy
StartContainerRequest if input.container_id == "ok"
StatsContainerRequest if input.container_id == "ok"
SignalProcessRequest if input.signal == 9
CopyFileRequest if { startswith(input.path, "/run/ok/"); input.file_type == "Regular" }
WriteStreamRequest if { count(input.data) == 3; input.data[0] == 1 }
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/n", "value": count(input.OCI.Mounts)}]} if { input.OCI.Version == "1.1.0"; count(input.devices) == 0 }
UpdateRoutesRequest if { input.routes != null; every r in input.routes.Routes { r.device != "lo" } }
`;

/** A small generator of repeatable numbers. */
function generator(seed: number): (below: number) => number {
	let s = seed >>> 0;
	return (below) => {
		s = (s + 0x6d2b79f5) >>> 0;
		let t = Math.imul(s ^ (s >>> 15), s | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

type Random = ReturnType<typeof generator>;

interface Seed {
	readonly method: string;
	readonly payload: Uint8Array;
}

/** Requests that block in the agent would only slow the run down; nothing here allows them. */
const left = new Set(["ReadStdout", "ReadStderr", "SetPolicy"]);

function seeds(): readonly Seed[] {
	const out: Seed[] = [];
	const add = (method: string, change: (m: MessageObject) => MessageObject): void => {
		const m = protocol.services.get(agentService)?.methods.get(method);
		if (m !== undefined) out.push({ method, payload: encodeMessage(change(sampleReply(m.request)), m.request) });
	};
	for (const name of protocol.services.get(agentService)?.methods.keys() ?? [])
		if (!left.has(name)) add(name, (m) => m);
	for (let i = 0; i < 6; i++) {
		add("StartContainer", () => ({ container_id: "ok" }));
		add("StatsContainer", () => ({ container_id: "ok" }));
		add("SignalProcess", (m) => ({ ...m, container_id: "c", signal: 9 }));
		add("CopyFile", (m) => ({ ...m, path: "/run/ok/x", file_mode: 0o100644 }));
		add("WriteStdin", (m) => ({ ...m, container_id: "c" }));
		add("CreateContainer", (m) => ({
			...m,
			container_id: `c${i}`,
			devices: [],
			OCI: { ...(m["OCI"] as MessageObject), Version: "1.1.0" },
		}));
		add("UpdateRoutes", (m) => m);
	}
	return out;
}

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
	let out = Uint8Array.from(bytes);
	for (let n = 1 + random(3); n > 0; n--) {
		const at = random(out.length + 1);
		switch (random(6)) {
			case 0:
				if (at < out.length) out[at] = (out[at] ?? 0) ^ (1 << random(8));
				break;
			case 1:
				if (at < out.length) out[at] = random(256);
				break;
			case 2:
				out = out.slice(0, at);
				break;
			case 3:
				out = Uint8Array.from([...out.subarray(0, at), random(256), ...out.subarray(at)]);
				break;
			case 4: {
				// A stretch of it again: repeated fields, repeated everything.
				const end = Math.min(out.length, at + 1 + random(12));
				out = Uint8Array.from([...out.subarray(0, end), ...out.subarray(at, end), ...out.subarray(end)]);
				break;
			}
			default:
				out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(at + 1 + random(4))]);
		}
	}
	return out;
}

/** Two ends of a stream inside the process. */
function pair(): [Duplex, Duplex] {
	const make = (other: () => Duplex): Duplex =>
		new Duplex({
			allowHalfOpen: true,
			read() {},
			write(chunk: Buffer, _encoding, done) {
				other().push(chunk);
				done();
			},
			final(done) {
				other().push(null);
				done();
			},
			destroy(_error, done) {
				const o = other();
				if (!o.destroyed) queueMicrotask(() => o.destroy());
				done(null);
			},
		});
	const a: Duplex = make(() => b);
	const b: Duplex = make(() => a);
	return [a, b];
}

export async function fuzzGate(
	messages: number,
	seed: number,
	progress: (done: number) => void = () => {},
): Promise<FuzzReport> {
	const random = generator(seed);
	const failures: string[] = [];
	const agent = new FakeAgent({
		record: false,
		before: (method, m) => {
			if (!isAllowed(method, m) && failures.length < 20)
				failures.push(`forwarded but not allowed: ${method} ${describe(m)}`);
		},
	});
	const policy = await Enforcer.load({ text: rules }, { digest: "off", startThread: localThread });
	const gate = new Gate({
		policy,
		connect: async () => {
			const [ours, agents] = pair();
			agent.accept(agents);
			return ours;
		},
		limits: { halfCloseMs: 2000 },
	});
	const all = seeds();
	let sent = 0;
	let connections = 0;
	let answered = 0;
	while (sent < messages && failures.length < 20) {
		const count = 1 + random(40);
		const result = await connection(gate, all, Math.min(count, messages - sent), random);
		for (const f of result.failures) failures.push(`seed ${seed}, connection ${connections}: ${f}`);
		sent += result.sent;
		answered += result.answered;
		connections++;
		if (connections % 1000 === 0) progress(sent);
	}
	await gate.close(100);
	return { messages: sent, connections, answered, forwarded: agent.count(), failures };
}

function describe(m: MessageObject): string {
	return JSON.stringify(m, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v)).slice(0, 300);
}

interface Script {
	readonly bytes: Uint8Array;
	/** Streams that must be answered. */
	readonly opened: ReadonlySet<number>;
	/** The framing itself was attacked: nothing is known about what follows. */
	readonly broken: boolean;
}

function writeScript(all: readonly Seed[], count: number, random: Random): Script {
	const parts: Uint8Array[] = [];
	const opened = new Set<number>();
	let broken = false;
	let id = 1;
	for (let i = 0; i < count; i++) {
		const one = all[random(all.length)] as Seed;
		const kind = random(20);
		const payload = kind < 9 ? mutate(one.payload, random) : one.payload;
		let data = encodeRequest({
			service: random(30) === 0 ? "grpc.Health" : agentService,
			method: random(30) === 0 ? "Check" : one.method,
			payload,
			timeoutNano: random(10) === 0 ? 1_000_000_000 : 0,
			metadata: random(10) === 0 ? [{ key: "k", value: "v" }] : [],
		});
		if (kind >= 9 && kind < 13) data = mutate(data, random);
		const frame = encodeFrame(id, FrameType.request, random(12) === 0 ? random(256) : 0, data);
		if (kind === 13) frame[8] = random(256);
		if (kind === 14) {
			// Any header at all.
			for (let b = 0; b < 1 + random(4); b++) frame[random(10)] = random(256);
			broken = true;
		}
		if (kind === 15) {
			// Another stream's number: even, used before, far ahead.
			frame.set([0, 0, 0, random(256)], 4);
		}
		const streamId = new DataView(frame.buffer, frame.byteOffset).getUint32(4);
		if (!broken && (frame[8] === FrameType.request || frame[8] === FrameType.data)) opened.add(streamId);
		parts.push(frame);
		id = Math.max(id, streamId % 2 === 1 && streamId < 0x7fffffff ? streamId : id) + 2;
	}
	let bytes: Uint8Array = Buffer.concat(parts);
	if (random(10) === 0) {
		bytes = bytes.subarray(0, random(bytes.length + 1));
		broken = true;
	}
	return { bytes, opened, broken };
}

async function connection(
	gate: Gate,
	all: readonly Seed[],
	count: number,
	random: Random,
): Promise<{ sent: number; answered: number; failures: readonly string[] }> {
	const script = writeScript(all, count, random);
	const [client, server] = pair();
	const answers = new Map<number, number>();
	const failures: string[] = [];
	const reader = new FrameReader({
		frame: (h) => {
			if (h.type !== FrameType.response) failures.push(`a frame of type ${h.type} was sent`);
			answers.set(h.streamId, (answers.get(h.streamId) ?? 0) + 1);
		},
		discarded: () => failures.push("an oversize frame was sent"),
	});
	const ended = new Promise<void>((resolve) => {
		client.on("data", (d: Buffer) => reader.push(d));
		client.on("end", resolve);
		client.on("close", resolve);
		client.on("error", () => resolve());
	});
	gate.accept(server);
	const pieces = random(4);
	if (pieces === 0) {
		for (let at = 0; at < script.bytes.length; ) {
			const n = 1 + random(3);
			client.write(script.bytes.subarray(at, at + n));
			at += n;
		}
	} else if (pieces === 1) {
		for (let at = 0; at < script.bytes.length; ) {
			const n = 1 + random(500);
			client.write(script.bytes.subarray(at, at + n));
			at += n;
			if (random(4) === 0) await new Promise<void>((r) => setImmediate(r));
		}
	} else client.write(script.bytes);
	client.end();
	await ended;
	if (!reader.idle) failures.push("the last answer is incomplete");
	client.destroy();
	let answered = 0;
	for (const n of answers.values()) answered += n;
	if (!script.broken) {
		for (const id of script.opened) if (!answers.has(id)) failures.push(`stream ${id} was never answered`);
	}
	return { sent: count, answered, failures };
}
