/**
 * Keys and algorithms of JSON Web Tokens: reading verification keys from what policies hold them in,
 * verifying by algorithm name, signing with a JWK. A key of the wrong type never verifies anything:
 * neither can a public key serve as an HMAC secret. (Stricter than OPA in one case: it signs HS tokens
 * with an Ed25519 JWK, taking the key's bytes for a secret; that is an error here.)
 */
import { toByteString } from "../../go/byte-string.ts";
import { fail, prefixed } from "../failure.ts";
import { parseCertificate } from "./certificate.ts";
import { constantTimeEqual, type HashName, hmac } from "./hash.ts";
import { completeRsaKey, exportJwk, type JwkKey, parseJwkSet } from "./jwk.ts";
import { type AnyKey, type PublicKey, parsePkixPublicKey } from "./keys.ts";
import { decodePem } from "./pem.ts";
import { ecdsaFromHalves, joseSignatureSize, signMessage, verifySignature } from "./signature.ts";
import type { SignatureScheme } from "./signature-scheme.ts";

export interface VerificationKey {
	/** Empty: any. */
	readonly alg: string;
	readonly kid: string;
	/** Undefined: a certificate whose key type is unknown. */
	readonly key: AnyKey | undefined;
}

interface Algorithm {
	readonly scheme: SignatureScheme | undefined;
	/** For HMAC. */
	readonly hash: HashName | undefined;
}

function algorithmFamily(prefix: string, make: (hash: HashName) => Algorithm): [string, Algorithm][] {
	return [256, 384, 512].map((bits) => [`${prefix}${bits}`, make(`sha${bits}` as HashName)]);
}

const signed = (scheme: SignatureScheme): Algorithm => ({ scheme, hash: undefined });

/** The algorithms OPA knows. */
const algorithms: ReadonlyMap<string, Algorithm> = new Map([
	...algorithmFamily("HS", (hash) => ({ scheme: undefined, hash })),
	...algorithmFamily("RS", (hash) => signed({ key: "rsa", hash, pss: false })),
	...algorithmFamily("PS", (hash) => signed({ key: "rsa", hash, pss: true })),
	...algorithmFamily("ES", (hash) => signed({ key: "ec", hash, pss: false })),
	["EdDSA", signed({ key: "ed25519", hash: undefined, pss: false })],
]);

export function isKnownAlgorithm(name: string): boolean {
	return algorithms.has(name);
}

/** Parsing a certificate for every token would cost more than the verification itself. */
const kept = new Map<string, readonly VerificationKey[]>();
const maxKept = 64;
const maxKeptLength = 65_536;

/** Keys of a PEM certificate, PEM public key, JWK or JWK set. */
export function readVerificationKeys(text: string): readonly VerificationKey[] {
	const known = kept.get(text);
	if (known !== undefined) return known;
	const keys = readKeys(text);
	// Only public keys are remembered beyond the query.
	if (
		text.length <= maxKeptLength &&
		keys.every((k) => k.key !== undefined && k.key.kind !== "secret" && !k.key.kind.endsWith("-private"))
	) {
		const oldest = kept.keys().next();
		if (kept.size >= maxKept && oldest.done !== true) kept.delete(oldest.value);
		kept.set(text, keys);
	}
	return keys;
}

function readKeys(text: string): VerificationKey[] {
	const pem = decodePem(toByteString(text));
	if (pem !== undefined) {
		if (pem.rest !== "") return fail("extra data after a PEM certificate block");
		return [{ alg: "", kid: "", key: readPemKey(pem.block.type, pem.block.bytes) }];
	}
	const keys: VerificationKey[] = [];
	for (const jwk of prefixed("failed to parse a JWK key (set): jwk.ParseString: failed to parse string: ", () =>
		parseJwkSet(text),
	)) {
		const key = exportJwk(jwk);
		// A key for an algorithm that is not supported is as good as absent.
		if (jwk.alg === "" || isKnownAlgorithm(jwk.alg)) keys.push({ alg: jwk.alg, kid: jwk.kid, key });
	}
	return keys;
}

function readPemKey(type: string, der: Uint8Array): PublicKey | undefined {
	if (type === "CERTIFICATE") {
		return prefixed("failed to parse a PEM certificate: ", () => parseCertificate(der)).publicKey;
	}
	if (type === "PUBLIC KEY") return prefixed("failed to parse a PEM public key: ", () => parsePkixPublicKey(der));
	return fail("failed to extract a Key from the PEM certificate");
}

export function keyWithId(kid: string, keys: readonly VerificationKey[]): VerificationKey | undefined {
	return keys.find((k) => k.kid === kid);
}

/** Verify with a given scheme, whatever the token's header says: io.jwt.verify_*. */
export function verifyWithKey(
	scheme: SignatureScheme,
	key: AnyKey | undefined,
	message: Uint8Array,
	signature: Uint8Array,
): boolean {
	if (key === undefined || key.kind === "secret" || isPrivate(key)) return false;
	return verifySignature(scheme, key, message, scheme.key === "ec" ? ecdsaFromHalves(signature) : signature);
}

function isPrivate(key: AnyKey): key is Extract<AnyKey, { readonly public: PublicKey }> {
	return "public" in key;
}

/** Verify with the algorithm the token names: io.jwt.decode_verify. */
export function verifyWithAlgorithm(
	key: AnyKey | undefined,
	alg: string,
	message: Uint8Array,
	signature: Uint8Array,
): boolean {
	// RFC 9864's name for the one EdDSA curve there is.
	const algorithm = algorithms.get(alg === "Ed25519" ? "EdDSA" : alg);
	if (algorithm === undefined || key === undefined) return false;
	if (algorithm.hash !== undefined) {
		if (key.kind !== "secret" || key.bytes.length === 0) return false;
		return constantTimeEqual(signature, hmac(algorithm.hash, key.bytes, message));
	}
	const own = isPrivate(key) ? key.public : key;
	if (own.kind === "secret" || algorithm.scheme === undefined) return false;
	if (own.kind === "ec" && signature.length !== joseSignatureSize(own.curve)) return false;
	return verifyWithKey(algorithm.scheme, own, message, signature);
}

/** Go's name of the private key type an algorithm takes, and how OPA's library introduces it. */
const signingTypes: { readonly [K in SignatureScheme["key"] | "secret"]: readonly [type: string, wrapper: string] } = {
	secret: ["[]byte", "keyconv: failed to produce []byte"],
	rsa: ["*rsa.PrivateKey", "failed to produce rsa.PrivateKey"],
	ec: ["*ecdsa.PrivateKey", "keyconv: failed to produce ecdsa.PrivateKey"],
	ed25519: ["ed25519.PrivateKey", "failed to produce ed25519.PrivateKey"],
	dsa: ["", ""],
};

/** The JWK kinds that hold such a key. */
const signingKinds: { readonly [K in SignatureScheme["key"] | "secret"]: readonly string[] } = {
	secret: ["symmetricKey"],
	rsa: ["rsaPrivateKey"],
	ec: ["ecdsaPrivateKey"],
	ed25519: ["okpPrivateKey"],
	dsa: [],
};

/** The signature part of a token. `alg` must be known. */
export function signToken(jwk: JwkKey, alg: string, message: Uint8Array): Uint8Array {
	const algorithm = algorithms.get(alg) ?? fail(`unknown JWS algorithm: ${alg}`);
	const wanted = algorithm.scheme?.key ?? "secret";
	const key = signingKey(jwk, wanted);
	if (key.kind === "secret") return hmac(algorithm.hash as HashName, key.bytes, message);
	if (!isPrivate(key) || algorithm.scheme === undefined) return fail("invalid key type");
	return signMessage(algorithm.scheme, key.kind === "rsa-private" ? completeRsaKey(key) : key, message);
}

function signingKey(jwk: JwkKey, wanted: SignatureScheme["key"] | "secret"): AnyKey {
	const [type, wrapper] = signingTypes[wanted];
	const failed = `jwsbb.Sign: invalid key type *jwk.${jwk.kind}. ${type} is required: ${wrapper} from *jwk.${jwk.kind}: `;
	const isOkp = jwk.kind.startsWith("okp");
	if (!signingKinds[wanted].includes(jwk.kind)) {
		// OPA's library converts an OKP key before it looks at its type.
		if (isOkp) prefixed(failed, () => exportJwk(jwk));
		return fail(
			failed +
				(isOkp ? wrongOkpType(jwk, type) : `jwk.Export: no suitable exporter found for key type '*jwk.${jwk.kind}'`),
		);
	}
	const key = prefixed(failed, () => exportJwk(jwk));
	if (wanted === "ed25519" && key.kind !== "ed25519-private") return fail(failed + wrongOkpType(jwk, type));
	return key;
}

function wrongOkpType(jwk: JwkKey, type: string): string {
	const half = jwk.kind === "okpPrivateKey" ? "PrivateKey" : "PublicKey";
	const own = jwk.curve === "X25519" ? `*ecdh.${half}` : `ed25519.${half}`;
	const was = type.startsWith("[]") ? "*[]uint8" : type.startsWith("*") ? type : `*${type}`;
	return `jwk.Export: failed to assign key: argument to AssignIfCompatible() must be compatible with ${own} (was ${was})`;
}
