/**
 * Names that Kubernetes, Kata and Contrast give to what is read here. They move from release to release; nothing else
 * of this folder spells one out.
 */
export { initdataAnnotation, policyAnnotation } from "../policy/source.ts";

/** On the pod: the workload secret's id, where it is not made of the workload's name. */
export const secretIdAnnotation = "contrast.edgeless.systems/workload-secret-id";
/** On the pod: `coordinator`. An annotation until 2025, a label since. */
export const roleName = "contrast.edgeless.systems/pod-role";
export const coordinatorRole = "coordinator";
/** What the runtime classes of Contrast's pods begin with. */
export const contrastRuntimeClass = "contrast-cc";
/** On pods of a Deployment's ReplicaSet, whose name ends with it. */
export const templateHashLabel = "pod-template-hash";

const template: readonly string[] = ["spec", "template"];

export type WorkloadKind =
	| "Pod"
	| "Deployment"
	| "StatefulSet"
	| "DaemonSet"
	| "ReplicaSet"
	| "ReplicationController"
	| "Job"
	| "CronJob";

/** Kinds that have pods, and where in them the pods' metadata and spec stand. */
const templates: Readonly<Record<WorkloadKind, readonly string[]>> = {
	Pod: [],
	Deployment: template,
	StatefulSet: template,
	DaemonSet: template,
	ReplicaSet: template,
	ReplicationController: template,
	Job: template,
	CronJob: ["spec", "jobTemplate", "spec", "template"],
};

export const templatePaths: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(templates));

export function isWorkloadKind(kind: string): kind is WorkloadKind {
	return templatePaths.has(kind);
}

/** Kubernetes' limit for all annotations of an object, in bytes of keys and values. */
export const annotationLimit: number = 256 << 10;
