/**
 * Kata's policies with the requests a shim sent (allow), hostile variants of them (deny), and both
 * kinds of request the agent sees once only: container requests with ids nobody has seen before.
 * Read from ../shared/kata; empty where that folder is absent.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, parseJson, toJson, type Value } from "../../src/index.ts";
import type { BenchCase, Workload } from "./workload.ts";

const root = "../shared/kata";

/** Scenarios whose rules are those of bench/handwritten/kata.ts. */
const handwritten = new Set(["pod-cm1", "pod-exec", "pod-lifecycle", "pod-many-layers", "web"]);

/** Requests that are allowed or denied without looking at them. */
const looking = new Set(["CreateContainerRequest", "CopyFileRequest", "ExecProcessRequest", "CreateSandboxRequest"]);

function kindOf(request: string): string {
	return looking.has(request) ? request.replace("Request", "") : "default-only";
}

export function kataWorkloads(): readonly Workload[] {
	if (!existsSync(root)) return [];
	const out: Workload[] = [];
	for (const name of readdirSync(root).sort()) {
		const dir = join(root, name);
		if (!existsSync(join(dir, "requests.jsonl"))) continue;
		const requests = readFileSync(join(dir, "requests.jsonl"), "utf8").trim().split("\n");
		const outputs = JSON.parse(readFileSync(join(dir, "outputs.json"), "utf8")) as readonly boolean[];
		const parsed = requests.map((line) => parseJson(line) as [string, Value]);
		const cases = parsed.map(([request, input], i): BenchCase => {
			const text = toJson(input);
			const ids = [...new Set(text.match(/\b[0-9a-f]{64}\b/g) ?? [])].filter(
				(id) =>
					text.includes(`k8s.io/${id}`) || text.includes(`sandbox-id":"${id}`) || text.includes(`containers/${id}`),
			);
			return {
				kind: `kata ${kindOf(request)}`,
				path: `data.agent_policy.${request}`,
				input: text,
				want: String(outputs[i]),
				ids,
			};
		});
		const common = {
			modules: { "policy.rego": readFileSync(join(dir, "policy.rego"), "utf8") },
			regoVersion: "v0",
			data: "{}",
			handwritten: handwritten.has(name),
		} as const;
		out.push({ ...common, name: `kata/${name}`, cases: largestFirst(cases), also: ["text", "load"] });
		out.push({
			...common,
			name: `kata-fresh/${name}`,
			cases: cases.filter((c) => (c.ids?.length ?? 0) > 0 && /CreateContainer|CopyFile/.test(c.path)),
			also: ["fresh"],
		});
		// What is written by hand trusts the request's types; hostile ones have others.
		const denied = mutations(dir, parsed);
		if (denied.length > 0) out.push({ ...common, name: `kata-deny/${name}`, cases: denied, handwritten: false });
	}
	return out;
}

/** A load is timed to the first case's decision: then to the one that asks the most of the policy. */
function largestFirst(cases: readonly BenchCase[]): readonly BenchCase[] {
	const first = cases.find((c) => c.kind === "kata CreateContainer" && c.want === "true");
	return first === undefined ? cases : [first, ...cases.filter((c) => c !== first)];
}

/** Requests that must be denied, a few of each scenario. */
function mutations(dir: string, requests: readonly (readonly [string, Value])[]): BenchCase[] {
	const file = join(dir, "mutations.jsonl");
	if (!existsSync(file)) return [];
	const patched = compile({ "patch.rego": "package patch\n\nout := json.patch(input.doc, input.patch)" }).rule(
		"data.patch.out",
	);
	const out: BenchCase[] = [];
	for (const line of readFileSync(file, "utf8").trim().split("\n")) {
		const m = parseJson(line) as { request: number; patch: Value; want: boolean | null };
		const [request, doc] = requests[m.request] as [string, Value];
		const input = patched({ doc, patch: m.patch });
		if (m.want !== false || input === undefined) continue;
		const kind = `kata deny ${kindOf(request)}`;
		out.push({ kind, path: `data.agent_policy.${request}`, input: toJson(input), want: "false" });
		if (out.length >= 60) break;
	}
	return out;
}
