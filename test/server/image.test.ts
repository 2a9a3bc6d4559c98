/** The policy service in a root file system: what is put there, that doing it twice is doing it once, and what --check finds. */

import { execFileSync } from "node:child_process";
import {
	chmodSync,
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
import { afterAll, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";

const folder = mkdtempSync(join(tmpdir(), "image-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "rego.cjs"), "// the command\n");

async function image(root: string, ...flags: readonly string[]): Promise<{ code: number; out: string; err: string }> {
	let out = "";
	let err = "";
	const io = {
		stdout: (text: string) => {
			out += text;
		},
		stderr: (text: string) => {
			err += text;
		},
		stdin: () => new Uint8Array(),
		cwd: folder,
		env: {},
	};
	const code = await main(["agent", "image", "--root", root, "--server", "--bundle", "rego.cjs", ...flags], io);
	return { code, out, err };
}

const at = (root: string, name: string): string => join(folder, root, name);
const unit = "usr/lib/systemd/system/kata-opa.service";
const enabled = "etc/systemd/system/kata-containers.target.wants/kata-opa.service";

test("systemd starts the service as image builds had it started", async () => {
	expect((await image("a")).out.trim().split("\n")).toEqual([
		"/usr/bin/opa",
		"/etc/kata-opa/allow-all.rego",
		"/etc/kata-opa/default-policy.rego",
		`/${unit}`,
		`/${enabled}`,
		"/usr/lib/rego/rego.cjs",
	]);
	expect(readlinkSync(at("a", "etc/kata-opa/default-policy.rego"))).toBe("allow-all.rego");
	expect(readlinkSync(at("a", enabled))).toBe(`/${unit}`);
	const text = readFileSync(at("a", unit), "utf8");
	for (const line of [
		"ConditionPathExists=/etc/kata-opa/default-policy.rego",
		"Before=kata-agent.service",
		"ExecStart=/usr/bin/opa run --server --disable-telemetry --addr 127.0.0.1:8181 --log-level info",
		"DynamicUser=yes",
		"Restart=no",
		"OOMScoreAdjust=-997",
	]) {
		expect(text.split("\n")).toContain(line);
	}
	execFileSync("sh", ["-n", at("a", "usr/bin/opa")]);
	expect(statSync(at("a", "usr/bin/opa")).mode & 0o777).toBe(0o755);
	expect((await image("a", "--check")).code).toBe(0);
});

test("an agent that is the first process starts it itself", async () => {
	await image("b", "--init", "agent");
	expect(() => statSync(at("b", unit))).toThrow();
	expect((await image("b", "--init", "agent", "--check")).code).toBe(0);
	expect((await image("b", "--check")).err).toContain(`/${unit}: is missing`);
});

test("twice is once, and a policy of one's own has its name", async () => {
	writeFileSync(join(folder, "mine.rego"), "package agent_policy\nallow { true }\n");
	await image("c", "--policy", "mine.rego");
	const before = readFileSync(at("c", unit), "utf8");
	expect((await image("c", "--policy", "mine.rego")).code).toBe(0);
	expect(readFileSync(at("c", unit), "utf8")).toBe(before);
	expect(readlinkSync(at("c", "etc/kata-opa/default-policy.rego"))).toBe("mine.rego");
});

test("--check tells what is different", async () => {
	await image("d");
	writeFileSync(at("d", "etc/kata-opa/allow-all.rego"), "package agent_policy\n");
	chmodSync(at("d", "usr/bin/opa"), 0o644);
	rmSync(at("d", enabled));
	const { code, err, out } = await image("d", "--check");
	expect([code, out]).toEqual([1, ""]);
	expect(err.trim().split("\n")).toEqual([
		"/usr/bin/opa: has mode 644, not 755",
		"/etc/kata-opa/allow-all.rego: is different",
		`/${enabled}: is no link, not to /${unit}`,
	]);
});

test("no link leads out of the image", async () => {
	writeFileSync(join(folder, "outside"), "precious");
	mkdirSync(at("e", "usr/bin"), { recursive: true });
	symlinkSync(join(folder, "outside"), at("e", "usr/bin/opa"));
	expect((await image("e", "--check")).err).toContain("/usr/bin/opa: is no file");
	await image("e");
	expect(readFileSync(join(folder, "outside"), "utf8")).toBe("precious");
});

const refused: readonly (readonly [string, string, readonly string[]])[] = [
	["no Rego", "package agent_policy\nallow {", []],
	["another package", "package other\nallow { true }", []],
	["a program that is no path", "package agent_policy\nallow { true }", ["--node", "node; rm -rf /"]],
	["a flag of the gate", "package agent_policy\nallow { true }", ["--kind", "init"]],
];
for (const [note, text, flags] of refused) {
	test(`refuses ${note}`, async () => {
		writeFileSync(join(folder, "p.rego"), text);
		const { code, err } = await image("f", "--policy", "p.rego", ...flags);
		expect(code).toBeGreaterThan(0);
		expect(err).not.toBe("");
	});
}
