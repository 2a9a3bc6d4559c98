/** A certificate chain and its private key from PEM text, checked to belong together as Go's TLS does. */
import { fail } from "../failure.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { bytesEqual } from "./der.ts";
import type { PrivateKey, PublicKey } from "./keys.ts";
import { decodeAllPem, type PemBlock } from "./pem.ts";
import { parseAnyPrivateKey } from "./private-keys.ts";

export interface KeyPair {
	/** DER, leaf first. */
	readonly chain: readonly Uint8Array[];
	readonly leaf: Certificate;
	readonly key: PrivateKey;
}

export function readKeyPair(certificatePem: string, keyPem: string): KeyPair {
	const certBlocks = decodeAllPem(certificatePem);
	const chain = certBlocks.filter((b) => b.type === "CERTIFICATE").map((b) => b.bytes);
	const first = chain[0] ?? failWithoutCertificate(certBlocks);
	const keyBlocks = decodeAllPem(keyPem);
	const keyBlock =
		keyBlocks.find((b) => b.type === "PRIVATE KEY" || b.type.endsWith(" PRIVATE KEY")) ?? failWithoutKey(keyBlocks);
	const leaf = parseCertificate(first);
	const key = parseAnyPrivateKey(keyBlock.bytes);
	checkPair(leaf.publicKey, key);
	return { chain, leaf, key };
}

function types(blocks: readonly PemBlock[]): string {
	return `[${blocks.map((b) => b.type).join(" ")}]`;
}

function failWithoutCertificate(blocks: readonly PemBlock[]): never {
	if (blocks.length === 0) return fail("tls: failed to find any PEM data in certificate input");
	if (blocks.length === 1 && blocks[0]?.type.endsWith("PRIVATE KEY") === true) {
		return fail(
			"tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
		);
	}
	return fail(
		`tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${types(blocks)}`,
	);
}

function failWithoutKey(blocks: readonly PemBlock[]): never {
	if (blocks.length === 0) return fail("tls: failed to find any PEM data in key input");
	if (blocks.length === 1 && blocks[0]?.type === "CERTIFICATE") {
		return fail("tls: found a certificate rather than a key in the PEM for the private key");
	}
	return fail(
		`tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${types(blocks)}`,
	);
}

function checkPair(pub: PublicKey | undefined, key: PrivateKey): void {
	if (pub === undefined || pub.kind === "dsa" || pub.kind === "x25519") fail("tls: unknown public key algorithm");
	const own = key.public;
	if (own.kind !== pub.kind) fail("tls: private key type does not match public key type");
	const matches =
		(own.kind === "rsa" && pub.kind === "rsa" && own.n === pub.n && own.e === pub.e) ||
		(own.kind === "ec" && pub.kind === "ec" && own.curve === pub.curve && own.x === pub.x && own.y === pub.y) ||
		(own.kind === "ed25519" && pub.kind === "ed25519" && bytesEqual(own.bytes, pub.bytes));
	if (!matches) fail("tls: private key does not match public key");
}
