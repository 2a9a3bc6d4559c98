/**
 * Verifying and making signatures over plain keys (keys.ts), with the limits of Go's crypto packages:
 * RSA keys below 1024 bits are refused, and so are signatures that are not in their one right form.
 */
import { fail } from "../failure.ts";
import { type CurveName, curves } from "./curves.ts";
import { bitLength, bytesToBigInt, encodeDer, encodeDerInteger, tag } from "./der.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";
import { type PublicKeyCrypto, publicKeyCrypto } from "./public-key.ts";
import type { SignatureScheme } from "./signature-scheme.ts";

const minRsaBits = 1024;

/**
 * Whether signature is key's over message. ECDSA signatures are DER; `signature` in the halves form of
 * JOSE goes through ecdsaFromHalves first. A key of the wrong type verifies nothing.
 */
export function verifySignature(
	scheme: SignatureScheme,
	key: PublicKey,
	message: Uint8Array,
	signature: Uint8Array,
	by: () => PublicKeyCrypto = publicKeyCrypto,
): boolean {
	if (scheme.key !== key.kind || key.kind === "dsa") return false;
	if (key.kind === "rsa" && !(isUsableRsa(key.n, key.e) && signature.length === rsaSize(key.n))) return false;
	return by().verify(scheme, key, message, signature);
}

/** Go's conditions on RSA public keys. */
function isUsableRsa(n: bigint, e: bigint): boolean {
	return bitLength(n) >= minRsaBits && n % 2n === 1n && e >= 2n && e % 2n === 1n && e <= 0x7fffffffn;
}

/** Bytes of a signature: OpenSSL takes a shorter one for PSS, Go does not. */
function rsaSize(n: bigint): number {
	return Math.ceil(bitLength(n) / 8);
}

/** DER of an ECDSA signature given as r and s of equal length. */
export function ecdsaFromHalves(signature: Uint8Array): Uint8Array {
	const half = Math.floor(signature.length / 2);
	const r = bytesToBigInt(signature.subarray(0, half));
	const s = bytesToBigInt(signature.subarray(half));
	return encodeDer(tag.sequence, encodeDerInteger(r), encodeDerInteger(s));
}

/** Size of a JOSE signature on a curve. */
export function joseSignatureSize(curve: CurveName): number {
	return 2 * curves[curve].bytes;
}

/** A signature as JOSE writes it (ECDSA: r and s side by side). */
export function signMessage(scheme: SignatureScheme, key: PrivateKey, message: Uint8Array): Uint8Array {
	if (key.kind === "rsa-private" && bitLength(key.public.n) < minRsaBits) {
		return fail(
			`crypto/rsa: ${bitLength(key.public.n)}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`,
		);
	}
	return publicKeyCrypto().sign(scheme, key, message);
}
