/**
 * The `Policies` of a manifest from workloads: what Contrast would write. In: workloads, and the entries there were.
 * Out: the entries, and what the author should know or has to mend.
 */
import type { ManifestEntry, ManifestPolicies } from "./manifest.ts";
import { coordinatorRole } from "./names.ts";
import { type Workload, workloadTitle } from "./workloads.ts";

export interface CreatedPolicies {
	readonly policies: ManifestPolicies;
	/** Nothing should be written while there are some. */
	readonly errors: readonly string[];
	readonly warnings: readonly string[];
}

export function createPolicies(workloads: readonly Workload[], before: ManifestPolicies): CreatedPolicies {
	const policies = new Map<string, ManifestEntry>();
	const firstOf = new Map<string, Workload>();
	const errors: string[] = [];
	const warnings: string[] = [];
	for (const w of workloads) {
		const place = `${w.file}: ${workloadTitle(w)}`;
		const refused = whyNot(w);
		if (refused !== undefined) {
			errors.push(`${place}: ${refused}`);
			continue;
		}
		if (w.digest === undefined) continue;
		const unpinned = w.images.filter((i) => !/@sha(?:256|384|512):[0-9a-f]+$/.test(i));
		for (const image of new Set(unpinned))
			warnings.push(`${place}: image ${JSON.stringify(image)} has no digest: its content may change under the policy`);
		if (w.initdata === undefined)
			warnings.push(`${place}: only a policy and no initdata: systems of today measure initdata`);
		const first = firstOf.get(w.digest);
		if (first !== undefined) {
			warnings.push(
				first.name === w.name
					? `${place}: policy hash collision: the same digest as ${first.file}: ${workloadTitle(first)}`
					: `${place}: left out, because it has the same digest as ${first.file}: ${workloadTitle(first)}`,
			);
			continue;
		}
		firstOf.set(w.digest, w);
		policies.set(w.digest, entryOf(w, before));
	}
	const coordinators = [...firstOf.values()].filter((w) => w.role === coordinatorRole);
	if (coordinators.length !== 1) warnings.push(`${coordinators.length} coordinators: Contrast wants exactly one`);
	return { policies, errors, warnings };
}

function whyNot(w: Workload): string | undefined {
	if (w.problem !== undefined) return w.problem;
	if (w.digest === undefined)
		return w.contrast
			? `its runtime class is ${w.runtimeClass}, and it has no policy: run rego agent genpolicy`
			: undefined;
	if (w.initdata !== undefined && w.initdata.algorithm !== "sha256")
		return `its initdata is hashed with ${w.initdata.algorithm}: manifests of Contrast have digests of sha256 only`;
	if (w.role !== undefined && w.role !== coordinatorRole) return `Contrast knows no role ${JSON.stringify(w.role)}`;
	return w.name === "" ? "it has no name" : undefined;
}

/** SANs that were there for the same workload are kept: people edit them. */
function entryOf(w: Workload, before: ManifestPolicies): ManifestEntry {
	const id = w.secretId;
	const same = before.get(w.digest ?? "") ?? only([...before.values()].filter((e) => e.WorkloadSecretID === id));
	return { SANs: same?.SANs ?? [w.name, "*"], WorkloadSecretID: id, Role: w.role };
}

function only<T>(list: readonly T[]): T | undefined {
	return list.length === 1 ? list[0] : undefined;
}
