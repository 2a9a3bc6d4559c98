/** `rego agent serve` as it is installed: the command starts the gate, and the gate its worker thread. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = existsSync(join(root, "dist/node/command.cjs"));
if (!built) console.log("dist is not built: the gate in it is not tested");

test.runIf(built)("the installed command puts a policy in force", async () => {
	const dir = mkdtempSync(join(tmpdir(), "rego-gate-"));
	const policy = join(dir, "policy.rego");
	writeFileSync(policy, "package agent_policy\ndefault SetPolicyRequest := false\n");
	const args = ["agent", "serve", "--listen", `unix://${dir}/gate.sock`, "--upstream", `unix://${dir}/agent.sock`];
	const options = ["--policy", policy, "--expect-digest", "off", "--runtime-dir", "none"];
	// From another folder: nothing may be looked for where the process happens to be.
	const gate = spawn(process.execPath, [join(root, "bin/rego.js"), ...args, ...options], { cwd: dir });
	try {
		let log = "";
		const ended = new Promise((resolve) => gate.once("exit", resolve));
		const inForce = new Promise((resolve) => {
			gate.stderr.on("data", (d) => {
				log += String(d);
				if (log.includes("policy in force")) resolve(undefined);
			});
		});
		await Promise.race([ended, inForce]);
		expect(log).toContain("policy in force");
	} finally {
		gate.kill("SIGKILL");
		rmSync(dir, { recursive: true });
	}
});
