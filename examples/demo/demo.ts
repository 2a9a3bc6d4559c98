/**
 * The main job, in small: a policy for the Kata agent decides recorded requests. For each request the
 * decision, what decided it (a rule, by its line, or the default), and how long it took once warm. Then a
 * policy is generated from a pod's manifest, and decides in turn. Fails when a decision is not the wanted one.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { compile, type Module, type PlainObject, parseJson, parseModule, Source } from "../../src/index.ts";
import { decideGenerated } from "./genpolicy.ts";

interface Recorded {
	readonly request: string;
	readonly note: string;
	readonly want: boolean;
	readonly input: PlainObject;
}

/** examples/demo of the checkout, from here or from dist/dev. */
const folder = ((here) => (here.endsWith(join("dist", "dev")) ? join(here, "../../examples/demo") : here))(
	dirname(fileURLToPath(import.meta.url)),
);

const text = readFileSync(join(folder, "policy.rego"), "utf8");
const requests = readFileSync(join(folder, "requests.jsonl"), "utf8")
	.split("\n")
	.filter((line) => line !== "")
	.map((line) => parseJson(line) as unknown as Recorded);

const started = performance.now();
const policy = compile({ "policy.rego": text }, { regoVersion: "v0" });
const rules = new Map(requests.map((r) => [r.request, policy.rule(`data.agent_policy.${r.request}`)]));
const compiledIn = performance.now() - started;

const rows = requests.map(({ request, note, want, input }) => {
	const rule = rules.get(request) as (input: unknown) => unknown;
	const decision = rule(input);
	return [
		request,
		note,
		decision === true ? "allow" : "deny",
		decidedBy(request, input),
		warm(() => rule(input)),
		decision === want ? "" : "WRONG",
	];
});

console.log(`policy.rego compiled in ${compiledIn.toFixed(1)} ms\n`);
printTable(["request", "what it asks for", "decision", "decided by", "µs", ""], rows);
const generated = await decideGenerated(join(folder, "genpolicy"));
printTable(
	["what it asks for", "decision", ""],
	generated.map(({ note, decision, isWanted }) => [note, decision, isWanted ? "" : "WRONG"]),
);
const wrong = rows.filter((r) => r[5] !== "").length + generated.filter((g) => !g.isWanted).length;
console.log(`\n${rows.length + generated.length - wrong} passed, ${wrong} failed, 0 skipped`);
process.exitCode = wrong === 0 ? 0 : 1;

/** The first definition of the rule that succeeds on its own; where none does, the default. */
function decidedBy(request: string, input: PlainObject): string {
	const { value: module } = parseModule(new Source("policy.rego", text), { regoVersion: "v0" });
	if (module === undefined) return "nothing";
	const isOurs = (rule: Module["rules"][number]): boolean => {
		const head = rule.head.ref.terms[0];
		return head?.kind === "var" && head.name === request;
	};
	for (const definition of module.rules.filter((r) => isOurs(r) && !r.default)) {
		const alone = { ...module, rules: module.rules.filter((r) => !isOurs(r) || r === definition) };
		if (compile([alone]).rule(`data.agent_policy.${request}`)(input) === undefined) continue;
		return `rule at line ${module.source.row(definition.start)}`;
	}
	const fallback = module.rules.find((r) => isOurs(r) && r.default);
	return fallback === undefined ? "nothing" : `default at line ${module.source.row(fallback.start)}`;
}

/** Microseconds of one decision, the median of many. */
function warm(decide: () => unknown): string {
	for (let i = 0; i < 2000; i++) decide();
	const samples: number[] = [];
	for (let i = 0; i < 21; i++) {
		const start = performance.now();
		for (let k = 0; k < 100; k++) decide();
		samples.push((performance.now() - start) * 10);
	}
	samples.sort((a, b) => a - b);
	return (samples[10] as number).toFixed(2);
}

function printTable(header: readonly string[], body: readonly (readonly string[])[]): void {
	const widths = header.map((h, i) => Math.max(h.length, ...body.map((r) => (r[i] ?? "").length)));
	const line = (cells: readonly string[]): string =>
		cells
			.map((c, i) => (i === 4 ? c.padStart(widths[i] as number) : c.padEnd(widths[i] as number)))
			.join("  ")
			.trimEnd();
	console.log(line(header));
	console.log(line(widths.map((w) => "-".repeat(w))));
	for (const row of body) console.log(line(row));
}
