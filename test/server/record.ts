/**
 * Records rest-goldens.json from a real `opa run --server`: each scenario of exchanges.ts is put to a server of its own.
 *
 *     node scripts/run-ts.js test/server/record.ts /path/to/opa
 *
 * Dates are left out, and so are headers that are not compared. The goldens here are those of OPA 1.20.2, linux/amd64.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { scenarios } from "./exchanges.ts";
import { send } from "./run-server.ts";

const kept = ["content-type", "vary", "location", "allow", "content-encoding"];
const opa = process.argv[2];
if (opa === undefined) throw new Error("give the path of opa");
const goldens: unknown[] = [];
for (const { name, args, files, steps, log } of scenarios) {
	const folder = mkdtempSync(join(tmpdir(), "rest-"));
	for (const [file, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		writeFileSync(join(folder, file), text);
	}
	const socketPath = join(folder, "socket");
	const flags = ["run", "--server", "--skip-version-check", "--addr", `unix://${socketPath}`, ...args];
	const child = spawn(opa, flags, { cwd: folder });
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (part: string) => {
		stderr += part;
	});
	child.stdout.resume();
	for (;;) {
		try {
			await send({ socketPath }, { method: "GET", path: "/health" });
			break;
		} catch (e) {
			if (child.exitCode !== null) throw new Error(stderr, { cause: e });
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
	const recorded = [];
	for (const step of steps) {
		const { status, headers, bytes } = await send({ socketPath }, step).catch((e: unknown) => {
			throw new Error(`${name}: ${step.method} ${step.path}`, { cause: e });
		});
		const only = Object.fromEntries(kept.flatMap((k) => (headers[k] === undefined ? [] : [[k, headers[k]]])));
		const body = headers["content-encoding"] === "gzip" ? "" : bytes.toString("utf8");
		recorded.push({
			...step,
			response: { status, headers: only, body: headers["content-type"]?.startsWith("text/html") ? "" : body },
		});
	}
	child.kill();
	await new Promise((resolve) => child.on("close", resolve));
	rmSync(folder, { recursive: true, force: true });
	const lines = stderr.split("\n").filter((l) => l.includes('"Decision Log"'));
	goldens.push({ name, args, files, steps: recorded, ...(log === true ? { log: lines } : {}) });
	console.log(`${name}: ${recorded.length}`);
}
writeFileSync("test/server/rest-goldens.json", `${JSON.stringify(goldens, undefined, "\t")}\n`);
