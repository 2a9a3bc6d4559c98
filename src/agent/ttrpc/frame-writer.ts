/**
 * Writes frames to a socket. Frames of one turn of the event loop leave in one write; `full` tells
 * the sender to stop taking in work until `onDrain`.
 */
import type { Duplex } from "node:stream";
import { encodeFrame } from "./frame.ts";

export class FrameWriter {
	readonly #socket: Duplex;
	#queued: Uint8Array[] = [];
	#scheduled = false;
	#ended = false;
	/** Called when the socket has taken in what it had refused. */
	onDrain: () => void = () => {};

	constructor(socket: Duplex) {
		this.#socket = socket;
		socket.on("drain", () => this.onDrain());
	}

	/** Bytes that the peer has not taken yet. */
	get backlog(): number {
		return this.#socket.writableLength;
	}

	get full(): boolean {
		return this.#socket.writableNeedDrain;
	}

	write(streamId: number, type: number, flags: number, data: Uint8Array): void {
		if (this.#ended || this.#socket.destroyed) return;
		this.#queued.push(encodeFrame(streamId, type, flags, data));
		if (this.#scheduled) return;
		this.#scheduled = true;
		process.nextTick(() => this.flush());
	}

	flush(): void {
		this.#scheduled = false;
		const frames = this.#queued;
		if (frames.length === 0) return;
		this.#queued = [];
		if (this.#socket.destroyed || this.#socket.writableEnded) return;
		this.#socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
	}

	/** Send what is queued, then end our side. */
	end(): void {
		if (this.#ended) return;
		this.flush();
		this.#ended = true;
		this.#socket.end();
	}
}
