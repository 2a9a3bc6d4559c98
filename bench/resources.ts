/** Sizes of what is shipped, import time, and memory (bench/memory.ts in a process of its own). */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import type { Memory } from "./memory.ts";
import { type Workload, workloadJson } from "./workloads/workload.ts";

export interface Resources {
	/** Bytes, minified and gzipped, by what is counted. */
	readonly sizes: { readonly [what: string]: number };
	/** Milliseconds in fresh processes. */
	readonly importMs: { readonly [what: string]: readonly number[] };
	readonly memory: Memory | undefined;
}

export function measureResources(w: Workload | undefined, decisions: number, rounds: number): Resources {
	const core = minified("engine");
	return {
		sizes: {
			"dist/node/engine.cjs (deciding from plans, without optional builtins)": core,
			"the same with compiler.cjs (from text to a first decision)": core + minified("compiler"),
		},
		importMs: {
			"dist/node/index.mjs": importTimes("dist/node/index.mjs", rounds),
			"dist/node/index.cjs": importTimes("dist/node/index.cjs", rounds),
			"dist/node/runtime.mjs": importTimes("dist/node/runtime.mjs", rounds),
		},
		memory: w === undefined ? undefined : memoryOf(w, decisions),
	};
}

/** Bytes of a file of dist/node, minified and gzipped. What bundles for browsers come to is printed by `npm run size`. */
function minified(name: string): number {
	const { code } = transformSync(readFileSync(`dist/node/${name}.cjs`, "utf8"), { minify: true });
	return gzipSync(code, { level: 9 }).length;
}

/** Milliseconds, by the same clock as decisions. */
function importTimes(file: string, rounds: number): number[] {
	const now =
		process.env["BENCH_CLOCK"] === "cpu"
			? "() => { const { user, system } = process.cpuUsage(); return (user + system) / 1e3; }"
			: "() => performance.now()";
	const url = JSON.stringify(pathToFileURL(resolve(file)).href);
	const script = `const now = ${now}; const t = now(); await import(${url}); console.log(now() - t);`;
	return Array.from({ length: rounds }, () => {
		const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
		return Number(stdout.toString());
	});
}

function memoryOf(w: Workload, decisions: number): Memory {
	const dir = mkdtempSync(join(tmpdir(), "regoplan-memory-"));
	const file = join(dir, "workload.json");
	writeFileSync(file, workloadJson(w));
	const measure = (n: number, flags: readonly string[]): Memory => {
		const args = ["--expose-gc", ...flags, "dist/dev/bench-memory.js", file, String(n)];
		const { stdout, stderr, status } = spawnSync(process.execPath, args);
		if (status !== 0) throw new Error(`memory: ${stderr.toString()}`);
		return JSON.parse(stdout.toString()) as Memory;
	};
	// Bytes are counted where nothing is collected in between, the process's size as Node usually runs.
	const { bytes, heapPerPolicy } = measure(0, ["--max-semi-space-size=256", "--min-semi-space-size=256"]);
	const usual = measure(decisions, []);
	rmSync(dir, { recursive: true });
	return { ...usual, bytes, heapPerPolicy };
}
