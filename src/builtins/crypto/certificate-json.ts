/**
 * The values OPA returns for certificates, certificate requests and keys: the JSON of Go's structures
 * (x509.Certificate, x509.CertificateRequest, tls.Certificate, crypto.PrivateKey). Absent lists are
 * null, bytes base64, big integers exact numbers.
 */

import { fromByteString } from "../../go/byte-string.ts";
import { formatIp, type IpBytes, type IpNetwork } from "../../go/ip.ts";
import { formatGoUrl, type GoUrl } from "../../go/url.ts";
import { fromBigInt } from "../../value/number.ts";
import { toWellFormed } from "../../value/utf8.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { encodeBase64 } from "./base64.ts";
import type { Certificate } from "./certificate.ts";
import type { RawExtension } from "./certificate-extensions.ts";
import type { CertificateRequest } from "./certificate-request.ts";
import { concatBytes, type DerTime } from "./der.ts";
import { nameToValue } from "./distinguished-name.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";

function bytes(b: Uint8Array | undefined): Value {
	return b === undefined ? null : encodeBase64(b);
}

function list<T>(items: readonly T[], f: (item: T) => Value): Value {
	return items.length === 0 ? null : items.map(f);
}

/** Text as JSON has it: bytes that are no UTF-8 do not come through. */
function jsonText(byteString: string): string {
	return toWellFormed(fromByteString(byteString));
}

const same = <T extends Value>(v: T): Value => v;

/** RFC 3339, in the zone the certificate was written in. */
function timeToValue(t: DerTime): string {
	const text = new Date((t.seconds + t.offset * 60) * 1000).toISOString().replace(/\.\d+Z$/, "");
	if (t.offset === 0) return `${text}Z`;
	const minutes = Math.abs(t.offset);
	const two = (n: number): string => String(n).padStart(2, "0");
	return `${text}${t.offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function extensionsToValue(extensions: readonly RawExtension[]): Value {
	return list(extensions, (e) => ({ Id: e.id, Critical: e.critical, Value: encodeBase64(e.value) }));
}

function urlToValue(u: GoUrl): PlainObject {
	return {
		Scheme: u.scheme,
		Opaque: jsonText(u.opaque),
		User: u.user === undefined ? null : {},
		Host: jsonText(u.host),
		Path: jsonText(u.path),
		Fragment: jsonText(u.fragment),
		RawQuery: jsonText(u.rawQuery),
		RawPath: jsonText(u.rawPath),
		RawFragment: jsonText(u.rawFragment),
		ForceQuery: u.forceQuery,
		OmitHost: u.omitHost,
	};
}

function networkToValue(n: Pick<IpNetwork, "ip" | "mask">): PlainObject {
	return { IP: formatIp(n.ip), Mask: encodeBase64(n.mask) };
}

/** JSON of a crypto.PublicKey. */
function publicKeyToValue(key: PublicKey | undefined): Value {
	switch (key?.kind) {
		case "rsa":
			return { N: fromBigInt(key.n), E: fromBigInt(key.e) };
		case "ec":
			return { Curve: {}, X: fromBigInt(key.x), Y: fromBigInt(key.y) };
		case "ed25519":
			return encodeBase64(key.bytes);
		case "dsa":
			return { P: fromBigInt(key.p), Q: fromBigInt(key.q), G: fromBigInt(key.g), Y: fromBigInt(key.y) };
		case "x25519":
			return {};
		default:
			return null;
	}
}

/** JSON of a crypto.PrivateKey. */
export function privateKeyToValue(key: PrivateKey): Value {
	switch (key.kind) {
		case "rsa-private":
			return {
				N: fromBigInt(key.public.n),
				E: fromBigInt(key.public.e),
				D: fromBigInt(key.d),
				Primes: key.primes.map(fromBigInt),
				Precomputed: {
					Dp: fromBigInt(key.dp),
					Dq: fromBigInt(key.dq),
					Qinv: fromBigInt(key.qinv),
					CRTValues: [],
				},
			};
		case "ec-private":
			return { Curve: {}, X: fromBigInt(key.public.x), Y: fromBigInt(key.public.y), D: fromBigInt(key.d) };
		case "ed25519-private":
			return encodeBase64(concatBytes(key.seed, key.public.bytes));
		default:
			return {};
	}
}

function altNamesToValue(c: {
	readonly dnsNames: readonly string[];
	readonly emailAddresses: readonly string[];
	readonly ipAddresses: readonly IpBytes[];
	readonly uris: readonly GoUrl[];
}): PlainObject {
	return {
		DNSNames: list(c.dnsNames, same),
		EmailAddresses: list(c.emailAddresses, same),
		IPAddresses: list(c.ipAddresses, formatIp),
		URIs: list(c.uris, urlToValue),
	};
}

/** JSON of x509.Certificate. */
export function certificateToValue(c: Certificate): PlainObject {
	const zero = (n: number | undefined): boolean => n === 0;
	return {
		Raw: bytes(c.raw),
		RawTBSCertificate: bytes(c.rawTbs),
		RawSubjectPublicKeyInfo: bytes(c.rawSpki),
		RawSubject: bytes(c.rawSubject),
		RawIssuer: bytes(c.rawIssuer),
		Signature: bytes(c.signature),
		SignatureAlgorithm: c.signatureAlgorithm?.number ?? 0,
		PublicKeyAlgorithm: c.publicKeyAlgorithm,
		PublicKey: publicKeyToValue(c.publicKey),
		Version: c.version,
		SerialNumber: fromBigInt(c.serialNumber),
		Issuer: nameToValue(c.issuer),
		Subject: nameToValue(c.subject),
		NotBefore: timeToValue(c.notBefore),
		NotAfter: timeToValue(c.notAfter),
		KeyUsage: c.keyUsage,
		Extensions: extensionsToValue(c.extensions),
		ExtraExtensions: null,
		UnhandledCriticalExtensions: list(c.unhandledCritical, same),
		ExtKeyUsage: list(c.extKeyUsage, same),
		UnknownExtKeyUsage: list(c.unknownExtKeyUsage, same),
		BasicConstraintsValid: c.basicConstraintsValid,
		IsCA: c.isCa,
		MaxPathLen: c.maxPathLen,
		MaxPathLenZero: c.basicConstraintsValid && c.maxPathLen === 0,
		SubjectKeyId: bytes(c.subjectKeyId),
		AuthorityKeyId: bytes(c.authorityKeyId),
		OCSPServer: list(c.ocspServer, same),
		IssuingCertificateURL: list(c.issuingCertificateUrl, same),
		...altNamesToValue(c),
		PermittedDNSDomainsCritical: c.nameConstraintsCritical,
		PermittedDNSDomains: list(c.permitted.dns, same),
		ExcludedDNSDomains: list(c.excluded.dns, same),
		PermittedIPRanges: list(c.permitted.ip, networkToValue),
		ExcludedIPRanges: list(c.excluded.ip, networkToValue),
		PermittedEmailAddresses: list(c.permitted.email, same),
		ExcludedEmailAddresses: list(c.excluded.email, same),
		PermittedURIDomains: list(c.permitted.uri, same),
		ExcludedURIDomains: list(c.excluded.uri, same),
		CRLDistributionPoints: list(c.crlDistributionPoints, toWellFormed),
		PolicyIdentifiers: c.policies === undefined ? null : c.policyIdentifiers,
		Policies: list(c.policies ?? [], same),
		InhibitAnyPolicy: c.inhibitAnyPolicy ?? 0,
		InhibitAnyPolicyZero: zero(c.inhibitAnyPolicy),
		InhibitPolicyMapping: c.inhibitPolicyMapping ?? 0,
		InhibitPolicyMappingZero: zero(c.inhibitPolicyMapping),
		RequireExplicitPolicy: c.requireExplicitPolicy ?? 0,
		RequireExplicitPolicyZero: zero(c.requireExplicitPolicy),
		PolicyMappings: list(c.policyMappings, (m) => ({
			IssuerDomainPolicy: m.issuer,
			SubjectDomainPolicy: m.subject,
		})),
	};
}

/** As certificateToValue, with OPA's list of the URI names as text. */
export function extendedCertificateToValue(c: Certificate): PlainObject {
	return { ...certificateToValue(c), URIStrings: list(c.uris, formatGoUrl) };
}

/** JSON of x509.CertificateRequest. */
export function certificateRequestToValue(r: CertificateRequest): PlainObject {
	return {
		Raw: bytes(r.raw),
		RawTBSCertificateRequest: bytes(r.rawTbs),
		RawSubjectPublicKeyInfo: bytes(r.rawSpki),
		RawSubject: bytes(r.rawSubject),
		Version: r.version,
		Signature: bytes(r.signature),
		SignatureAlgorithm: r.signatureAlgorithm?.number ?? 0,
		PublicKeyAlgorithm: r.publicKeyAlgorithm,
		PublicKey: publicKeyToValue(r.publicKey),
		Subject: nameToValue(r.subject),
		Attributes: list(r.attributes, same),
		Extensions: extensionsToValue(r.extensions),
		ExtraExtensions: null,
		...altNamesToValue(r),
	};
}

/** JSON of tls.Certificate. */
export function keyPairToValue(chain: readonly Uint8Array[], leaf: Certificate, key: PrivateKey): PlainObject {
	return {
		Certificate: chain.map(encodeBase64),
		PrivateKey: privateKeyToValue(key),
		SupportedSignatureAlgorithms: null,
		OCSPStaple: null,
		SignedCertificateTimestamps: null,
		Leaf: certificateToValue(leaf),
	};
}
