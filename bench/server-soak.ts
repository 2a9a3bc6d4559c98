/**
 * The server under everything at once: decisions without pause, a policy that is replaced every 50 ms, clients
 * that mean no good, and thousands of connections. Every answer must be of the old policy or of the new, memory
 * must not grow, bad requests must get a status of 4xx, and /health must answer throughout. Exits with 1 where
 * one of these does not hold.
 *
 *     node scripts/run-ts.js bench/server-soak.ts [--seconds 600] [--connections 10000] [--command FILE]
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({
	options: {
		seconds: { type: "string", default: "600" },
		connections: { type: "string", default: "10000" },
		command: { type: "string", default: "bin/rego.js" },
	},
});
const seconds = Number(given.seconds);
const problems: string[] = [];
const problem = (text: string): void => {
	if (problems.length < 20) problems.push(text);
};

const freePort = (): Promise<number> =>
	new Promise((resolve) => {
		const server = createServer();
		server.listen(0, "127.0.0.1", () => {
			const at = server.address();
			server.close(() => resolve(typeof at === "object" && at !== null ? at.port : 0));
		});
	});

const port = await freePort();
const command = [given.command, "run", "--server", "--log-level", "error", "--addr", `127.0.0.1:${port}`];
const child = spawn(process.execPath, command, { stdio: ["ignore", "inherit", "inherit"] });
let exited: number | null | undefined;
child.on("exit", (code) => {
	exited = code;
});

interface Got {
	readonly status: number;
	readonly body: string;
}

function ask(method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<Got> {
	return new Promise((resolve, reject) => {
		const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
		const options = { host: "127.0.0.1", port, method, path, headers: { ...length, ...headers }, agent: false };
		const request = httpRequest(options, (answer) => {
			let text = "";
			answer.setEncoding("utf8").on("data", (part: string) => {
				text += part;
			});
			answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
			answer.on("error", reject);
		});
		request.on("error", reject);
		request.end(body);
	});
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Each version answers its own number, twice. */
const policy = (n: number): string => `package soak

default ok := false

first := ${n}

second := x if {
	some x in [${n}, 0 - 1]
	x == first
}

answer := [first, second]

helper_${n % 7}(x) := y if {
	y := [z | some z in numbers.range(0, x)]
}

ok if count(helper_${n % 7}(${5 + (n % 5)})) > 0
`;

for (;;) {
	try {
		await ask("PUT", "/v1/policies/soak", policy(0));
		break;
	} catch {
		await pause(50);
	}
}

/** What was surely in force when a question was asked, and the newest that may have been. */
let inForce = 0;
let newest = 0;
let decisions = 0;
let replaced = 0;
const end = performance.now() + seconds * 1000;
const running = (): boolean => performance.now() < end && exited === undefined;

async function replacing(): Promise<void> {
	while (running()) {
		const started = performance.now();
		newest++;
		const got = await ask("PUT", "/v1/policies/soak", policy(newest));
		if (got.status !== 200) problem(`PUT answers ${got.status} ${got.body}`);
		inForce = newest;
		replaced++;
		await pause(Math.max(0, 50 - (performance.now() - started)));
	}
}

/** One connection that asks without pause. */
function deciding(): Promise<void> {
	const body = '{"input":{"user":"x"}}';
	const head = `POST /v1/data/soak/answer HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		let from = 0;
		let kept = "";
		const next = (): void => {
			from = inForce;
			socket.write(head + body);
		};
		socket.on("connect", next);
		socket.setEncoding("latin1").on("data", (part: string) => {
			kept += part;
			const m = /\r\n\r\n([\s\S]*\n)$/.exec(kept);
			if (m === null) return;
			const pair = /^\{"result":\[([0-9]+),([0-9]+)\]\}\n$/.exec(m[1] ?? "");
			const n = Number(pair?.[1]);
			if (pair === null || pair[1] !== pair[2] || n < from || n > newest) {
				problem(`between ${from} and ${newest}: ${kept.slice(0, 300)}`);
			}
			kept = "";
			decisions++;
			if (running()) next();
			else {
				socket.destroy();
				resolve();
			}
		});
		socket.on("error", (e) => {
			problem(`a decision's connection: ${e.message}`);
			resolve();
		});
	});
}

/** Requests that must be refused, one after the other. */
async function meaningNoGood(): Promise<number> {
	let refused = 0;
	const expect = async (what: string, asked: Promise<Got>): Promise<void> => {
		try {
			const { status } = await asked;
			if (status >= 400 && status < 500) refused++;
			else if (!(status >= 300 && status < 400)) problem(`${what} is answered ${status}`);
		} catch (e) {
			// A client that goes on sending may find its connection closed before it reads the answer.
			if (!(e instanceof Error) || !/ECONNRESET|EPIPE|socket hang up/.test(e.message)) problem(`${what}: ${String(e)}`);
			else refused++;
		}
	};
	while (running()) {
		await expect("malformed JSON", ask("POST", "/v1/data/soak/answer", '{"input": {'));
		await expect("deep JSON", ask("POST", "/v1/data/soak/answer", `{"input":${"[".repeat(100_000)}`));
		await expect("a policy that is none", ask("PUT", "/v1/policies/bad", "package bad\nx := y"));
		await expect("a path out of the root", ask("GET", "/v1/data/../../../../etc/passwd"));
		await expect("an encoded path out of the root", ask("PUT", "/v1/policies/%2e%2e%2fetc%2fpasswd", "no policy"));
		await expect("no gzip", ask("POST", "/v1/data", "xxxxxxxxxxxxxx", { "Content-Encoding": "gzip" }));
		await expect("a path that is none", ask("GET", "/v1/data/%zz"));
		await expect("300 MiB that are promised", hugeBody(true));
		await expect("300 MiB in chunks", hugeBody(false));
		await pause(200);
	}
	return refused;
}

/** More than may be: with its length, or without. */
function hugeBody(promised: boolean): Promise<Got> {
	const size = 300 * 1024 * 1024;
	const chunk = Buffer.alloc(1 << 20, 32);
	return new Promise((resolve, reject) => {
		const headers: Record<string, string> = promised ? { "Content-Length": String(size) } : {};
		const options = { host: "127.0.0.1", port, method: "PUT", path: "/v1/data/huge", headers, agent: false };
		let answered = false;
		const request = httpRequest(options, (answer) => {
			answered = true;
			answer.resume();
			answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: "" }));
			answer.on("error", reject);
		});
		request.on("error", (e) => (answered ? undefined : reject(e)));
		let sent = 0;
		const more = (): void => {
			while (sent < size && !answered && !request.destroyed) {
				sent += chunk.length;
				if (!request.write(chunk)) {
					request.once("drain", more);
					return;
				}
			}
			request.end();
		};
		more();
	});
}

/** Heads that come a byte at a time, and never end. */
function slowly(count: number): { readonly stop: () => void; readonly ended: () => number } {
	const sockets = new Set<Socket>();
	let ended = 0;
	const open = (): void => {
		const socket = connect(port, "127.0.0.1");
		sockets.add(socket);
		socket.write("POST /v1/data/soak HTTP/1.1\r\nHost: x\r\nX: ");
		const timer = setInterval(() => socket.write("a"), 1000);
		socket.on("error", () => {});
		socket.on("close", () => {
			ended++;
			clearInterval(timer);
			sockets.delete(socket);
			if (running()) open();
		});
	};
	for (let i = 0; i < count; i++) open();
	return {
		stop: () => {
			for (const s of sockets) s.destroy();
		},
		ended: () => ended,
	};
}

/** Connections that say nothing. */
async function crowd(count: number): Promise<{ readonly open: number; readonly stop: () => void }> {
	const sockets: Socket[] = [];
	let open = 0;
	for (let i = 0; i < count && running(); i++) {
		const socket = connect(port, "127.0.0.1");
		socket.on("connect", () => open++);
		socket.on("error", () => {});
		sockets.push(socket);
		if (i % 200 === 0) await pause(10);
	}
	for (let i = 0; i < 100 && open < count; i++) await pause(50);
	return {
		open,
		stop: () => {
			for (const s of sockets) s.destroy();
		},
	};
}

const rss: number[] = [];
let slowestHealth = 0;
let healthy = 0;
async function watching(): Promise<void> {
	while (running()) {
		const started = performance.now();
		try {
			const { status } = await ask("GET", "/health");
			if (status !== 200) problem(`/health answers ${status}`);
			healthy++;
		} catch (e) {
			problem(`/health: ${String(e)}`);
		}
		slowestHealth = Math.max(slowestHealth, performance.now() - started);
		rss.push(Number(/VmRSS:\s+([0-9]+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024);
		await pause(250);
	}
}

const slow = slowly(200);
const all = [replacing(), watching(), meaningNoGood(), ...Array.from({ length: 8 }, deciding)] as const;
await pause(Math.min(5000, seconds * 200));
const many = await crowd(Number(given.connections));
await Promise.all(all);
const refused = await all[2];
slow.stop();
many.stop();
if (exited !== undefined) problem(`the server ended with ${exited}`);
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const third = Math.floor(rss.length / 3);
const before = median(rss.slice(third, 2 * third));
const after = median(rss.slice(2 * third));
if (after > before * 1.25) problem(`memory has grown from ${before.toFixed(0)} to ${after.toFixed(0)} MiB`);
child.kill();
console.log(
	`${seconds} s: ${decisions} decisions, ${replaced} policies, ${refused} requests refused, ${many.open} connections at once`,
);
console.log(
	`heads without end: ${slow.ended()} connections closed; /health: ${healthy} times, ${slowestHealth.toFixed(0)} ms at most`,
);
console.log(
	`memory: ${before.toFixed(0)} MiB in the second third, ${after.toFixed(0)} MiB in the last, ${Math.max(...rss).toFixed(0)} MiB at most`,
);
for (const p of problems) console.error(`PROBLEM ${p}`);
process.exitCode = problems.length > 0 ? 1 : 0;
