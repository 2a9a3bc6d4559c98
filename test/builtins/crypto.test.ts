/**
 * What the goldens cannot show: the portable digests agree with the host's, hostile input ends in an
 * error and nothing else, random values are stable within a query, chains of tokens and names of
 * certificates do not run away.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	constantTimeEqual,
	digest,
	type HashName,
	hmac,
	portableDigest,
	portableHmac,
} from "../../src/builtins/crypto/hash.ts";
import { exportJwk, parseJwkSet } from "../../src/builtins/crypto/jwk.ts";
import { parseMailbox } from "../../src/builtins/crypto/name-constraints.ts";
import { decodeAllPem } from "../../src/builtins/crypto/pem.ts";
import type { Builtin } from "../../src/builtins/define.ts";
import { Failure } from "../../src/builtins/failure.ts";
import { builtins } from "../../src/builtins/registry.ts";
import type { Value } from "../../src/value/value.ts";
import { startCost } from "../cost.ts";
import { call, shown, table, testContext } from "./support.ts";

const all: readonly Builtin[] = [...builtins.values()];
const builtin = (name: string): Builtin => builtins.get(name) as Builtin;
const fixtures = JSON.parse(readFileSync(new URL("fixtures/certificates.json", import.meta.url), "utf8")) as {
	readonly leaf: string;
	readonly csr: string;
	readonly keys: { readonly [name: string]: string };
};

describe("digests", () => {
	const names: readonly HashName[] = ["md5", "sha1", "sha256", "sha384", "sha512"];
	for (const name of names) {
		test(`${name} without the host's help`, () => {
			fc.assert(
				fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 200 }), (message, key) => {
					expect(Buffer.from(portableDigest(name, message)).equals(digest(name, message))).toBe(true);
					expect(Buffer.from(portableHmac(name, key, message)).equals(hmac(name, key, message))).toBe(true);
				}),
				{ numRuns: 30 },
			);
		});
	}

	test("comparison", () => {
		const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);
		expect(constantTimeEqual(bytes("abc"), bytes("abc"))).toBe(true);
		expect(constantTimeEqual(bytes("abc"), bytes("abd"))).toBe(false);
		expect(constantTimeEqual(bytes("abc"), bytes("ab"))).toBe(false);
	});
});

describe("operands of the wrong type", () => {
	table(all, "crypto.md5", [{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" }]);
	table(all, "crypto.hmac.sha256", [
		{ args: ['"a"', "1"], wantError: "eval_type_error: operand 2 must be string but got number" },
	]);
	table(all, "io.jwt.decode", [{ args: ["[]"], wantError: "eval_type_error: operand 1 must be string but got array" }]);
	table(all, "io.jwt.verify_rs256", [
		{ args: ['"."', "1"], wantError: "eval_builtin_error: encoded JWT must have 3 sections, found 2" },
		{ args: ['"a.b.c"', "1"], wantError: "eval_type_error: operand 2 must be string but got number" },
	]);
	table(all, "io.jwt.decode_verify", [
		{ args: ["null", "1"], wantError: "eval_type_error: operand 2 must be object but got number" },
		{ args: ["null", "{}"], wantError: "eval_builtin_error: no key constraint" },
		{ args: ["null", '{"secret": "s"}'], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
	table(all, "io.jwt.encode_sign_raw", [
		{ args: ["1", "2", "3"], wantError: "eval_type_error: operand 3 must be string but got number" },
	]);
	table(all, "io.jwt.encode_sign", [
		{
			note: "a payload that is no object",
			args: ['{"alg": "HS256"}', "[]", '{"kty": "oct", "k": "c2VjcmV0"}'],
			want: '"eyJhbGciOiJIUzI1NiJ9.W10.tYdGHAF7YBfiFrnqtcsM-PIsGDradtWY3a2xM-xQiN8"',
		},
		{
			args: ["[]", "{}", '{"kty": "oct", "k": "c2VjcmV0"}'],
			wantError: `eval_builtin_error: missing or invalid 'alg' header: jwsbb: header "alg" not found`,
		},
	]);
	table(all, "crypto.x509.parse_keypair", [
		{ args: ['""', "null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
	table(all, "net.cidr_contains", [
		{ args: ['"10.0.0.0/8"', "1"], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ['"10.0.0.0"', "1"], wantError: "eval_builtin_error: invalid CIDR address: 10.0.0.0" },
	]);
	table(all, "net.cidr_intersects", [
		{ args: ['"10.0.0.0/8"', "[]"], wantError: "eval_type_error: operand 1 must be string but got array" },
	]);
	table(all, "net.cidr_contains_matches", [
		{
			note: "the first fault in the order of the pairs",
			args: ['["10.0.0.0/99", []]', '["10.0.0.1", 1]'],
			wantError: "eval_builtin_error: invalid CIDR address: 10.0.0.0/99",
		},
		{ args: ["1", "[1]"], want: "set()" },
		{ args: ["[[null]]", '["10.0.0.1"]'], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
	const config = '"aws_service": "s3", "aws_access_key": "A", "aws_secret_access_key": "S", "aws_region": "r"';
	table(all, "providers.aws.sign_req", [
		{
			args: ['{"method": "get", "url": "http://h", "headers": null}', `{${config}}`, "0"],
			wantError: "eval_type_error: operand 0 must be object but got null",
		},
		{
			args: ['{"method": "get", "url": "http://h"}', `{${config}, "disable_payload_signing": null}`, "0"],
			wantError: "eval_type_error: operand 2 invalid value for 'disable_payload_signing' in AWS config",
		},
	]);
	table(all, "http.send", [
		{
			args: ['{"method": "get", "url": "http://h", "raise_error": null}'],
			wantError: "eval_builtin_error: invalid value for raise_error field",
		},
	]);
	table(all, "net.lookup_ip_addr", [
		{ args: ['"127.1"'], wantError: "eval_builtin_error: lookup 127.1: no such host" },
	]);
	table(all, "rand.intn", [
		{ args: ['"x"', "0"], want: "0" },
		{ args: ['"x"', "1"], want: "0" },
		{ args: ['"x"', "-1"], want: "0" },
		{ args: ['"x"', "1.0"], want: "0" },
		{
			args: ['"x"', "1.5"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
	]);
});

describe("random values", () => {
	function context(seed: number): ReturnType<typeof testContext> {
		let n = seed;
		const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => (n = (n * 167 + 13) & 0xff));
		return Object.assign(testContext(), { randomBytes });
	}

	test("stay the same within a query and differ by operand", () => {
		const ctx = context(1);
		for (const [name, ...args] of [["uuid.rfc4122"], ["rand.intn", 1_000_000_007]] as const) {
			const ask = (seed: string): Value | undefined => builtin(name).eval(ctx, seed, ...args);
			expect(ask("a")).toBe(ask("a"));
			expect(ask("a")).not.toBe(ask("b"));
		}
		expect(String(builtin("uuid.rfc4122").eval(ctx, "x"))).toMatch(
			/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
		);
	});

	test("are within bounds whatever the bound", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.nat(255), (n, seed) => {
				const got = builtin("rand.intn").eval(context(seed), "s", n) as number;
				expect(got >= 0 && got < n).toBe(true);
			}),
		);
	});
});

test("opa.runtime leaves credentials out", () => {
	const runtime = {
		config: {
			services: { a: { url: "http://a", credentials: { bearer: { token: "secret" } } } },
			keys: { k: { algorithm: "RS256", key: "secret", private_key: "secret", scope: "read" } },
			labels: { x: "y" },
		},
		env: { HOME: "/home/x" },
	};
	const ctx = Object.assign(testContext(), { runtime });
	expect(builtin("opa.runtime").eval(ctx)).toEqual({
		config: {
			services: { a: { url: "http://a" } },
			keys: { k: { algorithm: "RS256", scope: "read" } },
			labels: { x: "y" },
		},
		env: { HOME: "/home/x" },
	});
	expect(builtin("opa.runtime").eval(testContext())).toEqual({});
});

describe("hostile input", () => {
	/** Any outcome but an exception of another kind. */
	function survives(name: string, ...args: readonly Value[]): void {
		const got = call(builtin(name), args);
		if (got.code !== undefined) expect(["eval_builtin_error", "eval_type_error"]).toContain(got.code);
	}

	const pem = (type: string, bytes: Uint8Array): string =>
		`-----BEGIN ${type}-----\n${Buffer.from(bytes).toString("base64")}\n-----END ${type}-----\n`;

	/** The fixture with some bytes changed, dropped or doubled. */
	function mutated(text: string): fc.Arbitrary<Uint8Array> {
		const der = decodeAllPem(text)[0]?.bytes as Uint8Array;
		const edit = fc.tuple(fc.nat(der.length - 1), fc.nat(255), fc.constantFrom("set", "drop", "insert"));
		return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
			const out = [...der];
			for (const [at, byte, kind] of edits) {
				if (kind === "set") out[at % out.length] = byte;
				else out.splice(at % out.length, kind === "drop" ? 1 : 0, ...(kind === "insert" ? [byte] : []));
			}
			return Uint8Array.from(out);
		});
	}

	test("broken certificates and requests", () => {
		fc.assert(
			fc.property(mutated(fixtures.leaf), (der) => {
				survives("crypto.x509.parse_certificates", pem("CERTIFICATE", der));
				survives("crypto.x509.parse_and_verify_certificates", pem("CERTIFICATE", der).repeat(2));
			}),
			{ numRuns: 200 },
		);
		fc.assert(
			fc.property(mutated(fixtures.csr), (der) => {
				survives("crypto.x509.parse_certificate_request", pem("CERTIFICATE REQUEST", der));
			}),
			{ numRuns: 100 },
		);
	});

	test("broken private keys, and no part of a key in a message", () => {
		for (const [name, type] of [
			["rsa1", "RSA PRIVATE KEY"],
			["root", "PRIVATE KEY"],
			["ca", "EC PRIVATE KEY"],
			["ed", "PRIVATE KEY"],
		] as const) {
			fc.assert(
				fc.property(mutated(fixtures.keys[name] as string), (der) => {
					const got = call(builtin("crypto.parse_private_keys"), [pem(type, der)]);
					if (got.code === undefined) return;
					expect(got.code).toBe("eval_builtin_error");
					expect(got.message?.length).toBeLessThan(200);
				}),
				{ numRuns: 60 },
			);
		}
	});

	test("random PEM, DER, tokens and keys", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 80 }), fc.string({ maxLength: 60 }), (bytes, text) => {
				survives("crypto.x509.parse_certificates", Buffer.from(bytes).toString("base64"));
				survives("crypto.x509.parse_certificates", `-----BEGIN ${text}`);
				survives("io.jwt.decode", text);
				survives("io.jwt.verify_es256", `${text}.${text}.${text}`, text);
				survives("io.jwt.decode_verify", `e30.e30.${text}`, { cert: text });
			}),
		);
	});

	test("random JWKs", () => {
		const member = fc.constantFrom(
			"kty",
			"crv",
			"n",
			"e",
			"d",
			"x",
			"y",
			"k",
			"kid",
			"alg",
			"p",
			"q",
			"dp",
			"x5c",
			"keys",
		);
		const value = fc.oneof(
			fc.constantFrom("RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "AQAB", "AQ", ""),
			fc.jsonValue({ maxDepth: 2 }),
		);
		fc.assert(
			fc.property(fc.dictionary(member, value, { maxKeys: 8 }), (jwk) => {
				try {
					for (const key of parseJwkSet(JSON.stringify(jwk))) exportJwk(key);
				} catch (e) {
					expect(e).toBeInstanceOf(Failure);
				}
			}),
			{ numRuns: 400 },
		);
	});

	test("long and repetitive texts cost no more than their length", () => {
		const cost = startCost();
		decodeAllPem("-----BEGIN X-----\n".repeat(20_000));
		decodeAllPem("\n-----END X-----\n".repeat(20_000));
		decodeAllPem(`-----BEGIN X-----\n${"a: b\n".repeat(20_000)}-----END X-----\n`);
		parseMailbox(`${"\\a".repeat(50_000)}!`);
		parseMailbox(`"${'\\"'.repeat(50_000)}`);
		survives("io.jwt.decode", ".".repeat(100_000));
		survives("net.cidr_contains", `${"1.".repeat(50_000)}/8`, "::".repeat(50_000));
		survives("crypto.x509.parse_certificates", "A".repeat(200_000));
		expect(cost()).toBeLessThan(3_000);
	});

	test("large networks are not expanded", () => {
		expect(call(builtin("net.cidr_expand"), ["10.0.0.0/8"]).code).toBe("halt");
		expect(call(builtin("net.cidr_expand"), ["::/0"]).code).toBe("halt");
		expect(call(builtin("net.cidr_expand"), ["10.0.0.0/16"], { maxSteps: 1000 }).message).toBe("step limit");
	});

	test("text of certificates that is no UTF-8, as in JSON", () => {
		const der = Buffer.from(fixtures.leaf.replace(/-----[^-]+-----|\s/g, ""), "base64");
		der[der.indexOf("http://crl.example.com")] = 0xff;
		const got = call(builtin("crypto.x509.parse_certificates"), [der.toString("base64")]);
		expect(got.value).toMatchObject([
			{ CRLDistributionPoints: ["\ufffdttp://crl.example.com/a.crl", expect.anything()] },
		]);
	});

	test("keys of objects that JavaScript treats specially", () => {
		const token = (payload: string): string => `e30.${Buffer.from(payload).toString("base64url")}.`;
		const got = call(builtin("io.jwt.decode"), [token('{"__proto__":{"admin":true},"constructor":1}')]);
		expect(shown(got.value)).toBe('[{}, {"__proto__": {"admin": true}, "constructor": 1}, ""]');
	});
});
