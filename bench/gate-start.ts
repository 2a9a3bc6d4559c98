/**
 * What a gate costs before it has done anything: processor time until it listens, and memory a while later, beside
 * what Node costs alone and with an empty thread. Every way is started in turn, several times; the middle one counts.
 *
 *     npm run bundle:agent && node scripts/run-ts.js bench/gate-start.ts [ROUNDS]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { mallocVariables, nodeFlags } from "../src/agent/image/overlay.ts";
import { FakeAgent } from "../src/agent/kit/fake-agent.ts";
import { writePlan } from "../src/agent/policy/write-plan.ts";

const rounds = Number(process.argv[2] ?? 7);
const folder = mkdtempSync(join(tmpdir(), "rego-start-"));
const at = (name: string): string => join(folder, name);
const recorded = resolve("../shared/kata/web/policy.rego");
const policy = existsSync(recorded) ? recorded : resolve("examples/demo/policy.rego");
const plan = writePlan(policy, readFileSync(policy, "utf8"), "auto");
mkdirSync(at("plans"));
writeFileSync(at(`plans/${plan.name}`), plan.text);
const agent = new FakeAgent({ record: false });
await agent.listen(at("agent.sock"));

const idle = `console.log("listening"); setInterval(() => {}, 1e6)`;
const worker = `new (require("node:worker_threads").Worker)(
	"require('node:worker_threads').parentPort.postMessage(1); setInterval(() => {}, 1e6)", { eval: true }
).on("message", () => console.log("listening"))`;
const serve = ["agent", "serve", "--listen", `unix://${at("gate.sock")}`, "--upstream", `unix://${at("agent.sock")}`];
const flags = [...serve, "--policy", policy, "--runtime-dir", "none", "--expect-digest", "off"];
const ways: Readonly<Record<string, readonly string[]>> = {
	"Node alone": ["-e", idle],
	"Node with an empty thread": ["-e", worker],
	"the gate in one file": ["dist/guest/rego.cjs", ...flags],
	"the gate's folder": ["dist/guest/gate/rego.cjs", ...flags],
	"the gate's folder, with the policy's plan": ["dist/guest/gate/rego.cjs", ...flags, "--plans", at("plans")],
};

/** Megabytes, and milliseconds of processor time. */
interface Cost {
	readonly cpu: number;
	readonly rss: number;
	readonly anonymous: number;
}

function cpuOf(child: ChildProcess): number {
	const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
		.replace(/^.*\) /, "")
		.split(" ");
	return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function measure(argv: readonly string[]): Promise<Cost> {
	rmSync(at("gate.sock"), { force: true });
	const env = Object.fromEntries(mallocVariables.map((v) => v.split("=")));
	const child = spawn(process.execPath, [...nodeFlags, ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
	let said = "";
	const cpu = await new Promise<number>((listening, failed) => {
		const hear = (text: unknown): void => {
			said += String(text);
			if (said.includes("listening")) listening(cpuOf(child));
		};
		child.stdout.on("data", hear);
		child.stderr.on("data", hear);
		child.on("exit", () => failed(new Error(said)));
	});
	await new Promise((r) => setTimeout(r, 1500));
	const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, "utf8");
	const mb = (name: string): number => Number(new RegExp(`^${name}: +([0-9]+)`, "m").exec(rollup)?.[1]) / 1024;
	const cost = { cpu, rss: mb("Rss"), anonymous: mb("Anonymous") };
	child.removeAllListeners("exit");
	child.kill("SIGKILL");
	return cost;
}

const costs = new Map<string, Cost[]>(Object.keys(ways).map((name) => [name, []]));
for (let i = 0; i < rounds; i++)
	for (const [name, argv] of Object.entries(ways)) costs.get(name)?.push(await measure(argv));
console.log("| | RSS | of it anonymous | processor until it listens |\n|---|---|---|---|");
for (const [name, all] of costs) {
	const middle = (of: (c: Cost) => number): number => all.map(of).sort((x, y) => x - y)[rounds >> 1] ?? Number.NaN;
	const mib = (of: (c: Cost) => number): string => `${middle(of).toFixed(0)} MiB`;
	console.log(
		`| ${name} | ${mib((c) => c.rss)} | ${mib((c) => c.anonymous)} | ${(middle((c) => c.cpu) / 1000).toFixed(2)} s |`,
	);
}
await agent.kill();
rmSync(folder, { recursive: true });
process.exit();
