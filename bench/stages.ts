/** Times of the stages on the Kata policies: lexing, parsing, compiling, first decision. With tinybench. */
import { Bench } from "tinybench";
import { compile, parseJson, parseModule, Source, type Value } from "../src/index.ts";
import { tokenize } from "../src/parser/lexer.ts";
import type { Workload } from "./workloads/workload.ts";

export async function stages(workloads: readonly Workload[]): Promise<void> {
	const w = workloads.find((x) => x.name.endsWith("pod-many-layers")) ?? workloads[0];
	if (w === undefined) return;
	const text = Object.values(w.modules)[0] as string;
	const c = w.cases[0];
	if (c === undefined) return;
	const input = parseJson(c.input);
	const bench = new Bench({ time: 500, warmupTime: 200 });
	bench.add("lex", () => {
		tokenize(text, text.length + 1);
	});
	bench.add("parse", () => {
		const { errors } = parseModule(new Source("policy.rego", text), { regoVersion: w.regoVersion });
		if (errors.length > 0) throw errors[0] as Error;
	});
	bench.add("compile (text to checked policy)", () => {
		compile(w.modules, { regoVersion: w.regoVersion });
	});
	bench.add("text to first decision", () => {
		const rule = compile(w.modules, { regoVersion: w.regoVersion }).rule<Value>(c.path);
		if (String(rule(input)) !== c.want) throw new Error("wrong answer");
	});
	await bench.run();
	console.log(`stages on ${w.name} (${(text.length / 1024).toFixed(0)} KB)`);
	for (const t of bench.tasks) {
		const r = t.result;
		if ("latency" in r)
			console.log(`  ${t.name.padEnd(36)} ${r.latency.p50.toFixed(2)} ms (p99 ${r.latency.p99.toFixed(2)})`);
		else console.log(`  ${t.name.padEnd(36)} ${String(r.state)}`);
	}
}
