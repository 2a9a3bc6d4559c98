/** Builtins whose calls nobody can tell from their results. */
import type { Builtin } from "../builtins/define.ts";

/** Same result for the same operands, and nothing else happens. */
export function isPure(b: Builtin): boolean {
	// An embedder's own builtin may look at anything.
	return b.module !== "" && !b.nondeterministic && !impure.has(b.name);
}

const impure: ReadonlySet<string> = new Set([
	"trace",
	"print",
	"internal.print",
	"internal.test_case",
	"opa.runtime",
	"rego.metadata.chain",
	"rego.metadata.rule",
]);
