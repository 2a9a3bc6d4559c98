/** What the language may use under `--capabilities`; apart from capabilities.ts, which needs every builtin. */
import { RegoError, RegoErrors } from "../errors.ts";

export interface Capabilities {
	/** Our builtins that are not listed. */
	readonly withoutBuiltins: readonly string[];
	/** Rego v1 may be parsed. */
	readonly regoV1: boolean;
}

export const allCapabilities: Capabilities = { withoutBuiltins: [], regoV1: true };

/** Throws OPA's error where modules are Rego v1 and that is no feature. */
export function requireRegoV1(c: Capabilities): void {
	if (c.regoV1) return;
	const message = "illegal capabilities: rego_v1 feature required for parsing v1 Rego";
	throw new RegoErrors([new RegoError("rego_parse_error", message)]);
}
