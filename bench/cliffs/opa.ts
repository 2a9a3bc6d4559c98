/** The real `opa`, as far as it is at hand: its answer to a workload, and the time its evaluation took. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Value } from "../../src/index.ts";
import type { Workload } from "./cliff.ts";

/** The binary to compare with: the one given, or `opa` on the path; undefined where there is none. */
export function findOpa(given: string | undefined): string | undefined {
	const name = given ?? process.env["OPA"] ?? "opa";
	const found = spawnSync(name, ["version"], { encoding: "utf8" });
	if (found.status === 0) return name;
	if (given !== undefined) throw new Error(`${given} does not answer to "version"`);
	return undefined;
}

export interface OpaAnswer {
	readonly value: Value | undefined;
	/** The quickest of a few evaluations, each of a fresh query. */
	readonly ms: number;
}

interface Output {
	readonly result?: readonly { readonly expressions: readonly { readonly value: Value }[] }[];
	readonly aggregated_metrics?: { readonly [name: string]: { readonly min: number } };
}

/** What the time is of: evaluation; a query from its text, where the policy is ready; or all from the policy's text on. */
export type Span = "evaluation" | "query" | "all";

const timers: { readonly [span in Span]: readonly string[] } = {
	evaluation: ["query_eval"],
	query: ["query_parse", "query_compile", "query_eval"],
	all: ["module_parse", "module_compile", "query_parse", "query_compile", "query_eval"],
};

export function askOpa(opa: string, w: Workload, count: number, span: Span): OpaAnswer {
	const folder = mkdtempSync(join(tmpdir(), "regoplan-cliff-"));
	try {
		writeFileSync(join(folder, "policy.rego"), w.policy);
		writeFileSync(join(folder, "data.json"), JSON.stringify(w.data ?? {}));
		const args = ["eval", "--format", "json", "--metrics", "--count", String(count)];
		args.push("-d", join(folder, "policy.rego"), "-d", join(folder, "data.json"));
		if (w.isV0 === true) args.push("--v0-compatible");
		if (w.input !== undefined) {
			writeFileSync(join(folder, "input.json"), JSON.stringify(w.input));
			args.push("-i", join(folder, "input.json"));
		}
		const text = execFileSync(opa, [...args, w.query ?? "data.t.q"], { encoding: "utf8", maxBuffer: 1 << 28 });
		const output = JSON.parse(text) as Output;
		const times = timers[span].map((t) => output.aggregated_metrics?.[`timer_rego_${t}_ns`]?.min ?? Number.NaN);
		const ns = times.reduce((a, b) => a + b);
		if (Number.isNaN(ns)) throw new Error(`opa eval did not tell its times: ${text.slice(0, 500)}`);
		return { value: output.result?.[0]?.expressions[0]?.value, ms: ns / 1e6 };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
