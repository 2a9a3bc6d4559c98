/** Images and registries that mean harm: a clear error in bounded memory and time, and nothing written anywhere. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { AccountReader } from "../../../src/genpolicy/image/accounts.ts";
import { parseConfig } from "../../../src/genpolicy/image/config.ts";
import { Images } from "../../../src/genpolicy/image/images.ts";
import { parseManifest } from "../../../src/genpolicy/image/manifest.ts";
import { parseReference } from "../../../src/genpolicy/image/reference.ts";
import { TarReader } from "../../../src/genpolicy/image/tar.ts";
import { unpack } from "../../../src/genpolicy/image/unpack.ts";
import { packings } from "../../../src/genpolicy/kit/image-writer.ts";
import { Registry } from "../../../src/genpolicy/kit/registry.ts";
import { tarHeader, writeTar } from "../../../src/genpolicy/kit/tar-writer.ts";
import { accounts, failure, passwd, repository, temporaryFolder } from "./support.ts";

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const digest = `sha256:${"a".repeat(64)}`;
const config = { mediaType: "x", digest, size: 1 };
const deep = (open: string, close: string): string => open.repeat(500_000) + close.repeat(500_000);

describe("manifests", () => {
	const rows: readonly { note: string; document: unknown; want: RegExp }[] = [
		{ note: "deep lists", document: deep("[", "]"), want: /an object is wanted, and there is a list/ },
		{ note: "deep objects", document: `{"config":${deep('{"a":', "}").replace("}", "1}")}}`, want: /invalid/ },
		{
			note: "deep annotations",
			document: `{"manifests":[{"annotations":{"a":${deep("[", "]")}}}]}`,
			want: /no digest we know/,
		},
		{ note: "not UTF-8", document: '{"a":"\udc00"}', want: /neither a manifest nor an index/ },
		{ note: "null", document: null, want: /an object is wanted, and there is null/ },
		{ note: "nothing", document: "", want: /it is not JSON/ },
		{ note: "both", document: { manifests: [], layers: [], config }, want: /could be read in two ways/ },
		{ note: "both, empty", document: { manifests: [], layers: [] }, want: /could be read in two ways/ },
		{
			note: "an index called a manifest",
			document: { mediaType: "application/vnd.oci.image.manifest.v1+json", manifests: [] },
			want: /and is none/,
		},
		{
			note: "a manifest called an index",
			document: { mediaType: "application/vnd.oci.image.index.v1+json", config, layers: [] },
			want: /and is none/,
		},
		{
			note: "a digest that is a path",
			document: { config: { ...config, digest: "sha256:../../../../etc/passwd" }, layers: [] },
			want: /config: "sha256:\.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd" is no digest/,
		},
		{
			note: "a digest of another kind",
			document: { config: { ...config, digest: "md5:abc" }, layers: [] },
			want: /is no digest/,
		},
		{
			note: "a digest in capitals",
			document: { config: { ...config, digest: digest.toUpperCase() }, layers: [] },
			want: /is no digest/,
		},
		{
			note: "a negative size",
			document: { config: { ...config, size: -1 }, layers: [] },
			want: /config: size: a size in bytes is wanted/,
		},
		{
			note: "a size past 2^53",
			document: `{"layers":[],"config":{"digest":"${digest}","size":9007199254740993}}`,
			want: /size: a size in bytes is wanted/,
		},
		{
			note: "a size that is text",
			document: { config: { ...config, size: "1" }, layers: [] },
			want: /size: a size in bytes is wanted, and there is string/,
		},
		{
			note: "an infinite size",
			document: `{"layers":[],"config":{"digest":"${digest}","size":1e999}}`,
			want: /size in bytes is wanted/,
		},
		{ note: "layers that are no list", document: { config, layers: {} }, want: /layers: a list is wanted/ },
		{
			note: "a layer that is null",
			document: { config, layers: [null] },
			want: /layers\[0\]: an object is wanted, and there is null/,
		},
		{
			note: "too many layers",
			document: { config, layers: Array(2000).fill(config) },
			want: /unsupported: m: 2000 layers, of 1024 at most/,
		},
		{ note: "no configuration", document: { layers: [] }, want: /there is no config/ },
		{
			note: "members of Object.prototype",
			document: '{"__proto__":{"config":1,"layers":[]},"constructor":1}',
			want: /neither a manifest nor an index/,
		},
	];
	for (const { note, document, want } of rows) {
		test(note, async () => expect(await failure(() => parseManifest(bytes(document), "m"))).toMatch(want));
	}
});

describe("configurations", () => {
	const rows: readonly { note: string; document: unknown; want: RegExp }[] = [
		{
			note: "User is a number",
			document: { config: { User: 0 } },
			want: /c: config: User: a string is wanted, and there is number/,
		},
		{ note: "Env is an object", document: { config: { Env: {} } }, want: /c: config: Env: a list is wanted/ },
		{
			note: "Env with null",
			document: { config: { Env: ["A=b", null] } },
			want: /config: Env\[1\]: a string is wanted, and there is null/,
		},
		{
			note: "Cmd is text",
			document: { config: { Cmd: "sh -c x" } },
			want: /config: Cmd: a list is wanted, and there is string/,
		},
		{
			note: "Volumes is a list",
			document: { config: { Volumes: ["/a"] } },
			want: /config: Volumes: an object is wanted/,
		},
		{ note: "Tty is text", document: { config: { Tty: "true" } }, want: /config: Tty: a boolean is wanted/ },
		{
			note: "Labels with numbers",
			document: { config: { Labels: { a: 1 } } },
			want: /config: Labels\.a: a string is wanted/,
		},
		{ note: "config is a list", document: { config: [] }, want: /c: config: an object is wanted/ },
		{ note: "deep", document: `{"config":{"User":${deep("[", "]")}}}`, want: /User: a string is wanted/ },
		{ note: "diff_ids that are none", document: { rootfs: { diff_ids: ["x"] } }, want: /diff_ids: "x" is no digest/ },
		{ note: "truncated", document: '{"config":{"User":"', want: /it is not JSON/ },
	];
	for (const { note, document, want } of rows) {
		test(note, async () => expect(await failure(() => parseConfig(bytes(document), "c"))).toMatch(want));
	}
	test("null and absent are the same, and __proto__ is a key", () => {
		const { config: c } = parseConfig(
			bytes('{"config":{"User":null,"Volumes":{"__proto__":{},"/b":{},"\u{1f600}":{},"\uffff":{}}}}'),
			"c",
		);
		expect(c.User).toBe(undefined);
		// By their UTF-8 bytes, not by UTF-16.
		expect(c.Volumes).toEqual(["/b", "__proto__", "\uffff", "\u{1f600}"]);
	});
});

describe("tar", () => {
	const read = (tar: Uint8Array, piece = tar.length): Promise<string> =>
		failure(() => {
			const reader = new AccountReader("t");
			for (let at = 0; at < tar.length; at += piece) reader.write(tar.subarray(at, at + piece));
			const { seen } = reader.finish();
			if (seen.passwd.kind === "file") throw new Error(`passwd ${seen.passwd.text.length}`);
		}).catch((e: unknown) => String(e));
	const good = writeTar(accounts({ passwd }));
	const changed = (at: number, value: number): Buffer => Buffer.from(good.map((b, i) => (i === at ? value : b)));
	const pax = (text: string): Buffer => writeTar([{ path: "pax", type: "x", content: text }, ...accounts({ passwd })]);
	const rows: readonly { note: string; tar: Uint8Array; want: RegExp }[] = [
		{ note: "sound", tar: good, want: /passwd 66/ },
		{ note: "nothing at all", tar: Buffer.alloc(0), want: /^no error$/ },
		{ note: "no end mark", tar: good.subarray(0, 1024), want: /passwd 66/ },
		{ note: "garbage", tar: Buffer.alloc(10_000, "garbage "), want: /header at byte 0 has a wrong checksum/ },
		{ note: "one bit changed", tar: changed(3, 0x7f), want: /wrong checksum/ },
		{ note: "cut off in a header", tar: good.subarray(0, 300), want: /ends in the middle of an entry/ },
		{ note: "cut off in data", tar: good.subarray(0, 520), want: /ends in the middle of an entry/ },
		{ note: "garbage after the end mark", tar: Buffer.concat([good, Buffer.alloc(5000, 1)]), want: /passwd 66/ },
		{
			note: "a file of accounts that says it has 8 GiB",
			tar: tarHeader("etc/passwd", "0", 8 * 2 ** 30, ""),
			want: /unsupported: t: \/etc\/passwd has 8589934592 bytes/,
		},
		{
			note: "a pax header that says it has 8 GiB",
			tar: tarHeader("x", "x", 8 * 2 ** 30, ""),
			want: /an extended header of 8589934592 bytes/,
		},
		{
			note: "a long name that says it has 1 GiB",
			tar: tarHeader("x", "L", 2 ** 30, ""),
			want: /an extended header of/,
		},
		{ note: "a size past 2^53", tar: withSum((h) => h.fill(0xff, 124, 136)), want: /has no size/ },
		{ note: "a size that is no number", tar: withSum((h) => h.write("9999999x", 124)), want: /has no size/ },
		{ note: "pax without a length", tar: pax("hello"), want: /a pax header that is none/ },
		{ note: "pax with a length too large", tar: pax("99 path=x\n"), want: /a pax header that is none/ },
		{ note: "pax with a length of zero", tar: pax("0 path=x\n"), want: /a pax header that is none/ },
		{
			note: "pax with a name that leads out",
			tar: pax("29 path=../../../etc/passwd\n\0"),
			want: /passwd 66|pax header/,
		},
		{ note: "pax with a size", tar: pax("12 size=155\n"), want: /passwd 155/ },
	];
	for (const { note, tar, want } of rows) {
		test(note, async () => {
			expect(await read(tar)).toMatch(want);
			// The same in pieces of any size.
			expect(await read(tar, 1)).toMatch(want);
			expect(await read(tar, 511)).toMatch(want);
		});
	}
	test("entries that lead out write nothing", async () => {
		const folder = temporaryFolder();
		const outside = join(folder, "outside");
		const evil = writeTar([
			{ path: `${"../".repeat(40)}${outside}`, content: "x" },
			{ path: outside, content: "x" },
			{ path: "link", type: "2", link: outside },
			{ path: "link/file", content: "x" },
			{ path: "hard", type: "1", link: outside },
		]);
		writeFileSync(join(folder, "image.tar"), evil);
		expect(await failure(new Images({ local: [folder], registries: false }).open("image"))).toContain("not-found");
		expect(existsSync(outside)).toBe(false);
		expect(readdirSync(folder)).toEqual(["image.tar"]);
	});
	test("links in an archive that lead in circles, or out of it", async () => {
		const folder = temporaryFolder();
		writeFileSync(
			join(folder, "image.tar"),
			writeTar([
				{ path: "manifest.json", type: "2", link: "a" },
				{ path: "a", type: "2", link: "b" },
				{ path: "b", type: "2", link: "a" },
				{ path: "oci-layout", content: "{}" },
				{ path: "index.json", type: "2", link: "../../../../../../etc/passwd" },
			]),
		);
		expect(await failure(new Images({ local: [join(folder, "image.tar")], registries: false }).open("image"))).toMatch(
			/invalid: .* no image: neither/,
		);
	});
	test("what is skipped counts as what is read", () => {
		const names: string[] = [];
		const reader = new TarReader("t", { entry: (e) => names.push(`${e.name}@${e.offset}`) < 0 });
		const tar = writeTar([{ path: "a", content: "x".repeat(5000) }, { path: "b" }, { path: "c", content: "y" }]);
		for (let at = 0; at < tar.length; ) {
			if (reader.skippable > 0) {
				at += reader.skippable;
				reader.skip();
			} else reader.write(tar.subarray(at, (at += 512)));
		}
		reader.finish();
		expect(names).toEqual(["a@512", "b@6144", "c@6656"]);
	});
});

/** A header with a change, and the right checksum. */
function withSum(change: (header: Buffer) => void): Buffer {
	const h = tarHeader("etc/passwd", "0", 1, "");
	change(h);
	h.write(" ".repeat(8), 148);
	h.write(
		`${h
			.reduce((a, b) => a + b, 0)
			.toString(8)
			.padStart(6, "0")}\0 `,
		148,
	);
	return h;
}

describe("compression", () => {
	const all = async (source: Uint8Array, limits?: Parameters<typeof unpack>[2]): Promise<number> => {
		let size = 0;
		async function* pieces(): AsyncGenerator<Uint8Array> {
			for (let at = 0; at < source.length; at += 1000) yield source.subarray(at, at + 1000);
		}
		for await (const piece of unpack(pieces(), "l", limits)) size += piece.length;
		return size;
	};
	test("a gzip bomb", async () => {
		const bomb = gzipSync(Buffer.alloc(16 << 20));
		const limits = { bytes: 2 ** 37, suspicious: 1 << 20, ratio: 200 };
		expect(await failure(all(bomb, limits))).toMatch(
			/^unsupported: l: \d+ bytes of it unpack to more than \d+, which is refused$/,
		);
		expect(await failure(all(gzipSync(Buffer.alloc(1 << 20)), { ...limits, bytes: 1 << 19 }))).toMatch(/is refused$/);
		expect(await all(gzipSync(Buffer.alloc(1 << 20)), limits)).toBe(1 << 20);
	});
	test("gzip of several members, gzip cut off, and what follows gzip", async () => {
		const one = gzipSync("hello");
		expect(await all(Buffer.concat([one, one]))).toBe(10);
		expect(await failure(all(one.subarray(0, 15)))).toMatch(
			/^invalid: l: it cannot be unpacked: unexpected end of file/,
		);
		expect(await all(Buffer.concat([one, Buffer.alloc(100_000)]))).toBe(5);
	});
	test("bytes that are not compressed", async () => {
		expect(await all(Buffer.from("x"))).toBe(1);
		expect(await all(Buffer.alloc(0))).toBe(0);
		expect(await all(Buffer.alloc(5000, 7))).toBe(5000);
	});
});

describe("registries", () => {
	const running: Registry[] = [];
	afterAll(() => Promise.all(running.map((r) => r.close())));
	const endless = (response: ServerResponse, chunk: Buffer): void => {
		const write = (): void => {
			while (!response.destroyed) if (!response.write(chunk)) return void response.once("drain", write);
		};
		response.on("error", () => undefined);
		write();
	};
	const trickle = (response: ServerResponse, piece: () => void): void => {
		const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : piece()), 5);
	};
	const did = (_: unknown): boolean => true;
	const big = Buffer.alloc(64 << 10, "x");
	const rows: readonly { note: string; answer: (response: ServerResponse, url: string) => boolean; want: RegExp }[] = [
		{
			note: "a manifest without end",
			answer: (r) => did(endless(r.writeHead(200), big)),
			want: /^unsupported: .* the manifest has more than 4194304 bytes/,
		},
		{
			note: "an error without end",
			answer: (r) => did(endless(r.writeHead(404), big)),
			want: /^not-found: .* answers 404$/,
		},
		{
			note: "a layer without end",
			answer: (r, url) => url.includes("/blobs/") && did(endless(r.writeHead(200), big)),
			want: /^invalid: .* it is longer than the \d+ bytes/,
		},
		{
			note: "a token without end",
			answer: (r, url) => {
				if (url.startsWith("/token")) endless(r.writeHead(200), big);
				else r.writeHead(401, { "www-authenticate": `Bearer realm="http://${r.req.headers.host}/token"` }).end();
				return true;
			},
			want: /^unsupported: a token has more than 4194304 bytes/,
		},
		{
			note: "a token that would break the request",
			answer: (r, url) => {
				if (url.startsWith("/token")) r.end('{"token":"x\\r\\nX-Evil: 1"}');
				else r.writeHead(401, { "www-authenticate": `Bearer realm="http://${r.req.headers.host}/token"` }).end();
				return true;
			},
			want: /gives a token that cannot be sent/,
		},
		{
			note: "headers without end",
			answer: (r) => {
				r.socket?.write("HTTP/1.1 200 OK\r\n");
				for (let i = 0; i < 3000; i++) r.socket?.write(`x-${i}: ${"y".repeat(100)}\r\n`);
				return true;
			},
			want: /^unavailable: .* headers of more than 65536 bytes/,
		},
		{
			note: "preliminary answers without end",
			answer: (r) => did(trickle(r, () => r.writeProcessing())),
			want: /^unavailable: .* no answer within 0.3 s/,
		},
		{
			note: "a manifest by the byte",
			answer: (r) => did(trickle(r.writeHead(200), () => void r.write(" "))),
			want: /^unavailable: .*(?:only \d+ bytes in 0.3 s|nothing more for 0.3 s|within 0.3 s)/,
		},
		{
			note: "no answer",
			answer: () => true,
			want: /^unavailable: .* no answer within 0.3 s/,
		},
		{
			note: "nonsense instead of HTTP",
			answer: (r) => did(r.socket?.end("SSH-2.0-OpenSSH_9.6\r\n")),
			want: /^unavailable: /,
		},
	];
	for (const { note, answer, want } of rows) {
		test(note, async () => {
			const registry = await Registry.start({
				repositories: { app: repository() },
				before: (request, response) => answer(response, request.url ?? ""),
			});
			running.push(registry);
			const times = { headMs: 300, idleMs: 300, documentMs: 5000 };
			const images = new Images({ insecureRegistries: ["127.0.0.1"], env: {}, pauseMs: 1, times });
			expect(await failure(images.open(`${registry.host}/app`))).toMatch(want);
		});
	}
	test("a layer that is no tar, and then says no more: given up at once", async () => {
		let closed = false;
		const app = repository({
			layers: [{ files: [{ path: "big", content: "x".repeat(100_000) }], pack: packings.plain }],
		});
		const text = (digest: string): string => Buffer.from(app.blobs.get(digest) ?? []).toString("utf8");
		const layer: string = JSON.parse(text(app.tags["latest"]?.digest ?? "")).layers[0].digest;
		const registry = await Registry.start({
			repositories: { app },
			before: (request, response) => {
				if (request.url?.endsWith(layer) !== true) return false;
				response.on("close", () => {
					closed = true;
				});
				response.writeHead(200);
				response.write("garbage ".repeat(30));
				response.write("garbage ".repeat(100));
				return true;
			},
		});
		running.push(registry);
		// With an hour for each piece.
		const times = { headMs: 3_600_000, idleMs: 3_600_000, documentMs: 3_600_000 };
		const images = new Images({ insecureRegistries: ["127.0.0.1"], env: {}, pauseMs: 1, times });
		expect(await failure(images.open(`${registry.host}/app`))).toMatch(/wrong checksum/);
		while (!closed) await new Promise((resolve) => setTimeout(resolve, 1));
	});
	test("giving up on request", async () => {
		const registry = await Registry.start({ repositories: {}, before: () => true });
		running.push(registry);
		const images = new Images({ insecureRegistries: ["127.0.0.1"], env: {} });
		const controller = new AbortController();
		const opened = images.open(`${registry.host}/app`, { signal: controller.signal });
		while (registry.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
		controller.abort(new Error("enough"));
		await expect(opened).rejects.toThrow("enough");
	});
});

describe("references", () => {
	const rows: readonly { text: string; want: string | RegExp }[] = [
		{ text: "busybox", want: "docker.io library/busybox latest -" },
		{ text: "index.docker.io/busybox:1", want: "docker.io library/busybox 1 -" },
		{ text: "org/app", want: "docker.io org/app latest -" },
		{ text: "localhost/app", want: "localhost app latest -" },
		{ text: "localhost:5000/a/b/c:t", want: "localhost:5000 a/b/c t -" },
		{ text: "[::1]:5000/app", want: "[::1]:5000 app latest -" },
		{ text: `quay.io/app@${digest}`, want: `quay.io app - ${digest}` },
		{ text: `quay.io/app:t@${digest}`, want: `quay.io app t ${digest}` },
		{ text: "a--b/c__d.e_f", want: "docker.io a--b/c__d.e_f latest -" },
		{ text: "", want: /"" cannot be a part of a repository/ },
		{ text: "UPPER", want: /repositories are in lower case/ },
		{ text: "quay.io/Upper", want: /repositories are in lower case/ },
		{ text: "quay.io/a/../b", want: /"\.\." cannot be a part of a repository/ },
		{ text: "quay.io//a", want: /"" cannot be a part/ },
		{ text: "quay.io/a b", want: /cannot be a part/ },
		{ text: "quay.io/a?x=1", want: /cannot be a part/ },
		{ text: "http://quay.io/a", want: /cannot be a/ },
		{ text: "quay.io/a:", want: /"" cannot be a tag/ },
		{ text: "quay.io/a:-x", want: /cannot be a tag/ },
		{ text: `quay.io/a:${"x".repeat(129)}`, want: /cannot be a tag/ },
		{ text: "quay.io/a@sha256:abc", want: /what follows the @/ },
		{ text: `quay.io/a@${digest.toUpperCase()}`, want: /what follows the @/ },
		{ text: "user:pass@quay.io/a", want: /what follows the @/ },
		{ text: "quay.io:99999999/a", want: /cannot be a registry/ },
		{ text: "-quay.io/a", want: /cannot be a registry/ },
		{ text: `quay.io/${"a/".repeat(200)}a`, want: /the name is too long/ },
		{ text: "a".repeat(10_000_000), want: /it is too long/ },
		{ text: `${"a-".repeat(400)}`, want: /cannot be a part/ },
	];
	for (const { text, want } of rows) {
		test(text.slice(0, 60) || "nothing", async () => {
			let told = await failure(() => parseReference(text));
			if (told === "no error") {
				const r = parseReference(text);
				told = [r.registry, r.repository, r.tag ?? "-", r.digest ?? "-"].join(" ");
			}
			expect(told).toMatch(want instanceof RegExp ? want : new RegExp(`^${want.replace(/[[\].]/g, "\\$&")}$`));
			expect(told.length).toBeLessThan(1000);
		});
	}
});
