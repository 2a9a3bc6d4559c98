/**
 * An agent without a guest, for tests: sandbox, containers and processes in memory, WaitProcess and
 * GetOOMEvent that block, output that is read and input that is echoed. It serves all methods of the
 * agent and counts what reaches it: whatever a gate lets through is on record here.
 */
import { createServer, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { decodeMessage } from "../protocol/decode.ts";
import type { MessageType } from "../protocol/descriptors.ts";
import { encodeMessage } from "../protocol/encode.ts";
import { emptyMessage, type MessageObject, type MessageValue } from "../protocol/message.ts";
import { findMethod } from "../protocol/protocol.ts";
import { type ServerCall, ServerConnection } from "../ttrpc/server.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";

export interface ReceivedCall {
	readonly method: string;
	readonly message: MessageObject;
	readonly metadata: readonly { readonly key: string; readonly value: string }[];
	readonly timeoutNano: number | bigint;
}

interface Process {
	readonly stdout: Uint8Array[];
	closed: boolean;
	exit: number | undefined;
	readonly waiters: (() => void)[];
}

export interface FakeAgentOptions {
	/** Keep every call in `received`; counting goes on without. Default true. */
	readonly record?: boolean;
	/** Called before a method is carried out: to delay it, or to throw a TtrpcError instead. */
	readonly before?: (method: string, message: MessageObject) => Promise<void> | void;
}

export class FakeAgent {
	readonly received: ReceivedCall[] = [];
	readonly counts: Map<string, number> = new Map();
	readonly #options: FakeAgentOptions;
	readonly #processes: Map<string, Process> = new Map();
	readonly #containers: Set<string> = new Set();
	readonly #oomWaiters: ((containerId: string) => void)[] = [];
	readonly #connections: Set<ServerConnection> = new Set();
	#server: Server | undefined;

	constructor(options: FakeAgentOptions = {}) {
		this.#options = options;
	}

	/** Calls received, of one method or of all. */
	count(method?: string): number {
		if (method !== undefined) return this.counts.get(method) ?? 0;
		let n = 0;
		for (const c of this.counts.values()) n += c;
		return n;
	}

	get containers(): readonly string[] {
		return [...this.#containers];
	}

	get connections(): number {
		return this.#connections.size;
	}

	/** Serve on a unix socket. */
	listen(path: string): Promise<void> {
		const server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
		this.#server = server;
		return new Promise((resolve, reject) => {
			server.once("error", reject);
			server.listen({ path, backlog: 4096 }, resolve);
		});
	}

	accept(socket: Duplex): void {
		const connection = new ServerConnection(socket, (call) => this.#handle(call), {
			halfCloseMs: 0,
			maxCalls: 100_000,
		});
		this.#connections.add(connection);
		connection.onClose = () => this.#connections.delete(connection);
	}

	/** Die: connections break, nobody listens. */
	kill(): Promise<void> {
		for (const c of [...this.#connections]) c.destroy();
		const server = this.#server;
		this.#server = undefined;
		return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
	}

	/** A process writes to its standard output. */
	write(containerId: string, execId: string, data: Uint8Array): void {
		const p = this.#process(containerId, execId);
		p.stdout.push(data);
		wake(p);
	}

	/** A process ends. */
	exit(containerId: string, execId: string, status: number): void {
		const p = this.#process(containerId, execId);
		p.exit = status;
		p.closed = true;
		wake(p);
	}

	/** The kernel kills a container for its memory: who waits for that hears of it. */
	outOfMemory(containerId: string): void {
		for (const w of this.#oomWaiters.splice(0)) w(containerId);
	}

	async #handle(call: ServerCall): Promise<Uint8Array> {
		const method = findMethod(call.service, call.method);
		if (method === undefined) throw new TtrpcError(Code.UNIMPLEMENTED, `method ${call.method}`);
		const message = decodeMessage(call.payload, method.request);
		this.counts.set(method.name, this.count(method.name) + 1);
		if (this.#options.record !== false) {
			const { metadata, timeoutNano } = call;
			this.received.push({ method: method.name, message, metadata, timeoutNano });
		}
		await this.#options.before?.(method.name, message);
		const reply = await this.#answer(method.name, message, call);
		return encodeMessage({ ...emptyMessage(method.response), ...reply }, method.response);
	}

	async #answer(method: string, m: MessageObject, call: ServerCall): Promise<MessageObject> {
		const id = String(m["container_id"] ?? "");
		const exec = String(m["exec_id"] ?? "");
		switch (method) {
			case "Check":
				return { status: 1 };
			case "Version":
				return { grpc_version: "0.0.1", agent_version: "fake" };
			case "CreateContainer":
				if (this.#containers.has(id)) throw new TtrpcError(Code.ALREADY_EXISTS, `container ${id} exists`);
				this.#containers.add(id);
				this.#process(id, exec);
				return {};
			case "RemoveContainer":
				this.#containers.delete(id);
				for (const key of this.#processes.keys()) if (key.startsWith(`${id}/`)) this.#processes.delete(key);
				return {};
			case "ExecProcess":
				this.#process(id, exec);
				return {};
			case "SignalProcess":
				this.exit(id, exec, 128 + Number(m["signal"]));
				return {};
			case "WaitProcess": {
				const p = this.#process(id, exec);
				await until(p, call, () => p.exit !== undefined);
				return { status: p.exit ?? 0 };
			}
			case "WriteStdin":
				this.write(id, exec, Uint8Array.from(m["data"] as Uint8Array));
				return { len: (m["data"] as Uint8Array).length };
			case "CloseStdin":
				this.#process(id, exec).closed = true;
				wake(this.#process(id, exec));
				return {};
			case "ReadStdout":
			case "ReadStderr": {
				const p = this.#process(id, exec);
				await until(p, call, () => p.stdout.length > 0 || p.closed);
				return { data: p.stdout.shift() ?? new Uint8Array(0) };
			}
			case "GetOOMEvent":
				return new Promise((resolve) => this.#oomWaiters.push((container_id) => resolve({ container_id })));
			default:
				return sampleReply(findMethod("grpc.AgentService", method)?.response);
		}
	}

	#process(containerId: string, execId: string): Process {
		const key = `${containerId}/${execId}`;
		let p = this.#processes.get(key);
		if (p === undefined) {
			p = { stdout: [], closed: false, exit: undefined, waiters: [] };
			this.#processes.set(key, p);
		}
		return p;
	}
}

function wake(p: Process): void {
	for (const w of p.waiters.splice(0)) w();
}

async function until(p: Process, call: ServerCall, ready: () => boolean): Promise<void> {
	while (!ready()) {
		await new Promise<void>((resolve) => {
			p.waiters.push(resolve);
			call.onCancel = resolve;
		});
		if (call.cancelled) throw new TtrpcError(Code.CANCELLED, "cancelled");
	}
}

/** Something in every field, so that an answer that loses a field on its way is noticed. */
export function sampleReply(type: MessageType | undefined): MessageObject {
	const out: { [key: string]: MessageValue } = {};
	for (const f of type?.fields ?? []) {
		const one = f.message === undefined ? sampleScalar(f.scalar ?? "string", f.name) : sampleReply(f.message);
		if (f.label === "repeated") out[f.key] = [one];
		else if (f.label === "map") out[f.key] = { key: one };
		else out[f.key] = f.label === "oneof" ? { [f.variant ?? f.name]: one } : one;
	}
	return out;
}

function sampleScalar(scalar: string, name: string): MessageValue {
	switch (scalar) {
		case "string":
			return `sample ${name}`;
		case "bytes":
			return Uint8Array.of(1, 2, 255);
		case "bool":
			return true;
		case "uint64":
			return 18446744073709551615n;
		case "int64":
			return -998;
		default:
			return 1;
	}
}
