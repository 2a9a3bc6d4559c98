/**
 * From a Kubernetes manifest to the policies that guard its pods: reads the documents, opens their images, derives
 * what the rules compare, and writes each policy into the manifest. In: the manifest's text, settings, rules, a source
 * of images. Out: the policies, the manifest with its annotations, and every problem with its place.
 */

import { annotationLimit } from "../agent/manifests/names.ts";
import { toHex } from "../agent/policy/digest.ts";
import { readInitdata } from "../agent/policy/initdata.ts";
import {
	type InitdataContent,
	initdataAnnotationValue,
	initdataDigest,
	writeInitdata,
} from "../agent/policy/initdata-text.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";
import { initdataAnnotation } from "../agent/policy/source.ts";
import { at } from "../at.ts";
import { utf8Length } from "../value/utf8.ts";
import type { EditedDocument } from "./annotate/annotate.ts";
import { annotateAll, attempted } from "./annotate/annotate-all.ts";
import { applyEdits, type Edit } from "./annotate/edits.ts";
import { contextEdits, pinEdit } from "./annotate/prepare.ts";
import type { Written } from "./annotate/verify.ts";
import { containersOf, derivePolicyData } from "./derive/derive.ts";
import type { Configs } from "./derive/env.ts";
import { isPinned, pinned, pinningRules } from "./derive/pin-images.ts";
import type { PolicyData } from "./derive/policy-data.ts";
import { printData } from "./derive/print-data.ts";
import type { Image, ImageSource } from "./image/image.ts";
import { ManifestReader, type Source } from "./manifest.ts";
import { openImages } from "./open-images.ts";
import { diagnosticsOf, limited, SourceText } from "./place.ts";
import { type Diagnostic, fieldText, type Path, Problems, quote } from "./problem.ts";
import type { Settings, TextFile } from "./settings/settings.ts";
import type { Workload } from "./workload/resources.ts";

export interface GenerateOptions {
	readonly settings: Settings;
	/** Kata's rules.rego. */
	readonly rules: string;
	readonly images: ImageSource;
	/** The manifest's name in diagnostics. */
	readonly file?: string;
	/** Files of ConfigMaps and Secrets, for the values of variables. */
	readonly configs?: readonly TextFile[];
	/** Fields that are not known are passed over. */
	readonly silentUnsupportedFields?: boolean;
	/** Only pods whose runtime class begins with one of these get a policy. */
	readonly runtimeClassNames?: readonly string[];
	/** Entries and algorithm of the initdata; `policy.rego` is put in. */
	readonly initdata?: InitdataContent;
	/**
	 * Images are written with their digests, and the policy insists on these. The rules are changed for it; Kata's own
	 * accept any image that the guest pulls.
	 */
	readonly pinImages?: boolean;
	/** Security contexts that a guest that pulls images needs are written into the manifest. */
	readonly fixSecurityContext?: boolean;
	/** `policy_data` as Kata's generator makes it, quirks included; otherwise as containers will really be. Default true. */
	readonly strictKata?: boolean;
	readonly signal?: AbortSignal;
	readonly onProgress?: (message: string) => void;
}

/** One policy. */
export interface GeneratedDocument {
	readonly kind: string;
	readonly name: string | undefined;
	readonly namespace: string | undefined;
	/** Where in the manifest the pod template stands: `spec.template` of the document on line 12. */
	readonly path: string;
	readonly line: number;
	/** JSON. */
	readonly policyData: string;
	/** Rego. */
	readonly policy: string;
	/** TOML. */
	readonly initdata: string;
	/** Base64 of gzip of the initdata. */
	readonly annotation: string;
	/** The initdata's digest, by its own algorithm, in hex. */
	readonly digest: string;
	/** The manifest had an annotation with this initdata already. */
	readonly isCurrent: boolean;
}

export interface Generated {
	/** Empty where there is an error. */
	readonly documents: readonly GeneratedDocument[];
	/** The manifest with its annotations; undefined where there is an error. */
	readonly yaml: string | undefined;
	readonly diagnostics: readonly Diagnostic[];
}

const noInitdata: InitdataContent = { version: "0.1.0", algorithm: "sha256", data: new Map() };

export async function generatePolicies(yaml: string, options: GenerateOptions): Promise<Generated> {
	const file = options.file ?? "manifest.yaml";
	const first = await new Generator(new SourceText(file, yaml), options).run();
	if (first.changed === undefined) return first.generated;
	// What has been changed is read again: places are those of the changed manifest.
	const text = new SourceText(file, first.changed);
	return (await new Generator(text, { ...options, fixSecurityContext: false }).run()).generated;
}

interface Run {
	readonly generated: Generated;
	/** The manifest as it has to be first. */
	readonly changed: string | undefined;
}

interface Policy {
	readonly source: Source;
	readonly workload: Workload;
	/** `policy_data`, as it is printed. */
	readonly data: string;
}

/** Each has a policy of some 100 KB. */
const maxPods = 5000;

/** Most text of the `policy_data` of all policies together: images may bring megabytes to each. */
const maxPrinted = 256 << 20;

class Generator {
	private readonly text: SourceText;
	private readonly options: GenerateOptions;
	private readonly diagnostics: Diagnostic[] = [];
	private readonly changes: Edit[] = [];
	private printed = 0;
	/** Undefined where they cannot be changed as they need to be. */
	private readonly rules: string | undefined;

	constructor(text: SourceText, options: GenerateOptions) {
		this.text = text;
		this.options = options;
		this.rules = options.pinImages === true ? pinningRules(options.rules) : options.rules;
	}

	async run(): Promise<Run> {
		this.checkOptions();
		const reader = new ManifestReader(this.options, this.diagnostics);
		const sources = reader.read(this.text);
		const others = (this.options.configs ?? []).flatMap((c) => reader.read(new SourceText(c.name, c.text)));
		if (this.areTooMany(sources)) return this.end([], undefined);
		const images = await this.openImages(sources);
		if (this.options.pinImages === true) this.pin(sources, images);
		const policies = this.derive(sources, reader.configs, images);
		for (const { text, document, problems } of [...sources, ...others])
			this.diagnostics.push(...diagnosticsOf(text, document.tree, problems.list));
		if (this.failed) return this.end([], undefined);
		if (this.changes.length > 0) return this.end([], undefined, this.changed());
		const made = policies.map((policy) => this.document(policy));
		for (const [i, policy] of policies.entries()) this.checkSize(policy, at(made, i).annotation);
		const yaml = this.annotated(sources, policies, made);
		return this.failed ? this.end([], undefined) : this.end(made, yaml);
	}

	private areTooMany(sources: readonly Source[]): boolean {
		const count = sources.reduce((n, { workloads }) => n + workloads.length, 0);
		if (count <= maxPods) return false;
		const message = `${count} pods and templates in one manifest: more than ${maxPods}`;
		this.report("too-many-pods", message, "Split it into several files.");
		return true;
	}

	/** Reports an error about the whole manifest. */
	private report(code: string, message: string, hint: string): void {
		this.diagnostics.push(this.text.diagnostic({ severity: "error", code, path: [], message, hint }, 0));
	}

	private get failed(): boolean {
		return this.diagnostics.some((d) => d.severity === "error");
	}

	private end(documents: readonly GeneratedDocument[], yaml: string | undefined, changed?: string): Run {
		const diagnostics = limited(this.text, this.diagnostics);
		return { generated: { documents, yaml, diagnostics }, changed };
	}

	/** With the changes that the policies need. */
	private changed(): string | undefined {
		return attempted(
			() => applyEdits(this.text.text, this.changes),
			(reason) => this.report("edit", `the manifest cannot be changed: ${reason}`, "Write it out without anchors."),
		);
	}

	private checkOptions(): void {
		const { pinImages, settings } = this.options;
		if (pinImages !== true) return;
		if (!settings.cluster_config.guest_pull)
			this.report(
				"pin-images",
				"images cannot be pinned: by the settings the host hands them in, and what it hands in has no digest that the rules could compare",
				"Pin images where cluster_config.guest_pull is true.",
			);
		else if (this.rules === undefined)
			this.report(
				"pin-images",
				"images cannot be pinned: the rules are not those of Kata Containers at 7c6ba40c54",
				"Take Kata's rules.rego as it is.",
			);
	}

	private async openImages(sources: readonly Source[]): Promise<ReadonlyMap<string, Image>> {
		const uses = sources.flatMap(({ workloads, problems }) =>
			workloads.flatMap((w) =>
				containersOf(w, this.options.settings).map(({ container, path }, i) => ({
					reference: container.image,
					problems,
					path: i === 0 ? path : [...path, "image"],
				})),
			),
		);
		return openImages(uses, this.options.images, this.options);
	}

	/** Images that are written without a digest get it. */
	private pin(sources: readonly Source[], images: ReadonlyMap<string, Image>): void {
		// The pause container's is the guest's own.
		for (const source of sources)
			for (const workload of source.workloads)
				for (const { container, path } of containersOf(workload, this.options.settings).slice(1)) {
					const image = images.get(container.image);
					if (image === undefined || isPinned(container.image)) continue;
					const at = [...path, "image"];
					const { digest } = image;
					if (digest === undefined)
						source.problems.error(
							"pin-images",
							at,
							`image ${quote(container.image)} has no digest where it was found`,
							"Archives of docker save have none: take an OCI layout (skopeo copy) or a registry.",
						);
					else this.change(source, at, (document) => [pinEdit(document, at, pinned(container.image, digest))]);
				}
	}

	private change(source: Source, path: Path, edits: (document: EditedDocument) => readonly Edit[]): void {
		const made = attempted(
			() => edits({ text: this.text.text, ...source.document }),
			(reason) =>
				source.problems.error(
					"edit",
					path,
					`cannot be changed in the manifest: ${reason}`,
					"Write it out without anchors.",
				),
		);
		this.changes.push(...(made ?? []));
	}

	private derive(sources: readonly Source[], configs: Configs, images: ReadonlyMap<string, Image>): readonly Policy[] {
		const { settings, strictKata, pinImages } = this.options;
		return sources.flatMap((source) =>
			source.workloads.flatMap((workload) => {
				// It has been said that this is too much: none of it will be written.
				if (this.printed > maxPrinted) return [];
				const problems = new Problems();
				const { policyData, fixes } = derivePolicyData({
					workload,
					images,
					settings,
					configs,
					pinImages: pinImages === true,
					strict: strictKata !== false,
					problems,
				});
				const fixing = this.options.fixSecurityContext === true && fixes.length > 0;
				const spec = [...workload.templatePath, "spec"];
				if (fixing) this.change(source, spec, (document) => contextEdits(document, spec, fixes));
				for (const p of problems.list) if (!(fixing && p.code === "guest-pull")) source.problems.add(p);
				return policyData === undefined ? [] : this.policy(source, workload, policyData);
			}),
		);
	}

	/** Printed at once, and no more than there is room for. */
	private policy(source: Source, workload: Workload, made: PolicyData): readonly Policy[] {
		const data = printData(made);
		this.printed += data.length;
		if (this.printed <= maxPrinted) return [{ source, workload, data }];
		const message = `the policies of one manifest come to more than ${maxPrinted >> 20} MiB`;
		this.report("too-large", message, "Split it into several files; are the images what they should be?");
		return [];
	}

	private document({ source, workload, data: policyData }: Policy): GeneratedDocument {
		const { rules } = this;
		const { version, algorithm, data: entries } = this.options.initdata ?? noInitdata;
		const policy = (): string => `${rules ?? ""}\npolicy_data := ${policyData}`;
		const content = (): InitdataContent => ({
			version,
			algorithm,
			data: new Map([...entries, ["policy.rego", policy()]]),
		});
		const initdata = writeInitdata(content());
		const digest = toHex(initdataDigest(initdata, algorithm));
		return {
			kind: workload.kind,
			name: workload.metadata.name,
			namespace: workload.metadata.namespace,
			path: fieldText(workload.templatePath),
			line: source.text.position(source.document.tree.start).line,
			policyData,
			// Not kept: the rules, which are most of them, are the same for all.
			get policy(): string {
				return policy();
			},
			get initdata(): string {
				return writeInitdata(content());
			},
			annotation: initdataAnnotationValue(initdata),
			digest,
			isCurrent: digest === digestOf(workload.podMetadata?.annotations?.get(initdataAnnotation)),
		};
	}

	private checkSize({ source, workload }: Policy, annotation: string): void {
		const others = [...(workload.podMetadata?.annotations ?? [])].filter(([key]) => key !== initdataAnnotation);
		const size = [...others.flat(), initdataAnnotation, annotation].reduce((sum, s) => sum + utf8Length(s), 0);
		if (size <= annotationLimit) return;
		this.late(source, (problems) =>
			problems.warn(
				"annotation-size",
				[...workload.templatePath, "metadata"],
				`the annotations come to ${size} bytes, and Kubernetes takes ${annotationLimit}: it will refuse the pod`,
				"Shorten arguments and variables; what comes from a ConfigMap or Secret may be mounted as a volume.",
			),
		);
	}

	private annotated(
		sources: readonly Source[],
		policies: readonly Policy[],
		made: readonly GeneratedDocument[],
	): string | undefined {
		const owners = new Map<Written, Policy>();
		for (const [i, policy] of policies.entries()) {
			const { annotation, isCurrent } = at(made, i);
			// Gzip may pack the same in other bytes.
			if (isCurrent) continue;
			const place = { document: sources.indexOf(policy.source), path: policy.workload.templatePath };
			owners.set({ ...place, key: initdataAnnotation, value: annotation }, policy);
		}
		const documents = sources.map((s) => s.document);
		return annotateAll(this.text.text, documents, [...owners.keys()], (annotation, reason) => {
			const owner = annotation === undefined ? undefined : owners.get(annotation);
			const message = `the annotation cannot be written: ${reason}`;
			const hint = "Write the metadata out without anchors.";
			if (owner === undefined) this.report("annotation-place", message, hint);
			else
				this.late(owner.source, (problems) =>
					problems.error("annotation-place", owner.workload.templatePath, message, hint),
				);
		});
	}

	/** Of a document whose problems have been told. */
	private late(source: Source, add: (problems: Problems) => void): void {
		const problems = new Problems();
		add(problems);
		this.diagnostics.push(...diagnosticsOf(source.text, source.document.tree, problems.list));
	}
}

/** The digest of the initdata in an annotation; undefined where that is none. */
function digestOf(annotation: string | undefined): string | undefined {
	if (annotation === undefined) return undefined;
	try {
		return toHex(readInitdata(Buffer.from(annotation.trim(), "base64")).digest);
	} catch (e) {
		if (e instanceof PolicyLoadError) return undefined;
		throw e;
	}
}
