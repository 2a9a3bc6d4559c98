/** The overlay for guest images: what is written where, and that a shell and the command line can read it. */
import { execFileSync } from "node:child_process";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	readlinkSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageOverlay } from "../../src/agent/image/overlay.ts";
import { policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { keptPlans } from "../../src/agent/policy/kept-plans.ts";
import { runAgentCommand } from "../../src/cli/agent.ts";
import { parseServeFlags } from "../../src/cli/agent-serve.ts";
import type { CliIo } from "../../src/cli/io.ts";

let folder = "";
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "rego-image-"));
	writeFileSync(join(folder, "bundle.cjs"), "// the bundle");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function image(...argv: readonly string[]): Promise<string> {
	let out = "";
	const io: CliIo = {
		stdout: (text) => (out += text),
		stderr: (text) => (out += text),
		stdin: () => new Uint8Array(0),
		cwd: folder,
		env: {},
	};
	expect(await runAgentCommand(["image", "--root", "root", "--bundle", "bundle.cjs", ...argv], io)).toBe(0);
	return out;
}

const read = (path: string): string => readFileSync(join(folder, "root", path), "utf8");
const units = "usr/lib/systemd/system";

/** The flags of the gate, as the command line reads them. */
function flagsOf(command: string): ReturnType<typeof parseServeFlags> {
	const words = command.trim().split(/\s+/);
	return parseServeFlags(words.slice(words.indexOf("serve") + 1));
}

describe("what is written, word for word", () => {
	const golden = new URL("../golden/guest-images.txt", import.meta.url);
	/** `UPDATE_GOLDEN=1 npx vitest run test/agent/image.test.ts` writes it anew. */
	it("for each kind of guest", () => {
		const policy = { text: "package agent_policy\n", plan: { name: "ab.json", text: "{}" } };
		const shown = (["systemd", "init", "peer-pods"] as const).flatMap((kind) =>
			imageOverlay({ kind, node: "/usr/bin/node", flags: ["--log-level", "warn", "--x=50%"], policy }).map((f) => {
				const head = `== ${kind}: ${f.path}`;
				if ("link" in f) return `${head} -> ${f.link}`;
				return `${head} ${f.mode.toString(8)}${"folder" in f ? " folder" : `\n${f.text}`}`;
			}),
		);
		const text = `${shown.join("\n")}\n`;
		if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
		expect(text).toBe(readFileSync(golden, "utf8"));
		expect(() => imageOverlay({ kind: "init", node: "/bin/a b", flags: [] })).toThrow(/"\/bin\/a b" cannot stand/);
		expect(() => imageOverlay({ kind: "init", node: "/bin/a", flags: ["x;y"] })).toThrow(/"x;y" cannot stand/);
	});
});

describe("rego agent image", () => {
	it("writes units that kata-containers.target wants", async () => {
		const said = await image();
		for (const path of said.trim().split("\n")) expect(existsSync(join(folder, "root", path))).toBe(true);
		const service = read(`${units}/rego-gate.service`);
		const flags = flagsOf(/^ExecStart=(.*)$/m.exec(service)?.[1] ?? "");
		expect(flags.string("listen")).toBe("vsock://-1:1024");
		expect(flags.string("upstream")).toBe("unix:///run/kata-containers-private/agent.sock");
		expect(flags.string("initdata")).toBe("auto");
		expect(flags.string("on-failure")).toBe("deny");
		for (const line of [
			"Restart=no",
			"FailureAction=poweroff-force",
			"SuccessAction=poweroff",
			"OOMScoreAdjust=-997",
			"RuntimeDirectoryPreserve=yes",
		]) {
			expect(service.split("\n")).toContain(line);
		}
		expect(read(`${units}/rego-gate.socket`)).toMatch(/^BindsTo=rego-gate.service$/m);
		expect(read(`${units}/kata-agent.service.d/10-rego-gate.conf`)).toMatch(
			/^Environment=KATA_AGENT_SERVER_ADDR=unix:\/\/\/run\/kata-containers-private\/agent.sock$/m,
		);
		const wants = join(folder, "root", units, "kata-containers.target.wants");
		for (const unit of ["rego-gate.socket", "rego-gate.service"]) {
			expect(readlinkSync(join(wants, unit))).toBe(`../${unit}`);
		}
		expect(read("usr/lib/rego/rego.cjs")).toBe("// the bundle");
	});

	it("writes a launcher that a shell can read, where the agent is the first process", async () => {
		mkdirSync(join(folder, "modules/koffi"), { recursive: true });
		mkdirSync(join(folder, "modules/@koromix/koffi-linux-x64"), { recursive: true });
		await image("--kind", "init", "--koffi", "modules/koffi");
		const launcher = join(folder, "root/usr/lib/rego/init");
		execFileSync("sh", ["-n", launcher]);
		expect(statSync(launcher).mode & 0o777).toBe(0o755);
		const text = readFileSync(launcher, "utf8");
		const flags = flagsOf(/agent serve .*(?= <)/.exec(text)?.[0] ?? "");
		expect(flags.string("runtime-dir")).toBe("/usr/lib/rego/run");
		expect(flags.string("upstream")).toBe("unix:///usr/lib/rego/run/agent.sock");
		expect(existsSync(join(folder, "root/usr/lib/rego/node_modules/@koromix/koffi-linux-x64"))).toBe(true);
	});

	it("puts the gate where the forwarder of peer pods connects to", async () => {
		await image("--kind", "peer-pods", "--serve-flags", "--policy /etc/kata-opa/p.rego");
		const service = read(`${units}/rego-gate.service`);
		const flags = flagsOf(/^ExecStart=(.*)$/m.exec(service)?.[1] ?? "");
		expect(flags.string("listen")).toBe("unix:///run/kata-containers/agent.sock");
		expect(flags.string("policy")).toBe("/etc/kata-opa/p.rego");
		expect(service).not.toMatch(/rego-gate.socket/);
	});

	it("replaces what is there, and follows no link out of the image", async () => {
		writeFileSync(join(folder, "outside"), "precious");
		mkdirSync(join(folder, "root", units), { recursive: true });
		symlinkSync(join(folder, "outside"), join(folder, "root", units, "rego-gate.service"));
		await image();
		await image();
		expect(readFileSync(join(folder, "outside"), "utf8")).toBe("precious");
		expect(read(`${units}/rego-gate.service`)).toMatch(/ExecStart/);
	});

	it("copies the gate's folder, and replaces one that is there", async () => {
		mkdirSync(join(folder, "gate/parts"), { recursive: true });
		for (const name of ["rego.cjs", "main.cache", "parts/engine.cjs"]) writeFileSync(join(folder, "gate", name), name);
		mkdirSync(join(folder, "root/usr/lib/rego/parts"), { recursive: true });
		writeFileSync(join(folder, "root/usr/lib/rego/parts/old.cjs"), "old");
		await image("--bundle", "gate");
		for (const name of ["rego.cjs", "main.cache", "parts/engine.cjs"]) expect(read(`usr/lib/rego/${name}`)).toBe(name);
		expect(existsSync(join(folder, "root/usr/lib/rego/parts/old.cjs"))).toBe(false);
	});

	it("compiles the image's policy, for the gate to find its plan", async () => {
		const text = 'package agent_policy\n\nStatsContainerRequest { print(1); input.container_id == "a" }\n';
		writeFileSync(join(folder, "policy.rego"), text);
		await image("--policy", "policy.rego");
		expect(read("etc/kata-opa/default-policy.rego")).toBe(text);
		const flags = flagsOf(/^ExecStart=(.*)$/m.exec(read(`${units}/rego-gate.service`))?.[1] ?? "");
		expect(flags.string("plans")).toBe("/usr/lib/rego/plans");
		const warnings: string[] = [];
		const find = keptPlans(join(folder, "root/usr/lib/rego/plans"), (w) => warnings.push(w));
		const planned = find(toHex(policyDigest(text)), "auto");
		expect(planned?.plan).toContain("StatsContainerRequest");
		expect(planned?.printing).toContain("print");
		expect(find(toHex(policyDigest(`${text}\n`)), "auto")).toBeUndefined();
		expect(warnings).toEqual([]);
	});

	const refused = [
		{ note: "a flag with a quote", flags: ['--policy=/a"b'] },
		{ note: "a flag with a line of its own", flags: ["--policy=/a\nExecStartPre=/bin/sh"] },
		{ note: "a flag that a shell would read", flags: ["--policy=$(id)"] },
	];
	for (const r of refused) {
		it(`refuses ${r.note}`, () => {
			expect(() => imageOverlay({ kind: "systemd", node: "/usr/bin/node", flags: r.flags })).toThrow(/cannot stand/);
		});
	}
});
