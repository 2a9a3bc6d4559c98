/**
 * `regoplan/signatures`: public key cryptography for hosts that have none which answers at once (browsers, workers
 * without Node's modules). `io.jwt.verify_rs256` and its like, `io.jwt.encode_sign`, and builtins that verify
 * certificates or read private keys need it there. Where Node's crypto module is, that is used all the same.
 *
 *     import { usePortableSignatures } from "regoplan/signatures";
 *     usePortableSignatures();
 */
import { portablePublicKeyCrypto } from "./builtins/crypto/portable-public-key.ts";
import { providePublicKeyCrypto } from "./builtins/crypto/public-key.ts";

/** For all policies of the program, from now on. */
export function usePortableSignatures(): void {
	providePublicKeyCrypto(portablePublicKeyCrypto);
}
