/**
 * Public and private keys as plain data, whatever they were read from (certificate, PEM, JWK), and the
 * SubjectPublicKeyInfo they are exchanged in. What parses is what Go's crypto/x509 parses.
 */
import { fail } from "../failure.ts";
import { type CurveName, curveOids, curves, isOnCurve } from "./curves.ts";
import { bigIntToBytes, bytesEqual, bytesToBigInt, concatBytes, DerReader, encodeDer, rightAlign, tag } from "./der.ts";

export interface RsaPublicKey {
	readonly kind: "rsa";
	readonly n: bigint;
	readonly e: bigint;
}

export interface EcPublicKey {
	readonly kind: "ec";
	readonly curve: CurveName;
	readonly x: bigint;
	readonly y: bigint;
}

export interface Ed25519PublicKey {
	readonly kind: "ed25519";
	readonly bytes: Uint8Array;
}

export interface X25519PublicKey {
	readonly kind: "x25519";
	readonly bytes: Uint8Array;
}

export interface DsaPublicKey {
	readonly kind: "dsa";
	readonly p: bigint;
	readonly q: bigint;
	readonly g: bigint;
	readonly y: bigint;
}

export type PublicKey = RsaPublicKey | EcPublicKey | Ed25519PublicKey | X25519PublicKey | DsaPublicKey;

export interface RsaPrivateKey {
	readonly kind: "rsa-private";
	readonly public: RsaPublicKey;
	readonly d: bigint;
	/** Two or more. */
	readonly primes: readonly bigint[];
	readonly dp: bigint;
	readonly dq: bigint;
	readonly qinv: bigint;
}

export interface EcPrivateKey {
	readonly kind: "ec-private";
	readonly public: EcPublicKey;
	readonly d: bigint;
}

export interface Ed25519PrivateKey {
	readonly kind: "ed25519-private";
	readonly public: Ed25519PublicKey;
	readonly seed: Uint8Array;
}

export interface X25519PrivateKey {
	readonly kind: "x25519-private";
	readonly public: X25519PublicKey;
	readonly bytes: Uint8Array;
}

export type PrivateKey = RsaPrivateKey | EcPrivateKey | Ed25519PrivateKey | X25519PrivateKey;

export interface SecretKey {
	readonly kind: "secret";
	readonly bytes: Uint8Array;
}

/** Anything a JWK can hold. */
export type AnyKey = PublicKey | PrivateKey | SecretKey;

export const keyOids = {
	rsa: "1.2.840.113549.1.1.1",
	dsa: "1.2.840.10040.4.1",
	ec: "1.2.840.10045.2.1",
	x25519: "1.3.101.110",
	ed25519: "1.3.101.112",
} as const;

export interface AlgorithmIdentifier {
	readonly oid: string;
	/** The parameters element in full; empty when absent. */
	readonly parameters: Uint8Array;
}

/** AlgorithmIdentifier from the content of its SEQUENCE. */
export function parseAlgorithm(content: Uint8Array): AlgorithmIdentifier {
	const r = new DerReader(content);
	const oid = r.oid() ?? fail("x509: malformed OID");
	if (r.empty) return { oid: oid.join("."), parameters: new Uint8Array(0) };
	const parameters = r.any() ?? fail("x509: malformed parameters");
	return { oid: oid.join("."), parameters: parameters.full };
}

export interface SubjectPublicKeyInfo {
	readonly algorithm: AlgorithmIdentifier;
	/** The key's own encoding. */
	readonly key: Uint8Array;
}

/** SubjectPublicKeyInfo from its SEQUENCE in full, with certificate parsing's error texts. */
export function parseSpki(full: Uint8Array): SubjectPublicKeyInfo {
	const spki = new DerReader(full).enter(tag.sequence) ?? fail("x509: malformed spki");
	const algorithm = spki.content(tag.sequence) ?? fail("x509: malformed public key algorithm identifier");
	const parsed = parseAlgorithm(algorithm);
	const bits = spki.bitString() ?? fail("x509: malformed subjectPublicKey");
	return { algorithm: parsed, key: rightAlign(bits) };
}

/** The contents of a `PUBLIC KEY` PEM block. */
export function parsePkixPublicKey(der: Uint8Array): PublicKey {
	const outer = new DerReader(der);
	const element = outer.element(tag.sequence) ?? fail("asn1: structure error: tags don't match");
	if (!outer.empty) return fail("x509: trailing data after ASN.1 of public-key");
	return parsePublicKey(parseSpki(element.full));
}

const nullParameters = Uint8Array.of(tag.null, 0);

export function parsePublicKey(info: SubjectPublicKeyInfo): PublicKey {
	const { oid, parameters } = info.algorithm;
	switch (oid) {
		case keyOids.rsa:
			if (!bytesEqual(parameters, nullParameters)) return fail("x509: RSA key missing NULL parameters");
			return parseRsaPublicKey(info.key);
		case keyOids.ec: {
			const curveOid = new DerReader(parameters).oid() ?? fail("x509: invalid ECDSA parameters");
			const curve = curveOids.get(curveOid.join(".")) ?? fail("x509: unsupported elliptic curve");
			return parseEcPoint(curve, info.key);
		}
		case keyOids.ed25519:
			if (parameters.length > 0) return fail("x509: Ed25519 key encoded with illegal parameters");
			if (info.key.length !== 32) return fail("x509: wrong Ed25519 public key size");
			return { kind: "ed25519", bytes: info.key };
		case keyOids.x25519:
			if (parameters.length > 0) return fail("x509: X25519 key encoded with illegal parameters");
			if (info.key.length !== 32) return fail("crypto/ecdh: invalid public key");
			return { kind: "x25519", bytes: info.key };
		case keyOids.dsa:
			return parseDsaPublicKey(info);
		default:
			return fail("x509: unknown public key algorithm");
	}
}

function parseRsaPublicKey(der: Uint8Array): RsaPublicKey {
	const r = new DerReader(der).enter(tag.sequence) ?? fail("x509: invalid RSA public key");
	const n = r.integer() ?? fail("x509: invalid RSA modulus");
	const e = r.smallInteger() ?? fail("x509: invalid RSA public exponent");
	if (n <= 0n) return fail("x509: RSA modulus is not a positive number");
	if (e <= 0) return fail("x509: RSA public exponent is not a positive number");
	return { kind: "rsa", n, e: BigInt(e) };
}

function parseDsaPublicKey(info: SubjectPublicKeyInfo): DsaPublicKey {
	const y = new DerReader(info.key).integer() ?? fail("x509: invalid DSA public key");
	const r = new DerReader(info.algorithm.parameters).enter(tag.sequence);
	const p = r?.integer();
	const q = r?.integer();
	const g = r?.integer();
	if (p === undefined || q === undefined || g === undefined) return fail("x509: invalid DSA parameters");
	if (y <= 0n || p <= 0n || q <= 0n || g <= 0n) return fail("x509: zero or negative DSA parameter");
	return { kind: "dsa", p, q, g, y };
}

/** An uncompressed point that lies on the curve. */
function parseEcPoint(curve: CurveName, bytes: Uint8Array): EcPublicKey {
	const size = curves[curve].bytes;
	const name = curve.replace("-", "");
	if (bytes[0] !== 4) return fail("ecdsa: invalid uncompressed public key");
	if (bytes.length !== 1 + 2 * size) return fail(`invalid ${name} point encoding`);
	const x = bytesToBigInt(bytes.subarray(1, 1 + size));
	const y = bytesToBigInt(bytes.subarray(1 + size));
	if (!isOnCurve(curve, x, y)) return fail(`${name} point not on curve`);
	return { kind: "ec", curve, x, y };
}

/** The uncompressed point of a key. */
export function encodePoint({ curve, x, y }: EcPublicKey): Uint8Array {
	const size = curves[curve].bytes;
	return concatBytes(Uint8Array.of(4), bigIntToBytes(x, size), bigIntToBytes(y, size));
}

/** SubjectPublicKeyInfo of a key. */
export function encodeEcSpki(key: EcPublicKey): Uint8Array {
	const oid = curves[key.curve].oid;
	const algorithm = encodeDer(tag.sequence, encodeOid(keyOids.ec), encodeOid(oid));
	return encodeDer(tag.sequence, algorithm, encodeDer(tag.bitString, Uint8Array.of(0), encodePoint(key)));
}

function encodeOid(oid: string): Uint8Array {
	const [a, b, ...rest] = oid.split(".").map(Number) as [number, number, ...number[]];
	const out: number[] = [];
	for (const arc of [a * 40 + b, ...rest]) {
		const septets = [arc & 0x7f];
		for (let v = Math.floor(arc / 128); v > 0; v = Math.floor(v / 128)) septets.unshift((v & 0x7f) | 0x80);
		out.push(...septets);
	}
	return encodeDer(tag.oid, Uint8Array.from(out));
}
