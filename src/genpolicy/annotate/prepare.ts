/**
 * Changes to a manifest that its policies need: images with their digests, security contexts that say what the image
 * would have said. In: a document and what is missing. Out: edits.
 */
import type { ContainerFix } from "../derive/derive.ts";
import type { Path } from "../problem.ts";
import { type EditedDocument, valueEdit } from "./annotate.ts";
import { appendEdit } from "./append.ts";
import type { Edit } from "./edits.ts";
import { numberTree, textTree } from "./flow.ts";
import { isNull, nodeAt } from "./nodes.ts";

/** Throws AnnotateError. */
export function pinEdit(document: EditedDocument, path: Path, reference: string): Edit {
	return valueEdit(document, path, textTree(reference));
}

/** All that the containers of one pod need. `spec` is the pod's. Throws AnnotateError. */
export function contextEdits(document: EditedDocument, spec: Path, fixes: readonly ContainerFix[]): readonly Edit[] {
	const groups = [...new Set(fixes.flatMap((f) => f.supplementalGroups))].sort((a, b) => a - b);
	// Both may come behind the same line, where the container's has to be first.
	const edits = fixes.flatMap(({ container, path }) =>
		container === undefined ? [] : idEdits(document, [...path, "securityContext"], container),
	);
	if (groups.length > 0) edits.push(appendEdit(document, [...spec, "securityContext", "supplementalGroups"], groups));
	return edits;
}

function isThere(document: EditedDocument, path: Path): boolean {
	const node = nodeAt(document.node, path);
	return node !== undefined && !isNull(node);
}

/** A context that is not there is written whole: two edits cannot both make it. */
function idEdits(document: EditedDocument, context: Path, ids: { readonly [field: string]: number }): readonly Edit[] {
	const fields = Object.entries(ids);
	if (isThere(document, context))
		return fields.map(([field, id]) => valueEdit(document, [...context, field], numberTree(id)));
	const entries = fields.map(([key, id]) => ({ key, start: -1, value: numberTree(id) }));
	return [valueEdit(document, context, { kind: "fields", entries, start: -1 })];
}
