/** Public key cryptography by Node's crypto module. */
import type { KeyObject } from "node:crypto";
import { fail } from "../failure.ts";
import { encodeBase64Url } from "./base64.ts";
import { type CurveName, curves } from "./curves.ts";
import { bigIntToBytes } from "./der.ts";
import { encodeEcSpki, type PrivateKey, type PublicKey } from "./keys.ts";
import type { NodeCrypto } from "./node-crypto.ts";
import type { PublicKeyCrypto } from "./public-key.ts";

let made: PublicKeyCrypto | undefined;

export function nodePublicKeyCrypto(node: NodeCrypto): PublicKeyCrypto {
	made ??= make(node);
	return made;
}

function make(node: NodeCrypto): PublicKeyCrypto {
	const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO, RSA_PSS_SALTLEN_DIGEST } = node.constants;
	return {
		verify: (scheme, key, message, signature) => {
			let object: KeyObject;
			try {
				object = publicKeyObject(node, key);
			} catch {
				// What the host's library cannot take as a key has no valid signatures.
				return false;
			}
			const hash = scheme.hash ?? null;
			try {
				if (!scheme.pss) return node.verify(hash, message, object, signature);
				const saltLength = scheme.anySalt === true ? RSA_PSS_SALTLEN_AUTO : RSA_PSS_SALTLEN_DIGEST;
				return node.verify(hash, message, { key: object, padding: RSA_PKCS1_PSS_PADDING, saltLength }, signature);
			} catch {
				return false;
			}
		},
		sign: (scheme, key, message) => {
			let object: KeyObject;
			try {
				object = privateKeyObject(node, key);
			} catch {
				// The library's own message may quote key material.
				return fail("invalid private key");
			}
			const hash = scheme.hash ?? null;
			if (scheme.key === "ec") return node.sign(hash, message, { key: object, dsaEncoding: "ieee-p1363" });
			if (!scheme.pss) return node.sign(hash, message, object);
			return node.sign(hash, message, {
				key: object,
				padding: RSA_PKCS1_PSS_PADDING,
				saltLength: RSA_PSS_SALTLEN_DIGEST,
			});
		},
		point: (curve, scalar) => pointOf(node, curve, scalar),
		// By wrapping it as PKCS #8.
		octets: (curve, secret) => {
			const prefix = curve === "Ed25519" ? "302e020100300506032b657004220420" : "302e020100300506032b656e04220420";
			const der = Buffer.concat([Buffer.from(prefix, "hex"), secret]);
			const key = node.createPublicKey(node.createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
			const x = key.export({ format: "jwk" }).x ?? "";
			const out = Uint8Array.from(Buffer.from(x, "base64url"));
			return encodeBase64Url(out) === x ? out : fail("invalid key");
		},
	};
}

function pointOf(node: NodeCrypto, curve: CurveName, scalar: Uint8Array): Uint8Array {
	const ecdh = node.createECDH(curves[curve].openssl);
	ecdh.setPrivateKey(scalar);
	return ecdh.getPublicKey();
}

/** Key objects are costly to make and keys are few. */
const keyObjects = new WeakMap<PublicKey, KeyObject>();

function publicKeyObject(node: NodeCrypto, key: PublicKey): KeyObject {
	const kept = keyObjects.get(key);
	if (kept !== undefined) return kept;
	const made = makePublicKeyObject(node, key);
	keyObjects.set(key, made);
	return made;
}

function makePublicKeyObject(node: NodeCrypto, key: PublicKey): KeyObject {
	switch (key.kind) {
		case "rsa":
			return node.createPublicKey({ key: { kty: "RSA", ...rsaMembers(key.n, key.e) }, format: "jwk" });
		case "ec":
			return node.createPublicKey({
				key: Buffer.from(encodeEcSpki(key)),
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

function privateKeyObject(node: NodeCrypto, key: PrivateKey): KeyObject {
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
			const { curve } = key.public;
			const size = curves[curve].bytes;
			const scalar = bigIntToBytes(key.d, size);
			const point = pointOf(node, curve, scalar);
			return node.createPrivateKey({
				key: {
					kty: "EC",
					crv: curve,
					x: encodeBase64Url(point.subarray(1, 1 + size)),
					y: encodeBase64Url(point.subarray(1 + size)),
					d: encodeBase64Url(scalar),
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
