/**
 * Writes frames to a socket. Frames of one turn of the event loop leave in one write; `full` tells
 * the sender to stop taking in work until `onDrain`. What the reader has not taken is charged to a budget,
 * and has to go when others need the room.
 */
import type { Duplex } from "node:stream";
import { type Budget, newBudget, type Waiter } from "./budget.ts";
import { encodeFrame } from "./frame.ts";

/** Queued bytes that count as full before the socket has seen them. */
const fullAt = 256 << 10;

export class FrameWriter {
	readonly #socket: Duplex;
	#queued: Uint8Array[] = [];
	#queuedBytes = 0;
	#scheduled = false;
	#ended = false;
	readonly #budget: Budget;
	/** Bytes of ours that the budget counts. */
	#charged = 0;
	/** Called when the socket has taken in what it had refused. */
	onDrain: () => void = () => {};
	/** The reader that does not read. */
	readonly #waiter: Waiter | undefined;

	/** `giveUp` has to end the connection and to call `drop`; without it what is not read stays. */
	constructor(socket: Duplex, budget: Budget = newBudget(Number.POSITIVE_INFINITY), unread?: Omit<Waiter, "since">) {
		this.#socket = socket;
		this.#budget = budget;
		this.#waiter = unread === undefined ? undefined : { ...unread, since: 0 };
		socket.on("drain", () => this.onDrain());
		socket.on("close", () => this.drop());
	}

	#discharge(bytes: number): void {
		const n = Math.min(bytes, this.#charged);
		this.#charged -= n;
		this.#budget.used -= n;
		if (this.#waiter === undefined) return;
		if (this.#charged === 0) this.#budget.goOn(this.#waiter);
		else this.#budget.wait(this.#waiter);
	}

	/** The connection has ended: nothing of it is held any more. */
	drop(): void {
		this.#discharge(this.#charged);
		this.#queued = [];
		this.#queuedBytes = 0;
	}

	/** Bytes that the peer has not taken yet. */
	get backlog(): number {
		return this.#socket.writableLength + this.#queuedBytes;
	}

	get full(): boolean {
		return this.#socket.writableNeedDrain || this.#queuedBytes > fullAt;
	}

	write(streamId: number, type: number, flags: number, data: Uint8Array): void {
		if (this.#ended || this.#socket.destroyed) return;
		const frame = encodeFrame(streamId, type, flags, data);
		this.#queued.push(frame);
		this.#queuedBytes += frame.length;
		this.#charged += frame.length;
		this.#budget.used += frame.length;
		if (this.#scheduled) return;
		this.#scheduled = true;
		process.nextTick(() => this.flush());
	}

	flush(): void {
		this.#scheduled = false;
		const frames = this.#queued;
		if (frames.length === 0) return;
		const bytes = this.#queuedBytes;
		this.#queued = [];
		this.#queuedBytes = 0;
		if (this.#socket.destroyed || this.#socket.writableEnded) {
			this.#discharge(bytes);
			return;
		}
		const data = frames.length === 1 ? frames[0] : Buffer.concat(frames);
		const accepted = this.#socket.write(data, () => this.#discharge(bytes));
		if (this.#waiter !== undefined && this.#socket.writableLength > 0) this.#budget.wait(this.#waiter);
		// No drain will be announced, and someone may have stopped because of what was queued.
		if (accepted) this.onDrain();
	}

	/** Send what is queued, then end our side. */
	end(): void {
		if (this.#ended) return;
		this.flush();
		this.#ended = true;
		this.#socket.end();
	}
}
