/**
 * Random programs, ours against the real OPA:
 *
 *     npm run differential -- --cases N --seed S [--jobs J] [--texts] [--v0] [--kind KIND]
 *         [--aot] [--out FILE]
 *
 * KIND is `rules` (of every form), `patterns` (nested, and prints), `trees` (groups of rules at keys of every
 * type that read each other) or `free` (whatever people write, v0 as it was); without it, some of each. Cases come in chunks with seeds of their own; a chunk ends at its first difference, which is made
 * smaller and printed, and the next one starts. Exit code 1 where there was any difference.
 */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { type Difference, type DifferOptions, differ, type Outcome } from "./differ.ts";
import { buildOracle, Oracle, type OracleReply } from "./oracle.ts";
import { type Program, type ProgramKind, type ProgramTexts, programKinds, programs, programTexts } from "./program.ts";

const chunkSize = 250;

interface Counts {
	same: number;
	rejected: number;
	unanswered: number;
	/** One side met a failure that the other did not come across. */
	lazy: number;
	different: number;
}

interface Options extends DifferOptions {
	readonly cases: number;
	readonly seed: number;
	/** How long one difference may be made smaller. */
	readonly shrinkMillis: number;
	readonly kind: ProgramKind;
	readonly out: string | undefined;
	readonly ignore: RegExp | undefined;
}

/** One chunk; its first difference, made smaller. */
async function runChunk(oracle: Oracle, seed: number, size: number, options: Options, counts: Counts): Promise<void> {
	let first: Difference | undefined;
	let last: { readonly texts: ProgramTexts; readonly difference: Difference } | undefined;
	let deadline = Number.POSITIVE_INFINITY;
	const check = async (p: Program): Promise<boolean> => {
		// Making it smaller must not take for ever.
		if (Date.now() > deadline) return true;
		const texts = programTexts(p, options.v0);
		let outcome: Outcome = differ(texts, await oracle.ask(texts, options.v0), options);
		// Types of builtins change in a process of OPA that has checked many modules: a new one decides.
		if (typeof outcome !== "string") outcome = differ(texts, await fresh(oracle, texts, options), options);
		if (typeof outcome === "string") {
			if (first === undefined) counts[outcome]++;
			return true;
		}
		if (options.ignore?.test(`${outcome.kind} ${outcome.text}`) === true) {
			if (first === undefined) counts.rejected++;
			return true;
		}
		if (first !== undefined && outcome.kind !== first.kind) return true;
		if (first === undefined) counts.different++;
		if (first === undefined) deadline = Date.now() + options.shrinkMillis;
		first ??= outcome;
		last = { texts, difference: outcome };
		return false;
	};
	await fc.check(fc.asyncProperty(programs(options.kind, options.v0), check), {
		seed,
		numRuns: size,
		interruptAfterTimeLimit: 600_000,
	});
	if (last !== undefined) report(last.texts, last.difference, seed, options);
}

async function fresh(oracle: Oracle, texts: ProgramTexts, options: Options): Promise<OracleReply> {
	oracle.close();
	return oracle.ask(texts, options.v0);
}

function report(texts: ProgramTexts, d: Difference, seed: number, options: Options): void {
	const lines = [
		`--- ${d.kind} (chunk ${seed})`,
		...texts.modules.map((m, i) => `# m${i}.rego\n${m.trimEnd()}`),
		`# input ${texts.input ?? "undefined"}   data ${texts.data}${texts.strict ? "   strict" : ""}`,
		d.text,
		"",
	];
	console.log(lines.join("\n"));
	if (options.out !== undefined) appendFileSync(options.out, `${JSON.stringify({ seed, ...d, ...texts })}\n`);
}

/** Chunks of one worker, `index` of every `of`. */
async function work(options: Options, path: string, index: number, of: number): Promise<Counts> {
	const counts: Counts = { same: 0, rejected: 0, unanswered: 0, lazy: 0, different: 0 };
	const oracle = new Oracle(path, options.millis);
	let shown = Date.now();
	for (let chunk = index; chunk * chunkSize < options.cases; chunk += of) {
		const size = Math.min(chunkSize, options.cases - chunk * chunkSize);
		await runChunk(oracle, (options.seed * 1_000_003 + chunk) | 0, size, options, counts);
		if (Date.now() - shown > 10_000) {
			shown = Date.now();
			console.error(`seed ${options.seed}: ${line(counts)}`);
		}
	}
	oracle.close();
	return counts;
}

function line({ same, rejected, unanswered, lazy, different }: Counts): string {
	return `${same} same, ${rejected} rejected alike, ${lazy} where one side did not come to a failure, ${unanswered} without an answer of opa, ${different} different`;
}

/** The same in another process, for the sake of a second core. */
function fork(index: number, of: number): Promise<Counts> {
	return new Promise((resolve, reject) => {
		const child = spawn(
			process.execPath,
			[fileURLToPath(import.meta.url), ...process.argv.slice(2), "--worker", `${index}/${of}`],
			{
				stdio: ["ignore", "pipe", "inherit"],
			},
		);
		let text = "";
		child.stdout.setEncoding("utf8").on("data", (s: string) => {
			text += s;
		});
		child.on("close", () => {
			const lines = text.trimEnd().split("\n");
			const last = lines.pop() ?? "";
			if (lines.length > 0) console.log(lines.join("\n"));
			try {
				resolve(JSON.parse(last) as Counts);
			} catch {
				reject(new Error(`a worker ended without its counts: ${last.slice(0, 300)}`));
			}
		});
	});
}

async function main(argv: readonly string[]): Promise<number> {
	const { values } = parseArgs({
		args: [...argv],
		options: {
			cases: { type: "string", default: "1000" },
			seed: { type: "string", default: "1" },
			jobs: { type: "string", default: "1" },
			"shrink-seconds": { type: "string", default: "30" },
			out: { type: "string" },
			ignore: { type: "string" },
			texts: { type: "boolean", default: false },
			v0: { type: "boolean", default: false },
			kind: { type: "string", default: "all" },
			aot: { type: "boolean", default: false },
			worker: { type: "string" },
		},
	});
	const options: Options = {
		cases: Number(values.cases),
		seed: Number(values.seed),
		texts: values.texts,
		shrinkMillis: Number(values["shrink-seconds"]) * 1000,
		out: values.out,
		ignore: values.ignore === undefined ? undefined : new RegExp(values.ignore),
		millis: 4000,
		v0: values.v0,
		aot: values.aot,
		kind: values.kind as ProgramKind,
	};
	if (
		!programKinds.some((k) => k === values.kind) ||
		!Number.isInteger(options.cases) ||
		!Number.isInteger(options.seed)
	) {
		console.error(
			"usage: npm run differential -- --cases N --seed S [--jobs J] [--texts] [--v0] [--kind rules|patterns|trees|free] [--aot] [--out FILE] [--ignore REGEX]",
		);
		return 2;
	}
	const here = dirname(fileURLToPath(import.meta.url));
	const built = buildOracle(here.endsWith(join("dist", "dev")) ? join(here, "../..") : join(here, "../.."));
	if ("reason" in built) {
		console.log(`skipped: ${built.reason}`);
		return 0;
	}
	if (values.worker !== undefined) {
		const [index, of] = values.worker.split("/").map(Number) as [number, number];
		console.log(JSON.stringify(await work(options, built.path, index, of)));
		return 0;
	}
	const start = performance.now();
	const jobs = Math.max(1, Number(values.jobs));
	const parts =
		jobs === 1
			? [await work(options, built.path, 0, 1)]
			: await Promise.all(Array.from({ length: jobs }, (_, i) => fork(i, jobs)));
	const total: Counts = { same: 0, rejected: 0, unanswered: 0, lazy: 0, different: 0 };
	for (const p of parts) for (const k of Object.keys(total) as (keyof Counts)[]) total[k] += p[k];
	console.log(`seed ${options.seed}: ${line(total)} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
	return total.different > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
