/**
 * `io.jwt.*`: decoding, verifying and signing JSON Web Tokens (JWS compact form). Verification keys are
 * a PEM certificate, a PEM public key, a JWK or a JWK set; claims keep their exact numbers. The parts
 * are in crypto/: token.ts (structure), token-keys.ts (keys and algorithms), jwk.ts.
 */

import { hexEncode } from "../go/hex.ts";
import { objectGet } from "../value/collections.ts";
import { isJson, toJson } from "../value/json.ts";
import { compareNumbers } from "../value/number.ts";
import { fromUtf8, toUtf8 } from "../value/utf8.ts";
import { isArray, isNumber, isObject, type ObjectValue, type PlainObject, type Value } from "../value/value.ts";
import { encodeBase64Url } from "./crypto/base64.ts";
import { constantTimeEqual, type HashName, hmac } from "./crypto/hash.ts";
import { parseJwkSet } from "./crypto/jwk.ts";
import type { SignatureScheme } from "./crypto/signature-scheme.ts";
import {
	algFromRawHeader,
	decodePart,
	decodeToken,
	isHeaderAcceptable,
	parseClaims,
	parseHeader,
	readHeader,
	type TokenParts,
} from "./crypto/token.ts";
import { parseConstraints, type TokenConstraints } from "./crypto/token-constraints.ts";
import {
	isKnownAlgorithm,
	keyWithId,
	readVerificationKeys,
	signToken,
	type VerificationKey,
	verifyWithAlgorithm,
	verifyWithKey,
} from "./crypto/token-keys.ts";
import { type Builtin, type ContextWith, define, ofModule, t } from "./define.ts";
import { fail, failType, reporting, stringOperand } from "./failure.ts";

const category = "tokens";
const anyObject = t.map(t.any, t.any);
const jsonObject = t.map(t.string, t.any);

function signedText(token: TokenParts): Uint8Array {
	return toUtf8(`${token.header}.${token.payload}`);
}

/** A nested token may be quoted. */
function unquoted(s: string): string {
	return s.replace(/^["']+|["']+$/g, "");
}

function decode(text: string): readonly Value[] {
	let current = text;
	// Ends: a token is longer than the one within.
	for (;;) {
		const token = decodeToken(current);
		const header = readHeader(token);
		const payload = decodePart(token.payload, "payload");
		const cty = objectGet(header, "cty");
		if (cty !== undefined && typeof cty !== "string") return fail("cty: must be a string");
		if (cty === "JWT") {
			current = unquoted(fromUtf8(payload));
			continue;
		}
		const claims = parseClaims(payload);
		return [header, claims, hexEncode(decodePart(token.signature, "signature"))];
	}
}

/** Tries the key named by the header, else every key whose algorithm fits. */
function verifyWithAny(
	keys: readonly VerificationKey[],
	kid: string,
	alg: string,
	verify: (key: VerificationKey) => boolean,
): boolean {
	const named = kid === "" ? undefined : keyWithId(kid, keys);
	if (named !== undefined) return verify(named);
	return keys.some((key) => (key.alg === "" || key.alg === alg) && verify(key));
}

function verifySignatureOnly(scheme: SignatureScheme, jwt: Value, keyText: Value): boolean {
	const token = decodeToken(stringOperand(jwt, 1));
	const keys = readVerificationKeys(stringOperand(keyText, 2));
	const signature = decodePart(token.signature, undefined);
	const header = parseHeader(readHeader(token));
	const message = signedText(token);
	return verifyWithAny(keys, header.kid, header.alg, (key) => verifyWithKey(scheme, key.key, message, signature));
}

function verifyHmac(hash: HashName, jwt: string, secret: string): boolean {
	const token = decodeToken(jwt);
	const signature = decodePart(token.signature, undefined);
	return constantTimeEqual(signature, hmac(hash, toUtf8(secret), signedText(token)));
}

const unverified: readonly Value[] = [false, {}, {}];

function decodeVerify(ctx: ContextWith<"nowNs">, jwt: Value, constraintObject: Value): readonly Value[] {
	if (!isObject(constraintObject)) return failType(2, constraintObject, "object");
	const constraints = parseConstraints(constraintObject, ctx.nowNs());
	let current = stringOperand(jwt, 1);
	for (;;) {
		const token = decodeToken(current);
		const headerObject = readHeader(token);
		const header = parseHeader(headerObject);
		if (!isHeaderAcceptable(header)) return unverified;
		if (constraints.alg !== "" && constraints.alg !== header.alg) return unverified;
		const signature = decodePart(token.signature, undefined);
		if (!isSignedAsConstrained(constraints, header.kid, header.alg, signedText(token), signature)) return unverified;
		const payload = decodePart(token.payload, "payload");
		if (header.cty.toUpperCase() === "JWT") {
			current = fromUtf8(payload);
			continue;
		}
		const claims = parseClaims(payload);
		return areClaimsMet(constraints, claims) ? [true, headerObject, claims] : unverified;
	}
}

function isSignedAsConstrained(
	c: TokenConstraints,
	kid: string,
	alg: string,
	message: Uint8Array,
	signature: Uint8Array,
): boolean {
	if (c.keys === undefined) {
		return verifyWithAlgorithm({ kind: "secret", bytes: toUtf8(c.secret) }, alg, message, signature);
	}
	return verifyWithAny(c.keys, kid, alg, (key) => verifyWithAlgorithm(key.key, alg, message, signature));
}

function areClaimsMet(c: TokenConstraints, claims: PlainObject | ObjectValue): boolean {
	if (c.iss !== "" && objectGet(claims, "iss") !== c.iss) return false;
	const aud = objectGet(claims, "aud");
	if (aud === undefined ? c.aud !== "" : !isAudience(aud, c.aud)) return false;
	const exp = objectGet(claims, "exp");
	if (exp !== undefined) {
		if (!isNumber(exp)) return fail("exp value must be a number");
		if (compareNumbers(c.timeSeconds, exp) >= 0) return false;
	}
	const nbf = objectGet(claims, "nbf");
	if (nbf !== undefined) {
		if (!isNumber(nbf)) return fail("nbf value must be a number");
		if (compareNumbers(c.timeSeconds, nbf) < 0) return false;
	}
	return true;
}

function isAudience(claim: Value, wanted: string): boolean {
	return claim === wanted || (isArray(claim) && claim.some((a) => a === wanted));
}

function encodeSign(header: string, payload: string, jwk: string): string {
	const keys = parseJwkSet(jwk);
	const key = keys[0] ?? fail("no keys found in JWK set");
	const { alg, typ } = algFromRawHeader(header);
	if (!isKnownAlgorithm(alg)) return fail(`unknown JWS algorithm: ${alg}`);
	if ((typ === undefined || typ === "JWT") && !isJson(payload)) return fail("type is JWT but payload is not JSON");
	const message = `${encodeBase64Url(toUtf8(header))}.${encodeBase64Url(toUtf8(payload))}`;
	return `${message}.${encodeBase64Url(signToken(key, alg, toUtf8(message)))}`;
}

const jwtArg = ["jwt", t.string, "token to verify"] as const;
const keyArg = [
	"certificate",
	t.string,
	"PEM certificate, PEM public key, or JWK (set) to verify the signature with",
] as const;

const notHmac = "Node for all but HMAC algorithms";

function verifyBuiltin(alg: string, scheme: SignatureScheme, since: string): Builtin {
	return define(`io.jwt.verify_${alg.toLowerCase()}`, {
		category,
		pure: true,
		needs: notHmac,
		args: [jwtArg, keyArg],
		resultName: "result",
		result: t.boolean,
		resultDoc: "`true` if the signature is valid",
		doc: `Tells whether a token's ${alg} signature is valid. Claims are not looked at.`,
		since,
		// A token that does not decode is reported before a key that is no string.
		unchecked: true,
		eval: reporting((_, jwt: Value, key: Value) => verifySignatureOnly(scheme, jwt, key)),
	});
}

function verifyHmacBuiltin(alg: string, hash: HashName, since: string): Builtin {
	return define(`io.jwt.verify_${alg.toLowerCase()}`, {
		category,
		pure: true,
		args: [jwtArg, ["secret", t.string, "shared secret"]],
		resultName: "result",
		result: t.boolean,
		resultDoc: "`true` if the signature is valid",
		doc: `Tells whether a token's ${alg} signature is valid. Claims are not looked at.`,
		since,
		eval: reporting((_, jwt: string, secret: string) => verifyHmac(hash, jwt, secret)),
	});
}

const rs = (hash: HashName): SignatureScheme => ({ key: "rsa", hash, pss: false });
const ps = (hash: HashName): SignatureScheme => ({ key: "rsa", hash, pss: true, anySalt: true });
const es = (hash: HashName): SignatureScheme => ({ key: "ec", hash, pss: false });

export const tokens: readonly Builtin[] = ofModule("tokens", [
	define("io.jwt.decode", {
		category,
		pure: true,
		args: [["jwt", t.string, "token to decode"]],
		resultName: "output",
		result: t.tuple([anyObject, anyObject, t.string]),
		resultDoc: "`[header, payload, signature]`, the signature in hex",
		doc: "Decodes a token without verifying anything.",
		since: "0.17.0",
		eval: reporting((_, jwt: string) => decode(jwt)),
	}),
	verifyBuiltin("RS256", rs("sha256"), "0.17.0"),
	verifyBuiltin("RS384", rs("sha384"), "0.20.0"),
	verifyBuiltin("RS512", rs("sha512"), "0.20.0"),
	verifyBuiltin("PS256", ps("sha256"), "0.17.0"),
	verifyBuiltin("PS384", ps("sha384"), "0.20.0"),
	verifyBuiltin("PS512", ps("sha512"), "0.20.0"),
	verifyBuiltin("ES256", es("sha256"), "0.17.0"),
	verifyBuiltin("ES384", es("sha384"), "0.20.0"),
	verifyBuiltin("ES512", es("sha512"), "0.20.0"),
	verifyBuiltin("EdDSA", { key: "ed25519", hash: undefined, pss: false }, "1.8.0"),
	verifyHmacBuiltin("HS256", "sha256", "0.17.0"),
	verifyHmacBuiltin("HS384", "sha384", "0.20.0"),
	verifyHmacBuiltin("HS512", "sha512", "0.20.0"),
	define("io.jwt.decode_verify", {
		category,
		reads: ["nowNs"],
		needs: notHmac,
		args: [
			["jwt", t.string, "token whose signature and claims are checked"],
			["constraints", jsonObject, "`cert` or `secret`, and any of `alg`, `iss`, `aud`, `time` (ns)"],
		],
		resultName: "output",
		result: t.tuple([t.boolean, anyObject, anyObject]),
		resultDoc: "`[true, header, payload]`, or `[false, {}, {}]`",
		doc: "Verifies a token's signature, its issuer, audience and validity in time, and decodes it. Supports HS, RS, PS, ES (256, 384, 512) and EdDSA.",
		nondeterministic: true,
		since: "0.17.0",
		// The constraints are read before the token.
		unchecked: true,
		eval: reporting(decodeVerify),
	}),
	define("io.jwt.encode_sign_raw", {
		category: "tokensign",
		reads: ["randomBytes"],
		needs: notHmac,
		args: [
			["headers", t.string, "JWS protected header, JSON text"],
			["payload", t.string, "payload text"],
			["key", t.string, "JSON Web Key, JSON text"],
		],
		resultName: "output",
		result: t.string,
		resultDoc: "signed token",
		doc: "Signs a token whose header and payload are given as text, which is kept as it is.",
		nondeterministic: true,
		since: "0.17.0",
		// The key is checked first.
		unchecked: true,
		eval: reporting((_, headers: Value, payload: Value, key: Value) => {
			const jwk = stringOperand(key, 3);
			return encodeSign(stringOperand(headers, 1), stringOperand(payload, 2), jwk);
		}),
	}),
	define("io.jwt.encode_sign", {
		category: "tokensign",
		reads: ["randomBytes"],
		needs: notHmac,
		args: [
			["headers", jsonObject, "JWS protected header"],
			["payload", jsonObject, "payload"],
			["key", jsonObject, "JSON Web Key"],
		],
		resultName: "output",
		result: t.string,
		resultDoc: "signed token",
		doc: "Signs a token whose header and payload are given as objects.",
		nondeterministic: true,
		since: "0.17.0",
		// Any value is signed as its JSON text.
		unchecked: true,
		eval: reporting((_, headers: Value, payload: Value, key: Value) =>
			encodeSign(
				toJson(headers, { escapeHtml: true }),
				toJson(payload, { escapeHtml: true }),
				toJson(key, { escapeHtml: true }),
			),
		),
	}),
]);
