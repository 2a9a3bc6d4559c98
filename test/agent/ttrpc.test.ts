/** ttRPC's framing, server and client, over sockets and over streams cut to pieces. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex, PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial } from "../../src/agent/transport/dial.ts";
import { newBudget } from "../../src/agent/ttrpc/budget.ts";
import { TtrpcClient } from "../../src/agent/ttrpc/client.ts";
import { decodeResponse, encodeRequest } from "../../src/agent/ttrpc/envelope.ts";
import { encodeFrame, type FrameHeader, FrameReader, maxDataLength } from "../../src/agent/ttrpc/frame.ts";
import { type ServerCall, ServerConnection, type ServerLimits } from "../../src/agent/ttrpc/server.ts";
import { Code, TtrpcError } from "../../src/agent/ttrpc/status.ts";

function header(length: number, streamId: number, type: number, flags = 0): Buffer {
	const b = Buffer.alloc(10);
	b.writeUInt32BE(length, 0);
	b.writeUInt32BE(streamId, 4);
	b[8] = type;
	b[9] = flags;
	return b;
}

describe("frames", () => {
	const stream = Buffer.concat([
		encodeFrame(1, 1, 0, Buffer.from("hello")),
		encodeFrame(3, 2, 5, Buffer.alloc(0)),
		header(20, 5, 1),
		Buffer.alloc(20, 7),
		encodeFrame(7, 1, 0, Buffer.alloc(9000, 3)),
	]);
	for (const size of [1, 2, 3, 7, 10, 11, 4096, 100_000]) {
		it(`reads pieces of ${size} bytes`, () => {
			const frames: [FrameHeader, string][] = [];
			const reader = new FrameReader({
				frame: (h, d) => frames.push([h, Buffer.from(d).toString("hex")]),
				discarded: () => expect.unreachable(),
			});
			for (let i = 0; i < stream.length; i += size) reader.push(stream.subarray(i, i + size));
			expect(frames.map(([h, d]) => [h.streamId, h.type, h.flags, d.length / 2])).toEqual([
				[1, 1, 0, 5],
				[3, 2, 5, 0],
				[5, 1, 0, 20],
				[7, 1, 0, 9000],
			]);
			expect(frames[0]?.[1]).toBe(Buffer.from("hello").toString("hex"));
			expect(reader.idle).toBe(true);
		});
	}

	it("reports an oversize frame at its header, discards it and goes on", () => {
		const seen: string[] = [];
		const reader = new FrameReader({
			frame: (h) => seen.push(`frame ${h.streamId}`),
			discarded: (h, why) => seen.push(`${why} ${h.streamId} ${h.length}`),
		});
		reader.push(header(maxDataLength + 1, 1, 1));
		expect(seen).toEqual([`oversize 1 ${maxDataLength + 1}`]);
		for (let left = maxDataLength + 1; left > 0; left -= 65_536) reader.push(Buffer.alloc(Math.min(left, 65_536)));
		reader.push(encodeFrame(3, 1, 0, Buffer.from("x")));
		expect(seen.at(-1)).toBe("frame 3");
	});

	it("accepts exactly the limit", () => {
		let got = 0;
		const reader = new FrameReader({ frame: (_, d) => (got = d.length), discarded: () => expect.unreachable() });
		reader.push(header(maxDataLength, 1, 1));
		reader.push(Buffer.alloc(maxDataLength));
		expect(got).toBe(maxDataLength);
	});

	it("takes memory for what has arrived only, and gives the budget back", () => {
		const budget = newBudget(1 << 20);
		const why: string[] = [];
		const events = { frame: () => {}, discarded: (_: FrameHeader, w: string) => why.push(w) };
		const readers = Array.from({ length: 100 }, () => new FrameReader(events, { budget }));
		for (const r of readers) r.push(header(maxDataLength, 1, 1));
		expect(budget.used).toBe(0);
		for (const r of readers) r.push(Buffer.alloc(5000));
		expect(budget.used).toBeLessThanOrEqual(1 << 20);
		for (const r of readers.slice(0, 2)) r.push(Buffer.alloc(1 << 19));
		expect(why).toContain("budget");
		for (const r of readers) r.close();
		expect(budget.used).toBe(0);
	});

	it("that do not end make room for others, the oldest first", () => {
		const budget = newBudget(1 << 20);
		const told: string[] = [];
		const reader = (name: string): FrameReader =>
			new FrameReader(
				{ frame: () => told.push(`${name} is whole`), discarded: (_, why) => told.push(`${name}: ${why}`) },
				{ budget },
			);
		const [old, later, last] = [reader("old"), reader("later"), reader("last")];
		for (const r of [old, later]) {
			r.push(header(maxDataLength, 1, 1));
			r.push(Buffer.alloc(300_000));
		}
		last.push(header(400_000, 1, 1));
		last.push(Buffer.alloc(300_000));
		// A byte now and then does not make it younger.
		later.push(Buffer.alloc(1));
		last.push(Buffer.alloc(100_000));
		expect(told).toEqual(["old: budget", "last is whole"]);
		// What is left of it is passed over, and what comes after it is read.
		old.push(Buffer.alloc(maxDataLength - 300_000));
		old.push(encodeFrame(3, 1, 0, Buffer.from("hello")));
		expect(told.at(-1)).toBe("old is whole");
		for (const r of [old, later, last]) r.close();
		expect(budget.used).toBe(0);
	});
});

describe("responses", () => {
	it("take a missing status and no bytes at all for OK", () => {
		expect(decodeResponse(new Uint8Array(0))).toEqual(new Uint8Array(0));
		expect([...decodeResponse(Buffer.from("12020a01", "hex"))]).toEqual([0x0a, 0x01]);
		expect([...decodeResponse(Buffer.from("0a00", "hex"))]).toEqual([]);
	});
});

let folder: string;
let server: Server | undefined;
let connections: ServerConnection[];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "rego-ttrpc-"));
	connections = [];
});
afterEach(async () => {
	for (const c of connections) c.destroy();
	await new Promise<void>((r) => (server === undefined ? r() : server.close(() => r())));
	server = undefined;
	rmSync(folder, { recursive: true });
});

async function serve(
	handler: (call: ServerCall) => Promise<Uint8Array>,
	limits: Partial<ServerLimits> = {},
): Promise<string> {
	const path = join(folder, "s");
	server = createServer({ allowHalfOpen: true }, (s) => connections.push(new ServerConnection(s, handler, limits)));
	await new Promise<void>((r) => server?.listen(path, r));
	return path;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const sleep = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));

/** Write raw frames and gather the statuses answered. */
async function raw(path: string, frames: readonly Uint8Array[], want: number): Promise<[number, number, string][]> {
	const socket = await dial({ kind: "unix", path });
	const got: [number, number, string][] = [];
	const done = new Promise<void>((resolve) => {
		const reader = new FrameReader({
			frame: (h, d) => {
				try {
					decodeResponse(d);
					got.push([h.streamId, 0, ""]);
				} catch (e) {
					got.push([h.streamId, (e as TtrpcError).code, (e as TtrpcError).message]);
				}
				if (got.length === want) resolve();
			},
			discarded: () => {},
		});
		socket.on("data", (d) => reader.push(d));
		socket.on("close", () => resolve());
	});
	for (const f of frames) socket.write(f);
	await done;
	socket.destroy();
	return got;
}

const request = (id: number, flags = 0, payload = bytes("")): Uint8Array =>
	encodeFrame(id, 1, flags, encodeRequest({ service: "s", method: "m", payload, timeoutNano: 0, metadata: [] }));

describe("server and client", () => {
	it("answers calls out of order, with payload, metadata and timeout passed on", async () => {
		const calls: ServerCall[] = [];
		const ends: (() => void)[] = [];
		const path = await serve(async (call) => {
			calls.push(call);
			await new Promise<void>((resolve) => {
				ends.push(resolve);
				// The last comes first.
				if (ends.length < 3) return;
				setImmediate(() => {
					for (const end of ends.reverse()) end();
				});
			});
			return call.payload;
		});
		const client = new TtrpcClient(await dial({ kind: "unix", path }));
		const order: string[] = [];
		const one = (text: string): Promise<unknown> =>
			client
				.call("s", "m", bytes(text), { timeoutNano: 5_000_000_000, metadata: [{ key: "k", value: "v" }] })
				.then((p) => order.push(Buffer.from(p).toString()));
		await Promise.all(["a", "b", "c"].map(one));
		expect(order).toEqual(["c", "b", "a"]);
		expect(calls[0]).toMatchObject({
			service: "s",
			method: "m",
			timeoutNano: 5e9,
			metadata: [{ key: "k", value: "v" }],
		});
		client.close();
	});

	it("serves a thousand calls at once", async () => {
		const path = await serve(async (call) => {
			await sleep(Math.random() * 20);
			return call.payload;
		});
		const client = new TtrpcClient(await dial({ kind: "unix", path }));
		const got = await Promise.all(Array.from({ length: 1000 }, (_, i) => client.call("s", "m", bytes(String(i)))));
		expect(got.map((p) => Buffer.from(p).toString())).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)));
		client.close();
	});

	it("keeps deadlines on both sides and ignores late answers", async () => {
		let cancelled = false;
		const path = await serve(async (call) => {
			call.onCancel = () => (cancelled = true);
			await sleep(80);
			return bytes("late");
		});
		const client = new TtrpcClient(await dial({ kind: "unix", path }));
		await expect(client.call("s", "m", bytes(""), { timeoutNano: 20e6 })).rejects.toMatchObject({
			code: Code.DEADLINE_EXCEEDED,
		});
		await expect(client.call("s", "m", bytes(""), { timeoutNano: 20e6, keepWaiting: true })).rejects.toMatchObject({
			code: Code.DEADLINE_EXCEEDED,
			message: "timeout",
		});
		await sleep(100);
		expect(cancelled).toBe(true);
		expect(client.calls).toBe(0);
		client.close();
	});

	it("passes a handler's status on, and turns anything else thrown into INTERNAL", async () => {
		const path = await serve((call) => {
			if (call.method === "throws") throw new Error("sync");
			return Promise.reject(new TtrpcError(Code.NOT_FOUND, "no such thing", [{ type_url: "t", value: bytes("v") }]));
		});
		const client = new TtrpcClient(await dial({ kind: "unix", path }));
		const error = await client.call("s", "m", bytes("")).catch((e: TtrpcError) => e);
		expect(error).toMatchObject({ code: 5, message: "no such thing", details: [{ type_url: "t" }] });
		await expect(client.call("s", "throws", bytes(""))).rejects.toMatchObject({ code: Code.INTERNAL, message: "sync" });
		client.close();
	});

	it("refuses to send, and replaces, what exceeds a frame", async () => {
		const path = await serve(async () => new Uint8Array(maxDataLength));
		const client = new TtrpcClient(await dial({ kind: "unix", path }));
		await expect(client.call("s", "m", new Uint8Array(maxDataLength))).rejects.toMatchObject({
			code: Code.RESOURCE_EXHAUSTED,
		});
		await expect(client.call("s", "m", bytes(""))).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
		client.close();
	});

	const refusals: readonly {
		readonly note: string;
		readonly frames: readonly Uint8Array[];
		readonly want: readonly [number, number][];
	}[] = [
		{ note: "even stream id", frames: [request(2)], want: [[2, 3]] },
		{ note: "stream id 0", frames: [request(0)], want: [[0, 3]] },
		{
			note: "stream id in use",
			frames: [request(3), request(3)],
			want: [
				[3, 3],
				[3, 0],
			],
		},
		{
			note: "stream ids in any order",
			frames: [request(7), request(3), request(5), request(1)],
			want: [
				[7, 0],
				[3, 0],
				[5, 0],
				[1, 0],
			],
		},
		{ note: "undecodable request", frames: [encodeFrame(1, 1, 0, bytes("\xff\xff"))], want: [[1, 3]] },
		{
			note: "unknown field in the request",
			frames: [encodeFrame(1, 1, 0, Buffer.from("f80101", "hex"))],
			want: [[1, 3]],
		},
		{ note: "data without a stream", frames: [encodeFrame(1, 3, 0, bytes("x"))], want: [[1, 3]] },
		{ note: "client stream", frames: [request(1, 2)], want: [[1, 12]] },
		{ note: "remote closed is what a unary call may say", frames: [request(1, 1)], want: [[1, 0]] },
		{
			note: "unknown and response types are ignored",
			frames: [encodeFrame(1, 9, 0, bytes("x")), encodeFrame(1, 2, 0, bytes("x")), request(1)],
			want: [[1, 0]],
		},
		{
			note: "oversize, then a good one",
			frames: [header(maxDataLength + 1, 1, 1), Buffer.alloc(maxDataLength + 1), request(3)],
			want: [
				[1, 8],
				[3, 0],
			],
		},
		{
			note: "oversize, then a lower id",
			frames: [header(maxDataLength + 1, 5, 1), Buffer.alloc(maxDataLength + 1), request(3)],
			want: [
				[5, 8],
				[3, 0],
			],
		},
	];
	for (const c of refusals) {
		it(c.note, async () => {
			const path = await serve(async (call) => {
				await sleep(5);
				return call.payload;
			});
			const got = await raw(path, c.frames, c.want.length);
			expect(got.map(([id, code]) => [id, code])).toEqual(c.want);
		});
	}

	it("says how long an oversize message was", async () => {
		const path = await serve(async () => bytes(""));
		const got = await raw(path, [header(maxDataLength + 7, 1, 1)], 1);
		expect(got[0]?.[2]).toBe("message length 4194311 exceed maximum message size of 4194304");
	});

	it("bounds the calls in progress", async () => {
		const path = await serve(() => new Promise(() => {}), { maxCalls: 2 });
		const got = await raw(path, [request(1), request(3), request(5)], 1);
		expect(got).toEqual([[5, Code.RESOURCE_EXHAUSTED, "more than 2 calls in progress"]]);
	});

	it("fails calls in progress when the connection is lost", async () => {
		const path = await serve(() => new Promise(() => {}));
		const client = new TtrpcClient(await dial({ kind: "unix", path }));
		const call = client.call("s", "m", bytes(""));
		setTimeout(() => connections[0]?.destroy(), 20);
		await expect(call).rejects.toMatchObject({ code: Code.UNAVAILABLE });
		await expect(client.call("s", "m", bytes(""))).rejects.toMatchObject({ code: Code.UNAVAILABLE });
	});

	it("answers a client that has closed its side", async () => {
		const path = await serve(async (call) => {
			await sleep(30);
			return call.payload;
		});
		const socket = await dial({ kind: "unix", path });
		let got = 0;
		const reader = new FrameReader({ frame: () => got++, discarded: () => {} });
		socket.on("data", (d) => reader.push(d));
		const ended = new Promise((r) => socket.on("end", r));
		socket.end(Buffer.concat([request(1), request(3)]));
		await ended;
		expect(got).toBe(2);
	});

	it("gives a client that has closed its side only so long", async () => {
		let cancelled = false;
		const path = await serve(
			(call) =>
				new Promise(() => {
					call.onCancel = () => (cancelled = true);
				}),
			{ halfCloseMs: 30 },
		);
		const socket = await dial({ kind: "unix", path });
		const closed = new Promise((r) => socket.on("close", r));
		socket.resume();
		socket.end(request(1));
		await closed;
		expect(cancelled).toBe(true);
	});

	it("ends the calls of a client that has closed everything at once", async () => {
		let cancelled = false;
		const path = await serve(
			(call) =>
				new Promise(() => {
					call.onCancel = () => (cancelled = true);
				}),
			{ halfCloseMs: 3_600_000, lookMs: 10 },
		);
		const socket = await dial({ kind: "unix", path });
		socket.write(request(1));
		await sleep(20);
		// First one side, then all of it.
		socket.end();
		await sleep(50);
		expect(cancelled).toBe(false);
		socket.destroy();
		for (let i = 0; i < 1000 && !cancelled; i++) await sleep(10);
		expect(cancelled).toBe(true);
	});

	it("stops reading from a client that does not read", async () => {
		let calls = 0;
		const path = await serve(async () => {
			calls++;
			return new Uint8Array(1 << 16);
		});
		const socket = await dial({ kind: "unix", path });
		socket.pause();
		for (let i = 0; i < 20_000; i++) socket.write(request(i * 2 + 1));
		await sleep(300);
		// 64 KiB each: without back-pressure more than a gigabyte would be waiting.
		expect(calls).toBeLessThan(10_000);
		socket.destroy();
	});

	it("gives up a client for whom too much is waiting", async () => {
		const path = await serve(async () => new Uint8Array(1 << 20), { maxBacklog: 8 << 20 });
		const socket = await dial({ kind: "unix", path });
		const closed = new Promise((r) => connections[0] && (connections[0].onClose = () => r(undefined)));
		socket.pause();
		socket.write(Buffer.concat(Array.from({ length: 50 }, (_, i) => request(i * 2 + 1))));
		await closed;
		socket.destroy();
	});
});

describe("errors that are too large", () => {
	const max = 1 << 20;
	const answer = async (e: TtrpcError): Promise<TtrpcError> => {
		const [a, b] = [new PassThrough(), new PassThrough()];
		const one = Duplex.from({ readable: a, writable: b });
		const other = Duplex.from({ readable: b, writable: a });
		const connection = new ServerConnection(one, async () => Promise.reject(e));
		try {
			await new TtrpcClient(other).call("s", "m", bytes(""));
		} catch (e) {
			return e as TtrpcError;
		} finally {
			connection.destroy();
		}
		return expect.unreachable();
	};
	it("are cut to what a frame bears", async () => {
		const e = await answer(new TtrpcError(Code.PERMISSION_DENIED, `${"x".repeat(max)}y`));
		expect([e.code, e.message.length, e.message.slice(-2)]).toEqual([Code.PERMISSION_DENIED, max + 1, "x…"]);
		const fits = await answer(new TtrpcError(Code.PERMISSION_DENIED, "x".repeat(max)));
		expect(fits.message.length).toBe(max);
	});
	it("go without details that are too many", async () => {
		const detail = { type_url: "t", value: new Uint8Array(maxDataLength) };
		const e = await answer(new TtrpcError(Code.PERMISSION_DENIED, "no", [detail]));
		expect([e.code, e.message, e.details]).toEqual([Code.PERMISSION_DENIED, "no", []]);
	});
});

describe("a socket that delivers single bytes", () => {
	it("changes nothing", async () => {
		const [a, b] = pair();
		const connection = new ServerConnection(a, async (call) => call.payload);
		const client = new TtrpcClient(b);
		expect(Buffer.from(await client.call("s", "m", bytes("drip"))).toString()).toBe("drip");
		connection.destroy();
	});
});

/** Two ends of a stream that passes one byte at a time. */
function pair(): [Duplex, Duplex] {
	const make = (other: () => Duplex): Duplex =>
		new Duplex({
			read() {},
			write(chunk: Buffer, _encoding, done) {
				for (const byte of chunk) other().push(Buffer.of(byte));
				done();
			},
		});
	const a: Duplex = make(() => b);
	const b: Duplex = make(() => a);
	return [a, b];
}
