/**
 * Builds everything.
 *
 *   dist/node/       what Node loads: CommonJS files that share their parts, and wrappers for `import`
 *   dist/esm/        what browsers, workers and bundlers for them load: a module for each of the sources
 *   dist/types/      type declarations, for both
 *   dist/package/    what is packed: all of the above, and what else package.json lists
 *   dist/dev/        runner, benchmarks and demo of a checkout; not packed
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildChunks } from "./build/chunks.js";
import { publicModules } from "./build/entries.js";
import { buildModules, pureChevrotain } from "./build/modules.js";
import { writeNotices } from "./build/notices.js";
import { writePackage } from "./build/package.js";
import { finishTypes } from "./build/types.js";
import { writeWrappers } from "./build/wrappers.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
// Built aside and moved into place at the end: whoever runs dist meanwhile keeps a whole one.
const out = `.dist-${process.pid}`;
rmSync(out, { recursive: true, force: true });
mkdirSync(out);

const node = await buildChunks(join(out, "node"));
const modules = await buildModules(join(out, "esm"), publicModules);
writeWrappers(out, node.exports);
writeNotices(join(out, "THIRD-PARTY-NOTICES.md"), [...node.bundled, ...modules]);

/** Entries that exist, by output name. */
const existing = (list) => Object.fromEntries(Object.entries(list).filter(([, file]) => existsSync(file)));

await build({
	bundle: true,
	format: "esm",
	target: "es2023",
	splitting: true,
	sourcemap: true,
	chunkNames: "chunks/[name]-[hash]",
	logLevel: "warning",
	platform: "node",
	outdir: join(out, "dev"),
	plugins: [pureChevrotain],
	external: ["@open-policy-agent/opa-wasm", "esbuild", "fast-check", "koffi", "re2-wasm", "re2js", "tinybench", "yaml"],
	entryPoints: existing({
		conformance: "conformance/run.ts",
		differential: "conformance/differential/run.ts",
		demo: "examples/demo/demo.ts",
		bench: "bench/run.ts",
		"bench-peer": "bench/peer.ts",
		"bench-memory": "bench/memory.ts",
		"bench-gate": "bench/gate.ts",
		"bench-soak-regex": "bench/soak-regex.ts",
		"bench-soak": "bench/soak.ts",
	}),
});

const tsc = spawnSync(
	process.execPath,
	["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", join(out, "types")],
	{ stdio: "inherit" },
);
finishTypes(join(out, "types"));
writePackage(out, join(out, "package"));

rmSync("dist", { recursive: true, force: true });
renameSync(out, "dist");
process.exit(tsc.status ?? 1);
