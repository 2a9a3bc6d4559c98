/** The key that bundles must be signed with, as the flags of `rego build` and `rego run` say it. */
import type { Verification } from "../bundle/signature.ts";
import { readKey } from "./bundle-signature.ts";
import type { ParsedFlags } from "./flags.ts";
import type { CliIo } from "./io.ts";

/** "none": there is no key, and signed bundles are refused. */
export function verificationOf(flags: ParsedFlags, io: CliIo): Verification | "none" {
	const keyFile = flags.string("verification-key");
	if (keyFile === "") return "none";
	const keyId = flags.string("verification-key-id");
	const scope = flags.string("scope");
	return {
		keys: new Map([[keyId, { key: readKey(io, keyFile), alg: flags.string("signing-alg"), scope }]]),
		keyId,
		scope,
		exclude: flags.list("exclude-files-verify"),
	};
}
