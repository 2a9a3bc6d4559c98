/**
 * Where the guest pulls images itself, the host's runtime does not see the image's users: what the policy expects of a
 * process' user must be said by the manifest. In: the user, the contexts. Out: a security context that would say it.
 */
import { type Path, some } from "../problem.ts";
import type { Known } from "../workload/fields.ts";
import type { User } from "./policy-data.ts";

/** What to add to which security context. */
export interface ContextFix {
	readonly container: { readonly runAsUser?: number; readonly runAsGroup?: number } | undefined;
	/** Groups for the pod's security context. */
	readonly supplementalGroups: readonly number[];
}

/** Undefined where nothing is missing. */
export function missingContext(
	user: User,
	pod: Known<"PodSecurityContext"> | undefined,
	container: Known<"SecurityContext"> | undefined,
): ContextFix | undefined {
	const missingUid = user.UID !== 0 && (container?.runAsUser ?? pod?.runAsUser) !== user.UID;
	const missingGid = user.GID !== 0 && (container?.runAsGroup ?? pod?.runAsGroup) !== user.GID;
	const said = new Set([user.GID, ...(pod?.supplementalGroups ?? [])]);
	if (pod?.fsGroup !== undefined) said.add(pod.fsGroup);
	const supplementalGroups = user.AdditionalGids.filter((g) => !said.has(g));
	if (!missingUid && !missingGid && supplementalGroups.length === 0) return undefined;
	const ids = {
		...(user.UID === 0 ? {} : { runAsUser: user.UID }),
		...(user.GID === 0 ? {} : { runAsGroup: user.GID }),
	};
	return { container: missingUid || missingGid ? ids : undefined, supplementalGroups };
}

interface PlacedFix extends ContextFix {
	readonly path: Path;
	readonly name: string;
}

/** As YAML to paste into the pod's specification. */
export function contextText(fixes: readonly PlacedFix[], pod: Known<"PodSecurityContext"> | undefined): string {
	const lines: string[] = [];
	const groups = new Set(fixes.flatMap((f) => f.supplementalGroups));
	if (groups.size > 0) {
		const all = [...(pod?.supplementalGroups ?? []), ...[...groups].sort((a, b) => a - b)];
		lines.push("securityContext:", `  supplementalGroups: [${some(all, 64)}]`);
	}
	for (const list of ["initContainers", "containers"]) {
		const own = fixes.filter(({ container, path }) => container !== undefined && path.includes(list));
		if (own.length > 0) lines.push(`${list}:`);
		for (const { name, container } of own) {
			lines.push(`  - name: ${/^[\w.-]+$/.test(name) ? name : JSON.stringify(name)}`, "    securityContext:");
			for (const [field, id] of Object.entries(container ?? {})) lines.push(`      ${field}: ${id}`);
		}
	}
	return lines.join("\n");
}
