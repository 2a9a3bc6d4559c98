/** Public key cryptography without Node's: what one side signs the other verifies, and neither takes what the other refuses. */
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { describe, expect, test } from "vitest";
import { decodeBase64Url } from "../../src/builtins/crypto/base64.ts";
import { curves } from "../../src/builtins/crypto/curves.ts";
import { bigIntToBytes, bytesToBigInt } from "../../src/builtins/crypto/der.ts";
import { parsePkixPublicKey } from "../../src/builtins/crypto/keys.ts";
import { nodeCrypto } from "../../src/builtins/crypto/node-crypto.ts";
import { nodePublicKeyCrypto } from "../../src/builtins/crypto/node-public-key.ts";
import { portablePublicKeyCrypto as portable } from "../../src/builtins/crypto/portable-public-key.ts";
import { parsePkcs8 } from "../../src/builtins/crypto/private-keys.ts";
import type { PublicKeyCrypto } from "../../src/builtins/crypto/public-key.ts";
import { ecdsaFromHalves, verifySignature } from "../../src/builtins/crypto/signature.ts";
import type { SignatureScheme } from "../../src/builtins/crypto/signature-scheme.ts";

const node = nodePublicKeyCrypto(nodeCrypto() as NonNullable<ReturnType<typeof nodeCrypto>>);

const parsed = ({ publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }) => ({
	public: parsePkixPublicKey(publicKey.export({ type: "spki", format: "der" })),
	private: parsePkcs8(privateKey.export({ type: "pkcs8", format: "der" })),
});
const rsaKeys = [1024, 2048, 2047].map((modulusLength) => parsed(generateKeyPairSync("rsa", { modulusLength })));
const ecKeys = ["P-256", "P-384", "P-521"].map((namedCurve) => parsed(generateKeyPairSync("ec", { namedCurve })));
const edKeys = [parsed(generateKeyPairSync("ed25519"))];

const rsa = (hash: SignatureScheme["hash"], pss: boolean, anySalt = false): SignatureScheme => ({
	key: "rsa",
	hash,
	pss,
	anySalt,
});
const rows: readonly (readonly [name: string, scheme: SignatureScheme, keys: typeof rsaKeys])[] = [
	...(["sha1", "sha256", "sha384", "sha512"] as const).map((h) => [`RSA ${h}`, rsa(h, false), rsaKeys] as const),
	// PSS with SHA-512 and a salt of 64 bytes does not fit into 1,024 bits.
	...(["sha256", "sha384", "sha512"] as const).map((h) => [`RSA-PSS ${h}`, rsa(h, true), rsaKeys.slice(1)] as const),
	["RSA-PSS with any salt", rsa("sha256", true, true), rsaKeys],
	...(["sha256", "sha384", "sha512"] as const).map(
		(hash) => [`ECDSA ${hash}`, { key: "ec", hash, pss: false } as SignatureScheme, ecKeys] as const,
	),
	["Ed25519", { key: "ed25519", hash: undefined, pss: false }, edKeys],
];

const message = Buffer.from("a message");
const inDer = (scheme: SignatureScheme, s: Uint8Array): Uint8Array => (scheme.key === "ec" ? ecdsaFromHalves(s) : s);
const verdicts = (scheme: SignatureScheme, key: (typeof rsaKeys)[number], m: Uint8Array, s: Uint8Array) =>
	[node, portable].map((c: PublicKeyCrypto) => verifySignature(scheme, key.public, m, s, () => c));

describe.each(rows)("%s", (_name, scheme, keys) => {
	test("each verifies what the other signs", () => {
		for (const key of keys)
			for (const signer of [node, portable]) {
				const signature = inDer(scheme, signer.sign(scheme, key.private, message));
				expect(verdicts(scheme, key, message, signature)).toEqual([true, true]);
				expect(verdicts(scheme, key, Buffer.from("another"), signature)).toEqual([false, false]);
			}
	});

	test("both refuse what is no signature", () => {
		for (const key of keys) {
			const good = inDer(scheme, node.sign(scheme, key.private, message));
			const flipped = (i: number): Uint8Array => good.map((b, j) => (i === j ? b ^ 1 : b));
			const bad = [
				new Uint8Array(0),
				new Uint8Array(good.length),
				good.slice(1),
				good.slice(0, -1),
				Buffer.concat([Buffer.of(0), good]),
				Buffer.concat([good, Buffer.of(0)]),
				new Uint8Array(good.length).fill(255),
				randomBytes(good.length),
				...[0, 1, good.length >> 1, good.length - 1].map(flipped),
			];
			for (const signature of bad) expect(verdicts(scheme, key, message, signature)).toEqual([false, false]);
		}
	});
});

test("ECDSA halves outside of their range are no signature", () => {
	for (const [i, curve] of (["P-256", "P-384", "P-521"] as const).entries()) {
		const key = ecKeys[i] as (typeof ecKeys)[number];
		const { n, bytes } = curves[curve];
		const scheme = { key: "ec", hash: "sha256", pss: false } as const;
		const good = node.sign(scheme, key.private, message);
		const s = bytesToBigInt(good.subarray(bytes));
		const halves = (a: bigint, b: bigint): Uint8Array =>
			Buffer.concat([bigIntToBytes(a, bytes), bigIntToBytes(b, bytes)]);
		const r = bytesToBigInt(good.subarray(0, bytes));
		for (const [a, b] of [
			[0n, s],
			[r, 0n],
			[n, s],
			[r, n],
		] as const)
			expect(verdicts(scheme, key, message, ecdsaFromHalves(halves(a, b)))).toEqual([false, false]);
		// Go and OpenSSL take the other of the two that fit.
		expect(verdicts(scheme, key, message, ecdsaFromHalves(halves(r, n - s)))).toEqual([true, true]);
	}
});

test("the orders of the curves are those of the library", () => {
	for (const [name, curve] of [
		["P-256", p256],
		["P-384", p384],
		["P-521", p521],
	] as const) {
		const { n, p, b } = curve.Point.CURVE();
		expect({ n: curves[name].n, p: curves[name].p, b: curves[name].b }).toEqual({ n, p, b });
	}
});

test("an RSA-PSS signature without its leading zero is none", () => {
	const scheme = rsa("sha384", true);
	const key = rsaKeys[2] as (typeof rsaKeys)[number];
	let signature = node.sign(scheme, key.private, message);
	while (signature[0] !== 0) signature = node.sign(scheme, key.private, message);
	expect(verdicts(scheme, key, message, signature)).toEqual([true, true]);
	expect(verdicts(scheme, key, message, signature.slice(1))).toEqual([false, false]);
});

test("public halves are the same", () => {
	for (const curve of ["P-256", "P-384", "P-521"] as const) {
		const scalar = bigIntToBytes(bytesToBigInt(randomBytes(24)) + 1n, curves[curve].bytes);
		expect(Buffer.from(portable.point(curve, scalar))).toEqual(Buffer.from(node.point(curve, scalar)));
	}
	for (const curve of ["Ed25519", "X25519"] as const) {
		const secret = decodeBase64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
		expect(Buffer.from(portable.octets(curve, secret))).toEqual(Buffer.from(node.octets(curve, secret)));
	}
});

test("a curve that is not there ends the query", () => {
	expect(() => portable.point("P-224", new Uint8Array(28))).toThrow("no cryptography for the curve P-224");
});
