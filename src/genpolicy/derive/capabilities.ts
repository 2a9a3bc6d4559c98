/** Capabilities: those of the settings, minus `drop`, plus `add`; a list that is one of the settings' stands for it. */
import type { Settings } from "../settings/settings.ts";
import type { Known } from "../workload/fields.ts";
import type { Capabilities } from "./policy-data.ts";

export function deriveCapabilities(container: Known<"Container">, settings: Settings): Capabilities {
	const { default_caps, privileged_caps } = settings.common;
	const { privileged, capabilities } = container.securityContext ?? {};
	let list: readonly string[] = privileged === true ? privileged_caps : default_caps;
	for (const name of capabilities?.drop ?? []) list = name === "ALL" ? [] : list.filter((c) => c !== `CAP_${name}`);
	for (const name of capabilities?.add ?? []) if (!list.includes(`CAP_${name}`)) list = [...list, `CAP_${name}`];
	if (same(list, default_caps)) list = ["$(default_caps)"];
	else if (same(list, privileged_caps)) list = ["$(privileged_caps)"];
	return { Ambient: [], Bounding: list, Effective: list, Inheritable: [], Permitted: list };
}

function same(a: readonly string[], b: readonly string[]): boolean {
	return a.length === b.length && a.every((x, i) => x === b[i]);
}
