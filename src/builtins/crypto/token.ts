/**
 * The structure of a JSON Web Token: three base64url parts, a header object, claims. Error texts are
 * OPA's; encrypted tokens (JWE) are recognised and refused.
 */
import { objectEntries, objectGet } from "../../value/collections.ts";
import { JsonSyntaxError, parseJson, parseJsonLikeDecoder } from "../../value/json.ts";
import { fromUtf8 } from "../../value/utf8.ts";
import { isArray, isObject, type ObjectValue, typeName, type Value } from "../../value/value.ts";
import { Failure, fail } from "../failure.ts";
import { decodeBase64Url } from "./base64.ts";

/** Still encoded. */
export interface TokenParts {
	readonly header: string;
	readonly payload: string;
	readonly signature: string;
}

export function decodeToken(text: string): TokenParts {
	if (!text.includes(".")) return fail("encoded JWT had no period separators");
	const parts = text.split(".");
	const [header, payload, signature] = parts;
	if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
		return fail(`encoded JWT must have 3 sections, found ${parts.length}`);
	}
	return { header, payload, signature };
}

/** Decode one part; `what` names it in the error. */
export function decodePart(part: string, what: "header" | "payload" | "signature" | undefined): Uint8Array {
	try {
		return decodeBase64Url(part);
	} catch (e) {
		if (e instanceof Failure && what !== undefined) throw new Failure(`JWT ${what} had invalid encoding: ${e.message}`);
		throw e;
	}
}

/** A JSON object, numbers exact. */
export function parseClaims(bytes: Uint8Array): ObjectValue {
	let v: Value;
	try {
		v = parseJsonLikeDecoder(fromUtf8(bytes));
	} catch (e) {
		if (e instanceof JsonSyntaxError) return fail(`invalid JSON: ${e.message}`);
		throw e;
	}
	return isObject(v) ? v : fail("decoded JSON type was not an Object");
}

/** The header as an object. */
export function readHeader(token: TokenParts): ObjectValue {
	const bytes = decodePart(token.header, "header");
	let header: ObjectValue;
	try {
		header = parseClaims(bytes);
	} catch (e) {
		if (e instanceof Failure) throw new Failure(`bad JWT header: ${e.message}`);
		throw e;
	}
	if (objectGet(header, "enc") !== undefined) return fail("JWT is a JWE object, which is not supported");
	return header;
}

/** The header parameters that matter for verification. */
export interface TokenHeader {
	readonly alg: string;
	readonly kid: string;
	readonly cty: string;
	/** Parameters the token says must be understood. */
	readonly critical: ReadonlySet<string>;
	/** Parameters present but not understood. */
	readonly unknown: readonly string[];
}

/** Checks the types of the known parameters, in the order of their names. */
export function parseHeader(header: ObjectValue): TokenHeader {
	const text = { alg: "", kid: "", typ: "", cty: "" };
	let critical: ReadonlySet<string> = new Set();
	const unknown: string[] = [];
	for (const [k, v] of objectEntries(header)) {
		if (k === "crit") critical = readCritical(v);
		else if (k === "alg" || k === "kid" || k === "typ" || k === "cty") {
			text[k] = typeof v === "string" ? v : fail(`${k}: must be a string`);
		} else unknown.push(String(k));
	}
	return { alg: text.alg, kid: text.kid, cty: text.cty, critical, unknown };
}

function readCritical(v: Value): ReadonlySet<string> {
	if (!isArray(v)) return fail("crit: must be a list");
	const names = new Set<string>();
	for (const name of v) {
		// OPA stops at the first element that is not a string.
		if (typeof name !== "string") break;
		names.add(name);
	}
	return names.size === 0 ? fail("crit: must be a nonempty list") : names;
}

/** RFC 7515: an algorithm must be named, and no critical parameter may be unknown. */
export function isHeaderAcceptable(h: TokenHeader): boolean {
	return h.alg !== "" && !h.unknown.some((name) => h.critical.has(name));
}

/** `alg` and `typ` of a header text about to be signed. */
export function algFromRawHeader(text: string): { readonly alg: string; readonly typ: string | undefined } {
	const missing = "missing or invalid 'alg' header: ";
	let header: Value = null;
	// OPA's parser takes any run of number characters for a number.
	if (!/^[ \t\r\n]*[-+0-9.eE]+[ \t\r\n]*$/.test(text)) {
		try {
			header = parseJson(text);
		} catch (e) {
			if (!(e instanceof JsonSyntaxError)) throw e;
			const why = text.trim() === "" ? 'cannot parse empty string; unparsed tail: ""' : e.message;
			return fail(`${missing}cannot parse JSON: ${why}`);
		}
	}
	const alg = isObject(header) ? objectGet(header, "alg") : undefined;
	if (alg === undefined) return fail(`${missing}jwsbb: header "alg" not found`);
	if (typeof alg !== "string") {
		const found = typeof alg === "boolean" ? String(alg) : typeName(alg);
		return fail(`${missing}value doesn't contain string; it contains ${found}`);
	}
	const typ = objectGet(header as ObjectValue, "typ");
	return { alg, typ: typeof typ === "string" ? typ : undefined };
}
