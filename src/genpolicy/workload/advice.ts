/** Ways out for fields that Kata's generator does not know: why they matter, and what can be done. */

const silent =
	"With --silent-unsupported-fields it is passed over: make sure that it changes nothing the policy compares.";

/** By `Object.field`. */
const advice: Readonly<Record<string, string>> = {
	"Container.workingDir":
		"It changes the directory the process starts in, which the policy compares. Set WORKDIR in the image, or change directory in the command: passed over, it gives a policy that denies the container.",
	"Container.resizePolicy": silent,
	"Secret.stringData": "Write the values in base64 under data.",
	"PodSpec.hostPID": "Kata has no support for the host's process namespace. Remove it.",
	"PodSpec.hostIPC": "Kata has no support for the host's IPC namespace. Remove it.",
	"PodSpec.enableServiceLinks":
		"Variables of services are allowed by the settings' allow_env_regex. With --silent-unsupported-fields it is passed over.",
	"PodSpec.automountServiceAccountToken":
		"With --silent-unsupported-fields it is passed over: the policy then allows the token's mount whether it is there or not.",
	"PodSpec.ephemeralContainers": "They are added to a running pod; a policy made before does not know them.",
	"PodSecurityContext.runAsNonRoot":
		"Kubernetes checks it and containers do not see it: with --silent-unsupported-fields it is safe to pass over.",
	"SecurityContext.runAsNonRoot":
		"Kubernetes checks it and containers do not see it: with --silent-unsupported-fields it is safe to pass over.",
	"ObjectMeta.creationTimestamp":
		"Remove what the API server has written: kubectl get shows it, kubectl apply does not need it.",
	"ObjectMeta.resourceVersion":
		"Remove what the API server has written: kubectl get shows it, kubectl apply does not need it.",
	"ObjectMeta.managedFields":
		"Remove what the API server has written: kubectl get shows it, kubectl apply does not need it.",
	"ObjectMeta.ownerReferences":
		"Remove what the API server has written: kubectl get shows it, kubectl apply does not need it.",
};

const volume =
	"Volumes of this kind are not known to Kata's rules. Known are emptyDir, hostPath, persistentVolumeClaim, configMap, secret, azureFile, projected and downwardAPI.";

export function fieldAdvice(object: string, field: string): string {
	if (object === "Volume") return volume;
	if (field === "status")
		return "Remove what the API server has written: kubectl get shows it, kubectl apply does not need it.";
	if (field === "<<") return "Merge keys are not part of YAML 1.2. Write the fields out.";
	return advice[`${object}.${field}`] ?? silent;
}

/** Fields that make another container of it than the policy allows. */
export function changesContainers(object: string, field: string): boolean {
	return ["Container.workingDir", "PodSpec.hostPID", "PodSpec.hostIPC"].includes(`${object}.${field}`);
}
