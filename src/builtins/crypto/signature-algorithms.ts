/**
 * Signature algorithms of certificates: OID and parameters → Go's numbering, hash and key type.
 */
import { bytesEqual, contextTag, DerReader, tag } from "./der.ts";
import type { HashName } from "./hash.ts";
import type { AlgorithmIdentifier } from "./keys.ts";

export interface SignatureAlgorithm {
	/** Go's SignatureAlgorithm. */
	readonly number: number;
	readonly key: "rsa" | "dsa" | "ec" | "ed25519";
	/** Undefined for Ed25519, which hashes by itself. */
	readonly hash: HashName | undefined;
	readonly pss: boolean;
}

function algorithm(
	number: number,
	key: SignatureAlgorithm["key"],
	hash: HashName | undefined,
	pss = false,
): SignatureAlgorithm {
	return { number, key, hash, pss };
}

const byOid: ReadonlyMap<string, SignatureAlgorithm> = new Map([
	["1.2.840.113549.1.1.4", algorithm(2, "rsa", "md5")],
	["1.2.840.113549.1.1.5", algorithm(3, "rsa", "sha1")],
	["1.3.14.3.2.29", algorithm(3, "rsa", "sha1")],
	["1.2.840.113549.1.1.11", algorithm(4, "rsa", "sha256")],
	["1.2.840.113549.1.1.12", algorithm(5, "rsa", "sha384")],
	["1.2.840.113549.1.1.13", algorithm(6, "rsa", "sha512")],
	["1.2.840.10040.4.3", algorithm(7, "dsa", "sha1")],
	["2.16.840.1.101.3.4.3.2", algorithm(8, "dsa", "sha256")],
	["1.2.840.10045.4.1", algorithm(9, "ec", "sha1")],
	["1.2.840.10045.4.3.2", algorithm(10, "ec", "sha256")],
	["1.2.840.10045.4.3.3", algorithm(11, "ec", "sha384")],
	["1.2.840.10045.4.3.4", algorithm(12, "ec", "sha512")],
	["1.3.101.112", algorithm(16, "ed25519", undefined)],
]);

const rsaPss = "1.2.840.113549.1.1.10";
const mgf1 = "1.2.840.113549.1.1.8";

/** Hash OID → algorithm and the salt length it must have. */
const pssByHash: ReadonlyMap<string, readonly [algorithm: SignatureAlgorithm, salt: bigint]> = new Map([
	["2.16.840.1.101.3.4.2.1", [algorithm(13, "rsa", "sha256", true), 32n]],
	["2.16.840.1.101.3.4.2.2", [algorithm(14, "rsa", "sha384", true), 48n]],
	["2.16.840.1.101.3.4.2.3", [algorithm(15, "rsa", "sha512", true), 64n]],
]);

export function signatureAlgorithmOf(ai: AlgorithmIdentifier): SignatureAlgorithm | undefined {
	if (ai.oid === rsaPss) return pssAlgorithm(ai.parameters);
	const found = byOid.get(ai.oid);
	return found?.key === "ed25519" && ai.parameters.length > 0 ? undefined : found;
}

/** PSS carries its hash, mask function and salt length; only the three usual combinations are known. */
function pssAlgorithm(parameters: Uint8Array): SignatureAlgorithm | undefined {
	const r = new DerReader(parameters).enter(tag.sequence);
	const hash = plainHash(r?.enter(contextTag(0, true)));
	const mask = r?.enter(contextTag(1, true))?.enter(tag.sequence);
	if (r === undefined || hash === undefined || mask?.oid()?.join(".") !== mgf1) return undefined;
	if (plainHash(mask) !== hash) return undefined;
	const salt = r.enter(contextTag(2, true))?.integer();
	if (!r.empty && r.enter(contextTag(3, true))?.integer() !== 1n) return undefined;
	const known = pssByHash.get(hash);
	return known !== undefined && salt === known[1] ? known[0] : undefined;
}

/** The OID of an AlgorithmIdentifier whose parameters are absent or NULL. */
function plainHash(r: DerReader | undefined): string | undefined {
	const inner = r?.enter(tag.sequence);
	const oid = inner?.oid()?.join(".");
	if (inner === undefined || oid === undefined) return undefined;
	return inner.empty || bytesEqual(inner.rest, Uint8Array.of(tag.null, 0)) ? oid : undefined;
}
