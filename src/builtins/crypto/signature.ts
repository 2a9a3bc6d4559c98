/**
 * Verifying and making signatures over plain keys (keys.ts), with the limits of Go's crypto packages:
 * RSA keys below 1024 bits are refused, and so are signatures that are not in their one right form.
 */
import type { KeyObject } from "node:crypto";
import { fail } from "../failure.ts";
import { encodeBase64Url } from "./base64.ts";
import { type CurveName, curves } from "./curves.ts";
import { bigIntToBytes, bitLength, bytesToBigInt, concatBytes, encodeDer, encodeDerInteger, tag } from "./der.ts";
import type { HashName } from "./hash.ts";
import { type EcPublicKey, encodeEcSpki, type PrivateKey, type PublicKey } from "./keys.ts";
import { requireNodeCrypto } from "./node-crypto.ts";
import { ecFromScalar } from "./private-keys.ts";

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

const minRsaBits = 1024;

/** Key objects are costly to make and keys are few. */
const keyObjects = new WeakMap<PublicKey, KeyObject>();

function publicKeyObject(key: PublicKey): KeyObject {
	const kept = keyObjects.get(key);
	if (kept !== undefined) return kept;
	const made = makePublicKeyObject(key);
	keyObjects.set(key, made);
	return made;
}

function makePublicKeyObject(key: PublicKey): KeyObject {
	const node = requireNodeCrypto();
	switch (key.kind) {
		case "rsa":
			return node.createPublicKey({ key: { kty: "RSA", ...rsaMembers(key.n, key.e) }, format: "jwk" });
		case "ec":
			return node.createPublicKey({
				key: Buffer.from(encodeEcSpki(key, uncompressedPoint(key))),
				format: "der",
				type: "spki",
			});
		case "ed25519":
			return node.createPublicKey({
				key: { kty: "OKP", crv: "Ed25519", x: encodeBase64Url(key.bytes) },
				format: "jwk",
			});
		default:
			return fail(`cannot verify with a key of type ${key.kind}`);
	}
}

function rsaMembers(n: bigint, e: bigint): { n: string; e: string } {
	return { n: encodeBase64Url(bigIntToBytes(n)), e: encodeBase64Url(bigIntToBytes(e)) };
}

export function uncompressedPoint(key: EcPublicKey): Uint8Array {
	const size = curves[key.curve].bytes;
	return concatBytes(Uint8Array.of(4), bigIntToBytes(key.x, size), bigIntToBytes(key.y, size));
}

/**
 * Whether signature is key's over message. ECDSA signatures are DER; `signature` in the halves form of
 * JOSE goes through ecdsaFromHalves first. A key of the wrong type verifies nothing.
 */
export function verifySignature(
	scheme: SignatureScheme,
	key: PublicKey,
	message: Uint8Array,
	signature: Uint8Array,
): boolean {
	if (scheme.key !== key.kind || key.kind === "dsa") return false;
	if (key.kind === "rsa" && !isUsableRsa(key.n, key.e)) return false;
	const node = requireNodeCrypto();
	let object: KeyObject;
	try {
		object = publicKeyObject(key);
	} catch {
		// What the host's library cannot take as a key has no valid signatures.
		return false;
	}
	const hash = scheme.hash ?? null;
	try {
		if (!scheme.pss) return node.verify(hash, message, object, signature);
		const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO, RSA_PSS_SALTLEN_DIGEST } = node.constants;
		const saltLength = scheme.anySalt === true ? RSA_PSS_SALTLEN_AUTO : RSA_PSS_SALTLEN_DIGEST;
		return node.verify(hash, message, { key: object, padding: RSA_PKCS1_PSS_PADDING, saltLength }, signature);
	} catch {
		return false;
	}
}

/** Go's conditions on RSA public keys. */
function isUsableRsa(n: bigint, e: bigint): boolean {
	return bitLength(n) >= minRsaBits && n % 2n === 1n && e >= 2n && e % 2n === 1n && e <= 0x7fffffffn;
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

function privateKeyObject(key: PrivateKey): KeyObject {
	const node = requireNodeCrypto();
	switch (key.kind) {
		case "rsa-private": {
			const b64 = (n: bigint): string => encodeBase64Url(bigIntToBytes(n));
			const [p, q] = key.primes;
			if (p === undefined || q === undefined) return fail("crypto/rsa: missing primes");
			return node.createPrivateKey({
				key: {
					kty: "RSA",
					...rsaMembers(key.public.n, key.public.e),
					d: b64(key.d),
					p: b64(p),
					q: b64(q),
					dp: b64(key.dp),
					dq: b64(key.dq),
					qi: b64(key.qinv),
				},
				format: "jwk",
			});
		}
		case "ec-private": {
			// The scalar alone decides, whatever public key came with it.
			const own = ecFromScalar(key.public.curve, key.d).public;
			const size = curves[own.curve].bytes;
			const coordinate = (n: bigint): string => encodeBase64Url(bigIntToBytes(n, size));
			return node.createPrivateKey({
				key: {
					kty: "EC",
					crv: own.curve,
					x: coordinate(own.x),
					y: coordinate(own.y),
					d: coordinate(key.d),
				},
				format: "jwk",
			});
		}
		case "ed25519-private":
			return node.createPrivateKey({
				key: {
					kty: "OKP",
					crv: "Ed25519",
					x: encodeBase64Url(key.public.bytes),
					d: encodeBase64Url(key.seed),
				},
				format: "jwk",
			});
		default:
			return fail(`cannot sign with a key of type ${key.kind}`);
	}
}

/** A signature as JOSE writes it (ECDSA: r and s side by side). */
export function signMessage(scheme: SignatureScheme, key: PrivateKey, message: Uint8Array): Uint8Array {
	const node = requireNodeCrypto();
	if (key.kind === "rsa-private" && bitLength(key.public.n) < minRsaBits) {
		return fail(
			`crypto/rsa: ${bitLength(key.public.n)}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`,
		);
	}
	let object: KeyObject;
	try {
		object = privateKeyObject(key);
	} catch {
		// The library's own message may quote key material.
		return fail("invalid private key");
	}
	const hash = scheme.hash ?? null;
	if (scheme.key === "ec") return node.sign(hash, message, { key: object, dsaEncoding: "ieee-p1363" });
	if (!scheme.pss) return node.sign(hash, message, object);
	const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = node.constants;
	return node.sign(hash, message, { key: object, padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST });
}
