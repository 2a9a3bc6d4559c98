/**
 * Distinguished names of certificates: RDNSequence → attributes, with Go's checks on each ASN.1 string
 * type, and the JSON of Go's pkix.Name.
 */

import { at, byteAt } from "../../at.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { fail } from "../failure.ts";
import { DerReader, tag } from "./der.ts";

export interface NameAttribute {
	readonly type: readonly number[];
	readonly value: string;
}

/** Attributes of a Name, from its SEQUENCE in full, in the order written. */
export function parseName(full: Uint8Array): NameAttribute[] {
	const sequence = new DerReader(full).enter(tag.sequence) ?? fail("x509: invalid RDNSequence");
	const out: NameAttribute[] = [];
	while (!sequence.empty) {
		const set = sequence.enter(tag.set) ?? fail("x509: invalid RDNSequence");
		while (!set.empty) {
			const attribute = set.enter(tag.sequence) ?? fail("x509: invalid RDNSequence: invalid attribute");
			const type = attribute.oid() ?? fail("x509: invalid RDNSequence: invalid attribute type");
			const value = attribute.any() ?? fail("x509: invalid RDNSequence: invalid attribute value");
			const text = parseDerString(value.tag, value.content);
			if ("error" in text) return fail(`x509: invalid RDNSequence: invalid attribute value: ${text.error}`);
			out.push({ type, value: text.ok });
		}
	}
	return out;
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (b) => String.fromCharCode(b)).join("");

/** The text of an ASN.1 string type, with the check of characters that Go makes. */
export function parseDerString(t: number, bytes: Uint8Array): { readonly ok: string } | { readonly error: string } {
	switch (t) {
		case tag.t61String:
			return { ok: latin1(bytes) };
		case tag.printableString: {
			const s = latin1(bytes);
			return /^[A-Za-z0-9'()+,\-./ :=?*&]*$/.test(s) ? { ok: s } : { error: "invalid PrintableString" };
		}
		case tag.utf8String:
			try {
				return { ok: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
			} catch {
				return { error: "invalid UTF-8 string" };
			}
		case tag.bmpString:
			return parseBmpString(bytes);
		case tag.ia5String: {
			const s = latin1(bytes);
			return /^[\x00-\x7f]*$/.test(s) ? { ok: s } : { error: "invalid IA5String" };
		}
		case tag.numericString: {
			const s = latin1(bytes);
			return /^[0-9 ]*$/.test(s) ? { ok: s } : { error: "invalid NumericString" };
		}
		default:
			return { error: `unsupported string type: ${t}` };
	}
}

function parseBmpString(bytes: Uint8Array): { readonly ok: string } | { readonly error: string } {
	const invalid = { error: "invalid BMPString" };
	if (bytes.length % 2 !== 0) return invalid;
	let out = "";
	for (let i = 0; i < bytes.length; i += 2) {
		const unit = (byteAt(bytes, i) << 8) | byteAt(bytes, i + 1);
		// A terminator is dropped.
		if (unit === 0 && i + 2 === bytes.length) break;
		if (unit >= 0xfffe || (unit >= 0xfdd0 && unit <= 0xfdef) || (unit >= 0xd800 && unit <= 0xdfff)) return invalid;
		out += String.fromCharCode(unit);
	}
	return { ok: out };
}

/** Attributes under 2.5.4 that have a field of their own. */
const listFields: ReadonlyMap<number, string> = new Map([
	[6, "Country"],
	[7, "Locality"],
	[8, "Province"],
	[9, "StreetAddress"],
	[10, "Organization"],
	[11, "OrganizationalUnit"],
	[17, "PostalCode"],
]);

/** The JSON of pkix.Name. */
export function nameToValue(attributes: readonly NameAttribute[]): PlainObject {
	const lists: { [field: string]: string[] | null } = {};
	for (const field of listFields.values()) lists[field] = null;
	let commonName = "";
	let serialNumber = "";
	for (const { type, value } of attributes) {
		if (type.length !== 4 || type[0] !== 2 || type[1] !== 5 || type[2] !== 4) continue;
		const last = at(type, 3);
		if (last === 3) commonName = value;
		if (last === 5) serialNumber = value;
		const field = listFields.get(last);
		if (field !== undefined) lists[field] = [...(lists[field] ?? []), value];
	}
	const names: Value = attributes.length === 0 ? null : attributes.map((a) => ({ Type: a.type, Value: a.value }));
	return { ...lists, CommonName: commonName, SerialNumber: serialNumber, Names: names, ExtraNames: null };
}
