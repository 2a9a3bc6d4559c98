/**
 * Digests and HMACs, synchronously on every host: Node's own where there is one, else @noble/hashes,
 * which browser.ts provides.
 */
import { loadModule } from "#host";
import { nodeCrypto } from "./node-crypto.ts";

export type HashName = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

/** The shape all of @noble/hashes' functions share. */
type NobleHash = (message: Uint8Array) => Uint8Array;

const nobleModules: { readonly [H in HashName]: string } = {
	md5: "@noble/hashes/legacy.js",
	sha1: "@noble/hashes/legacy.js",
	sha256: "@noble/hashes/sha2.js",
	sha384: "@noble/hashes/sha2.js",
	sha512: "@noble/hashes/sha2.js",
};

function nobleHash(name: HashName): NobleHash {
	const module = loadModule(nobleModules[name]) as { readonly [name: string]: NobleHash } | undefined;
	const f = module?.[name];
	if (f === undefined) throw new Error(`no implementation of ${name} is available on this host`);
	return f;
}

export function digest(name: HashName, message: Uint8Array): Uint8Array {
	const node = nodeCrypto();
	return node === undefined ? portableDigest(name, message) : node.createHash(name).update(message).digest();
}

export function hmac(name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array {
	const node = nodeCrypto();
	return node === undefined ? portableHmac(name, key, message) : node.createHmac(name, key).update(message).digest();
}

/** As digest, without the host's help. */
export function portableDigest(name: HashName, message: Uint8Array): Uint8Array {
	return nobleHash(name)(message);
}

/** As hmac, without the host's help. */
export function portableHmac(name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array {
	const module = loadModule("@noble/hashes/hmac.js") as
		| { readonly hmac: (hash: NobleHash, key: Uint8Array, message: Uint8Array) => Uint8Array }
		| undefined;
	if (module === undefined) throw new Error("no implementation of HMAC is available on this host");
	return module.hmac(nobleHash(name), key, message);
}

/** Equality in time that depends on the lengths alone. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	let difference = 0;
	for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
	return difference === 0;
}
