/**
 * Cold starts: fresh processes, wall time of each from start to end, in rounds that alternate. What
 * Node itself needs is measured in the same rounds (an empty script) and taken off where a row says
 * "beyond Node's own start".
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { buildModule } from "../src/aot/build.ts";
import { builtins, compile } from "../src/index.ts";
import { documentPath } from "../src/planned.ts";
import { peersDir } from "./engines.ts";
import { type Workload, withoutPrints, workloadJson } from "./workloads/workload.ts";

/** Times in nanoseconds by what was started, a number a round. */
export type ColdTimes = { readonly [what: string]: readonly number[] };

export function timeColdStarts(w: Workload, kind: string, rounds: number): ColdTimes {
	const c = w.cases.find((x) => x.path.endsWith(kind));
	if (c === undefined) return {};
	// Below the package, whose name the built module imports.
	const dir = resolve(mkdtempSync(join("dist", "cold-")));
	const put = (name: string, text: string): string => {
		const file = join(dir, name);
		writeFileSync(file, text);
		return file;
	};
	const policyText = Object.values(w.modules)[0] as string;
	const rego = put("policy.rego", policyText);
	const input = put("input.json", c.input);
	const dist = (file: string): string => pathToFileURL(resolve("dist", file)).href;
	const policy = compile(w.modules, { regoVersion: w.regoVersion });
	put("plan.json", policy.toJSON());
	const { code } = buildModule({
		plan: policy.plan,
		builtins,
		entrypoints: [documentPath(c.path)],
		file: "policy.mjs",
	});
	put("policy.mjs", code);
	const read = [
		'import { readFileSync } from "node:fs";',
		'const text = (f) => readFileSync(new URL(f, import.meta.url), "utf8");',
	].join("\n");
	const check = `if (decide(JSON.parse(text("input.json"))) !== ${c.want}) process.exit(3);`;
	const path = JSON.stringify(c.path);
	const node = (name: string, text: string): readonly string[] => [process.execPath, put(name, text)];
	const v0 = w.regoVersion === "v0" ? ["--v0-compatible"] : [];
	const evalArgs = ["eval", "--format", "raw", ...v0, "-d", rego, "-i", input, c.path];
	const peers = (mode: string, workload: Workload): readonly string[] => [
		`${peersDir}/regorus-peer`,
		mode,
		put(`${mode}.json`, workloadJson({ ...workload, cases: [c] })),
		"once",
	];
	const starts: { readonly [what: string]: readonly string[] } = {
		node: node("empty.mjs", `${read}\ntext("input.json");`),
		aot: node(
			"aot.mjs",
			`${read}\nimport entrypoints from "./policy.mjs";\nconst decide = Object.values(entrypoints)[0];\n${check}`,
		),
		plan: node(
			"plan.mjs",
			`${read}\nimport { loadPlan } from ${JSON.stringify(dist("node/index.mjs"))};\nconst decide = loadPlan(text("plan.json")).rule(${path});\n${check}`,
		),
		source: node(
			"source.mjs",
			`${read}\nimport { compile } from ${JSON.stringify(dist("node/index.mjs"))};\nconst decide = compile({ p: text("policy.rego") }, { regoVersion: "${w.regoVersion}" }).rule(${path});\n${check}`,
		),
		"rego eval": [process.execPath, "bin/rego.js", ...evalArgs],
		// The executable that npm run bundle:binary makes.
		"binary rego eval": ["dist/binary/rego", ...evalArgs],
		"opa eval": [`${peersDir}/opa`, ...evalArgs],
		"regorus (kata)": peers("kata", w),
		"regorus (best)": peers("best", withoutPrints(w)),
	};
	const out: Record<string, number[]> = {};
	for (let round = 0; round <= rounds; round++) {
		for (const [what, [program, ...args]] of Object.entries(starts) as [string, [string, ...string[]]][]) {
			if (!existsSync(program)) continue;
			const begin = performance.now();
			const { status, stdout } = spawnSync(program, args, { stdio: ["ignore", "pipe", "ignore"] });
			const took = (performance.now() - begin) * 1e6;
			const wrong = what.endsWith(" eval") && stdout.toString().trim() !== c.want;
			if (status !== 0 || wrong)
				throw new Error(`cold start of ${what}: exit ${status}, ${stdout.toString().slice(0, 200)}`);
			// The first round fills the disk's caches.
			if (round === 0) out[what] = [];
			else out[what]?.push(took);
		}
	}
	rmSync(dir, { recursive: true });
	return out;
}
