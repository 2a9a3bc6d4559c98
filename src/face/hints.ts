/** Hints beside OPA's messages: what was probably meant. Made when there are errors, never before. */
import type { Builtin } from "../builtins/define.ts";
import { type RegoError, RegoErrors } from "../errors.ts";
import type { Source } from "../location.ts";
import type { Module } from "../parser/ast.ts";

export interface HintSources {
	/** Texts that did not parse. */
	readonly sources?: readonly Source[];
	readonly modules?: readonly Module[];
	readonly builtins?: ReadonlyMap<string, Builtin>;
	/** The builtins are a choice of the caller's. */
	readonly chosen?: boolean | undefined;
	/** The text of a query. */
	readonly query?: string;
}

/** Runs f; errors of parsing and checking that it throws get their hints, from the part that makes them (hint-rules.ts). */
export function hinted<T>(
	part: { readonly add: (errors: readonly RegoError[], known: HintSources) => void } | undefined,
	f: () => T,
	sources: () => HintSources,
): T {
	try {
		return f();
	} catch (e) {
		if (e instanceof RegoErrors) part?.add(e.errors, sources());
		throw e;
	}
}
