/**
 * Whether workloads and a manifest say the same: those of files, or the pods that an API server tells of. In: both.
 * Out: a finding for each workload, and for each entry that has none.
 */
import type { ManifestEntry, ManifestPolicies } from "./manifest.ts";
import { type Workload, workloadTitle } from "./workloads.ts";

export type FindingStatus =
	| "ok"
	| "not in manifest"
	| "other digest"
	| "wrong secret id"
	| "wrong role"
	| "SAN lost"
	| "unreadable"
	| "no policy"
	| "no workload";

export interface Finding {
	readonly status: FindingStatus;
	readonly digest: string | undefined;
	/** Undefined for an entry that has none. */
	readonly workload: Workload | undefined;
	/** One line. */
	readonly detail: string;
	/** The digest that the manifest has for a workload of this name. */
	readonly wanted?: string;
}

/** Workloads that are not confidential have no findings. */
export function verifyPolicies(workloads: readonly Workload[], policies: ManifestPolicies): readonly Finding[] {
	const used = new Set<string>();
	const ids = new Set(workloads.map((w) => w.secretId));
	const findings = workloads.flatMap((w) => {
		const finding = findingOf(w, policies, ids);
		if (finding?.digest !== undefined && policies.has(finding.digest)) used.add(finding.digest);
		if (finding?.wanted !== undefined) used.add(finding.wanted);
		return finding === undefined ? [] : [finding];
	});
	const left = [...policies].filter(([digest]) => !used.has(digest));
	return [
		...findings,
		...left.map(([digest, entry]): Finding => {
			const detail = `the manifest has ${entryTitle(entry)}, and no workload has its digest`;
			return { status: "no workload", digest, workload: undefined, detail };
		}),
	];
}

/** `ids` are the secret ids of all workloads that are given. */
function findingOf(workload: Workload, policies: ManifestPolicies, ids: ReadonlySet<string>): Finding | undefined {
	const { digest, problem, contrast, runtimeClass } = workload;
	const found = (status: FindingStatus, detail: string): Finding => ({ status, digest, workload, detail });
	if (problem !== undefined) return found("unreadable", problem);
	if (digest === undefined)
		return contrast ? found("no policy", `its runtime class is ${runtimeClass}, and it has no policy`) : undefined;
	const entry = policies.get(digest);
	if (entry === undefined) {
		const named = [...policies].find(([, e]) => isOf(e, workload, ids));
		if (named === undefined) return found("not in manifest", "no entry has its digest, and none its name");
		return { ...found("other digest", `the manifest has ${named[0]} for ${entryTitle(named[1])}`), wanted: named[0] };
	}
	return mismatch(workload, entry, found) ?? found("ok", entryTitle(entry));
}

function mismatch(
	w: Workload,
	entry: ManifestEntry,
	found: (status: FindingStatus, detail: string) => Finding,
): Finding | undefined {
	const id = w.secretIdGiven || w.owner === undefined ? w.secretId : undefined;
	// Entries without an id have no workload secret; that is the author's to decide.
	if (id !== undefined && entry.WorkloadSecretID !== undefined && entry.WorkloadSecretID !== id)
		return found("wrong secret id", `it is ${id}, and ${entry.WorkloadSecretID} in the manifest`);
	if (w.role !== entry.Role)
		return found("wrong role", `it is ${w.role ?? "none"}, and ${entry.Role ?? "none"} in the manifest`);
	const name = w.owner?.name ?? w.name;
	if (!entry.SANs.includes(name))
		return found("SAN lost", `${JSON.stringify(name)} is not among ${JSON.stringify(entry.SANs).slice(0, 200)}`);
	return undefined;
}

/** Whether an entry was made for the workload, its digest aside. */
function isOf(entry: ManifestEntry, w: Workload, ids: ReadonlySet<string>): boolean {
	const id = entry.WorkloadSecretID;
	if (id === w.secretId) return true;
	// Several kinds may share a name.
	return entry.SANs[0] === (w.owner?.name ?? w.name) && (id === undefined || !ids.has(id));
}

export function entryTitle(entry: ManifestEntry): string {
	return entry.WorkloadSecretID ?? entry.SANs[0] ?? "an entry without names";
}

/** What failed, for exit codes. */
export function isVerified(findings: readonly Finding[]): boolean {
	return findings.every((f) => f.status === "ok");
}

export function findingTitle(f: Finding): string {
	return f.workload === undefined ? "-" : workloadTitle(f.workload);
}
