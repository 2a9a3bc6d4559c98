/**
 * The certificate extensions that have fields of their own in Go's x509.Certificate. Anything else is
 * kept raw; a critical extension that is not understood is listed, and refused when verifying.
 */

import { byteAt } from "../../at.ts";
import { fromByteString } from "../../go/byte-string.ts";
import type { IpBytes, IpNetwork } from "../../go/ip.ts";
import { type GoUrl, parseGoUrl } from "../../go/url.ts";
import { quoteGo } from "../../value/term-text.ts";
import { fail } from "../failure.ts";
import { bitAt, contextTag, DerReader, parseOid, tag } from "./der.ts";
import { isValidDomainName, parseNameConstraints } from "./name-constraints.ts";

export interface RawExtension {
	readonly id: readonly number[];
	readonly critical: boolean;
	readonly value: Uint8Array;
}

type Network = Pick<IpNetwork, "ip" | "mask">;

/** One direction (permitted or excluded) of name constraints. */
export interface NameSubtrees {
	readonly dns: readonly string[];
	readonly ip: readonly Network[];
	readonly email: readonly string[];
	readonly uri: readonly string[];
}

/** A number of a policy extension and whether it was an explicit zero. */
export interface ExtensionFields {
	readonly keyUsage: number;
	readonly extKeyUsage: readonly number[];
	readonly unknownExtKeyUsage: readonly (readonly number[])[];
	readonly basicConstraintsValid: boolean;
	readonly isCa: boolean;
	readonly maxPathLen: number;
	readonly subjectKeyId: Uint8Array | undefined;
	readonly authorityKeyId: Uint8Array | undefined;
	readonly ocspServer: readonly string[];
	readonly issuingCertificateUrl: readonly string[];
	readonly dnsNames: readonly string[];
	readonly emailAddresses: readonly string[];
	readonly ipAddresses: readonly IpBytes[];
	readonly uris: readonly GoUrl[];
	readonly nameConstraintsCritical: boolean;
	readonly permitted: NameSubtrees;
	readonly excluded: NameSubtrees;
	readonly crlDistributionPoints: readonly string[];
	/** OIDs as text; undefined when the extension is absent. */
	readonly policies: readonly string[] | undefined;
	readonly policyIdentifiers: readonly (readonly number[])[];
	readonly policyMappings: readonly { readonly issuer: string; readonly subject: string }[];
	/** Undefined: absent. */
	readonly inhibitAnyPolicy: number | undefined;
	readonly inhibitPolicyMapping: number | undefined;
	readonly requireExplicitPolicy: number | undefined;
	readonly unhandledCritical: readonly (readonly number[])[];
}

type Draft = { -readonly [K in keyof ExtensionFields]: ExtensionFields[K] };

const noSubtrees: NameSubtrees = { dns: [], ip: [], email: [], uri: [] };

export const emptyExtensions: ExtensionFields = {
	keyUsage: 0,
	extKeyUsage: [],
	unknownExtKeyUsage: [],
	basicConstraintsValid: false,
	isCa: false,
	maxPathLen: 0,
	subjectKeyId: undefined,
	authorityKeyId: undefined,
	ocspServer: [],
	issuingCertificateUrl: [],
	dnsNames: [],
	emailAddresses: [],
	ipAddresses: [],
	uris: [],
	nameConstraintsCritical: false,
	permitted: noSubtrees,
	excluded: noSubtrees,
	crlDistributionPoints: [],
	policies: undefined,
	policyIdentifiers: [],
	policyMappings: [],
	inhibitAnyPolicy: undefined,
	inhibitPolicyMapping: undefined,
	requireExplicitPolicy: undefined,
	unhandledCritical: [],
};

/** Returns true when the extension, though known, was not (fully) understood. */
type ExtensionReader = (out: Draft, e: RawExtension) => boolean;

const readers: ReadonlyMap<string, ExtensionReader> = new Map<string, ExtensionReader>([
	["2.5.29.14", readSubjectKeyId],
	["2.5.29.15", readKeyUsage],
	["2.5.29.17", readSubjectAltName],
	["2.5.29.19", readBasicConstraints],
	["2.5.29.30", readNameConstraints],
	["2.5.29.31", readCrlDistributionPoints],
	["2.5.29.32", readPolicies],
	["2.5.29.33", readPolicyMappings],
	["2.5.29.35", readAuthorityKeyId],
	["2.5.29.36", readPolicyConstraints],
	["2.5.29.37", readExtKeyUsage],
	["2.5.29.54", readInhibitAnyPolicy],
	["1.3.6.1.5.5.7.1.1", readAuthorityInfoAccess],
]);

export function readExtensions(extensions: readonly RawExtension[]): ExtensionFields {
	const out: Draft = { ...emptyExtensions };
	for (const e of extensions) {
		const unhandled = readers.get(e.id.join("."))?.(out, e) ?? true;
		if (e.critical && unhandled) out.unhandledCritical = [...out.unhandledCritical, e.id];
	}
	return out;
}

function text(bytes: Uint8Array): string {
	return fromByteString(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
}

function readSubjectKeyId(out: Draft, e: RawExtension): boolean {
	if (e.critical) return fail("x509: subject key identifier incorrectly marked critical");
	out.subjectKeyId = new DerReader(e.value).content(tag.octetString) ?? fail("x509: invalid subject key identifier");
	return false;
}

function readKeyUsage(out: Draft, e: RawExtension): boolean {
	const bits = new DerReader(e.value).bitString() ?? fail("x509: invalid key usage");
	out.keyUsage = 0;
	for (let i = 0; i < 9; i++) if (bitAt(bits, i)) out.keyUsage |= 1 << i;
	return false;
}

function readBasicConstraints(out: Draft, e: RawExtension): boolean {
	const invalid = "x509: invalid basic constraints";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(invalid);
	out.isCa = r.peek(tag.boolean) ? (r.boolean() ?? fail(invalid)) : false;
	out.maxPathLen = -1;
	if (r.peek(tag.integer)) {
		const n = r.integer();
		if (n === undefined || n < 0n || n >= 2n ** 63n) return fail(invalid);
		out.maxPathLen = Number(n);
	}
	out.basicConstraintsValid = true;
	return false;
}

/** Names of a subjectAltName extension. */
export interface AltNames {
	readonly dnsNames: readonly string[];
	readonly emailAddresses: readonly string[];
	readonly ipAddresses: readonly IpBytes[];
	readonly uris: readonly GoUrl[];
}

export function parseAltNames(value: Uint8Array): AltNames {
	const r = new DerReader(value).enter(tag.sequence) ?? fail("x509: invalid subject alternative names");
	const dnsNames: string[] = [];
	const emailAddresses: string[] = [];
	const ipAddresses: IpBytes[] = [];
	const uris: GoUrl[] = [];
	while (!r.empty) {
		const name = r.any() ?? fail("x509: invalid subject alternative name");
		switch (name.tag) {
			case contextTag(1):
				emailAddresses.push(ia5(name.content, "x509: SAN rfc822Name is malformed"));
				break;
			case contextTag(2):
				dnsNames.push(ia5(name.content, "x509: SAN dNSName is malformed"));
				break;
			case contextTag(6):
				uris.push(parseUriName(ia5(name.content, "x509: SAN uniformResourceIdentifier is malformed")));
				break;
			case contextTag(7):
				if (name.content.length !== 4 && name.content.length !== 16) {
					return fail(`x509: cannot parse IP address of length ${name.content.length}`);
				}
				ipAddresses.push(name.content);
				break;
			default:
		}
	}
	return { dnsNames, emailAddresses, ipAddresses, uris };
}

function ia5(bytes: Uint8Array, error: string): string {
	return bytes.every((b) => b < 0x80) ? text(bytes) : fail(error);
}

function parseUriName(uri: string): GoUrl {
	const parsed = parseGoUrl(uri);
	if ("error" in parsed) return fail(`x509: cannot parse URI ${quoteGo(uri)}: ${parsed.error}`);
	if (parsed.host !== "" && !isValidDomainName(parsed.host, false)) {
		return fail(`x509: cannot parse URI ${quoteGo(uri)}: invalid domain`);
	}
	return parsed;
}

function readSubjectAltName(out: Draft, e: RawExtension): boolean {
	const names = parseAltNames(e.value);
	Object.assign(out, names);
	// Nothing of a known kind: then the extension as a whole was not understood.
	return names.dnsNames.length + names.emailAddresses.length + names.ipAddresses.length + names.uris.length === 0;
}

function readNameConstraints(out: Draft, e: RawExtension): boolean {
	const parsed = parseNameConstraints(e.value);
	out.permitted = parsed.permitted;
	out.excluded = parsed.excluded;
	out.nameConstraintsCritical = e.critical;
	return parsed.unhandled;
}

function readCrlDistributionPoints(out: Draft, e: RawExtension): boolean {
	const invalid = "x509: invalid CRL distribution point";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(`${invalid}s`);
	const urls: string[] = [];
	while (!r.empty) {
		const point = r.enter(tag.sequence) ?? fail(invalid);
		const name = point.optional(contextTag(0, true));
		if (name === undefined) return fail(invalid);
		if (name === null) continue;
		const full = new DerReader(name).enter(contextTag(0, true)) ?? fail(invalid);
		while (full.peek(contextTag(6))) urls.push(text(full.content(contextTag(6)) ?? fail(invalid)));
	}
	out.crlDistributionPoints = urls;
	return false;
}

function readAuthorityKeyId(out: Draft, e: RawExtension): boolean {
	if (e.critical) return fail("x509: authority key identifier incorrectly marked critical");
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail("x509: invalid authority key identifier");
	const id = r.optional(contextTag(0));
	if (id === undefined) return fail("x509: invalid authority key identifier");
	if (id !== null) out.authorityKeyId = id;
	return false;
}

function readPolicyConstraints(out: Draft, e: RawExtension): boolean {
	const invalid = "x509: invalid policy constraints extension";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(invalid);
	if (r.peek(contextTag(0))) out.requireExplicitPolicy = r.smallInteger(contextTag(0)) ?? fail(invalid);
	if (r.peek(contextTag(1))) out.inhibitPolicyMapping = r.smallInteger(contextTag(1)) ?? fail(invalid);
	return false;
}

function readInhibitAnyPolicy(out: Draft, e: RawExtension): boolean {
	out.inhibitAnyPolicy = new DerReader(e.value).smallInteger() ?? fail("x509: invalid inhibit any policy extension");
	return false;
}

/** Extended key usages by Go's numbers. */
const extKeyUsageOids: readonly string[] = [
	"2.5.29.37.0",
	"1.3.6.1.5.5.7.3.1",
	"1.3.6.1.5.5.7.3.2",
	"1.3.6.1.5.5.7.3.3",
	"1.3.6.1.5.5.7.3.4",
	"1.3.6.1.5.5.7.3.5",
	"1.3.6.1.5.5.7.3.6",
	"1.3.6.1.5.5.7.3.7",
	"1.3.6.1.5.5.7.3.8",
	"1.3.6.1.5.5.7.3.9",
	"1.3.6.1.4.1.311.10.3.3",
	"2.16.840.1.113730.4.1",
	"1.3.6.1.4.1.311.2.1.22",
	"1.3.6.1.4.1.311.61.1.1",
];

function readExtKeyUsage(out: Draft, e: RawExtension): boolean {
	const invalid = "x509: invalid extended key usages";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(invalid);
	const known: number[] = [];
	const unknown: (readonly number[])[] = [];
	while (!r.empty) {
		const oid = r.oid() ?? fail(invalid);
		const number = extKeyUsageOids.indexOf(oid.join("."));
		if (number >= 0) known.push(number);
		else unknown.push(oid);
	}
	out.extKeyUsage = known;
	out.unknownExtKeyUsage = unknown;
	return false;
}

function readPolicies(out: Draft, e: RawExtension): boolean {
	const invalid = "x509: invalid certificate policies";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(invalid);
	const seen = new Set<string>();
	const identifiers: (readonly number[])[] = [];
	while (!r.empty) {
		const oid = r.enter(tag.sequence)?.content(tag.oid) ?? fail(invalid);
		const name = oidText(oid) ?? fail(invalid);
		if (seen.has(name)) return fail(invalid);
		seen.add(name);
		const arcs = parseOid(oid);
		if (arcs !== undefined) identifiers.push(arcs);
	}
	out.policies = [...seen];
	out.policyIdentifiers = identifiers;
	return false;
}

/** An OID whose arcs may be of any size, as text. */
function oidText(content: Uint8Array): string | undefined {
	if (content.length === 0 || byteAt(content, content.length - 1) >= 0x80) return undefined;
	const arcs: bigint[] = [];
	let v = 0n;
	let fresh = true;
	for (const b of content) {
		if (fresh && b === 0x80) return undefined;
		v = (v << 7n) | BigInt(b & 0x7f);
		fresh = b < 0x80;
		if (!fresh) continue;
		if (arcs.length > 0) arcs.push(v);
		else if (v < 80n) arcs.push(v / 40n, v % 40n);
		else arcs.push(2n, v - 80n);
		v = 0n;
	}
	return arcs.join(".");
}

function readPolicyMappings(out: Draft, e: RawExtension): boolean {
	const invalid = "x509: invalid policy mappings extension";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(invalid);
	const mappings: { issuer: string; subject: string }[] = [];
	while (!r.empty) {
		const pair = r.enter(tag.sequence);
		const issuer = pair?.content(tag.oid) ?? fail(invalid);
		const subject = pair?.content(tag.oid) ?? fail(invalid);
		mappings.push({ issuer: oidText(issuer) ?? "", subject: oidText(subject) ?? "" });
	}
	out.policyMappings = mappings;
	return false;
}

function readAuthorityInfoAccess(out: Draft, e: RawExtension): boolean {
	if (e.critical) return fail("x509: authority info access incorrectly marked critical");
	const invalid = "x509: invalid authority info access";
	const r = new DerReader(e.value).enter(tag.sequence) ?? fail(invalid);
	const ocsp: string[] = [];
	const issuers: string[] = [];
	while (!r.empty) {
		const access = r.enter(tag.sequence) ?? fail(invalid);
		const method = (access.oid() ?? fail(invalid)).join(".");
		if (!access.peek(contextTag(6))) continue;
		const location = text(access.content(contextTag(6)) ?? fail(invalid));
		if (method === "1.3.6.1.5.5.7.48.1") ocsp.push(location);
		else if (method === "1.3.6.1.5.5.7.48.2") issuers.push(location);
	}
	out.ocspServer = ocsp;
	out.issuingCertificateUrl = issuers;
	return false;
}
