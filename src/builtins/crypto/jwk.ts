/**
 * JSON Web Keys and key sets as OPA's library reads and writes them: which members are demanded, what
 * is checked on parsing and what only when a key is put to use, and the (long) error texts. Members are
 * parsed into a JwkKey first and made a usable key by exportJwk, because OPA reports the two apart.
 */

import { valueAt } from "../../at.ts";
import { objectEntries } from "../../value/collections.ts";
import { JsonSyntaxError, parseJson } from "../../value/json.ts";
import { quoteGo } from "../../value/term-text.ts";
import { isArray, isObject, type PlainObject, typeName, type Value } from "../../value/value.ts";
import { Failure, fail, prefixed } from "../failure.ts";
import { decodeBase64Lenient, encodeBase64Url, tryDecodeBase64 } from "./base64.ts";
import { type CurveName, curves, isOnCurve } from "./curves.ts";
import { bigIntToBytes, bitLength, bytesEqual, bytesToBigInt } from "./der.ts";
import type { AnyKey, PrivateKey } from "./keys.ts";
import { checkRsa, ed25519FromSeed, x25519FromBytes } from "./private-keys.ts";

/** OPA's names of the key kinds, as they appear in its errors. */
export type JwkKind =
	| "rsaPublicKey"
	| "rsaPrivateKey"
	| "ecdsaPublicKey"
	| "ecdsaPrivateKey"
	| "okpPublicKey"
	| "okpPrivateKey"
	| "symmetricKey";

export interface JwkKey {
	readonly kind: JwkKind;
	readonly curve: string;
	/** Decoded members: n, e, d, x, k … */
	readonly bytes: ReadonlyMap<string, Uint8Array>;
	readonly alg: string;
	readonly kid: string;
}

const byteMembers: { readonly [K in JwkKind]: readonly string[] } = {
	rsaPublicKey: ["e", "n"],
	rsaPrivateKey: ["d", "dp", "dq", "e", "n", "p", "q", "qi"],
	ecdsaPublicKey: ["x", "y"],
	ecdsaPrivateKey: ["d", "x", "y"],
	okpPublicKey: ["x"],
	okpPrivateKey: ["d", "x"],
	symmetricKey: ["k"],
};

const requiredMembers: { readonly [K in JwkKind]: readonly string[] } = {
	rsaPublicKey: ["e", "n"],
	rsaPrivateKey: ["d", "e", "n"],
	ecdsaPublicKey: ["crv", "x", "y"],
	ecdsaPrivateKey: ["crv", "d", "x", "y"],
	okpPublicKey: ["crv", "x"],
	okpPrivateKey: ["crv", "d", "x"],
	symmetricKey: ["k"],
};

const knownCurves = ["Ed25519", "Ed448", "P-256", "P-384", "P-521", "X25519", "X448"];

const knownAlgorithms: ReadonlySet<string> = new Set(
	(
		"ES256 ES256K ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512 none PS256 PS384 PS512 RS256 RS384 RS512 " +
		"A128GCMKW A128KW A192GCMKW A192KW A256GCMKW A256KW dir ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW " +
		"ECDH-ES+A256KW PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW RSA1_5 RSA-OAEP " +
		"RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 A128CBC-HS256 A128GCM A192CBC-HS384 A192GCM A256CBC-HS512 A256GCM"
	).split(" "),
);

/** More keys than any honest set has. */
const maxKeys = 1000;

/** The keys of a JWK or JWK set. Failures begin with `jwk.Parse: `. */
export function parseJwkSet(text: string): JwkKey[] {
	const doc = parseLeadingJson(text);
	const keys = isObject(doc) && Object.hasOwn(doc, "keys") ? (doc as PlainObject)["keys"] : undefined;
	if (keys === undefined) return [prefixed("jwk.Parse: failed to parse sole key: jwk.ParseKey: ", () => parseJwk(doc))];
	const failed = "jwk.Parse: failed to unmarshal JWK set: ";
	if (!isArray(keys)) return fail(`${failed}failed to decode "keys": expected '[' but got ${tokenText(keys)}`);
	if (keys.length > maxKeys) return fail(`${failed}too many keys in "keys" array: max ${maxKeys}`);
	return keys.map((k, i) =>
		prefixed(`${failed}failed to decode key #${i} in "keys": jwk.ParseKey: `, () => parseJwk(k)),
	);
}

/** The first JSON value of text; OPA's library ignores what follows it. */
function parseLeadingJson(text: string): Value {
	try {
		return parseJson(text);
	} catch (e) {
		if (!(e instanceof JsonSyntaxError)) throw e;
		if (e.message.endsWith("after top-level value")) return parseJson(text.slice(0, e.offset));
		return fail(
			`jwk.Parse: failed to parse sole key: jwk.ParseKey: jwk.Parse: failed to probe data: probe: failed to unmarshal data: ${e.message}`,
		);
	}
}

/** How Go prints the first token of a value. */
function tokenText(v: Value): string {
	if (v === null) return "<nil>";
	if (isObject(v)) return "{";
	return String(v);
}

/** Go's name of a JSON value's type. */
function jsonTypeName(v: Value): string {
	return typeof v === "boolean" ? "bool" : typeName(v);
}

function parseJwk(v: Value): JwkKey {
	if (v === null) return fail("invalid key type from JSON ()");
	if (!isObject(v)) {
		return fail(
			`jwk.Parse: failed to probe data: probe: failed to unmarshal data: json: cannot unmarshal ${jsonTypeName(v)} into Go value of type struct { Kty string "json:\\"kty\\""; D json.RawMessage "json:\\"d,omitempty\\"" }`,
		);
	}
	const members = objectEntries(v).map(([k, item]) => [k as string, item] as const);
	const kind = kindOf(members);
	const failed = `failed to unmarshal JSON into key (*jwk.${kind})`;
	const key = prefixed(`${failed}: ${failed}: `, () => readMembers(kind, v as PlainObject));
	prefixed("jwk.Parse: key validation failed: key validation failed: ", () => checkKey(key));
	return key;
}

/** By `kty` (whose case Go ignores) and whether there is a private part. */
function kindOf(members: readonly (readonly [string, Value])[]): JwkKind {
	const kty = members.find(([k]) => k === "kty")?.[1] ?? members.find(([k]) => k.toLowerCase() === "kty")?.[1] ?? "";
	if (typeof kty !== "string") {
		return fail(
			`jwk.Parse: failed to probe data: probe: failed to unmarshal data: json: cannot unmarshal ${jsonTypeName(kty)} into Go struct field .kty of type string`,
		);
	}
	const isPrivate = members.some(([k]) => k === "d");
	switch (kty) {
		case "RSA":
			return isPrivate ? "rsaPrivateKey" : "rsaPublicKey";
		case "EC":
			return isPrivate ? "ecdsaPrivateKey" : "ecdsaPublicKey";
		case "OKP":
			return isPrivate ? "okpPrivateKey" : "okpPublicKey";
		case "oct":
			return "symmetricKey";
		default:
			return fail(`invalid key type from JSON (${kty})`);
	}
}

/** Decodes the members in the order written, then looks for what is missing. */
function readMembers(kind: JwkKind, jwk: PlainObject): JwkKey {
	const bytes = new Map<string, Uint8Array>();
	let alg = "";
	let kid = "";
	let curve: string | undefined;
	const wanted = byteMembers[kind];
	for (const name of Object.keys(jwk)) {
		const v = valueAt(jwk, name);
		const failed = `failed to decode value for key ${name}: `;
		if (wanted.includes(name))
			bytes.set(
				name,
				prefixed(failed, () => bytesMember(v)),
			);
		else if (name === "crv" && kind !== "symmetricKey" && !kind.startsWith("rsa")) {
			curve = prefixed(failed, () => curveMember(v));
		} else if (name === "kid") kid = prefixed(failed, () => stringMember(v, true));
		else if (name === "alg") alg = prefixed(failed, () => algMember(v));
		else if (["use", "x5t", "x5t#S256", "x5u"].includes(name)) prefixed(failed, () => stringMember(v, true));
		else if (name === "key_ops") prefixed(failed, () => checkKeyOps(v));
		else if (name === "x5c") prefixed(failed, () => checkCertificateChain(v));
	}
	for (const name of requiredMembers[kind]) {
		if (name === "crv" ? curve === undefined : !bytes.has(name)) return fail(`required field ${name} is missing`);
	}
	return { kind, curve: curve ?? "", bytes, alg, kid };
}

function stringMember(v: Value, wrapped: boolean): string {
	if (v === null) return "";
	if (typeof v === "string") return v;
	const text = `json: cannot unmarshal ${jsonTypeName(v)} into Go value of type string`;
	return fail(wrapped ? `error reading next value: ${text}` : text);
}

function bytesMember(v: Value): Uint8Array {
	return decodeBase64Lenient(stringMember(v, true)) ?? fail("expected base64 encoded []byte (string)");
}

function curveMember(v: Value): string {
	const name = stringMember(v, false);
	return knownCurves.includes(name) ? name : fail(`unknown EllipticCurveAlgorithm: ${quoteGo(name)}`);
}

function algMember(v: Value): string {
	const name = stringMember(v, false);
	if (knownAlgorithms.has(name)) return name;
	const shown = name.length > 64 ? `${name.slice(0, 64)}...` : name;
	return fail(`invalid key value: ${quoteGo(shown)}: invalid key algorithm`);
}

function checkKeyOps(v: Value): void {
	if (v === null) return;
	const target = "into Go value of type jwk.KeyOperation";
	if (!isArray(v)) fail(`json: cannot unmarshal ${jsonTypeName(v)} ${target}List`);
	for (const op of v) {
		if (op !== null && typeof op !== "string") fail(`json: cannot unmarshal ${jsonTypeName(op)} ${target}`);
	}
}

function checkCertificateChain(v: Value): void {
	if (!isArray(v)) throw new Failure("failed to unmarshal certificate chain: expected JSON array");
	for (const [i, c] of v.entries()) {
		const failed = `failed to decode certificate at index ${i}: `;
		const text = prefixed(failed, () => stringMember(c, false)).replace(/\s/g, "");
		if (tryDecodeBase64(text) === undefined) {
			fail(`${failed}failed to base64 decode the certificate: illegal base64 data at input byte 0`);
		}
	}
}

function member(key: JwkKey, name: string): Uint8Array {
	return key.bytes.get(name) ?? new Uint8Array(0);
}

/** OPA's name of a key's type and its checks. */
const keyChecks: { readonly [K in JwkKind]: readonly [name: string, check: (key: JwkKey) => void] } = {
	rsaPublicKey: ["RSAPublicKey", checkRsaKey],
	rsaPrivateKey: ["RSAPrivateKey", checkRsaKey],
	ecdsaPublicKey: ["ECDSAPublicKey", checkEcKey],
	ecdsaPrivateKey: ["ECDSAPrivateKey", checkEcKey],
	okpPublicKey: ["OKPPublicKey", checkOkpKey],
	okpPrivateKey: ["OKPPrivateKey", checkOkpKey],
	symmetricKey: ["SymmetricKey", checkSecretKey],
};

/** The checks OPA's library makes on every key it parses. */
function checkKey(key: JwkKey): void {
	const [name, check] = keyChecks[key.kind];
	prefixed(`jwk.${name}: `, () => check(key));
}

function checkSecretKey(key: JwkKey): void {
	if (member(key, "k").length === 0) fail('missing "k" field');
}

function checkRsaKey(key: JwkKey): void {
	if (bytesToBigInt(member(key, "n")) === 0n) fail('missing "n" value');
	const e = bytesToBigInt(member(key, "e"));
	if (e === 0n) fail('missing "e" value');
	if (e % 2n === 0n) fail("invalid rsa public exponent: must be a positive odd integer");
	if (bitLength(e) >= 64) fail(`rsa public exponent too large for this platform: ${bitLength(e)} bits (max 63)`);
	if (key.kind === "rsaPrivateKey" && member(key, "d").length === 0) fail('missing "d" value');
}

function checkEcKey(key: JwkKey): void {
	const name = key.curve as CurveName;
	const curve = Object.hasOwn(curves, name) ? curves[name] : undefined;
	if (curve === undefined) throw new Failure(`invalid curve algorithm ${quoteGo(key.curve)}: unsupported`);
	for (const m of ["x", "y"]) {
		const length = member(key, m).length;
		if (length !== curve.bytes) fail(`invalid "${m}" length (${length}) for curve "${name}"`);
	}
	const x = bytesToBigInt(member(key, "x"));
	const y = bytesToBigInt(member(key, "y"));
	if (x === 0n && y === 0n) fail("invalid ECDSA public key: identity point is not a valid public key");
	for (const [m, c] of [
		["x", x],
		["y", y],
	] as const) {
		if (bitLength(c) <= curve.bits) continue;
		fail(
			`invalid ECDSA public key: ${m} coordinate is ${bitLength(c)} bits, exceeds curve "${name}" field size of ${curve.bits} bits`,
		);
	}
	if (!isOnCurve(name, x, y)) fail(`invalid ECDSA public key: ${name.replace("-", "")} point not on curve`);
	const d = member(key, "d").length;
	if (key.kind === "ecdsaPrivateKey" && d !== curve.bytes) fail(`invalid "d" length (${d}) for curve "${name}"`);
}

function checkOkpKey(key: JwkKey): void {
	const x = member(key, "x").length;
	if (x === 0) fail('missing "x" field');
	const checked = key.curve === "Ed25519" || key.curve === "X25519";
	if (checked && x !== 32) fail(`${key.curve.toLowerCase()}: wrong public key size`);
	if (key.kind !== "okpPrivateKey") return;
	const d = member(key, "d").length;
	if (d === 0) fail('missing "d" field');
	if (checked && d !== 32) fail(`${key.curve.toLowerCase()}: wrong private key size`);
}

/** The usable key. Failures begin with `jwk.Export: `. */
export function exportJwk(key: JwkKey): AnyKey {
	return prefixed("jwk.Export: failed to export jwk.Key to raw format: ", () => exportKey(key));
}

function exportKey(key: JwkKey): AnyKey {
	const n = (name: string): bigint => bytesToBigInt(member(key, name));
	switch (key.kind) {
		case "rsaPublicKey":
			return { kind: "rsa", n: n("n"), e: n("e") };
		case "rsaPrivateKey": {
			for (const name of ["q", "p"]) if (!key.bytes.has(name)) return fail(`missing "${name}" value`);
			const optional = (name: string): bigint => (key.bytes.has(name) ? n(name) : -1n);
			const publicKey = { kind: "rsa", n: n("n"), e: n("e") } as const;
			const crt = { dp: optional("dp"), dq: optional("dq"), qinv: optional("qi") };
			return { kind: "rsa-private", public: publicKey, d: n("d"), primes: [n("p"), n("q")], ...crt };
		}
		case "ecdsaPublicKey":
			return { kind: "ec", curve: key.curve as CurveName, x: n("x"), y: n("y") };
		case "ecdsaPrivateKey": {
			const publicKey = { kind: "ec", curve: key.curve as CurveName, x: n("x"), y: n("y") } as const;
			return { kind: "ec-private", public: publicKey, d: n("d") };
		}
		case "okpPublicKey": {
			const bytes = member(key, "x");
			if (key.curve === "Ed25519") return { kind: "ed25519", bytes };
			if (key.curve === "X25519") return { kind: "x25519", bytes };
			return fail(`jwk.OKPPublicKey: failed to build public key: invalid curve algorithm ${key.curve}`);
		}
		case "okpPrivateKey":
			return prefixed("jwk.OKPPrivateKey: failed to build private key: ", () => exportOkpPrivate(key));
		default:
			return { kind: "secret", bytes: member(key, "k") };
	}
}

function exportOkpPrivate(key: JwkKey): PrivateKey {
	if (key.curve === "X25519") return x25519FromBytes(member(key, "d"));
	if (key.curve !== "Ed25519") return fail(`invalid curve algorithm ${key.curve}`);
	const made = ed25519FromSeed(member(key, "d"));
	if (!bytesEqual(made.public.bytes, member(key, "x"))) return fail("ed25519: invalid x value given d value");
	return made;
}

/** An RSA key from a JWK, checked and completed, for signing. */
export function completeRsaKey(key: Extract<PrivateKey, { kind: "rsa-private" }>): PrivateKey {
	const unlessNegative = (v: bigint): bigint | undefined => (v < 0n ? undefined : v);
	const all = key.dp >= 0n && key.dq >= 0n && key.qinv >= 0n;
	return checkRsa({
		n: key.public.n,
		e: key.public.e,
		d: key.d,
		primes: key.primes,
		// Go uses the three together or computes them all.
		dp: all ? unlessNegative(key.dp) : undefined,
		dq: all ? unlessNegative(key.dq) : undefined,
		qinv: all ? unlessNegative(key.qinv) : undefined,
	});
}

/** A private key as a JWK value. */
export function privateKeyToJwk(key: PrivateKey): PlainObject {
	const b64 = (n: bigint, length?: number): string => encodeBase64Url(bigIntToBytes(n, length));
	switch (key.kind) {
		case "rsa-private": {
			const [p, q, ...more] = key.primes as [bigint, bigint, ...bigint[]];
			if (more.length > 0) {
				return fail(
					`jwk.Import: failed to convert *rsa.PrivateKey to jwk.Key: invalid number of primes in rsa.PrivateKey: need 0 to 2, but got ${key.primes.length}`,
				);
			}
			return {
				kty: "RSA",
				n: b64(key.public.n),
				e: b64(key.public.e),
				d: b64(key.d),
				p: b64(p),
				q: b64(q),
				dp: b64(key.dp),
				dq: b64(key.dq),
				qi: b64(key.qinv),
			};
		}
		case "ec-private": {
			const { curve, x, y } = key.public;
			if (curve === "P-224") {
				return fail("jwk.Import: failed to convert *ecdsa.PrivateKey to jwk.Key: unsupported curve P-224");
			}
			const size = curves[curve].bytes;
			return { kty: "EC", crv: curve, x: b64(x, size), y: b64(y, size), d: b64(key.d, size) };
		}
		case "ed25519-private":
			return {
				kty: "OKP",
				crv: "Ed25519",
				x: encodeBase64Url(key.public.bytes),
				d: encodeBase64Url(key.seed),
			};
		default:
			return {
				kty: "OKP",
				crv: "X25519",
				x: encodeBase64Url(key.public.bytes),
				d: encodeBase64Url(key.bytes),
			};
	}
}
