/**
 * What memory the library takes, in a process of its own (node --expose-gc): bytes allocated per decision
 * (with a new space large enough that nothing is collected in between), heap per loaded policy, and the
 * process's size after many decisions. Prints one line of JSON.
 *
 *   usage: bench-memory WORKLOAD.json DECISIONS
 */
import { readFileSync } from "node:fs";
import { compile, parseJson, type Value } from "../src/index.ts";

export interface Memory {
	/** Bytes allocated by one decision, by the last part of its path. */
	readonly bytes: { readonly [kind: string]: number };
	readonly heapPerPolicy: number;
	/** Resident set after warming up, and after the decisions. */
	readonly rssBefore: number;
	readonly rssAfter: number;
	readonly decisions: number;
}

interface Given {
	readonly modules: { readonly [file: string]: string };
	readonly regoVersion: "v0" | "v1";
	readonly cases: readonly { readonly path: string; readonly input: Value }[];
}

function measure(file: string, decisions: number): Memory {
	const w = parseJson(readFileSync(file, "utf8")) as unknown as Given;
	const collect = globalThis.gc as () => void;
	const load = () => {
		const policy = compile(w.modules, { regoVersion: w.regoVersion });
		for (const c of w.cases) policy.rule(c.path)(c.input);
		return policy;
	};
	load();
	collect();
	const before = process.memoryUsage().heapUsed;
	const kept = Array.from({ length: 10 }, load);
	collect();
	const heapPerPolicy = (process.memoryUsage().heapUsed - before) / kept.length;
	const policy = kept[0] as (typeof kept)[number];
	const rules = w.cases.map((c) => ({
		kind: c.path.split(".").pop() as string,
		rule: policy.rule(c.path),
		input: c.input,
	}));
	for (let i = 0; i < 3000; i++) for (const { rule, input } of rules) rule(input);
	const bytes: Record<string, number> = {};
	for (const { kind, rule, input } of rules) {
		if (bytes[kind] !== undefined) continue;
		const n = 1000;
		collect();
		const start = process.memoryUsage().heapUsed;
		for (let i = 0; i < n; i++) rule(input);
		// Reading the numbers allocates too, a little.
		bytes[kind] = Math.max(0, Math.round((process.memoryUsage().heapUsed - start - 500) / n));
	}
	collect();
	const rssBefore = process.memoryUsage.rss();
	const cheap = rules.filter((r) => r.kind !== "CreateContainerRequest");
	for (let i = 0; i < decisions; ) for (const { rule, input } of cheap) if (i++ < decisions) rule(input);
	return { bytes, heapPerPolicy, rssBefore, rssAfter: process.memoryUsage.rss(), decisions };
}

const [file, decisions] = process.argv.slice(2);
console.log(JSON.stringify(measure(file as string, Number(decisions))));
