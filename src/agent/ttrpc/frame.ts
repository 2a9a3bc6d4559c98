/**
 * ttRPC frames: a 10-byte header (length, stream id, type, flags; big endian) and up to 4 MiB of
 * data. FrameReader takes a byte stream in pieces of any size and gives whole frames. A frame that
 * announces too much is reported at its header and its data are thrown away as they arrive; memory
 * is taken only for bytes that have arrived, from a budget that all connections may share.
 */

import { type Budget, newBudget, type Waiter } from "./budget.ts";

const headerLength = 10;
export const maxDataLength: number = 4 << 20;

/** What both sides say of a message that is longer, in Go's words. */
export function tooLongText(length: number): string {
	return `message length ${length} exceed maximum message size of ${maxDataLength}`;
}

export const FrameType = { request: 1, response: 2, data: 3 } as const;
export const Flag = { remoteClosed: 1, remoteOpen: 2, noData: 4 } as const;

export interface FrameHeader {
	readonly length: number;
	readonly streamId: number;
	readonly type: number;
	readonly flags: number;
}

export interface FrameEvents {
	/** The data may be a view into the piece that brought them. */
	readonly frame: (header: FrameHeader, data: Uint8Array) => void;
	/** The frame's data are being discarded: `oversize`, or the budget is spent. */
	readonly discarded: (header: FrameHeader, why: "oversize" | "budget") => void;
}

const noData = new Uint8Array(0);
const firstAllocation = 4096;

export class FrameReader {
	readonly #events: FrameEvents;
	readonly #maxLength: number;
	readonly #budget: Budget;
	readonly #enough: () => boolean;
	readonly #header: Uint8Array = new Uint8Array(headerLength);
	#headerFill = 0;
	#frame: FrameHeader | undefined;
	#data: Uint8Array = noData;
	#dataFill = 0;
	#discardLeft = 0;
	/** The frame that has not ended. */
	readonly #waiter: Waiter;

	constructor(
		events: FrameEvents,
		options: {
			readonly maxLength?: number;
			readonly budget?: Budget | undefined;
			/** Asked after every frame: true leaves the rest of the piece for later. */
			readonly enough?: () => boolean;
		} = {},
	) {
		this.#events = events;
		this.#maxLength = options.maxLength ?? maxDataLength;
		this.#enough = options.enough ?? (() => false);
		this.#budget = options.budget ?? newBudget(Number.POSITIVE_INFINITY);
		this.#waiter = { patience: 0, since: 0, giveUp: () => this.#drop() };
	}

	/** True between frames: an end of the stream here loses nothing. */
	get idle(): boolean {
		return this.#headerFill === 0 && this.#frame === undefined && this.#discardLeft === 0;
	}

	/** What it gives back was not read, and is to be pushed again. */
	push(piece: Uint8Array): Uint8Array | undefined {
		let at = 0;
		const end = piece.length;
		while (at < end) {
			if (at > 0 && this.#enough()) return piece.subarray(at);
			if (this.#discardLeft > 0) {
				const n = Math.min(this.#discardLeft, end - at);
				this.#discardLeft -= n;
				at += n;
				continue;
			}
			const pending = this.#frame;
			if (pending !== undefined) {
				at = this.#fill(pending, piece, at);
				continue;
			}
			let header: FrameHeader;
			if (this.#headerFill === 0 && end - at >= headerLength) {
				header = readHeader(piece, at);
				at += headerLength;
			} else {
				const n = Math.min(headerLength - this.#headerFill, end - at);
				this.#header.set(piece.subarray(at, at + n), this.#headerFill);
				this.#headerFill += n;
				at += n;
				if (this.#headerFill < headerLength) return undefined;
				this.#headerFill = 0;
				header = readHeader(this.#header, 0);
			}
			if (header.length > this.#maxLength) {
				this.#discardLeft = header.length;
				this.#events.discarded(header, "oversize");
			} else if (header.length <= end - at) {
				const data = header.length === 0 ? noData : piece.subarray(at, at + header.length);
				at += header.length;
				this.#events.frame(header, data);
			} else this.#frame = header;
		}
		return undefined;
	}

	/** What is left of the frame is thrown away when it comes. */
	#drop(): void {
		const frame = this.#frame;
		if (frame === undefined) return;
		this.#discardLeft = frame.length - this.#dataFill;
		this.#release();
		this.#frame = undefined;
		this.#events.discarded(frame, "budget");
	}

	/** Give the budget back; nothing is read any more. */
	close(): void {
		this.#release();
		this.#frame = undefined;
		this.#discardLeft = Number.POSITIVE_INFINITY;
	}

	#fill(frame: FrameHeader, piece: Uint8Array, from: number): number {
		const n = Math.min(frame.length - this.#dataFill, piece.length - from);
		const need = this.#dataFill + n;
		if (need > this.#data.length && !this.#grow(frame, need)) {
			this.#drop();
			return from;
		}
		this.#data.set(piece.subarray(from, from + n), this.#dataFill);
		this.#dataFill = need;
		if (need === frame.length) {
			const data = this.#data.subarray(0, need);
			this.#release();
			this.#frame = undefined;
			this.#events.frame(frame, data);
		}
		return from + n;
	}

	#grow(frame: FrameHeader, need: number): boolean {
		const size = Math.min(frame.length, Math.max(need, this.#data.length * 2, firstAllocation));
		const more = size - this.#data.length;
		if (!this.#budget.hasRoom(more, this.#budget.max, this.#waiter)) return false;
		// Its own connection may have been among those that had to go.
		if (this.#frame !== frame) return false;
		this.#budget.used += more;
		// By when it began: a frame does not become younger by a byte now and then.
		if (this.#data.length === 0) this.#budget.wait(this.#waiter);
		const larger = new Uint8Array(size);
		larger.set(this.#data.subarray(0, this.#dataFill));
		this.#data = larger;
		return true;
	}

	#release(): void {
		this.#budget.goOn(this.#waiter);
		this.#budget.used -= this.#data.length;
		this.#data = noData;
		this.#dataFill = 0;
	}
}

function readHeader(b: Uint8Array, at: number): FrameHeader {
	return { length: readUint32(b, at), streamId: readUint32(b, at + 4), type: b[at + 8] ?? 0, flags: b[at + 9] ?? 0 };
}

function readUint32(b: Uint8Array, at: number): number {
	return (((b[at] ?? 0) << 24) | ((b[at + 1] ?? 0) << 16) | ((b[at + 2] ?? 0) << 8) | (b[at + 3] ?? 0)) >>> 0;
}

/** One frame as bytes. The caller keeps data within maxDataLength. */
export function encodeFrame(streamId: number, type: number, flags: number, data: Uint8Array): Uint8Array {
	const out = Buffer.allocUnsafe(headerLength + data.length);
	out.writeUInt32BE(data.length, 0);
	out.writeUInt32BE(streamId, 4);
	out[8] = type;
	out[9] = flags;
	out.set(data, headerLength);
	return out;
}
