/**
 * Public key cryptography: Node's own where there is one, else the portable kind, where a program has brought that
 * along (`regoplan/signatures`).
 */
import { LimitError } from "../../limit-error.ts";
import type { CurveName } from "./curves.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";
import { nodeCrypto } from "./node-crypto.ts";
import { nodePublicKeyCrypto } from "./node-public-key.ts";
import type { SignatureScheme } from "./signature-scheme.ts";

export interface PublicKeyCrypto {
	/** ECDSA signatures are DER. The key is of the scheme's type. */
	verify(scheme: SignatureScheme, key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean;
	/** As JOSE writes it: of ECDSA r and s side by side. */
	sign(scheme: SignatureScheme, key: PrivateKey, message: Uint8Array): Uint8Array;
	/** The uncompressed point of a secret scalar. */
	point(curve: CurveName, scalar: Uint8Array): Uint8Array;
	/** The public half of a private key of RFC 8037. */
	octets(curve: "Ed25519" | "X25519", secret: Uint8Array): Uint8Array;
}

let portable: PublicKeyCrypto | undefined;

/** For hosts that have none. */
export function providePublicKeyCrypto(provided: PublicKeyCrypto): void {
	portable = provided;
}

/** Where there is none the query ends: a signature that nobody can check is neither good nor bad. */
export function publicKeyCrypto(): PublicKeyCrypto {
	const node = nodeCrypto();
	if (node !== undefined) return nodePublicKeyCrypto(node);
	if (portable !== undefined) return portable;
	throw new LimitError(
		"this host has no public key cryptography: call usePortableSignatures() of regoplan/signatures first",
	);
}
