/**
 * What the documents of a manifest are for a policy: workloads whose pods get one, ConfigMaps and Secrets whose values
 * go into environments, and everything else, which stays as it is. In: a document's tree. Out: these, with problems.
 */
import { isWorkloadKind, templatePaths, type WorkloadKind } from "../../agent/manifests/names.ts";
import { fieldText, type Path, type Problems, quote } from "../problem.ts";
import { type ReadBudget, readShape } from "../tree/read.ts";
import type { Shaped } from "../tree/shape.ts";
import { type Tree, textOf } from "../tree/tree.ts";
import { changesContainers, fieldAdvice } from "./advice.ts";
import { type Known, passedKinds, type Shapes, shapes } from "./fields.ts";

/** One pod template. Paths are of the document. */
export interface Workload {
	readonly kind: WorkloadKind;
	/** Empty, but for items of a List. */
	readonly path: Path;
	/** The path of the object whose `metadata` and `spec` are the pods'. */
	readonly templatePath: Path;
	/** The workload's own metadata. */
	readonly metadata: Known<"ObjectMeta">;
	/** The metadata of its pods. */
	readonly podMetadata: Known<"ObjectMeta"> | undefined;
	readonly podSpec: Known<"PodSpec">;
	readonly volumeClaimTemplates: readonly Known<"VolumeClaim">[];
}

/** Values for environments, by the name of their object. */
export interface ConfigValues {
	readonly name: string | undefined;
	readonly data: ReadonlyMap<string, string> | undefined;
}

export interface Resources {
	readonly workloads: Workload[];
	readonly configMaps: ConfigValues[];
	/** In base64. */
	readonly secrets: ConfigValues[];
}

export interface ResourceOptions {
	readonly silentUnsupportedFields: boolean;
	/** What may be read of all documents of a file together. */
	readonly budget: ReadBudget;
}

/** Adds what a document holds. */
export function addResources(tree: Tree, to: Resources, problems: Problems, options: ResourceOptions): void {
	new Adder(to, problems, options).add(tree, []);
}

/** Lists in Lists in Lists. */
const maxListDepth = 8;

class Adder {
	private readonly to: Resources;
	private readonly problems: Problems;
	private readonly options: ResourceOptions;

	constructor(to: Resources, problems: Problems, options: ResourceOptions) {
		this.to = to;
		this.problems = problems;
		this.options = options;
	}

	add(tree: Tree, path: Path): void {
		// Lists in Lists by aliases are more than anybody could visit.
		if (this.options.budget.isUsedUp) return;
		const { budget } = this.options;
		const header = readShape(shapes, "Header", tree, this.problems, { path, budget });
		if (header === undefined) return;
		const kind = textOf(tree, "kind") ?? header.kind;
		const listed = path.length > 0;
		if (isWorkloadKind(kind)) this.workload(kind, tree, path);
		else if (kind === "List") this.list(tree, path);
		else if (kind === "ConfigMap" || kind === "Secret") {
			const read = this.read(kind, tree, path);
			if (read === undefined || listed) return;
			const values = { name: read.metadata.name, data: read.data };
			(kind === "Secret" ? this.to.secrets : this.to.configMaps).push(values);
		} else if (!passedKinds.includes(kind)) this.unsupportedKind(kind, path);
	}

	private unsupportedKind(kind: string, path: Path): void {
		this.problems.error(
			"unsupported-kind",
			[...path, "kind"],
			`unsupported kind ${quote(kind)}`,
			"Kata's generator does not know it. Keep the document in a file of its own, which needs no policy.",
		);
	}

	private read<Kind extends keyof Shapes & string>(
		kind: Kind,
		tree: Tree,
		path: Path,
	): Shaped<Shapes, Kind> | undefined {
		const unsupported = (object: string, field: string, at: Path): void => this.unsupportedField(object, field, at);
		return readShape(shapes, kind, tree, this.problems, { path, unsupported, budget: this.options.budget });
	}

	private unsupportedField(object: string, field: string, path: Path): void {
		const what = fieldText(path);
		if (!this.options.silentUnsupportedFields)
			this.problems.error("unsupported-field", path, `unsupported field ${what}`, fieldAdvice(object, field));
		else if (changesContainers(object, field))
			this.problems.warn(
				"passed-over",
				path,
				`field ${what} is passed over, and changes what the policy compares: it denies the container`,
				fieldAdvice(object, field),
			);
	}

	private list(tree: Tree, path: Path): void {
		const list = this.read("List", tree, path);
		if (list === undefined || tree.kind !== "fields") return;
		if (path.length >= 2 * maxListDepth) {
			this.problems.error("too-deep", path, `Lists are nested more than ${maxListDepth} deep`);
			return;
		}
		const items = tree.entries.find((e) => e.key === "items")?.value;
		if (items?.kind !== "list") return;
		for (const [i, item] of items.items.entries()) {
			if (this.options.budget.isUsedUp) return;
			this.add(item, [...path, "items", i]);
		}
	}

	private workload(kind: WorkloadKind, tree: Tree, path: Path): void {
		const common = { kind, path, templatePath: [...path, ...(templatePaths.get(kind) ?? [])] };
		const add = (
			metadata: Known<"ObjectMeta">,
			template: { readonly metadata?: Known<"ObjectMeta">; readonly spec: Known<"PodSpec"> },
			volumeClaimTemplates: readonly Known<"VolumeClaim">[] = [],
		): void => {
			this.to.workloads.push({
				...common,
				metadata,
				podMetadata: template.metadata,
				podSpec: template.spec,
				volumeClaimTemplates,
			});
		};
		switch (kind) {
			case "Pod": {
				const pod = this.read(kind, tree, path);
				if (pod !== undefined) add(pod.metadata, pod);
				return;
			}
			case "CronJob": {
				const job = this.read(kind, tree, path);
				if (job !== undefined) add(job.metadata, job.spec.jobTemplate.spec.template);
				return;
			}
			case "StatefulSet": {
				const set = this.read(kind, tree, path);
				if (set !== undefined) add(set.metadata, set.spec.template, set.spec.volumeClaimTemplates);
				return;
			}
			default: {
				const other = this.read(kind, tree, path);
				if (other !== undefined) add(other.metadata, other.spec.template);
			}
		}
	}
}
