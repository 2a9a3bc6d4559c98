/**
 * Annotations of the workloads of a manifest, changed in its text: what stands around them stays as it is. In: the text,
 * and what each workload's annotation becomes. Out: the text.
 */
import { templatePaths } from "../../agent/manifests/names.ts";
import { SourceText } from "../place.ts";
import type { Path } from "../problem.ts";
import { childOf, type Tree, textOf } from "../tree/tree.ts";
import { parseDocuments, type YamlDocument, YamlSyntaxError } from "../tree/yaml.ts";
import { annotateAll } from "./annotate-all.ts";
import type { Written } from "./verify.ts";

/** A pod template in a manifest. */
export interface AnnotatedWorkload {
	readonly kind: string;
	readonly namespace: string;
	readonly name: string;
	/** By key. */
	readonly annotations: ReadonlyMap<string, string>;
}

/** A manifest that cannot be read or written; the message begins with its name and place. */
export class EditError extends Error {}

/** `change` gives the key and the new value, or undefined for a workload that stays as it is. Throws EditError. */
export function editAnnotations(
	text: string,
	file: string,
	change: (workload: AnnotatedWorkload) => { readonly key: string; readonly value: string } | undefined,
): string {
	const source = new SourceText(file, text);
	const before = documents(text, source);
	const seen = { items: 0 };
	const written = before.flatMap(({ tree }, document) =>
		workloadsIn(tree, [], seen, file).flatMap(({ path, workload }): readonly Written[] => {
			const made = change(workload);
			return made === undefined ? [] : [{ document, path, ...made }];
		}),
	);
	if (written.length === 0) return text;
	const after = annotateAll(text, before, written, (annotation, reason) => {
		const start = annotation === undefined ? 0 : (before[annotation.document]?.tree.start ?? 0);
		const { line, column } = source.position(Math.max(0, start));
		throw new EditError(`${file}:${line}:${column}: the annotation cannot be written: ${reason}`);
	});
	return after ?? text;
}

function documents(text: string, source: SourceText): readonly YamlDocument[] {
	try {
		return parseDocuments(text, () => undefined);
	} catch (e) {
		if (!(e instanceof YamlSyntaxError)) throw e;
		const { line, column } = source.position(Math.max(0, e.offset));
		throw new EditError(`${source.name}:${line}:${column}: ${e.message}`);
	}
}

interface Place {
	readonly path: Path;
	readonly workload: AnnotatedWorkload;
}

const maxListDepth = 8;
/** Most items of Lists, aliases counted as often as they are used. */
const maxItems = 50_000;

/** Throws EditError. */
function workloadsIn(tree: Tree, path: Path, seen: { items: number }, file: string): readonly Place[] {
	if (++seen.items > maxItems) throw new EditError(`${file}: more than ${maxItems} objects in Lists, aliases counted`);
	const kind = textOf(tree, "kind") ?? "";
	const items = childOf(tree, "items");
	if (kind === "List" && items?.kind === "list") {
		if (path.length >= 2 * maxListDepth) return [];
		return items.items.flatMap((item, i) => workloadsIn(item, [...path, "items", i], seen, file));
	}
	const template = templatePaths.get(kind);
	if (template === undefined) return [];
	const metadata = childOf(tree, "metadata");
	const pod = template.reduce<Tree | undefined>((t, step) => childOf(t, step), tree);
	const annotations = childOf(childOf(pod, "metadata"), "annotations");
	const entries = annotations?.kind === "fields" ? annotations.entries : [];
	const workload = {
		kind,
		namespace: textOf(metadata, "namespace") ?? "default",
		name: textOf(metadata, "name") ?? textOf(metadata, "generateName") ?? "",
		annotations: new Map(
			entries.flatMap(({ key, value }) => (value.kind === "scalar" ? [[key, value.text] as const] : [])),
		),
	};
	return pod === undefined ? [] : [{ path: [...path, ...template], workload }];
}
