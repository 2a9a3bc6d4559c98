import type { Source } from "../location.ts";
import type { Annotations } from "./ast.ts";
import type { ParseProblem } from "./state.ts";
export function parseAnnotations(
	_source: Source,
	_comments: readonly { readonly start: number; readonly end: number }[],
): { readonly annotations: readonly Annotations[]; readonly errors: readonly ParseProblem[] } {
	return { annotations: [], errors: [] };
}
