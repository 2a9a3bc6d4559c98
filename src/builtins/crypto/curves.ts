/**
 * The NIST prime curves: their names everywhere (OIDs, JWK, Node), sizes, and the curve equation, so
 * that a point can be checked without any crypto library.
 */

export type CurveName = "P-224" | "P-256" | "P-384" | "P-521";

export interface Curve {
	readonly oid: string;
	/** Name in OpenSSL. */
	readonly openssl: string;
	/** Size of a coordinate. */
	readonly bytes: number;
	readonly bits: number;
	/** Field prime. */
	readonly p: bigint;
	/** y² = x³ - 3x + b. */
	readonly b: bigint;
	/** Order of the base point. */
	readonly n: bigint;
}

export const curves: { readonly [C in CurveName]: Curve } = {
	"P-224": {
		oid: "1.3.132.0.33",
		openssl: "secp224r1",
		bytes: 28,
		bits: 224,
		p: 2n ** 224n - 2n ** 96n + 1n,
		b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
		n: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
	},
	"P-256": {
		oid: "1.2.840.10045.3.1.7",
		openssl: "prime256v1",
		bytes: 32,
		bits: 256,
		p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
		b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
		n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
	},
	"P-384": {
		oid: "1.3.132.0.34",
		openssl: "secp384r1",
		bytes: 48,
		bits: 384,
		p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
		b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
		n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
	},
	"P-521": {
		oid: "1.3.132.0.35",
		openssl: "secp521r1",
		bytes: 66,
		bits: 521,
		p: 2n ** 521n - 1n,
		b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
		n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
	},
};

export const curveOids: ReadonlyMap<string, CurveName> = new Map(
	(Object.keys(curves) as CurveName[]).map((name) => [curves[name].oid, name]),
);

export function isOnCurve(name: CurveName, x: bigint, y: bigint): boolean {
	const { p, b } = curves[name];
	if (x < 0n || y < 0n || x >= p || y >= p) return false;
	return (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}
