/**
 * The server's end of one ttRPC connection. In: a socket and a handler. Every request is handed to
 * the handler at once, replies leave in the order they are ready, and every stream a peer opens is
 * answered exactly once, whatever it sent: oversize and undecodable requests, reused stream ids,
 * data frames and expired deadlines included.
 */
import type { Duplex } from "node:stream";
import { messageOf } from "../../thrown.ts";
import { type Budget, mostForSmall, mostOfAll, tiny } from "./budget.ts";
import { decodeRequest, encodeError, encodeResponse, type KeyValue, type Request } from "./envelope.ts";
import { Flag, type FrameHeader, FrameReader, FrameType, maxDataLength, tooLongText } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { Code, TtrpcError } from "./status.ts";

/** A call in progress. */
export interface ServerCall extends Omit<Request, "payload" | "metadata"> {
	payload: Uint8Array;
	metadata: readonly KeyValue[];
	/** The handler is done with payload and metadata: a call that takes long need not keep them. */
	letGo(): void;
	/** When the client gives up, on performance.now()'s clock; undefined for never. */
	readonly deadline: number | undefined;
	/** The answer is no longer wanted: the deadline passed or the client left. */
	cancelled: boolean;
	/** Set by the handler to hear of it. */
	onCancel: (() => void) | undefined;
}

/** Answers one call with the response's payload, or throws a TtrpcError. */
export type ServerHandler = (call: ServerCall) => Promise<Uint8Array>;

export interface ServerLimits {
	/** Calls in progress on one connection; more are answered RESOURCE_EXHAUSTED. */
	readonly maxCalls: number;
	/** Replies waiting for a reader that does not read; more ends the connection. */
	readonly maxBacklog: number;
	/** How long calls may finish after the client has closed its side. */
	readonly halfCloseMs: number;
	/** Bytes of requests, unfinished or in progress, and of answers that are not read. Shared among connections. */
	readonly budget: Budget | undefined;
	/** How often a client that has ended its side is looked at: whether it still wants its answers. */
	readonly lookMs: number;
	/** How long answers may stay unread when others need their room. */
	readonly unreadMs: number;
}

const defaultServerLimits: ServerLimits = {
	maxCalls: 4096,
	maxBacklog: 64 << 20,
	halfCloseMs: 5000,
	budget: undefined,
	lookMs: 100,
	unreadMs: 5000,
};

/** Frames of one connection that are read before others have their turn. */
const framesPerTurn = 32;

/** A request that even a gate under load should take. */
const small = 4096;

/** What a call in progress costs us beside its bytes, roughly. */
const callCost = 2048;

const nothing = new Uint8Array(0);

interface Stream {
	readonly id: number;
	readonly call: ServerCall;
	timer: NodeJS.Timeout | undefined;
	/** Bytes that it has taken of the budget. */
	held: number;
	/** Nobody waits for the answer any more; the handler may still have the request. */
	isGivenUp: boolean;
}

export class ServerConnection {
	readonly #socket: Duplex;
	readonly #handler: ServerHandler;
	readonly #limits: ServerLimits;
	readonly #reader: FrameReader;
	readonly #writer: FrameWriter;
	readonly #streams: Map<number, Stream> = new Map();
	/** What came and waits: for the client to read answers, or for the others' turn. */
	#unread: Uint8Array | undefined;
	#inTurn = 0;
	#yielding = false;
	#holds = 0;
	#draining = false;
	#ended = false;
	#closed = false;
	#halfClose: NodeJS.Timeout | undefined;
	/** Called once, when nothing of the connection is left. */
	onClose: () => void = () => {};

	/** Called when the client has read what had piled up: see `full`. */
	onDrain: () => void = () => {};

	constructor(socket: Duplex, handler: ServerHandler, limits: Partial<ServerLimits> = {}) {
		this.#socket = socket;
		this.#handler = handler;
		this.#limits = { ...defaultServerLimits, ...limits };
		this.#writer = new FrameWriter(socket, this.#limits.budget, {
			patience: this.#limits.unreadMs,
			giveUp: () => this.#close(),
		});
		this.#writer.onDrain = () => {
			this.#resume();
			this.onDrain();
		};
		this.#reader = new FrameReader(
			{ frame: (h, data) => this.#frame(h, data), discarded: (h, why) => this.#discarded(h, why) },
			// Small requests can have large answers and long decisions: a few at a time, while the client reads.
			{ budget: this.#limits.budget, enough: () => this.#writer.full || this.#inTurn >= framesPerTurn },
		);
		socket.on("data", (piece: Uint8Array) => this.#take(piece));
		socket.on("end", () => this.#peerEnded());
		socket.on("error", () => this.#close());
		socket.on("close", () => this.#close());
	}

	/** The client reads more slowly than we answer. */
	get full(): boolean {
		return this.#writer.full;
	}

	/** Calls in progress. */
	get calls(): number {
		return this.#streams.size;
	}

	/** Stop reading until the returned function is called: what a slow next hop asks for. */
	hold(): () => void {
		this.#holds++;
		this.#socket.pause();
		let held = true;
		return () => {
			if (!held) return;
			held = false;
			this.#holds--;
			this.#resume();
		};
	}

	/** Take no new calls, finish those in progress, then close. */
	drain(): void {
		this.#draining = true;
		this.#endWhenDone();
	}

	destroy(): void {
		this.#close();
	}

	#take(piece: Uint8Array): void {
		this.#inTurn = 0;
		this.#unread = this.#reader.push(piece);
		if (this.#unread !== undefined) this.#yield();
		if (this.#unread !== undefined || this.#writer.full) this.#socket.pause();
	}

	/** Others have their turn before the rest. */
	#yield(): void {
		this.#yielding = true;
		setImmediate(() => {
			this.#yielding = false;
			this.#resume();
		});
	}

	#resume(): void {
		if (this.#yielding || this.#holds > 0 || this.#writer.full || this.#closed) return;
		const unread = this.#unread;
		if (unread !== undefined) {
			this.#take(unread);
			this.#endWhenDone();
		}
		if (this.#unread === undefined && !this.#writer.full && this.#socket.isPaused()) this.#socket.resume();
	}

	#frame(h: FrameHeader, data: Uint8Array): void {
		this.#inTurn++;
		if (h.type === FrameType.request) this.#request(h, data);
		else if (h.type === FrameType.data) {
			this.#refuse(h.streamId, Code.INVALID_ARGUMENT, "stream is not open for data");
		}
		// Other types mean nothing to a server; the protocol says to ignore them.
	}

	#discarded(h: FrameHeader, why: "oversize" | "budget"): void {
		if (h.type !== FrameType.request && h.type !== FrameType.data) return;
		const message = why === "oversize" ? tooLongText(h.length) : "too many unfinished messages";
		this.#refuse(h.streamId, Code.RESOURCE_EXHAUSTED, message);
	}

	#refuse(streamId: number, code: number, message: string): void {
		this.#writer.write(streamId, FrameType.response, 0, encodeError(new TtrpcError(code, message)));
		this.#checkBacklog();
	}

	/** Why a request on this stream cannot be taken, if so. */
	#checkStream(h: FrameHeader): TtrpcError | undefined {
		const id = h.streamId;
		if (id % 2 !== 1) return new TtrpcError(Code.INVALID_ARGUMENT, "StreamID must be odd for client initiated streams");
		// Any order: clients that make calls on several threads number them before they write them.
		if (this.#streams.has(id)) return new TtrpcError(Code.INVALID_ARGUMENT, "StreamID is in use");
		if (this.#draining) return new TtrpcError(Code.UNAVAILABLE, "the server is shutting down");
		if ((h.flags & Flag.remoteOpen) !== 0) return new TtrpcError(Code.UNIMPLEMENTED, "streaming is not supported");
		if (this.#streams.size >= this.#limits.maxCalls) {
			return new TtrpcError(Code.RESOURCE_EXHAUSTED, `more than ${this.#limits.maxCalls} calls in progress`);
		}
		return undefined;
	}

	/** A connection may always have one tiny call, however many calls others have. */
	#hasRoom(length: number, held: number): boolean {
		const { budget } = this.#limits;
		if (budget === undefined || (length <= tiny && this.#streams.size === 0)) return true;
		return budget.hasRoom(held, length <= small ? mostForSmall(budget) : budget.max);
	}

	#request(h: FrameHeader, data: Uint8Array): void {
		const id = h.streamId;
		const refusal = this.#checkStream(h);
		if (refusal !== undefined) {
			this.#refuse(id, refusal.code, refusal.message);
			return;
		}
		const { budget } = this.#limits;
		const held = data.length + callCost;
		if (!this.#hasRoom(data.length, held)) {
			this.#refuse(id, Code.RESOURCE_EXHAUSTED, "too many unfinished messages");
			return;
		}
		if (this.#closed) return;
		let request: Request;
		try {
			// A copy: a call that takes long must not keep the whole piece of the stream that it came in.
			request = decodeRequest(data.length < data.buffer.byteLength ? new Uint8Array(data) : data);
		} catch (e) {
			const why = messageOf(e);
			this.#refuse(id, Code.INVALID_ARGUMENT, `cannot read the request: ${why}`);
			return;
		}
		if (request.timeoutNano < 0) {
			this.#refuse(id, Code.DEADLINE_EXCEEDED, "timeout");
			return;
		}
		const ms = Number(request.timeoutNano) / 1e6;
		const call: ServerCall = {
			...request,
			deadline: ms === 0 ? undefined : performance.now() + ms,
			cancelled: false,
			onCancel: undefined,
			letGo: () => this.#letGo(stream),
		};
		// What is not payload is held twice: as it came, and as text.
		const all = held + data.length - request.payload.length;
		const stream: Stream = { id, call, timer: undefined, held: budget === undefined ? 0 : all, isGivenUp: false };
		this.#streams.set(id, stream);
		if (ms > 0 && ms < 0x7fffffff) {
			stream.timer = setTimeout(() => {
				this.#giveUp(stream);
				this.#answer(stream, encodeError(new TtrpcError(Code.DEADLINE_EXCEEDED, "timeout")));
			}, ms);
		}
		if (budget !== undefined) budget.used += all;
		// A handler that throws before its first await must be answered too.
		new Promise<Uint8Array>((resolve) => resolve(this.#handler(call))).then(
			(payload) => {
				this.#release(stream);
				this.#answer(stream, successOrTooLarge(payload));
			},
			(e: unknown) => {
				this.#release(stream);
				this.#answer(stream, encodeBoundedError(TtrpcError.from(e)));
			},
		);
	}

	#answer(stream: Stream, response: Uint8Array): void {
		clearTimeout(stream.timer);
		if (this.#streams.get(stream.id) !== stream) return;
		this.#streams.delete(stream.id);
		this.#writer.write(stream.id, FrameType.response, 0, response);
		this.#checkBacklog();
		this.#endWhenDone();
	}

	#letGo(stream: Stream): void {
		const { budget } = this.#limits;
		stream.call.payload = nothing;
		stream.call.metadata = [];
		const left = stream.isGivenUp ? 0 : Math.min(stream.held, callCost);
		if (budget !== undefined) budget.used -= stream.held - left;
		stream.held = left;
	}

	/**
	 * The answer is not wanted any more. What the handler has of the request counts until it lets go of it or ends:
	 * a request that waits for something is there as before. The call itself counts no more, whoever never ends it.
	 */
	#giveUp(stream: Stream): void {
		const { budget } = this.#limits;
		const cost = Math.min(stream.held, callCost);
		if (budget !== undefined) budget.used -= cost;
		stream.held -= cost;
		stream.isGivenUp = true;
		cancel(stream.call);
	}

	#release(stream: Stream): void {
		const { budget } = this.#limits;
		if (budget !== undefined) budget.used -= stream.held;
		stream.held = 0;
	}

	#checkBacklog(): void {
		const { budget, maxBacklog } = this.#limits;
		if (budget !== undefined) {
			budget.hasRoom(0, mostForSmall(budget));
			budget.keepBelow(mostOfAll(budget));
		}
		if (this.#writer.backlog > maxBacklog) this.#close();
	}

	/** A client that has closed everything ends its calls; one that has only said all may hear the answers. */
	#peerEnded(): void {
		this.#ended = true;
		if (this.#streams.size > 0 || this.#unread !== undefined) {
			const { halfCloseMs, lookMs } = this.#limits;
			const until = performance.now() + halfCloseMs;
			this.#look();
			this.#halfClose = setInterval(
				() => {
					if (performance.now() >= until) this.#close();
					else this.#look();
				},
				Math.min(lookMs, halfCloseMs),
			);
			this.#halfClose.unref();
		}
		this.#endWhenDone();
	}

	/** Writing nothing fails where nobody is left to read: the socket's error ends the connection. */
	#look(): void {
		if (!this.#closed && this.#socket.writable && this.#socket.writableLength === 0) this.#socket.write(nothing);
	}

	#endWhenDone(): void {
		if (this.#unread !== undefined) return;
		if ((this.#ended || this.#draining) && this.#streams.size === 0) this.#writer.end();
		// After our end, a client that keeps its side open has nothing more to say.
		if (this.#draining && this.#streams.size === 0 && !this.#closed) {
			setTimeout(() => this.#close(), 1000).unref();
		}
	}

	#close(): void {
		if (this.#closed) return;
		this.#closed = true;
		clearInterval(this.#halfClose);
		this.#reader.close();
		const open = [...this.#streams.values()];
		this.#streams.clear();
		this.#socket.destroy();
		this.#writer.drop();
		for (const s of open) {
			clearTimeout(s.timer);
			this.#giveUp(s);
		}
		this.onClose();
	}
}

function cancel(call: ServerCall): void {
	call.cancelled = true;
	call.onCancel?.();
}

function successOrTooLarge(payload: Uint8Array): Uint8Array {
	const response = encodeResponse(payload);
	if (response.length <= maxDataLength) return response;
	return encodeError(new TtrpcError(Code.RESOURCE_EXHAUSTED, tooLongText(response.length)));
}

/** An error's text is cut to what a frame and a reader can bear. */
function encodeBoundedError(e: TtrpcError): Uint8Array {
	const max = 1 << 20;
	const message = e.message.length > max ? `${e.message.slice(0, max)}…` : e.message;
	const response = encodeError(new TtrpcError(e.code, message, e.details));
	return response.length <= maxDataLength ? response : encodeError(new TtrpcError(e.code, message));
}
