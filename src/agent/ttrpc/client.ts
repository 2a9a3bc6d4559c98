/**
 * The client's end of one ttRPC connection: any number of calls at once, replies in any order.
 * When the connection is lost every call in progress fails with UNAVAILABLE.
 */
import type { Duplex } from "node:stream";
import { type Budget, mostForSmall, tiny } from "./budget.ts";
import { decodeResponse, encodeRequest, type KeyValue } from "./envelope.ts";
import { type FrameHeader, FrameReader, FrameType, maxDataLength, tooLongText } from "./frame.ts";
import { FrameWriter } from "./frame-writer.ts";
import { Code, TtrpcError } from "./status.ts";

export interface CallOptions {
	/** Sent to the server, and kept here too. 0 or missing: none. */
	readonly timeoutNano?: number | bigint;
	/** How long to wait here for the answer, whatever the server is told. */
	readonly limitMs?: number | undefined;
	readonly metadata?: readonly KeyValue[];
	/** Leave the deadline to the server: wait for its answer however late. */
	readonly keepWaiting?: boolean;
	/** Called when the request is written: the caller need not keep it. */
	readonly onSent?: () => void;
}

interface Waiting {
	readonly resolve: (payload: Uint8Array) => void;
	readonly reject: (e: TtrpcError) => void;
	timer: NodeJS.Timeout | undefined;
}

const lastStreamId = 0xffffffff;

export class TtrpcClient {
	readonly #socket: Duplex;
	readonly #reader: FrameReader;
	readonly #writer: FrameWriter;
	readonly #budget: Budget | undefined;
	readonly #waiting: Map<number, Waiting> = new Map();
	#nextId = 1;
	#closed = false;
	/** Called once, when the connection is gone. */
	onClose: () => void = () => {};
	/** Called when the peer has read what had piled up. */
	onDrain: () => void = () => {};

	/** What is written and not yet read by the server is charged to `budget`. */
	constructor(socket: Duplex, budget?: Budget) {
		this.#socket = socket;
		this.#budget = budget;
		this.#writer = new FrameWriter(socket, budget);
		this.#writer.onDrain = () => this.onDrain();
		this.#reader = new FrameReader({
			frame: (h, data) => this.#frame(h, data),
			discarded: (h) => {
				this.#settle(h.streamId)?.reject(new TtrpcError(Code.RESOURCE_EXHAUSTED, tooLongText(h.length)));
			},
		});
		socket.on("data", (piece: Uint8Array) => this.#reader.push(piece));
		socket.on("end", () => this.close());
		socket.on("error", (e: Error) => this.close(e.message));
		socket.on("close", () => this.close());
	}

	get closed(): boolean {
		return this.#closed;
	}

	/** Calls in progress. */
	get calls(): number {
		return this.#waiting.size;
	}

	/** The peer is not reading as fast as we write. */
	get full(): boolean {
		return this.#writer.full;
	}

	/** Read no answers for now: whoever gets them is slow. */
	pause(): void {
		this.#socket.pause();
	}

	resume(): void {
		if (!this.#closed && this.#socket.isPaused()) this.#socket.resume();
	}

	/** Rejects with a TtrpcError, always. */
	call(service: string, method: string, payload: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
		return new Promise((resolve, reject) => {
			if (this.#closed) throw new TtrpcError(Code.UNAVAILABLE, "the connection is closed");
			if (this.#nextId > lastStreamId)
				throw new TtrpcError(Code.UNAVAILABLE, "the connection has used up its stream ids");
			const timeoutNano = options.timeoutNano ?? 0;
			const data = encodeRequest({ service, method, payload, timeoutNano, metadata: options.metadata ?? [] });
			if (data.length > maxDataLength) {
				throw new TtrpcError(Code.RESOURCE_EXHAUSTED, tooLongText(data.length));
			}
			const budget = this.#budget;
			const isFirst = data.length <= 2 * tiny && this.#waiting.size === 0;
			if (budget !== undefined && !isFirst && !budget.hasRoom(data.length, mostForSmall(budget))) {
				throw new TtrpcError(Code.RESOURCE_EXHAUSTED, "too much is waiting to be read by the server");
			}
			const id = this.#nextId;
			this.#nextId += 2;
			const waiting: Waiting = { resolve, reject, timer: undefined };
			const told = options.keepWaiting === true ? 0 : Number(timeoutNano) / 1e6;
			const ms = Math.min(told > 0 ? told : Number.POSITIVE_INFINITY, options.limitMs ?? Number.POSITIVE_INFINITY);
			if (ms < 0x7fffffff) waiting.timer = this.#expire(id, ms);
			this.#waiting.set(id, waiting);
			this.#writer.write(id, FrameType.request, 0, data);
			options.onSent?.();
		});
	}

	close(why = "the connection was lost"): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#reader.close();
		this.#socket.destroy();
		const waiting = [...this.#waiting.values()];
		this.#waiting.clear();
		for (const w of waiting) {
			clearTimeout(w.timer);
			w.reject(new TtrpcError(Code.UNAVAILABLE, why));
		}
		this.onClose();
	}

	/** A function of its own: what it closes over lasts as long as the call, and must not be the payload. */
	#expire(id: number, ms: number): NodeJS.Timeout {
		return setTimeout(() => {
			this.#settle(id)?.reject(new TtrpcError(Code.DEADLINE_EXCEEDED, "timeout"));
		}, ms);
	}

	#settle(id: number): Waiting | undefined {
		const waiting = this.#waiting.get(id);
		if (waiting === undefined) return undefined;
		this.#waiting.delete(id);
		clearTimeout(waiting.timer);
		return waiting;
	}

	#frame(h: FrameHeader, data: Uint8Array): void {
		if (h.type !== FrameType.response) return;
		const waiting = this.#settle(h.streamId);
		if (waiting === undefined) return;
		try {
			// The payload outlives the piece of the stream it came in.
			waiting.resolve(decodeResponse(data));
		} catch (e) {
			waiting.reject(
				e instanceof TtrpcError ? e : new TtrpcError(Code.INTERNAL, `cannot read the response: ${String(e)}`),
			);
		}
	}
}
