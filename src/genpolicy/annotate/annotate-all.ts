/**
 * All annotations of a manifest at once. In: its text and documents, and what is to be written where. Out: the text
 * with them; nothing where one of them has no place, or where the text would not say afterwards what it should.
 */
import type { ParsedNode } from "yaml";
import { parseDocuments, type YamlDocument, YamlSyntaxError } from "../tree/yaml.ts";
import { annotationEdit } from "./annotate.ts";
import { AnnotateError, applyEdits, type Edit } from "./edits.ts";
import { aliasOn } from "./nodes.ts";
import { isAnnotated, type Written } from "./verify.ts";

/** Which annotation has no place; undefined: none of them is known to be the one. */
export type Refused = (annotation: Written | undefined, reason: string) => void;

/** Undefined where it cannot be done, which `refused` has been told. */
export function annotateAll(
	text: string,
	documents: readonly YamlDocument[],
	annotations: readonly Written[],
	refused: Refused,
): string | undefined {
	const edits: Edit[] = [];
	const writtenOut = new Set<ParsedNode>();
	for (const { document, path, key } of annotations) {
		const node = documents[document]?.node;
		const alias = node === undefined ? undefined : aliasOn(node, [...path, "metadata", "annotations", key]);
		if (alias !== undefined) writtenOut.add(alias);
	}
	for (const annotation of annotations) {
		const document = documents[annotation.document];
		if (document === undefined) continue;
		const edit = attempted(
			() => annotationEdit({ text, ...document, writtenOut }, annotation),
			(reason) => refused(annotation, reason),
		);
		if (edit !== undefined) edits.push(edit);
	}
	if (edits.length < annotations.length) return undefined;
	const after = attempted(
		() => applyEdits(text, edits),
		(reason) => refused(undefined, reason),
	);
	if (after === undefined) return undefined;
	// Style is the author's, and odd ones exist: what was written is read again.
	if (isAnnotated(documents, readAgain(after), annotations)) return after;
	refused(undefined, "the manifest is written in a way that is not understood");
	return undefined;
}

/** Undefined where the text cannot be edited so. */
export function attempted<T>(edit: () => T, refused: (reason: string) => void): T | undefined {
	try {
		return edit();
	} catch (e) {
		if (!(e instanceof AnnotateError)) throw e;
		refused(e.message);
		return undefined;
	}
}

/** Nothing where what has been made is no YAML. */
function readAgain(text: string): readonly YamlDocument[] {
	try {
		return parseDocuments(text, () => undefined);
	} catch (e) {
		if (e instanceof YamlSyntaxError) return [];
		throw e;
	}
}
