/**
 * The gate between shim and agent. In: connections that speak ttRPC. Every request is read strictly,
 * put to the policy, and, where allowed, written anew for the agent: the agent gets what the policy
 * saw and nothing else. What is unknown, unreadable or undecided is refused. SetPolicy is answered
 * here; health passes; output is read from the agent first and withheld where the policy denies it.
 */
import type { Duplex } from "node:stream";
import type { Value } from "../../value/value.ts";
import type { AgentPolicy, StagedDecision } from "../policy/agent-policy.ts";
import { type Decision, denialMessage } from "../policy/decision.ts";
import { decodeMessage } from "../protocol/decode.ts";
import type { Method } from "../protocol/descriptors.ts";
import { encodeMessage } from "../protocol/encode.ts";
import type { MessageObject } from "../protocol/message.ts";
import { findMethod, healthService, messageType, protocol } from "../protocol/protocol.ts";
import { type ServerCall, ServerConnection, type ServerLimits } from "../ttrpc/server.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";
import { guarded, type Log, silentLog } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { policyInput } from "./policy-input.ts";
import { type Connect, Upstream } from "./upstream.ts";

export interface GateOptions {
	readonly policy: AgentPolicy;
	/** Opens a connection to the agent: one for each client. */
	readonly connect: Connect;
	readonly log?: Log;
	readonly metrics?: Metrics;
	/** Fields of a request that our protocol does not have: refuse the request (default) or leave them out. */
	readonly unknownFields?: "reject" | "drop";
	/** Most connections at one time; more are closed at once. */
	readonly maxConnections?: number;
	/** Bytes of requests that are unfinished or in progress, over all connections. */
	readonly maxReceiving?: number;
	/** Write denials in quotes with escapes, as the agent does. */
	readonly quoteDenials?: boolean;
	readonly limits?: Partial<ServerLimits>;
}

const readStreamResponse = messageType("ReadStreamResponse");
const none = new Uint8Array(0);

export class Gate {
	readonly #options: GateOptions;
	readonly #connections: Set<Connection> = new Set();
	readonly #limits: Partial<ServerLimits>;
	#closing = false;
	#onEmpty: () => void = () => {};

	constructor(options: GateOptions) {
		this.#options = { ...options, log: guarded(options.log ?? silentLog) };
		this.#limits = { budget: { used: 0, max: options.maxReceiving ?? 256 << 20 }, ...options.limits };
	}

	get connections(): number {
		return this.#connections.size;
	}

	/** Calls in progress, over all connections. */
	get calls(): number {
		let n = 0;
		for (const c of this.#connections) n += c.server.calls;
		return n;
	}

	/** Serve one client. */
	accept(socket: Duplex): void {
		if (this.#closing || this.#connections.size >= (this.#options.maxConnections ?? 16_384)) {
			socket.on("error", () => {});
			socket.destroy();
			return;
		}
		this.#options.metrics?.count("connections_total");
		const connection = new Connection(socket, this.#options, this.#limits);
		this.#connections.add(connection);
		connection.server.onClose = () => {
			connection.close();
			this.#connections.delete(connection);
			if (this.#connections.size === 0) this.#onEmpty();
		};
	}

	/** Take no new calls, let those in progress finish for a while, then close everything. */
	async close(graceMs = 5000): Promise<void> {
		this.#closing = true;
		if (this.#connections.size === 0) return;
		const empty = new Promise<void>((resolve) => {
			this.#onEmpty = resolve;
		});
		for (const c of this.#connections) c.server.drain();
		const timer = setTimeout(() => {
			for (const c of [...this.#connections]) c.server.destroy();
		}, graceMs);
		await empty;
		clearTimeout(timer);
	}
}

class Connection {
	readonly server: ServerConnection;
	readonly #options: GateOptions;
	readonly #log: Log;
	readonly #metrics: Metrics;
	readonly #upstream: Upstream;
	/** Calls whose state changes await the agent's answer: they outlive the client. */
	#settling = 0;
	#closed = false;
	#holding = false;

	constructor(socket: Duplex, options: GateOptions, limits: Partial<ServerLimits>) {
		this.#options = options;
		this.#log = options.log ?? silentLog;
		this.#metrics = options.metrics ?? new Metrics();
		this.#upstream = new Upstream(options.connect);
		this.server = new ServerConnection(socket, (call) => this.#timed(call), limits);
		this.server.onDrain = () => this.#upstream.resume();
	}

	close(): void {
		this.#closed = true;
		if (this.#settling === 0) this.#upstream.close();
	}

	async #timed(call: ServerCall): Promise<Uint8Array> {
		const started = performance.now();
		try {
			return await this.#handle(call);
		} finally {
			this.#metrics.call((performance.now() - started) / 1000);
		}
	}

	#handle(call: ServerCall): Promise<Uint8Array> {
		const method = findMethod(call.service, call.method);
		if (method === undefined) {
			const known = protocol.services.has(call.service);
			throw this.#refused(Code.UNIMPLEMENTED, known ? `method ${call.method}` : `service ${call.service}`);
		}
		let message: MessageObject;
		try {
			message = decodeMessage(call.payload, method.request, { unknownFields: this.#options.unknownFields ?? "reject" });
		} catch (e) {
			throw this.#refused(
				Code.INVALID_ARGUMENT,
				`cannot read the message: ${e instanceof Error ? e.message : String(e)}`,
			);
		}
		if (call.service === healthService) return this.#forward(call, method, message);
		if (method.name === "SetPolicy") return this.#setPolicy(call, message);
		const input = policyInput(message, method.request);
		if (method.name === "ReadStdout" || method.name === "ReadStderr") return this.#read(call, method, message, input);
		const staged = this.#options.policy.check(method.request.name, input, { isCancelled: () => call.cancelled });
		if (staged instanceof Promise) return this.#whenSettled(staged, call, method, message);
		return this.#enforce(staged, call, method, message);
	}

	async #whenSettled(
		later: Promise<StagedDecision>,
		call: ServerCall,
		method: Method,
		message: MessageObject,
	): Promise<Uint8Array> {
		return this.#enforce(await later, call, method, message);
	}

	#refused(code: number, why: string): TtrpcError {
		this.#metrics.count("requests_refused");
		this.#log("warn", "request refused", { why });
		return new TtrpcError(code, why);
	}

	async #enforce(
		staged: StagedDecision,
		call: ServerCall,
		method: Method,
		message: MessageObject,
	): Promise<Uint8Array> {
		this.#note(staged.decision);
		if (!staged.decision.allowed) throw this.#denial(staged.decision);
		if (call.cancelled) {
			staged.rollback();
			throw new TtrpcError(Code.CANCELLED, "the request was given up");
		}
		if (staged.decision.ops.length === 0) return this.#forward(call, method, message);
		this.#settling++;
		try {
			const reply = await this.#forward(call, method, message);
			staged.commit();
			return reply;
		} finally {
			// Changes nothing after a commit.
			staged.rollback();
			this.#settling--;
			if (this.#closed && this.#settling === 0) this.#upstream.close();
		}
	}

	#note(d: Decision): void {
		const verdict = d.failing
			? "failing"
			: d.allowed
				? "allowed"
				: d.verdict === "error" || d.verdict === "busy"
					? d.verdict
					: "denied";
		this.#metrics.decision(d.name, verdict, d.microseconds / 1e6);
		if (!d.allowed) this.#log("warn", "request denied", { kind: d.name, verdict: d.verdict, reason: d.reason });
		else this.#log("debug", "request allowed", { kind: d.name });
	}

	#denial(d: Decision): TtrpcError {
		if (d.verdict === "busy") return new TtrpcError(Code.RESOURCE_EXHAUSTED, `${d.name}: ${d.reason}`);
		const message = denialMessage(d);
		return new TtrpcError(Code.PERMISSION_DENIED, this.#options.quoteDenials === true ? rustQuote(message) : message);
	}

	/** Write the message anew and pass the agent's answer on. */
	async #forward(call: ServerCall, method: Method, message: MessageObject): Promise<Uint8Array> {
		const payload = encodeMessage(message, method.request);
		const answer = this.#upstream.call(call.service, call.method, payload, {
			timeoutNano: remaining(call),
			metadata: call.metadata,
			// The client's deadline is kept by our server; the outcome is wanted even when it comes late.
			keepWaiting: true,
		});
		if (this.#upstream.full) this.#hold();
		try {
			const reply = await answer;
			if (this.server.full) this.#upstream.pause();
			return reply;
		} catch (e) {
			const error = TtrpcError.from(e);
			if (error.code === Code.UNAVAILABLE) this.#metrics.count("upstream_failures");
			throw error;
		}
	}

	/** The agent is slow: read no more from the client until it has caught up. */
	#hold(): void {
		if (this.#holding) return;
		this.#holding = true;
		const release = this.server.hold();
		this.#upstream.onDrain = () => {
			this.#holding = false;
			release();
		};
	}

	/**
	 * Output is drained from the agent whether or not it may be seen: a full pipe would stop the
	 * container. Withheld data are replaced by waiting for more; only the stream's real end reads as
	 * an empty answer, which a shim takes for the end.
	 */
	async #read(call: ServerCall, method: Method, message: MessageObject, input: Value): Promise<Uint8Array> {
		const { policy } = this.#options;
		for (;;) {
			const reply = await this.#forward(call, method, message);
			const staged = await policy.check(method.request.name, input, {
				isCancelled: () => call.cancelled,
				prints: false,
			});
			this.#note(staged.decision);
			if (staged.decision.allowed) {
				staged.commit();
				return reply;
			}
			const { data } = decodeMessage(reply, readStreamResponse, { unknownFields: "drop" });
			if ((data as Uint8Array).length === 0) return none;
			this.#metrics.count("reads_redacted");
			if (call.cancelled) throw new TtrpcError(Code.CANCELLED, "the request was given up");
		}
	}

	async #setPolicy(call: ServerCall, message: MessageObject): Promise<Uint8Array> {
		const outcome = await this.#options.policy.setPolicy(message["policy"] as string, {
			isCancelled: () => call.cancelled,
		});
		switch (outcome.kind) {
			case "replaced":
				this.#metrics.decision("SetPolicyRequest", "allowed", 0);
				this.#metrics.count("policies_set");
				this.#log("warn", "policy replaced", { digest: outcome.digest });
				return none;
			case "denied":
				this.#note(outcome.decision);
				throw this.#denial(outcome.decision);
			case "refused": {
				this.#log("error", "new policy refused", { errors: outcome.error.errors });
				const mismatch = outcome.error.message.startsWith("digest:");
				if (mismatch)
					throw new TtrpcError(
						Code.PERMISSION_DENIED,
						`SetPolicyRequest is blocked by policy: ${outcome.error.message}`,
					);
				throw new TtrpcError(Code.INVALID_ARGUMENT, outcome.error.message);
			}
		}
	}
}

const maxTimeout = 0x7fffffffffffffffn;

/** What is left of the client's timeout. Throws when nothing is. */
function remaining(call: ServerCall): number | bigint {
	if (call.deadline === undefined) return 0;
	const nano = Math.floor((call.deadline - performance.now()) * 1e6);
	if (nano <= 0) throw new TtrpcError(Code.DEADLINE_EXCEEDED, "timeout");
	if (Number.isSafeInteger(nano)) return nano;
	const exact = BigInt(nano);
	return exact > maxTimeout ? maxTimeout : exact;
}

/** Rust's Debug form of a string, which is what the agent's own denials look like. */
function rustQuote(text: string): string {
	return JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => `\\u{${hex.replace(/^0+(?=.)/, "")}}`);
}
