/** Calls that constants took the place of (rego.metadata.rule() and .chain()): error messages show the call. */
import type { Call, Term } from "../../parser/ast.ts";

const replacedCalls: WeakMap<Term, Call> = new WeakMap();

export function rememberReplacedCall(constant: Term, call: Call): void {
	replacedCalls.set(constant, call);
}

/** The call that a constant has taken the place of. */
export function replacedCall(constant: Term): Call | undefined {
	return replacedCalls.get(constant);
}
