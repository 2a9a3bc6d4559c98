/**
 * Builds everything: type declarations with tsc, and ES modules with esbuild.
 *
 *   dist/            what the package ships: library, command, agent
 *   dist/dev/        runner, benchmarks and demo of a checkout; not packed
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
// Built aside and moved into place at the end: whoever runs dist meanwhile keeps a whole one.
const out = `.dist-${process.pid}`;
rmSync(out, { recursive: true, force: true });

/** Entries that exist, by output name. */
const entries = (list) => Object.fromEntries(Object.entries(list).filter(([, file]) => existsSync(file)));

const common = {
	bundle: true,
	format: "esm",
	target: "es2023",
	splitting: true,
	sourcemap: true,
	chunkNames: "chunks/[name]-[hash]",
	logLevel: "warning",
	alias: { chevrotain: "./scripts/chevrotain-lexer.js" },
	external: ["re2-wasm", "yaml", "graphql", "protobufjs", "protobufjs/*", "@bufbuild/*", "esbuild"],
};

/** Categories of builtins, which modules built ahead of time import one by one. */
const registry = readFileSync("src/builtins/registry.ts", "utf8");
const builtinFiles = [...registry.matchAll(/from "\.\/([\w-]+\.ts)"/g)]
	.map((m) => m[1])
	.filter((f) => f !== "define.ts");

await build({
	...common,
	platform: "node",
	outdir: out,
	entryPoints: entries({
		index: "src/index.ts",
		agent: "src/agent/index.ts",
		cli: "src/cli/main.ts",
		runtime: "src/aot/runtime.ts",
		...Object.fromEntries(builtinFiles.map((f) => [`builtins/${f.slice(0, -3)}`, `src/builtins/${f}`])),
	}),
});

await build({
	...common,
	platform: "browser",
	outdir: `${out}/browser`,
	entryPoints: entries({ index: "src/index.ts" }),
});

const bench = existsSync("bench") ? readdirSync("bench").filter((f) => f.endsWith(".ts") && !f.endsWith(".d.ts")) : [];
await build({
	...common,
	platform: "node",
	outdir: `${out}/dev`,
	packages: "external",
	entryPoints: entries({
		conformance: "conformance/run.ts",
		differential: "conformance/differential/run.ts",
		demo: "examples/demo/demo.ts",
		...Object.fromEntries(bench.map((f) => [f === "run.ts" ? "bench" : `bench-${f.slice(0, -3)}`, `bench/${f}`])),
	}),
});

const tsc = spawnSync(
	process.execPath,
	["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", `${out}/types`],
	{ stdio: "inherit" },
);
rmSync("dist", { recursive: true, force: true });
renameSync(out, "dist");
process.exit(tsc.status ?? 1);
