/**
 * The debug log: every request put to the policy, one `{"kind","request"}` a line, as the agent
 * writes it. Lines are queued and written behind the decisions' backs; a disk that is full or slow
 * costs lines, which are counted, and never a decision.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, write } from "node:fs";
import type { Value } from "../../value/value.ts";
import { serdeJson } from "./serde-json.ts";

/** Too many and too dull, or (SetPolicyRequest) too large. */
const unlogged: ReadonlySet<string> = new Set(["StatsContainerRequest", "ReadStreamRequest", "SetPolicyRequest"]);

const maxQueued = 16 << 20;

export interface RequestLogEvents {
	/** A write failed; lines are lost until writing works again. */
	readonly onError?: (error: Error) => void;
}

/** A request as a line of the log, its end included. */
export function requestLine(name: string, input: Value): string {
	return `{"kind":${JSON.stringify(name)},"request":${serdeJson(input)}}\n`;
}

export class RequestLog {
	readonly #fd: number;
	readonly #events: RequestLogEvents;
	#queue: Buffer[] = [];
	#queued = 0;
	#writing = false;
	#failing = false;
	#lost = 0;
	/** Bytes of whole lines in the file. */
	#size = 0;
	#closed = false;
	#onIdle: () => void = () => {};

	/** Opens and empties the file; a link is not followed to one of someone else's. Throws when that fails. */
	constructor(path: string, events: RequestLogEvents = {}) {
		const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
		this.#fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
		const info = fstatSync(this.#fd);
		if (info.isFile() && info.nlink > 1) {
			closeSync(this.#fd);
			throw new Error(`${path} has another name elsewhere`);
		}
		if (info.isFile()) ftruncateSync(this.#fd);
		this.#events = events;
	}

	/** Lines that could not be written. */
	get lost(): number {
		return this.#lost;
	}

	append(name: string, input: Value): void {
		if (!unlogged.has(name)) this.appendLine(name, requestLine(name, input));
	}

	/** A line that was made elsewhere. */
	appendLine(name: string, text: string): void {
		if (this.#closed || unlogged.has(name)) return;
		if (this.#queued > maxQueued) {
			this.#lost++;
			return;
		}
		const line = Buffer.from(text);
		this.#queue.push(line);
		this.#queued += line.length;
		this.#next();
	}

	/** Write what is queued and close the file. */
	close(): Promise<void> {
		if (this.#closed) return Promise.resolve();
		this.#closed = true;
		return new Promise((resolve) => {
			this.#onIdle = () => {
				closeSync(this.#fd);
				resolve();
			};
			this.#next();
		});
	}

	#next(): void {
		if (this.#writing) return;
		const lines = this.#queue;
		if (lines.length === 0) {
			this.#onIdle();
			return;
		}
		this.#queue = [];
		this.#queued = 0;
		this.#writing = true;
		this.#write(Buffer.concat(lines), 0);
	}

	#write(bytes: Buffer, from: number): void {
		write(this.#fd, bytes, from, bytes.length - from, null, (error, written) => {
			if (error === null && from + written < bytes.length) {
				this.#write(bytes, from + written);
				return;
			}
			this.#writing = false;
			if (error === null) this.#size += bytes.length;
			else this.#failed(error, bytes, from);
			this.#failing = error !== null;
			this.#next();
		});
	}

	/** Only so many bytes could be written. A line that is not whole would make all of the log unreadable: it goes. */
	#failed(error: Error, bytes: Buffer, written: number): void {
		const whole = bytes.subarray(0, written).lastIndexOf(10) + 1;
		this.#lost += countLines(bytes.subarray(whole));
		this.#size += whole;
		try {
			if (whole < written) ftruncateSync(this.#fd, this.#size);
		} catch {
			// Not a file: what was sent is sent.
		}
		if (!this.#failing) this.#events.onError?.(error);
	}
}

function countLines(bytes: Buffer): number {
	let n = 0;
	for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) n++;
	return n;
}
