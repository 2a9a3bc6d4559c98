/**
 * npm run bench [-- --quick] [-- --only NAME]: every workload on every engine at hand, interleaved,
 * answers asserted in the timed runs; medians and ratios to ours, raw numbers in bench/results.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { closures, generated, version } from "../src/index.ts";
import { type Engine, ours, peer, withoutPrints } from "./engines.ts";
import { stages } from "./stages.ts";
import { kataWorkloads, scalingWorkload, smallWorkloads, type Workload } from "./workloads.ts";

const { values: flags } = parseArgs({
	options: {
		quick: { type: "boolean" },
		only: { type: "string" },
		peers: { type: "string" },
		rounds: { type: "string" },
	},
});
const rounds = Number(flags.rounds ?? (flags.quick === true ? 3 : 7));
const peersDir = flags.peers ?? "bench/peers/bin";

/** Medians by kind and engine, in nanoseconds. */
type Table = Map<string, Map<string, number[]>>;

function median(list: readonly number[]): number {
	const sorted = [...list].sort((a, b) => a - b);
	return sorted[sorted.length >> 1] ?? Number.NaN;
}

async function engines(w: Workload): Promise<Engine[]> {
	const plain = withoutPrints(w);
	const found = [
		ours("regoplan", w, generated),
		ours("closures", w, closures),
		await peer("regorus (kata)", `${peersDir}/regorus-peer`, ["kata"], w),
		await peer("regorus (best)", `${peersDir}/regorus-peer`, ["best"], plain),
		await peer("opa", `${peersDir}/opa-peer`, [], plain),
		await peer("opa-wasm", `${peersDir}/opa-wasm-peer`, [], plain),
	];
	return found.filter((e): e is Engine => e !== undefined);
}

/** Evaluations per case and pass: enough to time, few enough to interleave often. */
function countFor(engine: Engine, w: Workload): number {
	const slow = engine.name.includes("(kata)") || engine.name.startsWith("opa") ? 3 : 20;
	return w.cases.length > 40 ? Math.max(2, slow >> 1) : slow;
}

async function measure(w: Workload, table: Table): Promise<void> {
	const list = await engines(w);
	// Warm up: ours needs its code compiled by the host's optimiser, the others their caches.
	for (const e of list) await e.run(e.name === "regoplan" || e.name === "closures" ? 300 : 3);
	for (let round = 0; round < rounds; round++) {
		for (const e of list) {
			const pass = await e.run(countFor(e, w));
			if (pass.wrong.length > 0) {
				const c = w.cases[pass.wrong[0] as number];
				throw new Error(`${e.name} answers ${w.name} ${c?.path} wrongly (case ${pass.wrong[0]})`);
			}
			w.cases.forEach((c, i) => {
				const kind = w.name.startsWith("kata/") ? `kata ${c.kind}` : c.kind;
				const byEngine = table.get(kind) ?? new Map<string, number[]>();
				table.set(kind, byEngine);
				const samples = byEngine.get(e.name) ?? [];
				byEngine.set(e.name, samples);
				samples.push(pass.ns[i] as number);
			});
		}
	}
	for (const e of list) e.close();
}

function show(ns: number): string {
	if (ns >= 1e6) return `${(ns / 1e6).toFixed(2)} ms`;
	return ns >= 1e3 ? `${(ns / 1e3).toFixed(2)} µs` : `${ns.toFixed(0)} ns`;
}

function print(table: Table): void {
	const names = [...new Set([...table.values()].flatMap((m) => [...m.keys()]))];
	console.log(`\n${"workload".padEnd(36)}${names.map((n) => n.padStart(22)).join("")}`);
	for (const [kind, byEngine] of table) {
		const base = median(byEngine.get("regoplan") ?? []);
		const cells = names.map((n) => {
			const samples = byEngine.get(n);
			if (samples === undefined) return "-".padStart(22);
			const m = median(samples);
			return `${show(m)}${n === "regoplan" ? "" : ` ${(m / base).toFixed(1)}x`}`.padStart(22);
		});
		console.log(kind.padEnd(36) + cells.join(""));
	}
}

const table: Table = new Map();
const kata = kataWorkloads();
if (kata.length === 0) console.log("kata workloads: skipped, ../shared/kata is not here");
const all = [...kata, ...smallWorkloads(), ...[10, 100, 1000, 10_000].map(scalingWorkload)];
const selected = all.filter((w) => flags.only === undefined || w.name.includes(flags.only));
if (flags.only === undefined) await stages(kata);
for (const w of selected) await measure(w, table);
print(table);
for (const p of ["regorus-peer", "opa-peer", "opa-wasm-peer"]) {
	const { existsSync } = await import("node:fs");
	if (!existsSync(`${peersDir}/${p}`))
		console.log(`peer missing: ${p} (npm run bench:peers builds what the toolchains here allow)`);
}
mkdirSync("bench/results", { recursive: true });
const raw = Object.fromEntries([...table].map(([k, m]) => [k, Object.fromEntries(m)]));
const about = { regoplan: version, node: process.version, cpu: cpus()[0]?.model ?? "", rounds };
writeFileSync("bench/results/latest.json", `${JSON.stringify({ about, ns: raw }, undefined, 1)}\n`);
