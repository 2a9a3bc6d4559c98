/**
 * The documents of a manifest, read for their policies. In: a file's text. Out: its documents with their workloads and
 * problems; the ConfigMaps and Secrets of all files are gathered for the values of variables.
 */
import type { Configs } from "./derive/env.ts";
import type { SourceText } from "./place.ts";
import { type Diagnostic, Problems } from "./problem.ts";
import { ReadBudget } from "./tree/read.ts";
import { parseDocuments, type YamlDocument, YamlSyntaxError } from "./tree/yaml.ts";
import { filteredKinds } from "./workload/fields.ts";
import { addResources, type ConfigValues, type Workload } from "./workload/resources.ts";

/** A document on its way to policies. */
export interface Source {
	readonly text: SourceText;
	readonly document: YamlDocument;
	readonly problems: Problems;
	readonly workloads: readonly Workload[];
}

export interface ReadManifestOptions {
	readonly silentUnsupportedFields?: boolean;
	readonly runtimeClassNames?: readonly string[];
}

export class ManifestReader {
	private readonly options: ReadManifestOptions;
	/** What is wrong with the whole file: it is no YAML. */
	private readonly diagnostics: Diagnostic[];
	private readonly configMaps: ConfigValues[] = [];
	private readonly secrets: ConfigValues[] = [];

	constructor(options: ReadManifestOptions, diagnostics: Diagnostic[]) {
		this.options = options;
		this.diagnostics = diagnostics;
	}

	/** ConfigMaps and Secrets of all files that have been read. */
	get configs(): Configs {
		return { configMaps: this.configMaps, secrets: this.secrets };
	}

	read(text: SourceText): readonly Source[] {
		const { configMaps, secrets } = this;
		const budget = new ReadBudget();
		return this.parse(text).map((document) => {
			const problems = new Problems();
			const workloads: Workload[] = [];
			addResources(document.tree, { workloads, configMaps, secrets }, problems, {
				silentUnsupportedFields: this.options.silentUnsupportedFields === true,
				budget,
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
		if (filteredKinds.includes(workload.kind) && workload.path.length === 0) return false;
		problems.warn(
			"not-filtered",
			[...workload.templatePath, "spec"],
			`the ${workload.kind} gets a policy though its runtime class is none of those asked for: Kata's generator filters ${filteredKinds.join(", ")} outside of Lists only`,
		);
		return true;
	}
}
