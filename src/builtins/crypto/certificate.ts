/**
 * X.509 certificates: DER → Certificate, accepting and refusing what Go's crypto/x509 does, with its
 * error texts. Extensions are interpreted in certificate-extensions.ts.
 */
import { fail } from "../failure.ts";
import { type ExtensionFields, emptyExtensions, type RawExtension, readExtensions } from "./certificate-extensions.ts";
import { bytesEqual, contextTag, DerReader, type DerTime, rightAlign, tag } from "./der.ts";
import { type NameAttribute, parseName } from "./distinguished-name.ts";
import { keyOids, type PublicKey, parseAlgorithm, parsePublicKey, parseSpki } from "./keys.ts";
import { type SignatureAlgorithm, signatureAlgorithmOf } from "./signature-algorithms.ts";

export interface Certificate extends ExtensionFields {
	readonly raw: Uint8Array;
	readonly rawTbs: Uint8Array;
	readonly rawSpki: Uint8Array;
	readonly rawSubject: Uint8Array;
	readonly rawIssuer: Uint8Array;
	readonly signature: Uint8Array;
	/** Undefined: none that is known. */
	readonly signatureAlgorithm: SignatureAlgorithm | undefined;
	/** Go's PublicKeyAlgorithm. */
	readonly publicKeyAlgorithm: number;
	readonly publicKey: PublicKey | undefined;
	readonly version: number;
	readonly serialNumber: bigint;
	readonly issuer: readonly NameAttribute[];
	readonly subject: readonly NameAttribute[];
	readonly notBefore: DerTime;
	readonly notAfter: DerTime;
	/** Empty and absent print alike: null. */
	readonly extensions: readonly RawExtension[];
}

/** Go's numbers of public key algorithms; 0 is unknown. */
export function publicKeyAlgorithmNumber(oid: string): number {
	return [keyOids.rsa, keyOids.dsa, keyOids.ec, keyOids.ed25519].indexOf(oid as (typeof keyOids)["rsa"]) + 1;
}

/** One certificate and nothing else. */
export function parseCertificate(der: Uint8Array): Certificate {
	const cert = parseLeadingCertificate(der);
	return cert.raw.length === der.length ? cert : fail("x509: trailing data");
}

/** Certificates one after another. */
export function parseCertificates(der: Uint8Array): Certificate[] {
	const out: Certificate[] = [];
	for (let rest = der; rest.length > 0; ) {
		const cert = parseLeadingCertificate(rest);
		out.push(cert);
		rest = rest.subarray(cert.raw.length);
	}
	return out;
}

function parseLeadingCertificate(der: Uint8Array): Certificate {
	const outer = new DerReader(der).element(tag.sequence) ?? fail("x509: malformed certificate");
	const input = new DerReader(outer.content);
	const tbsElement = input.element(tag.sequence) ?? fail("x509: malformed tbs certificate");
	const tbs = new DerReader(tbsElement.content);

	const version = readVersion(tbs);
	const serialNumber = tbs.integer() ?? fail("x509: malformed serial number");
	if (serialNumber < 0n) return fail("x509: negative serial number");

	const innerAlgorithm = tbs.content(tag.sequence) ?? fail("x509: malformed signature algorithm identifier");
	const outerAlgorithm = input.content(tag.sequence) ?? fail("x509: malformed algorithm identifier");
	if (!bytesEqual(innerAlgorithm, outerAlgorithm)) {
		return fail("x509: inner and outer signature algorithm identifiers don't match");
	}
	const signatureAlgorithm = signatureAlgorithmOf(parseAlgorithm(innerAlgorithm));

	const issuerElement = tbs.element(tag.sequence) ?? fail("x509: malformed issuer");
	const issuer = parseName(issuerElement.full);
	const validity = tbs.enter(tag.sequence) ?? fail("x509: malformed validity");
	const notBefore = readTime(validity);
	const notAfter = readTime(validity);
	const subjectElement = tbs.element(tag.sequence) ?? fail("x509: malformed issuer");
	const subject = parseName(subjectElement.full);

	const spkiElement = tbs.element(tag.sequence) ?? fail("x509: malformed spki");
	const spki = parseSpki(spkiElement.full);
	const publicKeyAlgorithm = publicKeyAlgorithmNumber(spki.algorithm.oid);
	const publicKey = publicKeyAlgorithm === 0 ? undefined : parsePublicKey(spki);

	const extensions = version > 1 ? readRawExtensions(tbs, version) : [];
	const fields = extensions.length === 0 ? emptyExtensions : readExtensions(extensions);
	const signature = input.bitString() ?? fail("x509: malformed signature");
	return {
		...fields,
		raw: outer.full,
		rawTbs: tbsElement.full,
		rawSpki: spkiElement.full,
		rawSubject: subjectElement.full,
		rawIssuer: issuerElement.full,
		signature: rightAlign(signature),
		signatureAlgorithm,
		publicKeyAlgorithm,
		publicKey,
		version,
		serialNumber,
		issuer,
		subject,
		notBefore,
		notAfter,
		extensions,
	};
}

/** 1-based, as Go counts. */
function readVersion(tbs: DerReader): number {
	const explicit = tbs.optional(contextTag(0, true));
	if (explicit === null) return 1;
	const inner = explicit === undefined ? undefined : new DerReader(explicit);
	const v = inner?.smallInteger();
	if (v === undefined || inner?.empty === false || v < 0) return fail("x509: malformed version");
	return v > 2 ? fail("x509: invalid version") : v + 1;
}

function readTime(validity: DerReader): DerTime {
	if (validity.peek(tag.utcTime)) return validity.utcTime() ?? fail("x509: malformed UTCTime");
	if (validity.peek(tag.generalizedTime)) return validity.generalizedTime() ?? fail("x509: malformed GeneralizedTime");
	return fail("x509: unsupported time format");
}

function readRawExtensions(tbs: DerReader, version: number): RawExtension[] {
	if (tbs.optional(contextTag(1)) === undefined) return fail("x509: malformed issuerUniqueID");
	if (tbs.optional(contextTag(2)) === undefined) return fail("x509: malformed subjectUniqueID");
	if (version !== 3) return [];
	const explicit = tbs.optional(contextTag(3, true));
	if (explicit === null) return [];
	const list = explicit === undefined ? undefined : new DerReader(explicit).enter(tag.sequence);
	if (list === undefined) return fail("x509: malformed extensions");
	const out: RawExtension[] = [];
	const seen = new Set<string>();
	while (!list.empty) {
		const extension = parseExtension(list.content(tag.sequence) ?? fail("x509: malformed extension"));
		const name = extension.id.join(".");
		if (seen.has(name)) return fail(`x509: certificate contains duplicate extension with OID "${name}"`);
		seen.add(name);
		out.push(extension);
	}
	return out;
}

function parseExtension(content: Uint8Array): RawExtension {
	const r = new DerReader(content);
	const id = r.oid() ?? fail("x509: malformed extension OID field");
	let critical = false;
	if (r.peek(tag.boolean)) critical = r.boolean() ?? fail("x509: malformed extension critical field");
	const value = r.content(tag.octetString) ?? fail("x509: malformed extension value field");
	return { id, critical, value };
}
