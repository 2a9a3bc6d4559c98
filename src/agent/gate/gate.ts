/**
 * The gate between shim and agent. In: connections that speak ttRPC. Every request is read strictly,
 * put to the policy, and, where allowed, written anew for the agent: the agent gets what the policy
 * saw and nothing else. What is unknown, unreadable or undecided is refused. SetPolicy is answered
 * here; health passes; output is read from the agent first and withheld where the policy denies it.
 *
 * Requests are read and decided on another thread (../decider): this one moves bytes, and never waits.
 */
import type { Duplex } from "node:stream";
import { messageOf } from "../../thrown.ts";
import type { Checked, Enforcer } from "../decider/enforcer.ts";
import { type Decision, denialMessage } from "../policy/decision.ts";
import { decodeMessage } from "../protocol/decode.ts";
import type { Method } from "../protocol/descriptors.ts";
import { encodeMessage } from "../protocol/encode.ts";
import { policyInput } from "../protocol/policy-input.ts";
import { findMethod, healthService, messageType, protocol } from "../protocol/protocol.ts";
import { type Budget, newBudget } from "../ttrpc/budget.ts";
import { type ServerCall, ServerConnection, type ServerLimits } from "../ttrpc/server.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";
import { guarded, type Log, silentLog } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { type Connect, Upstream } from "./upstream.ts";

export interface GateOptions {
	readonly policy: Enforcer;
	/** Opens a connection to the agent: one for each client. */
	readonly connect: Connect;
	readonly log?: Log;
	readonly metrics?: Metrics;
	/** Most connections at one time; more are closed at once. */
	readonly maxConnections?: number;
	/** Bytes held at one time, over all connections: of requests, and of what is written and not yet taken. */
	readonly maxHeld?: number;
	/** Write denials in quotes with escapes, as the agent does. */
	readonly quoteDenials?: boolean;
	readonly limits?: Partial<ServerLimits>;
	/** How long the agent may take over a call whose client sets no deadline; calls that wait for something may take for ever. */
	readonly callMs?: number;
}

const readStreamResponse = messageType("ReadStreamResponse");
const none = new Uint8Array(0);
/** Calls that are meant to wait. */
const blocking: ReadonlySet<string> = new Set(["WaitProcess", "GetOOMEvent", "ReadStdout", "ReadStderr"]);
const longestName = 100;

export class Gate {
	readonly #options: GateOptions;
	readonly #connections: Set<Connection> = new Set();
	/** Their clients have left, and the agent is still at something. */
	readonly #leaving: Set<Connection> = new Set();
	readonly #budget: Budget;
	readonly #limits: Partial<ServerLimits>;
	#closing = false;
	#onEmpty: () => void = () => {};

	constructor(options: GateOptions) {
		this.#options = { ...options, log: guarded(options.log ?? silentLog) };
		this.#budget = newBudget(options.maxHeld ?? 128 << 20);
		this.#limits = { budget: this.#budget, ...options.limits };
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

	/** Bytes held now. */
	get held(): number {
		return this.#budget.used;
	}

	/** Serve one client. */
	accept(socket: Duplex): void {
		const open = this.#connections.size + this.#leaving.size;
		if (this.#closing || open >= (this.#options.maxConnections ?? 16_384)) {
			socket.on("error", () => {});
			socket.destroy();
			return;
		}
		this.#options.metrics?.count("connections");
		const connection = new Connection(socket, this.#options, this.#limits, this.#budget);
		this.#connections.add(connection);
		connection.onGone = () => this.#leaving.delete(connection);
		connection.server.onClose = () => {
			this.#connections.delete(connection);
			this.#leaving.add(connection);
			connection.close();
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
	/** Calls that outlive the client: those being decided, and those that changed the state and are the agent's to carry out. */
	#lasting = 0;
	#closed = false;
	#holding = false;
	/** Called once, when it is closed on both sides. */
	onGone: () => void = () => {};

	constructor(socket: Duplex, options: GateOptions, limits: Partial<ServerLimits>, budget: Budget) {
		this.#options = options;
		this.#log = options.log ?? silentLog;
		this.#metrics = options.metrics ?? new Metrics();
		this.#upstream = new Upstream(options.connect, budget);
		this.server = new ServerConnection(socket, (call) => this.#timed(call), limits);
		this.server.onDrain = () => this.#upstream.resume();
	}

	close(): void {
		this.#closed = true;
		this.#closeWhenDone();
	}

	#closeWhenDone(): void {
		if (!this.#closed || this.#lasting > 0) return;
		this.#upstream.close();
		this.onGone();
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
			const what = known ? `method ${cut(call.method)}` : `service ${cut(call.service)}`;
			throw this.#refused(new TtrpcError(Code.UNIMPLEMENTED, what));
		}
		if (call.service === healthService) return this.#health(call, method);
		if (method.name === "SetPolicy") return this.#setPolicy(call, method);
		if (method.name === "ReadStdout" || method.name === "ReadStderr") return this.#read(call, method);
		return this.#enforce(call, method);
	}

	#refused(e: TtrpcError): TtrpcError {
		this.#metrics.count("requests_refused");
		this.#log("warn", "request refused", { why: e.message });
		return e;
	}

	#decode(payload: Uint8Array, method: Method): ReturnType<typeof decodeMessage> {
		try {
			return decodeMessage(payload, method.request, {
				maxElements: 100,
				unknownFields: this.#options.policy.unknownFields,
			});
		} catch (e) {
			const why = messageOf(e);
			throw this.#refused(new TtrpcError(Code.INVALID_ARGUMENT, `cannot read the message: ${why}`));
		}
	}

	/** Small, and answered whatever the policy is busy with. */
	#health(call: ServerCall, method: Method): Promise<Uint8Array> {
		const message = this.#decode(call.payload, method);
		return this.#forward(call, { payload: encodeMessage(message, method.request) }, { limitMs: healthMs });
	}

	async #check(call: ServerCall, method: Method, payload: Uint8Array, prints: boolean): Promise<Checked> {
		try {
			const checked = await this.#options.policy.check(method.name, payload, { asker: call, prints });
			this.#note(checked.decision);
			return checked;
		} catch (e) {
			throw this.#refused(TtrpcError.from(e));
		}
	}

	async #enforce(call: ServerCall, method: Method): Promise<Uint8Array> {
		const settle = this.#last();
		try {
			const checked = await this.#check(call, method, call.payload, true);
			const { decision, changed } = checked;
			if (!decision.allowed) throw this.#denial(decision);
			if (!changed) {
				if (call.cancelled) throw new TtrpcError(Code.CANCELLED, "the request was given up");
				settle();
			}
			const limitMs = blocking.has(method.name) ? undefined : (this.#options.callMs ?? defaultCallMs);
			// The state says that it was done: the agent hears of it, even where the client has given up.
			return await this.#forward(call, checked, { limitMs, whole: changed && call.cancelled });
		} finally {
			settle();
		}
	}

	/** Keeps the agent's side open until the function that it returns is called. */
	#last(): () => void {
		this.#lasting++;
		let lasts = true;
		return () => {
			if (!lasts) return;
			lasts = false;
			this.#lasting--;
			this.#closeWhenDone();
		};
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

	/** Send what may be sent and pass the agent's answer on. What is sent is not kept. */
	async #forward(
		call: ServerCall,
		message: { payload: Uint8Array },
		o: {
			readonly limitMs: number | undefined;
			/** All of the client's timeout, whatever is left of it. */
			readonly whole?: boolean;
			/** It will be sent again. */
			readonly keep?: boolean;
		},
	): Promise<Uint8Array> {
		const { service, method, metadata } = call;
		const timeoutNano = o.whole === true ? call.timeoutNano : remaining(call);
		const { limitMs, keep } = o;
		const onSent = (): void => {
			if (keep === true) return;
			message.payload = none;
			call.letGo();
		};
		const answer = this.#upstream.call(service, method, message.payload, { timeoutNano, limitMs, metadata, onSent });
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
	 * an empty answer, which a shim takes for the end. What the agent gets is what was read here, so
	 * that a request that cannot be read does not drain anything.
	 */
	async #read(call: ServerCall, method: Method): Promise<Uint8Array> {
		const message = this.#decode(call.payload, method);
		policyInput(message, method.request);
		const payload = encodeMessage(message, method.request);
		for (;;) {
			const reply = await this.#forward(call, { payload }, { limitMs: undefined, keep: true });
			const { decision } = await this.#check(call, method, payload, false);
			if (decision.allowed) return reply;
			const { data } = decodeMessage(reply, readStreamResponse, { unknownFields: "drop" });
			if ((data as Uint8Array).length === 0) return none;
			this.#metrics.count("reads_redacted");
			if (call.cancelled) throw new TtrpcError(Code.CANCELLED, "the request was given up");
		}
	}

	async #setPolicy(call: ServerCall, method: Method): Promise<Uint8Array> {
		const text = this.#decode(call.payload, method)["policy"] as string;
		const outcome = await this.#options.policy.setPolicy(text, call.payload, { asker: call });
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

const healthMs = 30_000;
const defaultCallMs = 300_000;
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

function cut(name: string): string {
	return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}

/** Rust's Debug form of a string, which is what the agent's own denials look like. */
function rustQuote(text: string): string {
	return JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => `\\u{${hex.replace(/^0+(?=.)/, "")}}`);
}
