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

/** Where the pod's metadata and spec stand. */
export const templatePaths: ReadonlyMap<string, readonly string[]> = new Map([
	["Pod", []],
	...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"].map(
		(kind): [string, readonly string[]] => [kind, ["spec", "template"]],
	),
	["CronJob", ["spec", "jobTemplate", "spec", "template"]],
]);

/** Kubernetes' limit for all annotations of an object, in bytes of keys and values. */
export const annotationLimit: number = 256 << 10;
