import type { HashName } from "./hash.ts";

/** How a signature is made. */
export interface SignatureScheme {
	readonly key: "rsa" | "dsa" | "ec" | "ed25519";
	/** Undefined for Ed25519. */
	readonly hash: HashName | undefined;
	/** RSA-PSS instead of PKCS #1 v1.5. */
	readonly pss: boolean;
	/** With PSS: accept any salt length, not only that of the hash. */
	readonly anySalt?: boolean;
}
