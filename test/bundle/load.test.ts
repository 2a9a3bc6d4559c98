/** `regoplan/bundle`: bundles from bytes and responses, with the cryptography and the streams that every host has. */
import { generateKeyPairSync } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type BundleOptions, loadBundle } from "../../src/bundle.ts";
import { loadBundle as loadBundleNode } from "../../src/bundle-node.ts";
import { signFiles } from "../../src/cli/bundle-signature.ts";
import { RegoErrors } from "../../src/errors.ts";
import { startCost } from "../cost.ts";

const policy = "package authz\nallow if input.user in data.admins\nhash := crypto.sha256(input.user)";
const files: { readonly [name: string]: string } = {
	"/authz/policy.rego": policy,
	"/data.json": '{"admins": ["alice"]}',
	"/.manifest": '{"roots": ["authz", "admins"]}',
};

/** A ustar archive. */
function tar(contents: { readonly [name: string]: string }): Buffer {
	const blocks: Buffer[] = [];
	for (const [name, text] of Object.entries(contents)) {
		const content = Buffer.from(text);
		const header = Buffer.alloc(512);
		header.write(name, 0);
		header.write(content.length.toString(8).padStart(11, "0"), 124);
		header.write("0", 156);
		header.write("ustar", 257);
		blocks.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
	}
	return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const pack = (contents: { readonly [name: string]: string }): Uint8Array => gzipSync(tar(contents));

function signed(alg: string, key: string, contents = files): { readonly [name: string]: string } {
	const named = Object.entries(contents).map(([name, text]) => ({ name: name.slice(1), content: Buffer.from(text) }));
	return { ...contents, "/.signatures.json": signFiles(named, { key, alg, keyId: "" }) };
}

const publicKeyEncoding = { type: "spki", format: "pem" } as const;
const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding });
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve, publicKeyEncoding, privateKeyEncoding });
const [p256, p384, p521] = [ec("P-256"), ec("P-384"), ec("P-521")];
const ed25519 = generateKeyPairSync("ed25519", { publicKeyEncoding, privateKeyEncoding });
const secret = { privateKey: "a shared secret", publicKey: "a shared secret" };

const both = [
	["every host", loadBundle],
	["Node", loadBundleNode],
] as const;

describe.each(both)("for %s", (_, load) => {
	test("decides by its modules and data", async () => {
		const loaded = await load(pack(files));
		expect(loaded.allows("data.authz.allow", { user: "alice" })).toBe(true);
		expect(loaded.allows("data.authz.allow", { user: "bob" })).toBe(false);
		expect(loaded.rule("data.authz.hash")({ user: "a" })).toMatch(/^ca978112/);
	});

	const owned = { ...files, "/.manifest": '{"roots": ["authz", "admins"]}' };
	const outside: readonly [note: string, contents: { readonly [name: string]: string }, want: string][] = [
		[
			"a path that leads past the roots",
			{ ...owned, "/authz/../evil/data.json": '{"x": 1}' },
			"manifest roots [authz admins] do not permit data at path '/evil'",
		],
		[
			"a path that leads out of the bundle",
			{ ...owned, "/authz/../../../evil/data.json": '{"x": 1}' },
			"manifest roots [authz admins] do not permit data at path '/evil'",
		],
		[
			"a module of WebAssembly that is not there",
			{
				...owned,
				"/.manifest":
					'{"roots": ["authz", "admins"], "wasm": [{"entrypoint": "authz/allow", "module": "/policy.wasm"}]}',
			},
			"manifest references wasm module '/policy.wasm' but the module file does not exist",
		],
		[
			// What `opa build -t wasm` makes: the entry points' rules are gone, and `allow if not deny` would hold.
			"decisions left to WebAssembly",
			{
				"/policy.rego": "package a\nallow if not data.a.deny",
				"/policy.wasm": "\0asm",
				"/.manifest":
					'{"wasm": [{"entrypoint": "a/deny", "module": "/policy.wasm"}, {"entrypoint": "a/b-c", "module": "/policy.wasm"}]}',
			},
			`failed to initialize wasm module for entrypoints '[data.a.deny data.a["b-c"]]': engine not found`,
		],
		[
			"a pattern that is none",
			{ ...owned, "/.manifest": '{"roots": ["authz", "admins"], "file_rego_versions": {"[": 0}}' },
			"failed to compile glob pattern [: unexpected end of input",
		],
	];
	test.each(outside)("refuses %s", async (_note, contents, want) => {
		await expect(load(pack(contents))).rejects.toThrow(want);
	});
	test("data are where the path leads, whatever the way", async () => {
		const loaded = await load(pack({ ...owned, "/authz/./x/..//roles/data.json": '{"n": 1}' }));
		expect(loaded.rule("data.authz.roles")({})).toEqual({ n: 1 });
	});
	test("thousands of folders of data take no thousands of copies", async () => {
		const folders = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`/d/f${i}/data.json`, `{"n": ${i}}`]));
		const bytes = pack({ "/data.json": '{"d": {"f0": {"m": 1}}}', ...folders });
		const cost = startCost();
		const loaded = await load(bytes);
		expect(cost()).toBeLessThan(1500);
		expect(loaded.evaluate("data.d.f0").value).toEqual({ m: 1, n: 0 });
		expect(loaded.evaluate("data.d.f4999").value).toEqual({ n: 4999 });
	});
	test("a version for the files of a pattern", async () => {
		const manifest = '{"roots": ["authz", "admins"], "file_rego_versions": {"/authz/[n-p]old.rego": 0}}';
		const old = "package authz\nolder { true }";
		const loaded = await load(pack({ ...owned, "/.manifest": manifest, "/authz/oold.rego": old }));
		expect(loaded.rule("data.authz.older")({})).toBe(true);
	});

	test("takes an ArrayBuffer and a Response", async () => {
		const bytes = pack(files);
		const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
		for (const source of [buffer, new Response(buffer)])
			expect((await load(source)).allows("data.authz.allow", { user: "alice" })).toBe(true);
	});

	test.each([
		["RS256", rsa],
		["RS512", rsa],
		["PS384", rsa],
		["ES256", p256],
		["ES384", p384],
		["ES512", p521],
		["EdDSA", ed25519],
		["HS256", secret],
		["HS512", secret],
	])("takes a signature by %s", async (alg, key) => {
		const options: BundleOptions = { verificationKey: key.publicKey, signingAlgorithm: alg };
		const loaded = await load(pack(signed(alg, key.privateKey)), options);
		expect(loaded.allows("data.authz.allow", { user: "alice" })).toBe(true);
	});

	const refused: readonly (readonly [note: string, bundle: Uint8Array, options: BundleOptions, error: string])[] = [
		["a signed bundle without a key", pack(signed("RS256", rsa.privateKey)), {}, "verification key not provided"],
		[
			"a bundle that is not signed",
			pack(files),
			{ verificationKey: rsa.publicKey },
			"bundle missing .signatures.json file",
		],
		[
			"another key",
			pack(signed("RS256", rsa.privateKey)),
			{ verificationKey: otherRsa.publicKey },
			"failed to verify JWT signature: crypto/rsa: verification error",
		],
		[
			"a key of another kind",
			pack(signed("RS256", rsa.privateKey)),
			{ verificationKey: p256.publicKey },
			"failed to verify JWT signature: crypto/rsa: verification error",
		],
		[
			"a public key as an HMAC secret",
			pack(signed("HS256", rsa.publicKey)),
			{ verificationKey: rsa.publicKey },
			"failed to verify JWT signature: crypto/rsa: verification error",
		],
		[
			"another secret",
			pack(signed("HS256", "one")),
			{ verificationKey: "two", signingAlgorithm: "HS256" },
			"failed to verify JWT signature: invalid HMAC signature",
		],
		[
			"a key that is none",
			pack(signed("RS256", rsa.privateKey)),
			{ verificationKey: "no key" },
			"failed to parse PEM block containing the key",
		],
		[
			"an algorithm that is none",
			pack(signed("RS256", rsa.privateKey)),
			{ verificationKey: "x", signingAlgorithm: "none" },
			"unknown signature algorithm: none",
		],
		[
			"a module that was changed",
			pack({ ...signed("RS256", rsa.privateKey), "/authz/policy.rego": "package authz\nallow := true" }),
			{ verificationKey: rsa.publicKey },
			"authz/policy.rego: digest mismatch",
		],
		[
			"a module that was added",
			pack({ ...signed("RS256", rsa.privateKey), "/authz/more.rego": "package authz\nallow := true" }),
			{ verificationKey: rsa.publicKey },
			"file authz/more.rego not included in bundle signature",
		],
		["no gzip", tar(files), {}, "gzip: invalid header"],
		["nothing", new Uint8Array(0), {}, "EOF"],
		["a gzip that is cut short", pack(files).slice(0, -20), {}, "gzip: damaged or cut short"],
		["a gzip that is damaged", pack(files).fill(7, 40, 60), {}, "bundle read failed"],
		["a file that is cut short", gzipSync(tar(files).subarray(0, 540)), {}, "unexpected EOF"],
		["a header that is cut short", gzipSync(tar(files).subarray(0, 1500)), {}, "unexpected EOF"],
		["a delta", pack({ ...files, "/patch.json": "{}" }), {}, "delta bundles are not supported"],
		[
			"what its roots do not own",
			pack({ ...files, "/.manifest": '{"roots": ["authz"]}' }),
			{},
			"manifest roots [authz] do not permit data at path '/admins'",
		],
	];
	test.each(refused)("refuses %s", async (_note, bundle, options, error) => {
		await expect(load(bundle, options)).rejects.toThrow(error);
	});

	test("gives the errors of modules as everywhere", async () => {
		const broken = load(pack({ "/p.rego": "package p\nallow if {" }));
		await expect(broken).rejects.toBeInstanceOf(RegoErrors);
	});

	test.each([
		["a path", "bundle.tar.gz", "an address begins with http:// or https://"],
		["a number", 3 as unknown as string, "not 3"],
		["a response that is none", new Response("no", { status: 404 }), "the server answered 404"],
	])("refuses %s as a bundle", async (_note, source, error) => {
		await expect(load(source)).rejects.toThrow(error);
	});
});

describe("addresses", () => {
	afterEach(() => vi.unstubAllGlobals());
	test("in a page they may be relative to it, as for fetch", async () => {
		const asked: string[] = [];
		vi.stubGlobal("location", { href: "https://example.org/app/index.html" });
		vi.stubGlobal("fetch", async (address: string) => {
			asked.push(address);
			return new Response("no", { status: 404, statusText: "" });
		});
		for (const [address, absolute] of [
			["/bundle.tar.gz", "https://example.org/bundle.tar.gz"],
			["b.tar.gz", "https://example.org/app/b.tar.gz"],
		] as const) {
			await expect(loadBundle(address)).rejects.toThrow(`bundle ${absolute}: the server answered 404`);
		}
		expect(asked).toEqual(["https://example.org/bundle.tar.gz", "https://example.org/app/b.tar.gz"]);
		for (const wrong of ["", "file:///b.tar.gz", "javascript:1"]) {
			await expect(loadBundle(wrong)).rejects.toThrow("loadBundle: an address begins with http:// or https://, not ");
		}
		await expect(loadBundle(new Response("no", { status: 500 }))).rejects.toThrow(
			"bundle of a Response: the server answered 500",
		);
	});
	test("outside of one they are absolute; why nothing came is told with the address", async () => {
		await expect(loadBundle("/b.tar.gz")).rejects.toThrow(
			'not "/b.tar.gz"; files are read by loadBundle of regoplan/node',
		);
		await expect(loadBundle("http://127.0.0.1:1/b.tar.gz")).rejects.toThrow(
			/^bundle http:\/\/127\.0\.0\.1:1\/b\.tar\.gz: (?!fetch failed)./,
		);
	});
});
