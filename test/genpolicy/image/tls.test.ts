/** Registries with TLS: a certificate that is known, one that is not, and plain HTTP where TLS is wanted. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ImageError } from "../../../src/genpolicy/image/image.ts";
import { Images } from "../../../src/genpolicy/image/images.ts";
import { Registry } from "../../../src/genpolicy/kit/registry.ts";
import { passwd, repository, temporaryFolder } from "./support.ts";

const fixtures: Record<string, string> = JSON.parse(
	readFileSync(new URL("../../builtins/fixtures/tls.json", import.meta.url), "utf8"),
);
const running: Registry[] = [];
let program = "";

beforeAll(async () => {
	program = join(temporaryFolder(), "open-image.mjs");
	const entry = fileURLToPath(new URL("open-image.ts", import.meta.url));
	await build({
		entryPoints: [entry],
		bundle: true,
		platform: "node",
		format: "esm",
		outfile: program,
		logLevel: "error",
	});
});
afterAll(() => Promise.all(running.map((r) => r.close())));

async function start(tls: boolean): Promise<string> {
	const { serverCert: cert = "", serverKey: key = "" } = fixtures;
	const registry = await Registry.start({
		repositories: { app: repository() },
		...(tls ? { tls: { cert, key } } : {}),
	});
	running.push(registry);
	return `${registry.host}/app`;
}

async function problem(reference: string): Promise<ImageError> {
	const opened = new Images({ env: {}, pauseMs: 1 }).open(reference);
	const e: unknown = await opened.then(
		() => undefined,
		(x: unknown) => x,
	);
	if (e instanceof ImageError) return e;
	throw e;
}

test("a certificate of an authority that Node is told of", async () => {
	const ca = join(temporaryFolder(), "ca.pem");
	writeFileSync(ca, fixtures["ca"] ?? "");
	const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca };
	const { stdout } = await promisify(execFile)(process.execPath, [program, await start(true)], { env });
	expect(JSON.parse(stdout).passwd).toBe(passwd);
});

test("a certificate of somebody", async () => {
	const e = await problem(await start(true));
	expect(e.message).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/v2\/app\/manifests\/latest: /);
	expect(e.hint).toMatch(/NODE_EXTRA_CA_CERTS/);
	expect(running.at(-1)?.requests).toEqual([]);
});

test("plain HTTP where TLS is wanted", async () => {
	const reference = await start(false);
	expect((await problem(reference)).hint).toBe(
		`If the registry speaks plain HTTP: --insecure-registry ${reference.replace("/app", "")}.`,
	);
});
