/**
 * Builds everything: type declarations with tsc, and ES modules with esbuild.
 *
 *   dist/            what the package ships: library, command, agent
 *   dist/dev/        runner, benchmarks and demo of a checkout; not packed
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { alias, withoutTable } from "./chevrotain.js";
import { buildLazyLibrary, declarationsOf, namesOf } from "./lazy.js";

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
	alias,
	plugins: [withoutTable],
	external: ["re2-wasm", "yaml", "graphql", "protobufjs", "protobufjs/*", "@bufbuild/*", "esbuild"],
};

/** Optional categories of builtins: files of their own, loaded when first called. */
const optionalFiles = [...readFileSync("src/builtins/optional.ts", "utf8").matchAll(/from "\.\/([\w-]+)\.ts"/g)]
	.map((m) => m[1])
	.filter((f) => f !== "define");

/** Their builtins, by file. */
async function optionalBuiltins() {
	const file = `${out}/optional-declarations.mjs`;
	await build({
		...common,
		splitting: false,
		sourcemap: false,
		platform: "node",
		packages: "external",
		entryPoints: ["src/builtins/optional.ts"],
		outfile: file,
	});
	const { optional } = await import(pathToFileURL(file).href);
	rmSync(file);
	return optional;
}

/** Puts stand-ins in the place of src/builtins/optional.ts, with their declarations in a module that `late` makes. */
const optional = await optionalBuiltins();
const lazyOptional = (declared) => ({
	name: "lazy-optional",
	setup(b) {
		b.onLoad({ filter: /[\\/]src[\\/]builtins[\\/]optional\.ts$/ }, () => ({
			loader: "ts",
			resolveDir: "src/builtins",
			contents: `import { late, lazyBuiltins } from "./lazy.ts";
const declared = ${declared};
const names = ${namesOf(optional)};
export const optional = lazyBuiltins(names, (file) => declared()[file], import.meta.url);`,
		}));
	},
});
/** Declarations in the file itself, read when asked for. */
const inPlace = lazyOptional(`() => JSON.parse(${JSON.stringify(declarationsOf(optional))})`);

/** One file each: every further file costs a fresh process more than its text does. */
const whole = { ...common, platform: "node", splitting: false, minify: true };

/** The library, and its optional builtins beside it. */
await buildLazyLibrary(
	out,
	"src/index.ts",
	{ ...whole, plugins: [withoutTable, lazyOptional('late("./lazy/declarations.js", import.meta.url)')] },
	optional,
);
await build({
	...whole,
	outdir: `${out}/builtins`,
	entryPoints: Object.fromEntries(optionalFiles.map((f) => [f, `src/builtins/${f}.ts`])),
});

/** The library in one file, for bundlers that make something for Node: they follow no late loading. */
await build({ ...whole, outdir: `${out}/whole`, entryPoints: { index: "src/index.ts" } });

/** What modules built ahead of time import, the transport of http.send for Node, and the agent's gate. */
await build({ ...whole, outdir: out, entryPoints: { runtime: "src/aot/runtime.ts", http: "src/host/http-node.ts" } });
await build({
	...common,
	platform: "node",
	outdir: `${out}/agent`,
	entryPoints: { index: "src/agent/index.ts" },
	plugins: [withoutTable, inPlace],
});

/**
 * The command, as one CommonJS script: bin/rego.js runs it from V8's code cache. The cache is made by
 * running the command once; a Node of another version does without.
 */
await build({
	...whole,
	format: "cjs",
	outfile: `${out}/cli/rego.cjs`,
	entryPoints: ["src/cli/main.ts"],
	plugins: [withoutTable, inPlace],
	define: { "import.meta.url": "moduleUrl" },
	banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
});

/** The agent's decider: the program of a worker thread, which src/agent/decider/thread.ts looks for here. */
await build({
	...whole,
	format: "cjs",
	outfile: `${out}/agent/decider.cjs`,
	entryPoints: ["src/agent/decider/worker.ts"],
	plugins: [withoutTable, inPlace],
	define: { "import.meta.url": "moduleUrl" },
	banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
});

await build({
	...common,
	platform: "browser",
	minify: true,
	outdir: `${out}/browser`,
	entryPoints: entries({ index: "src/index.ts" }),
});

await build({
	...common,
	platform: "node",
	outdir: `${out}/dev`,
	packages: "external",
	entryPoints: entries({
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
	["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", `${out}/types`],
	{ stdio: "inherit" },
);
rmSync("dist", { recursive: true, force: true });
renameSync(out, "dist");
spawnSync(process.execPath, ["scripts/code-cache.js"], { stdio: "inherit" });
process.exit(tsc.status ?? 1);
