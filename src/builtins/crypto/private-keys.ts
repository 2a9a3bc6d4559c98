/**
 * Private keys: PKCS #1, PKCS #8 and SEC 1 structures → plain keys, checked for consistency as Go does
 * on parsing. Error texts never contain key material.
 */
import { Failure, fail, prefixed } from "../failure.ts";
import { type CurveName, curveOids, curves } from "./curves.ts";
import { bigIntToBytes, bitLength, bytesToBigInt, contextTag, DerReader, tag } from "./der.ts";
import {
	type EcPrivateKey,
	type Ed25519PrivateKey,
	keyOids,
	type PrivateKey,
	type RsaPrivateKey,
	type X25519PrivateKey,
} from "./keys.ts";
import { decodeAllPem } from "./pem.ts";
import { publicKeyCrypto } from "./public-key.ts";

const malformed = "asn1: structure error: tags don't match or data is malformed";

/** PKCS #1 `RSA PRIVATE KEY`. */
function parsePkcs1(der: Uint8Array): RsaPrivateKey {
	const whole = new DerReader(der);
	const r = whole.enter(tag.sequence);
	if (r === undefined) return fail(malformed);
	if (!whole.empty) return fail("asn1: syntax error: trailing data");
	const version = r.smallInteger();
	const [n, e, d, p, q] = [r.integer(), r.smallInteger(), r.integer(), r.integer(), r.integer()];
	if (version === undefined || n === undefined || e === undefined || d === undefined || p === undefined) {
		return failForFormat(der, "PKCS1");
	}
	if (q === undefined) return failForFormat(der, "PKCS1");
	const optional = (): bigint | undefined => (r.peek(tag.integer) ? (r.integer() ?? fail(malformed)) : undefined);
	const [dp, dq, qinv] = [optional(), optional(), optional()];
	if (version > 1) return fail("x509: unsupported private key version");
	if ([n, d, p, q, dp ?? 1n, dq ?? 1n, qinv ?? 1n].some((x) => x <= 0n)) {
		return fail("x509: private key contains zero or negative value");
	}
	const more = r.peek(tag.sequence) ? parseOtherPrimes(r) : [];
	return checkRsa({ n, e: BigInt(e), d, primes: [p, q, ...more], dp, dq, qinv });
}

function parseOtherPrimes(r: DerReader): bigint[] {
	const list = r.enter(tag.sequence) ?? fail(malformed);
	const out: bigint[] = [];
	while (!list.empty) {
		const prime = list.enter(tag.sequence)?.integer() ?? fail(malformed);
		if (prime <= 0n) return fail("x509: private key contains zero or negative prime");
		out.push(prime);
	}
	return out;
}

/** Names the format the structure really has, if it is another. */
function failForFormat(der: Uint8Array, tried: "PKCS1" | "PKCS8" | "EC"): never {
	const r = new DerReader(der).enter(tag.sequence);
	if (r?.integer() !== undefined) {
		const use =
			r.peek(tag.octetString) && tried !== "EC"
				? "ParseECPrivateKey"
				: r.peek(tag.sequence) && tried !== "PKCS8"
					? "ParsePKCS8PrivateKey"
					: r.peek(tag.integer) && tried !== "PKCS1"
						? "ParsePKCS1PrivateKey"
						: undefined;
		if (use !== undefined) {
			return fail(`x509: failed to parse private key (use ${use} instead for this key format)`);
		}
	}
	return fail(tried === "EC" ? `x509: failed to parse EC private key: ${malformed}` : malformed);
}

interface RsaParts {
	readonly n: bigint;
	readonly e: bigint;
	readonly d: bigint;
	readonly primes: readonly bigint[];
	readonly dp: bigint | undefined;
	readonly dq: bigint | undefined;
	readonly qinv: bigint | undefined;
}

/** The key, completed, if its numbers belong together. */
export function checkRsa(k: RsaParts): RsaPrivateKey {
	if (k.n % 2n === 0n) return fail("crypto/rsa: public modulus is even");
	if (k.e < 2n) return fail("crypto/rsa: public exponent too small or negative");
	if (k.e % 2n === 0n) return fail("crypto/rsa: public exponent is even");
	if (k.e > 0x7fffffffn) return fail("crypto/rsa: public exponent too large");
	const [p, q] = k.primes;
	if (p === undefined || q === undefined) return fail("crypto/rsa: missing primes");
	if (p >= k.n || q >= k.n || p <= 1n || q <= 1n) return fail("crypto/rsa: invalid prime");
	const dp = k.dp ?? k.d % (p - 1n);
	const dq = k.dq ?? k.d % (q - 1n);
	const qinv = k.qinv ?? modInverse(q % p, p) ?? fail("crypto/rsa: invalid CRT coefficient");
	if (k.primes.length === 2) {
		if ((p * q) % k.n !== 0n) return fail("crypto/rsa: p * q != n");
		if (dp >= p - 1n || (dp * k.e) % (p - 1n) !== 1n) return fail("crypto/rsa: invalid CRT exponent");
		if (dq >= q - 1n || (dq * k.e) % (q - 1n) !== 1n) return fail("crypto/rsa: invalid CRT exponent");
		if ((qinv * q) % p !== 1n) return fail("crypto/rsa: invalid CRT coefficient");
		if (k.d % (p - 1n) !== dp) return fail("crypto/rsa: d does not match dP");
		if (k.d % (q - 1n) !== dq) return fail("crypto/rsa: d does not match dQ");
		const distance = p > q ? p - q : q - p;
		if (distance === 0n) return fail("crypto/rsa: p == q");
		if (bitLength(distance) <= bitLength(k.n) / 2 - 100) return fail("crypto/rsa: |p - q| too small");
		if (bitLength(k.d) <= bitLength(k.n) / 2) return fail("crypto/rsa: d too small");
	}
	return { kind: "rsa-private", public: { kind: "rsa", n: k.n, e: k.e }, d: k.d, primes: k.primes, dp, dq, qinv };
}

function modInverse(a: bigint, m: bigint): bigint | undefined {
	let [r0, r1] = [m, a];
	let [t0, t1] = [0n, 1n];
	while (r1 !== 0n) {
		const k = r0 / r1;
		[r0, r1] = [r1, r0 - k * r1];
		[t0, t1] = [t1, t0 - k * t1];
	}
	return r0 === 1n ? ((t0 % m) + m) % m : undefined;
}

/** PKCS #8 `PRIVATE KEY`. */
export function parsePkcs8(der: Uint8Array): PrivateKey {
	const r = new DerReader(der).enter(tag.sequence);
	const version = r?.smallInteger();
	const algorithm = r?.enter(tag.sequence);
	const oid = algorithm?.oid()?.join(".");
	const key = r?.content(tag.octetString);
	if (version === undefined || algorithm === undefined || oid === undefined || key === undefined) {
		return failForFormat(der, "PKCS8");
	}
	switch (oid) {
		case keyOids.rsa:
			return prefixed("x509: failed to parse RSA private key embedded in PKCS#8: ", () => parsePkcs1(key));
		case keyOids.ec: {
			const curve = algorithm.oid()?.join(".");
			return prefixed("x509: failed to parse EC private key embedded in PKCS#8: ", () => parseSec1(key, curve));
		}
		case keyOids.ed25519: {
			if (!algorithm.empty) return fail("x509: invalid Ed25519 private key parameters");
			const seed =
				new DerReader(key).content(tag.octetString) ?? fail(`x509: invalid Ed25519 private key: ${malformed}`);
			if (seed.length !== 32) return fail(`x509: invalid Ed25519 private key length: ${seed.length}`);
			return ed25519FromSeed(seed);
		}
		case keyOids.x25519: {
			if (!algorithm.empty) return fail("x509: invalid X25519 private key parameters");
			const bytes =
				new DerReader(key).content(tag.octetString) ?? fail(`x509: invalid X25519 private key: ${malformed}`);
			if (bytes.length !== 32) return fail("crypto/ecdh: invalid private key size");
			return x25519FromBytes(bytes);
		}
		default:
			return fail(`x509: PKCS#8 wrapping contained private key with unknown algorithm: ${oid}`);
	}
}

/** SEC 1 `EC PRIVATE KEY`; the curve may be known from outside. */
function parseSec1(der: Uint8Array, outerCurve?: string): EcPrivateKey {
	const r = new DerReader(der).enter(tag.sequence);
	const version = r?.smallInteger();
	const scalar = r?.content(tag.octetString);
	if (r === undefined || version === undefined || scalar === undefined) return failForFormat(der, "EC");
	const own = r.enter(contextTag(0, true))?.oid()?.join(".");
	if (version !== 1) return fail(`x509: unknown EC private key version ${version}`);
	const curve = curveOids.get(outerCurve ?? own ?? "") ?? fail("x509: unknown elliptic curve");
	const size = curves[curve].bytes;
	if (scalar.length > size && scalar.subarray(0, scalar.length - size).some((b) => b !== 0)) {
		return fail("x509: invalid private key length");
	}
	return ecFromScalar(curve, bytesToBigInt(scalar));
}

/** Derives the public point. */
function ecFromScalar(curve: CurveName, d: bigint): EcPrivateKey {
	const { bytes: size, n } = curves[curve];
	if (d <= 0n || d >= n) return fail("crypto/ecdsa: invalid private key");
	const point = publicKeyCrypto().point(curve, bigIntToBytes(d, size));
	const x = bytesToBigInt(point.subarray(1, 1 + size));
	const y = bytesToBigInt(point.subarray(1 + size));
	return { kind: "ec-private", public: { kind: "ec", curve, x, y }, d };
}

export function ed25519FromSeed(seed: Uint8Array): Ed25519PrivateKey {
	return {
		kind: "ed25519-private",
		public: { kind: "ed25519", bytes: publicKeyCrypto().octets("Ed25519", seed) },
		seed,
	};
}

export function x25519FromBytes(bytes: Uint8Array): X25519PrivateKey {
	return {
		kind: "x25519-private",
		public: { kind: "x25519", bytes: publicKeyCrypto().octets("X25519", bytes) },
		bytes,
	};
}

/** Every private key of PEM text; blocks of other types are skipped. */
export function parsePemPrivateKeys(text: string): PrivateKey[] {
	const keys: PrivateKey[] = [];
	for (const block of decodeAllPem(text)) {
		if (block.type === "RSA PRIVATE KEY") keys.push(parsePkcs1(block.bytes));
		else if (block.type === "PRIVATE KEY") keys.push(parsePkcs8(block.bytes));
		else if (block.type === "EC PRIVATE KEY") keys.push(parseSec1(block.bytes));
	}
	return keys;
}

/** A private key in any of the three structures, as TLS reads them. */
export function parseAnyPrivateKey(der: Uint8Array): PrivateKey {
	for (const parse of [parsePkcs1, parsePkcs8, parseSec1] as const) {
		try {
			const key = parse(der);
			if (key.kind === "x25519-private") return fail("tls: found unknown private key type in PKCS#8 wrapping");
			return key;
		} catch (e) {
			if (!(e instanceof Failure)) throw e;
			if (e.message.startsWith("tls:")) throw e;
		}
	}
	return fail("tls: failed to parse private key");
}
