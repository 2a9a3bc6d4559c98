/**
 * What the daemon makes of its options, in this process and without a thread: what it opens, in which order it fails and
 * what is left open then, what it logs, measures and marks. That it is a process of its own is asked by daemon.test.ts.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Daemon, type DaemonOptions, StartError, startDaemon } from "../../src/agent/daemon.ts";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { DeciderStart } from "../../src/agent/decider/messages.ts";
import type { StartThread } from "../../src/agent/decider/thread.ts";
import { FakeAgent } from "../../src/agent/kit/fake-agent.ts";
import { ScriptedShim } from "../../src/agent/kit/scripted-shim.ts";
import { policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { PolicyLoadError } from "../../src/agent/policy/load-error.ts";
import { writePlan } from "../../src/agent/policy/write-plan.ts";
import { dial } from "../../src/agent/transport/dial.ts";
import { eventually, policyOf } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-options-"));
const path = (name: string): string => join(folder, name);
const agentPath = path("agent.sock");
let agent: FakeAgent;
beforeAll(async () => {
	agent = new FakeAgent();
	await agent.listen(agentPath);
});
afterAll(async () => {
	await agent.kill();
	rmSync(folder, { recursive: true });
});

const running: Daemon[] = [];
afterEach(async () => {
	for (const d of running.splice(0)) await d.stop();
});

const text = policyOf("StatsContainerRequest := true\nStartContainerRequest := true");

interface Begun {
	readonly daemon: Daemon;
	readonly lines: unknown[];
	/** What deciders were started with. */
	readonly starts: DeciderStart[];
	shim(): Promise<ScriptedShim>;
}

let count = 0;

async function begin(some: Partial<DaemonOptions> = {}, lines: unknown[] = []): Promise<Begun> {
	const gatePath = path(`gate-${count++}.sock`);
	const starts: DeciderStart[] = [];
	const startThread: StartThread = (start) => {
		starts.push(start);
		return localThread(start);
	};
	const daemon = await startDaemon({
		listen: { kind: "unix", path: gatePath },
		upstream: { kind: "unix", path: agentPath },
		policy: { text },
		bootstrap: false,
		digest: "off",
		regoVersion: "auto",
		onFailure: "exit",
		policyLog: undefined,
		metrics: undefined,
		unknownFields: "reject",
		quoteDenials: false,
		maxConnections: 16,
		mode: 0o600,
		runtimeFolder: undefined,
		decisionMs: 10_000,
		agentMs: 10_000,
		inherited: [],
		graceMs: 0,
		log: (level, message, fields) => lines.push([level, message, ...(fields === undefined ? [] : [fields])]),
		startThread,
		...some,
	});
	running.push(daemon);
	const shim = async (): Promise<ScriptedShim> => new ScriptedShim(await dial({ kind: "unix", path: gatePath }));
	return { daemon, lines, starts, shim };
}

/** A page of the metrics' server: its status, kind and text. */
function scrape(where: { socketPath: string } | { host: string; port: number }, page = "/metrics"): Promise<string[]> {
	return new Promise((resolve, reject) => {
		httpRequest({ ...where, path: page, agent: false }, (response) => {
			let body = "";
			response.on("data", (d: Buffer) => (body += d.toString()));
			response.on("end", () => resolve([`${response.statusCode}`, `${response.headers["content-type"]}`, body]));
		})
			.on("error", reject)
			.end();
	});
}

const blocked = async (begun: Begun, kind = "PauseContainerRequest"): Promise<string> => {
	const shim = await begun.shim();
	const got = await shim.send(kind, {});
	shim.close();
	return got.ok ? "allowed" : got.error.message;
};

const noFolder = ["warn", "there is no runtime folder: a gate that is started again begins afresh"];
const digest = toHex(policyDigest(text));
const denial = "PauseContainerRequest is blocked by policy: no rule allows it (the result is undefined)";

describe("a daemon with nothing asked for", () => {
	it("tells what it does, and stops once", async () => {
		const begun = await begin();
		const { daemon, lines } = begun;
		expect(daemon.address).toMatch(/^unix:\/\/.*gate-\d+\.sock$/);
		expect(statSync(daemon.address.slice("unix://".length)).mode & 0o777).toBe(0o600);
		const shim = await begun.shim();
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
		const [one, other] = [daemon.stop(), daemon.stop()];
		expect(one).toBe(other);
		await one;
		await expect(begun.shim()).rejects.toThrow(/ENOENT|ECONNREFUSED/);
		expect(lines).toEqual([
			noFolder,
			["info", "policy in force", { digest }],
			["info", "listening", { address: daemon.address, upstream: `unix://${agentPath}` }],
			["debug", "request allowed", { kind: "StatsContainerRequest" }],
			["info", "stopping", { calls: 0 }],
			["info", "stopped"],
		]);
		await expect(daemon.policy.check("StatsContainer", new Uint8Array(0))).resolves.toMatchObject({
			decision: { allowed: false, reason: "the gate is stopping" },
		});
	});

	it("starts deciders with the limits and forms that it was given", async () => {
		const { starts } = await begin({ decisionMs: 1234, unknownFields: "drop", regoVersion: "v1" });
		expect(starts).toHaveLength(1);
		expect(starts[0]).toMatchObject({
			limits: { timeMs: 1234 },
			unknownFields: "drop",
			regoVersion: "v1",
			logRequests: false,
		});
		expect(starts[0]?.planned).toBeUndefined();
	});

	it("lets so many connect", async () => {
		const begun = await begin({ maxConnections: 2 });
		const shims = [await begun.shim(), await begun.shim()];
		for (const s of shims) expect((await s.send("StatsContainerRequest", {})).ok).toBe(true);
		expect((await (await begun.shim()).send("StatsContainerRequest", {})).ok).toBe(false);
		for (const s of shims) s.close();
	});

	it("quotes denials where that is asked for", async () => {
		expect(await blocked(await begin())).toBe(denial);
		expect(await blocked(await begin({ quoteDenials: true }))).toBe(JSON.stringify(denial));
	});
});

describe("a policy that cannot be loaded", () => {
	const broken: Partial<DaemonOptions> = { policy: { text: "package agent_policy\n\na := nope1" } };
	it("is a reason not to start", async () => {
		const lines: unknown[] = [];
		await expect(begin(broken, lines)).rejects.toBeInstanceOf(PolicyLoadError);
		expect(lines).toEqual([noFolder]);
	});
	it("or to deny everything, with why", async () => {
		const begun = await begin({ ...broken, onFailure: "deny" });
		expect(await blocked(begun, "StatsContainerRequest")).toMatch(
			/^StatsContainerRequest is blocked by policy: the policy could not be loaded: .*nope1/s,
		);
		expect(begun.lines[1]).toEqual([
			"error",
			"the policy cannot be loaded: every request will be denied",
			{ errors: [expect.stringMatching(/nope1/)] },
		]);
	});
	it("other failures are no reason to deny", async () => {
		const startThread: StartThread = () => {
			throw new Error("no threads today");
		};
		await expect(begin({ onFailure: "deny", startThread })).rejects.toThrow(/no threads today/);
	});
});

describe("what it needs and cannot have", () => {
	const fails: readonly (readonly [note: string, some: () => Partial<DaemonOptions>, why: RegExp])[] = [
		["a policy log without its folder", () => ({ policyLog: path("none/x") }), /^the policy log: ENOENT/],
		["a runtime folder that is a file", () => ({ runtimeFolder: file("run-file") }), /^the runtime folder: /],
		["metrics where a file is", () => ({ metrics: file("in-use") }), /^the metrics: listen EADDRINUSE/],
		[
			"an agent that is not there",
			() => ({ upstream: { kind: "unix", path: path("nobody.sock") }, agentMs: 0 }),
			/^the agent at unix:\/\/.*nobody\.sock: the agent does not answer: .*ENOENT/,
		],
		[
			"an address that is taken",
			() => ({ listen: { kind: "unix", path: agentPath } }),
			/^cannot listen on unix:\/\/.*agent\.sock: listen EADDRINUSE/,
		],
	];
	const file = (name: string): string => {
		writeFileSync(path(name), "");
		return path(name);
	};
	for (const [note, some, why] of fails) {
		it(note, async () => {
			const failed = begin(some());
			await expect(failed).rejects.toBeInstanceOf(StartError);
			await expect(failed).rejects.toThrow(why);
		});
	}

	it("leaves nothing open", async () => {
		const metrics = path("left.sock");
		let stopped = 0;
		const startThread: StartThread = (start) => {
			const thread = localThread(start);
			const { stop } = thread;
			return Object.assign(thread, {
				stop: () => {
					stopped++;
					stop();
				},
			});
		};
		const policyLog = path("left.jsonl");
		await expect(begin({ listen: { kind: "unix", path: agentPath }, metrics, policyLog, startThread })).rejects.toThrow(
			/EADDRINUSE/,
		);
		expect(stopped).toBe(1);
		expect(existsSync(metrics)).toBe(false);
	});
});

describe("metrics", () => {
	it("of what the gate and its policy are doing, on a socket that nobody has any more", async () => {
		const metrics = path("metrics.sock");
		// Whoever ends without closing leaves its socket's file: kept under another name, it is one.
		const left = createServer();
		await new Promise<void>((done) => left.listen(path("kept.sock"), done));
		const { linkSync } = await import("node:fs");
		linkSync(path("kept.sock"), metrics);
		await new Promise((done) => left.close(done));
		const begun = await begin({ metrics });
		expect(await blocked(begun)).toMatch(/blocked/);
		const shim = await begun.shim();
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
		const [status, kind, page = ""] = await scrape({ socketPath: metrics });
		expect([status, kind]).toEqual(["200", "text/plain; version=0.0.4"]);
		const lines = page.split("\n");
		for (const line of [
			'rego_gate_decisions_total{kind="PauseContainerRequest",verdict="denied"} 1',
			`rego_gate_policy_info{digest="${digest}"} 1`,
			"rego_gate_calls 0",
			"rego_gate_policy_allows_failing 0",
			"rego_gate_request_log_lines_lost 0",
			"rego_gate_undecided 0",
			"rego_gate_decider_restarts 0",
			"rego_gate_connections_total 2",
		])
			expect(lines).toContain(line);
		expect((await scrape({ socketPath: metrics }, "/"))[0]).toBe("404");
		shim.close();
		await begun.daemon.stop();
		expect(existsSync(metrics)).toBe(false);
	});

	it("tell requests that pass though the policy fails", async () => {
		const metrics = path("failing.sock");
		const failing = policyOf("AllowRequestsFailingPolicy := true\nStatsContainerRequest := false");
		const begun = await begin({ metrics, policy: { text: failing } });
		const shim = await begun.shim();
		expect((await shim.send("StatsContainerRequest", {})).ok).toBe(true);
		shim.close();
		const lines = ((await scrape({ socketPath: metrics }))[2] ?? "").split("\n");
		expect(lines).toContain('rego_gate_decisions_total{kind="StatsContainerRequest",verdict="failing"} 1');
		expect(lines).toContain("rego_gate_policy_allows_failing 1");
		expect(begun.lines).toContainEqual(["warn", expect.stringMatching(/^the policy sets AllowRequestsFailingPolicy/)]);
	});

	/** A port that was free a moment ago. */
	const freePort = async (host: string): Promise<number> => {
		const server = createServer();
		await new Promise<void>((done) => server.listen(0, host, done));
		const { port } = server.address() as { readonly port: number };
		await new Promise((done) => server.close(done));
		return port;
	};
	for (const [note, address] of [
		["a port of this machine alone", (port: number) => `${port}`],
		["a port of a host", (port: number) => `localhost:${port}`],
		["a port of an address in brackets", (port: number) => `[127.0.0.1]:${port}`],
	] as const) {
		it(`on ${note}`, async () => {
			const port = await freePort("127.0.0.1");
			await begin({ metrics: address(port) });
			const host = note.includes("a host") ? "localhost" : "127.0.0.1";
			expect((await scrape({ host, port }))[2]).toContain("rego_gate_connections 0");
		});
	}

	it("are for a few readers at a time", async () => {
		const metrics = path("few.sock");
		await begin({ metrics });
		const gone = new Set<number>();
		const readers = Array.from({ length: 20 }, (_, i) =>
			connect(metrics)
				.on("error", () => {})
				.on("close", () => gone.add(i))
				.resume(),
		);
		await eventually(() => gone.size >= 4);
		expect(gone.size).toBe(4);
		for (const r of readers) r.destroy();
	});
});

describe("the log of requests", () => {
	it("has what the policy was asked", async () => {
		const policyLog = path("log.jsonl");
		const begun = await begin({ policyLog });
		expect(begun.starts[0]?.logRequests).toBe(true);
		expect(await blocked(begun)).toMatch(/blocked/);
		await begun.daemon.stop();
		expect(readFileSync(policyLog, "utf8")).toMatch(/"PauseContainerRequest"/);
	});
	it.skipIf(!existsSync("/dev/full"))("tells where it cannot be written, and decides", async () => {
		const begun = await begin({ policyLog: "/dev/full" });
		expect(await blocked(begun)).toMatch(/blocked/);
		await eventually(() => begun.lines.some((l) => String(l).includes("request log")));
		const [level, message, fields] = begun.lines.find((l) => String(l).includes("request log")) as unknown[];
		expect([level, message]).toEqual(["error", "request log cannot be written"]);
		expect(fields).toEqual({ error: expect.stringMatching(/ENOSPC/) });
	});
});

describe("plans that were made before", () => {
	it("are taken", async () => {
		mkdirSync(path("plans"), { mode: 0o700 });
		const plan = writePlan("agent_policy", text, "auto");
		writeFileSync(path(`plans/${plan.name}`), plan.text, { mode: 0o600 });
		const { starts, lines } = await begin({ plans: path("plans") });
		expect(starts[0]?.planned).toBeDefined();
		expect(lines).toHaveLength(3);
	});
	it("or it is told why they are not", async () => {
		mkdirSync(path("bad-plans"), { mode: 0o700 });
		writeFileSync(path(`bad-plans/${digest}.json`), "[]", { mode: 0o600 });
		const { starts, lines } = await begin({ plans: path("bad-plans") });
		expect(starts[0]?.planned).toBeUndefined();
		expect(lines[1]).toEqual(["warn", expect.stringMatching(/^the plan .* is not used: it is not a plan$/)]);
	});
});

describe("the mark of a changed policy", () => {
	it("is made at the first change, and found at the next start", async () => {
		const runtimeFolder = path("run");
		const begun = await begin({
			runtimeFolder,
			policy: { text: policyOf("SetPolicyRequest := true\nAllowRequestsFailingPolicy := false") },
		});
		expect(begun.lines[0]).toMatchObject(["info", "policy in force", {}]);
		expect(existsSync(join(runtimeFolder, "policy-changed"))).toBe(false);
		const shim = await begun.shim();
		expect((await shim.send("SetPolicyRequest", { policy: text })).ok).toBe(true);
		expect(existsSync(join(runtimeFolder, "policy-changed"))).toBe(true);
		shim.close();
		await begun.daemon.stop();
		const again = await begin({ runtimeFolder });
		expect(again.lines[0]).toEqual([
			"error",
			"every request will be denied",
			{ why: "the gate was started again after its policy or state had changed, which are lost" },
		]);
		expect(await blocked(again, "StatsContainerRequest")).toMatch(/blocked by policy: the gate was started again/);
	});
});

describe("bootstrap and digests", () => {
	const expected = { source: "a test", read: (): Uint8Array => new Uint8Array(32) };
	const wrong: DaemonOptions["digest"] = { of: "policy", tee: "none", expected };
	it("asks the digest of what is loaded, but for a bootstrap policy", async () => {
		await expect(begin({ digest: wrong })).rejects.toThrow(/^digest: the policy's is /);
		expect(await blocked(await begin({ digest: wrong, bootstrap: true }))).toMatch(/blocked/);
	});
});

describe("why it was denied", () => {
	it("is logged where that is asked for", async () => {
		const begun = await begin({ explainDenials: true });
		expect(await blocked(begun)).toBe(denial);
		await eventually(() => begun.lines.some((l) => String(l).includes("why it was denied")));
		expect(begun.lines.find((l) => String(l).includes("why it was denied"))).toEqual([
			"debug",
			"why it was denied",
			{ kind: "PauseContainerRequest", why: expect.stringMatching(/PauseContainerRequest/) },
		]);
	});
	it("or told, where that is", async () => {
		const begun = await begin({ causes: { redact: [] } });
		expect((await blocked(begun)).length).toBeGreaterThan(denial.length);
	});
});
