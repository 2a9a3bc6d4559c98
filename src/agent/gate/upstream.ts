/**
 * The agent's side of one client's connection: a ttRPC connection made at the first call and made
 * again after a loss. While the agent cannot be reached calls fail with UNAVAILABLE.
 */
import type { Duplex } from "node:stream";
import { messageOf } from "../../thrown.ts";
import type { Budget } from "../ttrpc/budget.ts";
import { type CallOptions, TtrpcClient } from "../ttrpc/client.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";

/** Opens a connection to the agent. */
export type Connect = () => Promise<Duplex>;

export class Upstream {
	readonly #connect: Connect;
	readonly #budget: Budget | undefined;
	#client: TtrpcClient | undefined;
	#connecting: Promise<TtrpcClient> | undefined;
	#closed = false;
	/** Called when the agent reads again after `full`. */
	onDrain: () => void = () => {};

	constructor(connect: Connect, budget?: Budget) {
		this.#connect = connect;
		this.#budget = budget;
	}

	/** The agent reads more slowly than we write, or is not connected yet. */
	get full(): boolean {
		if (this.#connecting !== undefined) return true;
		return this.#client?.full === true && !this.#client.closed;
	}

	/** Rejects with a TtrpcError, always. */
	call(service: string, method: string, payload: Uint8Array, options: CallOptions): Promise<Uint8Array> {
		const client = this.#client;
		if (client !== undefined && !client.closed) return client.call(service, method, payload, options);
		return this.#open().then((c) => c.call(service, method, payload, options));
	}

	/** Read no answers for now. */
	pause(): void {
		this.#client?.pause();
	}

	resume(): void {
		this.#client?.resume();
	}

	close(): void {
		this.#closed = true;
		this.#client?.close("the client has left");
	}

	#open(): Promise<TtrpcClient> {
		if (this.#closed) return Promise.reject(new TtrpcError(Code.UNAVAILABLE, "the connection is closed"));
		this.#connecting ??= this.#dial().finally(() => {
			this.#connecting = undefined;
			// The calls that waited go out first, in their order.
			queueMicrotask(() => this.onDrain());
		});
		return this.#connecting;
	}

	async #dial(): Promise<TtrpcClient> {
		let socket: Duplex;
		try {
			socket = await this.#connect();
		} catch (e) {
			const why = messageOf(e);
			throw new TtrpcError(Code.UNAVAILABLE, `the agent cannot be reached: ${why}`);
		}
		const client = new TtrpcClient(socket, this.#budget);
		if (this.#closed) {
			client.close();
			throw new TtrpcError(Code.UNAVAILABLE, "the connection is closed");
		}
		client.onDrain = () => this.onDrain();
		// Whoever waits for the agent to read must not wait for one that is gone.
		client.onClose = () => this.onDrain();
		this.#client = client;
		return client;
	}
}
