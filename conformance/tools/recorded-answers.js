/** A real opa that answers rules of `package recorded`: for tools that record what builtins give to many operands. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What asks it: `ask(rule, input)` gives null for an error, and undefined where OPA panics. It ends with this process. */
export function startOpa(opa, policy) {
	const dir = mkdtempSync(join(tmpdir(), "recorded-"));
	writeFileSync(join(dir, "policy.rego"), policy);
	const port = 20000 + (process.pid % 10000);
	const server = spawn(opa, ["run", "--server", "--addr", `127.0.0.1:${port}`, dir], { stdio: "ignore" });
	process.on("exit", () => {
		server.kill();
		rmSync(dir, { recursive: true });
	});
	return async (rule, input) => {
		try {
			const url = `http://127.0.0.1:${port}/v1/data/recorded/${rule}`;
			const r = await fetch(url, { method: "POST", body: JSON.stringify({ input }) });
			return (await r.json()).result ?? null;
		} catch {
			return undefined;
		}
	};
}

/** Waits until an answer is there; ten seconds at most. */
export async function untilReady(isReady) {
	for (let i = 0; i < 100 && !(await isReady()); i++) await new Promise((resolve) => setTimeout(resolve, 100));
}

export function versionOf(opa) {
	return /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];
}
