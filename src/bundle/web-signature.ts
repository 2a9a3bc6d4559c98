/** Bundles' signatures by Web Cryptography, which every host has: RSA, ECDSA, Ed25519 and HMAC. */
import type { webcrypto } from "node:crypto";
import { decodeAllPem } from "../builtins/crypto/pem.ts";
import { toUtf8 } from "../value/utf8.ts";
import type { VerificationKey } from "./signature.ts";

interface Scheme {
	readonly secret: boolean;
	readonly key:
		| webcrypto.RsaHashedImportParams
		| webcrypto.EcKeyImportParams
		| webcrypto.HmacImportParams
		| webcrypto.Algorithm;
	readonly use: webcrypto.RsaPssParams | webcrypto.EcdsaParams | webcrypto.Algorithm;
}

const curves: { readonly [bits: string]: string } = { "256": "P-256", "384": "P-384", "512": "P-521" };

function schemeOf(alg: string): Scheme {
	if (alg === "EdDSA") return { secret: false, key: { name: "Ed25519" }, use: { name: "Ed25519" } };
	const [, family, bits] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(alg) ?? [];
	if (family === undefined || bits === undefined) throw new Error(`unknown signature algorithm: ${alg}`);
	const hash = `SHA-${bits}`;
	switch (family) {
		case "HS":
			return { secret: true, key: { name: "HMAC", hash }, use: { name: "HMAC" } };
		case "RS":
			return { secret: false, key: { name: "RSASSA-PKCS1-v1_5", hash }, use: { name: "RSASSA-PKCS1-v1_5" } };
		case "PS": {
			const saltLength = Number(bits) / 8;
			return { secret: false, key: { name: "RSA-PSS", hash }, use: { name: "RSA-PSS", saltLength } };
		}
		default: {
			const namedCurve = curves[bits] ?? "";
			return { secret: false, key: { name: "ECDSA", namedCurve }, use: { name: "ECDSA", hash } };
		}
	}
}

/** Whether a signature over a text is a key's. Throws where the key cannot be read; one of another kind signed nothing. */
export async function isSignedBy({ alg, key }: VerificationKey, text: string, signature: Uint8Array): Promise<boolean> {
	const { subtle } = globalThis.crypto;
	const scheme = schemeOf(alg);
	let bytes = toUtf8(key);
	if (!scheme.secret) {
		const block = decodeAllPem(key).find((b) => b.type === "PUBLIC KEY");
		if (block === undefined) throw new Error("failed to parse PEM block containing the key");
		bytes = block.bytes;
	}
	let imported: webcrypto.CryptoKey;
	try {
		imported = await subtle.importKey(scheme.secret ? "raw" : "spki", bytes.slice(), scheme.key, false, ["verify"]);
	} catch (e) {
		// An algorithm that the host does not know is no verdict on the signature.
		if (e instanceof Error && e.name === "NotSupportedError") throw e;
		return false;
	}
	return subtle.verify(scheme.use, imported, signature.slice(), toUtf8(text).slice());
}
