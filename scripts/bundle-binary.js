/**
 * The command and the gate as one executable that needs no Node: `npm run bundle:binary [-- OUTPUT]`. Bun's
 * compiler makes it, from the same files that the package ships, so that what is loaded late there is loaded late
 * here; their bytecode is in the executable. With `--test`, the command's tests run on it.
 *
 * Bun is not among the dependencies, being larger than everything else together: `npm install --no-save bun`,
 * or one in the path.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
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
mkdirSync(dirname(outfile), { recursive: true });
const script = join(dirname(outfile), "rego.cjs");
await build({
	stdin: {
		contents: `
const { main, processIo } = require("./dist/node/command.cjs");
main(process.argv.slice(2), processIo()).then((code) => { process.exitCode = code; });
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
run(bun, ["build", "--compile", "--bytecode", "--minify", script, "--outfile", outfile], {
	stdio: ["ignore", "ignore", "inherit"],
});
rmSync(script);
console.log(`${outfile}: ${(statSync(outfile).size / 2 ** 20).toFixed(0)} MiB`);
if (args.includes("--test")) {
	const tests = ["test/cli/eval-goldens.test.ts", "test/cli/commands.test.ts"];
	run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...tests], {
		env: { ...process.env, REGO_BINARY: outfile },
	});
}
