/** Attaches `# METADATA` blocks to the statement that follows, with OPA's rules for what each scope may be attached to. */

import { at } from "../at.ts";
import type { Source } from "../location.ts";
import type { Annotations } from "./ast.ts";
import type { Metadata, TermReader } from "./metadata.ts";
import type { ParseProblem } from "./state.ts";

export interface CommentSpan {
	readonly start: number;
	readonly end: number;
}

/** A block that was read, not attached yet. */
export interface MetadataBlock {
	readonly metadata: Metadata;
	readonly start: number;
	readonly end: number;
}

/** What a block can be attached to, in the order of the text. */
export interface AnnotatedStatement {
	readonly kind: "package" | "import" | "rule";
	readonly start: number;
}

/** Finds and reads the blocks of a module (annotations.ts). */
export type AnnotationReader = (
	source: Source,
	comments: readonly CommentSpan[],
	readTerm: TermReader,
) => { readonly blocks: readonly MetadataBlock[]; readonly errors: readonly ParseProblem[] };

/** Annotations with their scopes and targets, or the places where a scope does not fit. */
export function attachAnnotations(
	source: Source,
	blocks: readonly MetadataBlock[],
	statements: readonly AnnotatedStatement[],
): { readonly annotations: readonly Annotations[]; readonly errors: readonly ParseProblem[] } {
	const annotations: Annotations[] = [];
	const errors: ParseProblem[] = [];
	let next = 0;
	for (const { metadata, start, end } of blocks) {
		const row = source.row(start);
		while (next < statements.length && source.row(at(statements, next).start) <= row) next++;
		const target = statements[next];
		const scope = metadata.scope === "" ? defaultScope(metadata, target) : metadata.scope;
		const wrong = scopeProblem(scope, target, metadata.entrypoint);
		for (const message of wrong) errors.push({ offset: start, message, showLine: false });
		if (wrong.length === 0) {
			annotations.push({
				...metadata,
				kind: "annotations",
				scope: scope as Annotations["scope"],
				target: target?.start ?? -1,
				start,
				end,
			});
		}
	}
	return { annotations, errors };
}

function defaultScope(metadata: Metadata, target: AnnotatedStatement | undefined): string {
	if (target?.kind === "rule") return metadata.entrypoint ? "document" : "rule";
	return target?.kind ?? "";
}

function scopeProblem(scope: string, target: AnnotatedStatement | undefined, entrypoint: boolean): readonly string[] {
	const problems: string[] = [];
	const wanted = { rule: "rule", document: "rule", package: "package", subpackages: "package" }[scope];
	if (wanted === undefined) {
		problems.push(`invalid annotation scope '${scope}'. Use one of 'rule', 'document', 'package', or 'subpackages'`);
	} else if (target?.kind !== wanted) {
		const have = target === undefined ? "" : ` (have ${target.kind})`;
		problems.push(`annotation scope '${scope}' must be applied to ${wanted}${have}`);
	}
	if (entrypoint && scope !== "document" && scope !== "package") {
		problems.push(`annotation entrypoint applied to non-document or package scope '${scope}'`);
	}
	return problems;
}
