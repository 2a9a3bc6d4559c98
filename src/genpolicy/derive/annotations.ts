/** The annotations that the rules expect of a container: names of the pod, the image and the container. */
import type { WorkloadKind } from "../../agent/manifests/names.ts";
import { initdataAnnotation } from "../../agent/policy/source.ts";
import type { Setting } from "../settings/fields.ts";
import type { Known } from "../workload/fields.ts";
import type { Workload } from "../workload/resources.ts";
import { namespaceOf } from "./env.ts";
import { escapeRegex } from "./path.ts";

export function deriveAnnotations(
	workload: Workload,
	container: Known<"Container">,
	setting: Setting<"Spec">,
	isPause: boolean,
): ReadonlyMap<string, string> {
	const made = new Map(workload.podMetadata?.annotations);
	made.delete(initdataAnnotation);
	const addAbsent = (key: string, value: string): void => {
		if (!made.has(key)) made.set(key, value);
	};
	for (const [key, value] of setting.Annotations ?? []) addAbsent(key, value);
	const name = podNamePattern(workload);
	if (name !== undefined) addAbsent("io.kubernetes.cri.sandbox-name", `^${name}$`);
	if (!isPause) {
		const { image } = container;
		addAbsent("io.kubernetes.cri.image-name", image.includes(":") ? image : `${image}:latest`);
	}
	made.set("io.kubernetes.cri.sandbox-namespace", namespaceOf(workload));
	if (container.name !== "") addAbsent("io.kubernetes.cri.container-name", container.name);
	if (isPause) {
		const network = workload.podSpec.hostNetwork === true ? "cnitest" : "cni";
		addAbsent("nerdctl/network-namespace", `^/var/run/netns/${network}-${uuid}$`);
	}
	return made;
}

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** What Kubernetes puts behind names to make new ones. */
const suffix = "[bcdfghjklmnpqrstvwxz2456789]+";

/** What each controller calls its pods, behind its own name. */
const podNames: Readonly<Record<WorkloadKind, string>> = {
	Pod: "",
	Deployment: `-${suffix}-${suffix}`,
	DaemonSet: `-${suffix}`,
	ReplicaSet: `-${suffix}`,
	ReplicationController: `-${suffix}`,
	StatefulSet: "-[0-9]+",
	Job: `(-[0-9]+)?-${suffix}`,
	CronJob: `-[0-9]+(-[0-9]+)?-${suffix}`,
};

/** Undefined where the workload has no name: any is allowed. A name stands in the pattern as it is. */
function podNamePattern({ kind, metadata }: Workload): string | undefined {
	const { name, generateName } = metadata;
	if (name === undefined && generateName === undefined) return undefined;
	const own = name ?? `${escapeRegex(generateName ?? "")}${suffix}`;
	return `${own}${podNames[kind]}`;
}
