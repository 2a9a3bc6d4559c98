/**
 * Variables of a container, from `env` and `envFrom`, before `$(NAME)` is looked at. Each is `NAME=value`; one that is
 * there already is not added again. Values of Secrets become part of the policy, and of no message.
 */
import { compareStrings } from "../../value/compare.ts";
import { type Path, type Problems, quote, type Told } from "../problem.ts";
import type { Known } from "../workload/fields.ts";
import type { ConfigValues, Workload } from "../workload/resources.ts";
import { decodeSecret } from "./secret.ts";

export interface Configs {
	readonly configMaps: readonly ConfigValues[];
	/** In base64. */
	readonly secrets: readonly ConfigValues[];
}

export interface EnvSources {
	readonly container: Known<"Container">;
	readonly path: Path;
	readonly workload: Workload;
	readonly configs: Configs;
	readonly problems: Problems;
	/** As Kata's generator does it, or as Kubernetes. */
	readonly strict: boolean;
}

/** Adds the container's variables to those it has from its image. */
export function addVariables(env: string[], sources: EnvSources): void {
	const present = new Set(env);
	const add = (variable: string): void => {
		if (present.has(variable)) return;
		present.add(variable);
		env.push(variable);
	};
	for (const [i, variable] of (sources.container.env ?? []).entries()) {
		const value = new Variable(sources, variable, [...sources.path, "env", i]).value();
		if (value !== undefined) add(`${variable.name}=${value}`);
	}
	for (const [i, from] of (sources.container.envFrom ?? []).entries())
		for (const variable of variablesFrom(from, [...sources.path, "envFrom", i], sources)) add(variable);
}

/** One entry of `env`. */
class Variable {
	private readonly sources: EnvSources;
	private readonly variable: Known<"EnvVar">;
	private readonly path: Path;

	constructor(sources: EnvSources, variable: Known<"EnvVar">, path: Path) {
		this.sources = sources;
		this.variable = variable;
		this.path = path;
	}

	/** Undefined where there is none: with a problem, or because it is optional. */
	value(): string | undefined {
		const { value, valueFrom } = this.variable;
		if (value !== undefined) return value;
		if (valueFrom === undefined) return "";
		const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
		const { configs, strict } = this.sources;
		if (configMapKeyRef !== undefined) {
			const found = keyOf(configs.configMaps, configMapKeyRef);
			if (found !== undefined) return found;
		}
		if (secretKeyRef !== undefined) {
			const found = keyOf(configs.secrets, secretKeyRef);
			if (found !== undefined) return this.decoded(secretKeyRef, found);
		}
		if (fieldRef !== undefined) return this.field(fieldRef.fieldPath);
		if (resourceFieldRef !== undefined) return "$(resource-field)";
		const wanted = configMapKeyRef ?? secretKeyRef;
		if (!strict && wanted?.optional === true) return undefined;
		const kind = configMapKeyRef !== undefined ? "ConfigMap" : "Secret";
		this.missing(kind, wanted, kind === "ConfigMap" ? configs.configMaps : configs.secrets);
		return undefined;
	}

	private decoded({ name, key }: Known<"KeySelector">, encoded: string): string | undefined {
		return decoded(
			`key ${quote(key)} of Secret ${quote(name ?? "")}`,
			encoded,
			[...this.path, "valueFrom"],
			this.sources,
		);
	}

	private missing(kind: string, wanted: Known<"KeySelector"> | undefined, all: readonly ConfigValues[]): void {
		const variable = `variable ${quote(this.variable.name)}`;
		const { problems } = this.sources;
		if (wanted?.name === undefined) {
			const path = [...this.path, "valueFrom"];
			problems.error(
				"env-source",
				path,
				`${variable}: its source names no object`,
				"Name a ConfigMap or Secret and its key.",
			);
			return;
		}
		const path = [...this.path, "valueFrom", kind === "ConfigMap" ? "configMapKeyRef" : "secretKeyRef"];
		const there = all.some((c) => c.name === wanted.name);
		const optional = wanted.optional === true ? ", though it is optional: Kata's generator wants it" : "";
		const what = there
			? `${variable}: ${kind} ${quote(wanted.name)} has no key ${quote(wanted.key)}${optional}`
			: `${variable}: there is no ${kind} ${quote(wanted.name)}${optional}`;
		problems.error(
			there ? "env-key" : "env-source",
			path,
			what,
			sourceAdvice(kind),
			there ? undefined : missingSource(kind, wanted.name),
		);
	}

	private field(fieldPath: string): string | undefined {
		const { workload, container, strict, problems } = this.sources;
		const pod = workload.podSpec;
		const path = [...this.path, "valueFrom", "fieldRef"];
		switch (fieldPath) {
			case "metadata.name":
				return "$(sandbox-name)";
			case "metadata.namespace":
				return namespaceOf(workload) || "$(sandbox-namespace)";
			case "metadata.uid":
				return "$(pod-uid)";
			case "status.hostIP":
				return "$(host-ip)";
			case "status.podIP":
				return "$(pod-ip)";
			case "spec.nodeName":
				return "$(node-name)";
			case "spec.serviceAccountName": {
				const ofPod = pod.serviceAccountName ?? pod.serviceAccount;
				const kata = container.serviceAccountName ?? "default";
				if (!strict) return ofPod ?? "default";
				if (kata !== (ofPod ?? "default"))
					problems.warn(
						"service-account",
						path,
						`variable ${quote(this.variable.name)}: the policy expects ${quote(kata)}, and the pod will have ${quote(ofPod ?? "default")}`,
						"Kata's generator looks at no serviceAccountName of the pod. With --strict-kata=false the pod's is taken.",
					);
				return kata;
			}
			default:
				return this.labelOrAnnotation(fieldPath, path);
		}
	}

	private labelOrAnnotation(fieldPath: string, path: Path): string | undefined {
		const { workload, problems } = this.sources;
		const [, kind, key] = /^metadata\.(annotations|labels)\['(.*)'\]$/s.exec(fieldPath) ?? [];
		const variable = `variable ${quote(this.variable.name)}`;
		if (kind === "annotations" && key !== undefined) {
			const value = workload.podMetadata?.annotations?.get(key);
			if (value !== undefined) return value;
			problems.warn(
				"annotation",
				path,
				`${variable}: the pod has no annotation ${quote(key)}: the policy will not fit what runs`,
			);
			return "$(todo-annotation)";
		}
		const labels = workload.podMetadata?.labels;
		if (kind === "labels" && key !== undefined && labels !== undefined) {
			const value = labels.get(key);
			if (value !== undefined) return value;
			problems.error(
				"label",
				path,
				`${variable}: the pod has no label ${quote(key)}`,
				"Add the label to the pod's metadata.",
			);
			return undefined;
		}
		problems.error(
			"field-reference",
			path,
			`${variable}: unsupported field reference ${quote(fieldPath)}`,
			"Supported are metadata.name, .namespace, .uid, .annotations['…'] and .labels['…'], status.hostIP and .podIP, spec.nodeName and .serviceAccountName.",
		);
		return undefined;
	}
}

export function namespaceOf(workload: Workload): string {
	return workload.metadata.namespace ?? "";
}

/** The value of the first object of the name that has the key. */
function keyOf(all: readonly ConfigValues[], { name, key }: Known<"KeySelector">): string | undefined {
	if (name === undefined) return undefined;
	for (const c of all) {
		const value = c.name === name ? c.data?.get(key) : undefined;
		if (value !== undefined) return value;
	}
	return undefined;
}

/** What one entry of `envFrom` brings, in the order of the keys' bytes. */
function variablesFrom(from: Known<"EnvFrom">, path: Path, sources: EnvSources): readonly string[] {
	const { configs, problems, strict } = sources;
	const kind = from.configMapRef !== undefined ? "ConfigMap" : "Secret";
	const ref = from.configMapRef ?? from.secretRef;
	if (ref === undefined) {
		problems.error("env-source", path, "envFrom names neither a ConfigMap nor a Secret");
		return [];
	}
	const all = kind === "ConfigMap" ? configs.configMaps : configs.secrets;
	const data = all.find((c) => c.name === ref.name)?.data;
	const refPath = [...path, kind === "ConfigMap" ? "configMapRef" : "secretRef"];
	if (data === undefined) {
		if (!strict && ref.optional === true) return [];
		const optional = ref.optional === true ? ", though it is optional: Kata's generator wants it" : "";
		const what = all.some((c) => c.name === ref.name) ? "has no data" : "is not there";
		problems.error(
			"env-source",
			refPath,
			`envFrom: ${kind} ${quote(ref.name)} ${what}${optional}`,
			sourceAdvice(kind),
			missingSource(kind, ref.name),
		);
		return [];
	}
	const prefix = strict ? "" : (from.prefix ?? "");
	if (strict && from.prefix !== undefined && from.prefix !== "")
		problems.warn(
			"env-prefix",
			[...path, "prefix"],
			"envFrom.prefix is ignored by Kata's generator: the policy denies the container's variables",
			"With --strict-kata=false it is followed.",
		);
	return [...data]
		.sort(([a], [b]) => compareStrings(a, b))
		.flatMap(([key, text]) => {
			const what = `key ${quote(key)} of Secret ${quote(ref.name)}`;
			const value = kind === "Secret" ? decoded(what, text, refPath, sources) : text;
			return value === undefined ? [] : [`${prefix}${key}=${value}`];
		});
}

function decoded(what: string, encoded: string, path: Path, { problems }: EnvSources): string | undefined {
	const { text, trouble } = decodeSecret(encoded);
	if (text === undefined)
		problems.error(
			"secret",
			path,
			`${what} ${trouble}`,
			"Values under data are base64 of text. Mount what is no text as a volume.",
		);
	else
		problems.warn(
			"secret-in-policy",
			path,
			`${what} becomes part of the policy: whoever can read the pod's annotations can read it`,
			"Mount the Secret as a volume instead, or use a sealed secret.",
		);
	return text;
}

function sourceAdvice(kind: string): string {
	return `Add the ${kind} to the file, or give its file with --config-file.`;
}

/** All that are missing are one problem: files were not given. */
function missingSource(kind: string, name: string): Told {
	return { subject: "missing-source", also: `${kind} ${quote(name)}` };
}
