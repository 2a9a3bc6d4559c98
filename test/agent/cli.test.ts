/** `rego agent replay`, `test`, `digest` and the flags of `serve`, in this process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { runAgentCommand } from "../../src/cli/agent.ts";
import type { CliIo } from "../../src/cli/io.ts";
import { CommandError } from "../../src/cli/io.ts";
import { sharedFolder } from "./shared.ts";

const folder = mkdtempSync(join(tmpdir(), "rego-agent-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

async function rego(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
	let out = "";
	let err = "";
	const io: CliIo = {
		stdout: (t) => (out += t),
		stderr: (t) => (err += t),
		stdin: () => new Uint8Array(0),
		cwd: folder,
		env: {},
	};
	try {
		return { code: await runAgentCommand(argv, io), out, err };
	} catch (e) {
		if (e instanceof CommandError) return { code: e.exitCode, out, err: e.message };
		throw e;
	}
}

const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

const rules = `package agent_policy

default StartContainerRequest := false

StartContainerRequest if data.pstate[input.container_id]

CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": true}]}

CopyFileRequest if input.file_type == "Regular"

SignalProcessRequest if input.signal == 9
`;
const policy = file("policy.rego", rules);

describe("rego agent replay", () => {
	const requests = file(
		"requests.jsonl",
		'["StartContainerRequest",{"container_id":"a"}]\n["CreateContainerRequest",{"container_id":"a"}]\n{"kind":"CreateContainerRequest","request":{"allowed":true}}\n["ep":"StartContainerRequest",{"container_id":"a"}],\n',
	);

	it("decides in order, state carried over", async () => {
		const r = await rego("replay", "--policy", policy, "--expect", file("want.json", "[false,true,true]"), requests);
		expect(lastLine(r.out)).toBe("3 passed, 0 failed, 1 skipped");
		expect(r.code).toBe(0);
		expect(r.out).toMatch(/0 {2}StartContainerRequest +[0-9.]+ µs {2}denied \(the rule is false\)/);
		expect(r.out).toMatch(/2 {2}StartContainerRequest +[0-9.]+ µs {2}allowed/);
	});

	it("fails on a difference, and on too few decisions", async () => {
		const r = await rego("replay", "-p", policy, "--expect", file("w2.json", "[true,true]"), requests);
		expect(lastLine(r.out)).toBe("2 passed, 2 failed, 1 skipped");
		expect(r.code).toBe(1);
		expect(r.out).toMatch(/wanted allowed/);
	});

	it("decides variants in the state their request met", async () => {
		const mutations = file(
			"mutations.jsonl",
			[
				'{"request":2,"patch":[{"op":"replace","path":"/container_id","value":"b"}],"want":false}',
				'{"request":2,"patch":[],"want":true}',
				'{"request":0,"patch":[],"want":null}',
				'{"request":1,"patch":[{"op":"replace","path":"/container_id","value":"c"}],"want":true}',
				'{"request":2,"patch":[{"op":"replace","path":"/container_id","value":"c"}],"want":true}',
				'{"request":9,"patch":[],"want":true}',
				'{"request":0,"patch":[{"op":"remove","path":"/nope"}],"want":false}',
				'{"request":0,"patch":[],"want":{"allowed":false}}',
			].join("\n"),
		);
		const r = await rego("replay", "-p", policy, "--mutations", mutations, requests);
		expect(lastLine(r.out)).toBe("8 passed, 3 failed, 1 skipped");
		expect(r.out).toMatch(/mutation 7 of request 0 .*nothing at \/nope/);
		expect(r.out).toMatch(/mutation 5 of request 2 .*wanted allowed, got denied/);
		expect(r.out).toMatch(/mutation 6: there is no request 9/);
	});

	it("says what is wrong with its files", async () => {
		expect(await rego("replay", "-p", policy, file("bad.jsonl", "x"))).toMatchObject({
			code: 2,
			err: expect.stringMatching(/line 1/),
		});
		expect(await rego("replay", "-p", file("bad.rego", "package x y"), requests)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/rego_parse_error/),
		});
		for (const line of [
			'{"request":0.5,"patch":[],"want":true}',
			'{"request":0,"patch"',
			'{"request":"0","patch":[]}',
			"7",
		]) {
			expect(await rego("replay", "-p", policy, "--mutations", file("bad-m", `\n${line}`), requests)).toMatchObject({
				code: 2,
				err: expect.stringMatching(/bad-m: line 2: /),
			});
		}
		expect(await rego("replay", "-p", policy, "--expect", file("bad-e", "{}"), requests)).toMatchObject({
			code: 2,
			err: expect.stringMatching(/bad-e: a list of decisions is wanted/),
		});
		expect(await rego("replay", requests)).toMatchObject({ code: 1, err: 'required flag "policy" not set' });
		expect(await rego("nonsense")).toMatchObject({ code: 1 });
		expect((await rego("replay", "--help")).out).toMatch(/--mutations/);
	});
});

describe("rego agent test", () => {
	const cases = (list: unknown): string => file("cases.json", JSON.stringify(list));

	it("fills requests, carries state, and counts", async () => {
		const path = cases([
			{ description: "not yet", allowed: false, kind: "StartContainerRequest", request: { container_id: "a" } },
			{
				description: "create",
				allowed: true,
				kind: "CreateContainerRequest",
				request: { container_id: "a", type: "ignored" },
			},
			{ description: "now", allowed: true, kind: "StartContainerRequest", request: { container_id: "a" } },
			{ description: "by mode", allowed: true, kind: "CopyFileRequest", request: { file_mode: 0o100600 } },
			{ description: "by type", allowed: true, kind: "CopyFileRequest", request: { file_type: "Regular" } },
			{ description: "default", allowed: false, kind: "SignalProcessRequest" },
		]);
		const r = await rego("test", path, "--policy", policy);
		expect(lastLine(r.out)).toBe("6 passed, 0 failed, 0 skipped");
		expect(r.code).toBe(0);
	});

	it("fails on a wrong decision, an error, a field of the wrong type and an unknown request", async () => {
		const path = cases([
			{ description: "wrong", allowed: true, kind: "StartContainerRequest", request: {} },
			{ description: "type", allowed: false, kind: "StartContainerRequest", request: { container_id: 1 } },
			{ description: "kind", allowed: false, kind: "NoSuchRequest", request: {} },
			{ description: "error", allowed: false, kind: "CreateContainerRequest", request: { container_id: "x/y" } },
		]);
		const r = await rego("test", path, "--policy", policy);
		expect(lastLine(r.out)).toBe("0 passed, 4 failed, 0 skipped");
		expect(r.code).toBe(1);
	});

	it("reads the policy from initdata and from a pod's annotations", async () => {
		const toml = `version = "0.1.0"\nalgorithm = "sha256"\n[data]\n"policy.rego" = '''\n${rules}'''\n`;
		const packed = gzipSync(toml).toString("base64");
		const pod = `kind: Pod\nmetadata:\n  annotations:\n    io.katacontainers.config.hypervisor.cc_init_data: ${packed}\n`;
		const job = `kind: Job\nspec:\n  template:\n    metadata:\n      annotations:\n        io.katacontainers.config.agent.policy: ${Buffer.from(rules).toString("base64")}\n`;
		const path = cases([{ description: "x", allowed: true, kind: "SignalProcessRequest", request: { signal: 9 } }]);
		for (const p of [
			file("i.toml", toml),
			file("i.gz64", packed),
			file("pod.yaml", pod),
			file("job.yml", `a: 1\n---\n${job}`),
		]) {
			expect(lastLine((await rego("test", path, "-p", p)).out)).toBe("1 passed, 0 failed, 0 skipped");
		}
		expect(await rego("test", path, "-p", file("none.yaml", "kind: Pod"))).toMatchObject({ code: 2 });
	});

	it.skipIf(sharedFolder("kata", "genpolicy") === undefined)(
		"runs genpolicy's own cases on a policy of ours",
		async () => {
			const own = join(import.meta.dirname, "policies", "network.rego");
			for (const name of ["addarpneighbors", "createsandbox", "updateroutes"]) {
				const r = await rego("test", sharedFolder("kata", "genpolicy", `${name}.testcases.json`) as string, "-p", own);
				expect(r.out).not.toMatch(/FAIL/);
				expect(r.code).toBe(0);
			}
		},
	);

	it.skipIf(sharedFolder("kata", "genpolicy") === undefined)(
		"runs cases on the policy in a real pod's annotation",
		async () => {
			const pod = sharedFolder("kata", "genpolicy", "pod-one-container.yaml") as string;
			const r = await rego(
				"test",
				join(import.meta.dirname, "policies", "pod-one-container.testcases.json"),
				"-p",
				pod,
			);
			expect(r.out).not.toMatch(/FAIL/);
			expect(r.code).toBe(0);
		},
	);
});

describe("the documentation", () => {
	it("lists the flags of serve as they are", async () => {
		const docs = join(import.meta.dirname, "../../docs/agent.md");
		const marks = /(<!-- flags: written by test\/agent\/cli\.test\.ts -->\n)[\s\S]*?(<!-- end of flags -->)/;
		const help = (await rego("serve", "--help")).out;
		const flags = help.slice(help.indexOf("Flags:\n") + 7).trimEnd();
		const text = readFileSync(docs, "utf8");
		expect(text).toMatch(marks);
		const wanted = text.replace(
			marks,
			(_, begin: string, end: string) => `${begin}\n\`\`\`\n${flags}\n\`\`\`\n\n${end}`,
		);
		if (process.env["UPDATE_DOCS"] === "1") writeFileSync(docs, wanted);
		else expect(text).toBe(wanted);
	});
});

describe("rego agent digest", () => {
	it("prints what a report must say", async () => {
		const toml = `version = "0.1.0"\nalgorithm = "sha256"\n[data]\n"policy.rego" = 'package agent_policy'\n`;
		const r = await rego("digest", file("d.toml", toml));
		expect(r.out).toMatch(/^policy \(sha256\) +[0-9a-f]{64}$/m);
		expect(r.out).toMatch(/TDX MRCONFIGID +[0-9a-f]{64}0{32}$/m);
	});
});

describe.skipIf(sharedFolder("kata", "web") === undefined)("recorded scenarios", () => {
	for (const name of [
		"k8s-policy-job",
		"k8s-policy-pod",
		"pod-cm1",
		"pod-exec",
		"pod-lifecycle",
		"pod-many-layers",
		"web",
	]) {
		it(`${name}: every decision and every hostile variant`, async () => {
			const at = (f: string): string => sharedFolder("kata", name, f) as string;
			const r = await rego(
				"replay",
				"-p",
				at("policy.rego"),
				"--v0-compatible",
				"--expect",
				at("outputs.json"),
				"--mutations",
				at("mutations.jsonl"),
				at("requests.jsonl"),
			);
			expect(r.out.split("\n").filter((l) => l.includes("FAIL"))).toEqual([]);
			expect(r.code).toBe(0);
		});
	}
});
