/**
 * Decisions by HTTP, beside a real `opa run --server` with one processor (GOMAXPROCS=1), in one run: requests in
 * a second, how long they took, and how much of the processor they cost. Every answer is looked at.
 *
 *     node scripts/run-ts.js bench/server.ts [--opa FILE] [--seconds N] [--connections N] [--command FILE]
 *
 * The two take turns, so that what else the machine does meets both. On a machine that is busy the requests in a
 * second of processor time say more than those in a second.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({
	options: {
		opa: { type: "string", default: join(process.env["HOME"] ?? "", "go/bin/opa") },
		seconds: { type: "string", default: "3" },
		connections: { type: "string", default: "16" },
		rounds: { type: "string", default: "3" },
		command: { type: "string", default: "bin/rego.js" },
	},
});
const seconds = Number(given.seconds);
const connections = Number(given.connections);
const rounds = Number(given.rounds);

interface Workload {
	readonly name: string;
	readonly args: readonly string[];
	readonly policy: string;
	readonly path: string;
	readonly body: string;
	/** What the answer must be. */
	readonly answer: string;
}

const rbac = `package app.rbac

default allow := false

allow if input.user == "alice"

allow if {
	some role in input.roles
	some grant in data.app.rbac.grants[role]
	grant.action == input.action
	grant.type == input.type
}

grants := {"admin": [{"action": "read", "type": "dog"}, {"action": "write", "type": "dog"}]}
`;

function workloads(): readonly Workload[] {
	const input = { user: "bob", roles: ["admin"], action: "write", type: "dog" };
	const boolean: Workload = {
		name: "a boolean decision",
		args: [],
		policy: rbac,
		path: "/v1/data/app/rbac/allow",
		body: JSON.stringify({ input }),
		answer: '{"result":true}\n',
	};
	const folder = "../shared/kata/pod-cm1";
	if (!existsSync(folder)) return [boolean];
	const requests = readFileSync(join(folder, "requests.jsonl"), "utf8").trim().split("\n");
	const request = requests
		.map((l): unknown => JSON.parse(l))
		.find((r) => Array.isArray(r) && r[0] === "CreateContainerRequest");
	if (!Array.isArray(request)) return [boolean];
	return [
		boolean,
		{
			name: "Kata's CreateContainerRequest",
			args: ["--v0-compatible"],
			policy: readFileSync(join(folder, "policy.rego"), "utf8"),
			path: "/v1/data/agent_policy/CreateContainerRequest",
			body: JSON.stringify({ input: request[1] }),
			answer: "",
		},
	];
}

interface Measured {
	requests: number;
	/** Milliseconds of wall clock and of the server's processor time. */
	wall: number;
	cpu: number;
	readonly times: number[];
	answer: string;
}

interface Server {
	readonly name: string;
	readonly child: ChildProcess;
	readonly port: number;
	readonly measured: Measured;
}

/** Processor time of a process, in milliseconds. */
function cpuOf(child: ChildProcess): number {
	const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
		.replace(/^.*\) /, "")
		.split(" ");
	return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Server> {
	const port = await freePort();
	const child = spawn(command, [...args, "--addr", `127.0.0.1:${port}`], {
		stdio: "ignore",
		env: { ...process.env, ...env },
	});
	for (;;) {
		try {
			await exchange(port, "GET", "/health", "", 1, () => false);
			break;
		} catch {
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
	return { name, child, port, measured: { requests: 0, wall: 0, cpu: 0, times: [], answer: "" } };
}

function freePort(): Promise<number> {
	return new Promise((resolve) => {
		const server = createServer();
		server.listen(0, "127.0.0.1", () => {
			const at = server.address();
			server.close(() => resolve(typeof at === "object" && at !== null ? at.port : 0));
		});
	});
}

/** One connection: a request after the other, as long as `more` says so. Rejects where an answer is none. */
function exchange(
	port: number,
	method: string,
	path: string,
	body: string,
	first: number,
	more: (answer: string, ms: number) => boolean,
): Promise<void> {
	const bytes = Buffer.from(
		`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
	return new Promise((resolve, reject) => {
		const socket = connect(port, "127.0.0.1");
		let sent = performance.now();
		let kept = "";
		socket.setNoDelay(true);
		socket.on("connect", () => {
			for (let i = 0; i < first; i++) socket.write(bytes);
		});
		socket.setEncoding("latin1");
		/** The answer before: most are the same, and the client must not be what is measured. */
		let last = "";
		const answered = (answer: string): void => {
			const now = performance.now();
			if (more(answer, now - sent)) {
				sent = performance.now();
				socket.write(bytes);
			} else {
				socket.destroy();
				resolve();
			}
		};
		socket.on("data", (part: string) => {
			if (last !== "" && kept === "" && part.startsWith("HTTP/1.1 200") && part.endsWith(`\r\n\r\n${last}`)) {
				answered(last);
				return;
			}
			kept += part;
			const end = kept.indexOf("\r\n\r\n");
			if (end < 0) return;
			const length = Number(/\r\ncontent-length: ([0-9]+)/i.exec(kept)?.[1]);
			if (kept.length < end + 4 + length) return;
			const ok = kept.startsWith("HTTP/1.1 200");
			const answer = kept.slice(end + 4);
			kept = "";
			if (!ok) {
				socket.destroy();
				reject(new Error(answer));
				return;
			}
			last = answer;
			answered(answer);
		});
		socket.on("error", reject);
	});
}

async function load(server: Server, w: Workload, ms: number, count: boolean): Promise<void> {
	const { measured, port, child } = server;
	const start = performance.now();
	const cpu = cpuOf(child);
	let requests = 0;
	const one = (): Promise<void> =>
		exchange(port, "POST", w.path, w.body, 1, (answer, took) => {
			const wanted = w.answer === "" ? measured.answer : w.answer;
			if (measured.answer === "") measured.answer = answer;
			else if (answer !== wanted) throw new Error(`${server.name} answers ${answer}`);
			requests++;
			if (count) measured.times.push(took);
			return performance.now() - start < ms;
		});
	await Promise.all(Array.from({ length: connections }, one));
	if (!count) return;
	measured.requests += requests;
	measured.wall += performance.now() - start;
	measured.cpu += cpuOf(child) - cpu;
}

function at(sorted: readonly number[], part: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

async function compare(w: Workload, folder: string): Promise<void> {
	const file = join(folder, "policy.rego");
	writeFileSync(file, w.policy);
	const args = ["run", "--server", "--log-level", "error", ...w.args, file];
	const servers = [await start("regoplan", process.execPath, [given.command, ...args], {})];
	if (existsSync(given.opa)) {
		servers.push(await start("opa", given.opa, [...args, "--skip-version-check"], { GOMAXPROCS: "1" }));
	}
	try {
		for (const server of servers) await load(server, w, 1500, false);
		for (let i = 0; i < rounds; i++)
			for (const server of servers) await load(server, w, (seconds * 1000) / rounds, true);
	} finally {
		for (const { child } of servers) child.kill();
	}
	console.log(`\n${w.name}, ${connections} connections`);
	console.log("             requests/s  per s of CPU    p50 ms    p99 ms");
	const rows = servers.map(({ name, measured: m }) => {
		const sorted = m.times.sort((a, b) => a - b);
		const row = {
			perSecond: (m.requests / m.wall) * 1000,
			perCpu: (m.requests / m.cpu) * 1000,
			p50: at(sorted, 0.5),
			p99: at(sorted, 0.99),
		};
		const numbers = [row.perSecond.toFixed(0), row.perCpu.toFixed(0), row.p50.toFixed(2), row.p99.toFixed(2)];
		console.log(`${name.padEnd(12)}${numbers.map((n, i) => n.padStart(i === 1 ? 14 : i === 0 ? 11 : 10)).join("")}`);
		return row;
	});
	const [ours, theirs] = rows;
	if (ours === undefined || theirs === undefined) return;
	if (servers[0]?.measured.answer !== servers[1]?.measured.answer) throw new Error("the two answer differently");
	const ratios = [ours.perSecond / theirs.perSecond, ours.perCpu / theirs.perCpu, ours.p99 / theirs.p99];
	console.log(
		`ratio       ${ratios.map((r, i) => `${r.toFixed(2)}×`.padStart(i === 0 ? 11 : i === 1 ? 14 : 20)).join("")}`,
	);
}

const folder = mkdtempSync(join(tmpdir(), "bench-server-"));
try {
	for (const w of workloads()) await compare(w, folder);
} finally {
	rmSync(folder, { recursive: true });
}
