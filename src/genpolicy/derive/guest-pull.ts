/**
 * Where the guest pulls images itself, the host's runtime does not see the image's users: what the policy expects of a
 * process' user must be said by the manifest. In: the user, the contexts. Out: a security context that would say it.
 */
import type { Known } from "../workload/fields.ts";
import type { User } from "./policy-data.ts";

/** What to add to which security context. */
export interface ContextFix {
	readonly container: { readonly runAsUser?: number; readonly runAsGroup?: number } | undefined;
	/** Of the pod. */
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

/** As YAML to paste. */
export function contextText(name: string, { container, supplementalGroups }: ContextFix): string {
	const lines: string[] = [];
	if (supplementalGroups.length > 0)
		lines.push("securityContext:", `  supplementalGroups: [${supplementalGroups.join(", ")}]`);
	if (container !== undefined) {
		lines.push(
			"containers:",
			`  - name: ${/^[\w.-]+$/.test(name) ? name : JSON.stringify(name)}`,
			"    securityContext:",
		);
		for (const [field, id] of Object.entries(container)) lines.push(`      ${field}: ${id}`);
	}
	return lines.join("\n");
}
