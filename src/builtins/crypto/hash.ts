/**
 * Digests and HMACs, synchronously on every host: Node's own where there is one, else those of
 * @noble/hashes.
 */

import { hmac as nobleHmac } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { byteAt } from "../../at.ts";
import { hexEncode } from "../../go/hex.ts";
import { isWellFormed, toUtf8 } from "../../value/utf8.ts";
import { nodeCrypto } from "./node-crypto.ts";

export type HashName = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

const portable = { md5, sha1, sha256, sha384, sha512 } as const;

export function digest(name: HashName, message: Uint8Array): Uint8Array {
	const node = nodeCrypto();
	return node === undefined ? portableDigest(name, message) : node.createHash(name).update(message).digest();
}

/** The hexadecimal digest of a text. */
export function digestHex(name: HashName, text: string): string {
	const node = nodeCrypto();
	if (node === undefined || !isWellFormed(text)) return hexEncode(digest(name, toUtf8(text)));
	// Since Node 20.12, and half the time for short text.
	if (typeof node.hash === "function") return node.hash(name, text, "hex");
	return node.createHash(name).update(text, "utf8").digest("hex");
}

export function hmac(name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array {
	const node = nodeCrypto();
	return node === undefined ? portableHmac(name, key, message) : node.createHmac(name, key).update(message).digest();
}

/** The hexadecimal HMAC of a text: without arrays of bytes on the way, which cost a host more than a short text's hash. */
export function hmacHex(name: HashName, key: string, text: string): string {
	const node = nodeCrypto();
	if (node === undefined || !isWellFormed(key) || !isWellFormed(text)) {
		return hexEncode(hmac(name, toUtf8(key), toUtf8(text)));
	}
	return node.createHmac(name, key).update(text, "utf8").digest("hex");
}

/** As digest, without the host's help. */
export function portableDigest(name: HashName, message: Uint8Array): Uint8Array {
	return portable[name](message);
}

/** As hmac, without the host's help. */
export function portableHmac(name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array {
	return nobleHmac(portable[name], key, message);
}

/** Equality in time that depends on the lengths alone. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	let difference = 0;
	for (let i = 0; i < a.length; i++) difference |= byteAt(a, i) ^ byteAt(b, i);
	return difference === 0;
}
