/** Two policies of an agent compared, as `rego diff` does it. In: their texts. Out: a few lines. */
import { compileEngine, type PolicyEngine } from "../agent/policy/engine.ts";
import { diffPolicies } from "../explain/diff/diff.ts";
import { diffText } from "../explain/diff/text.ts";
import { messageOf } from "../thrown.ts";
import { decisionsOf } from "./diff.ts";

const timeMs = 5_000;

export function comparePolicies(before: string, after: string): string {
	let old: PolicyEngine;
	let now: PolicyEngine;
	try {
		old = compileEngine("old", before, { regoVersion: "auto", data: {} });
		now = compileEngine("new", after, { regoVersion: "auto", data: {} });
	} catch (e) {
		return `it cannot be compared: ${messageOf(e).split("\n", 1)[0]}`;
	}
	return diffText(diffPolicies(old, now, { documents: decisionsOf(old, now), timeMs }));
}
