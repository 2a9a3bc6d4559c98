/** The parts of ttRPC, each by itself and without sockets: budgets, frames in pieces, writers, clients, codes. */
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Budget, mostForSmall, mostOfAll, newBudget, type Waiter } from "../../src/agent/ttrpc/budget.ts";
import { TtrpcClient } from "../../src/agent/ttrpc/client.ts";
import { decodeRequest, encodeError, encodeRequest, encodeResponse } from "../../src/agent/ttrpc/envelope.ts";
import {
	encodeFrame,
	type FrameHeader,
	FrameReader,
	FrameType,
	maxDataLength,
	tooLongText,
} from "../../src/agent/ttrpc/frame.ts";
import { FrameWriter } from "../../src/agent/ttrpc/frame-writer.ts";
import { ServerConnection } from "../../src/agent/ttrpc/server.ts";
import { Code, codeName, TtrpcError } from "../../src/agent/ttrpc/status.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
afterEach(() => {
	vi.restoreAllMocks();
});
function clock(): { ms: number } {
	const at = { ms: 0 };
	vi.spyOn(performance, "now").mockImplementation(() => at.ms);
	return at;
}

test("codes have their names", () => {
	expect([0, 7, 16, 17, -1].map(codeName)).toEqual(["OK", "PERMISSION_DENIED", "UNAUTHENTICATED", "17", "-1"]);
	const own = new TtrpcError(Code.ABORTED, "no");
	expect(TtrpcError.from(own)).toBe(own);
	expect(TtrpcError.from(new Error("oh"))).toMatchObject({ code: Code.INTERNAL, message: "oh", name: "TtrpcError" });
});

describe("a budget", () => {
	const waiter = (budget: Budget, name: string, holds: number, patience = 0, told: string[] = []): Waiter => {
		budget.used += holds;
		return {
			patience,
			since: 0,
			giveUp: () => {
				told.push(name);
				budget.used -= holds;
			},
		};
	};
	test("has room up to its most", () => {
		const budget = newBudget(80);
		budget.used = 70;
		expect([budget.hasRoom(10), budget.hasRoom(11), budget.hasRoom(20, 90), budget.hasRoom(21, 90)]).toEqual([
			true,
			false,
			true,
			false,
		]);
		expect([mostForSmall(budget), mostOfAll(budget), budget.max]).toEqual([90, 120, 80]);
	});
	test("takes from those that have waited too long, the oldest first, and no more than is needed", () => {
		const at = clock();
		const told: string[] = [];
		const budget = new Budget(100);
		const [a, b, c] = ["a", "b", "c"].map((name) => waiter(budget, name, 30, 50, told)) as [Waiter, Waiter, Waiter];
		for (const w of [a, b, c]) {
			budget.wait(w);
			at.ms += 10;
		}
		expect(budget.hasRoom(20)).toBe(false);
		at.ms = 49;
		expect([budget.hasRoom(10), budget.hasRoom(11), told]).toEqual([true, false, []]);
		at.ms = 69;
		expect([budget.hasRoom(40), told]).toEqual([true, ["a"]]);
		expect([budget.hasRoom(70), told, budget.used]).toEqual([true, ["a", "b"], 30]);
		// It asks for itself.
		at.ms = 1000;
		expect([budget.hasRoom(90, 100, c), told]).toEqual([false, ["a", "b"]]);
		expect([budget.hasRoom(90), told, budget.used]).toEqual([true, ["a", "b", "c"], 0]);
	});
	test("does not wait for who goes on, and waits anew for who has done something", () => {
		const at = clock();
		const told: string[] = [];
		const budget = new Budget(10);
		const [a, b] = [waiter(budget, "a", 5, 10, told), waiter(budget, "b", 5, 10, told)];
		budget.wait(a);
		budget.wait(b);
		at.ms = 9;
		budget.wait(a);
		at.ms = 18;
		budget.goOn(b);
		expect([budget.hasRoom(1), told]).toEqual([false, []]);
		at.ms = 19;
		expect([budget.hasRoom(1), told]).toEqual([true, ["a"]]);
	});
	test("is kept below something, whoever waits however short", () => {
		clock();
		const told: string[] = [];
		const budget = new Budget(10);
		for (const name of ["a", "b", "c"]) budget.wait(waiter(budget, name, 5, 1e9, told));
		budget.keepBelow(15);
		expect(told).toEqual([]);
		budget.keepBelow(10);
		expect([told, budget.used]).toEqual([["a"], 10]);
	});
	test("is not cleared while it is being cleared", () => {
		const told: string[] = [];
		const budget = new Budget(5);
		budget.used = 15;
		const one = (name: string): Waiter => ({
			patience: 0,
			since: 0,
			giveUp: () => {
				told.push(`${name} ${budget.hasRoom(5)}`);
				budget.used -= 5;
			},
		});
		for (const name of ["a", "b", "c"]) budget.wait(one(name));
		expect(budget.hasRoom(5)).toBe(true);
		expect(told).toEqual(["a false", "b false", "c false"]);
		budget.used = 5;
		budget.wait(one("d"));
		expect([budget.hasRoom(5), told.at(-1)]).toEqual([true, "d false"]);
	});
});

describe("frames", () => {
	const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i & 255);
	const reading = (options: ConstructorParameters<typeof FrameReader>[1] = {}) => {
		const told: string[] = [];
		const shown = (h: FrameHeader) => `${h.streamId}/${h.type}/${h.flags}`;
		const reader = new FrameReader(
			{
				frame: (h, data) => told.push(`${shown(h)} ${data.length}:${data[0] ?? ""}-${data.at(-1) ?? ""}`),
				discarded: (h, why) => told.push(`${shown(h)} ${h.length} ${why}`),
			},
			options,
		);
		return { reader, told };
	};
	test("are idle between them alone", () => {
		const { reader, told } = reading({ maxLength: 8 });
		const good = encodeFrame(0xfffffffd, 2, 255, bytes(8));
		const long = encodeFrame(1, 1, 0, bytes(9));
		const states: boolean[] = [];
		for (const b of [...good, ...long]) {
			reader.push(Uint8Array.of(b));
			states.push(reader.idle);
		}
		expect(states).toEqual(
			[...good, ...long].map((_, i) => i === good.length - 1 || i === good.length + long.length - 1),
		);
		expect(told).toEqual(["4294967293/2/255 8:0-7", "1/1/0 9 oversize"]);
	});
	test("are left for later where it is enough", () => {
		let left = 1;
		const { reader, told } = reading({ enough: () => left-- <= 0 });
		const all = Buffer.concat([1, 3, 5].map((id) => encodeFrame(id, 1, 0, bytes(4))));
		// Asked after every frame, and never before one.
		const rest = reader.push(all);
		expect([told.length, rest?.length]).toEqual([2, 14]);
		expect([reader.push(rest ?? bytes(0)), told.length]).toEqual([undefined, 3]);
	});
	test("charge what they hold, grown by doubling", () => {
		const budget = newBudget(1e6);
		const { reader, told } = reading({ budget });
		const frame = encodeFrame(1, 1, 0, bytes(20_000));
		const used: number[] = [];
		for (const [from, to] of [
			[0, 10],
			[10, 11],
			[11, 4106],
			[4106, 4107],
			[4107, 9000],
			[9000, 20_009],
			[20_009, 20_010],
		]) {
			reader.push(frame.subarray(from, to));
			used.push(budget.used);
		}
		expect(used).toEqual([0, 4096, 4096, 8192, 16_384, 20_000, 0]);
		expect(told).toEqual([`1/1/0 20000:0-${19_999 & 255}`]);
		reader.push(frame.subarray(0, 100));
		reader.close();
		expect([budget.used, reader.idle]).toEqual([0, false]);
		// Nothing is read any more.
		reader.push(frame);
		expect(told).toHaveLength(1);
	});
	test("are whole in one piece without a copy, and copied where they come in several", () => {
		let seen: Uint8Array | undefined;
		const reader = new FrameReader({ frame: (_, data) => (seen = data), discarded: () => expect.unreachable() });
		const frame = encodeFrame(1, 1, 0, bytes(4));
		reader.push(frame);
		expect(seen?.buffer).toBe(frame.buffer);
		reader.push(frame.subarray(0, 12));
		reader.push(frame.subarray(12));
		expect(seen?.buffer).not.toBe(frame.buffer);
		expect([...(seen ?? [])]).toEqual([0, 1, 2, 3]);
	});
	test("for which there is no room are passed over", () => {
		const budget = newBudget(4096);
		const { reader, told } = reading({ budget });
		reader.push(encodeFrame(1, 1, 0, bytes(4097)).subarray(0, 4106));
		expect([told, budget.used]).toEqual([[], 4096]);
		reader.push(bytes(1));
		expect([told, budget.used, reader.idle]).toEqual([["1/1/0 4097 budget"], 0, true]);
		reader.push(encodeFrame(3, 1, 0, bytes(1)));
		expect(told.at(-1)).toBe("3/1/0 1:0-0");
	});
});

/** A socket whose other end reads when it is told to. */
class Wire extends Duplex {
	readonly written: Buffer[] = [];
	#goOn: (() => void)[] = [];
	isReading = true;
	constructor(highWaterMark = 1 << 14) {
		super({ writableHighWaterMark: highWaterMark });
	}
	override _read(): void {}
	override _write(data: Buffer, _encoding: string, done: () => void): void {
		this.written.push(data);
		if (this.isReading) done();
		else this.#goOn.push(done);
	}
	read_(): void {
		this.isReading = true;
		for (const done of this.#goOn.splice(0)) done();
	}
	get frames(): readonly string[] {
		const out: string[] = [];
		const reader = new FrameReader({
			frame: (h, d) => out.push(`${h.streamId}/${h.type} ${d.length}`),
			discarded: () => {},
		});
		for (const w of this.written) reader.push(w);
		return out;
	}
}

describe("a writer", () => {
	test("writes the frames of one turn together", async () => {
		const wire = new Wire();
		const writer = new FrameWriter(wire);
		writer.write(1, 2, 0, Buffer.from("a"));
		writer.write(3, 2, 0, Buffer.from("bc"));
		expect([wire.written.length, writer.backlog]).toEqual([0, 23]);
		await turn();
		expect([wire.written.length, wire.frames, writer.backlog]).toEqual([1, ["1/2 1", "3/2 2"], 0]);
		writer.flush();
		expect(wire.written).toHaveLength(1);
		writer.write(5, 2, 0, Buffer.from("d"));
		await turn();
		expect(wire.frames.at(-1)).toBe("5/2 1");
	});
	test("is full above what is queued, and where the socket is", async () => {
		const wire = new Wire(100);
		wire.isReading = false;
		const writer = new FrameWriter(wire);
		let drains = 0;
		writer.onDrain = () => drains++;
		writer.write(1, 2, 0, Buffer.alloc((256 << 10) - 10));
		expect(writer.full).toBe(false);
		writer.write(1, 2, 0, Buffer.alloc(0));
		expect([writer.full, drains]).toEqual([true, 0]);
		writer.flush();
		expect([writer.full, drains, writer.backlog]).toEqual([true, 0, (256 << 10) + 10]);
		wire.read_();
		await turn();
		expect([writer.full, drains, writer.backlog]).toEqual([false, 1, 0]);
		// What is taken at once is told at once.
		writer.write(1, 2, 0, Buffer.alloc(10));
		writer.flush();
		expect(drains).toBe(2);
	});
	test("charges what is not read, and waits for who does not", async () => {
		const wire = new Wire();
		wire.isReading = false;
		const budget = newBudget(100);
		let gaveUp = 0;
		const writer = new FrameWriter(wire, budget, {
			patience: 0,
			giveUp: () => {
				gaveUp++;
				writer.drop();
			},
		});
		writer.write(1, 2, 0, Buffer.alloc(30));
		expect([budget.used, budget.hasRoom(90), gaveUp]).toEqual([40, false, 0]);
		await turn();
		writer.write(1, 2, 0, Buffer.alloc(10));
		await turn();
		expect(budget.used).toBe(60);
		wire.read_();
		await turn();
		expect([budget.used, budget.hasRoom(100), gaveUp]).toEqual([0, true, 0]);
		wire.isReading = false;
		writer.write(1, 2, 0, Buffer.alloc(30));
		await turn();
		expect([budget.hasRoom(100), gaveUp, budget.used]).toEqual([true, 1, 0]);
		// What was charged is given back once.
		wire.read_();
		await turn();
		expect(budget.used).toBe(0);
	});
	test("holds nothing of a connection that has ended", async () => {
		const budget = newBudget(1000);
		const wire = new Wire();
		const writer = new FrameWriter(wire, budget);
		writer.write(1, 2, 0, Buffer.alloc(30));
		wire.destroy();
		writer.flush();
		expect([budget.used, wire.written.length, writer.backlog]).toEqual([0, 0, 0]);
		writer.write(1, 2, 0, Buffer.alloc(30));
		expect([budget.used, writer.backlog]).toEqual([0, 0]);
		const other = new Wire();
		const second = new FrameWriter(other, budget);
		second.write(1, 2, 0, Buffer.alloc(30));
		other.destroy();
		await turn();
		expect([budget.used, second.backlog]).toEqual([0, 0]);
	});
	test("sends what is queued before its end, and nothing after", async () => {
		const budget = newBudget(1000);
		const wire = new Wire();
		const writer = new FrameWriter(wire, budget);
		writer.write(1, 2, 0, Buffer.from("a"));
		writer.end();
		writer.end();
		writer.write(3, 2, 0, Buffer.from("b"));
		await turn();
		expect([wire.frames, wire.writableEnded, budget.used]).toEqual([["1/2 1"], true, 0]);
	});
});

describe("a client", () => {
	const made = (budget?: Budget) => {
		const wire = new Wire();
		const client = new TtrpcClient(wire, budget);
		const answer = (id: number, data: Uint8Array, type: number = FrameType.response) =>
			wire.push(encodeFrame(id, type, 0, data));
		const requests = () => {
			const out: (readonly [id: number, ReturnType<typeof decodeRequest>])[] = [];
			const reader = new FrameReader({
				frame: (h, d) => out.push([h.streamId, decodeRequest(d)]),
				discarded: () => expect.unreachable(),
			});
			for (const w of wire.written) reader.push(w);
			return out;
		};
		return { wire, client, answer, requests };
	};
	const outcome = (p: Promise<Uint8Array>) =>
		p.then(
			(v) => Buffer.from(v).toString(),
			(e: TtrpcError) => `${codeName(e.code)}: ${e.message}`,
		);

	test("numbers its calls and takes answers in any order", async () => {
		const { client, answer, requests, wire } = made();
		let sent = 0;
		const calls = ["a", "b", "c"].map((m) =>
			outcome(
				client.call("s", m, Buffer.from(m), {
					onSent: () => sent++,
					timeoutNano: 5e9,
					metadata: [{ key: "k", value: "v" }],
				}),
			),
		);
		await turn();
		expect([client.calls, sent]).toEqual([3, 3]);
		expect(
			requests().map(([id, r]) => [
				id,
				r.service,
				r.method,
				Buffer.from(r.payload).toString(),
				r.timeoutNano,
				r.metadata,
			]),
		).toEqual(["a", "b", "c"].map((m, i) => [2 * i + 1, "s", m, m, 5e9, [{ key: "k", value: "v" }]]));
		answer(5, encodeResponse(Buffer.from("C")));
		answer(1, encodeError(new TtrpcError(Code.NOT_FOUND, "no a")));
		// Of no call, of one that has its answer, and of another type.
		answer(7, encodeResponse(Buffer.from("?")));
		answer(5, encodeResponse(Buffer.from("?")));
		answer(3, encodeResponse(Buffer.from("?")), FrameType.data);
		await turn();
		expect(client.calls).toBe(1);
		answer(3, Buffer.from("ff", "hex"));
		const [a, b, c] = await Promise.all(calls);
		expect([a, c]).toEqual(["NOT_FOUND: no a", "C"]);
		expect(b).toMatch(/^INTERNAL: cannot read the response: /);
		expect([client.calls, client.closed, wire.destroyed]).toEqual([0, false, false]);
	});
	test("takes no answer that is too long, and says so of a request", async () => {
		const { client, wire } = made();
		const call = outcome(client.call("s", "m", new Uint8Array(0)));
		const header = encodeFrame(1, FrameType.response, 0, new Uint8Array(0));
		header[0] = 1;
		wire.push(header);
		expect(await call).toBe(`RESOURCE_EXHAUSTED: ${tooLongText(1 << 24)}`);
		const large = new Uint8Array(maxDataLength);
		const length = encodeRequest({ service: "s", method: "m", payload: large, timeoutNano: 0, metadata: [] }).length;
		expect(await outcome(client.call("s", "m", large))).toBe(`RESOURCE_EXHAUSTED: ${tooLongText(length)}`);
		expect(client.calls).toBe(0);
	});
	test("waits as long as it is told", async () => {
		const { client } = made();
		const calls = [
			client.call("s", "m", new Uint8Array(0), { limitMs: 1 }),
			client.call("s", "m", new Uint8Array(0), { timeoutNano: 1_000_000 }),
			client.call("s", "m", new Uint8Array(0), { timeoutNano: 1_000_000, keepWaiting: true, limitMs: 2 }),
			client.call("s", "m", new Uint8Array(0), { timeoutNano: 10n ** 15n, limitMs: 1 }),
		].map(outcome);
		const others = [
			client.call("s", "m", new Uint8Array(0), { timeoutNano: 1_000_000, keepWaiting: true }),
			client.call("s", "m", new Uint8Array(0), { timeoutNano: 10n ** 18n }),
			client.call("s", "m", new Uint8Array(0)),
		].map(outcome);
		expect(await Promise.all(calls)).toEqual(calls.map(() => "DEADLINE_EXCEEDED: timeout"));
		expect(client.calls).toBe(3);
		client.close("bye");
		expect(await Promise.all(others)).toEqual(others.map(() => "UNAVAILABLE: bye"));
	});
	test.each([
		["end", (wire: Wire) => wire.push(null), "the connection was lost"],
		["error", (wire: Wire) => wire.destroy(new Error("broken")), "broken"],
		["close", (wire: Wire) => wire.destroy(), "the connection was lost"],
	] as const)("is closed once by %s", async (_event, end, why) => {
		const { client, wire } = made();
		let closes = 0;
		client.onClose = () => closes++;
		const call = outcome(client.call("s", "m", new Uint8Array(0)));
		end(wire);
		expect(await call).toBe(`UNAVAILABLE: ${why}`);
		await turn();
		client.close();
		expect([closes, client.closed, wire.destroyed, client.calls]).toEqual([1, true, true, 0]);
		expect(await outcome(client.call("s", "m", new Uint8Array(0)))).toBe("UNAVAILABLE: the connection is closed");
	});
	test("has one small call in any case, and others while there is room", async () => {
		const budget = newBudget(800);
		budget.used = 5000;
		const { client, answer } = made(budget);
		const full = "RESOURCE_EXHAUSTED: too much is waiting to be read by the server";
		const first = outcome(client.call("s", "m", new Uint8Array(2000)));
		expect(await outcome(client.call("s", "m", new Uint8Array(0)))).toBe(full);
		await turn();
		answer(1, encodeResponse(Buffer.from("a")));
		expect(await first).toBe("a");
		expect(await outcome(client.call("s", "m", new Uint8Array(2048)))).toBe(full);
		budget.used = 0;
		const small = outcome(client.call("s", "m", new Uint8Array(0)));
		const next = outcome(client.call("s", "m", new Uint8Array(800)));
		await turn();
		answer(3, encodeResponse(Buffer.from("b")));
		answer(5, encodeResponse(Buffer.from("c")));
		expect([await small, await next, budget.used]).toEqual(["b", "c", 0]);
	});
	test("pauses and goes on", () => {
		const { client, wire } = made();
		client.pause();
		expect(wire.isPaused()).toBe(true);
		client.resume();
		expect(wire.isPaused()).toBe(false);
		client.pause();
		client.close();
		client.resume();
		expect(wire.isPaused()).toBe(true);
	});
	test("tells when it is full, and when it is not any more", async () => {
		const { client, wire } = made();
		wire.isReading = false;
		let drains = 0;
		client.onDrain = () => drains++;
		outcome(client.call("s", "m", new Uint8Array(1 << 16)));
		await turn();
		expect([client.full, drains]).toEqual([true, 0]);
		wire.read_();
		await turn();
		expect([client.full, drains]).toEqual([false, 1]);
	});
});

describe("a connection that ends in the middle of a frame", () => {
	const rows: readonly (readonly [note: string, connect: (socket: Duplex, budget: Budget) => unknown])[] = [
		["to a client", (socket, budget) => new ServerConnection(socket, async () => new Uint8Array(0), { budget })],
		["to a server", (socket, budget) => new TtrpcClient(socket, budget)],
	];
	for (const [note, connect] of rows) {
		test(`${note} gives back what it had taken, and reads no more`, async () => {
			const budget = newBudget(1 << 20);
			const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
			connect(socket, budget);
			const frame = encodeFrame(1, FrameType.response, 0, new Uint8Array(50_000));
			socket.push(frame.subarray(0, 30_000));
			await turn();
			socket.destroy();
			await turn();
			await turn();
			expect(budget.used).toBe(0);
		});
	}
});
