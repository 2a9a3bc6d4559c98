/** The gate end to end: every method, denials, SetPolicy, output that is withheld, deadlines, strictness. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type FakeAgentOptions, sampleReply } from "../../src/agent/kit/fake-agent.ts";
import { serdeJson } from "../../src/agent/policy/serde-json.ts";
import { decodeMessage } from "../../src/agent/protocol/decode.ts";
import type { Method } from "../../src/agent/protocol/descriptors.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { emptyMessage, type MessageObject, type MessageValue } from "../../src/agent/protocol/message.ts";
import {
	agentService,
	findMethod,
	healthService,
	imageService,
	messageType,
	protocol,
} from "../../src/agent/protocol/protocol.ts";
import { Code, TtrpcError } from "../../src/agent/ttrpc/status.ts";
import { parseJson } from "../../src/value/json.ts";
import type { Value } from "../../src/value/value.ts";
import { allowAll, eventually, idle, policyOf, type Stage, type StageOptions, startStage } from "./harness.ts";

let stage: Stage | undefined;
afterEach(async () => {
	await stage?.close();
	stage = undefined;
});

async function start(o: StageOptions): Promise<Stage> {
	stage = await startStage(o);
	return stage;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A request with something in every field, on container c1. */
function fullRequest(m: Method): MessageObject {
	const sample = sampleReply(m.request);
	if (!("container_id" in sample)) return sample;
	return { ...sample, container_id: "c1", ...("exec_id" in sample ? { exec_id: "e1" } : {}) };
}

const docs = join(import.meta.dirname, "../../docs/agent.md");
const tableMarks = /(<!-- methods: written by test\/agent\/gate\.test\.ts -->\n)[\s\S]*?(<!-- end of methods -->)/;

describe("the log of decisions", () => {
	it("warns of denials with their reason, and tells of the rest to those who debug", async () => {
		const lines: unknown[] = [];
		const s = await start({
			policy: policyOf('StartContainerRequest if input.container_id == "c1"'),
			gate: { log: (level, message, fields) => lines.push([level, message, fields?.["kind"], fields?.["verdict"]]) },
		});
		const shim = await s.shim();
		for (const id of ["c1", "c2"]) await shim.send("StartContainerRequest", { container_id: id });
		expect(lines.filter((l) => String((l as string[])[1]).startsWith("request "))).toEqual([
			["debug", "request allowed", "StartContainerRequest", undefined],
			["warn", "request denied", "StartContainerRequest", "undefined"],
		]);
	});
});

describe("every method of the agent", () => {
	it("passes with the right rule, input and answer", async () => {
		const asked: { name: string; input: Value }[] = [];
		const s = await start({
			policy: `${allowAll}\n`,
			options: {
				onRequest: (_, line) => {
					const { kind, request } = parseJson(line) as { kind: string; request: Value };
					asked.push({ name: kind, input: request });
				},
			},
		});
		const shim = await s.shim();
		const rows: string[] = [];
		for (const [service, serviceName] of [
			[agentService, "AgentService"],
			[imageService, "Image"],
			[healthService, "Health"],
		] as const) {
			for (const m of protocol.services.get(service)?.methods.values() ?? []) {
				asked.length = 0;
				const request = fullRequest(m);
				if (m.name === "SetPolicy") Object.assign(request, { policy: allowAll });
				if (m.name === "WaitProcess") s.agent.exit("c1", "e1", 7);
				// ReadStdout reads what WriteStdin, before it, has made the fake agent echo.
				if (m.name === "ReadStderr") s.agent.write("c1", "e1", bytes("out"));
				const payload = encodeMessage(request, m.request);
				const pending = shim.client.call(service, m.name, payload, {
					metadata: [{ key: "traceparent", value: "00-1" }],
				});
				if (m.name === "GetOOMEvent") {
					await eventually(() => s.agent.count("GetOOMEvent") === 1);
					s.agent.outOfMemory("c1");
				}
				const reply = decodeMessage(await pending, m.response);
				const checked = service !== healthService;
				expect(asked.map((a) => a.name)).toEqual(checked ? [m.request.name] : []);
				if (m.name === "SetPolicy") expect(s.agent.count("SetPolicy")).toBe(0);
				else {
					const got = s.agent.received.at(-1);
					expect(got?.method).toBe(m.name);
					expect(plainBytes(got?.message ?? null)).toEqual(plainBytes(request));
					expect(got?.metadata).toEqual([{ key: "traceparent", value: "00-1" }]);
				}
				expect(plainBytes(reply)).toEqual(plainBytes(wantedReply(m)));
				if (checked && m.name !== "CopyFile") {
					// Bytes are the only difference between what is sent and what the policy sees.
					expect(serdeJson(asked[0]?.input ?? null)).toBe(serdeJson(plainBytes(request) as Value));
				}
				const input =
					asked[0] === undefined
						? ""
						: Object.keys(asked[0].input as object)
								.map((k) => `\`${k}\``)
								.join(" ");
				const rule = checked ? `\`${m.request.name}\`` : "not checked";
				const by = m.name === "SetPolicy" ? "the gate" : "the agent";
				rows.push(`| ${serviceName} | ${m.name} | ${rule} | ${input} | \`${m.response.name}\` from ${by} |`);
			}
		}
		expect(rows).toHaveLength(48);
		checkTable(`| service | method | rule | keys of \`input\` | answer |\n|---|---|---|---|---|\n${rows.join("\n")}`);
	});
});

/** Bytes as arrays: which class of bytes a message holds does not matter. */
function plainBytes(v: MessageValue): unknown {
	if (v instanceof Uint8Array) return [...v];
	if (Array.isArray(v)) return v.map(plainBytes);
	if (typeof v !== "object" || v === null) return v;
	return Object.fromEntries(Object.entries(v as MessageObject).map(([k, x]) => [k, plainBytes(x)]));
}

function wantedReply(m: Method): MessageObject {
	switch (m.name) {
		case "WaitProcess":
			return { status: 7 };
		case "ReadStdout":
			return { data: Uint8Array.of(1, 2, 255) };
		case "ReadStderr":
			return { data: new Uint8Array(bytes("out")) };
		case "WriteStdin":
			return { len: 3 };
		case "GetOOMEvent":
			return { container_id: "c1" };
		case "Check":
			return { status: 1 };
		case "Version":
			return { grpc_version: "0.0.1", agent_version: "fake" };
		default:
			return sampleReply(m.response);
	}
}

/** The table in the documentation is this test's output; UPDATE_DOCS=1 writes it. */
function checkTable(table: string): void {
	const text = readFileSync(docs, "utf8");
	expect(text).toMatch(tableMarks);
	const wanted = text.replace(tableMarks, (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`);
	if (process.env["UPDATE_DOCS"] === "1") writeFileSync(docs, wanted);
	else expect(text).toBe(wanted);
}

describe("denials", () => {
	it("never reach the agent and say why on their first line", async () => {
		const s = await start({
			policy: policyOf(
				'default StartContainerRequest := false\nStartContainerRequest if { print("id:", input.container_id); false }',
			),
		});
		const shim = await s.shim();
		const denied = await shim.send("StartContainerRequest", { container_id: "c1" });
		expect(denied).toMatchObject({ ok: false, error: { code: Code.PERMISSION_DENIED } });
		if (!denied.ok) {
			expect(denied.error.message.split("\n")).toEqual([
				expect.stringMatching(
					/^StartContainerRequest is blocked by policy: the rule is false; last print: agent_policy:\d+: id: c1$/,
				),
				expect.stringMatching(/^agent_policy:\d+: id: c1$/),
			]);
		}
		const undefinedRule = await shim.send("PauseContainerRequest", { container_id: "c1" });
		expect(undefinedRule).toMatchObject({
			ok: false,
			error: {
				code: 7,
				message: "PauseContainerRequest is blocked by policy: no rule allows it (the result is undefined)",
			},
		});
		expect(s.agent.count()).toBe(0);
	});

	it("can be quoted as the agent's own are", async () => {
		const s = await start({ policy: policyOf("x := 1"), gate: { quoteDenials: true } });
		const r = await (await s.shim()).send("StartContainerRequest", {});
		expect(r).toMatchObject({
			ok: false,
			error: { message: expect.stringMatching(/^"StartContainerRequest is blocked by policy: .*"$/) },
		});
	});

	it("bound what prints may cost", async () => {
		const s = await start({
			policy: policyOf(
				'default StartContainerRequest := false\nStartContainerRequest if { some i in numbers.range(1, 20000); print("a rather long line of text to print again and again", i); false }',
			),
		});
		const r = await (await s.shim()).send("StartContainerRequest", {});
		expect(r.ok).toBe(false);
		if (!r.ok) {
			expect(r.error.message.length).toBeLessThan(300 << 10);
			expect(r.error.message).toMatch(/more prints were left out$/);
		}
	});

	const refused: readonly {
		readonly note: string;
		readonly service: string;
		readonly method: string;
		readonly payload: string;
		readonly code: number;
	}[] = [
		{ note: "unknown service", service: "grpc.Images", method: "PullImage", payload: "", code: Code.UNIMPLEMENTED },
		{ note: "unknown method", service: agentService, method: "StartTracings", payload: "", code: Code.UNIMPLEMENTED },
		{
			note: "method of another service",
			service: healthService,
			method: "CreateContainer",
			payload: "",
			code: Code.UNIMPLEMENTED,
		},
		{ note: "prototype as method", service: agentService, method: "__proto__", payload: "", code: Code.UNIMPLEMENTED },
		{
			note: "unknown field",
			service: agentService,
			method: "StartContainer",
			payload: "0a0161f80101",
			code: Code.INVALID_ARGUMENT,
		},
		{
			note: "field given twice",
			service: agentService,
			method: "StartContainer",
			payload: "0a01610a0162",
			code: Code.INVALID_ARGUMENT,
		},
		{
			note: "invalid UTF-8",
			service: agentService,
			method: "StartContainer",
			payload: "0a01ff",
			code: Code.INVALID_ARGUMENT,
		},
		{
			note: "unknown field in health",
			service: healthService,
			method: "Check",
			payload: "f80101",
			code: Code.INVALID_ARGUMENT,
		},
		{
			note: "container id that is a path",
			service: agentService,
			method: "StartContainer",
			payload: "0a03612f62",
			code: Code.INVALID_ARGUMENT,
		},
		{
			note: "container id with an escape",
			service: agentService,
			method: "StartContainer",
			payload: "0a03617e31",
			code: Code.INVALID_ARGUMENT,
		},
		{
			note: "symbolic link to what is not UTF-8",
			service: agentService,
			method: "CopyFile",
			payload: "18ffc3024201ff",
			code: Code.INTERNAL,
		},
	];
	for (const c of refused) {
		it(`${c.note} is refused`, async () => {
			const s = await start({ policy: allowAll });
			const shim = await s.shim();
			const error = await shim.client
				.call(c.service, c.method, Buffer.from(c.payload, "hex"))
				.catch((e: TtrpcError) => e);
			expect(error).toMatchObject({ code: c.code });
			expect(s.agent.count()).toBe(0);
		});
	}

	it("can leave unknown fields out, for the policy and for the agent alike", async () => {
		const s = await start({ policy: allowAll, options: { unknownFields: "drop" } });
		const shim = await s.shim();
		await shim.client.call(agentService, "StartContainer", Buffer.from("0a0161f80101", "hex"));
		expect(s.agent.received[0]?.message).toEqual({ container_id: "a" });
	});
});

describe("state", () => {
	const rules = `
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": 1}]} if not data.pstate[input.container_id]
StartContainerRequest if data.pstate[input.container_id]
StatsContainerRequest := true
WaitProcessRequest := true
`;

	const slow = (): { readonly agent: FakeAgentOptions; readonly release: () => void } => {
		const waiting: (() => void)[] = [];
		return {
			// It ignores deadlines, and goes on with what it has begun.
			agent: {
				before: (method) => (method === "CreateContainer" ? new Promise<void>((r) => waiting.push(r)) : undefined),
			},
			release: () => {
				for (const r of waiting.splice(0)) r();
			},
		};
	};

	it("changes at the check and stays, whatever becomes of the request", async () => {
		const s = await start({
			policy: policyOf(rules),
			agent: {
				before: (method) => {
					if (method === "CreateContainer") throw new TtrpcError(Code.INTERNAL, "no space left");
				},
			},
		});
		const shim = await s.shim();
		const first = await shim.send("CreateContainerRequest", { container_id: "c1" });
		expect(first).toMatchObject({ ok: false, error: { code: Code.INTERNAL, message: "no space left" } });
		expect(s.policy.data).toEqual({ pstate: { c1: 1 } });
		expect(await shim.send("CreateContainerRequest", { container_id: "c1" })).toMatchObject({
			ok: false,
			error: { code: Code.PERMISSION_DENIED },
		});
	});

	it("lets nobody wait for the agent", async () => {
		const { agent, release } = slow();
		const s = await start({ policy: policyOf(rules), agent });
		const [a, b] = [await s.shim(), await s.shim()];
		const creating = a.send("CreateContainerRequest", { container_id: "c1" });
		await eventually(() => s.agent.count("CreateContainer") === 1);
		expect((await b.send("CreateContainerRequest", { container_id: "c1" })).ok).toBe(false);
		expect((await b.send("StartContainerRequest", { container_id: "c1" })).ok).toBe(true);
		release();
		expect((await creating).ok).toBe(true);
		expect(s.agent.count("CreateContainer")).toBe(1);
	});

	it("is not given back by a deadline shorter than the agent's answer", async () => {
		const { agent, release } = slow();
		const s = await start({ policy: policyOf(rules), agent });
		const shim = await s.shim();
		for (let i = 0; i < 5; i++) {
			const wanted = i === 0 ? Code.DEADLINE_EXCEEDED : Code.PERMISSION_DENIED;
			// The agent never answers the first; the others are denied, however long that takes.
			const timeoutNano = i === 0 ? 40e6 : 0;
			const r = await shim.send("CreateContainerRequest", { container_id: "c1" }, { timeoutNano });
			expect(r).toMatchObject({ ok: false, error: { code: wanted } });
		}
		await eventually(() => s.agent.count("CreateContainer") === 1);
		release();
		expect(s.agent.count("CreateContainer")).toBe(1);
		expect(s.policy.data).toEqual({ pstate: { c1: 1 } });
		await eventually(() => s.gate.calls === 0);
	});

	it("reaches the agent even where the shim has gone", async () => {
		const { agent, release } = slow();
		const s = await start({ policy: policyOf(rules), agent });
		const shim = await s.shim();
		const creating = shim.send("CreateContainerRequest", { container_id: "c1" });
		await eventually(() => Object.keys(s.policy.data["pstate"] as object).length === 1);
		shim.close();
		expect((await creating).ok).toBe(false);
		await eventually(() => s.agent.count("CreateContainer") === 1);
		release();
		await eventually(() => s.agent.connections === 0);
	});

	it("is not given back by the loss of the agent", async () => {
		const { agent } = slow();
		const s = await start({ policy: policyOf(rules), agent });
		const shim = await s.shim();
		const creating = shim.send("CreateContainerRequest", { container_id: "c1" });
		await eventually(() => s.agent.count("CreateContainer") === 1);
		await s.agent.kill();
		expect(await creating).toMatchObject({ ok: false, error: { code: Code.UNAVAILABLE } });
		expect(s.policy.data).toEqual({ pstate: { c1: 1 } });
	});

	it("does not change for a request that was given up before its turn", async () => {
		const s = await start({ policy: policyOf(rules) });
		const payload = encodeMessage(
			{ ...emptyMessage(messageType("CreateContainerRequest")), container_id: "c1" },
			messageType("CreateContainerRequest"),
		);
		const asker = { cancelled: true, onCancel: undefined };
		const checked = await s.policy.check("CreateContainer", payload, { asker });
		expect(checked.decision).toMatchObject({ allowed: false });
		expect(s.policy.data).toEqual({ pstate: {} });
	});
});

describe("SetPolicy", () => {
	it("is answered here, and its outcome holds at once", async () => {
		const s = await start({ policy: policyOf("SetPolicyRequest := true") });
		const shim = await s.shim();
		const bad = await shim.send("SetPolicyRequest", { policy: "package agent_policy\n\na := nope1\n\nb := nope2" });
		expect(bad).toMatchObject({
			ok: false,
			error: { code: Code.INVALID_ARGUMENT, message: expect.stringMatching(/nope1[\s\S]*nope2/) },
		});
		expect((await shim.send("StartContainerRequest", {})).ok).toBe(false);
		expect((await shim.send("SetPolicyRequest", { policy: policyOf("StartContainerRequest := true") })).ok).toBe(true);
		expect((await shim.send("StartContainerRequest", {})).ok).toBe(true);
		expect(await shim.send("SetPolicyRequest", { policy: allowAll })).toMatchObject({
			ok: false,
			error: { code: Code.PERMISSION_DENIED },
		});
		expect(s.agent.counts).toEqual(new Map([["StartContainer", 1]]));
	});
});

describe("a container's output", () => {
	it("is withheld without ending the stream, and drained", async () => {
		const s = await start({ policy: policyOf("default ReadStreamRequest := false") });
		const shim = await s.shim();
		let done = false;
		const metadata = [{ key: "traceparent", value: "00-1" }];
		const request = { container_id: "c1", exec_id: "e", len: 10 };
		const reading = shim.call("ReadStdout", request, { metadata }).finally(() => (done = true));
		for (let i = 0; i < 5; i++) s.agent.write("c1", "e", bytes("secret"));
		await eventually(() => s.agent.count("ReadStdout") === 6);
		expect(done).toBe(false);
		s.agent.exit("c1", "e", 0);
		expect((await reading)["data"]).toEqual(new Uint8Array(0));
		// Each read is sent with all that came with the first.
		expect(s.agent.received.map((r) => r.metadata)).toEqual(Array(s.agent.counts.get("ReadStdout")).fill(metadata));
		expect(s.metrics.render(idle)).toMatch(/reads_redacted_total 5/);
	});

	it("passes where the policy allows it, and errors pass as they are", async () => {
		const s = await start({
			policy: policyOf('ReadStreamRequest if input.container_id == "c1"'),
			agent: {
				before: (_, m) => {
					if (m["container_id"] === "gone") throw new TtrpcError(Code.NOT_FOUND, "no such process");
				},
			},
		});
		const shim = await s.shim();
		s.agent.write("c1", "e", bytes("public"));
		expect((await shim.call("ReadStderr", { container_id: "c1", exec_id: "e" }))["data"]).toEqual(bytes("public"));
		expect(await shim.send("ReadStreamRequest", { container_id: "gone" })).toMatchObject({
			ok: false,
			error: { code: Code.NOT_FOUND },
		});
	});

	it("stops being read when the shim goes", async () => {
		const gate = { limits: { halfCloseMs: 30 } };
		const s = await start({ policy: policyOf("default ReadStreamRequest := false"), gate });
		const shim = await s.shim();
		const reading = shim.call("ReadStdout", { container_id: "c1", exec_id: "e" });
		await eventually(() => s.agent.count("ReadStdout") === 1);
		// It may be sent again: its bytes are counted for as long as it is asked.
		expect(s.gate.held).toBeGreaterThan(0);
		shim.close();
		await expect(reading).rejects.toMatchObject({ code: Code.UNAVAILABLE });
		await eventually(() => s.agent.connections === 0 && s.gate.held === 0);
	});
});

describe("deadlines", () => {
	it("are the gate's own where the client sets none, but for calls that are meant to wait", async () => {
		const s = await start({
			policy: allowAll,
			agent: { before: () => new Promise(() => {}) },
			gate: { callMs: 50 },
		});
		const shim = await s.shim();
		const waiting = shim.send("WaitProcessRequest", { container_id: "c1" });
		expect(await shim.send("StartContainerRequest", { container_id: "c1" })).toMatchObject({
			ok: false,
			error: { code: Code.DEADLINE_EXCEEDED },
		});
		expect(s.gate.calls).toBe(1);
		await s.agent.kill();
		expect((await waiting).ok).toBe(false);
	});

	it("pass to the agent less the time spent, none as none", async () => {
		const s = await start({ policy: allowAll });
		const shim = await s.shim();
		await shim.call("StatsContainer", {}, { timeoutNano: 60e9 });
		await shim.call("StatsContainer", {});
		await shim.call("StatsContainer", {}, { timeoutNano: 9223372036854775807n });
		const [first, second, third] = s.agent.received.map((r) => BigInt(r.timeoutNano));
		expect(first).toBeLessThan(60_000_000_000n);
		expect(first).toBeGreaterThan(55_000_000_000n);
		expect(second).toBe(0n);
		expect(third).toBeGreaterThan(9_000_000_000_000_000_000n);
	});
});

it("knows its methods by table, not by prototype", () => {
	expect(findMethod("constructor", "name")).toBeUndefined();
	expect(findMethod(agentService, "toString")).toBeUndefined();
	expect(messageType("CopyFileRequest").name).toBe("CopyFileRequest");
});
