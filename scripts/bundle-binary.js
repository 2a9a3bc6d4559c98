/**
 * The command and the gate as one executable that needs no Node: `npm run bundle:binary [-- OUTPUT]`. Bun's
 * compiler makes it, from the same files that the package ships, so that what is loaded late there is loaded late
 * here; their bytecode is in the executable, in the order in which a short run asks for it. With `--test`, the
 * command's tests run on it.
 *
 * Bun is not among the dependencies, being larger than everything else together: `npm install --no-save bun`,
 * or one in the path.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { deciderText } from "./bundle-agent.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const args = process.argv.slice(2);
const outfile = resolve(args.find((a) => !a.startsWith("--")) ?? "dist/binary/rego");

/** Installed for this, installed by the matrix, or the host's. */
const bun = ["node_modules/.bin/bun", ".matrix/node_modules/.bin/bun"].find(existsSync) ?? "bun";

function run(command, list, options = {}) {
	const { status, error } = spawnSync(command, list, { stdio: "inherit", ...options });
	if (error?.code === "ENOENT") throw new Error(`${command} is missing: npm install --no-save bun`);
	if (status !== 0) throw new Error(`${command} ${list.join(" ")} failed`);
}

if (!existsSync("dist/node/command.cjs")) run(process.execPath, ["scripts/build.js"]);
/**
 * Most runs end within a tenth of a second, in which half of the processor time went into optimising what was about to
 * end: the executable waits this many times as long, but for commands that stay.
 */
const patience = 6;
const staying = ["agent", "bench", "run", "test"];

mkdirSync(dirname(outfile), { recursive: true });
const script = join(dirname(outfile), "rego.cjs");
await build({
	stdin: {
		contents: `
const { main, processIo } = require("./dist/node/command.cjs");
const args = process.argv.slice(2);
if (${JSON.stringify(staying)}.includes(args[0])) Bun.unsafe.setJITPolicy(1);
main(args, processIo()).then((code) => { process.exitCode = code; });
`,
		resolveDir: process.cwd(),
	},
	bundle: true,
	minify: true,
	platform: "node",
	format: "cjs",
	define: { REGOPLAN_DECIDER_TEXT: JSON.stringify(await deciderText()) },
	// For AF_VSOCK without an inherited descriptor, and for automata that are too large: both are done without.
	external: ["koffi", "re2-wasm"],
	legalComments: "none",
	logLevel: "error",
	outfile: script,
});
const compile = (more) =>
	run(
		bun,
		[
			...["build", "--compile", "--bytecode", "--minify", `--compile-jit-policy=${patience}`],
			...more,
			...[script, "--outfile", outfile],
		],
		{ stdio: ["ignore", "ignore", "inherit"] },
	);

// Twice: short runs of the first one tell in which order they ask for bytecode.
compile([]);
const demo = "examples/demo";
const requests = readFileSync(`${demo}/requests.jsonl`, "utf8").trim().split("\n");
const copying = requests.map((line) => JSON.parse(line)).find((r) => r.request === "CopyFileRequest");
const input = `${script}.input.json`;
writeFileSync(input, JSON.stringify(copying.input));
const orders = [
	["eval", "1"],
	["eval", "--v0-compatible", "-d", `${demo}/policy.rego`, "-i", input, "data.agent_policy.CopyFileRequest"],
].map((args, i) => {
	const order = `${script}.order-${i}`;
	run(outfile, args, { stdio: "ignore", env: { ...process.env, BUN_BYTECODE_ORDER_OUT: order } });
	return order;
});
compile(orders.map((order) => `--bytecode-order=${order}`));
for (const file of [script, input, ...orders]) rmSync(file);
console.log(`${outfile}: ${(statSync(outfile).size / 2 ** 20).toFixed(0)} MiB`);
if (args.includes("--test")) {
	const tests = ["test/cli/eval-goldens.test.ts", "test/cli/commands.test.ts"];
	run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...tests], {
		env: { ...process.env, REGO_BINARY: outfile },
	});
}
