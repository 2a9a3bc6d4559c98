/** A manifest's policies with settings and rules of the project's own, and images that are only said. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Generated, type GenerateOptions, generatePolicies } from "../../src/genpolicy/generate.ts";
import { type Image, type ImageConfig, ImageError, type ImageSource } from "../../src/genpolicy/image/image.ts";
import { parseSettings, type Settings } from "../../src/genpolicy/settings/settings.ts";

const folder = join(import.meta.dirname, "../../examples/demo/genpolicy");

export const rules: string = readFileSync(join(folder, "rules.rego"), "utf8");
export const settingsText: string = readFileSync(join(folder, "settings.json"), "utf8");

/** With patches, each `{path, value}`. */
export function settings(
	...patches: readonly { readonly op?: string; readonly path: string; readonly value: unknown }[]
): Settings {
	const ops = patches.map((p) => ({ op: "replace", ...p }));
	return parseSettings({ name: "settings.json", text: settingsText }, [{ name: "patch", text: JSON.stringify(ops) }]);
}

/** Of settings where nothing is said of users: the host pulls. */
export const hostPull: Settings = settings({ path: "/cluster_config/guest_pull", value: false });

export interface SaidImage {
	readonly config?: Partial<ImageConfig>;
	readonly passwd?: string;
	readonly group?: string;
	/** What Kata's generator sees, where that is something else. */
	readonly kata?: { readonly passwd?: string; readonly group?: string };
	readonly digest?: string;
}

const plain: ImageConfig = {
	architecture: "amd64",
	os: "linux",
	User: undefined,
	Env: undefined,
	Entrypoint: undefined,
	Cmd: undefined,
	WorkingDir: undefined,
	Tty: undefined,
	Volumes: [],
	Labels: new Map(),
};

export function saidImage(reference: string, said: SaidImage = {}): Image {
	const { config, passwd, group, digest } = said;
	const kata = said.kata ?? { passwd, group };
	return {
		reference,
		name: reference,
		repository: reference.replace(/:[^/]*$/, ""),
		digest,
		manifestDigest: digest,
		config: { ...plain, ...config },
		layers: [],
		accounts: { passwd, group },
		kataAccounts: { passwd: kata.passwd, group: kata.group },
		notes: [],
	};
}

/** Every image is there, most of them bare. */
export function saidImages(images: Readonly<Record<string, SaidImage>> = {}): ImageSource {
	return {
		open: async (reference) => {
			if (reference.startsWith("missing")) throw new ImageError("not-found", "is nowhere", "Put it somewhere.");
			return saidImage(reference, images[reference.replace(/@sha256:.*/, "")]);
		},
	};
}

export async function generate(yaml: string, options: Partial<GenerateOptions> = {}): Promise<Generated> {
	return await generatePolicies(yaml, {
		settings: hostPull,
		rules,
		images: saidImages(),
		file: "pod.yaml",
		...options,
	});
}

/** A pod of one container. `more` are lines of the container, `spec` of the pod's, indented as they have to be. */
export function pod(more = "", spec = ""): string {
	return `apiVersion: v1
kind: Pod
metadata:
  name: p
spec:
${spec}  containers:
    - name: c
      image: app@sha256:${"0".repeat(64)}
${more}`;
}

/** `line:column code` of every problem. */
export function problems({ diagnostics }: Generated, severity: "error" | "warning" = "error"): readonly string[] {
	return diagnostics.filter((d) => d.severity === severity).map((d) => `${d.line}:${d.column} ${d.code}`);
}

interface PolicyContainer {
	readonly OCI: {
		readonly Process: {
			readonly Args: readonly string[];
			readonly Env: readonly string[];
			readonly Cwd: string;
			readonly User: { readonly UID: number; readonly GID: number; readonly AdditionalGids: readonly number[] };
		};
		readonly Mounts: readonly { readonly destination: string; readonly source: string }[];
		readonly Annotations: Readonly<Record<string, string>>;
	};
	readonly storages: readonly { readonly driver: string; readonly source: string }[];
}

/** The last container of the first policy. */
export function container(generated: Generated): PolicyContainer {
	const data: { containers: PolicyContainer[] } = JSON.parse(generated.documents[0]?.policyData ?? '{"containers":[]}');
	const last = data.containers.at(-1);
	if (last === undefined) throw new Error(JSON.stringify(generated.diagnostics));
	return last;
}
