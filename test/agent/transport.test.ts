/** Addresses, listening and dialling: unix, hybrid vsock on both sides, inherited descriptors. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import { type Address, formatAddress, parseAddress } from "../../src/agent/transport/address.ts";
import { dial } from "../../src/agent/transport/dial.ts";
import { inheritedDescriptors, listen } from "../../src/agent/transport/listen.ts";
import { connectedSocket, listenOnDescriptor } from "../../src/agent/transport/pipe-handle.ts";
import { socketAddress, vsockConnection } from "../../src/agent/transport/vsock-socket.ts";
import { eventually } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-transport-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("addresses", () => {
	const good: readonly (readonly [string, Address])[] = [
		["unix:///run/a.sock", { kind: "unix", path: "/run/a.sock" }],
		["vsock://-1:1024", { kind: "vsock", cid: 0xffffffff, port: 1024 }],
		["vsock://3:1024", { kind: "vsock", cid: 3, port: 1024 }],
		["hvsock:///run/kata/x.hvsock:1024", { kind: "hvsock", path: "/run/kata/x.hvsock", port: 1024 }],
		["fd://3", { kind: "fd", fd: 3 }],
	];
	for (const [text, address] of good) {
		it(text, () => {
			expect(parseAddress(text)).toEqual(address);
			expect(formatAddress(address)).toBe(text);
		});
	}
	for (const text of [
		"",
		"x",
		"/run/a.sock",
		"tcp://h:1",
		"vsock://1",
		"vsock://a:1",
		"vsock://1:99999999999",
		"hvsock:///x",
		"fd://-1",
	]) {
		it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseAddress(text)).toThrow(/^address /));
	}
	it("refuses abstract sockets, which containers could reach", () => {
		expect(() => parseAddress("unix://@agent")).toThrow(/from every container/);
	});
});

const echo = (socket: Duplex): void => {
	socket.on("error", () => {});
	socket.pipe(socket);
};

async function talk(socket: Socket, text: string): Promise<string> {
	let got = "";
	socket.on("data", (d: Buffer) => (got += d.toString()));
	const ended = new Promise((r) => socket.on("end", r));
	socket.end(text);
	await ended;
	return got;
}

describe("unix sockets", () => {
	it("are ours alone, and replace a socket nobody listens on", async () => {
		const path = join(folder, "u");
		// A process that ends without closing leaves its socket's file.
		const child = spawn(process.execPath, [
			"-e",
			`require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`,
		]);
		await new Promise((r) => child.on("exit", r));
		expect(statSync(path).isSocket()).toBe(true);
		const listener = await listen({ kind: "unix", path }, echo);
		expect(statSync(path).mode & 0o777).toBe(0o600);
		expect(await talk(await dial({ kind: "unix", path }), "hello")).toBe("hello");
		await expect(listen({ kind: "unix", path }, echo)).rejects.toThrow(/EADDRINUSE/);
		await listener.close();
	});

	it("do not replace a file", async () => {
		const path = join(folder, "file");
		writeFileSync(path, "precious");
		await expect(listen({ kind: "unix", path }, echo)).rejects.toThrow(/EADDRINUSE/);
	});

	it("that are not there are an error", async () => {
		await expect(dial({ kind: "unix", path: join(folder, "none") })).rejects.toThrow(/ENOENT/);
	});
});

describe("vsock addresses for the kernel", () => {
	const rows: readonly (readonly [note: string, cid: number, port: number, hex: string])[] = [
		["the host", 2, 1024, "28000000000400000200000000000000"],
		["any, which is -1 to the kernel", -1, 0x12345678, "2800000078563412ffffffff00000000"],
		["the same, as it is read from an address", 0xffffffff, 1, "2800000001000000ffffffff00000000"],
	];
	for (const [note, cid, port, hex] of rows) {
		it(note, () => expect(socketAddress(cid, port).toString("hex")).toBe(hex));
	}
	it("connects to no wildcard", async () => {
		await expect(vsockConnection(0xffffffff, 1, 1000)).rejects.toThrow(/not any/);
	});
});

describe("hybrid vsock", () => {
	const path = join(folder, "h");
	const at: Address = { kind: "hvsock", path, port: 1024 };

	async function raw(...pieces: readonly string[]): Promise<string> {
		const socket = connect(path);
		let got = "";
		socket.on("data", (d: Buffer) => (got += d.toString()));
		const closed = new Promise((r) => socket.on("close", r));
		socket.on("error", () => {});
		for (const p of pieces) {
			socket.write(p);
			await new Promise((r) => setTimeout(r, 5));
		}
		socket.end();
		await closed;
		return got;
	}

	it("gives up on a hypervisor that takes the connection and does not answer, and leaves no socket", async () => {
		const silent = createServer();
		const left = new Promise<void>((done) => silent.on("connection", (s) => s.resume().on("close", () => done())));
		await new Promise<void>((done) => silent.listen(path, done));
		await expect(dial(at, 30)).rejects.toThrow(/no handshake in time/);
		await left;
		await new Promise((done) => silent.close(done));
	});

	it("serves both spellings, with bytes behind the line, in any pieces", async () => {
		const listener = await listen(at, echo);
		expect(await raw("CONNECT 1024\nhello")).toBe("OK 1024\nhello");
		expect(await raw("connect 1024\n", "hello")).toBe("OK 1024\nhello");
		expect(await raw(..."CONNECT 1024\nhi")).toBe("OK 1024\nhi");
		await listener.close();
	});

	it("waits for no more than so many clients that say nothing", async () => {
		const listener = await listen(at, echo);
		const silent = Array.from({ length: 300 }, () => connect(path).on("error", () => {}));
		const gone = new Set<Socket>();
		for (const s of silent) s.resume().on("close", () => gone.add(s));
		await eventually(() => gone.size >= 44);
		expect(gone.size).toBe(44);
		for (const s of silent) s.destroy();
		await eventually(() => gone.size === 300);
		// The listener hears of it in its own time.
		let got = "";
		while (got === "") got = await raw("CONNECT 1024\nhello");
		expect(got).toBe("OK 1024\nhello");
		await listener.close();
	});

	it("refuses other ports, other words, endless lines", async () => {
		let accepted = 0;
		const listener = await listen(at, () => accepted++);
		for (const line of [
			"CONNECT 1025\n",
			"GET / HTTP/1.1\n",
			"CONNECT \n",
			"\n",
			"CONNECT 99999999999\n",
			"x".repeat(10_000),
		]) {
			expect(await raw(line)).toBe("");
		}
		expect(accepted).toBe(0);
		await listener.close();
	});

	it("dials with the handshake and loses nothing that follows it", async () => {
		const listener = await listen(at, (socket) => {
			socket.write("greeting");
			echo(socket);
		});
		expect(await talk(await dial(at), "!")).toBe("greeting!");
		await listener.close();
	});

	it("dials front-ends that answer slowly, in pieces, or not at all", async () => {
		const open: Socket[] = [];
		const gone = async (server: Server): Promise<void> => {
			for (const s of open.splice(0)) s.destroy();
			await new Promise((r) => server.close(r));
		};
		const front = async (answer: (s: Socket) => void): Promise<Server> => {
			const server = createServer({ allowHalfOpen: true }, (s) => {
				open.push(s);
				answer(s);
			});
			await new Promise<void>((r) => server.listen(path, r));
			return server;
		};
		let server = await front((s) => {
			s.once("data", () => {
				for (const [i, c] of [..."OK 1073741824\nrest"].entries()) setTimeout(() => s.write(c), i);
				setTimeout(() => s.end(), 60);
			});
		});
		expect(await talk(await dial(at), "")).toBe("rest");
		await gone(server);
		server = await front((s) => s.end("ERR no such port\n"));
		await expect(dial(at)).rejects.toThrow(/was refused/);
		await gone(server);
		server = await front((s) => s.end());
		await expect(dial(at)).rejects.toThrow(/ended during the handshake/);
		await gone(server);
	});
});

describe("inherited descriptors", () => {
	it("are those systemd says are ours", () => {
		expect(inheritedDescriptors({ LISTEN_FDS: "2", LISTEN_PID: "7" }, 7)).toEqual([3, 4]);
		expect(inheritedDescriptors({ LISTEN_FDS: "2", LISTEN_PID: "8" }, 7)).toEqual([]);
		expect(inheritedDescriptors({ LISTEN_FDS: "x", LISTEN_PID: "7" }, 7)).toEqual([]);
		expect(inheritedDescriptors({}, 7)).toEqual([]);
	});

	it("that are no sockets are an error", () => {
		expect(() => listenOnDescriptor(9999, 1, echo)).toThrow(/^cannot listen on descriptor 9999: error -/);
		expect(() => connectedSocket(9999)).toThrow(/^cannot use descriptor 9999: error -/);
	});
});
