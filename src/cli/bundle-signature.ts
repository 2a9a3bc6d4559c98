/**
 * Bundles' signatures by Node's own cryptography: made, and checked. Keys are given as text, PEM or HMAC secret, or as
 * the file that holds it.
 */
import {
	constants,
	createHmac,
	createPrivateKey,
	createPublicKey,
	type KeyObject,
	sign,
	timingSafeEqual,
	verify,
} from "node:crypto";
import { resolve } from "node:path";
import { fileDigest, type SignedFile, type VerificationKey } from "../bundle/signature.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import { toJson } from "../value/json.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { type CliIo, readBytes, statPath } from "./io.ts";

export interface SigningKey {
	/** PEM or HMAC secret. */
	readonly key: string;
	readonly alg: string;
	/** Names the key in the token; empty for none. */
	readonly keyId: string;
	/** Claims besides the files. */
	readonly claims?: PlainObject | undefined;
}

/** A key as the command line gives it: PEM text, a file, or else a secret. */
export function readKey(io: CliIo, textOrFile: string): string {
	if (textOrFile.startsWith("-----BEGIN")) return textOrFile;
	try {
		if (!statPath(io, resolve(io.cwd, textOrFile)).isFile()) return textOrFile;
	} catch {
		return textOrFile;
	}
	return decodeUtf8(readBytes(io, textOrFile));
}

/** The text of `.signatures.json`. */
export function signFiles(files: readonly SignedFile[], by: SigningKey): string {
	const list = files.map(({ name, content }) => ({
		name,
		hash: fileDigest("SHA-256", name, content),
		algorithm: "SHA-256",
	}));
	const header = { alg: by.alg, ...(by.keyId === "" ? {} : { kid: by.keyId }), typ: "JWT" };
	const claims = by.claims ?? (by.keyId === "" ? {} : { keyid: by.keyId });
	const encode = (v: Value): string => Buffer.from(toJson(v)).toString("base64url");
	// Claims are in the order of their names, the list among them; its entries keep this order of fields.
	const written = Object.entries(claims).map(([k, v]): [string, string] => [k, toJson(v)]);
	const members = [...written.filter(([k]) => k !== "files"), ["files", JSON.stringify(list)] as const];
	members.sort(([a], [b]) => (a < b ? -1 : 1));
	const payload = Buffer.from(`{${members.map(([k, v]) => `${toJson(k)}:${v}`).join(",")}}`).toString("base64url");
	const signed = `${encode(header)}.${payload}`;
	return `${toJson({ signatures: [`${signed}.${signText(by, signed).toString("base64url")}`] }, { indent: "  " })}\n`;
}

interface Scheme {
	readonly kind: "HS" | "RS" | "PS" | "ES" | "EdDSA";
	readonly hash: string;
}

function schemeOf(alg: string): Scheme {
	if (alg === "EdDSA") return { kind: "EdDSA", hash: "" };
	const m = /^(HS|RS|PS|ES)(256|384|512)$/.exec(alg);
	if (m === null) throw new Error(`unknown signature algorithm: ${alg}`);
	return { kind: m[1] as Scheme["kind"], hash: `sha${m[2]}` };
}

/** How node:crypto is told of a scheme. */
function keyOptions({ kind }: Scheme): object {
	if (kind === "PS") {
		return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
	}
	return kind === "ES" ? { dsaEncoding: "ieee-p1363" } : {};
}

function signText({ alg, key }: SigningKey, text: string): Buffer {
	const scheme = schemeOf(alg);
	if (scheme.kind === "HS") return createHmac(scheme.hash, key).update(text).digest();
	let privateKey: KeyObject;
	try {
		privateKey = createPrivateKey(key);
	} catch (e) {
		throw new Error("failed to parse PEM block containing the key", { cause: e });
	}
	const hash = scheme.hash === "" ? null : scheme.hash;
	return sign(hash, Buffer.from(text), { key: privateKey, ...keyOptions(scheme) });
}

/** Whether a signature over a text is a key's. Throws where the key cannot be read. */
export function isSignedBy({ alg, key }: VerificationKey, text: string, signature: Uint8Array): boolean {
	const scheme = schemeOf(alg);
	if (scheme.kind === "HS") {
		const own = createHmac(scheme.hash, key).update(text).digest();
		return own.length === signature.length && timingSafeEqual(own, signature);
	}
	let publicKey: KeyObject;
	try {
		publicKey = createPublicKey(key);
	} catch (e) {
		throw new Error("failed to parse PEM block containing the key", { cause: e });
	}
	const wanted = { RS: "rsa", PS: "rsa", ES: "ec", EdDSA: "ed25519" }[scheme.kind];
	if (publicKey.asymmetricKeyType !== wanted) return false;
	const options = { key: publicKey, ...keyOptions(scheme) };
	return verify(scheme.hash === "" ? null : scheme.hash, Buffer.from(text), options, signature);
}
