/** A layer of 2 GiB passes through less than 200 MiB of memory. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { addBlob, addJson, type Blobs } from "../../../src/genpolicy/kit/image-writer.ts";
import { Registry } from "../../../src/genpolicy/kit/registry.ts";
import { tarHeader, writeTar } from "../../../src/genpolicy/kit/tar-writer.ts";
import { accounts, passwd, temporaryFolder } from "./support.ts";

const size = 2 ** 31;

/** Of the unpacked layer: what this test writes, piece by piece. */
const diffId = "sha256:f3c261c85ee82cea613c532eabe886ceecade0207deb15632a4e384eac675a68";

/** The same bytes, over and over: a gzip member each time, which together are one gzip file. */
function piece(): Buffer {
	const bytes = Buffer.alloc(1 << 20);
	for (let at = 0, n = 0; at < bytes.length; at += 32, n++)
		createHash("md5")
			.update(String(n % 997))
			.digest()
			.copy(bytes, at);
	return bytes;
}

test("2 GiB", { timeout: 600_000 }, async () => {
	const filler = gzipSync(piece(), { level: 1 });
	const parts = [gzipSync(tarHeader("big", "0", size, "")), gzipSync(writeTar(accounts({ passwd })))];
	const layer = Buffer.concat([parts[0] ?? filler, ...Array<Buffer>(size / 2 ** 20).fill(filler), parts[1] ?? filler]);
	const blobs: Blobs = new Map();
	const config = { os: "linux", architecture: "amd64", config: {}, rootfs: { type: "layers", diff_ids: [diffId] } };
	const type = "application/vnd.oci.image";
	const manifest = addJson(
		blobs,
		{
			schemaVersion: 2,
			mediaType: `${type}.manifest.v1+json`,
			config: addJson(blobs, config, `${type}.config.v1+json`),
			layers: [addBlob(blobs, layer, `${type}.layer.v1.tar+gzip`)],
		},
		`${type}.manifest.v1+json`,
	);
	const registry = await Registry.start({ repositories: { big: { blobs, tags: { latest: manifest } } } });
	try {
		const outfile = join(temporaryFolder(), "open-image.mjs");
		const entry = fileURLToPath(new URL("open-image.ts", import.meta.url));
		await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile, logLevel: "error" });
		const { stdout } = await promisify(execFile)(process.execPath, [outfile, `${registry.host}/big`, registry.host]);
		const seen = JSON.parse(stdout);
		expect(seen.passwd).toBe(passwd);
		expect(seen.megabytes).toBeLessThan(200);
		console.log(`a layer of ${size / 2 ** 20} MiB, ${layer.length >> 20} MiB packed: ${seen.megabytes} MiB of memory`);
	} finally {
		await registry.close();
	}
});
