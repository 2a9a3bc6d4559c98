/**
 * Times decisions: every workload on every engine, in rounds that alternate between the engines.
 * Answers are asserted in the timed runs; an engine that answers wrongly or cannot run a workload is
 * reported with the reason and left out of it.
 */
import { type Command, type Engine, type EngineSpec, engineSpecs, missing, start } from "./engines.ts";
import { mean } from "./statistics.ts";
import type { Workload } from "./workloads/workload.ts";

/** One round of one engine: mean time of a decision of a kind, in nanoseconds. */
export interface Sample {
	readonly workload: string;
	readonly kind: string;
	readonly engine: string;
	readonly round: number;
	readonly ns: number;
}

/** Times of single decisions, of a kind on an engine. */
export interface Latency {
	readonly workload: string;
	readonly kind: string;
	readonly engine: string;
	readonly p50: number;
	readonly p99: number;
}

export interface Failure {
	readonly workload: string;
	readonly engine: string;
	readonly reason: string;
}

export interface Decisions {
	readonly samples: Sample[];
	readonly latencies: Latency[];
	readonly failures: Failure[];
	readonly versions: { [engine: string]: string };
}

export interface Settings {
	readonly rounds: number;
	/** Time a pass should take. */
	readonly passMs: number;
	readonly warmMs: number;
	/** An engine that needs longer to load a workload sits it out. */
	readonly loadMs: number;
	readonly engines: readonly string[] | undefined;
}

export async function timeDecisions(workloads: readonly Workload[], settings: Settings): Promise<Decisions> {
	const out: Decisions = { samples: [], latencies: [], failures: [], versions: {} };
	/** Engines whose load took too long: larger ones of the series are not tried. */
	const given = new Map<string, string>();
	for (const w of workloads) {
		const series = w.name.split("/")[0] as string;
		const running: Engine[] = [];
		for (const spec of engineSpecs) {
			if (settings.engines !== undefined && !settings.engines.includes(spec.name)) continue;
			if (spec.name === "hand-written" && w.handwritten !== true) continue;
			if (missing(spec) !== undefined) continue;
			const before = given.get(`${series} ${spec.name}`);
			try {
				if (before !== undefined) throw new Error(before);
				const engine = await start(spec, w, settings.loadMs);
				running.push(engine);
				if (engine.version !== "") out.versions[spec.name] = engine.version;
			} catch (e) {
				const reason = (e as Error).message;
				if (series === "scaling" || series === "membership") given.set(`${series} ${spec.name}`, reason);
				out.failures.push({ workload: w.name, engine: spec.name, reason });
			}
		}
		for (const command of commandsOf(w)) await timeCommand(command, w, running, settings, out);
		for (const e of running) e.close();
		process.stderr.write(".");
	}
	process.stderr.write("\n");
	return out;
}

function commandsOf(w: Workload): readonly Command[] {
	return w.also?.includes("fresh") === true ? ["fresh"] : ["run", ...(w.also ?? []), "each"];
}

function canDo(name: string, command: Command): boolean {
	return (engineSpecs.find((s) => s.name === name) as EngineSpec).without?.includes(command) !== true;
}

async function timeCommand(
	command: Command,
	w: Workload,
	running: Engine[],
	settings: Settings,
	out: Decisions,
): Promise<void> {
	const counts = new Map<Engine, number>();
	const drop = (engine: Engine, reason: string): void => {
		out.failures.push({ workload: w.name, engine: engine.name, reason });
		counts.delete(engine);
		const at = running.indexOf(engine);
		if (at >= 0) running.splice(at, 1);
		engine.close();
	};
	const ask = async (engine: Engine, n: number) => {
		try {
			const pass = await engine.ask(command, n);
			if (pass.wrong.length === 0) return pass;
			const c = w.cases[pass.wrong[0] as number];
			drop(engine, `wrong answer: ${c?.path} is not ${c?.want} (case ${pass.wrong[0]})`);
		} catch (e) {
			drop(engine, (e as Error).message);
		}
		return undefined;
	};
	for (const engine of [...running]) {
		if (!canDo(engine.name, command)) continue;
		const first = await ask(engine, 1);
		if (first === undefined) continue;
		let n = 1;
		// Compiling is far more code than deciding: the host's optimiser needs longer.
		// Those that compile nothing at run time are warm sooner.
		const native = engine.name === "opa" || engine.name.startsWith("regorus");
		const until = Date.now() + settings.warmMs * (native ? 0.25 : command === "load" ? 8 : 1);
		// Warm up, and find how many decisions make a pass.
		let settled = false;
		for (let took = total(first.ns); ; ) {
			n = Math.max(1, Math.min(Math.round((settings.passMs * 1e6) / took), 10_000_000));
			// Enough for their share of garbage collection, which a few loads may have none or too much of.
			if (command === "load") n = 20;
			if (command === "each") n = Math.max(n, Math.min(200, Math.ceil(1e9 / took)));
			// While decisions still take now longer, now shorter, the last ones do not tell how many make a pass.
			if (Date.now() > until && (settled || Date.now() > until + settings.loadMs)) break;
			const pass = await ask(engine, n);
			if (pass === undefined) break;
			const before = took;
			took = Math.max(total(pass.ns) / (command === "load" ? n : 1), 1);
			settled = took > before / 2 && took < before * 2;
		}
		if (running.includes(engine)) counts.set(engine, n);
	}
	if (command === "each") {
		for (const [engine, n] of [...counts]) {
			const pass = await ask(engine, n);
			if (pass === undefined) continue;
			for (const [kind, list] of byKind(w, pass.ns)) {
				const tail = byKind(w, pass.p99 ?? []).get(kind) ?? [];
				out.latencies.push({ workload: w.name, kind, engine: engine.name, p50: mean(list), p99: mean(tail) });
			}
		}
		return;
	}
	for (let round = 0; round < settings.rounds; round++) {
		for (const [engine, n] of [...counts]) {
			const pass = await ask(engine, n);
			if (pass === undefined) continue;
			const common = { workload: w.name, engine: engine.name, round };
			if (command === "load") out.samples.push({ ...common, kind: "load", ns: mean(pass.ns) });
			else if (command === "text") out.samples.push({ ...common, kind: "kata trace with JSON", ns: mean(pass.ns) });
			else {
				for (const [kind, list] of byKind(w, pass.ns)) {
					out.samples.push({ ...common, kind: command === "fresh" ? `${kind}, new ids` : kind, ns: mean(list) });
				}
				if (w.name.startsWith("kata/")) out.samples.push({ ...common, kind: "kata trace", ns: mean(pass.ns) });
			}
		}
	}
}

function total(list: readonly number[]): number {
	return list.reduce((a, b) => a + b, 0);
}

function byKind(w: Workload, ns: readonly number[]): ReadonlyMap<string, number[]> {
	const out = new Map<string, number[]>();
	ns.forEach((time, i) => {
		const kind = w.cases[i]?.kind ?? "";
		const list = out.get(kind) ?? [];
		out.set(kind, list);
		list.push(time);
	});
	return out;
}
