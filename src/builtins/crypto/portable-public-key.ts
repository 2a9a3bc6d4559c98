/**
 * Public key cryptography in JavaScript, for hosts that have none which answers at once: @noble/curves and
 * micro-rsa-dsa-dh. They take milliseconds, and are not written to hide secrets from who measures time: fit for
 * verifying, which has no secrets.
 */
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { mgf1, PKCS1_SHA1, PKCS1_SHA256, PKCS1_SHA384, PKCS1_SHA512, PSS } from "micro-rsa-dsa-dh/rsa.js";
import { LimitError } from "../../limit-error.ts";
import { fail } from "../failure.ts";
import { type CurveName, curves } from "./curves.ts";
import { bigIntToBytes, bitLength } from "./der.ts";
import type { HashName } from "./hash.ts";
import { encodePoint } from "./keys.ts";
import type { PublicKeyCrypto } from "./public-key.ts";
import type { SignatureScheme } from "./signature-scheme.ts";

const ecdsa = { "P-256": p256, "P-384": p384, "P-521": p521 } as const;

function ecdsaOf(curve: CurveName): (typeof ecdsa)[keyof typeof ecdsa] {
	if (curve === "P-224") throw new LimitError("this host has no cryptography for the curve P-224");
	return ecdsa[curve];
}

const hashes = { sha1, sha256, sha384, sha512 } as const;

function hashOf(name: HashName | undefined): (typeof hashes)[keyof typeof hashes] {
	if (name === undefined || name === "md5") throw new LimitError(`this host has no signatures over ${name}`);
	return hashes[name];
}

const pkcs1 = { sha1: PKCS1_SHA1, sha256: PKCS1_SHA256, sha384: PKCS1_SHA384, sha512: PKCS1_SHA512 } as const;

function rsaOf({ hash: name, pss }: SignatureScheme, saltLength?: number) {
	const hash = hashOf(name);
	if (pss) return PSS(hash, mgf1(hash), saltLength ?? hash.outputLen);
	return pkcs1[name as keyof typeof pkcs1];
}

/** The lengths of salt that a signature may have: that of the hash, unless any will do. */
function saltLengths({ hash: name, pss, anySalt }: SignatureScheme, bits: number): readonly (number | undefined)[] {
	if (!pss || anySalt !== true) return [undefined];
	const own = hashOf(name).outputLen;
	const most = Math.ceil((bits - 1) / 8) - own - 2;
	return [own, ...Array.from({ length: Math.max(0, most + 1) }, (_, i) => i).filter((n) => n !== own)];
}

/** False where the library refuses a key or a signature by throwing. */
function holds(verify: () => boolean): boolean {
	try {
		return verify();
	} catch (e) {
		if (e instanceof LimitError) throw e;
		return false;
	}
}

export const portablePublicKeyCrypto: PublicKeyCrypto = {
	verify: (scheme, key, message, signature) =>
		holds(() => {
			switch (key.kind) {
				case "rsa": {
					const { n, e } = key;
					return saltLengths(scheme, bitLength(n)).some((salt) =>
						holds(() => rsaOf(scheme, salt).verify({ n, e }, message, signature)),
					);
				}
				case "ec": {
					const digest = hashOf(scheme.hash)(message);
					return ecdsaOf(key.curve).verify(signature, digest, encodePoint(key), {
						prehash: false,
						lowS: false,
						format: "der",
					});
				}
				case "ed25519":
					return ed25519.verify(signature, message, key.bytes, { zip215: false });
				default:
					return false;
			}
		}),
	sign: (scheme, key, message) => {
		switch (key.kind) {
			case "rsa-private":
				return rsaOf(scheme).sign({ n: key.public.n, d: key.d }, message);
			case "ec-private": {
				const { curve } = key.public;
				const digest = hashOf(scheme.hash)(message);
				const secret = bigIntToBytes(key.d, curves[curve].bytes);
				return ecdsaOf(curve).sign(digest, secret, { prehash: false, lowS: false, format: "compact" });
			}
			case "ed25519-private":
				return ed25519.sign(message, key.seed);
			default:
				return fail(`cannot sign with a key of type ${key.kind}`);
		}
	},
	point: (curve, scalar) => ecdsaOf(curve).getPublicKey(scalar, false),
	octets: (curve, secret) => (curve === "Ed25519" ? ed25519.getPublicKey(secret) : x25519.getPublicKey(secret)),
};
