/** Images from registries: what they want, what goes wrong on the way, and where credentials go. */
import { chmodSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Image } from "../../../src/genpolicy/image/image.ts";
import { Images, type ImagesOptions } from "../../../src/genpolicy/image/images.ts";
import { parseChallenges } from "../../../src/genpolicy/image/registry/challenge.ts";
import { addImage, addIndex } from "../../../src/genpolicy/kit/image-writer.ts";
import { Registry, type RegistryOptions, refuse } from "../../../src/genpolicy/kit/registry.ts";
import { failure, group, passwd, repository, sample, temporaryFolder } from "./support.ts";

const running: Registry[] = [];
afterAll(() => Promise.all(running.map((r) => r.close())));

async function start(options: Partial<RegistryOptions> = {}): Promise<Registry> {
	const registry = await Registry.start({ repositories: { "org/app": repository() }, ...options });
	running.push(registry);
	return registry;
}

/** All of loopback without TLS, and no waiting; messages for people are kept in `said`. */
function client(options: ImagesOptions = {}, said: string[] = []): Images {
	const env = { DOCKER_CONFIG: "/nonexistent" };
	return new Images({ insecureRegistries: ["127.0.0.1"], env, pauseMs: 1, warn: (m) => said.push(m), ...options });
}

type Before = NonNullable<RegistryOptions["before"]>;

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A registry whose answers to some requests are something else, the first few or all. */
function instead(what: RegExp, answer: Answer, times = Infinity): Before {
	let n = 0;
	return (request, response) => {
		if (!what.test(request.url ?? "") || n++ >= times) return false;
		answer(response, request);
		return true;
	};
}

function body(text: string | Uint8Array, headers: Readonly<Record<string, string>> = {}, status = 200) {
	return (response: ServerResponse): void => void response.writeHead(status, headers).end(text);
}

function refused(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
	return (response) => {
		for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
		refuse(response, status, code);
	};
}

const manifests = /\/manifests\//;
const layer = repository().tags["latest"] === undefined ? "" : layerDigest();
const layers = new RegExp(`/blobs/${layer}`);

const layerBytes = Buffer.from(repository().blobs.get(layer) ?? []);

/** The layer's first bytes, and a closed connection. */
function cutOff(response: ServerResponse, _: IncomingMessage): void {
	response.writeHead(200, { "content-length": layerBytes.length });
	response.write(layerBytes.subarray(0, 7), () => response.destroy());
}

/** The digest of the sample's only layer. */
function layerDigest(): string {
	const { blobs, tags } = repository();
	const manifest = JSON.parse(Buffer.from(blobs.get(tags["latest"]?.digest ?? "") ?? []).toString("utf8"));
	return manifest.layers[0].digest;
}

test("an image by tag, by digest, and through an index", async () => {
	const { blobs, tags } = repository();
	const arm = addImage(blobs, { ...sample, platform: { os: "linux", architecture: "arm64" } });
	const index = addIndex(blobs, tags["latest"] === undefined ? [arm] : [arm, tags["latest"]]);
	const registry = await start({ repositories: { "org/app": { blobs, tags: { ...tags, multi: index } } } });
	const images = client();
	const image = await images.open(`${registry.host}/org/app`);
	expect(image.name).toBe(`${registry.host}/org/app:latest`);
	expect([image.accounts, image.config.User, image.digest]).toEqual([{ passwd, group }, "www", tags["latest"]?.digest]);
	const multi = await images.open(`${registry.host}/org/app:multi`);
	expect([multi.digest, multi.manifestDigest]).toEqual([index.digest, tags["latest"]?.digest]);
	const pinned = await images.open(`${registry.host}/org/app:other@${index.digest}`);
	expect(pinned.manifestDigest).toBe(tags["latest"]?.digest);
	// The layer that all of them share was read once.
	expect(registry.requests.filter((r) => layers.test(r.url)).length).toBe(1);
});

describe("what a registry answers", () => {
	const rows: readonly { note: string; before: Before; want: RegExp | "image"; said?: RegExp; requests?: number }[] = [
		{
			note: "404",
			before: instead(manifests, refused(404, "MANIFEST_UNKNOWN")),
			want: /^not-found: .* answers 404: MANIFEST_UNKNOWN: manifest_unknown here$/,
			requests: 1,
		},
		{ note: "403", before: instead(manifests, refused(403, "DENIED")), want: /^unauthorized: .* answers 403: DENIED/ },
		{
			note: "401 without a challenge",
			before: instead(manifests, refused(401, "UNAUTHORIZED")),
			want: /^unauthorized: .* wants an authentication other than/,
		},
		{
			note: "401 with another scheme",
			before: instead(manifests, refused(401, "X", { "www-authenticate": "Negotiate" })),
			want: /^unauthorized: .* wants an authentication other than/,
		},
		{
			note: "401 with a realm that is no address",
			before: instead(manifests, refused(401, "X", { "www-authenticate": 'Bearer realm="ftp://x"' })),
			want: /names no token service that can be asked/,
		},
		{
			note: "503 twice, then the image",
			before: instead(manifests, refused(503, "UNAVAILABLE"), 2),
			want: "image",
			said: /answers 503; again in/,
		},
		{
			note: "500 always",
			before: instead(manifests, refused(500, "UNKNOWN")),
			want: /^unavailable: .* answers 500: UNKNOWN/,
			requests: 5,
		},
		{
			note: "429 with Retry-After 0",
			before: instead(manifests, refused(429, "TOOMANYREQUESTS", { "retry-after": "0" }), 3),
			want: "image",
			said: /answers 429; again in 0\.0 s/,
		},
		{
			note: "429 with a date that has passed",
			before: instead(manifests, refused(429, "X", { "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" }), 1),
			want: "image",
			said: /again in 0\.0 s/,
		},
		{
			note: "429 until tomorrow",
			before: instead(manifests, refused(429, "TOOMANYREQUESTS", { "retry-after": "86400" })),
			want: /^unavailable: .* answers 429: TOOMANYREQUESTS/,
			requests: 1,
		},
		{
			note: "a connection that breaks once",
			before: instead(manifests, (r) => void r.destroy(), 1),
			want: "image",
			said: /again in/,
		},
		{
			note: "connections that always break",
			before: instead(manifests, (r) => void r.destroy()),
			want: /^unavailable: /,
			requests: 5,
		},
		{
			note: "a manifest that is cut off once",
			before: instead(
				manifests,
				(r) => void r.writeHead(200, { "content-length": 99 }).write("{", () => r.destroy()),
				1,
			),
			want: "image",
			said: /the manifest: .*again in/,
		},
		{
			note: "a manifest that is always cut off",
			before: instead(manifests, (r) => void r.writeHead(200, { "content-length": 99 }).write("{", () => r.destroy())),
			want: /^unavailable: .* the manifest: /,
			requests: 5,
		},
		{
			note: "no HTTP",
			before: instead(manifests, (r) => void r.socket?.end("SSH-2.0-OpenSSH\r\n")),
			want: /^unavailable: /,
			requests: 1,
		},
		{
			note: "another manifest than its header says",
			before: instead(manifests, body('{"schemaVersion":2}', { "docker-content-digest": `sha256:${"0".repeat(64)}` })),
			want: /^invalid: .* its digest is sha256:.*, and should be sha256:0000/,
		},
		{
			note: "a page of HTML",
			before: instead(manifests, body("<html>log in</html>", { "content-type": "text/html" })),
			want: /^invalid: .* it is not JSON/,
		},
		{
			note: "an error page with escapes",
			before: instead(manifests, body("no\u001b[2J\r\nsuch\u202e thing", {}, 404)),
			want: /answers 404: no \[2J such thing$/,
		},
		{
			note: "a manifest of schema 1",
			before: instead(manifests, body('{"schemaVersion":1,"fsLayers":[]}')),
			want: /^unsupported: .* schema 1/,
		},
		{
			note: "a redirect to itself",
			before: instead(manifests, (r, q) => body("", { location: q.url ?? "" }, 302)(r)),
			want: /more than 5 redirects/,
			requests: 6,
		},
		{
			note: "a redirect to a file",
			before: instead(manifests, body("", { location: "file:///etc/passwd" }, 302)),
			want: /^invalid: .* a redirect to no address/,
		},
		{
			note: "a redirect to nowhere",
			before: instead(manifests, body("", { location: "http://[" }, 302)),
			want: /^invalid: .* a redirect to no address/,
		},
		{ note: "a layer that is cut off once", before: instead(layers, cutOff, 1), want: "image", said: /again in/ },
		{
			note: "a layer that is always cut off",
			before: instead(layers, (r) => void r.writeHead(200, { "content-length": 9999 }).write("x", () => r.destroy())),
			want: /^unavailable: .* of \d+ bytes, then /,
			requests: 7,
		},
		{
			note: "a layer that is shorter than the manifest says",
			before: instead(layers, body("short")),
			want: /^unavailable: .*: 5 of \d+ bytes, then it ended early/,
		},
		{
			note: "a longer layer",
			before: instead(layers, body(Buffer.alloc(1000))),
			want: /^invalid: .* it is longer than the \d+ bytes of the manifest/,
		},
		{
			note: "a layer with a byte changed",
			before: instead(layers, body(layerBytes.map((b, i) => (i === 4 ? b ^ 1 : b)))),
			want: /^invalid: .* its digest is sha256:[0-9a-f]{64}, and should be sha256:/,
		},
		{
			note: "a layer whose gzip is broken",
			before: instead(layers, body(layerBytes.map((b, i) => (i === 40 ? b ^ 1 : b)))),
			want: /^invalid: .* it cannot be unpacked: /,
		},
		{
			note: "a part that was not asked for",
			before: instead(layers, (r, q) =>
				q.headers.range === undefined ? cutOff(r, q) : body("xxx", { "content-range": "bytes 7-9/10" }, 206)(r),
			),
			want: /^invalid: .* another part than it was asked for/,
		},
	];
	for (const { note, before, want, said, requests } of rows) {
		test(note, async () => {
			const registry = await start({ before });
			const lines: string[] = [];
			const opened = client().open(`${registry.host}/org/app`, { onProgress: (m) => lines.push(m) });
			if (want === "image") expect((await opened).accounts).toEqual({ passwd, group });
			else expect(await failure(opened)).toMatch(want);
			if (said !== undefined) expect(lines.join("\n")).toMatch(said);
			if (requests !== undefined) expect(registry.requests.length).toBe(requests);
		});
	}
});

test("what was cut off is continued where it ended, also by a registry that begins again", async () => {
	for (const begins of [false, true]) {
		const first = instead(layers, cutOff, 1);
		const again = instead(layers, body(layerBytes));
		const registry = await start({
			before: (request, response) => first(request, response) === true || (begins && again(request, response)),
		});
		expect((await client().open(`${registry.host}/org/app`)).accounts).toEqual({ passwd, group });
		expect(registry.requests.filter((r) => layers.test(r.url)).map((r) => r.range)).toEqual([undefined, "bytes=7-"]);
	}
});

describe("credentials", () => {
	const secret = { user: "robot", password: "p:a$$w0rd" };

	for (const scheme of ["basic", "bearer"] as const) {
		test(`${scheme}: the right ones, wrong ones, none`, async () => {
			const registry = await start({ auth: { scheme, ...secret } });
			const reference = `${registry.host}/org/app`;
			const good = client({ credentials: async (r) => (r === registry.host ? secret : undefined) });
			expect((await good.open(reference)).accounts).toEqual({ passwd, group });
			// Asked without first, then always with what was obtained.
			const given = registry.requests
				.filter((r) => r.url.startsWith("/v2/"))
				.map((r) => r.authorization?.split(" ")[0]);
			const name = scheme === "basic" ? "Basic" : "Bearer";
			expect(given).toEqual([undefined, name, name, name]);
			const wrong = await failure(
				client({ credentials: async () => ({ ...secret, password: "geheim" }) }).open(reference),
			);
			expect(wrong).toMatch(/^unauthorized: .* answers 401: UNAUTHORIZED/);
			expect(wrong).not.toContain("geheim");
			expect(await failure(client().open(reference))).toMatch(/^unauthorized: /);
		});
	}

	test("a token that has run out is replaced", async () => {
		let cleared = false;
		const registry = await start({
			auth: { scheme: "bearer", ...secret },
			before: (request) => {
				if (layers.test(request.url ?? "") && !cleared) {
					cleared = true;
					registry.tokens.clear();
				}
				return false;
			},
		});
		const images = client({ credentials: async () => secret });
		expect((await images.open(`${registry.host}/org/app`)).accounts).toEqual({ passwd, group });
		expect(cleared).toBe(true);
	});

	test("are not sent on to where a redirect leads, and its challenges are not answered", async () => {
		const storage = await start();
		const registry = await start({
			auth: { scheme: "basic", ...secret },
			before: (request, response) => {
				if (!layers.test(request.url ?? "") || request.headers.authorization === undefined) return false;
				response.writeHead(307, { location: `http://${storage.host}${request.url}?signature=secret` }).end();
				return true;
			},
		});
		const open = (): Promise<unknown> => client({ credentials: async () => secret }).open(`${registry.host}/org/app`);
		expect(await failure(open())).toMatch(/^not-found/);
		const thief = await start({
			before: (_, response) => {
				response.writeHead(401, { "www-authenticate": "Basic realm=give" }).end();
				return true;
			},
		});
		const second = await start({
			auth: { scheme: "basic", ...secret },
			before: (request, response) => {
				if (!layers.test(request.url ?? "") || request.headers.authorization === undefined) return false;
				response.writeHead(302, { location: `http://user:pass@${thief.host}/blob?signature=secret` }).end();
				return true;
			},
		});
		const told = await failure(client({ credentials: async () => secret }).open(`${second.host}/org/app`));
		expect(told).toMatch(/^unauthorized: .* answers 401/);
		expect(told).not.toContain("signature");
		expect([...storage.requests, ...thief.requests].map((r) => r.authorization)).toEqual([undefined, undefined]);
	});

	test("a redirect to storage elsewhere is followed", async () => {
		const storage = await start();
		const registry = await start({
			before: instead(layers, (response, request) => {
				response.writeHead(307, { location: `http://${storage.host}${request.url}` }).end();
				return true;
			}),
		});
		expect((await client().open(`${registry.host}/org/app`)).accounts).toEqual({ passwd, group });
	});

	test("what a server says back of them is not shown", async () => {
		const identityToken = "refresh/me+please";
		for (const scheme of ["basic", "bearer"] as const)
			for (const credentials of scheme === "basic" ? [secret] : [secret, { identityToken }]) {
				const registry = await start({
					auth: { scheme, ...secret, identityToken },
					before: async (request, response) => {
						const parts: Buffer[] = [];
						if (request.method === "POST") for await (const part of request) parts.push(part);
						if (request.headers.authorization === undefined && parts.length === 0) return false;
						const told = [
							request.headers.authorization,
							Buffer.concat(parts).toString(),
							secret.password,
							identityToken,
						];
						response.writeHead(403).end(JSON.stringify({ errors: [{ code: "DENIED", message: told.join(" ") }] }));
						return true;
					},
				});
				const told = await failure(client({ credentials: async () => credentials }).open(`${registry.host}/org/app`));
				expect(told).toMatch(/answers 403: DENIED: .*\*\*\*/);
				const sent =
					"user" in credentials
						? [secret.password, Buffer.from(`${secret.user}:${secret.password}`).toString("base64")]
						: [identityToken, encodeURIComponent(identityToken)];
				for (const text of sent) expect(told).not.toContain(text);
			}
	});

	test("identity tokens: of a helper, of the configuration, wrong ones, and a service that redirects", async () => {
		const identityToken = "refresh+me/with=signs&";
		const registry = await start({ auth: { scheme: "bearer", ...secret, identityToken } });
		const folder = temporaryFolder();
		writeFileSync(
			join(folder, "docker-credential-token"),
			`#!/bin/sh\ncat <<'END'\n${JSON.stringify({ Username: "<token>", Secret: identityToken })}\nEND\n`,
			{ mode: 0o755 },
		);
		const open = (config: unknown, host = registry.host): Promise<Image> => {
			writeFileSync(join(folder, "config.json"), JSON.stringify(config));
			const env = { DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env["PATH"]}` };
			return client({ env }).open(`${host}/org/app`);
		};
		expect((await open({ credsStore: "token" })).accounts).toEqual({ passwd, group });
		const inAuths = { auths: { [registry.host]: { auth: "AA==", identitytoken: identityToken } } };
		expect((await open(inAuths)).accounts).toEqual({ passwd, group });
		const asked = registry.requests.filter((r) => r.url.startsWith("/token"));
		expect(asked).toEqual(Array(2).fill({ method: "POST", url: "/token", authorization: undefined, range: undefined }));
		const wrong = await failure(open({ auths: { [registry.host]: { identitytoken: "geheim" } } }));
		expect(wrong).toMatch(/^unauthorized: a token: .* answers 401: UNAUTHORIZED/);
		expect(wrong).not.toContain("geheim");
		const redirecting = await start({
			auth: { scheme: "bearer", ...secret, identityToken },
			before: (request, response) => {
				if (request.url !== "/token") return false;
				response.writeHead(307, { location: `http://${registry.host}/token` }).end();
				return true;
			},
		});
		const before = registry.requests.length;
		expect(await failure(open({ credsStore: "token" }, redirecting.host))).toMatch(/goes nowhere else$/);
		expect(registry.requests.length).toBe(before);
	});

	test("are given to no token service without TLS that was not said", async () => {
		const registry = await start({
			before: (request, response) => {
				if (request.url?.startsWith("/v2/") !== true) return false;
				response.writeHead(401, { "www-authenticate": 'Bearer realm="http://127.0.0.2:9/token",service="x"' }).end();
				return true;
			},
		});
		const images = new Images({
			insecureRegistries: [registry.host],
			credentials: async () => secret,
			local: [],
			env: {},
			pauseMs: 1,
		});
		expect(await failure(images.open(`${registry.host}/org/app`))).toMatch(
			/names http:\/\/127\.0\.0\.2:9\/token as its token service, without TLS/,
		);
	});

	test("from Docker's configuration and its helpers", async () => {
		const registry = await start({ auth: { scheme: "basic", ...secret } });
		const folder = temporaryFolder();
		const helper = (name: string, script: string): void => {
			writeFileSync(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
			chmodSync(join(folder, `docker-credential-${name}`), 0o755);
		};
		const answer = JSON.stringify({ ServerURL: registry.host, Username: secret.user, Secret: secret.password });
		helper("good", `[ "$1" = get ] && [ "$(cat)" = "${registry.host}" ] && cat <<'END'\n${answer}\nEND`);
		helper("empty", "echo 'credentials not found in native keychain'; exit 1");
		helper("broken", "echo secret-in-output; exit 3");
		helper("token", `echo '{"Username":"<token>","Secret":"abc"}'`);
		helper("babble", "yes babble");
		const auth = Buffer.from(`${secret.user}:${secret.password}`).toString("base64");
		const rows: readonly { note: string; config: unknown; want: RegExp | "image" }[] = [
			{ note: "auths", config: { auths: { [registry.host]: { auth } } }, want: "image" },
			{
				note: "auths with scheme and path",
				config: { auths: { [`http://${registry.host}/v1/`]: { auth } } },
				want: "image",
			},
			{
				note: "user and password",
				config: { auths: { [registry.host]: { username: secret.user, password: secret.password } } },
				want: "image",
			},
			{
				note: "of another registry",
				config: { auths: { "127.0.0.1:1": { auth } } },
				want: /wants a user and a password/,
			},
			{
				note: "__proto__ is no registry",
				config: JSON.parse('{"auths":{"__proto__":{"auth":"eA=="}}}'),
				want: /wants a user/,
			},
			{ note: "credHelpers", config: { credHelpers: { [registry.host]: "good" } }, want: "image" },
			{ note: "credsStore", config: { credsStore: "good", auths: { [registry.host]: {} } }, want: "image" },
			{
				note: "a helper that does not know it, then auths",
				config: { credsStore: "empty", auths: { [registry.host]: { auth } } },
				want: "image",
			},
			{
				note: "a helper that fails",
				config: { credsStore: "broken" },
				want: /docker-credential-broken get failed with code 3 for 127/,
			},
			{
				note: "a helper that is not there",
				config: { credsStore: "absent" },
				want: /docker-credential-absent cannot be run/,
			},
			{
				note: "a helper that does not end",
				config: { credsStore: "babble" },
				want: /docker-credential-babble get failed/,
			},
			{ note: "a helper named like a path", config: { credsStore: "/../../bin/sh" }, want: /is not a name/ },
			{ note: "an identity token", config: { credsStore: "token" }, want: /there is only an identity token for it/ },
			{
				note: "an identity token in auths",
				config: { auths: { [registry.host]: { auth, identitytoken: "x" } } },
				want: /there is only an identity token for it/,
			},
			{
				note: "auth that is no base64",
				config: { auths: { [registry.host]: { auth: "%%secret" } } },
				want: /auth is not user:password in base64/,
			},
			{ note: "not an object", config: [1], want: /an object is wanted/ },
			{ note: "no configuration", config: undefined, want: /wants a user/ },
		];
		for (const { note, config, want } of rows) {
			const home = temporaryFolder();
			if (config !== undefined) writeFileSync(join(home, "config.json"), JSON.stringify(config));
			const env = { DOCKER_CONFIG: home, PATH: `${folder}${delimiter}${process.env["PATH"]}` };
			const opened = client({ env }).open(`${registry.host}/org/app`);
			const told = want === "image" ? await opened.then((i) => i.config.User) : await failure(opened);
			expect(told, note).toMatch(want === "image" ? /^www$/ : want);
			expect(told, note).not.toMatch(/secret|geheim|p:a/);
		}
	});
});

test("nobody who listens: not asked again", async () => {
	const registry = await start();
	await registry.close();
	const lines: string[] = [];
	const opened = client().open(`${registry.host}/org/app`, { onProgress: (m) => lines.push(m) });
	expect(await failure(opened)).toMatch(/^unavailable: .*ECONNREFUSED/);
	expect(lines).toEqual([]);
});

test("without TLS only where it was said", async () => {
	const registry = await start();
	const told = await failure(client({ insecureRegistries: [] }).open(`${registry.host}/org/app`));
	expect(told).toMatch(/^unavailable: https:/);
	expect(registry.requests).toEqual([]);
});

describe("WWW-Authenticate", () => {
	const rows: readonly { header: string; want: unknown }[] = [
		{ header: "", want: [] },
		{ header: "Basic", want: [["basic", {}]] },
		{
			header: 'Bearer realm="https://a/t?x=1,2",service="a \\"b\\"",scope="r:x:pull"',
			want: [["bearer", { realm: "https://a/t?x=1,2", service: 'a "b"', scope: "r:x:pull" }]],
		},
		{
			header: 'Basic realm="x", Bearer realm=y , service = z',
			want: [
				["basic", { realm: "x" }],
				["bearer", { realm: "y", service: "z" }],
			],
		},
		{
			header: 'BEARER REALM="x',
			want: [
				["bearer", {}],
				["realm", {}],
			],
		},
		{ header: `Bearer ${"a=b,".repeat(10_000)}`, want: [["bearer", { a: "b" }]] },
		{ header: "=,=,\u0000", want: [] },
		{
			header: `Bearer${" ".repeat(60_000)}x`,
			want: [
				["bearer", {}],
				["x", {}],
			],
		},
	];
	for (const { header, want } of rows) {
		test(header.slice(0, 60) || "empty", () => {
			expect(parseChallenges(header).map((c) => [c.scheme, Object.fromEntries(c.parameters)])).toEqual(want);
		});
	}
});
