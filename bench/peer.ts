/**
 * The engines that run in Node, behind the same line protocol as the others (engines.ts): each in a
 * process of its own, so that none is slowed down by code the host optimised for another.
 *
 *   usage: bench-peer regoplan|closures|aot|handwritten|opa-wasm WORKLOAD.json [once]
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { buildModule } from "../src/aot/build.ts";
import type { AotOptions } from "../src/aot/runtime.ts";
import {
	type Backend,
	builtins,
	closures,
	compile,
	equal,
	type PlainObject,
	parseJson,
	toJson,
	type Value,
	version,
} from "../src/index.ts";
import { documentPath } from "../src/planned.ts";
import { kataDecisions, policyDataOf } from "./handwritten/kata.ts";
import { smallDecision } from "./handwritten/small.ts";

interface PeerWorkload {
	readonly name: string;
	readonly modules: { readonly [file: string]: string };
	readonly regoVersion: "v0" | "v1";
	readonly data: Value;
	readonly cases: readonly { path: string; input: Value; want?: Value; ids?: readonly string[] }[];
}

type Decide = (input: Value) => unknown;

interface Loaded {
	readonly version: string;
	readonly parse: (text: string) => Value;
	decide(path: string): Decide;
}

/** Without a backend: as most users call it. Inputs are known to come from JSON, here and in built modules. */
function ours(w: PeerWorkload, backend?: Backend): Loaded {
	const policy = compile(w.modules, {
		regoVersion: w.regoVersion,
		data: w.data as PlainObject,
		inputs: "trusted",
		...(backend === undefined ? {} : { backend }),
	});
	return { version, parse: parseJson, decide: (path) => policy.rule(path) };
}

/** The module `rego build -t js` writes, imported. */
async function aheadOfTime(w: PeerWorkload, file: string): Promise<Loaded> {
	const policy = compile(w.modules, { regoVersion: w.regoVersion });
	const paths = [...new Set(w.cases.map((c) => c.path))];
	const { code } = buildModule({
		plan: policy.plan,
		builtins,
		entrypoints: paths.map(documentPath),
		file: "policy.mjs",
	});
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, code);
	const imported: unknown = await import(pathToFileURL(file).href);
	rmSync(file);
	const module = imported as {
		readonly default: { readonly [path: string]: (input: Value, options: AotOptions) => unknown };
	};
	const trusted: AotOptions = { inputs: "trusted" };
	const options: AotOptions = { ...trusted, data: w.data as PlainObject };
	// As a service would call a policy without data.
	const hasData = Object.keys(w.data as object).length > 0;
	return {
		version,
		parse: parseJson,
		decide: (path) => {
			const decide = module.default[documentPath(path).join("/")];
			if (decide === undefined) throw new Error(`no entry point ${path}`);
			return (input) => decide(input, hasData ? options : trusted);
		},
	};
}

function handwritten(w: PeerWorkload): Loaded {
	const parse = (text: string): Value => JSON.parse(text) as Value;
	const kata = w.name.startsWith("kata") ? kataDecisions(policyDataOf(w.modules["policy.rego"] as string)) : undefined;
	return {
		version: "",
		parse,
		decide: (path) => {
			const decision =
				kata === undefined ? smallDecision(w.name, w.data) : kata[path.slice("data.agent_policy.".length)];
			if (decision === undefined) throw new Error(`${w.name} is not written by hand`);
			return decision as Decide;
		},
	};
}

async function opaWasm(w: PeerWorkload, file: string): Promise<Loaded> {
	const wasm = await import("@open-policy-agent/opa-wasm");
	const policy = await wasm.loadPolicy(readFileSync(file.replace(/json$/, "wasm")), { initial: 5, maximum: 65_536 });
	policy.setData(w.data as object);
	return {
		version: "",
		parse: (text) => JSON.parse(text) as Value,
		decide: (path) => {
			const entrypoint = policy.entrypoints[documentPath(path).join("/")] as number;
			return (input) => (policy.evaluate(input, entrypoint) as { result: Value }[])[0]?.result;
		},
	};
}

function load(engine: string, w: PeerWorkload, file: string): Loaded | Promise<Loaded> {
	switch (engine) {
		case "regoplan":
			return ours(w);
		case "closures":
			return ours(w, closures);
		case "aot":
			// Inside the package, so that it finds regoplan/runtime.
			return aheadOfTime(w, resolve(`bench/peers/bin/policy-${process.pid}.mjs`));
		case "handwritten":
			return handwritten(w);
		case "opa-wasm":
			return opaWasm(w, file);
		default:
			throw new Error(`no engine ${engine}`);
	}
}

const [engine, file] = process.argv.slice(2) as [string, string];
const text = readFileSync(file, "utf8");
const w = parseJson(text) as unknown as PeerWorkload;
let loaded = await load(engine, w, file);
const texts = w.cases.map((c) => toJson(c.input));
const cases = w.cases.map((c, i) => ({
	decide: loaded.decide(c.path),
	// Each engine reads inputs as its users do.
	input: loaded.parse(texts[i] as string),
	text: texts[i] as string,
	want: c.want,
	ids: c.ids ?? [],
}));
type Case = (typeof cases)[number];
const right = (got: unknown, want: Value | undefined): boolean =>
	got === want || (got !== undefined && want !== undefined && equal(got as Value, want));
/** In nanoseconds: CPU time of the process where BENCH_CLOCK=cpu, for machines that are busy. */
const wall = (): number => performance.now() * 1e6;
const clock =
	process.env["BENCH_CLOCK"] === "cpu"
		? (): number => {
				const { user, system } = process.cpuUsage();
				return (user + system) * 1e3;
			}
		: wall;
let counter = 0;

/** Mean of n decisions; the last answer. */
function run({ decide, input }: Case, n: number): [number, unknown] {
	let got: unknown;
	const start = clock();
	for (let i = 0; i < n; i++) got = decide(input);
	return [(clock() - start) / n, got];
}

function fromText({ decide, text: json }: Case, n: number): [number, unknown] {
	const { parse } = loaded;
	let got: unknown;
	const start = clock();
	for (let i = 0; i < n; i++) got = decide(parse(json));
	return [(clock() - start) / n, got];
}

// As in a server, the caller knows nothing of what it calls: a decision the host's optimiser put into
// the timing loop, where its input never changes, would cost nothing at all.
for (const decide of [() => 1, () => 2, (x: Value) => x, (x: Value) => [x]] as const) {
	run({ ...(cases[0] as Case), decide }, 5000);
	fromText({ ...(cases[0] as Case), decide, text: "1" }, 5000);
}

const lines = createInterface({ input: process.stdin });
console.log(JSON.stringify({ ready: true, version: loaded.version }));
for await (const line of lines) {
	const [command, count] = line.split(" ") as [string, string];
	const n = Number(count);
	const times: number[] = [];
	const p99: number[] = [];
	const wrong = new Set<number>();
	if (command === "load") {
		for (let i = 0; i < n; i++) {
			const start = clock();
			loaded = await load(engine, w, file);
			const got = loaded.decide((w.cases[0] as { path: string }).path)((cases[0] as Case).input);
			times.push(clock() - start);
			if (!right(got, cases[0]?.want)) wrong.add(0);
		}
	} else {
		cases.forEach((c, index) => {
			if (command === "run" || command === "text") {
				const [time, got] = command === "run" ? run(c, n) : fromText(c, n);
				times.push(time);
				if (!right(got, c.want)) wrong.add(index);
				return;
			}
			const single: number[] = [];
			for (let i = 0; i < n; i++) {
				counter++;
				const input =
					command === "each"
						? c.input
						: loaded.parse(
								c.ids.reduce(
									(t, id) => t.replaceAll(id, counter.toString(16).padStart(16, "0") + id.slice(16)),
									c.text,
								),
							);
				const now = command === "each" ? wall : clock;
				const start = now();
				const got = c.decide(input);
				single.push(now() - start);
				if (!right(got, c.want)) wrong.add(index);
			}
			if (command === "fresh") times.push(single.reduce((a, b) => a + b, 0) / n);
			else {
				single.sort((a, b) => a - b);
				times.push(single[n >> 1] as number);
				p99.push(single[Math.floor((n * 99) / 100)] as number);
			}
		});
	}
	console.log(JSON.stringify({ ns: times, p99, wrong: [...wrong] }));
}
