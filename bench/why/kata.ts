/** The hostile variants of real requests in ../shared/kata that are denied. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { strictBase64 } from "../../src/agent/policy/strict-base64.ts";
import { compile } from "../../src/compile.ts";
import type { Policy } from "../../src/index.ts";
import { getOwn } from "../../src/value/collections.ts";
import { parseJson } from "../../src/value/json.ts";
import { isArray, isObject, isRegoObject, type Value } from "../../src/value/value.ts";
import { changed, type Denied } from "./measure.ts";

/** With the whole policy, which decides, too. */
export interface KataDenied extends Denied {
	readonly policy: Policy<Value>;
}

export function kataDenials(folder: string, take: (i: number) => boolean = () => true): readonly KataDenied[] {
	const out: KataDenied[] = [];
	let n = 0;
	for (const scenario of readdirSync(folder).sort()) {
		const dir = join(folder, scenario);
		if (!existsSync(join(dir, "mutations.jsonl"))) continue;
		const lines = (file: string): Value[] =>
			readFileSync(join(dir, file), "utf8")
				.split("\n")
				.filter((l) => l.trim() !== "")
				.map((l) => parseJson(l));
		const policy = compile(
			{ "policy.rego": readFileSync(join(dir, "policy.rego"), "utf8") },
			// As the gate compiles them.
			{ regoVersion: "v0", data: { pstate: {} }, builtins: strictBase64, values: "rego", inputs: "trusted" },
		);
		const requests = lines("requests.jsonl");
		for (const [i, m] of lines("mutations.jsonl").entries()) {
			if (typeof m !== "object" || m === null || !isObject(m) || isRegoObject(m) || getOwn(m, "want") !== false)
				continue;
			const index = getOwn(m, "request");
			const patch = getOwn(m, "patch");
			const request = typeof index === "number" ? requests[index] : undefined;
			if (request === undefined || !isArray(request) || patch === undefined || !isArray(patch)) continue;
			const [name, original] = request;
			const [op] = patch;
			if (typeof name !== "string" || original === undefined || op === undefined || !take(n++)) continue;
			const field = (k: string): string =>
				typeof op === "object" && op !== null && isObject(op) && !isRegoObject(op) ? String(getOwn(op, k)) : "";
			out.push({
				name: `${scenario} mutation ${i + 1}`,
				policy,
				path: `data.agent_policy.${name}`,
				original,
				input: changed(original, patch),
				change: { op: field("op"), path: field("path") },
			});
		}
	}
	return out;
}
