/**
 * From a Kubernetes manifest to the policies that guard its pods: reads the documents, opens their images, derives
 * what the rules compare, and writes each policy into the manifest. In: the manifest's text, settings, rules, a source
 * of images. Out: the policies, the manifest with its annotations, and every problem with its place.
 */

import { toHex } from "../agent/policy/digest.ts";
import { initdataAnnotation } from "../agent/policy/source.ts";
import { at } from "../at.ts";
import { AnnotateError, annotationEdit } from "./annotate/annotate.ts";
import { applyEdits, type Edit } from "./annotate/edits.ts";
import { isAnnotated, type Written } from "./annotate/verify.ts";
import {
	type InitdataContent,
	initdataAnnotationValue,
	initdataDigest,
	initdataText,
} from "./annotate/write-initdata.ts";
import { containersOf, derivePolicyData } from "./derive/derive.ts";
import type { Configs } from "./derive/env.ts";
import type { PolicyData } from "./derive/policy-data.ts";
import { printData } from "./derive/print-data.ts";
import type { ImageSource } from "./image/image.ts";
import { openImages } from "./open-images.ts";
import { diagnosticsOf, SourceText } from "./place.ts";
import { type Diagnostic, fieldText, type Path, Problems } from "./problem.ts";
import type { Settings, TextFile } from "./settings/settings.ts";
import { parseDocuments, type YamlDocument, YamlSyntaxError } from "./tree/yaml.ts";
import { filteredKinds } from "./workload/fields.ts";
import { addResources, type Resources, type Workload } from "./workload/resources.ts";

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
	/** Of the initdata, by its algorithm, in hex. */
	readonly digest: string;
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
	return new Generator(new SourceText(options.file ?? "manifest.yaml", yaml), options).run();
}

/** A document on its way to policies. */
interface Source {
	readonly text: SourceText;
	readonly document: YamlDocument;
	readonly problems: Problems;
	readonly workloads: readonly Workload[];
}

interface Policy {
	readonly source: Source;
	readonly workload: Workload;
	readonly data: PolicyData;
}

class Generator {
	private readonly text: SourceText;
	private readonly options: GenerateOptions;
	private readonly diagnostics: Diagnostic[] = [];

	constructor(text: SourceText, options: GenerateOptions) {
		this.text = text;
		this.options = options;
	}

	async run(): Promise<Generated> {
		const configs: { configMaps: Resources["configMaps"]; secrets: Resources["secrets"] } = {
			configMaps: [],
			secrets: [],
		};
		const sources = this.read(this.text, configs);
		const others = (this.options.configs ?? []).flatMap((c) => this.read(new SourceText(c.name, c.text), configs));
		const policies = await this.derive(sources, configs);
		for (const { text, document, problems } of [...sources, ...others])
			this.diagnostics.push(...diagnosticsOf(text, document.tree, problems.list));
		const failed = (): boolean => this.diagnostics.some((d) => d.severity === "error");
		if (failed()) return this.end([], undefined);
		const made = policies.map((policy) => this.document(policy));
		const yaml = this.annotated(sources, policies, made);
		return failed() ? this.end([], undefined) : this.end(made, yaml);
	}

	private end(documents: readonly GeneratedDocument[], yaml: string | undefined): Generated {
		return { documents, yaml, diagnostics: this.diagnostics };
	}

	/** The documents of a file; their ConfigMaps and Secrets are added to the others. */
	private read(text: SourceText, configs: Pick<Resources, "configMaps" | "secrets">): readonly Source[] {
		const documents = this.parse(text);
		return documents.map((document) => {
			const problems = new Problems();
			const workloads: Workload[] = [];
			addResources(document.tree, { workloads, ...configs }, problems, {
				silentUnsupportedFields: this.options.silentUnsupportedFields === true,
			});
			return { text, document, problems, workloads: workloads.filter((w) => this.isWanted(w, problems)) };
		});
	}

	private parse(text: SourceText): readonly YamlDocument[] {
		const report = (severity: "error" | "warning", offset: number, message: string, hint?: string): void => {
			const problem = { severity, code: "yaml", path: [], message };
			this.diagnostics.push(text.diagnostic(hint === undefined ? problem : { ...problem, hint }, offset));
		};
		try {
			return parseDocuments(text.text, ({ offset, message }) => report("warning", offset, message));
		} catch (e) {
			if (!(e instanceof YamlSyntaxError)) throw e;
			report("error", e.offset, e.message, e.hint);
			return [];
		}
	}

	private isWanted(workload: Workload, problems: Problems): boolean {
		const prefixes = this.options.runtimeClassNames ?? [];
		if (prefixes.length === 0) return true;
		const name = workload.podSpec.runtimeClassName ?? "";
		if (prefixes.some((p) => name.startsWith(p))) return true;
		if (filteredKinds.includes(workload.kind) && !workload.listed) return false;
		problems.warn(
			"not-filtered",
			[...workload.templatePath, "spec"],
			`the ${workload.kind} gets a policy though its runtime class is none of those asked for: Kata's generator filters ${filteredKinds.join(", ")} outside of Lists only`,
		);
		return true;
	}

	private async derive(sources: readonly Source[], configs: Configs): Promise<readonly Policy[]> {
		const { settings, strictKata } = this.options;
		const uses = sources.flatMap(({ workloads, problems }) =>
			workloads.flatMap((w) =>
				containersOf(w, settings).map(({ container, path }, i) => ({
					reference: container.image,
					problems,
					path: i === 0 ? path : [...path, "image"],
				})),
			),
		);
		const images = await openImages(uses, this.options.images, this.options);
		return sources.flatMap((source) =>
			source.workloads.flatMap((workload) => {
				const { problems } = source;
				const { policyData } = derivePolicyData({
					workload,
					images,
					settings,
					configs,
					strict: strictKata !== false,
					problems,
				});
				return policyData === undefined ? [] : [{ source, workload, data: policyData }];
			}),
		);
	}

	private document({ source, workload, data }: Policy): GeneratedDocument {
		const policyData = printData(data);
		const policy = `${this.options.rules}\npolicy_data := ${policyData}`;
		const content = this.options.initdata ?? noInitdata;
		const initdata = initdataText({ ...content, data: new Map([...content.data, ["policy.rego", policy]]) });
		return {
			kind: workload.kind,
			name: workload.metadata.name,
			namespace: workload.metadata.namespace,
			path: fieldText(workload.templatePath),
			line: source.text.position(source.document.tree.start).line,
			policyData,
			policy,
			initdata,
			annotation: initdataAnnotationValue(initdata),
			digest: toHex(initdataDigest(initdata, content.algorithm)),
		};
	}

	private annotated(
		sources: readonly Source[],
		policies: readonly Policy[],
		made: readonly GeneratedDocument[],
	): string {
		const edits: Edit[] = [];
		const written: Written[] = [];
		for (const [i, { source, workload }] of policies.entries()) {
			const annotation = { path: workload.templatePath, key: initdataAnnotation, value: at(made, i).annotation };
			try {
				edits.push(annotationEdit({ text: this.text.text, ...source.document }, annotation));
				written.push({ document: sources.indexOf(source), ...annotation });
			} catch (e) {
				if (!(e instanceof AnnotateError)) throw e;
				this.cannotAnnotate(source, workload.templatePath, e.message);
			}
		}
		const text = applyEdits(this.text.text, edits);
		const before = sources.map((s) => s.document);
		// Style is the author's, and odd ones exist: what was written is read again.
		if (!isAnnotated(before, readAgain(text), written)) {
			const [source] = sources;
			if (source !== undefined)
				this.cannotAnnotate(source, [], "the manifest is written in a way that is not understood");
		}
		return text;
	}

	private cannotAnnotate(source: Source, path: Path, reason: string): void {
		const problems = new Problems();
		problems.error(
			"annotation-place",
			path,
			`the annotation cannot be written: ${reason}`,
			"Write the metadata out without anchors.",
		);
		this.diagnostics.push(...diagnosticsOf(source.text, source.document.tree, problems.list));
	}
}

function readAgain(text: string): readonly YamlDocument[] {
	try {
		return parseDocuments(text, () => undefined);
	} catch (e) {
		if (e instanceof YamlSyntaxError) return [];
		throw e;
	}
}
