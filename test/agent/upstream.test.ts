/** The agent's side of a client's connection: made at the first call, made again after a loss, given up with the client. */
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { Upstream } from "../../src/agent/gate/upstream.ts";
import { encodeResponse } from "../../src/agent/ttrpc/envelope.ts";
import { encodeFrame, FrameType } from "../../src/agent/ttrpc/frame.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An agent that takes what is written, at once or when it is let, and answers every call that begins with a header. */
class Agent {
	/** Connections in their order; undefined: it cannot be reached. */
	readonly sockets: Duplex[] = [];
	isThere = true;
	/** Lets what is written be taken. */
	taken: () => void = () => {};
	isSlow = false;
	wait: Promise<void> | undefined;

	readonly connect = async (): Promise<Duplex> => {
		await this.wait;
		if (!this.isThere) throw new Error("nobody there");
		const socket: Duplex = new Duplex({
			highWaterMark: 8,
			read() {},
			write: (chunk: Buffer, _encoding, done) => {
				const answer = (): void => {
					done();
					// Frames of one turn come together: a length, a stream, kind and flags, and what it is.
					for (let at = 0; at < chunk.length; at += 10 + chunk.readUInt32BE(at)) {
						const response = encodeResponse(new Uint8Array([7]));
						socket.push(encodeFrame(chunk.readUInt32BE(at + 4), FrameType.response, 0, response));
					}
				};
				if (this.isSlow) this.taken = answer;
				else answer();
			},
		});
		this.sockets.push(socket);
		return socket;
	};
}

const call = (upstream: Upstream): Promise<string> =>
	upstream.call("s", "m", new Uint8Array(1), {}).then(
		(payload) => `answered ${payload.join()}`,
		(e: Error & { code: number }) => `${e.code} ${e.message}`,
	);

describe("the agent's side", () => {
	test("is connected once for all calls, and again when it was lost", async () => {
		const agent = new Agent();
		const upstream = new Upstream(agent.connect);
		expect(await Promise.all([call(upstream), call(upstream)])).toEqual(["answered 7", "answered 7"]);
		expect(await call(upstream)).toBe("answered 7");
		expect(agent.sockets).toHaveLength(1);
		agent.sockets[0]?.destroy();
		await turn();
		expect(await call(upstream)).toBe("answered 7");
		expect(agent.sockets).toHaveLength(2);
	});

	test("that cannot be reached fails the call, and is asked again for the next", async () => {
		const agent = new Agent();
		const upstream = new Upstream(agent.connect);
		agent.isThere = false;
		expect(await call(upstream)).toBe("14 the agent cannot be reached: nobody there");
		agent.isThere = true;
		expect(await call(upstream)).toBe("answered 7");
	});

	test("is full while it is connected and while it does not read, and tells when it goes on", async () => {
		const agent = new Agent();
		const upstream = new Upstream(agent.connect);
		let drained = 0;
		upstream.onDrain = () => drained++;
		expect(upstream.full).toBe(false);
		agent.isSlow = true;
		const first = call(upstream);
		expect(upstream.full).toBe(true);
		await turn();
		expect([agent.sockets.length, drained > 0, upstream.full]).toEqual([1, true, true]);
		const before = drained;
		agent.taken();
		await turn();
		expect([upstream.full, drained > before]).toEqual([false, true]);
		expect(await first).toBe("answered 7");
	});

	test("that is gone is not waited for, and tells so", async () => {
		const agent = new Agent();
		const upstream = new Upstream(agent.connect);
		agent.isSlow = true;
		const first = call(upstream);
		await turn();
		expect(upstream.full).toBe(true);
		let drained = 0;
		upstream.onDrain = () => drained++;
		agent.sockets[0]?.destroy();
		await turn();
		expect([upstream.full, drained > 0]).toEqual([false, true]);
		expect(await first).toBe("14 the connection was lost");
	});

	test("is not read while nobody takes its answers", async () => {
		const agent = new Agent();
		const upstream = new Upstream(agent.connect);
		upstream.pause();
		upstream.resume();
		expect(await call(upstream)).toBe("answered 7");
		upstream.pause();
		expect(agent.sockets[0]?.isPaused()).toBe(true);
		upstream.resume();
		expect(agent.sockets[0]?.isPaused()).toBe(false);
	});

	test("ends with its client, connected or not", async () => {
		const agent = new Agent();
		const upstream = new Upstream(agent.connect);
		agent.isSlow = true;
		const first = call(upstream);
		await turn();
		upstream.close();
		expect(await first).toBe("14 the client has left");
		expect(agent.sockets[0]?.destroyed).toBe(true);
		expect(await call(upstream)).toBe("14 the connection is closed");
		expect(agent.sockets).toHaveLength(1);

		const late = new Agent();
		let go: () => void = () => {};
		late.wait = new Promise((resolve) => {
			go = resolve;
		});
		const other = new Upstream(late.connect);
		const waiting = call(other);
		other.close();
		go();
		expect(await waiting).toBe("14 the connection is closed");
		expect(late.sockets[0]?.destroyed).toBe(true);
	});
});
