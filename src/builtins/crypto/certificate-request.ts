/**
 * PKCS #10 certificate requests: DER → CertificateRequest. Attributes are decoded as far as Go decodes
 * them: lists of (type, value) pairs such as requested extensions; others are skipped.
 */
import { fromBigInt } from "../../value/number.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { fail } from "../failure.ts";
import { encodeBase64 } from "./base64.ts";
import { publicKeyAlgorithmNumber } from "./certificate.ts";
import { type AltNames, parseAltNames, type RawExtension } from "./certificate-extensions.ts";
import { contextTag, DerReader, rightAlign, tag } from "./der.ts";
import { type NameAttribute, parseDerString, parseName } from "./distinguished-name.ts";
import { type PublicKey, parseAlgorithm, parsePublicKey, parseSpki } from "./keys.ts";
import { type SignatureAlgorithm, signatureAlgorithmOf } from "./signature-algorithms.ts";

export interface CertificateRequest extends AltNames {
	readonly raw: Uint8Array;
	readonly rawTbs: Uint8Array;
	readonly rawSpki: Uint8Array;
	readonly rawSubject: Uint8Array;
	readonly version: number;
	readonly signature: Uint8Array;
	readonly signatureAlgorithm: SignatureAlgorithm | undefined;
	readonly publicKeyAlgorithm: number;
	readonly publicKey: PublicKey | undefined;
	readonly subject: readonly NameAttribute[];
	readonly attributes: readonly PlainObject[];
	readonly extensions: readonly RawExtension[];
}

const malformed = "asn1: structure error: tags don't match or data is malformed";
const truncated = "asn1: syntax error: data truncated";
const extensionRequest = "1.2.840.113549.1.9.14";
const subjectAltName = "2.5.29.17";

export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
	if (der.length === 0) return fail("asn1: syntax error: sequence truncated");
	const whole = new DerReader(der);
	const outer = whole.element(tag.sequence) ?? fail(der[0] === tag.sequence ? truncated : malformed);
	if (!whole.empty) return fail("asn1: syntax error: trailing data");
	const input = new DerReader(outer.content);
	const tbsElement = input.element(tag.sequence) ?? fail(malformed);
	const algorithm = parseAlgorithm(input.content(tag.sequence) ?? fail(malformed));
	const signature = input.bitString() ?? fail(malformed);

	const tbs = new DerReader(tbsElement.content);
	const version = tbs.smallInteger() ?? fail(malformed);
	const subjectElement = tbs.any() ?? fail(malformed);
	const spkiElement = tbs.element(tag.sequence) ?? fail(malformed);
	const attributeList = tbs.enter(contextTag(0, true)) ?? fail(malformed);
	const rawAttributes: Uint8Array[] = [];
	while (!attributeList.empty) rawAttributes.push((attributeList.any() ?? fail(malformed)).full);

	const spki = parseSpki(spkiElement.full);
	const publicKeyAlgorithm = publicKeyAlgorithmNumber(spki.algorithm.oid);
	const publicKey = publicKeyAlgorithm === 0 ? undefined : parsePublicKey(spki);
	const subject = parseName(subjectElement.full);
	const extensions = requestedExtensions(rawAttributes);
	let names: AltNames = { dnsNames: [], emailAddresses: [], ipAddresses: [], uris: [] };
	for (const e of extensions) if (e.id.join(".") === subjectAltName) names = parseAltNames(e.value);
	return {
		...names,
		raw: outer.full,
		rawTbs: tbsElement.full,
		rawSpki: spkiElement.full,
		rawSubject: subjectElement.full,
		version,
		signature: rightAlign(signature),
		signatureAlgorithm: signatureAlgorithmOf(algorithm),
		publicKeyAlgorithm,
		publicKey,
		subject,
		attributes: rawAttributes.map(attributeValue).filter((a) => a !== undefined),
		extensions,
	};
}

function requestedExtensions(rawAttributes: readonly Uint8Array[]): RawExtension[] {
	const out: RawExtension[] = [];
	const seen = new Set<string>();
	for (const raw of rawAttributes) {
		const attribute = new DerReader(raw).enter(tag.sequence);
		if (attribute?.oid()?.join(".") !== extensionRequest) continue;
		const values = attribute.enter(tag.set);
		if (values === undefined || values.empty) continue;
		const list = values.enter(tag.sequence) ?? fail(malformed);
		const here: string[] = [];
		while (!list.empty) {
			const e = new DerReader(list.content(tag.sequence) ?? fail(malformed));
			const id = e.oid() ?? fail(malformed);
			const critical = e.peek(tag.boolean) ? (e.boolean() ?? fail(malformed)) : false;
			const value = e.content(tag.octetString) ?? fail(malformed);
			out.push({ id, critical, value });
			here.push(id.join("."));
		}
		for (const name of here) {
			if (seen.has(name)) return fail("x509: certificate request contains duplicate requested extensions");
			seen.add(name);
		}
	}
	return out;
}

/** An attribute whose values are lists of (type, value) pairs; undefined for any other. */
function attributeValue(raw: Uint8Array): PlainObject | undefined {
	const r = new DerReader(raw).enter(tag.sequence);
	const type = r?.oid();
	const set = r?.enter(tag.set);
	if (type === undefined || set === undefined) return undefined;
	const lists: Value[] = [];
	while (!set.empty) {
		const list = set.enter(tag.sequence);
		if (list === undefined) return undefined;
		const pairs: Value[] = [];
		while (!list.empty) {
			const pair = list.enter(tag.sequence);
			const pairType = pair?.oid();
			const value = pair?.any();
			if (pairType === undefined || value === undefined) return undefined;
			pairs.push({ Type: pairType, Value: anyValue(value.tag, value.full, value.content) });
		}
		lists.push(pairs);
	}
	return { Type: type, Value: lists };
}

/** What Go's asn1 makes of an element of unknown type. */
function anyValue(t: number, full: Uint8Array, content: Uint8Array): Value {
	const r = new DerReader(full);
	switch (t) {
		case tag.boolean:
			return r.boolean() ?? null;
		case tag.integer: {
			const n = r.integer();
			return n === undefined ? null : fromBigInt(n);
		}
		case tag.octetString:
			return encodeBase64(content);
		case tag.oid:
			return r.oid() ?? null;
		case tag.bitString: {
			const bits = r.bitString();
			if (bits === undefined) return null;
			return { Bytes: encodeBase64(bits.bytes), BitLength: bits.bytes.length * 8 - bits.unused };
		}
		default: {
			const text = parseDerString(t, content);
			return "ok" in text ? text.ok : null;
		}
	}
}
