/**
 * The daemon as a process of its own: flags, binding only with a policy in force, descriptors,
 * metrics, logs, signals, and the recorded scenarios as real protobuf through it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FakeAgent } from "../../src/agent/kit/fake-agent.ts";
import { methodOf, ScriptedShim } from "../../src/agent/kit/scripted-shim.ts";
import { policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { readRequestLog } from "../../src/agent/policy/request-log-reader.ts";
import { dial } from "../../src/agent/transport/dial.ts";
import { Code } from "../../src/agent/ttrpc/status.ts";
import { parseJson } from "../../src/value/json.ts";
import type { Value } from "../../src/value/value.ts";
import { allowAll, eventually, policyOf } from "./harness.ts";
import { readShared, sharedFolder } from "./shared.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "rego-daemon-"));
// Inside node_modules, so that what is not bundled is found.
const bundle = join(root, "node_modules", ".cache", "regoplan", `rego-${process.pid}.cjs`);
let agent: FakeAgent;
const agentPath = join(folder, "agent.sock");
const children: ChildProcess[] = [];

beforeAll(async () => {
	// What goes into a guest image.
	execFileSync(process.execPath, ["scripts/bundle-agent.js", bundle], { cwd: root });
	agent = new FakeAgent();
	await agent.listen(agentPath);
});

afterEach(async () => {
	for (const child of children.splice(0)) {
		if (child.exitCode === null && child.signalCode === null) {
			const gone = new Promise((r) => child.on("exit", r));
			child.kill("SIGKILL");
			await gone;
		}
	}
	agent.received.length = 0;
	agent.counts.clear();
});

afterAll(async () => {
	await agent.kill();
	rmSync(folder, { recursive: true });
	rmSync(bundle, { force: true });
});

interface Running {
	readonly child: ChildProcess;
	readonly log: () => string;
	readonly exit: Promise<number | null>;
}

interface ServeOptions {
	/** Descriptors from 3 on. */
	readonly fds?: readonly number[];
	/** What the shell does before it becomes the daemon. */
	readonly shell?: string;
	readonly stderr?: number;
}

const fromSystemd = "export LISTEN_PID=$$ LISTEN_FDS=1";

function serve(argv: readonly string[], { fds = [], shell, stderr }: ServeOptions = {}): Running {
	const stdio = ["ignore", "ignore", stderr ?? "pipe", ...fds] as ("ignore" | "pipe" | number)[];
	const runtime = argv.includes("--runtime-dir") ? [] : ["--runtime-dir", "none"];
	const binary = process.env["REGO_BINARY"];
	const command = binary === undefined ? [process.execPath, bundle] : [binary];
	const all = [...command, "agent", "serve", "--upstream", `unix://${agentPath}`, ...runtime, ...argv];
	const [program = "", ...args] = shell === undefined ? all : ["/bin/sh", "-c", `${shell}; exec "$@"`, "sh", ...all];
	const child = spawn(program, args, { stdio });
	children.push(child);
	let text = "";
	child.stderr?.on("data", (d: Buffer) => (text += d.toString()));
	return { child, log: () => text, exit: new Promise((r) => child.on("close", (code) => r(code))) };
}

function file(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

async function listening(r: Running): Promise<void> {
	await eventually(() => r.log().includes('"listening"') || r.child.exitCode !== null);
	if (!r.log().includes('"listening"')) throw new Error(r.log());
}

const gatePath = join(folder, "gate.sock");
const listenHere = ["--listen", `unix://${gatePath}`];

async function shimTo(path: string = gatePath): Promise<ScriptedShim> {
	return new ScriptedShim(await dial({ kind: "unix", path }));
}

function scrape(path: string): Promise<string> {
	return new Promise((resolve, reject) => {
		httpRequest({ socketPath: path, path: "/metrics" }, (response) => {
			let text = "";
			response.on("data", (d: Buffer) => (text += d.toString()));
			response.on("end", () => resolve(text));
		})
			.on("error", reject)
			.end();
	});
}

describe("rego agent serve", () => {
	it("serves, measures, logs, and stops gracefully at SIGTERM", async () => {
		const text = policyOf("StatsContainerRequest := true\nStartContainerRequest := true");
		const metrics = join(folder, "metrics.sock");
		const policyLog = join(folder, "policy.jsonl");
		const digest = toHex(policyDigest(text));
		const r = serve([
			...listenHere,
			"--policy",
			file("p.rego", text),
			"--metrics",
			metrics,
			"--policy-log",
			policyLog,
			"--expect-digest",
			digest,
		]);
		await listening(r);
		const shim = await shimTo();
		expect(await shim.call("Check")).toEqual({ status: 1 });
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
		expect((await shim.send("StartContainerRequest", { container_id: "a" })).ok).toBe(true);
		expect((await shim.send("PauseContainerRequest", { container_id: "a" })).ok).toBe(false);
		const page = await scrape(metrics);
		expect(page).toContain('rego_gate_decisions_total{kind="StatsContainerRequest",verdict="allowed"} 1');
		expect(page).toContain('rego_gate_decisions_total{kind="PauseContainerRequest",verdict="denied"} 1');
		expect(page).toContain(`rego_gate_policy_info{digest="${digest}"} 1`);
		expect(page).toMatch(/rego_gate_decision_seconds_bucket\{le="\+Inf"\} 3/);
		const waiting = shim.send("WriteStreamRequest", {});
		expect((await waiting).ok).toBe(false);
		r.child.kill("SIGTERM");
		expect(await r.exit).toBe(0);
		expect(existsSync(gatePath)).toBe(false);
		const { requests } = readRequestLog(readFileSync(policyLog, "utf8"));
		expect(requests.map((x) => x.kind)).toEqual([
			"StartContainerRequest",
			"PauseContainerRequest",
			"WriteStreamRequest",
		]);
		const lines = r
			.log()
			.trim()
			.split("\n")
			.map((l) => JSON.parse(l) as { level: string; message: string });
		expect(lines.map((l) => l.message)).toEqual([
			"there is no runtime folder: a gate that is started again begins afresh",
			"policy in force",
			"listening",
			"request denied",
			"request denied",
			"stopping",
			"stopped",
		]);
	});

	it("does not bind without a policy in force", async () => {
		const broken = file("broken.rego", "package agent_policy\n\na := nope1\n\nb := nope2");
		const failures: readonly (readonly [readonly string[], RegExp])[] = [
			[["--policy", broken], /nope1[\s\S]*nope2/],
			[["--policy", join(folder, "none.rego")], /ENOENT/],
			[["--policy", file("ok.rego", allowAll), "--expect-digest", "00".repeat(32)], /digest: the policy's is/],
			[["--policy", file("ok.rego", allowAll), "--expect-digest", `file:${folder}/none`], /digest: cannot read/],
			[["--initdata", file("id.toml", "x = 1")], /initdata: version/],
		];
		for (const [argv, why] of failures) {
			const r = serve([...listenHere, ...argv]);
			expect(await r.exit).toBe(2);
			expect(r.log()).toMatch(why);
			expect(existsSync(gatePath)).toBe(false);
		}
	});

	it("can deny everything with the reason instead", async () => {
		const r = serve([...listenHere, "--policy", join(folder, "none.rego"), "--on-failure", "deny"]);
		await listening(r);
		const shim = await shimTo();
		expect(await shim.send("StatsContainerRequest", {})).toMatchObject({
			ok: false,
			error: {
				code: Code.PERMISSION_DENIED,
				message: expect.stringMatching(
					/^StatsContainerRequest is blocked by policy: the policy could not be loaded: ENOENT/,
				),
			},
		});
		expect((await shim.send("SetPolicyRequest", { policy: allowAll })).ok).toBe(false);
		expect(await shim.call("Check")).toEqual({ status: 1 });
	});

	it("is loud about a policy that lets failing requests pass, and about no digest", async () => {
		const r = serve([
			...listenHere,
			"--policy",
			file("lax.rego", policyOf("AllowRequestsFailingPolicy := true")),
			"--expect-digest",
			"off",
		]);
		await listening(r);
		expect(r.log()).toMatch(/"level":"warn","message":"the policy sets AllowRequestsFailingPolicy/);
		expect(r.log()).toMatch(
			/"level":"warn","message":"the policy is not checked against a digest","why":"the check is switched off"/,
		);
	});

	it.skipIf(!existsSync("/dev/full"))(
		"serves though its log lines meet a full disk",
		async () => {
			const full = openSync("/dev/full", "w");
			const path = join(folder, "unheard.sock");
			const argv = ["--listen", `unix://${path}`, "--policy", file("all.rego", allowAll), "--log-level", "debug"];
			const r = serve(argv, { stderr: full });
			closeSync(full);
			await eventually(() => existsSync(path) || r.child.exitCode !== null);
			// The file is there a moment before anybody listens.
			await new Promise((done) => setTimeout(done, 100));
			const shim = await shimTo(path);
			expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
			r.child.kill("SIGTERM");
			expect(await r.exit).toBe(0);
		},
		20_000,
	);

	it("leaves a request log of whole lines where a disk fills up", async () => {
		const path = join(folder, "small.jsonl");
		const metrics = join(folder, "small-metrics.sock");
		const argv = [...listenHere, "--policy", file("all.rego", allowAll), "--policy-log", path, "--metrics", metrics];
		const r = serve(argv, { shell: "ulimit -f 1" });
		await listening(r);
		const shim = await shimTo();
		const sent = [300, 300, 300, 300, 300, 10, 300].map((n) => "x".repeat(n));
		for (const container_id of sent) {
			expect((await shim.send("StartContainerRequest", { container_id })).ok).toBe(true);
			await new Promise((done) => setTimeout(done, 30));
		}
		const page = await scrape(metrics);
		r.child.kill("SIGTERM");
		expect(await r.exit).toBe(0);
		const { requests } = readRequestLog(readFileSync(path, "utf8"));
		expect(requests.at(-1)?.request).toEqual({ container_id: "x".repeat(10) });
		expect(page).toContain(`rego_gate_request_log_lines_lost ${sent.length - requests.length}\n`);
		expect(r.log().match(/request log cannot be written/g)).toHaveLength(2);
	});

	for (const systemd of [false, true]) {
		it(`accepts on a descriptor it was handed ${systemd ? "as systemd does" : "by number"}`, async () => {
			const path = join(folder, `handed-${systemd}.sock`);
			const server = createServer();
			await new Promise<void>((r) => server.listen(path, r));
			const fd = (server as unknown as { _handle: { fd: number } })._handle.fd;
			const policy = ["--policy", file("all.rego", allowAll), "--expect-digest", "off"];
			// Told by LISTEN_FDS, a vsock address takes the descriptor for its socket, whatever it is.
			const argv = ["--listen", systemd ? "vsock://-1:1024" : "fd://3", ...policy];
			const r = serve(argv, { fds: [fd], ...(systemd ? { shell: fromSystemd } : {}) });
			await listening(r);
			// Ours stops accepting when its handle is gone; the child's copy lives on.
			const shim = await connectPast(server, path);
			expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
			r.child.kill("SIGTERM");
			expect(await r.exit).toBe(0);
		});
	}

	it("says in one line which file or socket it cannot have", async () => {
		const policy = ["--policy", file("all.rego", allowAll)];
		const failures: readonly (readonly [readonly string[], RegExp])[] = [
			[["--listen", `unix://${agentPath}`], /^cannot listen on unix:\/\/.*: listen EADDRINUSE.*$/m],
			[["--listen", "fd://99"], /^cannot listen on fd:\/\/99: .*$/m],
			[[...listenHere, "--policy-log", join(folder, "none", "x")], /^the policy log: ENOENT.*$/m],
			[[...listenHere, "--metrics", file("in-use", "")], /^the metrics: listen EADDRINUSE.*$/m],
		];
		for (const [argv, why] of failures) {
			const r = serve([...argv, ...policy]);
			expect(await r.exit).toBe(2);
			expect(r.log()).toMatch(why);
			expect(r.log()).not.toMatch(/\n {4}at /);
		}
	});

	it("takes the place of one that was killed, metrics included", async () => {
		const metrics = join(folder, "again.sock");
		const argv = [...listenHere, "--policy", file("all.rego", allowAll), "--metrics", metrics];
		const first = serve(argv);
		await listening(first);
		first.child.kill("SIGKILL");
		await first.exit;
		await listening(serve(argv));
		expect(await scrape(metrics)).toContain("rego_gate_connections 0");
	});

	const wrong: readonly (readonly [readonly string[], RegExp])[] = [
		[["--listen", "tcp://x:1"], /tcp is not supported/],
		[["--listen", "unix://@x"], /abstract socket/],
		[["--nonsense"], /unknown flag/],
		[["extra"], /unexpected argument extra/],
		[["--tee", "sgx"], /must be one of/],
		[["--socket-mode", "0600x"], /an octal number/],
		[["--max-connections", "0"], /at least 1/],
		[[...listenHere, "--expect-digest", "maybe"], /not a hexadecimal digest/],
	];
	for (const [argv, why] of wrong) {
		it(`refuses ${argv.join(" ")}`, async () => {
			const r = serve(argv);
			expect(await r.exit).toBeGreaterThan(0);
			expect(r.log()).toMatch(why);
		});
	}
});

/** Close our own copy of a listening socket and reach the child's. */
async function connectPast(server: ReturnType<typeof createServer>, path: string): Promise<ScriptedShim> {
	// Closing a net.Server removes the socket's file: keep it reachable under another name.
	const { linkSync } = await import("node:fs");
	const kept = `${path}.kept`;
	linkSync(path, kept);
	await new Promise((r) => server.close(r));
	return shimTo(kept);
}

describe.skipIf(sharedFolder("kata", "web") === undefined)("recorded scenarios as protobuf through the daemon", () => {
	for (const name of [
		"k8s-policy-job",
		"k8s-policy-pod",
		"pod-cm1",
		"pod-exec",
		"pod-lifecycle",
		"pod-many-layers",
		"web",
	]) {
		it(name, async () => {
			const policy = sharedFolder("kata", name, "policy.rego") as string;
			const r = serve([...listenHere, "--policy", policy, "--v0-compatible", "--expect-digest", "off"]);
			await listening(r);
			const shim = await shimTo();
			const wanted = JSON.parse(readShared("kata", name, "outputs.json")) as boolean[];
			const lines = readShared("kata", name, "requests.jsonl").trim().split("\n");
			let sent = 0;
			const oom: Promise<unknown>[] = [];
			for (const [i, line] of lines.entries()) {
				const [kind, request] = parseJson(line) as [string, Value];
				// Not a request of the agent's API: the policy's own flag, which the agent asks for when it loads one.
				if (methodOf(kind) === undefined) {
					expect(kind).toBe("AllowRequestsFailingPolicy");
					continue;
				}
				if (kind === "ReadStreamRequest" || kind === "WaitProcessRequest") {
					const { container_id, exec_id } = request as { container_id: string; exec_id: string };
					if (kind === "WaitProcessRequest") agent.exit(container_id, exec_id, 0);
					else agent.write(container_id, exec_id, Buffer.from("x"));
				}
				const outcome = shim.send(kind, request);
				if (kind === "GetOOMEventRequest") {
					oom.push(outcome);
					await eventually(() => agent.count("GetOOMEvent") >= oom.length);
					agent.outOfMemory("c1");
				}
				const got = await outcome;
				const decided = got.ok || got.error.code !== Code.PERMISSION_DENIED;
				if (kind !== "ReadStreamRequest") expect([i, kind, decided]).toEqual([i, kind, wanted[i]]);
				sent++;
			}
			expect(sent).toBe(lines.length - 1);
		});
	}
});
