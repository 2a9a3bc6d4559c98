/** Compiles a policy ahead of a gate's start: the file that kept-plans.ts reads. */
import { version } from "../../version.ts";
import { policyDigest, toHex } from "./digest.ts";
import { planEngine, type RegoVersion } from "./engine.ts";
import { type KeptPlan, planFile } from "./kept-plans.ts";

/** `name` is what prints say they are from. Throws RegoErrors where the policy does not compile. */
export function writePlan(
	name: string,
	text: string,
	regoVersion: RegoVersion,
): { readonly name: string; readonly text: string } {
	const digest = toHex(policyDigest(text));
	const planned = planEngine(name, text, { regoVersion, data: { pstate: {} } });
	const kept: KeptPlan = { version, policy: digest, regoVersion, ...planned };
	return { name: planFile(digest), text: JSON.stringify(kept) };
}
