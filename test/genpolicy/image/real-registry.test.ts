/**
 * The client beside a registry that others wrote: CNCF's distribution, where `npm run bench:peers` has built it or
 * REGOPLAN_REGISTRY names it. Images are pushed with its API, and read without authentication, with Basic, with Bearer.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Images, type ImagesOptions } from "../../../src/genpolicy/image/images.ts";
import {
	addImage,
	addIndex,
	type BlobDescriptor,
	type Blobs,
	packings,
} from "../../../src/genpolicy/kit/image-writer.ts";
import { accounts, failure, group, passwd, sample, temporaryFolder } from "./support.ts";

const program =
	process.env["REGOPLAN_REGISTRY"] ?? fileURLToPath(new URL("../../../bench/peers/bin/registry", import.meta.url));
const there = existsSync(program);
if (!there) console.log("no registry here (npm run bench:peers builds it): its tests are left out");

const secret = { user: "robot", password: "p:a$$w0rd" };
/** Of the password, by bcrypt. */
const hashed = "$2y$05$abcdefghijklmnopqrstuuW6WV1c3znVHrp7nmGsZxThbXAehIIOy";
const basic = `Basic ${Buffer.from(`${secret.user}:${secret.password}`).toString("base64")}`;

const blobs: Blobs = new Map();
const one = addImage(blobs, sample);
const arm = addImage(blobs, { ...sample, platform: { os: "linux", architecture: "arm64" } });
const index = addIndex(blobs, [arm, one]);
const plain = addImage(blobs, { layers: [{ files: accounts({ passwd }), pack: packings.plain }] });
const tags = { latest: one, multi: index, plain };

async function freePort(): Promise<number> {
	const server = createTcpServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return typeof address === "object" && address !== null ? address.port : 0;
}

/** Gives tokens as the registry wants them: JWT of RS256, for who has the password. */
async function tokenService(key: KeyObject): Promise<{ server: Server; realm: string; asked: string[] }> {
	const asked: string[] = [];
	const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? "", "http://x");
		asked.push(url.search);
		if (request.headers.authorization !== basic) return void response.writeHead(401).end("{}");
		const [type, name, actions] = (url.searchParams.get("scope") ?? "").split(":");
		const now = Math.floor(Date.now() / 1000);
		const access = [{ type, name, actions: actions?.split(",") }];
		const claims = {
			iss: "kit",
			sub: "robot",
			aud: url.searchParams.get("service"),
			nbf: now - 60,
			iat: now,
			exp: now + 600,
			jti: "1",
			access,
		};
		const text = `${base64({ typ: "JWT", alg: "RS256", kid: "k" })}.${base64(claims)}`;
		const signature = createSign("RSA-SHA256").update(text).sign(key).toString("base64url");
		response.end(JSON.stringify({ token: `${text}.${signature}`, access_token: "unused" }));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	const port = typeof address === "object" && address !== null ? address.port : 0;
	return { server, realm: `http://127.0.0.1:${port}/token`, asked };
}

interface Running {
	readonly host: string;
	readonly stop: () => void;
}

async function startRegistry(auth: string): Promise<Running> {
	const folder = temporaryFolder();
	const host = `127.0.0.1:${await freePort()}`;
	const config = `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${join(folder, "data")} } }
http: { addr: "${host}" }
${auth}`;
	writeFileSync(join(folder, "config.yml"), config);
	const child: ChildProcess = spawn(program, ["serve", join(folder, "config.yml")], { stdio: "ignore" });
	const up = async (): Promise<boolean> => {
		if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
		return await fetch(`http://${host}/v2/`).then(
			() => true,
			() => false,
		);
	};
	while (!(await up())) await new Promise((resolve) => setTimeout(resolve, 50));
	return { host, stop: () => child.kill() };
}

/** Everything, by the API for pushes. */
async function push(
	host: string,
	name: string,
	authorization: (scope: string) => Promise<string | undefined>,
): Promise<void> {
	const given = await authorization(`repository:${name}:pull,push`);
	const headers: Record<string, string> = given === undefined ? {} : { authorization: given };
	const send = async (
		method: string,
		url: string,
		body?: Uint8Array,
		type = "application/octet-stream",
	): Promise<Response> => {
		const options = body === undefined ? {} : { body: new Uint8Array(body) };
		const response = await fetch(url, { method, headers: { ...headers, "content-type": type }, ...options });
		if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
		return response;
	};
	const isManifest = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes('"schemaVersion"');
	for (const [digest, bytes] of blobs) {
		if (isManifest(bytes)) continue;
		const upload = await send("POST", `http://${host}/v2/${name}/blobs/uploads/`);
		const location = new URL(upload.headers.get("location") ?? "", `http://${host}`);
		location.searchParams.set("digest", digest);
		await send("PUT", location.href, bytes);
	}
	const put = (reference: string, { digest, mediaType }: BlobDescriptor): Promise<Response> =>
		send("PUT", `http://${host}/v2/${name}/manifests/${reference}`, blobs.get(digest), mediaType);
	await put(arm.digest, arm);
	for (const [tag, descriptor] of Object.entries(tags)) await put(tag, descriptor);
}

describe.skipIf(!there)("distribution", () => {
	const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
	const running: Partial<Record<"open" | "basic" | "bearer", Running>> = {};
	let tokens: Awaited<ReturnType<typeof tokenService>> | undefined;

	beforeAll(async () => {
		const folder = temporaryFolder();
		writeFileSync(join(folder, "htpasswd"), `${secret.user}:${hashed}\n`);
		tokens = await tokenService(privateKey);
		const { realm } = tokens;
		const keys = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k", alg: "RS256", use: "sig" }] };
		writeFileSync(join(folder, "jwks.json"), JSON.stringify(keys));
		running.open = await startRegistry("");
		running.basic = await startRegistry(`auth: { htpasswd: { realm: r, path: ${join(folder, "htpasswd")} } }`);
		running.bearer = await startRegistry(
			`auth: { token: { realm: "${realm}", service: s, issuer: kit, jwks: ${join(folder, "jwks.json")} } }`,
		);
		await push(running.open.host, "org/app", async () => undefined);
		await push(running.basic.host, "org/app", async () => basic);
		await push(running.bearer.host, "org/app", async (scope) => {
			const answer = await fetch(`${realm}?service=s&scope=${scope}`, { headers: { authorization: basic } });
			const { token }: { token: string } = JSON.parse(await answer.text());
			return `Bearer ${token}`;
		});
	});
	afterAll(() => {
		for (const r of Object.values(running)) r.stop();
		tokens?.server.close();
	});

	const images = (options: ImagesOptions = {}): Images =>
		new Images({ insecureRegistries: ["127.0.0.1"], env: {}, pauseMs: 1, ...options });

	for (const kind of ["open", "basic", "bearer"] as const) {
		test(`${kind}: by tag, by digest, through an index, uncompressed`, async () => {
			const name = `${running[kind]?.host}/org/app`;
			const source = images({ credentials: async () => secret });
			expect((await source.open(name)).accounts).toEqual({ passwd, group });
			expect((await source.open(`${name}@${one.digest}`)).config.User).toBe("www");
			const multi = await source.open(`${name}:multi`);
			expect([multi.digest, multi.manifestDigest]).toEqual([index.digest, one.digest]);
			expect((await source.open(`${name}:plain`)).accounts).toEqual({ passwd, group: undefined });
			expect((await source.open(`${name}:plain`)).kataAccounts).toEqual({ passwd: undefined, group: undefined });
		});
		test(`${kind}: what is not there`, async () => {
			const source = images({ credentials: async () => secret });
			expect(await failure(source.open(`${running[kind]?.host}/org/app:none`))).toMatch(
				/^not-found: .* answers 404: MANIFEST_UNKNOWN/,
			);
			expect(await failure(source.open(`${running[kind]?.host}/org/none`))).toMatch(/^not-found: .* answers 404/);
		});
	}
	for (const kind of ["basic", "bearer"] as const) {
		test(`${kind}: without credentials, and with wrong ones`, async () => {
			const name = `${running[kind]?.host}/org/app`;
			expect(await failure(images().open(name))).toMatch(/^unauthorized: /);
			const wrong = images({ credentials: async () => ({ ...secret, password: "geheim" }) });
			expect(await failure(wrong.open(name))).toMatch(/^unauthorized: /);
		});
	}
	test("a token is asked for once", async () => {
		const source = images({ credentials: async () => secret });
		const before = tokens?.asked.length ?? 0;
		for (const tag of Object.keys(tags)) await source.open(`${running.bearer?.host}/org/app:${tag}`);
		expect(tokens?.asked.slice(before)).toEqual([`?service=s&scope=${encodeURIComponent("repository:org/app:pull")}`]);
	});
});
