/**
 * The conformance runner:
 *
 *   npm run conformance -- --cases DIR [--cases DIR …] [--report FILE] [--backend closures|js|aot|interpreted]
 *                          [--backend …] [--no-limits] [--rego-version v0|v1]
 *
 * --backend js,no-limits evaluates as embedders do by default, without any limit: other code runs then.
 * --no-limits does so on every backend. Of several backends, each has a total of its own, and a report is of the first.
 * --rego-version is for folders whose path does not tell (a folder named v0 or v1 on the way to a file does).
 * Cases run in a worker that is replaced when one of them hangs or dies, so every case gets an
 * outcome. The exit code is 1 when a case fails that is not in expected-failures.json, or when one
 * that is listed there passes. Cases in superseded.json are judged by the answer recorded there.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Backend } from "../src/eval/backend.ts";
import { opaVersion } from "../src/version.ts";
import { type Case, readCases } from "./cases.ts";
import {
	type ExpectedFailure,
	type Outcome,
	readExpectedFailures,
	reportJson,
	type Summary,
	summarize,
	totalLine,
} from "./report.ts";
import { runCase } from "./run-case.ts";
import { readSuperseded, supersede } from "./superseded.ts";

/** Evaluation is stopped by the engine's own limit; the watchdog is for what that does not reach. */
const evaluationMs = 10_000;
const watchdogMs = 30_000;

/** A backend, and how it evaluates. */
interface Way {
	readonly name: string;
	readonly backend: string;
	readonly limits: boolean;
}

/** Every case in every way, numbered: the ways of the first case, of the second … */
interface Job {
	readonly folders: readonly string[];
	readonly ways: readonly Way[];
	readonly from: number;
	readonly regoVersion: "v0" | "v1" | undefined;
	/** File of superseding answers. */
	readonly superseded: string;
}

interface Done {
	readonly index: number;
	readonly problem: string | undefined;
	readonly ms: number;
}

async function loadBackend(name: string): Promise<Backend> {
	switch (name) {
		case "closures":
			return (await import("../src/eval/closures/closures.ts")).closures;
		case "js":
			return (await import("../src/eval/generated/generated.ts")).generated;
		case "aot":
			return (await import("./aot-backend.ts")).builtAhead;
		case "interpreted":
			return (await import("../src/explain/interpreter.ts")).interpreted;
		default:
			throw new Error(`unknown backend ${name}: closures, js, aot, interpreted`);
	}
}

/** Runs the cases from one number on, telling each outcome. */
async function work(job: Job): Promise<void> {
	const { ways } = job;
	const backends = await Promise.all(ways.map((w) => loadBackend(w.backend)));
	const cases = readCases(job.folders, job.regoVersion);
	const superseded = readSuperseded(job.superseded);
	for (let index = job.from; index < cases.length * ways.length; index++) {
		const c = supersede(cases[Math.floor(index / ways.length)] as Case, superseded);
		if (c.skip !== undefined) continue;
		const way = index % ways.length;
		const start = performance.now();
		const timeMs = ways[way]?.limits === true ? evaluationMs : undefined;
		const problem = runCase(c, { backend: backends[way], timeMs });
		parentPort?.postMessage({ index, problem, ms: performance.now() - start } satisfies Done);
	}
}

/** All outcomes of each way, in the order of the cases. */
async function runAll(cases: readonly Case[], job: Omit<Job, "from">): Promise<readonly (readonly Outcome[])[]> {
	const { ways } = job;
	const done = new Map<number, Done>();
	const runnable = cases.flatMap((c, i) => (c.skip === undefined ? ways.map((_, w) => i * ways.length + w) : []));
	let from = 0;
	for (;;) {
		const next = runnable.find((i) => i >= from && !done.has(i));
		if (next === undefined) break;
		const problem = await runWorker({ ...job, from: next }, (d) => done.set(d.index, d));
		if (problem === undefined) break;
		const stuck = runnable.find((i) => !done.has(i));
		if (stuck === undefined) break;
		done.set(stuck, { index: stuck, problem, ms: watchdogMs });
		from = stuck + 1;
	}
	return ways.map((_, w) =>
		cases.map((c, i) => {
			const d = done.get(i * ways.length + w);
			const lost = c.skip === undefined && d === undefined ? "the case was not run" : undefined;
			return { case: c, problem: d?.problem ?? lost, skipped: c.skip, ms: d?.ms ?? 0 };
		}),
	);
}

/** Ends when the worker has run out of cases (undefined), died or hung (what happened). */
function runWorker(job: Job, onDone: (d: Done) => void): Promise<string | undefined> {
	return new Promise((resolve) => {
		const worker = new Worker(fileURLToPath(import.meta.url), { workerData: job });
		let timer: NodeJS.Timeout | undefined;
		const end = (problem: string | undefined): void => {
			clearTimeout(timer);
			resolve(problem);
		};
		const watch = (): void => {
			clearTimeout(timer);
			timer = setTimeout(() => {
				void worker.terminate();
				end(`hung: no answer within ${watchdogMs / 1000} s`);
			}, watchdogMs);
		};
		watch();
		worker.on("message", (d: Done) => {
			onDone(d);
			watch();
		});
		worker.on("error", (e) => end(`died: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`));
		worker.on("exit", (code) => end(code === 0 ? undefined : `died with exit code ${code}`));
	});
}

async function main(argv: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...argv],
		options: {
			cases: { type: "string", multiple: true },
			report: { type: "string" },
			backend: { type: "string", multiple: true, default: ["closures"] },
			"no-limits": { type: "boolean" },
			"rego-version": { type: "string" },
			expected: { type: "string" },
			superseded: { type: "string" },
			"no-expected": { type: "boolean" },
			verbose: { type: "boolean", short: "v" },
		},
	});
	const folders = values.cases ?? [];
	if (folders.length === 0) {
		console.error(
			"usage: npm run conformance -- --cases DIR [--cases DIR ...] [--report FILE] [--backend closures|js|aot|interpreted] [--backend ...] [--no-limits] [--rego-version v0|v1]",
		);
		return 2;
	}
	const regoVersion = values["rego-version"];
	if (regoVersion !== undefined && regoVersion !== "v0" && regoVersion !== "v1") {
		console.error(`unknown Rego version ${regoVersion}: v0, v1`);
		return 2;
	}
	const ways = values.backend.map((name): Way => {
		const [backend = "", ...rest] = name.split(",");
		const noLimits = values["no-limits"] === true || rest.includes("no-limits");
		return { name, backend, limits: !noLimits };
	});
	for (const way of ways) await loadBackend(way.backend);
	const expected: ExpectedFailure[] =
		values["no-expected"] === true ? [] : readExpectedFailures(values.expected ?? listFile("expected-failures.json"));
	const supersededFile = values.superseded ?? listFile("superseded.json");
	const superseded = readSuperseded(supersededFile);
	const cases = readCases(folders, regoVersion);
	const judged = cases.filter((c) => supersede(c, superseded) !== c).length;
	const all = await runAll(cases, { folders, ways, regoVersion, superseded: supersededFile });
	const summaries = all.map((outcomes) => summarize(outcomes, expected));
	for (const [w, summary] of summaries.entries()) {
		if (ways.length > 1) console.log(`backend ${ways[w]?.name}:`);
		print(all[w] ?? [], summary, values.verbose === true);
		if (ways.length > 1) console.log(totalLine(summary.total));
	}
	const [first] = summaries;
	const failed = summaries.some((s) => s.total.failed > 0);
	if (values.report !== undefined && first !== undefined)
		writeFileSync(values.report, reportJson(all[0] ?? [], first, expected, ways[0]?.backend ?? ""));
	if (cases.length === 0) console.log(`no cases below ${folders.join(", ")}`);
	const assumed = new Set(cases.filter((c) => c.versionAssumed).map((c) => c.file));
	if (assumed.size > 0) {
		const [file] = assumed;
		console.log(
			`${assumed.size} files were read as Rego v1, since no path or --rego-version tells, the first: ${file}`,
		);
	}
	if (judged > 0) {
		console.log(`${judged} judged by the answer of OPA ${opaVersion} in place of the case's own (superseded.json)`);
	}
	if (first !== undefined && ways.length === 1) console.log(totalLine(first.total));
	return failed || cases.length === 0 ? 1 : 0;
}

/** What is worth saying of each topic and case. */
function print(outcomes: readonly Outcome[], summary: Summary, isVerbose: boolean): void {
	for (const [topic, { passed, failed, skipped }] of summary.topics) {
		console.log(
			`${topic.padEnd(44)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${String(skipped).padStart(4)} skipped`,
		);
	}
	for (const [i, o] of outcomes.entries()) {
		const status = summary.statuses[i];
		if (status === "failed") console.log(`FAILED ${o.case.id}\n  ${shorten(o.problem ?? "")}`);
		if (status === "passed unexpectedly") console.log(`PASSED, but is listed as an expected failure: ${o.case.id}`);
		if (!isVerbose) continue;
		if (status === "failed as expected") console.log(`expected ${o.case.id}\n  ${shorten(o.problem ?? "")}`);
		if (status === "skipped") console.log(`skipped ${o.case.id}: ${o.skipped}`);
	}
	if (summary.total.expected > 0) console.log(`of the skipped, ${summary.total.expected} fail as expected`);
}

function shorten(text: string): string {
	return text.length > 600 ? `${text.slice(0, 600)} …` : text;
}

/** A file in the checkout's conformance folder, from here or from dist/dev. */
function listFile(name: string): string {
	const here = dirname(fileURLToPath(import.meta.url));
	const root = here.endsWith(join("dist", "dev")) ? join(here, "../..") : join(here, "..");
	return join(root, "conformance", name);
}

if (isMainThread) process.exitCode = await main(process.argv.slice(2));
else await work(workerData as Job);
