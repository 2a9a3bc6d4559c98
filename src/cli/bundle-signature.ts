/**
 * Signatures of bundles: `.signatures.json` holds one JSON Web Token whose payload lists every file
 * with its digest. JSON files are digested in a canonical form, so that their layout does not matter.
 * Keys are given as text, PEM or HMAC secret, or as the file that holds it.
 */
import {
	constants,
	createHash,
	createHmac,
	createPrivateKey,
	createPublicKey,
	type KeyObject,
	sign,
	timingSafeEqual,
	verify,
} from "node:crypto";
import { resolve } from "node:path";
import { lookUp } from "../documents/merge-data.ts";
import { parseJson, toJson } from "../value/json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { parseYaml } from "../value/yaml.ts";
import { globMatches } from "./bundle-excludes.ts";
import { type CliIo, decodeUtf8, readBytes, statPath } from "./io.ts";

export interface SigningKey {
	/** PEM or HMAC secret. */
	readonly key: string;
	readonly alg: string;
	/** Names the key in the token; empty for none. */
	readonly keyId: string;
	/** Claims besides the files. */
	readonly claims?: PlainObject | undefined;
}

export interface VerificationKey {
	readonly key: string;
	readonly alg: string;
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
		hash: digest("SHA-256", name, content).toString("hex"),
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

/** The digests a signature promises, by file name. Throws where it is not the key's. */
export function readSignatures(
	signatures: Value,
	by: VerificationKey,
): Map<string, { hash: string; algorithm: string }> {
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
	const claims = parseJson(fromBase64Url(payload, "payload").toString("utf8"));
	if (!signatureFits(by, `${header}.${payload}`, fromBase64Url(signature, "signature"))) {
		const kind = by.alg.slice(0, 2);
		const what =
			kind === "HS"
				? "invalid HMAC signature"
				: kind === "ES"
					? "invalid ECDSA signature"
					: "crypto/rsa: verification error";
		throw new Error(`failed to verify JWT signature: ${what}`);
	}
	if ((lookUp(claims, ["scope"]) ?? "") !== by.scope) throw new Error("scope mismatch");
	const out = new Map<string, { hash: string; algorithm: string }>();
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

/** Checks every file against the promised digests, and that none is missing. Throws. */
export function checkFiles(
	files: readonly SignedFile[],
	promised: Map<string, { hash: string; algorithm: string }>,
	exclude: readonly string[],
): void {
	const left = new Set(promised.keys());
	for (const { name, content } of files) {
		if (exclude.some((pattern) => globMatches(pattern, name))) continue;
		const wanted = promised.get(name);
		if (wanted === undefined) throw new Error(`file ${name} not included in bundle signature`);
		if (wanted.algorithm === "") throw new Error(`no hashing algorithm provided for file ${name}`);
		const got = digest(wanted.algorithm, name, content).toString("hex");
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

const hashes: { readonly [algorithm: string]: string } = {
	MD5: "md5",
	"SHA-1": "sha1",
	"SHA-224": "sha224",
	"SHA-256": "sha256",
	"SHA-384": "sha384",
	"SHA-512": "sha512",
	"SHA-512-224": "sha512-224",
	"SHA-512-256": "sha512-256",
};

function digest(algorithm: string, name: string, content: Uint8Array): Buffer {
	const hash = Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
	if (hash === undefined) throw new Error(`unsupported hashing algorithm: ${algorithm}`);
	return createHash(hash)
		.update(isStructured(name) ? toJson(documentOf(name, content)) : content)
		.digest();
}

function isStructured(name: string): boolean {
	return ["data.json", "data.yaml", ".manifest"].includes(name.slice(name.lastIndexOf("/") + 1));
}

function documentOf(name: string, content: Uint8Array): Value {
	const text = decodeUtf8(content);
	return name.endsWith(".yaml") ? parseYaml(text) : parseJson(text);
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

function signatureFits({ alg, key }: VerificationKey, text: string, signature: Buffer): boolean {
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

function fromBase64Url(text: string, what: string): Buffer {
	if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error(`failed to base64 decode JWT ${what}: illegal base64 data`);
	return Buffer.from(text, "base64url");
}
