/**
 * `crypto.x509.*` and `crypto.parse_private_keys`: certificates, requests and keys as the objects that
 * Go's structures make in JSON. Parsing, verifying and the objects' shapes are in crypto/.
 */

import { got } from "../at.ts";
import { objectEntries } from "../value/collections.ts";
import { fromUtf8, toUtf8 } from "../value/utf8.ts";
import { isArray, isNumber, isSet, type ObjectValue, type Value } from "../value/value.ts";
import { decodeBase64, encodeBase64, tryDecodeBase64 } from "./crypto/base64.ts";
import { type Certificate, parseCertificates } from "./crypto/certificate.ts";
import {
	certificateRequestToValue,
	certificateToValue,
	extendedCertificateToValue,
	keyPairToValue,
	privateKeyToValue,
} from "./crypto/certificate-json.ts";
import { parseCertificateRequest } from "./crypto/certificate-request.ts";
import { type VerifyOptions, verifyChain } from "./crypto/chain.ts";
import { concatBytes } from "./crypto/der.ts";
import { privateKeyToJwk } from "./crypto/jwk.ts";
import { readKeyPair } from "./crypto/key-pair.ts";
import type { PrivateKey } from "./crypto/keys.ts";
import { decodeAllPem } from "./crypto/pem.ts";
import { parsePemPrivateKeys } from "./crypto/private-keys.ts";
import { type Builtin, type ContextWith, define, ofModule, t, undeclared } from "./define.ts";
import { Failure, fail, reporting, stringOperand, toInt64 } from "./failure.ts";

const category = "crypto";
const pemStart = "-----BEGIN";
const jsonObject = t.map(t.string, t.any);
const verified = t.tuple([t.boolean, t.array(jsonObject)]);

/** Certificates of PEM text, base64 of PEM text, or base64 of DER. */
function readCertificates(text: string): Certificate[] {
	if (text.startsWith(pemStart)) return readPemCertificates(text);
	const bytes = decodeBase64(text);
	const inner = fromUtf8(bytes);
	return inner.startsWith(pemStart) ? readPemCertificates(inner) : parseCertificates(bytes);
}

function readPemCertificates(text: string): Certificate[] {
	const blocks = decodeAllPem(text);
	for (const b of blocks) {
		if (b.type !== "CERTIFICATE") return fail(`PEM block type is '${b.type}', expected CERTIFICATE`);
	}
	return parseCertificates(concatBytes(...blocks.map((b) => b.bytes)));
}

/** `[true, chain]`, or `[false, []]` whatever the reason. */
function verify(text: string, options: () => VerifyOptions, toValue: (c: Certificate) => Value): readonly Value[] {
	const no: Value = [false, []];
	let certs: Certificate[];
	try {
		certs = readCertificates(text);
	} catch (e) {
		if (e instanceof Failure) return no;
		throw e;
	}
	const chain = verifyChain(certs, options());
	return chain === undefined ? no : [true, chain.map(toValue)];
}

const keyUsageNumbers: ReadonlyMap<string, number> = new Map(
	[
		"Any",
		"ServerAuth",
		"ClientAuth",
		"CodeSigning",
		"EmailProtection",
		"IPSECEndSystem",
		"IPSECTunnel",
		"IPSECUser",
		"TimeStamping",
		"OCSPSigning",
		"MicrosoftServerGatedCrypto",
		"NetscapeServerGatedCrypto",
		"MicrosoftCommercialCodeSigning",
		"MicrosoftKernelCodeSigning",
	].map((name, i) => [`KeyUsage${name}`, i]),
);

function trimQuotes(s: string): string {
	return s.replace(/^"+|"+$/g, "");
}

function verifyOptions(ctx: ContextWith<"nowNs">, options: ObjectValue): VerifyOptions {
	let now = ctx.nowNs();
	let dnsName = "";
	let keyUsages: readonly number[] = [];
	for (const [key, v] of objectEntries(options)) {
		switch (key) {
			case "DNSName":
				if (typeof v !== "string") return fail("'DNSName' should be a string");
				dnsName = trimQuotes(v);
				break;
			case "CurrentTime":
				if (!isNumber(v)) return fail("'CurrentTime' should be a number");
				now = toInt64(v) ?? fail("'CurrentTime' should be a valid int64 number");
				break;
			case "MaxConstraintComparisons":
				// Checked but, as in Go since 1.26, without effect.
				if (!isNumber(v)) return fail("'MaxConstraintComparisons' should be a number");
				if (toInt64(v) === undefined) return fail("'MaxConstraintComparisons' should be a valid number");
				break;
			case "KeyUsages":
				keyUsages = readKeyUsages(v);
				break;
			default:
				if (typeof key === "string") return fail("invalid key option");
		}
	}
	return { now, dnsName, keyUsages };
}

function readKeyUsages(v: Value): readonly number[] {
	const items = isArray(v) ? v : isSet(v) ? v.sorted() : fail("'KeyUsages' should be an Array or Set");
	const names = items.filter((i) => typeof i === "string").map(trimQuotes);
	const invalid = names.filter((n) => !keyUsageNumbers.has(n));
	if (invalid.length > 0) return fail(`invalid entries for 'KeyUsages' found: [${invalid.join(" ")}]`);
	return names.map((n) => got(keyUsageNumbers, n));
}

function certificateRequest(text: string): ObjectValue {
	const header = "-----BEGIN CERTIFICATE REQUEST-----";
	const bytes = text.startsWith(header) ? toUtf8(text) : decodeBase64(text);
	const block = decodeAllPem(fromUtf8(bytes))[0];
	if (block !== undefined && block.type !== "CERTIFICATE REQUEST") {
		return fail("invalid PEM-encoded certificate signing request");
	}
	return certificateRequestToValue(parseCertificateRequest(block?.bytes ?? bytes));
}

/** PEM text of a keypair operand, which may be PEM, base64 of PEM, or base64 of DER. */
function pemOperand(text: string, type: string): string {
	if (text.startsWith(`${pemStart} `)) return text;
	const bytes = decodeBase64(text);
	const inner = fromUtf8(bytes);
	if (inner.startsWith(pemStart)) return inner;
	return `-----BEGIN ${type}-----\n${encodeBase64(bytes)}\n-----END ${type}-----\n`;
}

function keyPair(certificateText: string, keyText: string): ObjectValue {
	const pair = readKeyPair(pemOperand(certificateText, "CERTIFICATE"), pemOperand(keyText, "PRIVATE KEY"));
	return keyPairToValue(pair.chain, pair.leaf, pair.key);
}

/** Keys of PEM text, possibly base64 as a whole. */
function readPrivateKeys(text: string): PrivateKey[] {
	const decoded = tryDecodeBase64(text);
	return parsePemPrivateKeys(decoded === undefined ? text : fromUtf8(decoded));
}

const certsDoc = "two or more certificates, PEM or base64 DER: the root first, then intermediates, the leaf last";
const verifiedDoc = "`[true, chain]` with the leaf first, or `[false, []]`";

export const x509: readonly Builtin[] = ofModule("x509", [
	define("crypto.x509.parse_certificates", {
		category,
		pure: true,
		args: [["certs", t.string, "certificates: PEM, base64 of PEM, or base64 of concatenated DER"]],
		resultName: "output",
		result: t.array(jsonObject),
		resultDoc: "the certificates as objects",
		doc: "Parses X.509 certificates.",
		since: "0.17.0",
		eval: reporting((_, certs: string) => {
			const parsed = readCertificates(certs);
			return parsed.map(extendedCertificateToValue);
		}),
	}),
	define("crypto.x509.parse_and_verify_certificates", {
		category,
		// Certificates expire.
		reads: ["nowNs"],
		needs: "Node",
		args: [["certs", t.string, certsDoc]],
		resultName: "output",
		result: verified,
		resultDoc: verifiedDoc,
		doc: "Parses X.509 certificates and verifies that they form a chain from the leaf to the root.",
		since: "0.31.0",
		eval: reporting((ctx: ContextWith<"nowNs">, certs: string) =>
			verify(certs, () => ({ now: ctx.nowNs(), dnsName: "", keyUsages: [] }), extendedCertificateToValue),
		),
	}),
	define("crypto.x509.parse_and_verify_certificates_with_options", {
		category,
		// Certificates expire.
		reads: ["nowNs"],
		needs: "Node",
		args: [
			["certs", t.string, certsDoc],
			["options", jsonObject, "any of `DNSName`, `CurrentTime` (ns), `MaxConstraintComparisons`, `KeyUsages`"],
		],
		resultName: "output",
		result: verified,
		resultDoc: verifiedDoc,
		doc: "As `crypto.x509.parse_and_verify_certificates`, for a host name, a time or key usages of choice.",
		since: "0.63.0",
		eval: reporting((ctx: ContextWith<"nowNs">, certs: string, options: ObjectValue) =>
			verify(certs, () => verifyOptions(ctx, options), certificateToValue),
		),
	}),
	define("crypto.x509.parse_certificate_request", {
		category,
		pure: true,
		args: [["csr", t.string, "certificate request: PEM, base64 of PEM, or base64 of DER"]],
		resultName: "output",
		result: jsonObject,
		resultDoc: "the request as an object",
		doc: "Parses a PKCS #10 certificate signing request.",
		since: "0.21.0",
		eval: reporting((_, csr: string) => certificateRequest(csr)),
	}),
	define("crypto.x509.parse_keypair", {
		category,
		pure: true,
		needs: "Node",
		args: [
			["cert", t.string, "certificates: PEM or base64 DER"],
			["pem", t.string, "private key: PEM or base64 DER"],
		],
		resultName: "output",
		result: jsonObject,
		resultDoc: "certificate chain, private key and leaf as an object",
		doc: "Parses a certificate with its private key and checks that they belong together.",
		since: "0.53.0",
		// OPA calls either of them the first operand.
		unchecked: true,
		eval: reporting((_, cert: Value, key: Value) => keyPair(stringOperand(cert, 1), stringOperand(key, 1))),
	}),
	define("crypto.x509.parse_rsa_private_key", {
		category,
		pure: true,
		needs: "Node",
		args: [["pem", t.string, "private key: PEM, or base64 of PEM"]],
		resultName: "output",
		result: jsonObject,
		resultDoc: "the key as a JWK",
		doc: "Converts a private key (RSA, EC, Ed25519 or X25519) to a JSON Web Key, for signing tokens.",
		since: "0.33.0",
		eval: reporting((_, pem: string) => {
			if (pem === "") return fail("input PEM data was empty");
			const text = pem.startsWith(pemStart) ? pem : fromUtf8(decodeBase64(pem));
			const key = readPrivateKeys(text)[0];
			return key === undefined ? undeclared(null) : privateKeyToJwk(key);
		}),
	}),
	define("crypto.parse_private_keys", {
		category,
		pure: true,
		needs: "Node",
		args: [["keys", t.string, "PEM blocks, possibly base64 as a whole"]],
		resultName: "output",
		result: t.array(jsonObject),
		resultDoc: "the private keys as objects; null for an empty string",
		doc: "Parses private keys in PKCS #1, PKCS #8 and SEC 1 form.",
		since: "0.55.0",
		// Keys of Edwards curves are strings.
		eval: reporting((_, keys: string) => undeclared(keys === "" ? null : readPrivateKeys(keys).map(privateKeyToValue))),
	}),
]);
