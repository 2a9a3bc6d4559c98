/**
 * Signatures of bundles: `.signatures.json` holds one JSON Web Token whose payload lists every file
 * with its digest. JSON files are digested in a canonical form, so that their layout does not matter.
 */
import { sha224, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { decodeBase64Lenient } from "../builtins/crypto/base64.ts";
import { digest } from "../builtins/crypto/hash.ts";
import { lookUp } from "../documents/merge-data.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import { hexEncode } from "../go/hex.ts";
import { anyMatcher } from "../go/path-match.ts";
import { parseJson, toJson } from "../value/json.ts";
import { toUtf8 } from "../value/utf8.ts";
import { isArray, isPlainObject, type Value } from "../value/value.ts";
import { parseYaml } from "../value/yaml.ts";

export interface VerificationKey {
	readonly key: string;
	readonly alg: string;
	/** The scope of what it signs, where the bundle's own is not said. */
	readonly scope: string;
}

/** What bundles must be signed with. */
export interface Verification {
	readonly keys: ReadonlyMap<string, VerificationKey>;
	/** The key that they must be signed with; if empty, one that is signed says which, and others are taken as they are. */
	readonly keyId: string;
	readonly scope: string;
	/** Patterns of files that need no digest. */
	readonly exclude: readonly string[];
}

/** A file of a bundle, by the name it has in the signature. */
export interface SignedFile {
	readonly name: string;
	readonly content: Uint8Array;
}

/** Whether a signature over a text is a key's. Throws where the key cannot be read. */
export type SignatureCheck = (by: VerificationKey, text: string, signature: Uint8Array) => Promise<boolean>;

/** A digest that a signature promises. */
export interface Promised {
	readonly hash: string;
	readonly algorithm: string;
}

/** The digests a signature promises, by file name. Throws where it is not the key's. */
export async function readSignatures(
	signatures: Value,
	verification: Verification,
	isSignedBy: SignatureCheck,
): Promise<ReadonlyMap<string, Promised>> {
	const tokens = lookUp(signatures, ["signatures"]) ?? null;
	if (!isArray(tokens) || tokens.length === 0) throw new Error(".signatures.json: missing JWT (expected exactly one)");
	if (tokens.length > 1) throw new Error(".signatures.json: multiple JWTs not supported (expected exactly one)");
	const plugin = lookUp(signatures, ["plugin"]);
	if (plugin !== undefined && plugin !== "" && plugin !== "_default") {
		throw new Error(`no verifier exists under id ${String(plugin)}`);
	}
	const parts = String(tokens[0]).split(".");
	if (parts.length !== 3) throw new Error("failed to split compact JWT: invalid number of segments");
	const [header, payload, signature] = parts as [string, string, string];
	const named = verification.keyId || keyOfHeader(header);
	const claims = parseJson(decodeUtf8(fromBase64Url(payload, "payload")));
	const by = keyNamed(named || claims, verification.keys);
	if (!(await isSignedBy(by, `${header}.${payload}`, fromBase64Url(signature, "signature")))) {
		const kind = by.alg.slice(0, 2);
		const what =
			kind === "HS"
				? "invalid HMAC signature"
				: kind === "ES"
					? "invalid ECDSA signature"
					: "crypto/rsa: verification error";
		throw new Error(`failed to verify JWT signature: ${what}`);
	}
	if ((lookUp(claims, ["scope"]) ?? "") !== (verification.scope || by.scope)) throw new Error("scope mismatch");
	const out = new Map<string, Promised>();
	const files = lookUp(claims, ["files"]) ?? null;
	for (const f of isArray(files) ? files : []) {
		const field = (name: string): string => {
			const v = isPlainObject(f) ? lookUp(f, [name]) : undefined;
			return typeof v === "string" ? v : "";
		};
		out.set(field("name"), { hash: field("hash"), algorithm: field("algorithm") });
	}
	return out;
}

/** The key that a token's header names; empty where it names none. */
function keyOfHeader(header: string): string {
	try {
		const kid = lookUp(parseJson(decodeUtf8(fromBase64Url(header, "header"))), ["kid"]) ?? "";
		if (typeof kid === "string") return kid;
	} catch {
		// A header that cannot be read names no key that could be trusted.
	}
	throw new Error("failed to extract key ID from headers");
}

/** A key by its name, or by the name that claims have of it, as tokens did before their headers said it. */
function keyNamed(name: Value, keys: ReadonlyMap<string, VerificationKey>): VerificationKey {
	const id = typeof name === "string" ? name : (lookUp(name, ["keyid"]) ?? "");
	if (typeof id !== "string" || id === "") throw new Error("verification key ID is empty");
	const key = keys.get(id);
	if (key === undefined) throw new Error(`verification key corresponding to ID ${id} not found`);
	return key;
}

/** Checks every file against the promised digests, and that none is missing. Throws. */
export function checkFiles(
	files: readonly SignedFile[],
	promised: ReadonlyMap<string, Promised>,
	exclude: readonly string[],
): void {
	const left = new Set(promised.keys());
	const isExcluded = anyMatcher(exclude);
	for (const { name, content } of files) {
		if (isExcluded(name)) {
			left.delete(name);
			continue;
		}
		const wanted = promised.get(name);
		if (wanted === undefined) throw new Error(`file ${name} not included in bundle signature`);
		if (wanted.algorithm === "") throw new Error(`no hashing algorithm provided for file ${name}`);
		const got = fileDigest(wanted.algorithm, name, content);
		if (got !== wanted.hash.toLowerCase()) {
			throw new Error(`${name}: digest mismatch (want: ${wanted.hash}, got: ${got})`);
		}
		left.delete(name);
	}
	if (left.size > 0) {
		const names = [...left].join(" ");
		throw new Error(`file(s) [${names}] specified in bundle signatures but not found in the target bundle`);
	}
}

const hashes: { readonly [algorithm: string]: (message: Uint8Array) => Uint8Array } = {
	MD5: (m) => digest("md5", m),
	"SHA-1": (m) => digest("sha1", m),
	"SHA-224": sha224,
	"SHA-256": (m) => digest("sha256", m),
	"SHA-384": (m) => digest("sha384", m),
	"SHA-512": (m) => digest("sha512", m),
	"SHA-512-224": sha512_224,
	"SHA-512-256": sha512_256,
};

/** In hexadecimal. */
export function fileDigest(algorithm: string, name: string, content: Uint8Array): string {
	const hash = Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
	if (hash === undefined) throw new Error(`unsupported hashing algorithm: ${algorithm}`);
	return hexEncode(hash(isStructured(name) ? toUtf8(toJson(documentOf(name, content))) : content));
}

function isStructured(name: string): boolean {
	return ["data.json", "data.yaml", ".manifest"].includes(name.slice(name.lastIndexOf("/") + 1));
}

function documentOf(name: string, content: Uint8Array): Value {
	const text = decodeUtf8(content);
	return name.endsWith(".yaml") ? parseYaml(text) : parseJson(text);
}

function fromBase64Url(text: string, what: string): Uint8Array {
	if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error(`failed to base64 decode JWT ${what}: illegal base64 data`);
	const bytes = decodeBase64Lenient(text);
	if (bytes === undefined) throw new Error(`failed to base64 decode JWT ${what}: illegal base64 data`);
	return bytes;
}
