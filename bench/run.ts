/**
 * npm run bench -- [options]: every workload on every engine at hand, answers asserted in the timed
 * runs; prints tables with ratios, keeps raw numbers in bench/results. First the stages from text to
 * decision on their own.
 *
 *   --quick            fewer and shorter rounds
 *   --only TEXT        only workloads whose name contains TEXT; no cold starts, no resources
 *   --engines A,B      only these engines
 *   --rounds N         default 7
 *   --clock cpu        CPU time instead of wall time, for machines that are busy (single decisions and
 *                      cold starts stay on the wall clock)
 *   --from FILE        measures nothing: shows the results in this file
 *   --document         writes the tables and charts into docs/performance.md
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { version } from "../src/index.ts";
import { barChart, lineChart } from "./chart.ts";
import { type ColdTimes, timeColdStarts } from "./cold.ts";
import { timeDecisions } from "./decisions.ts";
import { intoDocument, markdown, type Results, terminalText } from "./document.ts";
import { engineSpecs, missing } from "./engines.ts";
import { rowsOf } from "./report.ts";
import { measureResources } from "./resources.ts";
import { stages } from "./stages.ts";
import { containersWorkload } from "./workloads/containers.ts";
import { kataWorkloads } from "./workloads/kata.ts";
import { policyWorkloads } from "./workloads/policies.ts";
import { scalingWorkload, smallWorkloads } from "./workloads/small.ts";

const { values: flags } = parseArgs({
	options: {
		quick: { type: "boolean", default: false },
		only: { type: "string" },
		engines: { type: "string" },
		rounds: { type: "string" },
		clock: { type: "string", default: "wall" },
		document: { type: "boolean", default: false },
		from: { type: "string" },
	},
});
const { quick, only } = flags;
// The peers read it.
process.env["BENCH_CLOCK"] = flags.clock;
const rounds = Number(flags.rounds ?? (quick ? 3 : 7));

const results = flags.from === undefined ? await measure() : (JSON.parse(readFileSync(flags.from, "utf8")) as Results);
console.log(terminalText(results));
if (flags.document) writeDocument(results);

async function measure(): Promise<Results> {
	const kata = kataWorkloads();
	if (kata.length === 0) console.log("Kata workloads: skipped, ../shared/kata is not here");
	const policies = policyWorkloads();
	if (policies.length === 0) console.log("Small policies: skipped, ../shared/bench-policies is not here");
	const all = [
		...kata,
		...smallWorkloads(),
		containersWorkload(),
		...policies,
		...[10, 100, 1000, 10_000, 100_000].map(scalingWorkload),
	];
	const selected = all.filter((w) => only === undefined || w.name.includes(only));
	const load = (): string =>
		loadavg()
			.map((l) => l.toFixed(1))
			.join(" ");
	if (only === undefined) await stages(kata);
	const before = load();
	const decisions = await timeDecisions(selected, {
		rounds,
		passMs: quick ? 20 : 40,
		warmMs: quick ? 300 : 800,
		loadMs: quick ? 5000 : 20_000,
		engines: flags.engines?.split(","),
	});
	const whole = only === undefined;
	const largest = kata.find((w) => w.name === "kata/pod-many-layers");
	const cold: Record<string, ColdTimes> = {};
	if (whole && largest !== undefined) {
		for (const kind of ["CopyFileRequest", "CreateContainerRequest"])
			cold[kind] = timeColdStarts(largest, kind, quick ? 9 : 15);
	}
	const results: Results = {
		about: {
			date: new Date().toISOString().slice(0, 10),
			regoplan: version,
			node: process.version,
			cpu: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
			"load average before and after": `${before}; ${load()}`,
			clock: flags.clock === "cpu" ? "CPU time of the process" : "wall",
			rounds: String(rounds),
		},
		versions: decisions.versions,
		rows: rowsOf(decisions),
		cold,
		resources: whole ? measureResources(largest, 10_000_000, 11) : undefined,
		failures: decisions.failures,
		missingPeers: Object.fromEntries(
			engineSpecs.flatMap((s) => {
				const why = missing(s);
				return why === undefined ? [] : [[s.name, why]];
			}),
		),
	};
	mkdirSync("bench/results", { recursive: true });
	const raw = { ...results, samples: decisions.samples, latencies: decisions.latencies };
	writeFileSync(`bench/results/${whole ? "full" : "latest"}.json`, `${JSON.stringify(raw)}\n`);
	return results;
}

function writeDocument(results: Results): void {
	const named = (names: readonly string[]) => results.rows.filter((r) => names.some((n) => r.name.startsWith(n)));
	const bars = named([
		"Kata C",
		"Kata Exec",
		"Kata default",
		"Kata whole trace w",
		"tiny",
		"rbac",
		"membership/2048",
		"group-by",
		"containers",
	]).filter((r) => !r.name.includes(","));
	writeFileSync("docs/performance-decisions.svg", barChart(bars, "Time of one decision"));
	const lines = lineChart(named(["scaling/"]), "Time of one decision by number of rules");
	if (lines !== "") writeFileSync("docs/performance-scaling.svg", lines);
	const file = "docs/performance.md";
	if (existsSync(file)) writeFileSync(file, intoDocument(readFileSync(file, "utf8"), markdown(results)));
}
