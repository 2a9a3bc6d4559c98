/**
 * The workloads of a manifest, and what each says of its policy: the initdata or policy in its annotations, their
 * digest, and what Contrast calls it by. In: YAML or JSON. Out: one for each object that has pods, in order.
 */
import { policyDigest, toHex } from "../policy/digest.ts";
import { type Initdata, readInitdata } from "../policy/initdata.ts";
import { PolicyLoadError } from "../policy/load-error.ts";
import { readPolicySource } from "../policy/source.ts";
import {
	contrastRuntimeClass,
	initdataAnnotation,
	policyAnnotation,
	roleName,
	secretIdAnnotation,
	templateHashLabel,
	templatePaths,
} from "./names.ts";
import { child, type KubeObject, listAt, objectsOf, textAt } from "./objects.ts";

export interface Workload {
	readonly file: string;
	readonly apiVersion: string;
	readonly kind: string;
	/** `default` where none is written. */
	readonly namespace: string;
	readonly name: string;
	/** What the user wrote, as far as it can be told, where something else has made the pod. */
	readonly owner: { readonly kind: string; readonly name: string } | undefined;
	readonly runtimeClass: string | undefined;
	/** Its runtime class is one of Contrast's. */
	readonly contrast: boolean;
	readonly images: readonly string[];
	readonly role: string | undefined;
	/** What Contrast derives the workload secret from. */
	readonly secretId: string;
	/** An annotation says it; otherwise it is made of the workload's name. */
	readonly secretIdGiven: boolean;
	/** Undefined where there is none, or it cannot be read. */
	readonly initdata: Initdata | undefined;
	/** Rego: out of the initdata, or out of the annotation that came before it. */
	readonly policy: string | undefined;
	/** The initdata's digest by its algorithm, else the policy's SHA-256; in hex. It is what the TEE's report has. */
	readonly digest: string | undefined;
	/** The size of all annotations of the pods; Kubernetes takes 256 KiB. */
	readonly annotationBytes: number;
	/** Why initdata or policy cannot be read. */
	readonly problem: string | undefined;
}

/** Throws ManifestFileError. `file` is for messages. */
export function workloadsOf(text: string, file = "manifest.yaml"): readonly Workload[] {
	return objectsOf(text, file).flatMap((object) => {
		const workload = workloadOf(object);
		return workload === undefined ? [] : [workload];
	});
}

function workloadOf({ file, apiVersion, kind, object }: KubeObject): Workload | undefined {
	const path = templatePaths.get(kind);
	if (path === undefined) return undefined;
	const pod = child(object, ...path);
	const annotations = child(pod, "metadata", "annotations");
	const namespace = textAt(object, "metadata", "namespace") ?? "default";
	const name = textAt(object, "metadata", "name") ?? textAt(object, "metadata", "generateName") ?? "";
	const runtimeClass = textAt(pod, "spec", "runtimeClassName");
	const secretId = textAt(annotations, secretIdAnnotation);
	return {
		file,
		apiVersion,
		kind,
		namespace,
		name,
		owner: ownerOf(object),
		runtimeClass,
		contrast: runtimeClass?.startsWith(contrastRuntimeClass) === true,
		images: ["initContainers", "containers"].flatMap((list) =>
			listAt(pod, "spec", list).flatMap((c) => textAt(c, "image") ?? []),
		),
		role: textAt(annotations, roleName) ?? textAt(pod, "metadata", "labels", roleName),
		secretId:
			secretId ?? [apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`, kind, namespace, name].join("/"),
		secretIdGiven: secretId !== undefined,
		...policyOf(annotations),
		annotationBytes: sizeOf(annotations),
	};
}

type Read = Pick<Workload, "initdata" | "policy" | "digest" | "problem">;

function policyOf(annotations: unknown): Read {
	const nothing: Read = { initdata: undefined, policy: undefined, digest: undefined, problem: undefined };
	const packed = textAt(annotations, initdataAnnotation);
	const encoded = textAt(annotations, policyAnnotation);
	try {
		if (packed !== undefined) {
			const initdata = readInitdata(packed.trim());
			return { ...nothing, initdata, policy: initdata.data.get("policy.rego"), digest: toHex(initdata.digest) };
		}
		if (encoded === undefined) return nothing;
		const { text } = readPolicySource({ annotation: encoded });
		return { ...nothing, policy: text, digest: toHex(policyDigest(text)) };
	} catch (e) {
		if (!(e instanceof PolicyLoadError)) throw e;
		return { ...nothing, problem: e.message };
	}
}

/** A ReplicaSet that a Deployment made is called as the pods say it is. */
function ownerOf(object: unknown): Workload["owner"] {
	const owners = listAt(object, "metadata", "ownerReferences");
	const owner = owners.find((o) => child(o, "controller") === true) ?? owners[0];
	const [kind, name] = [textAt(owner, "kind"), textAt(owner, "name")];
	if (kind === undefined || name === undefined) return undefined;
	const hash = textAt(object, "metadata", "labels", templateHashLabel);
	if (kind === "ReplicaSet" && hash !== undefined && name.endsWith(`-${hash}`))
		return { kind: "Deployment", name: name.slice(0, -hash.length - 1) };
	return { kind, name };
}

function sizeOf(annotations: unknown): number {
	if (typeof annotations !== "object" || annotations === null) return 0;
	return Object.entries(annotations).reduce(
		(sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(typeof value === "string" ? value : ""),
		0,
	);
}

/** For people: `Deployment default/web`, and of a pod whose it is. */
export function workloadTitle({ kind, namespace, name, owner }: Workload): string {
	const title = `${kind} ${namespace}/${name}`;
	return owner === undefined ? title : `${title} (of ${owner.kind} ${owner.name})`;
}
