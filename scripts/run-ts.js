/** Runs a TypeScript file of the project: bundles it with esbuild, then hands over to it. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
	console.error("usage: node scripts/run-ts.js FILE [ARGUMENTS]");
	process.exit(1);
}
// Inside node_modules, so that packages left out of the bundle are found.
const folder = join(root, "node_modules", ".cache", "regoplan");
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `${basename(file, ".ts")}-${process.pid}.mjs`);
await build({
	absWorkingDir: root,
	entryPoints: [file],
	bundle: true,
	platform: "node",
	format: "esm",
	packages: "external",
	logLevel: "error",
	outfile,
});
const child = spawn(process.execPath, [...process.execArgv, outfile, ...args], { stdio: "inherit", cwd: root });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
	rmSync(outfile, { force: true });
	process.exitCode = code ?? 1;
});
