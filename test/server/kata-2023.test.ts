/** The service of Kata's first guest images, asked as its agent asked; and beside a real `opa`, where there is one. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allowAllPolicy } from "../../src/agent/image/server-overlay.ts";
import { KataAgent2023 } from "./kata-agent-2023.ts";
import { runServer, send } from "./run-server.ts";

const closed = `package agent_policy

default AllowRequestsFailingPolicy := false
default CreateContainerRequest := false
default ExecProcessRequest := false
default SetPolicyRequest := false

ExecProcessRequest {
	concat(" ", input.process.Args) == "/bin/true"
}

ObjectRequest := {"allowed": true}
StringRequest := "true"
`;

const failing =
	"package agent_policy\n\ndefault AllowRequestsFailingPolicy := true\ndefault ExecProcessRequest := false\n";
const broken = "package agent_policy\n\ndefault X := \n";

type Where = { readonly port: number } | { readonly socketPath: string };

/** What an agent lives through; each step by its note. */
async function life(where: Where): Promise<Record<string, boolean>> {
	const seen: Record<string, boolean> = {};
	const agent = new KataAgent2023({ where, policy: allowAllPolicy, pause: 20 });
	await agent.start();
	const ask = async (note: string, name: string, input: unknown = {}): Promise<void> => {
		seen[note] = await agent.allows(name, input);
	};
	await ask("all is allowed", "CreateContainerRequest", { OCI: { Process: { Args: ["/pause"] } } });
	await ask("what the policy does not know is denied", "NoSuchRequest");
	seen["a policy may be set"] = await agent.setPolicy(closed);
	await ask("one command", "ExecProcessRequest", { process: { Args: ["/bin/true"] } });
	await ask("and no other", "ExecProcessRequest", { process: { Args: ["/bin/sh"] } });
	await ask("an object is no permission", "ObjectRequest");
	await ask("nor is a string", "StringRequest");
	await ask("undefined input", "CreateContainerRequest", null);
	seen["no other policy may be set"] = await agent.setPolicy(allowAllPolicy);

	const second = new KataAgent2023({ where, policy: failing });
	await second.start();
	seen["what is refused is let through where the flag says so"] = await second.allows("ExecProcessRequest", {});
	seen["what is undefined is not"] = await second.allows("CreateContainerRequest", {});

	const third = new KataAgent2023({ where, policy: allowAllPolicy });
	await third.start();
	seen["a policy that does not compile is taken for one"] = await third.setPolicy(broken);
	seen["and denies everything"] = await third.allows("ExecProcessRequest", {});

	const fourth = new KataAgent2023({ where, policy: broken });
	await fourth.start();
	seen["so does one at the start"] = await fourth.allows("ExecProcessRequest", {});
	return seen;
}

const wanted = {
	"all is allowed": true,
	"what the policy does not know is denied": false,
	"a policy may be set": true,
	"one command": true,
	"and no other": false,
	"an object is no permission": false,
	"nor is a string": false,
	"undefined input": false,
	"no other policy may be set": false,
	"what is refused is let through where the flag says so": true,
	"what is undefined is not": false,
	"a policy that does not compile is taken for one": true,
	"and denies everything": false,
	"so does one at the start": false,
};

test("the agent of 2023 lives with our service", async () => {
	const server = await runServer(["--v0-compatible", "--disable-telemetry", "--log-level", "info"]);
	try {
		expect(await life({ socketPath: server.socket })).toEqual(wanted);
	} finally {
		expect(await server.stop()).toBe(0);
	}
});

test("an agent that starts first finds the service later, and gives up when there is none", async () => {
	const folder = mkdtempSync(join(tmpdir(), "kata-"));
	const where = { socketPath: join(folder, "nobody") };
	await expect(new KataAgent2023({ where, policy: allowAllPolicy, pause: 1 }).start()).rejects.toThrow(
		"does not answer",
	);
	rmSync(folder, { recursive: true });
});

test("the guide's curl, with the input in an envelope and without", async () => {
	const policy =
		"package agent_policy\n\ndefault CreateContainerRequest := false\n\nCreateContainerRequest { input.OCI }\n";
	const server = await runServer(["--v0-compatible", "test1.rego"], { "test1.rego": policy });
	const path = "/v1/data/agent_policy/CreateContainerRequest";
	const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "*/*" };
	try {
		const enveloped = await server.send({ method: "POST", path, headers, body: '{"input":{"OCI":{"a":1}}}' });
		expect([enveloped.status, enveloped.body]).toEqual([200, '{"result":true}\n']);
		const bare = await server.send({ method: "POST", path, headers, body: '{"OCI":{"a":1}}' });
		const warning = { code: "api_usage_warning", message: "'input' key missing from the request" };
		expect([bare.status, JSON.parse(bare.body)]).toEqual([200, { result: false, warning }]);
	} finally {
		await server.stop();
	}
});

const opa = [process.env["OPA"], join(process.env["HOME"] ?? "", "go/bin/opa")].find(
	(f) => f !== undefined && existsSync(f),
);

if (opa !== undefined) {
	test("a real opa gives the agent the same life", async () => {
		const port = await freePort();
		const args = ["run", "--server", "--v0-compatible", "--skip-version-check", "--log-level", "error"];
		const child = spawn(opa, [...args, "--addr", `127.0.0.1:${port}`], { stdio: "ignore" });
		try {
			for (;;) {
				try {
					await send({ port }, { method: "GET", path: "/health" });
					break;
				} catch {
					await new Promise((resolve) => setTimeout(resolve, 50));
				}
			}
			expect(await life({ port })).toEqual(wanted);
		} finally {
			child.kill();
		}
	});
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
